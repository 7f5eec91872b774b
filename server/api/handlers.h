#pragma once

#include "server/rest.h"
#include "server/services.h"

namespace tarn::server {

/// All routes of the REST API.
void register_handlers(Router& router, Services& services);

}  // namespace tarn::server

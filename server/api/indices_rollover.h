#pragma once

#include "server/rest.h"
#include "server/services.h"

namespace tarn::server {

/// POST /{alias}/_rollover[/{new_index}].
void register_rollover_handlers(Router& router, Services& services);

}  // namespace tarn::server

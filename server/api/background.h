#pragma once

#include <functional>
#include <string>

#include "server/rest.h"
#include "server/services.h"

namespace tarn::server {

/// Answers {"task": "node:number"} and runs `work` on a thread of its own (wait_for_completion=false): what it returns, or
/// throws, becomes the task's stored result. The task cannot be cancelled.
RestResponse run_in_background(Services& services, const RestRequest& request, const std::string& action,
                               const std::string& description, std::function<RestResponse()> work);

}  // namespace tarn::server

#pragma once

#include <string>
#include <utility>
#include <vector>

#include "server/http/http_server.h"
#include "server/rest.h"

namespace tarn::http {

/// How an answer is to be written; known when its request is complete.
struct AnswerStyle {
  bool keep_alive = true;
  bool head = false;
  bool http10 = false;
};

/// The status line and the header, to the empty line behind it. `closing`: the connection ends with this answer.
std::string response_head(const server::RestResponse& response, const AnswerStyle& style, bool closing, const HttpOptions& options);

}  // namespace tarn::http

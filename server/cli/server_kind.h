#pragma once

#include "server/cli/http_client.h"

namespace tarn::cli {

struct ServerKind {
  bool is_tarn = false;  ///< knows Idempotency-Key and index.tarn.*
};

/// Asks GET /. Throws CliError kUnreachable if nothing answers there.
ServerKind ask_server(HttpClient& client);

}  // namespace tarn::cli

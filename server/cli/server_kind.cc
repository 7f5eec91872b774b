#include "server/cli/server_kind.h"

#include "server/cli/cli_error.h"

namespace tarn::cli {

ServerKind ask_server(HttpClient& client) {
  try {
    const HttpResponse response = client.request("GET", "/");
    if (response.status == 401 || response.status == 403) {
      throw CliError(
          kUnreachable,
          client.url().text() + " wants a user and a password: http://user:password@host:port");
    }
    if (!response.ok())
      throw CliError(kUnreachable,
                     client.url().text() + " answers with HTTP " + std::to_string(response.status));
    ServerKind kind;
    // Tarn may introduce itself as OpenSearch or Elasticsearch (--identity), but its own endpoints
    // stay.
    kind.is_tarn = client.request("GET", "/_tarn").ok();
    return kind;
  } catch (const ConnectionError& error) {
    throw CliError(kUnreachable, error.what());
  }
}

}  // namespace tarn::cli

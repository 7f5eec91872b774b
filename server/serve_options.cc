#include "indexer/base/ascii.h"
#include "server/serve_options.h"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cctype>
#include <charconv>
#include <stdexcept>

namespace tarn::server {
namespace {

size_t machine_memory() {
  return static_cast<size_t>(sysconf(_SC_PHYS_PAGES)) * static_cast<size_t>(sysconf(_SC_PAGESIZE));
}

}  // namespace

size_t default_memory() { return std::clamp<size_t>(machine_memory() / 8, 64u << 20, 256u << 20); }

size_t parse_memory(const std::string& text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  std::string unit = lower_ascii(std::string(end, text.data() + text.size() - end));
  double factor = 0;
  if (unit.empty() || unit == "b") factor = 1;
  else if (unit == "k" || unit == "kb") factor = 1 << 10;
  else if (unit == "m" || unit == "mb") factor = 1 << 20;
  else if (unit == "g" || unit == "gb") factor = 1 << 30;
  else if (unit == "%") factor = static_cast<double>(machine_memory()) / 100;
  if (error != std::errc() || factor == 0 || number <= 0) {
    throw std::invalid_argument("not a size: '" + text + "' (use for example 512mb, 1g or 25%)");
  }
  const auto bytes = static_cast<size_t>(number * factor);
  if (bytes < (32u << 20)) throw std::invalid_argument("--memory must be at least 32mb, not '" + text + "'");
  return bytes;
}

std::pair<std::string, uint16_t> parse_listen(const std::string& text) {
  const size_t colon = text.rfind(':');
  unsigned port = 0;
  std::string host = colon == std::string::npos ? text : text.substr(0, colon);
  const std::string port_text = colon == std::string::npos ? "9200" : text.substr(colon + 1);
  const auto [end, error] = std::from_chars(port_text.data(), port_text.data() + port_text.size(), port);
  if (error != std::errc() || end != port_text.data() + port_text.size() || port > 65535) {
    throw std::invalid_argument("not an address: '" + text + "' (use HOST:PORT)");
  }
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  if (host.empty()) host = "0.0.0.0";
  if (host == "localhost") host = "127.0.0.1";
  return {host, static_cast<uint16_t>(port)};
}

void add_serve_options(CLI::App& app, ServeOptions& options) {
  app.add_option("--data", options.data, "Folder that holds everything; made if missing")->envname("TARN_DATA")->capture_default_str();
  app.add_option("--listen", options.listen, "Address and port; port 0 lets the system choose one")
      ->envname("TARN_LISTEN")->capture_default_str();
  app.add_option("--config-folder", options.config_folder, "Folder of the files that analyzers name (stopwords_path, hunspell/ ...);\n"
                                                           "default: config in the data folder")->envname("TARN_CONFIG_FOLDER");
  app.add_option("--memory", options.memory, "Budget of caches, write buffers and documents not yet on disk, such as 512mb, 2g or 25%;\n"
                                             "default: an eighth of the machine, at most 256mb")->envname("TARN_MEMORY");
  app.add_option("--identity", options.identity, "What clients are told: opensearch (3.8.0), or es710 for clients that insist on\n"
                                                 "Elasticsearch 7.10")
      ->envname("TARN_IDENTITY")->check(CLI::IsMember({"opensearch", "es710"}))->capture_default_str();
  app.add_option("--node-name", options.node_name, "Name of this node")->envname("TARN_NODE_NAME")->capture_default_str();
  app.add_option("--cluster-name", options.cluster_name, "Name of the cluster")->envname("TARN_CLUSTER_NAME")->capture_default_str();
  app.add_option_function<std::vector<std::string>>("--node-attr", [&options](const std::vector<std::string>& pairs) {
       for (const std::string& pair : pairs) {
         const size_t at = pair.find('=');
         if (at == std::string::npos || at == 0) throw CLI::ValidationError("--node-attr", "use NAME=VALUE, not '" + pair + "'");
         options.node_attributes[pair.substr(0, at)] = pair.substr(at + 1);
       }
     }, "NAME=VALUE that _nodes and _cat/nodeattrs show; may stand several times");
  app.add_option("--reindex-remote-allowlist", options.reindex_allowlist, "HOST:PORT of servers that _reindex may read from, with *;\n"
                                                                         "several with commas. As reindex.remote.allowlist of OpenSearch")
      ->envname("TARN_REINDEX_REMOTE_ALLOWLIST")->delimiter(',');
  app.add_option("--threads", options.threads, "Threads that search and write; default: one a core")->envname("TARN_THREADS");
  app.add_option("--log-format", options.log_format, "line or json")->envname("TARN_LOG_FORMAT")
      ->check(CLI::IsMember({"line", "json"}))->capture_default_str();
  app.add_option("--log-level", options.log_level, "trace, debug, info, warn or error")->envname("TARN_LOG_LEVEL")
      ->check(CLI::IsMember({"trace", "debug", "info", "warn", "error"}))->capture_default_str();
  app.add_option("--slow-query-ms", options.slow_query_ms, "Log searches that take longer; -1: none")
      ->envname("TARN_SLOW_QUERY_MS")->capture_default_str();
  app.add_option("--slow-bulk-ms", options.slow_bulk_ms, "Log bulk requests that take longer; -1: none")
      ->envname("TARN_SLOW_BULK_MS")->capture_default_str();
  app.set_config("--config", "", "Read options from a file of lines such as listen=\"0.0.0.0:9200\"")->envname("TARN_CONFIG");
}

}  // namespace tarn::server

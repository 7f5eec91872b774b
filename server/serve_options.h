#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace tarn::server {

/// Options of `tarn serve`: from the command line, the environment (TARN_DATA, TARN_LISTEN ...) or a configuration file.
struct ServeOptions {
  std::string data = "./tarn-data";
  std::string listen = "127.0.0.1:9200";
  std::string config_folder;               ///< empty: config below `data`
  std::string memory;                      ///< "512mb"; empty: a share of the machine
  std::string identity = "opensearch";
  std::string node_name = "tarn";
  std::string cluster_name = "tarn";
  std::map<std::string, std::string> node_attributes;
  std::vector<std::string> reindex_allowlist;  ///< reindex.remote.allowlist
  std::string log_format = "line";         ///< line | json
  std::string log_level = "info";
  int64_t slow_query_ms = -1;
  int64_t slow_bulk_ms = -1;
  int threads = 0;                         ///< 0: one a core
};

void add_serve_options(CLI::App& app, ServeOptions& options);
/// "512mb", "1g", "25%" of the machine's memory; throws std::invalid_argument.
size_t parse_memory(const std::string& text);
/// An eighth of the machine's memory, from 64 MB to 256 MB: a million events and 200,000 listings are served well from it.
size_t default_memory();
/// "host:port" or "[v6]:port"; throws std::invalid_argument.
std::pair<std::string, uint16_t> parse_listen(const std::string& text);

}  // namespace tarn::server

#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "indexer/catalog.h"
#include "indexer/thread_pool.h"
#include "query/query.h"

namespace tarn::server {

class PipelineRegistry;
class ScriptRegistry;
class SearchContexts;
class TaskRegistry;

/// Figures of the HTTP server for _nodes/stats, _cat/thread_pool and metrics.
struct HttpFigures {
  struct Pool {
    std::string name;
    int threads = 0;
    uint64_t queued = 0, active = 0, rejected = 0, completed = 0;
  };
  uint64_t connections = 0, connections_total = 0, requests_total = 0, body_bytes_in_flight = 0;
  std::vector<Pool> pools;
};

/// What the node says of itself.
struct NodeInfo {
  std::string name = "tarn";
  std::string cluster_name = "tarn";
  std::string node_id;                    ///< 22 characters, kept in the store
  std::string identity = "opensearch";    ///< opensearch | es710
  std::string host = "127.0.0.1";
  std::string http_address;               ///< "127.0.0.1:9200", once bound
  int64_t started_ms = 0;                 ///< epoch
  size_t memory_budget_bytes = 0;
  std::string data_path;                  ///< whose file system _nodes/stats measures; "": the current folder
  std::map<std::string, std::string> attributes;  ///< node.attr.*
  std::function<HttpFigures()> http_figures;      ///< set by main once the server exists; may be empty
};

/// Thresholds of the slow logs, in milliseconds; -1: off.
struct SlowLog {
  int64_t query_ms = -1;
  int64_t bulk_ms = -1;
};

/// What REST handlers work with. Built by main, outlives the server.
struct Services {
  Engine& engine;
  Catalog& catalog;
  PipelineRegistry& pipelines;
  ScriptRegistry& scripts;
  NodeInfo& node;
  std::shared_ptr<query::FilterCache> filter_cache;
  std::shared_ptr<query::TermNumbersCache> term_numbers;
  SlowLog slow_log;
  std::shared_ptr<ThreadPool> search_pool;          ///< for the second half of a search; null on one core
  std::shared_ptr<SearchContexts> search_contexts;  ///< open scrolls and points in time; emptied before the engine closes
  std::shared_ptr<TaskRegistry> tasks;                      ///< stopped before the server and the engine
  std::vector<std::string> reindex_allowlist;               ///< "host:port" patterns that _reindex may read from
};

}  // namespace tarn::server

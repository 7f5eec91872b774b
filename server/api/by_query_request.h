#pragma once

#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "indexer/script/script.h"
#include "query/search_request.h"
#include "server/api/search_support.h"
#include "server/api/write_support.h"

namespace tarn::server {

/// Another server that documents are read from ("remote" of a reindex).
struct RemoteSource {
  std::string scheme, host, prefix;
  int port = 9200;
  std::string username, password;
  std::vector<std::pair<std::string, std::string>> headers;
  int64_t socket_timeout_ms = 30'000, connect_timeout_ms = 30'000;
  Json query;                              ///< sent as it is
  Json search;                             ///< the rest of the source: sort, _source
};

/// A delete by query, an update by query or a reindex, as asked. Immutable once parsed.
struct ByQueryRequest {
  enum class Kind { kDelete, kUpdate, kReindex };
  Kind kind = Kind::kDelete;
  ScopeRequest scope;                      ///< what is searched
  std::vector<std::string> indices;        ///< the names of `scope`, for the description
  std::shared_ptr<const query::SearchRequest> search;  ///< its size is that of a batch
  std::optional<script::ScriptSpec> script;
  bool abort_on_conflict = true;
  int64_t max_docs = -1;                   ///< -1: all
  int slices = 1;                          ///< 0: auto
  float requests_per_second = std::numeric_limits<float>::infinity();
  bool refresh = false;
  ActiveShards active_shards;
  bool wait_for_completion = true;
  std::optional<std::string> pipeline;

  // Reindex only.
  std::string destination;
  bool create_only = false, require_alias = false;
  VersionType version_type = VersionType::kInternal;
  std::optional<std::string> routing;      ///< "keep", "discard", "=text"
  std::shared_ptr<const RemoteSource> remote;

  std::string action() const;              ///< "indices:data/write/reindex"
  std::string description() const;         ///< as _tasks shows it
};

/// POST /{index}/_delete_by_query and /{index}/_update_by_query. Throws ApiError as OpenSearch does, up to what
/// BulkByScrollRequest.validate says; names are not looked up yet.
std::shared_ptr<const ByQueryRequest> parse_by_query(const RestRequest& request, ByQueryRequest::Kind kind);
/// POST /_reindex.
std::shared_ptr<const ByQueryRequest> parse_reindex(const RestRequest& request);
/// requests_per_second; nothing if absent. Throws 400 "[requests_per_second] must be a float greater than 0. ...".
std::optional<float> parse_requests_per_second(const RestRequest& request);

// Shared by the two parsers.
/// The search, as a scroll of `indices`: complaints of its context and of what a by-query request cannot have.
std::shared_ptr<const query::SearchRequest> parse_scrolled_search(
    const Json& body, std::map<std::string, std::string, std::less<>> parameters, Validation& validation);
/// refresh, timeout, slices, wait_for_active_shards, requests_per_second, max_docs, wait_for_completion.
void read_common_options(const RestRequest& request, ByQueryRequest& out);
/// Throws 400 for another number than a former one, a negative one, or less than `slices`.
void set_max_docs(ByQueryRequest& out, int64_t max_docs);
void set_conflicts(ByQueryRequest& out, const std::string& text);

}  // namespace tarn::server

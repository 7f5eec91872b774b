#include "query/shard_failure.h"

#include <algorithm>

namespace tarn::query {

namespace {

constexpr std::string_view kNode = "tarn";  // there is one node

bool is_opensearch_exception(std::string_view type) {
  static constexpr std::string_view kJava[] = {
      "illegal_argument_exception", "illegal_state_exception", "number_format_exception", "unsupported_operation_exception",
      "class_cast_exception", "null_pointer_exception", "array_index_out_of_bounds_exception", "date_time_exception"};
  return std::find(std::begin(kJava), std::end(kJava), type) == std::end(kJava);
}

}  // namespace

bool ends_request(const Error& error) {
  // The document that a percolate clause names is fetched before any shard is asked.
  const bool percolated = error.type == "version_conflict_engine_exception" || error.reason.starts_with("indexed document [");
  return error.status == 501 || (error.status == 404 && error.type != "resource_not_found_exception") || error.status == 429 || error.status == 503 ||
         error.type == "task_cancelled_exception" || percolated;
}

Error as_shard_error(const Error& error, const Searcher& searcher, bool while_binding_query) {
  const auto located = [&](Error out) {
    out.with("index", searcher.index_name()).with("index_uuid", searcher.index_uuid());
    return out;
  };
  if (error.type == "query_shard_exception") return located(error);
  if (error.type == "parse_exception" || error.type == "parsing_exception" || error.type == "search_phase_execution_exception") {
    return error;
  }
  // What Lucene finds wrong when it makes the weight, a 500, is told as it is.
  if (!while_binding_query || error.status == 500) return error;
  Error out(error.status, "query_shard_exception", "failed to create query: " + error.reason);
  return located(out.caused_by(error));
}

Json failure_json(const ShardFailure& failure) {
  Json out = Json::object();
  out["shard"] = 0;
  out["index"] = failure.index;
  out["node"] = kNode;
  out["reason"] = failure.reason.to_json();
  return out;
}

Error reduce_failed(const Error& cause) {
  Error out(cause.status, "search_phase_execution_exception", "");
  out.with("phase", "fetch").with("grouped", true).with("failed_shards", Json::array());
  return out.caused_by(cause);
}

Error all_shards_failed(const std::vector<ShardFailure>& failures) {
  const Error& first = failures.front().reason;
  Error out(first.status, "search_phase_execution_exception", "all shards failed");
  Json failed = Json::array();
  std::vector<std::string> seen;  // equal failures of one index are shown once
  for (const ShardFailure& failure : failures) {
    std::string key = failure.index + '\0' + failure.reason.type + '\0' + failure.reason.reason;
    if (std::find(seen.begin(), seen.end(), key) != seen.end()) continue;
    seen.push_back(std::move(key));
    failed.push_back(failure_json(failure));
  }
  out.with("phase", "query").with("grouped", true).with("failed_shards", std::move(failed));
  // A script's error, or a percolated document's, is the root, whatever says that the query could not be built.
  const bool inside = first.type == "query_shard_exception" && first.cause &&
                      (first.cause->type == "script_exception" || first.cause->type == "mapper_parsing_exception");
  const Error& shown = inside ? *first.cause : first;
  Error root(shown.status, shown.type, shown.reason);
  root.members = shown.members;
  out.rooted_in(root);
  Error cause = shown;
  if (!is_opensearch_exception(first.type)) cause = Error(first).caused_by(first);
  out.caused_by(cause);
  return out;
}

}  // namespace tarn::query

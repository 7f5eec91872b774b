#pragma once

#include <string>
#include <vector>

#include "indexer/base/error.h"
#include "indexer/searcher.h"

namespace tarn::query {

/// A shard that could not answer.
struct ShardFailure {
  std::string index;
  Error reason;
};

/// `error` as the shard of `searcher` would report it: query_shard_exception with index and uuid around what binding threw.
Error as_shard_error(const Error& error, const Searcher& searcher, bool while_binding_query);
/// True for errors that end the request however many shards are left (501, missing indices).
bool ends_request(const Error& error);
/// search_phase_execution_exception "all shards failed" with OpenSearch's members.
Error all_shards_failed(const std::vector<ShardFailure>& failures);
/// The same for what went wrong after the shards, when their answers were put together.
Error reduce_failed(const Error& cause);
/// The entry of "failures" and "failed_shards".
Json failure_json(const ShardFailure& failure);

}  // namespace tarn::query

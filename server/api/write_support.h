#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "indexer/index.h"
#include "server/api/bulk_request.h"
#include "server/rest.h"

namespace tarn::server {

/// The refresh parameter of writes.
enum class RefreshPolicy { kNone, kImmediate, kWaitFor };
/// Throws 400 "Unknown value for refresh: [x]."
RefreshPolicy parse_refresh(const RestRequest& request);
void apply_refresh(RefreshPolicy policy, Index& index);

/// _source, _source_includes and _source_excludes of the URL; nothing if none was given.
std::optional<SourceFilter> parse_source_parameters(const RestRequest& request);
/// The document as the filter wants it; "" where it wants none.
std::string apply_source_filter(const SourceFilter& filter, std::string_view source);

/// Collects complaints and throws them as one action_request_validation_exception, "Validation Failed: 1: x;2: y;".
class Validation {
 public:
  void add(std::string complaint) { complaints_.push_back(std::move(complaint)); }
  /// The complaints of another one, from the reason that it threw.
  void add_all(std::string_view reason);
  void throw_if_any() const;

 private:
  std::vector<std::string> complaints_;
};

/// What IndexRequest.validate, DeleteRequest.validate and UpdateRequest.validate check of versions and ids.
void validate_write(const WriteOp& op, Validation& validation);

/// Throws 403 (429 for read_only_allow_delete) cluster_block_exception if a setting of the index forbids it.
void check_write_block(const Index& index, bool is_delete);
void check_read_block(const Index& index);
/// Throws 400 index_closed_exception.
void check_open(const Index& index);
/// Throws 400 routing_missing_exception if the mapping requires a routing and there is none.
void check_routing(const Index& index, std::string_view id, std::string_view routing);
/// wait_for_active_shards and the time to wait for them.
struct ActiveShards {
  int needed = 1;
  bool all = false;
  std::string timeout = "1m";
};
/// Throws 400 "cannot parse ActiveShardCount[x]".
ActiveShards parse_active_shards(const RestRequest& request);
/// Throws what an index that cannot have so many active copies answers; nobody waits, because no copies will come.
void check_active_shards(const ActiveShards& wanted, const Index& index);

std::string_view result_name(WriteResult result);
/// "_index" to "_primary_term" of a successful write, into an open object. `index_name` as the answer names it.
void write_outcome_members(JsonWriter& out, const Index& index, const WriteOutcome& outcome, bool forced_refresh,
                           bool no_shards);

}  // namespace tarn::server

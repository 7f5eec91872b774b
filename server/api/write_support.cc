#include "server/api/write_support.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "query/search.h"

namespace tarn::server {
namespace {

constexpr size_t kIdBytesMax = 512;

[[noreturn]] void blocked(const Index& index, int status, std::string_view block) {
  throw ApiError(Error(status, "cluster_block_exception", fmt::format("index [{}] blocked by: [{}];", index.name(), block)));
}

}  // namespace

RefreshPolicy parse_refresh(const RestRequest& request) {
  const auto value = request.find("refresh");
  if (!value || *value == "false") return RefreshPolicy::kNone;
  if (value->empty() || *value == "true") return RefreshPolicy::kImmediate;
  if (*value == "wait_for") return RefreshPolicy::kWaitFor;
  throw ApiError(illegal_argument(fmt::format("Unknown value for refresh: [{}].", *value)));
}

void apply_refresh(RefreshPolicy policy, Index& index) {
  if (policy == RefreshPolicy::kImmediate) index.refresh();
  if (policy == RefreshPolicy::kWaitFor) index.wait_for_refresh();
}

std::optional<SourceFilter> parse_source_parameters(const RestRequest& request) {
  const auto source = request.find("_source");
  SourceFilter filter;
  filter.includes = request.get_list("_source_includes");
  filter.excludes = request.get_list("_source_excludes");
  if (!source && filter.includes.empty() && filter.excludes.empty()) return std::nullopt;
  if (source) {
    if (*source == "false") filter.fetch = false;
    else if (*source != "true") {
      for (auto& name : request.get_list("_source")) filter.includes.push_back(std::move(name));
    }
  }
  return filter;
}

std::string apply_source_filter(const SourceFilter& filter, std::string_view source) {
  if (!filter.fetch) return "";
  if (filter.includes.empty() && filter.excludes.empty()) return std::string(source);
  return query::filter_source(source, filter.includes, filter.excludes);
}

void Validation::add_all(std::string_view reason) {
  constexpr std::string_view kHead = "Validation Failed: ";
  if (reason.starts_with(kHead)) reason.remove_prefix(kHead.size());
  for (int number = 1; !reason.empty(); ++number) {
    const std::string own = fmt::format("{}: ", number), next = fmt::format(";{}: ", number + 1);
    if (reason.starts_with(own)) reason.remove_prefix(own.size());
    const size_t end = std::min(reason.find(next), reason.size() - 1);  // the last one ends with a semicolon
    complaints_.emplace_back(reason.substr(0, end));
    reason.remove_prefix(end + 1);
  }
}

void Validation::throw_if_any() const {
  if (complaints_.empty()) return;
  std::string reason = "Validation Failed: ";
  for (size_t i = 0; i < complaints_.size(); ++i) reason += fmt::format("{}: {};", i + 1, complaints_[i]);
  throw ApiError(Error(400, "action_request_validation_exception", reason));
}

void validate_write(const WriteOp& op, Validation& validation) {
  const bool conditional = op.if_seq_no || op.if_primary_term;
  if (op.type == WriteType::kCreate) {
    if (op.version_type != VersionType::kInternal) {
      validation.add(fmt::format("create operations only support internal versioning. use index instead"));
    }
    if (op.version && op.version_type == VersionType::kInternal) {
      validation.add("create operations do not support explicit versions. use index instead");
    }
    if (conditional) validation.add("create operations do not support compare and set. use index instead");
  } else if (op.version && op.version_type == VersionType::kInternal) {
    validation.add("internal versioning can not be used for optimistic concurrency control. Please use `if_seq_no` and "
                   "`if_primary_term` instead");
  }
  if (op.version_type != VersionType::kInternal && !op.version) {
    validation.add("an explicit version is required with external versioning");
  }
  if (op.version && op.version_type != VersionType::kInternal && *op.version < 0) {
    validation.add(fmt::format("illegal version value [{}] for version type [EXTERNAL]", *op.version));
  }
  if (op.if_seq_no && !op.if_primary_term && op.type != WriteType::kCreate) {
    validation.add("ifSeqNo is set, but primary term is [0]");
  }
  if (!op.if_seq_no && op.if_primary_term && op.type != WriteType::kCreate) {
    validation.add(fmt::format("ifSeqNo is unassigned, but primary term is [{}]", *op.if_primary_term));
  }
  if (op.id.size() > kIdBytesMax) {
    validation.add(fmt::format("id [{}] is too long, must be no longer than {} bytes but was: {}", op.id, kIdBytesMax,
                               op.id.size()));
  }
}

void check_write_block(const Index& index, bool is_delete) {
  const auto settings = index.settings();
  if (settings->read_only) blocked(index, 403, "FORBIDDEN/5/index read-only (api)");
  if (settings->block_write) blocked(index, 403, "FORBIDDEN/8/index write (api)");
  if (settings->read_only_allow_delete && !is_delete) {
    blocked(index, 429, "TOO_MANY_REQUESTS/12/index read-only / allow delete (api)");
  }
}

void check_read_block(const Index& index) {
  if (index.settings()->block_read) blocked(index, 403, "FORBIDDEN/7/index read (api)");
}

void check_open(const Index& index) {
  if (!index.closed()) return;
  Error error(400, "index_closed_exception", "closed");
  error.with("index", index.name()).with("index_uuid", index.uuid());
  throw ApiError(error);
}

void check_routing(const Index& index, std::string_view id, std::string_view routing) {
  if (!routing.empty() || !index.mapping()->routing_required()) return;
  Error error(400, "routing_missing_exception", fmt::format("routing is required for [{}]/[{}]", index.name(), id.empty() ? "null" : id));
  error.with("index", index.name()).with("index_uuid", "_na_");
  throw ApiError(error);
}

ActiveShards parse_active_shards(const RestRequest& request) {
  ActiveShards out;
  request.get_time_ms("timeout", 0);
  out.timeout = request.get("timeout", "1m");
  const std::string wanted = request.get("wait_for_active_shards", "1");
  if (wanted.empty()) return out;
  if (wanted == "all") {
    out.all = true;
    return out;
  }
  const auto [end, error] = std::from_chars(wanted.data(), wanted.data() + wanted.size(), out.needed);
  if (error != std::errc() || end != wanted.data() + wanted.size()) {
    throw ApiError(illegal_argument(fmt::format("cannot parse ActiveShardCount[{}]", wanted))
                       .caused_by(Error(400, "number_format_exception", fmt::format("For input string: \"{}\"", wanted))));
  }
  if (out.needed < 0) throw ApiError(illegal_argument("shard count cannot be a negative value"));
  return out;
}

void check_active_shards(const ActiveShards& wanted, const Index& index) {
  const int needed = wanted.all ? 1 + index.settings()->number_of_replicas : wanted.needed;
  if (needed <= 1) return;
  throw ApiError(Error(503, "unavailable_shards_exception",
                       fmt::format("[{}][0] Not enough active copies to meet shard count of [{}] (have 1, needed {}). Timeout: [{}]",
                                   index.name(), wanted.all ? "ALL" : std::to_string(needed), needed, wanted.timeout)));
}

std::string_view result_name(WriteResult result) {
  switch (result) {
    case WriteResult::kCreated: return "created";
    case WriteResult::kUpdated: return "updated";
    case WriteResult::kDeleted: return "deleted";
    case WriteResult::kNotFound: return "not_found";
    default: return "noop";
  }
}

void write_outcome_members(JsonWriter& out, const Index& index, const WriteOutcome& outcome, bool forced_refresh,
                           bool no_shards) {
  out.key("_index").string(index.name()).key("_id").string(outcome.id).key("_version").number(outcome.version);
  out.key("result").string(result_name(outcome.result));
  if (forced_refresh) out.key("forced_refresh").boolean(true);
  const int total = no_shards ? 0 : 1 + index.settings()->number_of_replicas;
  out.key("_shards").begin_object().key("total").number(total).key("successful").number(no_shards ? 0 : 1);
  out.key("failed").number(0).end_object();
  out.key("_seq_no").number(outcome.seq_no.value).key("_primary_term").number(outcome.primary_term);
}

}  // namespace tarn::server

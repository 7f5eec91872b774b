#include "query/search.h"

#include <chrono>

#include "query/dsl/clause.h"
#include "query/bind/compound.h"
#include "query/collect/execute.h"
#include "query/counted_query.h"
#include "query/fetch/hits_writer.h"
#include "query/profile.h"
#include "query/search_request.h"
#include "query/search_session.h"
#include "query/shard_failure.h"
#include "query/suggest/suggest.h"
#include "query/text/term_plan.h"

namespace tarn::query {

namespace {

uint64_t steady_us() {
  return static_cast<uint64_t>(
      std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now().time_since_epoch()).count());
}

struct Shards {
  int total = 0, failed = 0;
  std::vector<ShardFailure> failures;
};

int shards_of(const SearchTarget& target) {
  const int all = std::max(1, target.searcher->settings().number_of_shards);
  return target.routing_shards.empty() ? all : std::min<int>(all, static_cast<int>(target.routing_shards.size()));
}

/// Runs `work` for one target; what it throws becomes the failure of that target's shards.
template <class Work>
bool guard(const SearchTarget& target, Shards& shards, bool binding, Work&& work) {
  try {
    work();
    return true;
  } catch (const ApiError& error) {
    if (ends_request(error.error())) throw;
    const int count = shards_of(target);
    shards.failed += count;
    const Error reason = as_shard_error(error.error(), *target.searcher, binding);
    for (int i = 0; i < count; ++i) shards.failures.push_back({target.searcher->index_name(), reason});
    return false;
  }
}

void write_total(const SearchRequest& request, const QueryResult& result, JsonWriter& out) {
  if (request.track_total_hits == kTrackNoHits) {
    if (request.total_hits_as_int) out.key("total").number(-1);
    return;
  }
  out.key("total");
  if (request.total_hits_as_int) {
    out.unsigned_number(result.total);
    return;
  }
  out.begin_object().key("value").unsigned_number(result.total);
  out.key("relation").string(result.total_is_exact ? "eq" : "gte").end_object();
}

void write_shards(const Shards& shards, JsonWriter& out) {
  out.key("_shards").begin_object();
  out.key("total").number(shards.total).key("successful").number(shards.total - shards.failed);
  out.key("skipped").number(0).key("failed").number(shards.failed);
  if (!shards.failures.empty()) {
    out.key("failures").begin_array();
    for (const ShardFailure& failure : shards.failures) out.value(failure_json(failure));
    out.end_array();
  }
  out.end_object();
}

/// The steps in which OpenSearch's coordinator would put the answers of so many shards together: one at the end, and one
/// each time that a batch is full.
int reduce_phases(const SearchRequest& request, int shards) {
  const int batch = request.batched_reduce_size;
  const bool has_parts = request.aggregations || request.size != 0;
  if (request.scroll || !has_parts || shards <= batch) return 1;
  return (shards - batch + batch - 2) / (batch - 1) + 1;
}

SearchContext with_timeout(const SearchRequest& request, const SearchContext& context) {
  SearchContext out = context;
  if (request.timeout_ms < 0) return out;
  // OpenSearch stops when more than so many whole milliseconds have gone by.
  const auto deadline = static_cast<int64_t>(steady_us()) + (request.timeout_ms + 1) * 1000;
  if (out.deadline_us == 0 || deadline < out.deadline_us) out.deadline_us = deadline;
  return out;
}

}  // namespace

void search(const SearchRequest& request, const std::vector<SearchTarget>& targets, const SearchContext& given,
            std::string& out, SearchTimes* times, SearchSession* session) {
  const uint64_t begin_us = steady_us();
  const SearchContext context = with_timeout(request, given);
  Shards shards;
  std::vector<BoundTarget> bound;
  for (const SearchTarget& target : targets) {
    shards.total += shards_of(target);
    BoundTarget one;
    const bool ok = guard(target, shards, true, [&] { one = bind_target(request, target, context); }) &&
                    guard(target, shards, false, [&] {
                      bind_target_sort(request, context, one);
                      check_fetch(request, one);
                      if (request.suggest) check_suggest(*request.suggest, target);
                    });
    if (!ok) continue;
    for (BoundSort& key : one.sort) {
      if (key.shard_doc) key.doc_offset = static_cast<int64_t>(bound.size()) << 32;
    }
    bound.push_back(std::move(one));
  }
  if (bound.empty() && !shards.failures.empty()) throw ApiError(all_shards_failed(shards.failures));

  const bool first_page = session == nullptr || session->scroll == nullptr || !session->scroll->started;
  ScrollPosition* scroll = session == nullptr ? nullptr : session->scroll;
  std::unique_ptr<Aggregations::Run> aggregations;
  // A scroll aggregates with its first page only.
  if (request.aggregations && (scroll == nullptr || !scroll->started)) aggregations = request.aggregations->start(context);
  QueryResult result;
  const auto first_target = [&]() -> const SearchTarget& { return *bound.front().target; };
  if (!bound.empty() && !request.only_suggest) {
    if (aggregations) aggregations->set_search(request, bound);
    Shards run_failures;
    if (!guard(first_target(), run_failures, false,
               [&] { result = run_query_phase(request, bound, context, aggregations.get(), session); })) {
      throw ApiError(all_shards_failed(run_failures.failures));
    }
  }
  const uint64_t query_end_us = steady_us();

  std::vector<Hit> page;
  const auto from = static_cast<size_t>(request.from);
  if (result.hits.size() > from) {
    const size_t count = std::min(result.hits.size() - from, static_cast<size_t>(request.size));
    page.assign(std::make_move_iterator(result.hits.begin() + static_cast<ptrdiff_t>(from)),
                std::make_move_iterator(result.hits.begin() + static_cast<ptrdiff_t>(from + count)));
  }
  if (scroll != nullptr) {
    if (!scroll->started) {
      scroll->has_max_score = result.has_max_score;
      scroll->max_score = result.max_score;
    }
    result.has_max_score = scroll->has_max_score;
    result.max_score = scroll->max_score;
    scroll->started = true;
    if (!page.empty()) {
      scroll->any = true;
      scroll->last = page.back();
    }
  }
  std::string hits;
  JsonWriter hits_writer(hits);
  if (!bound.empty()) {
    Shards fetch_failures;
    if (!guard(first_target(), fetch_failures, false, [&] { write_hits(request, bound, page, context, hits_writer); })) {
      throw ApiError(all_shards_failed(fetch_failures.failures));
    }
  } else {
    hits = "[]";
  }
  const uint64_t end_us = steady_us();

  JsonWriter w(out);
  w.begin_object();
  if (session != nullptr && !session->id_member.empty()) w.key(session->id_member).string(session->id);
  w.key("took").unsigned_number((end_us - begin_us) / 1000);
  w.key("timed_out").boolean(result.timed_out);
  if (request.terminate_after > 0) w.key("terminated_early").boolean(result.terminated_early);
  else if (counts_end_early(request, bound)) w.key("terminated_early").boolean(true);
  if (const int phases = reduce_phases(request, shards.total); phases != 1) w.key("num_reduce_phases").number(phases);
  write_shards(shards, w);
  w.key("hits").begin_object();
  write_total(request, result, w);
  w.key("max_score");
  if (shards.total == 0) w.number(0.0F);
  else result.has_max_score ? w.number(result.max_score) : w.null();
  w.key("hits").raw(hits);
  w.end_object();
  if (aggregations && shards.total > 0) {
    w.key("aggregations");
    aggregations->write(w, request.typed_keys);
  }
  if (request.suggest && (scroll == nullptr || first_page)) {
    w.key("suggest");
    write_suggest(request, targets, context, w);
  }
  if (request.profile) {
    const ProfileTimes measured{(query_end_us - begin_us) * 1000, (end_us - query_end_us) * 1000, page.size()};
    write_profile(request, bound, context, measured, w);
  }
  w.end_object();
  if (times != nullptr) *times = {query_end_us - begin_us, end_us - query_end_us};
}

void count(const SearchRequest& request, const std::vector<SearchTarget>& targets, const SearchContext& context,
           std::string& out) {
  Shards shards;
  uint64_t total = 0;
  bool terminated = false;
  for (const SearchTarget& target : targets) {
    shards.total += shards_of(target);
    guard(target, shards, true, [&] {
      std::vector<BoundTarget> bound;
      bound.push_back(bind_target(request, target, context));
      // A count of everything needs no walk, so there is nothing to cut short.
      const bool all = bound[0].plan->matches_all() && !request.min_score;
      if (all) {
        total += target.searcher->live_root_count();
        return;
      }
      const QueryResult result = run_query_phase(request, bound, context, nullptr);
      total += result.total;
      terminated |= result.terminated_early;
    });
  }
  if (shards.total > 0 && shards.failed == shards.total) throw ApiError(all_shards_failed(shards.failures));
  JsonWriter w(out);
  w.begin_object().key("count").unsigned_number(total);
  if (request.terminate_after > 0) {
    w.key("terminated_early").boolean(total > static_cast<uint64_t>(request.terminate_after) || terminated);
  }
  write_shards(shards, w);
  w.end_object();
}

Bitset matching_documents(const Query& query, const Searcher& searcher, size_t segment, const SearchContext& context) {
  Binder binder{searcher, context, {}, {}};
  const PlanPtr plan = bind(query, binder);
  const SegmentView view(searcher, segment, context);
  Bitset documents = evaluate(*plan, view);
  if (const auto visible = visible_documents(view)) documents &= *visible;
  return documents;
}

}  // namespace tarn::query

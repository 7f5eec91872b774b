#include "query/scan.h"

#include "query/shard_failure.h"

namespace tarn::query {

namespace {

bool is_row_order(const SearchRequest& request) {
  if (request.min_score || request.terminate_after > 0 || request.timeout_ms >= 0) return false;
  if (request.sort.empty()) return true;
  return request.sort.size() == 1 && request.sort[0].field == "_doc" && !request.sort[0].descending;
}

}  // namespace

Scan::Scan(const SearchRequest& request, std::vector<SearchTarget> targets, const SearchContext& context)
    : request_(request), targets_(std::move(targets)), context_(context) {
  in_row_order_ = is_row_order(request_);
  request_.from = 0;
  request_.scroll = true;
  request_.track_total_hits = kTrackAllHits;
  request_.aggregations = nullptr;
  request_.suggest = nullptr;
  if (request_.sort.empty()) {
    SortClause clause;
    clause.field = "_doc";
    request_.sort.push_back(clause);
  }
  bind_all();
  try {
    if (in_row_order_) {
      find_all();
    } else if (!bound_.empty()) {
      find_page(static_cast<size_t>(request_.size));
    }
  } catch (const TimedOut&) {
    timed_out_ = true;
  }
}

void Scan::bind_all() {
  std::vector<ShardFailure> failures;
  for (const SearchTarget& target : targets_) {
    bool bound_query = false;
    try {
      if (request_.size > target.searcher->settings().max_result_window) {
        bound_query = true;
        const std::string limit = std::to_string(target.searcher->settings().max_result_window);
        throw ApiError(illegal_argument("Batch size is too large, size must be less than or equal to: [" + limit + "] but was [" +
                                        std::to_string(request_.size) + "]. Scroll batch sizes cost as much memory as result windows "
                                        "so they are controlled by the [index.max_result_window] index level setting."));
      }
      BoundTarget one = bind_target(request_, target, context_);
      bound_query = true;
      bind_target_sort(request_, context_, one);
      bound_.push_back(std::move(one));
    } catch (const ApiError& error) {
      if (ends_request(error.error())) throw;
      failures.push_back({target.searcher->index_name(), as_shard_error(error.error(), *target.searcher, !bound_query)});
    }
  }
  if (!failures.empty()) throw ApiError(all_shards_failed(failures));
}

void Scan::find_all() {
  for (uint32_t t = 0; t < bound_.size(); ++t) {
    const BoundTarget& target = bound_[t];
    for (size_t s = 0; s < target.searcher().segments().size(); ++s) {
      check_time(context_);
      const SegmentView segment(target.searcher(), s, context_);
      Bitset documents = evaluate(*target.plan, segment);
      if (const auto visible = visible_documents(segment)) documents &= *visible;
      if (target.post_filter) target.post_filter->restrict_to(segment, documents);
      const uint64_t count = documents.count();
      if (count == 0) continue;
      total_ += count;
      parts_.push_back({t, static_cast<uint32_t>(s), std::move(documents), 0});
    }
  }
}

void Scan::find_page(size_t count) {
  request_.size = static_cast<int64_t>(count);
  SearchSession session;
  session.scroll = &position_;
  QueryResult result = run_query_phase(request_, bound_, context_, nullptr, &session);
  if (!position_.started) total_ = result.total;
  timed_out_ |= result.timed_out;
  position_.started = true;
  if (result.hits.size() > count) result.hits.resize(count);
  if (!result.hits.empty()) {
    position_.any = true;
    position_.last = result.hits.back();
  }
  ahead_ = std::move(result.hits);
  has_ahead_ = true;
}

std::vector<Scan::Found> Scan::next(size_t count) {
  std::vector<Found> out;
  if (!in_row_order_) {
    if (bound_.empty()) return out;
    if (!has_ahead_) find_page(count);
    has_ahead_ = false;
    for (const Hit& hit : ahead_) out.push_back({hit.target, hit.ref});
    return out;
  }
  std::vector<LocalDocId> docs(count);
  while (out.size() < count && part_ < parts_.size()) {
    Part& part = parts_[part_];
    const size_t n = part.next >= part.documents.size() ? 0 : part.documents.extract(part.next, docs.data(), count - out.size());
    for (size_t i = 0; i < n; ++i) out.push_back({part.target, {part.segment, docs[i]}});
    if (n == 0) {
      part.documents = Bitset(0);
      ++part_;
    } else {
      part.next = docs[n - 1] + 1;
    }
  }
  return out;
}

}  // namespace tarn::query

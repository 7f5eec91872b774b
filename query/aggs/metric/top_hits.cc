// top_hits: the best documents of each bucket, as a search would show them.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "indexer/base/error.h"
#include "query/aggs/types.h"
#include "query/collect/execute.h"
#include "query/fetch/hits_writer.h"
#include "query/fetch/inner_hits.h"
#include "query/search_request.h"

namespace tarn::query {
namespace {

constexpr int64_t kWindowMax = 100;   // index.max_inner_result_window by default

/// The body is that of a search without query and aggregations; three hits unless asked otherwise.
std::shared_ptr<const SearchRequest> parse_hits(const AggregationNode& node) {
  static constexpr std::string_view kMembers[] = {"from", "size", "version", "seq_no_primary_term", "explain", "track_scores", "_source", "stored_fields", "script_fields",
                                                  "docvalue_fields", "fields", "sort", "highlight"};
  Json body = node.body();
  for (const auto& [key, value] : body.items()) {
    if (std::find(std::begin(kMembers), std::end(kMembers), key) != std::end(kMembers)) continue;
    throw ApiError(parsing_exception(fmt::format("Unknown key for a {} in [{}].", option_token(value), key)).with("line", 1).with("col", 1));
  }
  for (const char* name : {"from", "size"}) {
    if (!body.contains(name)) continue;
    const Json& value = body[name];
    if (!value.is_number() && !value.is_string()) {
      throw ApiError(parsing_exception(fmt::format("Unknown key for a {} in [{}].", option_token(value), name)).with("line", 1).with("col", 1));
    }
    require_not_negative(node, name, read_int_option(value));
  }
  if (!body.contains("size")) body["size"] = 3;
  return parse_search_request(body, {});
}

class TopHits : public Aggregator {
 public:
  TopHits(const AggregationNode& node, const BuildContext& context)
      : Aggregator(node), request_(parse_hits(node)), context_(context.search), state_(context.state) {
    for (const AggregationNode* ancestor : context.ancestors) {
      if (ancestor->type != "nested" && ancestor->type != "reverse_nested") continue;
      const Json& body = ancestor->body();
      nested_path_ = body.contains("path") ? scalar_option_text(body["path"]) : "";
    }
  }

  std::string type_name() const override { return "top_hits"; }
  void begin(const Searcher& searcher) override {
    if (request_->from + request_->size > kWindowMax) {
      throw ApiError(illegal_argument(fmt::format("Top hits result window is too large, the top hits aggregator [{}]'s from + size must be less than or equal to: [{}] but was [{}]. "
                                                  "This limit can be set by changing the [index.max_inner_result_window] index level setting.", name(), kWindowMax, request_->from + request_->size)));
    }
    auto target = std::make_unique<SearchTarget>();
    // The search's own targets outlive the run.
    target->searcher = std::shared_ptr<const Searcher>(std::shared_ptr<const Searcher>(), &searcher);
    BoundTarget bound;
    bound.target = target.get();
    bind_target_sort(*request_, context_, bound);
    check_fetch(*request_, bound);
    take_from_search(searcher, bound);
    targets_.push_back(std::move(target));
    bound_.push_back(std::move(bound));
  }
  void begin_segment(const Searcher& searcher, size_t segment) override {
    view_.emplace(searcher, segment, context_);
    open_.clear();
  }
  void collect(const DocBatch& batch) override {
    state_of(buckets_, top_bucket(batch));
    order_.resize(batch.count);
    for (size_t i = 0; i < batch.count; ++i) order_[i] = static_cast<uint32_t>(i);
    std::stable_sort(order_.begin(), order_.end(), [&](uint32_t a, uint32_t b) { return batch.buckets[a] < batch.buckets[b]; });
    for (size_t begin = 0; begin < batch.count;) {
      const uint32_t bucket = batch.buckets[order_[begin]];
      docs_.clear();
      scores_.clear();
      size_t end = begin;
      for (; end < batch.count && batch.buckets[order_[end]] == bucket; ++end) {
        const LocalDocId doc = batch.docs[order_[end]];
        docs_.push_back(doc);
        scores_.push_back(state_.scores == nullptr ? 1.0f : state_.scores[doc]);
      }
      add(bucket);
      begin = end;
    }
  }
  void end_segment() override {
    for (uint32_t bucket : open_) {
      buckets_[bucket].sorted->end_segment();
      buckets_[bucket].open = false;
    }
    open_.clear();
  }

  ResultPtr result(uint32_t bucket, AggregationContext&) override {
    auto result = std::make_unique<MetricResult>();
    result->single = false;
    result->numeric = false;
    result->java = "InternalTopHits";
    std::vector<Hit> hits;
    uint64_t total = 0;
    float max_score = 0;
    bool scored = request_->sort.empty();
    if (bucket < buckets_.size()) {
      State& state = buckets_[bucket];
      total = state.total;
      max_score = state.max_score;
      if (state.scores) hits = state.scores->take_sorted();
      else if (state.sorted) hits = state.sorted->hits();
      scored |= request_->track_scores;
      for (const SortClause& clause : request_->sort) scored |= clause.field == "_score" && clause.origins.empty();
    }
    const auto from = std::min(hits.size(), static_cast<size_t>(request_->from));
    hits.erase(hits.begin(), hits.begin() + static_cast<ptrdiff_t>(from));
    result->members = members_text([&](JsonWriter& out) {
      out.key("hits").begin_object().key("total").begin_object().key("value").unsigned_number(total).key("relation").string("eq").end_object();
      out.key("max_score");
      scored && !hits.empty() ? out.number(max_score) : out.null();
      std::string text;
      JsonWriter writer(text);
      nested_path_.empty() ? write_hits(*request_, bound_, hits, context_, writer) : write_nested(hits, writer);
      out.key("hits").raw(text).end_object();
    });
    return result;
  }
  size_t memory_bytes() const override { return buckets_.capacity() * sizeof(State) + held_; }

 private:
  struct State {
    uint64_t total = 0;
    float max_score = -std::numeric_limits<float>::infinity();
    std::unique_ptr<TopScores> scores;
    std::unique_ptr<TopSorted> sorted;
    bool open = false;
  };
  /// Named queries, inner hits, explanations and highlights are those of the search's own query.
  void take_from_search(const Searcher& searcher, BoundTarget& bound) {
    if (state_.request == nullptr || state_.targets == nullptr) return;
    if (!query_taken_) {
      auto request = std::make_shared<SearchRequest>(*request_);
      request->query = state_.request->query;
      request_ = std::move(request);
      query_taken_ = true;
    }
    for (const BoundTarget& outer : *state_.targets) {
      if (&outer.searcher() != &searcher) continue;
      bound.plan = outer.plan;
      bound.named = outer.named;
      bound.inner_hits = outer.inner_hits;
      return;
    }
  }
  void write_nested(const std::vector<Hit>& hits, JsonWriter& out) const {
    // Hits of one index at a time; there is but one in most searches.
    std::string text;
    for (size_t i = 0; i < hits.size(); ++i) {
      const BoundTarget& target = bound_[hits[i].target];
      const Searcher& searcher = target.searcher();
      const Bitset* roots = searcher.segments()[hits[i].ref.segment].segment().roots();
      const DocRef root{hits[i].ref.segment, roots == nullptr ? hits[i].ref.doc : static_cast<LocalDocId>(roots->next(hits[i].ref.doc))};
      auto clause = std::make_shared<InnerHitsClause>();
      clause->options = request_;
      BoundInnerHits shown;
      shown.clause = clause;
      shown.plan = target.plan ? target.plan : match_all_plan(1);
      shown.path = nested_path_;
      shown.sort = target.sort;
      std::string one;
      JsonWriter writer(one);
      write_nested_hits(shown, searcher, context_, {hits[i]}, {searcher.fetch(root)}, writer);
      if (i > 0) text += ',';
      text.append(one, 1, one.size() - 2);
    }
    out.raw("[" + text + "]");
  }
  void add(uint32_t bucket) {
    State& state = buckets_[bucket];
    state.total += docs_.size();
    for (float score : scores_) state.max_score = std::max(state.max_score, score);
    const auto capacity = static_cast<size_t>(request_->from + request_->size);
    const auto target = static_cast<uint32_t>(targets_.size() - 1);
    if (capacity == 0) return;
    if (!state.scores && !state.sorted) held_ += 512 + capacity * 128;
    if (request_->sort.empty()) {
      if (!state.scores) state.scores = std::make_unique<TopScores>(capacity);
      for (size_t i = 0; i < docs_.size(); ++i) state.scores->offer(target, static_cast<uint32_t>(view_->index), docs_[i], scores_[i]);
      return;
    }
    if (!state.sorted) state.sorted = std::make_unique<TopSorted>(capacity);
    if (!state.open) {
      open_.push_back(bucket);
      state.open = true;
      state.sorted->begin_segment(bound_.back().sort, bound_.back().search_after, target, *view_);
    }
    state.sorted->add(docs_.data(), scores_.data(), docs_.size());
  }

  std::shared_ptr<const SearchRequest> request_;
  const SearchContext& context_;
  RunState& state_;
  std::string nested_path_;   ///< of the documents; "": roots
  bool query_taken_ = false;
  std::vector<std::unique_ptr<SearchTarget>> targets_;
  std::vector<BoundTarget> bound_;
  std::optional<SegmentView> view_;
  std::vector<State> buckets_;
  std::vector<uint32_t> open_;      // buckets that have begun the segment
  std::vector<uint32_t> order_;
  std::vector<LocalDocId> docs_;
  std::vector<float> scores_;
  size_t held_ = 0;
};

}  // namespace

AggregatorPtr build_top_hits(const AggregationNode& node, const BuildContext& context) { return std::make_unique<TopHits>(node, context); }
void check_top_hits(const AggregationNode& node) { parse_hits(node); }

}  // namespace tarn::query

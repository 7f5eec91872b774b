#include "query/profile.h"

#include <bit>
#include <chrono>

#include "query/dsl/clause.h"
#include "query/lucene/describe_search.h"

namespace tarn::query {
namespace {

constexpr int kPartsMax = 2000;  // each is run on its own

int64_t now_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

struct Measured {
  int64_t create_weight = 0, build_scorer = 0, next_doc = 0;
  int64_t scorers = 0, docs = 0;
  int64_t total() const { return create_weight + build_scorer + next_doc; }
};

void measure_segment(const Plan& plan, const SegmentView& segment, Measured& out) {
  const int64_t begin = now_ns();
  const auto scorer = plan.scorer(segment);
  const int64_t built = now_ns();
  out.build_scorer += built - begin;
  ++out.scorers;
  if (scorer == nullptr) return;
  Window window;
  LocalDocId at = 0;
  while ((at = scorer->advance(at)) < segment.doc_count()) {
    const LocalDocId start = at / kWindowDocs * kWindowDocs;
    window.bits.fill(0);
    scorer->score(start, window);
    for (const uint64_t word : window.bits) out.docs += std::popcount(word);
    at = start + kWindowDocs;
  }
  out.next_doc += now_ns() - built;
}

/// Runs one part of the query over the index.
Measured measure(const LuceneQuery& query, Binder& binder) {
  Measured out;
  const int64_t begin = now_ns();
  const PlanPtr plan = query.plan(binder, 1);
  out.create_weight = now_ns() - begin;
  for (size_t i = 0; i < binder.searcher.segments().size(); ++i) {
    check_time(binder.context);
    measure_segment(*plan, SegmentView(binder.searcher, i, binder.context), out);
  }
  return out;
}

void write_breakdown(const Measured& measured, JsonWriter& out) {
  const std::pair<const char*, std::pair<int64_t, int64_t>> parts[] = {
      {"advance", {0, 0}},
      {"build_scorer", {measured.build_scorer, measured.scorers}},
      {"compute_max_score", {0, 0}},
      {"create_weight", {measured.create_weight, 1}},
      {"match", {0, 0}},
      {"next_doc", {measured.next_doc, measured.docs}},
      {"score", {0, 0}},
      {"set_min_competitive_score", {0, 0}},
      {"shallow_advance", {0, 0}}};
  out.key("breakdown").begin_object();
  for (const auto& [name, figures] : parts) {
    out.key(name).number(figures.first).key(std::string(name) + "_count").number(figures.second);
  }
  out.end_object();
}

void write_part(const LuceneQuery& query, Binder& binder, int& parts_left, JsonWriter& out) {
  const Measured measured = --parts_left > 0 ? measure(query, binder) : Measured();
  out.begin_object().key("type").string(query.type()).key("description").string(query.to_string());
  out.key("time_in_nanos").number(measured.total());
  write_breakdown(measured, out);
  const auto parts = query.parts();
  if (!parts.empty() && parts_left > 0) {
    out.key("children").begin_array();
    for (const LuceneQueryPtr& part : parts) write_part(*part, binder, parts_left, out);
    out.end_array();
  }
  out.end_object();
}

/// The collectors that OpenSearch would have chained, outermost first; the innermost takes the hits.
std::vector<std::pair<const char*, const char*>> collectors(const SearchRequest& request) {
  std::vector<std::pair<const char*, const char*>> out;
  if (request.min_score) out.emplace_back("MinimumScoreCollector", "search_min_score");
  if (request.terminate_after > 0) out.emplace_back("EarlyTerminatingCollector", "search_terminate_after_count");
  if (request.post_filter) out.emplace_back("FilteredCollector", "search_post_filter");
  if (request.aggregations) out.emplace_back("MultiCollector", "search_multi");
  if (request.size == 0) out.emplace_back("EarlyTerminatingCollector", "search_count");
  else out.emplace_back(request.sort.empty() ? "TopScoreDocCollector" : "TopFieldCollector", "search_top_hits");
  return out;
}

void write_collectors(const SearchRequest& request, int64_t time, JsonWriter& out) {
  const auto chain = collectors(request);
  out.key("collector").begin_array();
  for (size_t i = 0; i < chain.size(); ++i) {
    if (i > 0) out.key("children").begin_array();
    out.begin_object().key("name").string(chain[i].first).key("reason").string(chain[i].second).key("time_in_nanos").number(time);
  }
  for (size_t i = 0; i < chain.size(); ++i) out.end_object().end_array();
}

void write_fetch(const ProfileTimes& times, int64_t share, JsonWriter& out) {
  out.key("fetch").begin_array();
  if (times.hits > 0) {
    out.begin_object().key("type").string("fetch").key("description").string("fetch").key("time_in_nanos").number(share);
    out.key("breakdown").begin_object();
    for (const char* name : {"build_sub_phase_processors", "create_stored_fields_visitor", "get_next_reader", "load_source", "load_stored_fields"}) {
      const bool all = std::string_view(name) == "load_stored_fields";  // hits are read and written in one step
      out.key(name).number(all ? share : 0).key(std::string(name) + "_count").number(all ? static_cast<int64_t>(times.hits) : 0);
    }
    out.end_object().end_object();
  }
  out.end_array();
}

}  // namespace

void write_profile(const SearchRequest& request, const std::vector<BoundTarget>& targets, const SearchContext& context,
                   const ProfileTimes& times, JsonWriter& out) {
  const auto shards = static_cast<int64_t>(std::max<size_t>(1, targets.size()));
  out.key("profile").begin_object().key("shards").begin_array();
  for (const BoundTarget& target : targets) {
    const Searcher& searcher = target.searcher();
    Binder binder{searcher, context, {}, {}};
    const int64_t begin = now_ns();
    const LuceneQueryPtr query = fully_rewritten(search_query(request.query, *target.target, binder));
    const int64_t rewrite = now_ns() - begin;
    int parts_left = kPartsMax;
    out.begin_object().key("id").string("[tarn][" + searcher.index_name() + "][0]");
    out.key("inbound_network_time_in_millis").number(0).key("outbound_network_time_in_millis").number(0);
    out.key("searches").begin_array().begin_object().key("query").begin_array();
    if (request.post_filter) write_part(*fully_rewritten(lucene_of(*request.post_filter, binder)), binder, parts_left, out);
    write_part(*query, binder, parts_left, out);
    out.end_array().key("rewrite_time").number(rewrite);
    write_collectors(request, static_cast<int64_t>(times.query) / shards, out);
    out.end_object().end_array();
    out.key("aggregations").begin_array().end_array();
    write_fetch(times, static_cast<int64_t>(times.fetch) / shards, out);
    out.end_object();
  }
  out.end_array().end_object();
}

}  // namespace tarn::query

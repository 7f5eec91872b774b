#pragma once

#include <memory>
#include <string>
#include <vector>

#include "indexer/mapping/mapping.h"
#include "indexer/searcher.h"
#include "query/collect/execute.h"

namespace tarn::query {

/// An index without a store: segments built from JSON documents. What reads _ids or _source cannot run on it.
class QueryFixture {
 public:
  explicit QueryFixture(const std::string& mapping)
      : mapping_(Mapping::create(parse_json(mapping), AnalysisRegistry::built_in(), MappingLimits{})) {
    context_.now_ms = 1700000000000;
  }

  void add(const std::string& source) { add(std::to_string(rows_), "", source); }
  void add(const std::string& id, const std::string& routing, const std::string& source) {
    if (!batch_) batch_ = std::make_shared<ParsedBatch>();
    parser_.parse(*mapping_, MappingLimits{}, id, routing, source, *batch_);
    batch_->roots.back().row = RowId(rows_++);
  }
  /// Ends a segment.
  void cut() {
    if (!batch_) return;
    auto segment = build_segment("s" + std::to_string(readers_.size()), *mapping_, {batch_});
    readers_.emplace_back(std::move(segment), nullptr, nullptr);
    batch_.reset();
  }
  void remove(size_t segment, LocalDocId doc) {
    const SegmentReader& old = readers_[segment];
    auto live = old.live() != nullptr ? std::make_shared<Bitset>(*old.live()) : std::make_shared<Bitset>(old.doc_count(), true);
    live->reset(doc);
    readers_[segment] = SegmentReader(old.shared_segment(), live, nullptr);
  }
  std::shared_ptr<const Searcher> searcher() {
    cut();
    Searcher::Parts parts;
    parts.index_name = "test";
    parts.index_uuid = "uuid";
    parts.mapping = mapping_;
    parts.settings = IndexSettings::create(Json::object());
    parts.segments = readers_;
    return std::make_shared<const Searcher>(std::move(parts));
  }
  QueryResult run(const std::string& body) {
    const auto request = parse_search_request(parse_json(body), {});
    const SearchTarget target{searcher(), {}, {}};
    std::vector<BoundTarget> bound;
    bound.push_back(bind_target(*request, target, context_));
    bind_target_sort(*request, context_, bound.back());
    const auto aggregations = request->aggregations ? request->aggregations->start(context_) : nullptr;
    return run_query_phase(*request, bound, context_, aggregations.get());
  }
  /// The value of "aggregations" in the answer.
  std::string aggregate(const std::string& body) {
    const auto request = parse_search_request(parse_json(body), {});
    const SearchTarget target{searcher(), {}, {}};
    std::vector<BoundTarget> bound;
    bound.push_back(bind_target(*request, target, context_));
    const auto run = request->aggregations->start(context_);
    run_query_phase(*request, bound, context_, run.get());
    std::string text;
    JsonWriter out(text);
    run->write(out, false);
    return text;
  }
  SearchContext& context() { return context_; }
  const SearchContext& context() const { return context_; }

 private:
  std::shared_ptr<const Mapping> mapping_;
  DocumentParser parser_;
  std::shared_ptr<ParsedBatch> batch_;
  std::vector<SegmentReader> readers_;
  uint64_t rows_ = 0;
  SearchContext context_;
};

}  // namespace tarn::query

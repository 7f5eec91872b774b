// children and parent: from documents to those that a join field relates to them.
#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "indexer/base/error.h"
#include "indexer/base/json_location.h"
#include "query/aggs/bucket/replay.h"
#include "query/aggs/bucket/single_bucket.h"
#include "query/aggs/types.h"
#include "query/collect/execute.h"
#include "query/join/relations.h"

namespace tarn::query {
namespace {

[[noreturn]] void fail_at(JsonLocation at, std::string reason) {
  throw ApiError(parsing_exception(std::move(reason)).with("line", at.line).with("col", at.column));
}

std::string parse_type(const AggregationNode& node) {
  const JsonLocations& places = JsonLocations::of_this_thread();
  std::string type;
  for (const auto& [key, value] : node.body().items()) {
    if (!value.is_string()) fail_at(places.value(value), fmt::format("Unexpected token {} in [{}].", option_token(value), node.name));
    if (key != "type") fail_at(places.value(value), fmt::format("Unknown key for a VALUE_STRING in [{}]: [{}].", node.name, key));
    type = value.get<std::string>();
  }
  if (type.empty()) {
    fail_at(places.inside(node.body()), fmt::format("Missing [child_type] field for {} aggregation [{}]", node.type, node.name));
  }
  return type;
}

/// The join field of an index that has `child` as a child, and its parent's name; empty path if there is none.
struct Relation {
  std::string path, parent;
};
Relation find_relation(const Mapping& mapping, const std::string& child) {
  const JoinRelations relations(mapping);
  const std::string parent = relations.parent_of(child);
  return parent.empty() ? Relation{} : Relation{relations.path(), parent};
}

class JoinAggregator : public SingleBucketAggregator {
 public:
  JoinAggregator(const AggregationNode& node, const BuildContext& context)
      : SingleBucketAggregator(node, context), child_(parse_type(node)), to_children_(node.type == "children"), replay_(context.state) {}

  void begin(const Searcher& searcher) override {
    replay_.begin(searcher);
    relations_.push_back(find_relation(searcher.mapping(), child_));
    keys_.emplace_back();
  }
  void begin_segment(const Searcher& searcher, size_t segment) override {
    replay_.begin_segment(segment);
    ids_ = nullptr;
    const Relation& relation = relations_.back();
    if (relation.path.empty()) return;
    const SegmentReader& reader = searcher.segments()[segment];
    ids_ = reader.keywords(relation.path + "#" + relation.parent);
    from_ = with_name(reader, relation.path, to_children_ ? relation.parent : child_);
  }
  void collect(const DocBatch& batch) override {
    if (ids_ == nullptr) return;
    for (size_t i = 0; i < batch.count; ++i) {
      if (!from_.test(batch.docs[i])) continue;
      const Ordinal ordinal = ids_->first(batch.docs[i]);
      if (ordinal == kNoOrdinal) continue;
      std::vector<uint32_t>& buckets = keys_.back()[std::string(ids_->term(ordinal))];
      if (std::find(buckets.begin(), buckets.end(), batch.buckets[i]) == buckets.end()) buckets.push_back(batch.buckets[i]);
      held_ += 64;
    }
  }
  void end_segment() override {}

  void finish(AggregationContext& context) override {
    std::vector<Replay::Entry> entries;
    for (uint32_t s = 0; s < replay_.searchers().size(); ++s) {
      const Searcher& searcher = *replay_.searchers()[s];
      if (relations_[s].path.empty()) continue;
      for (size_t segment = 0; segment < searcher.segments().size(); ++segment) relate(s, segment, entries);
    }
    for (const Replay::Entry& entry : entries) counts_.add(entry.bucket);
    replay_.run(entries, children_);
    children_.finish(context);
  }
  size_t memory_bytes() const override { return held_ + SingleBucketAggregator::memory_bytes(); }

 private:
  static Bitset with_name(const SegmentReader& reader, const std::string& path, const std::string& name) {
    Bitset out(reader.doc_count());
    const KeywordColumn* names = reader.keywords(path);
    if (names == nullptr) return out;
    if (const auto ordinal = names->find(name)) names->or_docs_into(*ordinal, *ordinal + 1, out);
    return out;
  }
  void relate(uint32_t s, size_t segment, std::vector<Replay::Entry>& entries) const {
    const Searcher& searcher = *replay_.searchers()[s];
    const Relation& relation = relations_[s];
    const SegmentReader& reader = searcher.segments()[segment];
    const KeywordColumn* ids = reader.keywords(relation.path + "#" + relation.parent);
    if (ids == nullptr) return;
    Bitset to = with_name(reader, relation.path, to_children_ ? child_ : relation.parent);
    if (const auto visible = visible_documents(SegmentView(searcher, segment, context_))) to &= *visible;
    to.for_each([&](uint32_t doc) {
      const Ordinal ordinal = ids->first(doc);
      if (ordinal == kNoOrdinal) return;
      const auto it = keys_[s].find(std::string(ids->term(ordinal)));
      if (it == keys_[s].end()) return;
      for (uint32_t bucket : it->second) entries.push_back({s, static_cast<uint32_t>(segment), doc, bucket});
    });
  }

  std::string child_;
  bool to_children_;
  Replay replay_;
  std::vector<Relation> relations_;                                               // by searcher
  std::vector<std::unordered_map<std::string, std::vector<uint32_t>>> keys_;      // parent's id -> buckets
  const KeywordColumn* ids_ = nullptr;
  Bitset from_;
  size_t held_ = 0;
};

}  // namespace

AggregatorPtr build_join(const AggregationNode& node, const BuildContext& context) { return std::make_unique<JoinAggregator>(node, context); }
void check_join(const AggregationNode& node) { parse_type(node); }

}  // namespace tarn::query

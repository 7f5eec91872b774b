#include "query/filter/shape_filter.h"

namespace tarn::query {

namespace {

class ShapePlan final : public ConstantPlan {
 public:
  ShapePlan(std::string path, std::shared_ptr<const geo::ShapeQuery> query, geo::Relation relation, std::string key, float score)
      : ConstantPlan(score), path_(std::move(path)), query_(std::move(query)), relation_(relation), key_(std::move(key)) {}

  uint64_t cost(const SegmentView& segment) const override {
    const KeywordColumn* column = segment.reader.keywords(path_);
    return column == nullptr ? 0 : column->present_count();
  }
  void or_into(const SegmentView& segment, Bitset& out) const override {
    const KeywordColumn* column = segment.reader.keywords(path_);
    if (column == nullptr) return;
    // Of a document with several shapes all must be disjoint, or within.
    const bool all = relation_ == geo::Relation::kDisjoint || relation_ == geo::Relation::kWithin;
    if (!all || !column->multi_valued()) return add_shapes(segment, *column, true, out);
    Bitset documents(segment.doc_count()), others(segment.doc_count());
    column->or_presence_into(documents);
    add_shapes(segment, *column, false, others);
    documents.and_not(others);
    out |= documents;
  }
  std::string cache_key() const override { return key_.empty() ? std::string() : "geo_shape:" + path_ + ":" + key_; }
  std::string_view cache_path() const override { return path_; }
  bool may_match_nested(const Mapping& mapping) const override { return in_nested(mapping, path_); }

 private:
  /// Documents with a shape that answers `answer`.
  void add_shapes(const SegmentView& segment, const KeywordColumn& column, bool answer, Bitset& out) const {
    for (Ordinal ordinal = 0; ordinal < column.ordinal_count(); ++ordinal) {
      if (ordinal % 256 == 0) check_time(segment.context);
      if (query_->matches(column.term(ordinal)) == answer) column.or_docs_into(ordinal, ordinal + 1, out);
    }
  }
  std::string path_;
  std::shared_ptr<const geo::ShapeQuery> query_;
  geo::Relation relation_;
  std::string key_;
};

}  // namespace

PlanPtr shape_plan(std::string path, std::shared_ptr<const geo::ShapeQuery> query, geo::Relation relation, std::string key,
                   float score) {
  return std::make_shared<ShapePlan>(std::move(path), std::move(query), relation, std::move(key), score);
}

}  // namespace tarn::query

#include "query/dsl/nested_within.h"

#include "query/bind/compound.h"

namespace tarn::query {

namespace {

/// Children of the nested objects at a path that match: Lucene's ToChildBlockJoinQuery.
class WithinPlan final : public ConstantPlan {
 public:
  WithinPlan(std::string path, PlanPtr outer) : ConstantPlan(1), path_(std::move(path)), outer_(std::move(outer)) {}
  uint64_t cost(const SegmentView& segment) const override { return segment.doc_count(); }
  void or_into(const SegmentView& segment, Bitset& out) const override {
    Bitset all(segment.doc_count(), true);
    restrict_to(segment, all);
    out |= all;
  }
  void restrict_to(const SegmentView& segment, Bitset& documents) const override {
    const Bitset objects = documents_of_path(segment, path_);
    const Bitset roots = documents_of_path(segment, "");
    Bitset matching = objects;
    if (!matching.none()) outer_->restrict_to(segment, matching);
    Bitset kept(segment.doc_count());
    documents.for_each([&](LocalDocId doc) {
      const uint32_t object = objects.next(doc);
      // An object of the next root is not around this one.
      if (object < objects.size() && object < roots.next(doc) && matching.test(object)) kept.set(doc);
    });
    documents = std::move(kept);
  }
  std::string describe() const override { return "ToChildBlockJoinQuery (" + outer_->describe() + ")"; }

 private:
  std::string path_;
  PlanPtr outer_;
};

struct WithinQuery final : Query {
  std::string path;
  QueryPtr outer, inner;

  PlanPtr bind(Binder& binder, float boost) const override {
    const std::string scope = std::exchange(binder.nested_scope, path);
    PlanPtr around = outer ? tarn::query::bind(*outer, binder) : match_all_plan(1);
    binder.nested_scope = scope;
    PlanPtr within = std::make_shared<WithinPlan>(path, std::move(around));
    if (!inner) return within;
    return bool_plan({tarn::query::bind(*inner, binder, boost)}, {std::move(within)}, {}, {}, 0);
  }
};

}  // namespace

QueryPtr nested_within(std::string path, QueryPtr outer, QueryPtr inner) {
  auto query = std::make_shared<WithinQuery>();
  query->path = std::move(path);
  query->outer = std::move(outer);
  query->inner = std::move(inner);
  return query;
}

}  // namespace tarn::query

#include <optional>

#include "query/bind/expensive.h"
#include "query/bind/compound.h"
#include "query/dsl/members.h"
#include "query/fetch/inner_hits.h"
#include "query/lucene/tree.h"

namespace tarn::query {

namespace {

/// ToParentBlockJoinQuery, which never matches nested documents itself.
class LuceneBlockJoin final : public LuceneQuery {
 public:
  LuceneBlockJoin(const Query& clause, LuceneQueryPtr children) : clause_(clause), children_(std::move(children)) {}
  PlanPtr plan(Binder& binder, float boost) const override { return clause_.bind(binder, boost); }
  std::string to_string() const override { return "ToParentBlockJoinQuery (" + children_->to_string() + ")"; }
  std::string type() const override { return "OpenSearchToParentBlockJoinQuery"; }
  bool may_match_nested(const Mapping&) const override { return false; }

 private:
  const Query& clause_;
  LuceneQueryPtr children_;
};

struct NestedQuery final : Query {
  std::optional<std::string> path;
  QueryPtr query;
  NestedScore mode = NestedScore::kAvg;
  bool ignore_unmapped = false;
  std::shared_ptr<const InnerHitsClause> inner_hits;  // null: none

  LuceneQueryPtr lucene(Binder& binder) const override {
    bind(binder, 1);  // what does not fit is thrown now
    if (binder.mapping().find_unresolved(*path) == nullptr) return lucene_none("");
    const std::string outer = std::exchange(binder.nested_scope, *path);
    LuceneQueryPtr children = lucene_of(*query, binder);
    binder.nested_scope = outer;
    if (children->may_match_nested(binder.mapping()) && children->type() == "ApproximateScoreQuery") {
      auto own = lucene_leaf([this](Binder& b, float boost) { return bind(b, boost); }, LeafText("_nested_path:" + *path, "TermQuery"));
      children = std::make_shared<LuceneBool>(std::vector<LuceneClause>{{std::move(children), Occur::kMust}, {std::move(own), Occur::kFilter}});
    }
    return std::make_shared<LuceneBlockJoin>(*this, std::move(children));
  }
  PlanPtr bind(Binder& binder, float boost) const override {
    check_expensive(binder, "[joining] queries");
    // Not find(): whether unmapped fields are refused is not asked of paths of objects.
    const FieldType* field = binder.mapping().find_unresolved(*path);
    if (field == nullptr || (field->kind != FieldKind::kNested && field->kind != FieldKind::kObject)) {
      if (ignore_unmapped) return match_none_plan();
      throw ApiError(400, "illegal_state_exception", "[nested] failed to find nested object under path [" + *path + "]");
    }
    if (field->kind != FieldKind::kNested) {
      throw ApiError(400, "illegal_state_exception", "[nested] nested object under path [" + *path + "] is not of nested type");
    }
    const std::string outer = binder.nested_scope;
    // Inner hits of clauses within belong to this clause's; their names are everyone's.
    auto others = std::exchange(binder.inner_hits, {});
    const size_t names_before = binder.named.size();
    binder.nested_scope = *path;
    PlanPtr children = tarn::query::bind(*query, binder, boost);
    auto inner = std::exchange(binder.inner_hits, std::move(others));
    if (inner_hits) {
      auto bound = nested_inner_hits(inner_hits, children, *path, outer);
      bound->inner = std::move(inner);
      bound->named.assign(binder.named.begin() + static_cast<ptrdiff_t>(names_before), binder.named.end());
      binder.inner_hits.push_back(std::move(bound));
    }
    binder.nested_scope = outer;
    return nested_plan(std::move(children), *path, outer, mode);
  }
};

}  // namespace

NestedScore parse_score_mode(const std::string& text) {
  if (text == "avg") return NestedScore::kAvg;
  if (text == "sum") return NestedScore::kSum;
  if (text == "min") return NestedScore::kMin;
  if (text == "max") return NestedScore::kMax;
  if (text == "none") return NestedScore::kNone;
  throw ApiError(illegal_argument("No score mode for child query [" + text + "] found"));
}

std::shared_ptr<Query> parse_nested(const Json& body) {
  auto query = std::make_shared<NestedQuery>();
  each_member(body, [&](const std::string& key, const Json& value) {
    if (value.is_object()) {
      if (key == "query") query->query = parse_query(value);
      else if (key == "inner_hits") query->inner_hits = parse_inner_hits(value);
      else unsupported_member("nested", key, value);
    } else if (key == "path") {
      query->path = read_text(value);
    } else if (key == "score_mode") {
      query->mode = parse_score_mode(read_text(value));
    } else if (key == "ignore_unmapped") {
      query->ignore_unmapped = read_bool(value);
    } else if (!read_common(*query, key, value)) {
      unsupported_member("nested", key, value);
    }
  });
  if (!query->path) throw ApiError(illegal_argument("[nested] requires 'path' field"));
  if (!query->query) throw ApiError(illegal_argument("[nested] requires 'query' field"));
  return query;
}

}  // namespace tarn::query

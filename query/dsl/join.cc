// has_child, has_parent and parent_id: documents related by a join field.
#include <algorithm>
#include <optional>

#include "query/bind/expensive.h"
#include "query/bind/field_queries.h"
#include "query/dsl/members.h"
#include "query/join/join_plan.h"
#include "query/filter/column_filters.h"
#include "query/join/relations.h"
#include "query/percolate/stored_query_mapping.h"
#include "query/text/term_plan.h"

namespace tarn::query {

namespace {

[[noreturn]] void shard_error(std::string reason) { throw ApiError(400, "query_shard_exception", std::move(reason)); }

/// A clause about related documents that match another clause.
struct RelatedQuery : Query {
  std::optional<std::string> type;   // the relation that `query` is about
  QueryPtr query;
  NestedScore mode = NestedScore::kNone;
  bool ignore_unmapped = false;
  std::shared_ptr<const InnerHitsClause> inner_hits;  // null: none

  PlanPtr bind(Binder& binder, float boost) const override {
    refuse_in_stored_query(binder.mapping(), clause_name());
    check_expensive(binder, "[joining] queries");
    const JoinRelations relations(binder.mapping());
    if (!relations.exists()) {
      if (ignore_unmapped) return match_none_plan();
      shard_error("[" + clause_name() + "] no join field has been configured");
    }
    JoinSides sides;
    if (!find_sides(relations, sides)) {
      if (ignore_unmapped) return match_none_plan();
      shard_error("[" + clause_name() + "] join field [" + relations.path() + "] doesn't hold [" + *type + "] as a " + side_name());
    }
    sides.path = relations.path();
    const std::string outer = std::exchange(binder.nested_scope, "");
    // Inner hits of clauses within belong to this clause's; their names are everyone's.
    auto others = std::exchange(binder.inner_hits, {});
    const size_t names_before = binder.named.size();
    const PlanPtr inner = tarn::query::bind(*query, binder);
    auto within = std::exchange(binder.inner_hits, std::move(others));
    if (inner_hits) {
      auto bound = join_inner_hits(inner_hits, inner, sides, *type);
      bound->inner = std::move(within);
      bound->named.assign(binder.named.begin() + static_cast<ptrdiff_t>(names_before), binder.named.end());
      binder.inner_hits.push_back(std::move(bound));
    }
    binder.nested_scope = outer;
    return join_plan(inner, std::move(sides), mode, boost);
  }

 protected:
  virtual std::string clause_name() const = 0;
  virtual std::string side_name() const = 0;
  virtual bool find_sides(const JoinRelations& relations, JoinSides& sides) const = 0;
};

struct HasChildQuery final : RelatedQuery {
  int min_children = 1, max_children = std::numeric_limits<int>::max();

 protected:
  std::string clause_name() const override { return "has_child"; }
  std::string side_name() const override { return "child"; }
  bool find_sides(const JoinRelations& relations, JoinSides& sides) const override {
    const std::string parent = relations.parent_of(*type);
    if (parent.empty()) return false;
    sides.id_path = relations.id_path(parent);
    sides.from = {*type};
    sides.to = {parent};
    sides.from_min = static_cast<uint32_t>(min_children);
    sides.from_max = static_cast<uint32_t>(max_children);
    return true;
  }
};

struct HasParentQuery final : RelatedQuery {
 protected:
  std::string clause_name() const override { return "has_parent"; }
  std::string side_name() const override { return "parent"; }
  bool find_sides(const JoinRelations& relations, JoinSides& sides) const override {
    sides.to = relations.children_of(*type);
    if (sides.to.empty()) return false;
    sides.id_path = relations.id_path(*type);
    sides.from = {*type};
    return true;
  }
};

struct ParentIdQuery final : Query {
  std::optional<std::string> type, id;
  bool ignore_unmapped = false;

  PlanPtr bind(Binder& binder, float boost) const override {
    check_expensive(binder, "[joining] queries");
    const JoinRelations relations(binder.mapping());
    if (!relations.exists()) {
      if (ignore_unmapped) return match_none_plan();
      shard_error("[parent_id] no join field found for index [" + binder.searcher.index_name() + "]");
    }
    const std::string parent = type ? relations.parent_of(*type) : "";
    if (parent.empty()) {
      if (ignore_unmapped) return match_none_plan();
      shard_error("[parent_id] no relation found for child [" + type.value_or("null") + "]");
    }
    if (!id) {
      throw ApiError(500, "null_pointer_exception",
                     "Cannot invoke \"org.apache.lucene.util.BytesRef.compareTo(org.apache.lucene.util.BytesRef)\" because \"target\" is null");
    }
    return bool_plan({term_plan(binder, relations.id_path(parent), *id, false, boost)},
                     {keyword_terms_plan(relations.path(), {*type}, 1)}, {}, {}, 0);
  }
};

/// Members that has_child and has_parent share.
bool read_related(RelatedQuery& query, std::string_view type_member, const std::string& key, const Json& value) {
  if (value.is_object()) {
    if (key == "query") query.query = parse_query(value);
    else if (key == "inner_hits") query.inner_hits = parse_inner_hits(value);
    else return false;
    return true;
  }
  if (key == type_member) query.type = read_text(value);
  else if (key == "ignore_unmapped") query.ignore_unmapped = read_bool(value);
  else return read_common(query, key, value);
  return true;
}

void require_related(const RelatedQuery& query, std::string_view clause, std::string_view type_member) {
  const auto require = [&](bool given, std::string_view member) {
    if (!given) throw ApiError(illegal_argument("[" + std::string(clause) + "] requires '" + std::string(member) + "' field"));
  };
  require(query.type.has_value(), type_member);
  require(query.query != nullptr, "query");
}

}  // namespace

std::shared_ptr<Query> parse_has_child(const Json& body) {
  auto query = std::make_shared<HasChildQuery>();
  each_member(body, [&](const std::string& key, const Json& value) {
    if (key == "score_mode" && !value.is_object()) query->mode = parse_score_mode(read_text(value));
    else if (key == "min_children" && !value.is_object()) query->min_children = read_int(value);
    else if (key == "max_children" && !value.is_object()) query->max_children = read_int(value);
    else if (!read_related(*query, "type", key, value)) unsupported_member("has_child", key, value);
  });
  require_related(*query, "has_child", "type");
  const auto refuse = [](const char* what) { throw ApiError(illegal_argument(std::string("[has_child] ") + what)); };
  if (query->min_children < 0) refuse("requires non-negative 'min_children' field");
  if (query->max_children < 0) refuse("requires non-negative 'max_children' field");
  if (query->max_children < query->min_children) refuse("'max_children' is less than 'min_children'");
  return query;
}

std::shared_ptr<Query> parse_has_parent(const Json& body) {
  auto query = std::make_shared<HasParentQuery>();
  each_member(body, [&](const std::string& key, const Json& value) {
    if (key == "score" && !value.is_object()) query->mode = read_bool(value) ? NestedScore::kMax : NestedScore::kNone;
    else if (!read_related(*query, "parent_type", key, value)) unsupported_member("has_parent", key, value);
  });
  require_related(*query, "has_parent", "parent_type");
  return query;
}

std::shared_ptr<Query> parse_parent_id(const Json& body) {
  auto query = std::make_shared<ParentIdQuery>();
  for (const auto& [key, value] : body.items()) {
    if (value.is_structured() || value.is_null()) unsupported_member("parent_id", key, value);
    else if (key == "type") query->type = read_text(value);
    else if (key == "id") query->id = read_text(value);
    else if (key == "ignore_unmapped") query->ignore_unmapped = read_bool(value);
    else if (!read_common(*query, key, value)) unsupported_member("parent_id", key, value);
  }
  return query;
}

}  // namespace tarn::query

#include "query/bind/field_queries.h"
#include "query/dsl/clause.h"

namespace tarn::query {

namespace {

struct TermQuery final : Query {
  std::string field;
  Json value;
  bool case_insensitive = false;
  PlanPtr bind(Binder& binder, float boost) const override {
    return term_plan(binder, field, value, case_insensitive, boost);
  }
};

struct PatternQuery final : Query {
  bool wildcard = false;
  std::string field, pattern;
  bool case_insensitive = false;
  PlanPtr bind(Binder& binder, float boost) const override {
    return wildcard ? wildcard_plan(binder, field, pattern, case_insensitive, boost)
                    : prefix_plan(binder, field, pattern, case_insensitive, boost);
  }
};

}  // namespace

std::shared_ptr<Query> parse_term(const Json& body) {
  auto query = std::make_shared<TermQuery>();
  bool given = false;
  read_field_clause("term", body, "value", *query, query->field, [&](std::string_view key, const Json& value) {
    if (key == "value") {
      if (value.is_array() || value.is_object()) fail_parse("[term] query does not support array of values");
      query->value = value;
      given = !value.is_null();
      return true;
    }
    if (key == "case_insensitive") {
      query->case_insensitive = read_bool(value);
      return true;
    }
    return false;
  });
  if (!given) throw ApiError(illegal_argument(body.begin()->is_null() ? "field name is null or empty" : "value cannot be null"));
  return query;
}

std::shared_ptr<Query> parse_prefix(const Json& body) {
  auto query = std::make_shared<PatternQuery>();
  bool given = false;
  read_field_clause("prefix", body, "value", *query, query->field, [&](std::string_view key, const Json& value) {
    if (key == "value") {
      if (!value.is_null()) query->pattern = read_text(value), given = true;
    } else if (key == "case_insensitive") {
      query->case_insensitive = read_bool(value);
    } else if (key != "rewrite") {
      return false;
    }
    return true;
  });
  if (!given) throw ApiError(illegal_argument("value cannot be null"));
  return query;
}

std::shared_ptr<Query> parse_wildcard(const Json& body) {
  auto query = std::make_shared<PatternQuery>();
  query->wildcard = true;
  bool given = false;
  read_field_clause("wildcard", body, "value", *query, query->field, [&](std::string_view key, const Json& value) {
    if (key == "value" || key == "wildcard") {
      if (!value.is_null()) query->pattern = read_text(value), given = true;
    } else if (key == "case_insensitive") {
      query->case_insensitive = read_bool(value);
    } else if (key != "rewrite") {
      return false;
    }
    return true;
  });
  if (!given) throw ApiError(illegal_argument("value cannot be null"));
  return query;
}

}  // namespace tarn::query

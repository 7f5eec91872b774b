#include "query/bind/field_queries.h"
#include "query/dsl/clause.h"
#include "query/lucene/describe.h"

namespace tarn::query {

namespace {

struct MatchAllQuery final : Query {
  PlanPtr bind(Binder&, float boost) const override { return match_all_plan(boost); }
  LuceneQueryPtr lucene(Binder&) const override { return lucene_approximate_all(); }
};
struct MatchNoneQuery final : Query {
  PlanPtr bind(Binder&, float) const override { return match_none_plan(); }
  LuceneQueryPtr lucene(Binder&) const override { return lucene_match_none(); }
};
struct ExistsQuery final : Query {
  std::string field;
  PlanPtr bind(Binder& binder, float boost) const override { return exists_plan(binder, field, boost); }
  LuceneQueryPtr lucene(Binder& binder) const override {
    bind(binder, 1);  // what does not fit is thrown now
    return described_exists(binder, field, [this](Binder& b, float boost) { return bind(b, boost); });
  }
};
struct IdsQuery final : Query {
  std::vector<std::string> ids;
  PlanPtr bind(Binder& binder, float boost) const override { return ids_plan(binder, ids, boost); }
  LuceneQueryPtr lucene(Binder&) const override {
    return described_ids(ids, [this](Binder& b, float boost) { return bind(b, boost); });
  }
};

[[noreturn]] void unknown_field(std::string_view clause, std::string_view key, const Json& value,
                                std::vector<std::string_view> known = {"boost", "_name"}) {
  fail_wrapped(unknown_member(clause, key, value, known), value);
}

}  // namespace

QueryPtr make_match_all(float boost) {
  auto query = std::make_shared<MatchAllQuery>();
  query->boost = boost;
  return query;
}
QueryPtr make_match_none() { return std::make_shared<MatchNoneQuery>(); }

std::shared_ptr<Query> parse_match_all(const Json& body) {
  auto query = std::make_shared<MatchAllQuery>();
  for (const auto& [key, value] : body.items()) {
    if (!read_common(*query, key, value)) unknown_field("match_all", key, value);
  }
  return query;
}

std::shared_ptr<Query> parse_match_none(const Json& body) {
  auto query = std::make_shared<MatchNoneQuery>();
  for (const auto& [key, value] : body.items()) {
    if (!read_common(*query, key, value)) unknown_field("match_none", key, value);
  }
  return query;
}

std::shared_ptr<Query> parse_exists(const Json& body) {
  auto query = std::make_shared<ExistsQuery>();
  bool given = false;
  for (const auto& [key, value] : body.items()) {
    if (value.is_object() || value.is_array()) {
      fail_parse("[exists] unknown token [" + std::string(token_name(value)) + "] after [" + key + "]", value);
    }
    if (key == "field") {
      query->field = read_text(value);
      given = true;
    } else if (!read_common(*query, key, value)) {
      unsupported_member("exists", key, value);
    }
  }
  if (!given) fail_parse("[exists] must be provided with a [field]");
  require_field("exists", query->field);
  return query;
}

std::shared_ptr<Query> parse_ids(const Json& body) {
  auto query = std::make_shared<IdsQuery>();
  for (const auto& [key, value] : body.items()) {
    if (key == "values") {
      if (value.is_array()) {
        for (const Json& id : value) query->ids.push_back(read_text(id));
      } else if (value.is_object()) {
        fail_wrapped(unsupported_value("ids", key, value), value);
      } else {
        query->ids.push_back(read_text(value));
      }
    } else if (!read_common(*query, key, value)) {
      unknown_field("ids", key, value, {"values", "boost", "_name"});
    }
  }
  return query;
}

}  // namespace tarn::query

#include "query/bind/compound.h"

#include "indexer/base/deprecation.h"
#include "query/bind/values.h"
#include "query/dsl/clause.h"
#include "query/lucene/describe.h"

namespace tarn::query {

namespace {

std::vector<PlanPtr> bind_all(const std::vector<QueryPtr>& clauses, Binder& binder, float boost) {
  std::vector<PlanPtr> out;
  for (const QueryPtr& clause : clauses) out.push_back(bind(*clause, binder, boost));
  return out;
}

struct BoolQuery final : Query {
  std::vector<QueryPtr> must, filter, should, must_not;
  std::string minimum;  // "" where not given
  bool adjust_pure_negative = true;

  PlanPtr bind(Binder& binder, float boost) const override {
    if (must.empty() && filter.empty() && should.empty() && must_not.empty()) return match_all_plan(boost);
    int count = 0;
    if (!minimum.empty()) count = minimum_should_match(static_cast<int>(should.size()), minimum);
    if (must.empty() && filter.empty() && should.empty() && !adjust_pure_negative) return match_none_plan();
    auto musts = bind_all(must, binder, boost);
    auto filters = bind_all(filter, binder, boost);
    auto shoulds = bind_all(should, binder, boost);
    const size_t shown = binder.inner_hits.size();
    auto nots = bind_all(must_not, binder, boost);
    binder.inner_hits.resize(shown);  // of what is excluded nothing is shown
    return bool_plan(std::move(musts), std::move(filters), std::move(shoulds), std::move(nots), count);
  }
  LuceneQueryPtr lucene(Binder& binder) const override {
    if (must.empty() && filter.empty() && should.empty() && must_not.empty()) return lucene_approximate_all();
    std::vector<LuceneClause> clauses;
    bool none = false;
    const auto add = [&](const std::vector<QueryPtr>& queries, Occur occur) {
      for (const QueryPtr& query : queries) {
        clauses.push_back({lucene_of(*query, binder), occur});
        // A clause that was rewritten to match_none before the shard saw it takes the whole with it.
        none |= (occur == Occur::kMust || occur == Occur::kFilter) && clauses.back().query->to_string() == lucene_match_none()->to_string();
      }
    };
    add(must, Occur::kMust);
    add(must_not, Occur::kMustNot);
    add(should, Occur::kShould);
    add(filter, Occur::kFilter);
    if (none) return lucene_match_none();
    LuceneQueryPtr out = with_minimum(std::make_shared<LuceneBool>(std::move(clauses)), minimum);
    return adjust_pure_negative ? fix_negative(std::move(out)) : out;
  }
};

struct ConstantScoreQuery final : Query {
  QueryPtr filter;
  PlanPtr bind(Binder& binder, float boost) const override {
    return constant_score_plan(tarn::query::bind(*filter, binder), boost);
  }
  LuceneQueryPtr lucene(Binder& binder) const override {
    LuceneQueryPtr inner = lucene_of(*filter, binder);
    if (inner->to_string() == lucene_match_none()->to_string()) return inner;
    return std::make_shared<LuceneConstant>(std::move(inner));
  }
};

struct DisMaxQuery final : Query {
  std::vector<QueryPtr> queries;
  float tie_breaker = 0;
  PlanPtr bind(Binder& binder, float boost) const override {
    return dis_max_plan(bind_all(queries, binder, boost), tie_breaker);
  }
  LuceneQueryPtr lucene(Binder& binder) const override {
    std::vector<LuceneQueryPtr> parts;
    for (const QueryPtr& query : queries) parts.push_back(lucene_of(*query, binder));
    return std::make_shared<LuceneDisMax>(std::move(parts), tie_breaker);
  }
};

struct BoostingQuery final : Query {
  QueryPtr positive, negative;
  float negative_boost = -1;
  PlanPtr bind(Binder& binder, float boost) const override {
    auto plus = tarn::query::bind(*positive, binder, boost);
    return boosting_plan(std::move(plus), tarn::query::bind(*negative, binder, boost), negative_boost);
  }
  LuceneQueryPtr lucene(Binder& binder) const override {
    const std::string shown = "FunctionScoreQuery(" + lucene_of(*positive, binder)->to_string() + ", scored by boost(queryboost(score(" +
                              lucene_of(*negative, binder)->to_string() + "))^" + java_float(negative_boost) + "))";
    return lucene_leaf([this](Binder& b, float boost) { return bind(b, boost); }, LeafText(shown, "FunctionScoreQuery"));
  }
};

/// Where the parser stood when a clause failed: at the clause's own place if it tells.
std::string location_of(const Error& inner, const Json& value) {
  if (!inner.members.contains("line") || !inner.members.contains("col")) return value_location(value);
  return fmt::format("[{}:{}] ", inner.members["line"].get<int>(), inner.members["col"].get<int>());
}

/// bool reads its clauses with an object parser, which wraps what fails inside.
template <class Read>
void wrap_bool_errors(const std::string& key, const Json& value, Read&& read) {
  try {
    read();
  } catch (const ApiError& error) {
    const Error& inner = error.error();
    if (inner.status != 400 || inner.type == "x_content_parse_exception") throw;
    Error root = inner;
    if (!inner.root_causes.empty()) root = inner.root_causes.front();
    root.cause = nullptr;
    throw ApiError(Error(400, "x_content_parse_exception", location_of(inner, value) + "[bool] failed to parse field [" + key + "]")
                       .caused_by(inner)
                       .rooted_in(root));
  }
}

void read_clauses(std::string_view clause, const std::string& key, const Json& value, std::vector<QueryPtr>& out) {
  if (value.is_object()) {
    out.push_back(parse_query(value));
  } else if (value.is_array()) {
    for (const Json& item : value) out.push_back(parse_query(item));
  } else {
    throw ApiError(unsupported_value(clause, key, value));
  }
}

}  // namespace

QueryPtr make_should(std::vector<QueryPtr> clauses) {
  auto query = std::make_shared<BoolQuery>();
  query->should = std::move(clauses);
  query->minimum = "1";
  return query;
}

std::shared_ptr<Query> parse_bool(const Json& body) {
  auto query = std::make_shared<BoolQuery>();
  for (const auto& [key, value] : body.items()) {
    if (key == "must") {
      wrap_bool_errors(key, value, [&] { read_clauses("bool", key, value, query->must); });
    } else if (key == "filter") {
      wrap_bool_errors(key, value, [&] { read_clauses("bool", key, value, query->filter); });
    } else if (key == "should") {
      wrap_bool_errors(key, value, [&] { read_clauses("bool", key, value, query->should); });
    } else if (key == "must_not" || key == "mustNot") {
      if (key == "mustNot") {
        const JsonLocation at = JsonLocations::of_this_thread().value(value);
        Deprecations::add(fmt::format("[bool][{}:{}] Deprecated field [mustNot] used, expected [must_not] instead", at.line, at.column));
      }
      wrap_bool_errors(key, value, [&] { read_clauses("bool", key, value, query->must_not); });
    } else if (key == "minimum_should_match") {
      if (!value.is_null()) query->minimum = read_text(value);
    } else if (key == "adjust_pure_negative") {
      query->adjust_pure_negative = read_bool(value);
    } else if (!read_common(*query, key, value)) {
      throw ApiError(unknown_member("bool", key, value,
                                    {"must", "filter", "should", "must_not", "mustNot", "minimum_should_match", "adjust_pure_negative",
                                     "boost", "_name"}));
    }
  }
  return query;
}

std::shared_ptr<Query> parse_constant_score(const Json& body) {
  auto query = std::make_shared<ConstantScoreQuery>();
  for (const auto& [key, value] : body.items()) {
    if (value.is_object()) {
      if (key != "filter") unsupported_member("constant_score", key, value);
      if (query->filter) fail_parse("[constant_score] accepts only one [filter] element.");
      query->filter = parse_query(value);
    } else if (value.is_array()) {
      fail_parse("unexpected token [START_ARRAY]");
    } else if (!read_common(*query, key, value)) {
      unsupported_member("constant_score", key, value);
    }
  }
  if (!query->filter) fail_parse("[constant_score] requires a 'filter' element");
  return query;
}

std::shared_ptr<Query> parse_dis_max(const Json& body) {
  auto query = std::make_shared<DisMaxQuery>();
  bool given = false;
  for (const auto& [key, value] : body.items()) {
    if (value.is_object() || value.is_array()) {
      if (key != "queries") unsupported_member("dis_max", key, value);
      given = true;
      read_clauses("dis_max", key, value, query->queries);
    } else if (key == "tie_breaker") {
      query->tie_breaker = read_float(value);
    } else if (!read_common(*query, key, value)) {
      unsupported_member("dis_max", key, value);
    }
  }
  if (!given || query->queries.empty()) fail_parse("[dis_max] requires 'queries' field with at least one clause");
  return query;
}

std::shared_ptr<Query> parse_boosting(const Json& body) {
  auto query = std::make_shared<BoostingQuery>();
  for (const auto& [key, value] : body.items()) {
    if (value.is_object()) {
      if (key == "positive") {
        query->positive = parse_query(value);
      } else if (key == "negative") {
        query->negative = parse_query(value);
      } else {
        unsupported_member("boosting", key, value);
      }
    } else if (key == "negative_boost") {
      query->negative_boost = read_float(value);
    } else if (!read_common(*query, key, value)) {
      unsupported_member("boosting", key, value);
    }
  }
  if (!query->positive) fail_parse("[boosting] query requires 'positive' query to be set'");
  if (!query->negative) fail_parse("[boosting] query requires 'negative' query to be set'");
  if (query->negative_boost < 0) {
    fail_parse("[boosting] query requires 'negative_boost' to be set to be a positive value'");
  }
  return query;
}

}  // namespace tarn::query

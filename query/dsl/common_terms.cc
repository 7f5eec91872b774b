#include "query/lucene/describe.h"
#include "indexer/base/deprecation.h"
#include "query/lucene/common_terms.h"

#include "query/bind/field_queries.h"
#include "query/bind/values.h"
#include "query/dsl/clause.h"
#include "query/dsl/match_members.h"
#include "query/lucene/match_builder.h"
#include "query/text/term_plan.h"

namespace tarn::query {

namespace {

struct CommonTermsClause final : Query {
  std::string field, text;
  MatchOptions options;
  CommonTermsOptions common;

  PlanPtr bind(Binder& binder, float boost) const override { return lucene(binder)->plan(binder, boost); }
  LuceneQueryPtr lucene(Binder& binder) const override {
    const FieldType* type = binder.mapping().find(field);
    if (type == nullptr) return unmapped_none(field);
    const Analyzer* analyzer = match_analyzer(binder, *type, options);
    if (is_keyword_like(*type)) {
      const std::string path = type->path, term = normalized(*type, text);
      return lucene_leaf([path, term](Binder& b, float boost) { return keyword_bm25_plan(b, path, term, boost); }, term_text(*type, term));
    }
    if (analyzer == nullptr || !is_text_like(*type)) return lucene_term(binder, field, text);
    TokenBuffer tokens;
    analyzer->analyze(text, tokens);
    std::vector<std::string> terms;
    for (const Token& token : tokens.tokens) terms.emplace_back(token.term);
    check_clause_count(terms.size());
    return std::make_shared<LuceneCommon>(*type, std::move(terms), common);
  }
};

void read_minimum(CommonTermsOptions& common, const Json& value) {
  if (value.is_object()) {
    for (const auto& [key, member] : value.items()) {
      if (key != "low_freq" && key != "high_freq") {
        fail_parse("[common] query does not support [" + key + "] for [minimum_should_match]");
      }
      (key == "low_freq" ? common.low_minimum : common.high_minimum) = read_text(member);
    }
  } else if (!value.is_null()) {
    common.low_minimum = read_text(value);
  }
}

}  // namespace

std::shared_ptr<Query> parse_common_terms(const Json& body) {
  Deprecations::add("Deprecated field [common] used, replaced by [[match] query which can efficiently skip blocks of documents if the total number "
                    "of hits is not tracked]");
  auto query = std::make_shared<CommonTermsClause>();
  query->options.clause = "common";
  bool given = false;
  read_field_clause("common", body, "query", *query, query->field, [&](std::string_view key, const Json& value) {
    CommonTermsOptions& common = query->common;
    if (key == "query") {
      if (value.is_structured()) unsupported_member("common", key, value);
      query->text = scalar_text(value);
      given = !value.is_null();
    } else if (key == "analyzer") {
      query->options.analyzer = read_text(value);
    } else if (key == "low_freq_operator") {
      common.low_conjunction = read_operator(value);
    } else if (key == "high_freq_operator") {
      common.high_conjunction = read_operator(value);
    } else if (key == "minimum_should_match") {
      read_minimum(common, value);
    } else if (key == "cutoff_frequency") {
      common.cutoff = read_float(value);
    } else {
      return key == "disable_coord";
    }
    return true;
  });
  if (!given) throw ApiError(illegal_argument("text cannot be null"));
  return query;
}

}  // namespace tarn::query

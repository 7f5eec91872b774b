#include "indexer/base/ascii.h"
#include "query/bind/values.h"
#include "indexer/base/deprecation.h"
#include "query/dsl/clause.h"
#include "query/dsl/match_members.h"
#include "query/lucene/match_builder.h"

namespace tarn::query {

namespace {

struct MatchQuery final : Query {
  std::string field;
  Json value;
  MatchOptions options;
  PlanPtr bind(Binder& binder, float boost) const override { return lucene(binder)->plan(binder, boost); }
  LuceneQueryPtr lucene(Binder& binder) const override {
    return with_minimum(match_query(binder, field, scalar_text(value), options), options.minimum_should_match);
  }
};

}  // namespace

bool read_operator(const Json& value) {
  const std::string text = read_text(value), lower = lower_ascii(text);
  if (lower == "and") return true;
  if (lower == "or") return false;
  std::string upper = text;
  for (char& c : upper) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  throw ApiError(illegal_argument("No enum constant org.opensearch.index.query.Operator." + upper));
}

ZeroTerms read_zero_terms(std::string_view clause, const Json& value) {
  const std::string text = lower_ascii(read_text(value));
  if (text == "none") return ZeroTerms::kNone;
  if (text == "all") return ZeroTerms::kAll;
  if (text == "null") not_implemented("zero_terms_query [null] is not supported yet");
  fail_parse("Unsupported zero_terms_query value [" + read_text(value) + "]");
  static_cast<void>(clause);
}

bool read_fuzzy_member(std::string_view key, const Json& value, FuzzyOptions& options, bool& fuzziness_given) {
  if (key == "fuzziness") {
    if (!value.is_null()) options.fuzziness = parse_fuzziness(value), fuzziness_given = true;
  } else if (key == "prefix_length") {
    options.prefix_length = read_int(value);
    if (options.prefix_length < 0) throw ApiError(illegal_argument("[match] requires prefix length to be non-negative."));
  } else if (key == "max_expansions") {
    options.max_expansions = read_int(value);
    if (options.max_expansions <= 0) {
      throw ApiError(illegal_argument("[match] requires maxExpansions to be positive."));
    }
  } else if (key == "fuzzy_transpositions") {
    options.transpositions = read_bool(value);
  } else if (key == "fuzzy_rewrite") {
    if (!value.is_null()) options.rewrite = read_text(value);
  } else {
    return false;
  }
  return true;
}

namespace {

/// match and match_bool_prefix share their members.
std::shared_ptr<Query> parse_boolean(std::string_view clause, MatchKind kind, const Json& body) {
  auto query = std::make_shared<MatchQuery>();
  query->options.kind = kind;
  query->options.clause = clause;
  bool given = false, fuzzy_given = false;
  FuzzyOptions fuzzy;
  for (const auto& [key, value] : body.items()) {
    if (value.is_array()) fail_parse("[" + std::string(clause) + "] unknown token [START_ARRAY] after [" + key + "]");
  }
  read_field_clause(clause, body, "query", *query, query->field, [&](std::string_view key, const Json& value) {
    MatchOptions& o = query->options;
    if (key == "query") {
      if (value.is_object() || value.is_array()) {
        fail_parse("[" + std::string(clause) + "] unknown token [" + std::string(token_name(value)) + "] after [query]");
      }
      query->value = value;
      given = !value.is_null();
    } else if (key == "operator") {
      o.conjunction = read_operator(value);
    } else if (key == "minimum_should_match") {
      if (!value.is_null()) o.minimum_should_match = read_text(value);
    } else if (key == "analyzer") {
      o.analyzer = read_text(value);
    } else if (read_fuzzy_member(key, value, fuzzy, fuzzy_given)) {
      return true;
    } else if (kind == MatchKind::kBoolPrefix) {
      return false;
    } else if (key == "lenient") {
      o.lenient = read_bool(value);
    } else if (key == "zero_terms_query") {
      o.zero_terms = read_zero_terms(clause, value);
    } else if (key == "auto_generate_synonyms_phrase_query") {
      o.synonym_phrases = read_bool(value);
    } else if (key == "cutoff_frequency") {
      o.cutoff = read_float(value);
      Deprecations::add("Deprecated field [cutoff_frequency] used, replaced by [you can omit this option, the [match] query can skip block of "
                        "documents efficiently if the total number of hits is not tracked]");
    } else {
      return false;
    }
    return true;
  });
  if (fuzzy_given) query->options.fuzzy = fuzzy;
  if (!given) {
    if (kind == MatchKind::kBoolPrefix) throw ApiError(illegal_argument("[match_bool_prefix] requires query value"));
    fail_parse("No text specified for text query");
  }
  return query;
}

std::shared_ptr<Query> parse_phrase(std::string_view clause, MatchKind kind, const Json& body) {
  auto query = std::make_shared<MatchQuery>();
  query->options.kind = kind;
  query->options.clause = clause;
  bool given = false;
  read_field_clause(clause, body, "query", *query, query->field, [&](std::string_view key, const Json& value) {
    MatchOptions& o = query->options;
    if (key == "query") {
      query->value = value;
      given = !value.is_null();
    } else if (key == "analyzer") {
      o.analyzer = read_text(value);
    } else if (key == "slop") {
      o.slop = read_int(value);
      if (o.slop < 0) throw ApiError(illegal_argument("No negative slop allowed."));
    } else if (key == "zero_terms_query") {
      o.zero_terms = read_zero_terms(clause, value);
    } else if (key == "max_expansions" && kind == MatchKind::kPhrasePrefix) {
      o.max_expansions = read_int(value);
      if (o.max_expansions < 0) throw ApiError(illegal_argument("No negative maxExpansions allowed."));
    } else {
      return false;
    }
    return true;
  });
  if (!given) throw ApiError(illegal_argument("[" + std::string(clause) + "] requires query value"));
  return query;
}

}  // namespace

std::shared_ptr<Query> parse_match(const Json& body) { return parse_boolean("match", MatchKind::kBoolean, body); }
std::shared_ptr<Query> parse_match_bool_prefix(const Json& body) {
  return parse_boolean("match_bool_prefix", MatchKind::kBoolPrefix, body);
}
std::shared_ptr<Query> parse_match_phrase(const Json& body) { return parse_phrase("match_phrase", MatchKind::kPhrase, body); }
std::shared_ptr<Query> parse_match_phrase_prefix(const Json& body) {
  return parse_phrase("match_phrase_prefix", MatchKind::kPhrasePrefix, body);
}

}  // namespace tarn::query

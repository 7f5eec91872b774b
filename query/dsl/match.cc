#include "query/text/match.h"

#include "query/dsl/clause.h"
#include "query/dsl/match_members.h"

namespace tarn::query {

namespace {

struct MatchQuery final : Query {
  std::string field;
  Json value;
  MatchOptions options;
  PlanPtr bind(Binder& binder, float boost) const override { return match_plan(binder, field, value, options, boost); }
};

std::string lower_ascii(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

}  // namespace

bool read_operator(const Json& value) {
  const std::string text = read_text(value), lower = lower_ascii(text);
  if (lower == "and") return true;
  if (lower == "or") return false;
  std::string upper = text;
  for (char& c : upper) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  throw ApiError(illegal_argument("No enum constant org.opensearch.index.query.Operator." + upper));
}

bool read_zero_terms(std::string_view clause, const Json& value) {
  const std::string text = lower_ascii(read_text(value));
  if (text == "none") return false;
  if (text == "all") return true;
  if (text == "null") not_implemented("zero_terms_query [null] is not supported yet");
  fail_parse("Unsupported zero_terms_query value [" + read_text(value) + "]");
  static_cast<void>(clause);
}

std::shared_ptr<Query> parse_match(const Json& body) {
  auto query = std::make_shared<MatchQuery>();
  bool given = false;
  for (const auto& [key, value] : body.items()) {
    if (value.is_array()) fail_parse("[match] unknown token [START_ARRAY] after [" + key + "]");
  }
  read_field_clause("match", body, "query", *query, query->field, [&](std::string_view key, const Json& value) {
    MatchOptions& o = query->options;
    if (key == "query") {
      if (value.is_object() || value.is_array()) {
        fail_parse("[match] unknown token [" + std::string(token_name(value)) + "] after [query]");
      }
      query->value = value;
      given = !value.is_null();
    } else if (key == "operator") {
      o.conjunction = read_operator(value);
    } else if (key == "minimum_should_match") {
      if (!value.is_null()) o.minimum_should_match = read_text(value);
    } else if (key == "analyzer") {
      o.analyzer = read_text(value);
    } else if (key == "lenient") {
      o.lenient = read_bool(value);
    } else if (key == "zero_terms_query") {
      o.zero_terms_all = read_zero_terms("match", value);
    } else if (key == "auto_generate_synonyms_phrase_query") {
      o.synonym_phrases = read_bool(value);
    } else if (key == "fuzziness") {
      not_implemented("[match] fuzziness is not supported yet");
    } else if (key == "cutoff_frequency") {
      not_implemented("[match] cutoff_frequency is not supported yet");
    } else if (key == "prefix_length" || key == "max_expansions") {
      read_int(value);  // only fuzziness uses them
    } else if (key == "fuzzy_transpositions") {
      read_bool(value);
    } else if (key == "fuzzy_rewrite") {
      read_text(value);
    } else {
      return false;
    }
    return true;
  });
  if (!given) fail_parse("No text specified for text query");
  return query;
}

std::shared_ptr<Query> parse_match_phrase(const Json& body) {
  auto query = std::make_shared<MatchQuery>();
  query->options.kind = MatchKind::kPhrase;
  bool given = false;
  read_field_clause("match_phrase", body, "query", *query, query->field, [&](std::string_view key, const Json& value) {
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
      o.zero_terms_all = read_zero_terms("match_phrase", value);
    } else {
      return false;
    }
    return true;
  });
  if (!given) throw ApiError(illegal_argument("[match_phrase] requires query value"));
  return query;
}

}  // namespace tarn::query

#include <algorithm>

#include "indexer/base/deprecation.h"
#include "query/bind/values.h"
#include "query/dsl/clause.h"
#include "query/dsl/match_members.h"
#include "query/lucene/multi_match.h"

namespace tarn::query {

namespace {

struct MultiMatchQuery final : Query {
  FieldWeights fields;
  Json value;
  MatchOptions options;
  MultiMatchType type = MultiMatchType::kBestFields;
  bool lenient_given = false;
  std::optional<float> tie_breaker;

  PlanPtr bind(Binder& binder, float boost) const override { return lucene(binder)->plan(binder, boost); }
  LuceneQueryPtr lucene(Binder& binder) const override {
    const FieldWeights wanted = fields.empty() ? default_fields(binder) : fields;
    MatchOptions effective = options;
    if (!lenient_given && has_all_fields(wanted)) effective.lenient = true;
    return multi_match_query(binder, type, resolve_fields(binder, wanted), scalar_text(value), effective, tie_breaker);
  }
};

/// A field named again takes the later boost.
void add_field(FieldWeights& fields, const std::string& text) {
  auto field = split_weight(text);
  std::erase_if(fields, [&](const auto& known) { return known.first == field.first; });
  fields.push_back(std::move(field));
}

}  // namespace

std::shared_ptr<Query> parse_multi_match(const Json& body) {
  auto query = std::make_shared<MultiMatchQuery>();
  bool given = false, fuzzy_given = false;
  FuzzyOptions fuzzy;
  query->options.clause = "multi_match";
  for (const auto& [key, value] : body.items()) {
    MatchOptions& o = query->options;
    if (key == "fields") {
      if (value.is_array()) {
        for (const Json& field : value) add_field(query->fields, read_text(field));
      } else if (value.is_string()) {
        add_field(query->fields, read_text(value));
      } else {
        unsupported_member("multi_match", key, value);
      }
    } else if (key == "query") {
      query->value = value;
      given = !value.is_null();
    } else if (key == "type") {
      query->type = parse_multi_match_type(read_text(value));
    } else if (key == "analyzer") {
      o.analyzer = read_text(value);
    } else if (key == "slop") {
      o.slop = read_int(value);
    } else if (key == "operator") {
      o.conjunction = read_operator(value);
    } else if (key == "minimum_should_match") {
      if (!value.is_null()) o.minimum_should_match = read_text(value);
    } else if (key == "tie_breaker") {
      if (!value.is_null()) query->tie_breaker = read_float(value);
    } else if (key == "lenient") {
      o.lenient = read_bool(value);
      query->lenient_given = true;
    } else if (key == "zero_terms_query") {
      o.zero_terms = read_zero_terms("multi_match", value);
    } else if (key == "auto_generate_synonyms_phrase_query") {
      o.synonym_phrases = read_bool(value);
    } else if (key == "cutoff_frequency") {
      o.cutoff = read_float(value);
      Deprecations::add("Deprecated field [cutoff_frequency] used, replaced by [you can omit this option, the [multi_match] query can skip block of "
                        "documents efficiently if the total number of hits is not tracked]");
    } else if (read_fuzzy_member(key, value, fuzzy, fuzzy_given)) {
      continue;
    } else if (!read_common(*query, key, value)) {
      unsupported_member("multi_match", key, value);
    }
  }
  if (!given) fail_parse("No text specified for multi_match query", JsonLocations::of_this_thread().end(body));
  const auto refuse = [&](const char* what, const char* type) {
    fail_parse(std::string(what) + " not allowed for type [" + type + "]", JsonLocations::of_this_thread().end(body));
  };
  if (fuzzy_given) {
    if (query->type == MultiMatchType::kCrossFields) refuse("Fuzziness", "cross_fields");
    if (query->type == MultiMatchType::kPhrase) refuse("Fuzziness", "phrase");
    if (query->type == MultiMatchType::kPhrasePrefix) refuse("Fuzziness", "phrase_prefix");
    query->options.fuzzy = fuzzy;
  }
  query->options.max_expansions = fuzzy.max_expansions;
  if (query->options.slop != 0 && query->type == MultiMatchType::kBoolPrefix) refuse("[slop]", "bool_prefix");
  if (query->options.cutoff && query->type == MultiMatchType::kBoolPrefix) refuse("[cutoff_frequency]", "bool_prefix");
  return query;
}

}  // namespace tarn::query

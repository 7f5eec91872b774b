#include <algorithm>

#include "query/bind/compound.h"
#include "query/bind/field_queries.h"
#include "query/bind/values.h"
#include "query/dsl/clause.h"
#include "query/dsl/match_members.h"
#include "query/text/cross_fields.h"
#include "query/text/match.h"

namespace tarn::query {

namespace {

struct BoostedField {
  std::string pattern;
  float boost = 1;
};

/// Types that a field pattern reaches; others must be named outright.
bool reached_by_pattern(const FieldType& field) {
  return is_text_like(field) || is_keyword_like(field) || field.is_numeric() || field.is_date() ||
         field.kind == FieldKind::kIp || field.kind == FieldKind::kBoolean || field.kind == FieldKind::kTokenCount;
}

struct MultiMatchQuery final : Query {
  std::vector<BoostedField> fields;
  Json value;
  MatchOptions options;
  bool lenient_given = false, cross_fields = false;
  float tie_breaker = 0;

  PlanPtr bind(Binder& binder, float boost) const override {
    MatchOptions effective = options;
    std::vector<BoostedField> wanted = fields;
    if (wanted.empty()) {
      for (const std::string& name : binder.searcher.settings().query_default_field) wanted.push_back(split(name));
    }
    if (!lenient_given && wanted.size() == 1 && wanted[0].pattern == "*") effective.lenient = true;
    if (cross_fields) {
      std::vector<std::pair<std::string, float>> names;
      for (const BoostedField& field : expand(binder, wanted)) names.emplace_back(field.pattern, field.boost);
      return cross_fields_plan(binder, names, value, effective, tie_breaker, boost);
    }
    std::vector<PlanPtr> plans;
    for (const BoostedField& field : expand(binder, wanted)) {
      plans.push_back(match_plan(binder, field.pattern, value, effective, boost * field.boost));
    }
    return dis_max_plan(std::move(plans), tie_breaker);
  }

  static BoostedField split(const std::string& text) {
    const size_t caret = text.find('^');
    if (caret == std::string::npos) return {text, 1};
    return {text.substr(0, caret), static_cast<float>(parse_java_double(text.substr(caret + 1)))};
  }

 private:
  static std::vector<BoostedField> expand(Binder& binder, const std::vector<BoostedField>& wanted) {
    std::vector<BoostedField> out;
    const auto add = [&out](const BoostedField& field) {  // a field named again takes the later boost
      const auto same = std::find_if(out.begin(), out.end(), [&](const BoostedField& f) { return f.pattern == field.pattern; });
      if (same == out.end()) {
        out.push_back(field);
      } else {
        same->boost = field.boost;
      }
    };
    for (const BoostedField& field : wanted) {
      if (field.pattern.find('*') == std::string::npos) {
        add(field);
        continue;
      }
      for (const FieldType* type : binder.mapping().match(field.pattern)) {
        if (reached_by_pattern(*type) && (type->indexed || type->doc_values)) add({type->path, field.boost});
      }
    }
    return out;
  }
};

void read_type(MultiMatchQuery& query, const std::string& text) {
  if (text == "best_fields") {
    query.options.kind = MatchKind::kBoolean;
  } else if (text == "most_fields") {
    query.options.kind = MatchKind::kBoolean;
    query.tie_breaker = 1;
  } else if (text == "phrase") {
    query.options.kind = MatchKind::kPhrase;
  } else if (text == "phrase_prefix") {
    query.options.kind = MatchKind::kPhrasePrefix;
  } else if (text == "cross_fields") {
    query.cross_fields = true;
  } else if (text == "bool_prefix") {
    query.options.kind = MatchKind::kBoolPrefix;
    query.tie_breaker = 1;
  } else {
    throw ApiError(400, "parse_exception", "failed to parse [multi_match] query type [" + text + "]. unknown type.");
  }
}

}  // namespace

std::shared_ptr<Query> parse_multi_match(const Json& body) {
  auto query = std::make_shared<MultiMatchQuery>();
  bool given = false, tie_breaker_given = false, fuzzy_given = false;
  FuzzyOptions fuzzy;
  query->options.clause = "multi_match";
  float tie_breaker = 0;
  for (const auto& [key, value] : body.items()) {
    MatchOptions& o = query->options;
    if (key == "fields") {
      if (value.is_array()) {
        for (const Json& field : value) query->fields.push_back(MultiMatchQuery::split(read_text(field)));
      } else if (value.is_string()) {
        query->fields.push_back(MultiMatchQuery::split(read_text(value)));
      } else {
        unsupported_member("multi_match", key, value);
      }
    } else if (key == "query") {
      query->value = value;
      given = !value.is_null();
    } else if (key == "type") {
      read_type(*query, read_text(value));
    } else if (key == "analyzer") {
      o.analyzer = read_text(value);
    } else if (key == "slop") {
      o.slop = read_int(value);
    } else if (key == "operator") {
      o.conjunction = read_operator(value);
    } else if (key == "minimum_should_match") {
      if (!value.is_null()) o.minimum_should_match = read_text(value);
    } else if (key == "tie_breaker") {
      if (!value.is_null()) tie_breaker = read_float(value), tie_breaker_given = true;
    } else if (key == "lenient") {
      o.lenient = read_bool(value);
      query->lenient_given = true;
    } else if (key == "zero_terms_query") {
      o.zero_terms_all = read_zero_terms("multi_match", value);
    } else if (key == "auto_generate_synonyms_phrase_query") {
      o.synonym_phrases = read_bool(value);
    } else if (key == "cutoff_frequency") {
      not_implemented("[multi_match] " + key + " is not supported yet");
    } else if (read_fuzzy_member(key, value, fuzzy, fuzzy_given)) {
      continue;
    } else if (!read_common(*query, key, value)) {
      unsupported_member("multi_match", key, value);
    }
  }
  if (!given) fail_parse("No text specified for multi_match query");
  if (fuzzy_given) {
    if (query->cross_fields) fail_parse("Fuzziness not allowed for type [cross_fields]");
    if (query->options.kind == MatchKind::kPhrase || query->options.kind == MatchKind::kPhrasePrefix) {
      fail_parse(std::string("Fuzziness not allowed for type [") +
                 (query->options.kind == MatchKind::kPhrase ? "phrase]" : "phrase_prefix]"));
    }
    query->options.fuzzy = fuzzy;
  }
  query->options.max_expansions = fuzzy.max_expansions;
  if (query->options.slop != 0 && query->options.kind == MatchKind::kBoolPrefix) {
    fail_parse("slop not allowed for type [bool_prefix]");
  }
  if (tie_breaker_given) query->tie_breaker = tie_breaker;
  return query;
}

}  // namespace tarn::query

#include "indexer/base/deprecation.h"
#include "query/lucene/query_string.h"

#include "query/bind/values.h"
#include "query/dsl/clause.h"
#include "query/dsl/match_members.h"
#include "query/dsl/uri_query.h"
#include "query/lucene/simple_query_string.h"

namespace tarn::query {

namespace {

struct QueryStringQuery final : Query {
  QueryStringOptions options;
  PlanPtr bind(Binder& binder, float boost) const override { return lucene(binder)->plan(binder, boost); }
  LuceneQueryPtr lucene(Binder& binder) const override { return query_string_query(binder, options); }
};

struct SimpleQueryStringQuery final : Query {
  SimpleQueryOptions options;
  PlanPtr bind(Binder& binder, float boost) const override { return lucene(binder)->plan(binder, boost); }
  LuceneQueryPtr lucene(Binder& binder) const override { return simple_query_string_query(binder, options); }
};

void read_fields(std::string_view clause, const Json& value, FieldWeights& out) {
  for (const Json& field : value) {
    if (field.is_object() || field.is_array()) unsupported_member(clause, "fields", value);
    const std::string given = read_text(field);
    auto [name, weight] = split_weight(given);
    for (const auto& [known, boost] : out) {
      if (known == given) weight *= boost;  // by the name as given, its boost included, as OpenSearch compares
    }
    std::erase_if(out, [&](const auto& known) { return known.first == name; });
    out.emplace_back(name, weight);
  }
}

/// The members of query_string; false for others.
bool read_member(QueryStringOptions& o, std::string_view key, const Json& value) {
  bool fuzziness_given = false;
  if (key == "query") {
    o.text = read_text(value);
  } else if (key == "default_field") {
    if (!value.is_null()) o.default_field = read_text(value);
  } else if (key == "default_operator") {
    o.conjunction = read_operator(value);
  } else if (key == "analyzer") {
    if (!value.is_null()) o.analyzer = read_text(value);
  } else if (key == "quote_analyzer") {
    if (!value.is_null()) o.quote_analyzer = read_text(value);
  } else if (key == "allow_leading_wildcard") {
    o.allow_leading_wildcard = read_bool(value);
  } else if (key == "enable_position_increments") {
    o.position_increments = read_bool(value);
  } else if (key == "fuzzy_prefix_length") {
    o.fuzzy.prefix_length = read_int(value);
  } else if (key == "fuzzy_max_expansions") {
    o.fuzzy.max_expansions = read_int(value);
  } else if (key == "fuzzy_rewrite") {
    if (!value.is_null()) o.fuzzy.rewrite = read_text(value);
  } else if (key == "fuzziness" || key == "fuzzy_transpositions") {
    read_fuzzy_member(key, value, o.fuzzy, fuzziness_given);
  } else if (key == "phrase_slop") {
    o.phrase_slop = read_int(value);
  } else if (key == "tie_breaker") {
    o.tie_breaker = read_float(value);
  } else if (key == "analyze_wildcard") {
    o.analyze_wildcard = read_bool(value);
  } else if (key == "rewrite") {
    if (!value.is_null()) o.rewrite = read_text(value);
  } else if (key == "minimum_should_match") {
    if (!value.is_null()) o.minimum_should_match = read_text(value);
  } else if (key == "quote_field_suffix") {
    if (!value.is_null()) o.quote_field_suffix = read_text(value);
  } else if (key == "lenient") {
    o.lenient = read_bool(value);
  } else if (key == "max_determinized_states") {
    o.max_determinized_states = read_int(value);
  } else if (key == "time_zone") {
    o.time_zone = read_text(value);
    TimeZone::create(o.time_zone);  // refused here where it is unknown
  } else if (key == "type") {
    o.type = parse_multi_match_type(read_text(value));
  } else if (key == "escape") {
    o.escape = read_bool(value);
  } else if (key == "auto_generate_synonyms_phrase_query") {
    o.synonym_phrases = read_bool(value);
  } else {
    return false;
  }
  return true;
}

bool read_member(SimpleQueryOptions& o, std::string_view key, const Json& value) {
  bool fuzziness_given = false;
  if (key == "query") {
    o.text = read_text(value);
  } else if (key == "analyzer") {
    if (!value.is_null()) o.analyzer = read_text(value);
  } else if (key == "default_operator") {
    o.conjunction = read_operator(value);
  } else if (key == "locale" || key == "lowercase_expanded_terms") {
    Deprecations::add("Deprecated field [" + std::string(key) + "] used, replaced by [Decision is now made by the analyzer]");
  } else if (key == "flags") {
    o.flags = value.is_number() ? read_int(value) : parse_simple_flags(read_text(value));
    if (o.flags == 0 && value.is_number()) o.flags = simple_flag::kAll;
  } else if (key == "lenient") {
    o.lenient = read_bool(value);
  } else if (key == "analyze_wildcard") {
    o.analyze_wildcard = read_bool(value);
  } else if (key == "minimum_should_match") {
    if (!value.is_null()) o.minimum_should_match = read_text(value);
  } else if (key == "quote_field_suffix") {
    if (!value.is_null()) o.quote_field_suffix = read_text(value);
  } else if (key == "auto_generate_synonyms_phrase_query") {
    o.synonym_phrases = read_bool(value);
  } else if (key == "fuzzy_prefix_length") {
    o.fuzzy.prefix_length = read_int(value);
  } else if (key == "fuzzy_max_expansions") {
    o.fuzzy.max_expansions = read_int(value);
  } else if (key == "fuzzy_transpositions") {
    read_fuzzy_member(key, value, o.fuzzy, fuzziness_given);
  } else {
    return false;
  }
  return true;
}

template <class Clause>
std::shared_ptr<Query> parse_string_clause(std::string_view clause, const Json& body, const char* missing) {
  auto query = std::make_shared<Clause>();
  bool given = false;
  for (const auto& [key, value] : body.items()) {
    if (value.is_array()) {
      if (key != "fields") unsupported_member(clause, key, value);
      read_fields(clause, value, query->options.fields);
      continue;
    }
    if (value.is_object()) {
      fail_parse("[" + std::string(clause) + "] unsupported field [" + key + "]");
    }
    if (read_common(*query, key, value)) continue;
    if (!read_member(query->options, key, value)) unsupported_member(clause, key, value);
    given |= key == "query";
  }
  if (!given) fail_parse(missing);
  return query;
}

}  // namespace

std::shared_ptr<Query> parse_query_string(const Json& body) {
  return parse_string_clause<QueryStringQuery>("query_string", body, "[query_string] must be provided with a [query]");
}

std::shared_ptr<Query> parse_simple_query_string(const Json& body) {
  return parse_string_clause<SimpleQueryStringQuery>("simple_query_string", body,
                                                     "[simple_query_string] query text missing");
}

Json uri_query_json(const UriParameters& find) {
  const std::string* text = find("q");
  if (text == nullptr) return {};
  static constexpr std::pair<const char*, const char*> kMembers[] = {{"df", "default_field"},
                                                                     {"analyzer", "analyzer"},
                                                                     {"default_operator", "default_operator"},
                                                                     {"analyze_wildcard", "analyze_wildcard"},
                                                                     {"lenient", "lenient"}};
  Json clause = {{"query", *text}};
  for (const auto& [parameter, member] : kMembers) {
    const std::string* value = find(parameter);
    if (value != nullptr) clause[member] = value->empty() && member != std::string_view("default_field") ? "true" : *value;
  }
  return {{"query_string", std::move(clause)}};
}

QueryPtr parse_uri_query(const UriParameters& find) {
  const Json clause = uri_query_json(find);
  return clause.is_null() ? nullptr : parse_query(clause);
}

}  // namespace tarn::query

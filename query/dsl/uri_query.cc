#include "query/dsl/uri_query.h"

#include "query/dsl/clause.h"

namespace tarn::query {

namespace {

bool is_plain(std::string_view word) {
  return !word.empty() && word.find_first_of("+-!(){}[]^\"~*?:\\/&|<>=") == std::string_view::npos && word != "AND" && word != "OR" &&
         word != "NOT";
}

Json field_clause(const UriQuery& uri, const std::string& field, const std::string& word) {
  Json match = {{"query", word}, {"lenient", uri.lenient}};
  if (!uri.analyzer.empty()) match["analyzer"] = uri.analyzer;
  if (field.empty()) {
    match["lenient"] = true;  // the default fields are of all types
    return {{"multi_match", match}};
  }
  return {{"match", {{field, match}}}};
}

/// field:"some words" and "some words".
Json phrase_clause(const UriQuery& uri, const std::string& field, const std::string& phrase) {
  if (field.empty() && uri.default_field.empty()) {
    return {{"multi_match", {{"query", phrase}, {"type", "phrase"}, {"lenient", true}}}};
  }
  return {{"match_phrase", {{field.empty() ? uri.default_field : field, phrase}}}};
}

Json word_clause(const UriQuery& uri, std::string_view word) {
  const size_t quote = word.find('"');
  if (quote != std::string_view::npos && word.size() > quote + 1 && word.ends_with('"')) {
    const std::string_view phrase = word.substr(quote + 1, word.size() - quote - 2);
    const std::string_view field = quote == 0 ? std::string_view() : word.substr(0, quote - 1);
    const bool named = quote == 0 || (word[quote - 1] == ':' && is_plain(field));
    if (named && phrase.find_first_of("\"\\") == std::string_view::npos) return phrase_clause(uri, std::string(field), std::string(phrase));
  }
  if (word == "*" || word == "*:*") return {{"match_all", Json::object()}};
  const size_t colon = word.find(':');
  if (colon == std::string_view::npos) {
    if (is_plain(word)) return field_clause(uri, uri.default_field, std::string(word));
  } else {
    const std::string field(word.substr(0, colon)), value(word.substr(colon + 1));
    if (is_plain(field) && value == "*") return {{"exists", {{"field", field}}}};
    if (is_plain(field) && is_plain(value)) return field_clause(uri, field, value);
  }
  not_implemented("[q] is only supported for words and field:word pairs so far, not for [" + std::string(word) + "]");
}

}  // namespace

QueryPtr parse_uri_query(const UriQuery& uri) {
  Json clauses = Json::array();
  std::string_view rest = uri.text;
  while (!rest.empty()) {
    size_t end = std::min(rest.find(' '), rest.size());
    const size_t open = rest.find('"');
    if (open < end) {  // blanks inside quotes belong to the phrase
      const size_t close = rest.find('"', open + 1);
      end = close == std::string_view::npos ? rest.size() : std::min(rest.find(' ', close), rest.size());
    }
    if (end > 0) clauses.push_back(word_clause(uri, rest.substr(0, end)));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  if (clauses.empty()) return make_match_none();
  if (clauses.size() == 1) return parse_query(clauses[0]);
  return parse_query({{"bool", {{uri.conjunction ? "must" : "should", clauses}}}});
}

}  // namespace tarn::query

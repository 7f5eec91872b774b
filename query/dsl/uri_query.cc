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

Json word_clause(const UriQuery& uri, std::string_view word) {
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
    const size_t end = std::min(rest.find(' '), rest.size());
    if (end > 0) clauses.push_back(word_clause(uri, rest.substr(0, end)));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  if (clauses.empty()) return make_match_none();
  if (clauses.size() == 1) return parse_query(clauses[0]);
  return parse_query({{"bool", {{uri.conjunction ? "must" : "should", clauses}}}});
}

}  // namespace tarn::query

#include "query/highlight/query_terms.h"

namespace tarn::query {

const FieldTerms::Term* FieldTerms::find_term(std::string_view text) const {
  for (const Term& term : terms) {
    if (term.text == text) return &term;
  }
  return nullptr;
}

const FieldTerms::Pattern* FieldTerms::find_pattern(std::string_view text) const {
  for (const Pattern& pattern : patterns) {
    if (pattern.accepts(text)) return &pattern;
  }
  return nullptr;
}

void FieldTerms::add(const FieldTerms& other) {
  for (const Term& term : other.terms) {
    if (find_term(term.text) == nullptr) terms.push_back(term);
  }
  patterns.insert(patterns.end(), other.patterns.begin(), other.patterns.end());
  phrases.insert(phrases.end(), other.phrases.begin(), other.phrases.end());
}

FieldTerms& QueryTerms::at(const std::string& path) {
  for (auto& [name, terms] : fields_) {
    if (name == path) return terms;
  }
  return fields_.emplace_back(path, FieldTerms()).second;
}

void QueryTerms::term(const std::string& path, const std::string& term, float boost) {
  FieldTerms& field = at(path);
  if (field.find_term(term) == nullptr) field.terms.push_back({term, boost});
}

void QueryTerms::phrase(const std::string& path, const std::vector<std::pair<std::vector<std::string>, int>>& places, int slop,
                        float boost) {
  if (places.size() == 1) {
    for (const std::string& text : places[0].first) term(path, text, boost);
    return;
  }
  at(path).phrases.push_back({places, slop, boost});
}

void QueryTerms::pattern(const std::string& path, const std::string& pattern,
                         const std::function<bool(std::string_view)>& accepts, float boost) {
  at(path).patterns.push_back({pattern, accepts, boost});
}

const FieldTerms& QueryTerms::of(const std::string& path) const {
  static const FieldTerms none;
  for (const auto& [name, terms] : fields_) {
    if (name == path) return terms;
  }
  return none;
}

FieldTerms QueryTerms::all() const {
  FieldTerms out;
  for (const auto& [name, terms] : fields_) out.add(terms);
  return out;
}

}  // namespace tarn::query

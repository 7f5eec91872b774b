#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "query/bind/plan.h"

namespace tarn::query {

/// What a query looks for in one field.
struct FieldTerms {
  struct Term {
    std::string text;
    float boost;
  };
  struct Pattern {
    std::string text;
    std::function<bool(std::string_view)> accepts;
    float boost;
  };
  struct Phrase {
    std::vector<std::pair<std::vector<std::string>, int>> places;  ///< alternatives and position of each
    int slop;
    float boost;
  };
  std::vector<Term> terms;        ///< distinct, in the order of the query
  std::vector<Pattern> patterns;
  std::vector<Phrase> phrases;

  bool empty() const { return terms.empty() && patterns.empty() && phrases.empty(); }
  void add(const FieldTerms& other);
  const Term* find_term(std::string_view text) const;
  const Pattern* find_pattern(std::string_view text) const;
};

/// The terms of a bound query, by field.
class QueryTerms final : public TermVisitor {
 public:
  explicit QueryTerms(const Plan& plan) { plan.visit_terms(*this); }
  void term(const std::string& path, const std::string& term, float boost) override;
  void phrase(const std::string& path, const std::vector<std::pair<std::vector<std::string>, int>>& places, int slop,
              float boost) override;
  void pattern(const std::string& path, const std::string& pattern, const std::function<bool(std::string_view)>& accepts,
               float boost) override;

  const FieldTerms& of(const std::string& path) const;
  FieldTerms all() const;

 private:
  std::vector<std::pair<std::string, FieldTerms>> fields_;
  FieldTerms& at(const std::string& path);
};

}  // namespace tarn::query

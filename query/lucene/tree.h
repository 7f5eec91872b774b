#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "query/tree.h"

namespace tarn::query {

/// The query that OpenSearch would hand to Lucene for one index: clauses after analysis, before rewriting. What depends on the
/// shape of that tree (minimum_should_match, joined words of query_string, the texts of _validate/query) asks it; plan()
/// then gives what Tarn runs. Immutable. Pointers to field types live as long as the searcher that they came from.
class LuceneQuery {
 public:
  virtual ~LuceneQuery() = default;
  /// What finds and scores documents; `boost` is the product of the boosts around.
  virtual PlanPtr plan(Binder& binder, float boost) const = 0;
  /// Lucene's Query.toString().
  virtual std::string to_string() const = 0;
  /// The simple name of Lucene's class.
  virtual std::string type() const = 0;
  /// The queries that it is made of.
  virtual std::vector<std::shared_ptr<const LuceneQuery>> parts() const { return {}; }
  /// What Query.rewrite() makes of it where that needs no look at the index; null: itself.
  virtual std::shared_ptr<const LuceneQuery> rewritten() const { return nullptr; }
  /// OpenSearch's NestedHelper.mightMatchNestedDocs: it looks into some classes only, and takes all others for true.
  virtual bool may_match_nested(const Mapping&) const { return true; }
  /// A TermQuery, which query_string may move between clauses.
  virtual bool is_term() const { return false; }
};
using LuceneQueryPtr = std::shared_ptr<const LuceneQuery>;

enum class Occur { kMust, kFilter, kShould, kMustNot };
struct LuceneClause {
  LuceneQueryPtr query;
  Occur occur;
};

/// BooleanQuery as Lucene means it: nothing but prohibited clauses matches nothing.
class LuceneBool final : public LuceneQuery {
 public:
  explicit LuceneBool(std::vector<LuceneClause> clauses, int minimum = 0);
  PlanPtr plan(Binder& binder, float boost) const override;
  std::string to_string() const override;
  std::string type() const override { return "BooleanQuery"; }
  std::vector<LuceneQueryPtr> parts() const override;
  LuceneQueryPtr rewritten() const override;
  bool may_match_nested(const Mapping& mapping) const override;
  const std::vector<LuceneClause>& clauses() const { return clauses_; }
  int minimum() const { return minimum_; }

 private:
  std::vector<LuceneClause> clauses_;
  int minimum_;
};

/// A query whose matches all score the same.
class LuceneConstant final : public LuceneQuery {
 public:
  explicit LuceneConstant(LuceneQueryPtr query) : query_(std::move(query)) {}
  PlanPtr plan(Binder& binder, float boost) const override;
  std::string to_string() const override { return "ConstantScore(" + query_->to_string() + ")"; }
  std::string type() const override { return "ConstantScoreQuery"; }
  std::vector<LuceneQueryPtr> parts() const override { return {query_}; }
  LuceneQueryPtr rewritten() const override;
  bool may_match_nested(const Mapping& mapping) const override { return query_->may_match_nested(mapping); }
  const LuceneQueryPtr& query() const { return query_; }

 private:
  LuceneQueryPtr query_;
};

class LuceneDisMax final : public LuceneQuery {
 public:
  LuceneDisMax(std::vector<LuceneQueryPtr> queries, float tie_breaker);
  PlanPtr plan(Binder& binder, float boost) const override;
  std::string to_string() const override;
  std::string type() const override { return "DisjunctionMaxQuery"; }
  std::vector<LuceneQueryPtr> parts() const override { return queries_; }
  LuceneQueryPtr rewritten() const override;

 private:
  std::vector<LuceneQueryPtr> queries_;
  float tie_breaker_;
};

class LuceneBoost final : public LuceneQuery {
 public:
  LuceneBoost(LuceneQueryPtr query, float boost) : query_(std::move(query)), boost_(boost) {}
  PlanPtr plan(Binder& binder, float boost) const override { return query_->plan(binder, boost * boost_); }
  std::string to_string() const override;
  std::string type() const override { return "BoostQuery"; }
  std::vector<LuceneQueryPtr> parts() const override { return {query_}; }
  LuceneQueryPtr rewritten() const override;
  bool may_match_nested(const Mapping& mapping) const override { return query_->may_match_nested(mapping); }
  const LuceneQueryPtr& query() const { return query_; }
  float boost() const { return boost_; }

 private:
  LuceneQueryPtr query_;
  float boost_;
};

class LuceneNone final : public LuceneQuery {
 public:
  explicit LuceneNone(std::string reason) : reason_(std::move(reason)) {}
  PlanPtr plan(Binder&, float) const override { return match_none_plan(); }
  std::string to_string() const override { return "MatchNoDocsQuery(\"" + reason_ + "\")"; }
  std::string type() const override { return "MatchNoDocsQuery"; }
  bool may_match_nested(const Mapping&) const override { return false; }

 private:
  std::string reason_;
};

/// Terms in order or near each other; more than one term a place makes it Lucene's MultiPhraseQuery.
class LucenePhrase final : public LuceneQuery {
 public:
  struct Place {
    std::vector<std::string> terms;
    int position = 0;
  };
  LucenePhrase(const FieldType& field, std::vector<Place> places, int slop)
      : field_(field), places_(std::move(places)), slop_(slop) {}
  PlanPtr plan(Binder& binder, float boost) const override;
  std::string to_string() const override;
  std::string type() const override;
  std::shared_ptr<const LucenePhrase> with_slop(int slop) const {
    return std::make_shared<LucenePhrase>(field_, places_, slop);
  }

 private:
  const FieldType& field_;
  std::vector<Place> places_;
  int slop_;
};

/// What a query on one field is to Lucene.
struct LeafText {
  LeafText(std::string shown, std::string type = "Query", std::optional<std::string> nested_field = std::nullopt)  // NOLINT: texts convert
      : shown(std::move(shown)), type(std::move(type)), nested_field(std::move(nested_field)) {}
  LeafText(const char* shown) : shown(shown) {}  // NOLINT: as above
  std::string shown, type = "Query";
  std::optional<std::string> nested_field;  ///< the field that decides whether nested documents may match
  LuceneQueryPtr rewritten;                 ///< null: itself
};

/// A query that is a plan and a text: what fields make of terms, ranges and patterns.
class LuceneLeaf final : public LuceneQuery {
 public:
  using Make = std::function<PlanPtr(Binder&, float boost)>;
  LuceneLeaf(Make make, LeafText text, bool is_term = false)
      : make_(std::move(make)), text_(std::move(text)), is_term_(is_term) {}
  PlanPtr plan(Binder& binder, float boost) const override { return make_(binder, boost); }
  std::string to_string() const override { return text_.shown; }
  std::string type() const override { return text_.type; }
  LuceneQueryPtr rewritten() const override { return text_.rewritten; }
  bool may_match_nested(const Mapping& mapping) const override;
  bool is_term() const override { return is_term_; }

 private:
  Make make_;
  LeafText text_;
  bool is_term_;
};

LuceneQueryPtr lucene_leaf(LuceneLeaf::Make make, LeafText text, bool is_term = false);
/// What the clause is to Lucene, its boost included; a leaf of its own words where the clause cannot tell.
/// The result holds on to `query`, which has to outlive it.
LuceneQueryPtr lucene_of(const Query& query, Binder& binder);
/// Rewritten until nothing changes.
LuceneQueryPtr fully_rewritten(LuceneQueryPtr query);
LuceneQueryPtr lucene_none(std::string reason);
LuceneQueryPtr lucene_all();
/// match_all as OpenSearch words it: it may stop early.
LuceneQueryPtr lucene_approximate_all();
/// BoostQuery, unless the boost is 1.
LuceneQueryPtr lucene_boost(LuceneQueryPtr query, float boost);
/// Queries.maybeApplyMinimumShouldMatch: only of a BooleanQuery, "" asks for nothing.
LuceneQueryPtr with_minimum(LuceneQueryPtr query, const std::string& minimum_should_match);
/// Queries.fixNegativeQueryIfNeeded: a BooleanQuery of prohibited clauses only gets a match_all.
LuceneQueryPtr fix_negative(LuceneQueryPtr query);
/// One query as it is, several as their best.
LuceneQueryPtr best_of(std::vector<LuceneQueryPtr> queries, float tie_breaker);
/// Java's Float.toString.
std::string java_float(float value);

/// 400 too_many_clauses beyond Lucene's limit on the clauses of one BooleanQuery.
constexpr size_t kMaxClauses = 1024;
void check_clause_count(size_t count);

}  // namespace tarn::query

#include "query/lucene/tree.h"

#include <algorithm>
#include <cmath>

#include "query/bind/compound.h"
#include "query/dsl/clause.h"
#include "query/filter/column_filters.h"
#include "query/lucene/common_terms.h"
#include "query/text/phrase.h"
#include "query/text/term_plan.h"

namespace tarn::query {

void check_clause_count(size_t count) {
  if (count > kMaxClauses) throw ApiError(400, "too_many_clauses", "maxClauseCount is set to 1024");
}

std::string java_float(float value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "Infinity" : "-Infinity";
  if (value == 0) return std::signbit(value) ? "-0.0" : "0.0";
  // The shortest digits that read back as the same float, in Java's two forms.
  char buffer[64];
  for (int precision = 1; precision <= 9; ++precision) {
    std::snprintf(buffer, sizeof(buffer), "%.*e", precision - 1, static_cast<double>(value));
    if (std::strtof(buffer, nullptr) == value) break;
  }
  std::string text(buffer);
  const size_t e = text.find('e');
  const int exponent = std::atoi(text.c_str() + e + 1);
  std::string digits;
  for (const char c : text.substr(0, e)) {
    if (c >= '0' && c <= '9') digits += c;
  }
  const std::string sign = value < 0 ? "-" : "";
  if (exponent < -3 || exponent >= 7) {
    return sign + digits.substr(0, 1) + "." + (digits.size() > 1 ? digits.substr(1) : "0") + "E" + std::to_string(exponent);
  }
  if (exponent < 0) return sign + "0." + std::string(static_cast<size_t>(-exponent - 1), '0') + digits;
  const size_t whole = static_cast<size_t>(exponent) + 1;
  if (digits.size() <= whole) return sign + digits + std::string(whole - digits.size(), '0') + ".0";
  return sign + digits.substr(0, whole) + "." + digits.substr(whole);
}

LuceneBool::LuceneBool(std::vector<LuceneClause> clauses, int minimum) : clauses_(std::move(clauses)), minimum_(minimum) {
  check_clause_count(clauses_.size());
}

PlanPtr LuceneBool::plan(Binder& binder, float boost) const {
  std::vector<PlanPtr> must, filter, should, must_not;
  for (const LuceneClause& clause : clauses_) {
    const bool scored = clause.occur == Occur::kMust || clause.occur == Occur::kShould;
    PlanPtr plan = clause.query->plan(binder, scored ? boost : 1);
    switch (clause.occur) {
      case Occur::kMust: must.push_back(std::move(plan)); break;
      case Occur::kFilter: filter.push_back(std::move(plan)); break;
      case Occur::kShould: should.push_back(std::move(plan)); break;
      case Occur::kMustNot: must_not.push_back(std::move(plan)); break;
    }
  }
  if (must.empty() && filter.empty() && should.empty()) return match_none_plan();
  if (minimum_ > static_cast<int>(should.size())) return match_none_plan();
  return bool_plan(std::move(must), std::move(filter), std::move(should), std::move(must_not), minimum_);
}

std::string LuceneBool::to_string() const {
  std::string out;
  for (const LuceneClause& clause : clauses_) {
    if (!out.empty()) out += ' ';
    switch (clause.occur) {
      case Occur::kMust: out += '+'; break;
      case Occur::kFilter: out += '#'; break;
      case Occur::kShould: break;
      case Occur::kMustNot: out += '-'; break;
    }
    const bool nested = dynamic_cast<const LuceneBool*>(clause.query.get()) != nullptr;
    out += nested ? "(" + clause.query->to_string() + ")" : clause.query->to_string();
  }
  return minimum_ > 0 ? "(" + out + ")~" + std::to_string(minimum_) : out;
}

LuceneDisMax::LuceneDisMax(std::vector<LuceneQueryPtr> queries, float tie_breaker)
    : queries_(std::move(queries)), tie_breaker_(tie_breaker) {
  if (!(tie_breaker >= 0 && tie_breaker <= 1)) {
    throw ApiError(illegal_argument("tieBreakerMultiplier must be in [0, 1]"));
  }
}

PlanPtr LuceneDisMax::plan(Binder& binder, float boost) const {
  std::vector<PlanPtr> plans;
  for (const LuceneQueryPtr& query : queries_) plans.push_back(query->plan(binder, boost));
  return dis_max_plan(std::move(plans), tie_breaker_);
}

std::string LuceneDisMax::to_string() const {
  std::string out = "(";
  for (const LuceneQueryPtr& query : queries_) {
    if (out.size() > 1) out += " | ";
    const bool nested = dynamic_cast<const LuceneBool*>(query.get()) != nullptr;
    out += nested ? "(" + query->to_string() + ")" : query->to_string();
  }
  out += ')';
  return tie_breaker_ != 0 ? out + "~" + java_float(tie_breaker_) : out;
}

std::string LuceneBoost::to_string() const { return "(" + query_->to_string() + ")^" + java_float(boost_); }

PlanPtr LucenePhrase::plan(Binder& binder, float boost) const {
  if (places_.size() == 1) {
    std::vector<PlanPtr> plans;
    if (field_.kind == FieldKind::kMatchOnlyText) return text_terms_plan(field_.path, places_[0].terms, boost);
    for (const std::string& term : places_[0].terms) plans.push_back(text_term_plan(binder, field_, {term}, boost));
    return bool_plan({}, {}, std::move(plans), {}, 1);
  }
  std::vector<PhrasePosition> positions;
  for (const Place& place : places_) positions.push_back({place.terms, place.position});
  PlanPtr plan = phrase_plan(binder, field_, std::move(positions), slop_, boost);
  return field_.kind == FieldKind::kMatchOnlyText ? constant_score_plan(std::move(plan), boost) : plan;
}

std::string LucenePhrase::type() const {
  const bool single = std::all_of(places_.begin(), places_.end(), [](const Place& place) { return place.terms.size() == 1; });
  return single ? "PhraseQuery" : "MultiPhraseQuery";
}

std::string LucenePhrase::to_string() const {
  std::string out = field_.path + ":\"";
  int last = places_.front().position - 1;
  bool first = true;
  for (const Place& place : places_) {
    for (int hole = last + 1; hole < place.position; ++hole) out += first ? "?" : " ?", first = false;
    last = place.position;
    if (!first) out += ' ';
    first = false;
    if (place.terms.size() == 1) {
      out += place.terms[0];
    } else {
      out += '(';
      for (size_t i = 0; i < place.terms.size(); ++i) out += (i == 0 ? "" : " ") + place.terms[i];
      out += ')';
    }
  }
  out += '"';
  return slop_ != 0 ? out + "~" + std::to_string(slop_) : out;
}

LuceneQueryPtr lucene_leaf(LuceneLeaf::Make make, LeafText text, bool is_term) {
  return std::make_shared<LuceneLeaf>(std::move(make), std::move(text), is_term);
}
LuceneQueryPtr lucene_none(std::string reason) { return std::make_shared<LuceneNone>(std::move(reason)); }
LuceneQueryPtr lucene_all() {
  return lucene_leaf([](Binder&, float boost) { return match_all_plan(boost); }, LeafText("*:*", "MatchAllDocsQuery"));
}
LuceneQueryPtr lucene_approximate_all() {
  LeafText text("ApproximateScoreQuery(originalQuery=*:*, approximationQuery=Approximate(*:*))", "ApproximateScoreQuery");
  text.rewritten = lucene_all();
  return lucene_leaf([](Binder&, float boost) { return match_all_plan(boost); }, std::move(text));
}
LuceneQueryPtr lucene_boost(LuceneQueryPtr query, float boost) {
  return boost == 1 ? query : std::make_shared<LuceneBoost>(std::move(query), boost);
}

LuceneQueryPtr with_minimum(LuceneQueryPtr query, const std::string& spec) {
  const auto* common = dynamic_cast<const LuceneCommon*>(query.get());
  if (common != nullptr && !spec.empty()) return common->with_low_minimum(spec);
  const auto* all = dynamic_cast<const LuceneBool*>(query.get());
  if (all == nullptr || spec.empty()) return query;
  int optional = 0;
  for (const LuceneClause& clause : all->clauses()) optional += clause.occur == Occur::kShould ? 1 : 0;
  const int minimum = minimum_should_match(optional, spec);
  if (minimum <= 0) return query;
  return std::make_shared<LuceneBool>(all->clauses(), minimum);
}

LuceneQueryPtr fix_negative(LuceneQueryPtr query) {
  const auto* all = dynamic_cast<const LuceneBool*>(query.get());
  if (all == nullptr || all->clauses().empty()) return query;
  for (const LuceneClause& clause : all->clauses()) {
    if (clause.occur != Occur::kMustNot) return query;
  }
  std::vector<LuceneClause> clauses = all->clauses();
  clauses.push_back({lucene_all(), Occur::kFilter});
  return std::make_shared<LuceneBool>(std::move(clauses), all->minimum());
}

LuceneQueryPtr best_of(std::vector<LuceneQueryPtr> queries, float tie_breaker) {
  if (queries.size() == 1) return queries[0];
  return std::make_shared<LuceneDisMax>(std::move(queries), tie_breaker);
}

}  // namespace tarn::query

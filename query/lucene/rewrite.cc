// What Lucene makes of a query before it runs, as far as that needs no look at the index; for texts of _validate/query and profiles.
#include <algorithm>

#include "query/dsl/clause.h"
#include "query/lucene/tree.h"

namespace tarn::query {
namespace {

bool is_all(const LuceneQuery& query) { return query.type() == "MatchAllDocsQuery"; }

const LuceneBool* as_bool(const LuceneQueryPtr& query) { return dynamic_cast<const LuceneBool*>(query.get()); }

/// A query whose score does not matter.
LuceneQueryPtr unscored(const LuceneQueryPtr& query) {
  if (const auto* constant = dynamic_cast<const LuceneConstant*>(query.get())) return constant->query();
  if (const auto* boosted = dynamic_cast<const LuceneBoost*>(query.get())) return unscored(boosted->query());
  return query;
}

size_t count_of(const std::vector<LuceneClause>& clauses, Occur occur) {
  return static_cast<size_t>(std::count_if(clauses.begin(), clauses.end(), [&](const LuceneClause& c) { return c.occur == occur; }));
}

LuceneQueryPtr lone_clause(const LuceneBool& query) {
  if (query.clauses().size() != 1) return nullptr;
  const LuceneClause& clause = query.clauses()[0];
  switch (clause.occur) {
    case Occur::kMust: return clause.query;
    case Occur::kShould: return query.minimum() <= 1 ? clause.query : nullptr;
    case Occur::kFilter: return std::make_shared<LuceneBoost>(std::make_shared<LuceneConstant>(clause.query), 0.0f);
    case Occur::kMustNot: return nullptr;
  }
  return nullptr;
}

/// The clauses rewritten one by one; empty if nothing changes.
std::vector<LuceneClause> rewritten_clauses(const LuceneBool& query) {
  std::vector<LuceneClause> out;
  bool changed = false;
  for (const LuceneClause& clause : query.clauses()) {
    const bool scores = clause.occur == Occur::kMust || clause.occur == Occur::kShould;
    LuceneQueryPtr own = scores ? clause.query : unscored(clause.query);
    if (LuceneQueryPtr next = own->rewritten()) own = std::move(next);
    if (!scores) own = unscored(own);
    changed |= own != clause.query;
    out.push_back({std::move(own), clause.occur});
  }
  return changed ? out : std::vector<LuceneClause>();
}

/// Equal optional clauses become one with the sum of their boosts.
std::vector<LuceneClause> without_repeats(const LuceneBool& query) {
  std::vector<LuceneClause> out;
  for (const LuceneClause& clause : query.clauses()) {
    const auto split = [](const LuceneQueryPtr& q) -> std::pair<LuceneQueryPtr, float> {
      const auto* boosted = dynamic_cast<const LuceneBoost*>(q.get());
      return boosted == nullptr ? std::pair(q, 1.0f) : std::pair(boosted->query(), boosted->boost());
    };
    const auto [inner, boost] = split(clause.query);
    const bool merges = clause.occur == Occur::kShould ? query.minimum() <= 1 : clause.occur == Occur::kMust;
    const auto same = std::find_if(out.begin(), out.end(), [&, &inner = inner](const LuceneClause& other) {
      return other.occur == clause.occur && split(other.query).first->to_string() == inner->to_string();
    });
    if (!merges && clause.occur != Occur::kShould && same != out.end()) continue;  // a filter twice
    if (merges && same != out.end()) same->query = lucene_boost(inner, split(same->query).second + boost);
    else out.push_back(clause);
  }
  return out.size() < query.clauses().size() ? out : std::vector<LuceneClause>();
}

/// match_all among others: a required one with filters is those filters, a filter of it says nothing.
LuceneQueryPtr without_match_all(const LuceneBool& query) {
  const auto& clauses = query.clauses();
  const size_t filters = count_of(clauses, Occur::kFilter), musts = count_of(clauses, Occur::kMust);
  if (filters > 0 && musts + filters > 1) {
    std::vector<LuceneClause> kept;
    for (const LuceneClause& clause : clauses) {
      const bool idle = clause.occur == Occur::kFilter && is_all(*clause.query) && (musts > 0 || kept.size() + 1 < clauses.size() || filters > 1);
      if (!idle) kept.push_back(clause);
    }
    if (kept.size() < clauses.size() && count_of(kept, Occur::kFilter) + musts > 0) return std::make_shared<LuceneBool>(std::move(kept), query.minimum());
  }
  if (musts != 1 || filters == 0 || count_of(clauses, Occur::kShould) > 0) return nullptr;
  std::vector<LuceneClause> rest;
  float boost = 1;
  for (const LuceneClause& clause : clauses) {
    const auto* boosted = dynamic_cast<const LuceneBoost*>(clause.query.get());
    if (clause.occur != Occur::kMust) rest.push_back(clause);
    else if (!is_all(boosted != nullptr ? *boosted->query() : *clause.query)) return nullptr;
    else if (boosted != nullptr) boost = boosted->boost();
  }
  LuceneQueryPtr inner = rest.size() == 1 ? rest[0].query : std::make_shared<LuceneBool>(std::move(rest));
  return lucene_boost(std::make_shared<LuceneConstant>(std::move(inner)), boost);
}

/// Optional clauses of an optional clause, and required ones of the only required clause, move up.
LuceneQueryPtr flattened(const LuceneBool& query) {
  const auto& clauses = query.clauses();
  std::vector<LuceneClause> out;
  bool changed = false;
  if (query.minimum() <= 1) {
    for (const LuceneClause& clause : clauses) {
      const LuceneBool* inner = as_bool(clause.query);
      const bool optional = inner != nullptr && clause.occur == Occur::kShould && inner->minimum() <= 1 &&
                            count_of(inner->clauses(), Occur::kShould) == inner->clauses().size();
      if (optional) out.insert(out.end(), inner->clauses().begin(), inner->clauses().end());
      else out.push_back(clause);
      changed |= optional;
    }
    if (changed) return std::make_shared<LuceneBool>(std::move(out), query.minimum());
    out.clear();
  }
  for (const LuceneClause& clause : clauses) {
    const LuceneBool* inner = as_bool(clause.query);
    const bool required = inner != nullptr && (clause.occur == Occur::kMust || clause.occur == Occur::kFilter) && inner->minimum() == 0 &&
                          count_of(inner->clauses(), Occur::kShould) == 0 && count_of(inner->clauses(), Occur::kMustNot) < inner->clauses().size();
    if (!required) {
      out.push_back(clause);
      continue;
    }
    changed = true;
    for (const LuceneClause& part : inner->clauses()) {
      out.push_back({part.query, clause.occur == Occur::kFilter && part.occur == Occur::kMust ? Occur::kFilter : part.occur});
    }
  }
  return changed ? std::make_shared<LuceneBool>(std::move(out), query.minimum()) : nullptr;
}

/// The optional clauses of the only clause that scores become its own, one of which has to match.
LuceneQueryPtr with_inner_choices(const LuceneBool& query) {
  if (count_of(query.clauses(), Occur::kShould) > 0 || count_of(query.clauses(), Occur::kMust) != 1) return nullptr;
  std::vector<LuceneClause> out;
  const LuceneBool* inner = nullptr;
  for (const LuceneClause& clause : query.clauses()) {
    if (clause.occur == Occur::kMust) inner = as_bool(clause.query);
    else out.push_back(clause);
  }
  if (inner == nullptr || count_of(inner->clauses(), Occur::kShould) != inner->clauses().size()) return nullptr;
  out.insert(out.end(), inner->clauses().begin(), inner->clauses().end());
  return std::make_shared<LuceneBool>(std::move(out), std::max(1, inner->minimum()));
}

}  // namespace

LuceneQueryPtr LuceneBool::rewritten() const {
  if (clauses_.empty()) return lucene_none("empty BooleanQuery");
  const size_t optional = count_of(clauses_, Occur::kShould);
  if (minimum_ > static_cast<int>(optional)) return lucene_none("SHOULD clause count less than minimumNumberShouldMatch");
  if (LuceneQueryPtr lone = lone_clause(*this)) return lone;
  if (auto clauses = rewritten_clauses(*this); !clauses.empty()) return std::make_shared<LuceneBool>(std::move(clauses), minimum_);
  if (auto clauses = without_repeats(*this); !clauses.empty()) return std::make_shared<LuceneBool>(std::move(clauses), minimum_);
  if (LuceneQueryPtr next = without_match_all(*this)) return next;
  if (LuceneQueryPtr next = flattened(*this)) return next;
  if (minimum_ > 0 && minimum_ == static_cast<int>(optional) && optional > 0) {
    std::vector<LuceneClause> clauses = clauses_;
    for (LuceneClause& clause : clauses) clause.occur = clause.occur == Occur::kShould ? Occur::kMust : clause.occur;
    return std::make_shared<LuceneBool>(std::move(clauses), 0);
  }
  return with_inner_choices(*this);
}

std::vector<LuceneQueryPtr> LuceneBool::parts() const {
  std::vector<LuceneQueryPtr> out;
  for (const LuceneClause& clause : clauses_) out.push_back(clause.query);
  return out;
}

bool LuceneBool::may_match_nested(const Mapping& mapping) const {
  bool required = false, any = false;
  for (const LuceneClause& clause : clauses_) {
    if (clause.occur == Occur::kMustNot) continue;
    const bool may = clause.query->may_match_nested(mapping);
    if (clause.occur == Occur::kShould) {
      any |= may;
    } else {
      if (!may) return false;
      required = true;
    }
  }
  return required || any;
}

LuceneQueryPtr LuceneConstant::rewritten() const {
  LuceneQueryPtr inner = query_;
  if (LuceneQueryPtr next = inner->rewritten()) inner = std::move(next);
  inner = unscored(inner);
  if (inner->type() == "MatchNoDocsQuery") return inner;
  return inner == query_ ? nullptr : std::make_shared<LuceneConstant>(std::move(inner));
}

LuceneQueryPtr LuceneBoost::rewritten() const {
  if (const auto* inner = dynamic_cast<const LuceneBoost*>(query_.get())) return lucene_boost(inner->query(), boost_ * inner->boost());
  if (query_->type() == "MatchNoDocsQuery") return query_;
  LuceneQueryPtr next = query_->rewritten();
  return next ? std::make_shared<LuceneBoost>(std::move(next), boost_) : nullptr;
}

LuceneQueryPtr LuceneDisMax::rewritten() const {
  if (queries_.empty()) return lucene_none("empty DisjunctionMaxQuery");
  if (queries_.size() == 1) return queries_[0];
  if (tie_breaker_ == 1.0f) {
    std::vector<LuceneClause> clauses;
    for (const LuceneQueryPtr& query : queries_) clauses.push_back({query, Occur::kShould});
    return std::make_shared<LuceneBool>(std::move(clauses));
  }
  std::vector<LuceneQueryPtr> queries;
  bool changed = false;
  for (const LuceneQueryPtr& query : queries_) {
    LuceneQueryPtr next = query->rewritten();
    changed |= next != nullptr;
    queries.push_back(next ? std::move(next) : query);
  }
  return changed ? std::make_shared<LuceneDisMax>(std::move(queries), tie_breaker_) : nullptr;
}

PlanPtr LuceneConstant::plan(Binder& binder, float boost) const { return constant_score_plan(query_->plan(binder, 1), boost); }

bool LuceneLeaf::may_match_nested(const Mapping& mapping) const {
  if (!text_.nested_field) return true;
  return text_.nested_field->starts_with('_') || in_nested(mapping, *text_.nested_field);
}

LuceneQueryPtr lucene_of(const Query& query, Binder& binder) {
  LuceneQueryPtr out = query.lucene(binder);
  if (!out) {
    const auto make = [&query](Binder& b, float boost) { return bind(query, b, boost); };
    return lucene_leaf(make, bind(query, binder)->describe());
  }
  return lucene_boost(std::move(out), query.boost);
}

LuceneQueryPtr fully_rewritten(LuceneQueryPtr query) {
  constexpr int kRoundsMax = 1000;  // each makes the tree smaller, or shifts it once
  for (int i = 0; i < kRoundsMax; ++i) {
    LuceneQueryPtr next = query->rewritten();
    if (!next) break;
    query = std::move(next);
  }
  return query;
}

}  // namespace tarn::query

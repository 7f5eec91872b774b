#include "query/fetch/explain_hit.h"

#include <algorithm>
#include <cmath>

#include "query/bind/compound.h"
#include "query/dsl/clause.h"
#include "query/lucene/tree.h"
#include "query/shard_failure.h"

namespace tarn::query {

namespace {

/// OpenSearch adds a filter on root documents where the query could find nested ones.
Explanation with_root_filter(Explanation inner, const Plan& plan, const std::string& words) {
  if (plan.matches_all() && inner.match) return Explanation::yes(inner.value, "ConstantScore(FieldExistsQuery [field=_primary_term])");
  std::vector<Explanation> factors = {Explanation::yes(0, "# clause"), Explanation::yes(1, "FieldExistsQuery [field=_primary_term]")};
  Explanation filter = Explanation::yes(0, "match on required clause, product of:", std::move(factors));
  if (!inner.match) {
    return Explanation::no("Failure to meet condition(s) of required/prohibited clause(s)",
                           {Explanation::no("no match on required clause (" + words + ")", {std::move(inner)}), std::move(filter)});
  }
  const float value = inner.value;
  const bool flat = dynamic_cast<const BoolPlan*>(&plan) != nullptr && static_cast<const BoolPlan&>(plan).should.empty();
  std::vector<Explanation> parts;
  if (flat) parts = std::move(inner.details);
  else parts.push_back(std::move(inner));
  flat ? parts.insert(parts.begin(), std::move(filter)) : parts.insert(parts.end(), std::move(filter));
  return Explanation::yes(value, "sum of:", std::move(parts));
}

const char* mode_text(RescoreClause::Mode mode) {
  using Mode = RescoreClause::Mode;
  switch (mode) {
    case Mode::kTotal: return "sum";
    case Mode::kMultiply: return "product";
    case Mode::kAvg: return "avg";
    case Mode::kMax: return "max";
    case Mode::kMin: return "min";
  }
  return "sum";
}

}  // namespace

Explanation explain_hit(const SearchRequest& request, const BoundTarget& target, const SearchContext& context, DocRef ref,
                        std::optional<float> shown) {
  const SegmentView segment(target.searcher(), ref.segment, context);
  Explanation out = target.plan->explain(segment, ref.doc);
  const Mapping& mapping = target.searcher().mapping();
  if (!mapping.nested_paths().empty()) {
    Binder binder{target.searcher(), context, {}, {}};
    const LuceneQueryPtr query = request.query ? lucene_of(*request.query, binder) : lucene_approximate_all();
    const LuceneQueryPtr rewritten = fully_rewritten(query);
    if (query->may_match_nested(mapping)) out = with_root_filter(std::move(out), *target.plan, rewritten->to_string());
  }
  const Explanation first_pass = request.rescore.empty() ? Explanation() : out;
  for (size_t i = 0; i < request.rescore.size(); ++i) {
    const RescoreClause& clause = request.rescore[i];
    Explanation second = target.rescore[i]->explain(segment, ref.doc);
    const float score = out.value, first_value = score * clause.query_weight;
    Explanation first = Explanation::yes(first_value, "product of:", {std::move(out), Explanation::yes(clause.query_weight, "primaryWeight")});
    if (!second.match) {
      out = std::move(first);
      continue;
    }
    const float second_score = second.value, second_value = second_score * clause.rescore_query_weight;
    Explanation weighted =
        Explanation::yes(second_value, "product of:", {std::move(second), Explanation::yes(clause.rescore_query_weight, "secondaryWeight")});
    out = Explanation::yes(rescored(clause, score, second_score), std::string(mode_text(clause.mode)) + " of:",
                           {std::move(first), std::move(weighted)});
  }
  // A hit outside of the window has kept its first score, weighted.
  const auto differs = [&](float value) { return std::fabs(value - *shown) > 1e-4f * std::max(1.0f, std::fabs(*shown)); };
  if (!shown || request.rescore.empty() || !differs(out.value)) return out;
  const float weight = request.rescore.back().query_weight, first_value = first_pass.value * weight;
  if (differs(first_value)) return out;
  return Explanation::yes(first_value, "product of:", {first_pass, Explanation::yes(weight, "primaryWeight")});
}

std::optional<Explanation> explain_document(const SearchRequest& request, const SearchTarget& target, const SearchContext& context,
                                            std::string_view id) {
  BoundTarget bound;
  try {
    bound = bind_target(request, target, context);
  } catch (const ApiError& error) {
    if (ends_request(error.error())) throw;
    throw ApiError(as_shard_error(error.error(), *target.searcher, true));
  }
  const auto ref = target.searcher->find(id);
  if (!ref) return std::nullopt;
  return explain_hit(request, bound, context, *ref);
}

}  // namespace tarn::query

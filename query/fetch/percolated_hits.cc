#include "query/fetch/percolated_hits.h"

#include <algorithm>

#include "query/fetch/highlight_phase.h"
#include "query/percolate/percolate_plan.h"

namespace tarn::query {

PercolatedHits::PercolatedHits(const SearchRequest& request, const std::vector<BoundTarget>& targets, const SearchContext& context)
    : request_(request), targets_(targets), context_(context) {
  for (const BoundTarget& target : targets) clauses_.push_back(target.plan ? percolations(*target.plan) : std::vector<const PercolatePlan*>());
}

void PercolatedHits::add_slots(const Hit& hit, std::vector<HitField>& fields) const {
  const auto& clauses = clauses_[hit.target];
  if (clauses.empty()) return;
  const SegmentView segment(targets_[hit.target].searcher(), hit.ref.segment, context_);
  for (const PercolatePlan* clause : clauses) {
    const auto slots = clause->slots(segment, hit.ref.doc);
    if (slots.empty()) continue;
    std::string name = "_percolator_document_slot";
    if (clauses.size() > 1) name += "_" + clause->name();
    const std::string values = to_text(Json(slots));
    const auto same = std::find_if(fields.begin(), fields.end(), [&](const HitField& field) { return field.name == name; });
    if (same != fields.end()) same->values = values;
    else fields.push_back({name, values});
  }
}

std::vector<std::pair<std::string, std::vector<std::string>>> PercolatedHits::highlights(const Hit& hit) const {
  std::vector<std::pair<std::string, std::vector<std::string>>> out;
  const auto& clauses = clauses_[hit.target];
  if (clauses.empty() || !request_.highlight) return out;
  const SegmentView segment(targets_[hit.target].searcher(), hit.ref.segment, context_);
  for (const PercolatePlan* clause : clauses) {
    const PercolatedDocuments& documents = clause->documents();
    const PlanPtr stored = clause->stored_query(segment, hit.ref.doc);
    if (!stored) continue;
    Binder binder{documents.plain_searcher(), clause->context(), {}, {}};
    const HighlightPhase phase(*request_.highlight, *stored, binder);
    for (const size_t slot : clause->slots(segment, hit.ref.doc)) {
      // Names tell queries and documents apart where there are several.
      std::string prefix = clauses.size() > 1 ? clause->name() + "_" : "";
      if (documents.size() > 1) prefix += std::to_string(slot) + "_";
      for (auto& [name, fragments] : phase.show(parse_json(documents.source(slot)), "", "_temp_id")) {
        out.emplace_back(prefix + name, std::move(fragments));
      }
    }
  }
  return out;
}

}  // namespace tarn::query

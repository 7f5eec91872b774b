#pragma once

#include <string>
#include <vector>

#include "query/text/similarity.h"
#include "query/tree.h"

namespace tarn::query {

/// One place of a phrase: the terms that may stand there, at a position relative to the phrase.
struct PhrasePosition {
  std::vector<std::string> terms;
  int position = 0;
};

/// Terms in order (slop 0) or near each other. Candidates come from the postings, positions from the token column; the
/// score is that of one term with the phrase's frequency and the sum of the terms' idfs, as Lucene's PhraseQuery.
/// Throws ApiError where the field keeps no positions.
PlanPtr phrase_plan(Binder& binder, const FieldType& field, std::vector<PhrasePosition> positions, int slop, float boost);

}  // namespace tarn::query

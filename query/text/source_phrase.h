#pragma once

#include <vector>

#include "query/text/phrase_counter.h"
#include "query/tree.h"

namespace tarn::query {

/// A phrase on a field that keeps no positions (match_only_text): documents with all of its terms are read and analyzed
/// again. Matches score `score`, as OpenSearch's SourceFieldMatchQuery. `phrase` may have several terms a place.
PlanPtr source_phrase_plan(Binder& binder, const FieldType& field, std::vector<PhrasePosition> phrase, int slop, float score);

}  // namespace tarn::query

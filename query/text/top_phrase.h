#pragma once

#include "query/text/phrase.h"
#include "query/text/top_k.h"

namespace tarn::query {

/// collect_top_terms() for a phrase: all candidates are verified as long as matches are counted, later only those that
/// their frequencies and norm let into the top.
void collect_top_phrase(const PhrasePlan& phrase, const SegmentView& segment, const Bitset* mask, uint32_t target,
                        TopScores& top, HitCount& count);

}  // namespace tarn::query

#include "query/text/top_phrase.h"

namespace tarn::query {

void collect_top_phrase(const PhrasePlan& phrase, const SegmentView& segment, const Bitset* mask, uint32_t target,
                        TopScores& top, HitCount& count) {
  auto candidates = phrase.candidates(segment);
  if (!candidates) return;
  PhraseCounter counter = phrase.counter(segment);
  const TermScore& score = phrase.term_score();
  for (LocalDocId doc = candidates->seek(0); doc != kNoDoc;) {
    if (mask != nullptr) {
      doc = mask->next(doc);
      if (doc >= mask->size()) return;
    }
    const LocalDocId begin = doc / kWindowDocs * kWindowDocs, end = begin + kWindowDocs;
    float threshold = top.threshold();
    if (!count.enough() || beats(phrase.bound(*candidates, begin, end), threshold)) {
      candidates->intersect(begin, end, mask);
      for (size_t i = 0; i < candidates->size(); ++i) {
        const size_t ahead = i + PhrasePlan::kAhead;
        if (!count.enough() && ahead < candidates->size()) counter.expect(candidates->doc(ahead));
        const uint8_t norm = candidates->norm(0, i);
        if (count.enough() && score.phrase_bound(phrase.freq_limit(*candidates, i), norm) <= threshold) continue;
        const float freq = counter.freq(candidates->doc(i));
        if (freq <= 0) continue;
        ++count.total;
        const float value = score.score(freq, norm);
        if (value <= threshold) continue;
        top.offer(target, static_cast<uint32_t>(segment.index), candidates->doc(i), value);
        threshold = top.threshold();
      }
      check_time(segment.context);
    }
    doc = candidates->seek(end);
  }
}

}  // namespace tarn::query

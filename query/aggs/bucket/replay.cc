#include "query/aggs/bucket/replay.h"

#include <algorithm>

namespace tarn::query {

void Replay::run(std::vector<Entry>& entries, Children& children) const {
  if (children.empty()) return;
  std::sort(entries.begin(), entries.end());
  size_t at = 0;
  std::vector<float> scores;
  for (uint32_t s = 0; s < searchers_.size(); ++s) {
    children.begin(*searchers_[s]);
    while (at < entries.size() && entries[at].searcher == s) {
      const uint32_t segment = entries[at].segment;
      scores.assign(searchers_[s]->segments()[segment].doc_count(), 0);
      for (size_t i = at; i < entries.size() && entries[i].searcher == s && entries[i].segment == segment; ++i) scores[entries[i].doc] = entries[i].score;
      state_.scores = scores.data();
      children.begin_segment(*searchers_[s], segment);
      for (; at < entries.size() && entries[at].searcher == s && entries[at].segment == segment; ++at) {
        children.add(entries[at].doc, entries[at].bucket);
      }
      children.end_segment();
    }
  }
  state_.scores = nullptr;
}

}  // namespace tarn::query

#include "query/aggs/bucket/replay.h"

#include <algorithm>

namespace tarn::query {

void Replay::run(std::vector<Entry>& entries, Children& children) const {
  if (children.empty()) return;
  std::sort(entries.begin(), entries.end());
  size_t at = 0;
  for (uint32_t s = 0; s < searchers_.size(); ++s) {
    children.begin(*searchers_[s]);
    while (at < entries.size() && entries[at].searcher == s) {
      const uint32_t segment = entries[at].segment;
      children.begin_segment(*searchers_[s], segment);
      for (; at < entries.size() && entries[at].searcher == s && entries[at].segment == segment; ++at) {
        children.add(entries[at].doc, entries[at].bucket);
      }
      children.end_segment();
    }
  }
}

}  // namespace tarn::query

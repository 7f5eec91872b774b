#include "indexer/analysis/component.h"

#include <algorithm>

namespace tarn::analysis {

void add_correction(FilteredText::Corrections& corrections, int32_t offset, int32_t difference) {
  if (!corrections.empty() && corrections.back().offset == offset) {
    corrections.back().difference = difference;
  } else {
    corrections.push_back({offset, difference});
  }
}

int32_t FilteredText::correct(int32_t offset) const {
  for (auto layer = layers_.rbegin(); layer != layers_.rend(); ++layer) {
    auto after = std::upper_bound(layer->begin(), layer->end(), offset,
                                  [](int32_t value, const Correction& c) { return value < c.offset; });
    if (after != layer->begin()) offset += std::prev(after)->difference;
  }
  return offset;
}

void TermFilter::apply(TokenBuffer& tokens) const {
  std::string changed;
  bool skip_keywords = respects_keywords();
  for (Token& token : tokens.tokens) {
    if (skip_keywords && token.keyword) continue;
    changed.clear();
    if (change(token.term, changed)) token.term = tokens.keep(changed);
  }
}

void DroppingFilter::apply(TokenBuffer& tokens) const {
  std::erase_if(tokens.tokens, [this](const Token& token) { return !keep(token); });
}

}  // namespace tarn::analysis

#include "query/text/phrase_counter.h"

#include <algorithm>

#include "indexer/segment/token_bytes.h"
#include "query/text/phrase_matcher.h"

namespace tarn::query {

PhraseCounter::PhraseCounter(const TextIndex& text, const std::vector<PhrasePosition>& phrase, const std::vector<int>& groups,
                             int slop)
    : text_(text), groups_(groups), slop_(slop), places_(phrase.size()) {
  bool plain = slop == 0;
  std::vector<uint32_t> ordinals;
  for (size_t i = 0; i < phrase.size(); ++i) {
    plain = plain && phrase[i].terms.size() == 1 && phrase[i].position == static_cast<int>(i);
    offsets_.push_back(phrase[i].position);
    for (const std::string& term : phrase[i].terms) {
      const auto ordinal = text.token_ordinal(term);
      if (!ordinal) continue;
      terms_.push_back({*ordinal, static_cast<uint32_t>(i)});
      filter_ |= 1ull << (*ordinal & 63);
      ordinals.push_back(*ordinal);
    }
  }
  std::sort(terms_.begin(), terms_.end());
  if (plain && ordinals.size() == phrase.size()) pattern_.emplace(ordinals);
}

bool PhraseCounter::find_places(std::string_view document) {
  for (auto& places : places_) places.clear();
  for_each_token(document, [&](uint32_t term, int32_t position) {
    if ((filter_ >> (term & 63) & 1) == 0) return;
    if (terms_.size() <= kFewTerms) {
      for (const Place& place : terms_) {
        if (place.term == term) places_[place.index].push_back(position - offsets_[place.index]);
      }
      return;
    }
    auto it = std::lower_bound(terms_.begin(), terms_.end(), Place{term, 0});
    for (; it != terms_.end() && it->term == term; ++it) places_[it->index].push_back(position - offsets_[it->index]);
  });
  return std::none_of(places_.begin(), places_.end(), [](const auto& places) { return places.empty(); });
}

float PhraseCounter::freq(LocalDocId doc) {
  const std::string_view document = text_.token_bytes(doc);
  if (pattern_) {
    if (const auto count = pattern_->count(document)) return static_cast<float>(*count);
  }
  if (!find_places(document)) return 0;
  return slop_ == 0 ? exact_phrase_freq(places_) : sloppy_phrase_freq(places_, offsets_, groups_, slop_);
}

}  // namespace tarn::query

#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "indexer/segment/postings.h"
#include "query/text/token_pattern.h"

namespace tarn::query {

/// One place of a phrase: the terms that may stand there, at a position relative to the phrase.
struct PhrasePosition {
  std::vector<std::string> terms;
  int position = 0;
};

/// Counts a phrase in documents of one segment, from the token column.
class PhraseCounter {
 public:
  /// `groups` as sloppy_phrase_freq() wants them; it must outlive the counter.
  PhraseCounter(const TextIndex& text, const std::vector<PhrasePosition>& phrase, const std::vector<int>& groups, int slop);
  float freq(LocalDocId doc);
  /// Says that freq() will be asked for soon: candidates lie apart in the column, and waiting for memory is most of the work.
  void expect(LocalDocId doc) const {
    const std::string_view document = text_.token_bytes(doc);
    const size_t end = std::min<size_t>(document.size(), 512);
    for (size_t at = 0; at < end; at += 64) __builtin_prefetch(document.data() + at);
  }

 private:
  struct Place {
    uint32_t term;
    uint32_t index;  // into the phrase
    bool operator<(const Place& other) const { return term != other.term ? term < other.term : index < other.index; }
  };
  static constexpr size_t kFewTerms = 4;  // comparing with each is faster than searching among them
  bool find_places(std::string_view document);

  const TextIndex& text_;
  const std::vector<int>& groups_;
  const int slop_;
  std::vector<Place> terms_;   // sorted
  uint64_t filter_ = 0;        // of the terms' low six bits
  std::vector<int> offsets_;
  std::vector<std::vector<int32_t>> places_;
  std::optional<TokenPattern> pattern_;  // one term a place, one place after the other, no slop
};

}  // namespace tarn::query

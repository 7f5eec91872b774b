#pragma once

#include <memory>
#include <vector>

#include "indexer/segment/bitset.h"
#include "query/text/bounds.h"

namespace tarn::query {

/// Documents that several posting lists share, a window at a time. The rarest list leads; lists of like length are laid out over
/// the window and looked up without branches, longer ones are galloped through.
class Conjunction {
 public:
  static constexpr uint32_t kWindow = 2048;

  /// Lists must be there and not empty.
  explicit Conjunction(std::vector<std::shared_ptr<const PostingList>> lists);

  /// The rarest list's first document at or after `doc`, or kNoDoc; a lower bound of the next match.
  LocalDocId seek(LocalDocId doc);
  /// The bound of each list over a window, in the order given to the constructor.
  StretchBound bound(size_t list, LocalDocId begin, LocalDocId end) { return bounds_[list].over(begin, end); }
  /// Finds the matches in [begin, end), at most kWindow apart, that are in `mask` (may be null). Windows ascend.
  void intersect(LocalDocId begin, LocalDocId end, const Bitset* mask);

  size_t size() const { return size_; }
  LocalDocId doc(size_t match) const { return docs_[match]; }
  uint16_t freq(size_t list, size_t match) const { return lists_[list]->freqs[at(list, match)]; }
  /// Of the list's field; lists of one field agree.
  uint8_t norm(size_t list, size_t match) const { return lists_[list]->norms[at(list, match)]; }
  size_t list_count() const { return lists_.size(); }

 private:
  uint32_t at(size_t list, size_t match) const { return at_[list * kWindow + match]; }
  void lay_out(size_t list, size_t first, size_t last, LocalDocId begin, size_t done);
  void look_up(size_t list, size_t done);
  void keep(size_t from, size_t to, size_t done);

  std::vector<std::shared_ptr<const PostingList>> lists_;
  std::vector<size_t> order_;          // rarest first
  std::vector<size_t> next_;           // of each list: where the next window's postings are looked for
  std::vector<BoundCursor> bounds_;
  size_t size_ = 0;
  std::unique_ptr<LocalDocId[]> docs_;
  std::unique_ptr<uint32_t[]> at_;     // of each list: index of each match
  std::unique_ptr<uint16_t[]> slots_;  // a list over the window: 1 + posting, 0 where it has none
};

}  // namespace tarn::query

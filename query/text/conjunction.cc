#include "query/text/conjunction.h"

#include <cstring>
#include <numeric>

namespace tarn::query {

namespace {

constexpr size_t kLayOutRatio = 8;   // postings laid out for each candidate: beyond, galloping is cheaper
constexpr size_t kLayOutLeast = 24;  // candidates for which clearing the slots pays

}  // namespace

Conjunction::Conjunction(std::vector<std::shared_ptr<const PostingList>> lists)
    : lists_(std::move(lists)),
      order_(lists_.size()),
      next_(lists_.size(), 0),
      docs_(new LocalDocId[kWindow]),
      at_(new uint32_t[kWindow * lists_.size()]),
      slots_(new uint16_t[kWindow]) {
  std::iota(order_.begin(), order_.end(), size_t{0});
  std::stable_sort(order_.begin(), order_.end(),
                   [this](size_t a, size_t b) { return lists_[a]->docs.size() < lists_[b]->docs.size(); });
  bounds_.reserve(lists_.size());
  for (const auto& list : lists_) bounds_.emplace_back(*list);
}

LocalDocId Conjunction::seek(LocalDocId doc) {
  const auto& docs = lists_[order_[0]]->docs;
  size_t& at = next_[order_[0]];
  at = gallop(docs.data(), docs.size(), at, doc);
  return at < docs.size() ? docs[at] : kNoDoc;
}

void Conjunction::intersect(LocalDocId begin, LocalDocId end, const Bitset* mask) {
  const size_t lead = order_[0];
  const auto& docs = lists_[lead]->docs;
  size_t i = gallop(docs.data(), docs.size(), next_[lead], begin);
  size_ = 0;
  uint32_t* at = at_.get() + lead * kWindow;
  if (mask == nullptr) {
    for (; i < docs.size() && docs[i] < end; ++i, ++size_) {
      docs_[size_] = docs[i];
      at[size_] = static_cast<uint32_t>(i);
    }
  } else {
    for (; i < docs.size() && docs[i] < end; ++i) {
      docs_[size_] = docs[i];
      at[size_] = static_cast<uint32_t>(i);
      size_ += mask->test(docs[i]);
    }
  }
  next_[lead] = i;
  for (size_t done = 1; done < order_.size() && size_ > 0; ++done) {
    const size_t list = order_[done];
    const auto& others = lists_[list]->docs;
    const size_t first = gallop(others.data(), others.size(), next_[list], docs_[0]);
    next_[list] = first;
    const size_t most = size_ * kLayOutRatio;
    const LocalDocId last_doc = docs_[size_ - 1];
    // Whether more than `most` postings lie between the candidates shows at one place of the list.
    const bool dense = size_ < kLayOutLeast || (first + most < others.size() && others[first + most] <= last_doc);
    if (dense) {
      look_up(list, done);
    } else {
      const size_t last = gallop(others.data(), others.size(), first, last_doc + 1);
      lay_out(list, first, last, begin, done);
      next_[list] = last;
    }
  }
}

/// Match `from` becomes match `to`, in the lists seen so far.
void Conjunction::keep(size_t from, size_t to, size_t done) {
  docs_[to] = docs_[from];
  for (size_t l = 0; l < done; ++l) {
    uint32_t* at = at_.get() + order_[l] * kWindow;
    at[to] = at[from];
  }
}

void Conjunction::lay_out(size_t list, size_t first, size_t last, LocalDocId begin, size_t done) {
  const LocalDocId* docs = lists_[list]->docs.data();
  std::memset(slots_.get(), 0, kWindow * sizeof(uint16_t));
  for (size_t i = first; i < last; ++i) slots_[docs[i] - begin] = static_cast<uint16_t>(i - first + 1);
  uint32_t* at = at_.get() + list * kWindow;
  size_t kept = 0;
  for (size_t m = 0; m < size_; ++m) {
    const uint16_t slot = slots_[docs_[m] - begin];
    keep(m, kept, done);
    at[kept] = static_cast<uint32_t>(first + slot - 1);
    kept += slot != 0;
  }
  size_ = kept;
}

void Conjunction::look_up(size_t list, size_t done) {
  const auto& docs = lists_[list]->docs;
  uint32_t* at = at_.get() + list * kWindow;
  size_t kept = 0, i = next_[list];
  for (size_t m = 0; m < size_; ++m) {
    i = gallop(docs.data(), docs.size(), i, docs_[m]);
    if (i == docs.size()) break;
    if (docs[i] != docs_[m]) continue;
    keep(m, kept, done);
    at[kept++] = static_cast<uint32_t>(i);
  }
  next_[list] = i;
  size_ = kept;
}

}  // namespace tarn::query

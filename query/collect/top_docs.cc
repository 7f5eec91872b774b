#include "query/collect/top_docs.h"

#include <algorithm>

namespace tarn::query {

std::vector<Hit> TopScores::take_sorted() {
  std::sort_heap(hits_.begin(), hits_.end(), better);
  std::vector<Hit> out;
  out.reserve(hits_.size());
  for (const Entry& entry : hits_) out.push_back({entry.target, {entry.segment, entry.doc}, entry.score, {}});
  hits_.clear();
  return out;
}

namespace {

int compare_hits(const std::vector<BoundSort>& sort, const Hit& a, const Hit& b) {
  for (size_t i = 0; i < sort.size(); ++i) {
    if (const int order = compare(sort[i], a.sort[i], b.sort[i]); order != 0) return order;
  }
  if (a.target != b.target) return a.target < b.target ? -1 : 1;
  return a.ref < b.ref ? -1 : 1;
}

}  // namespace

void TopSorted::begin_segment(const std::vector<BoundSort>& sort, const std::vector<SortValue>& after, uint32_t target,
                              const SegmentView& segment, const Hit* last) {
  sort_ = &sort;
  target_ = target;
  segment_ = static_cast<uint32_t>(segment.index);
  doc_count_ = segment.doc_count();
  readers_.clear();
  for (const BoundSort& key : sort) readers_.push_back(make_key_reader(key, segment));
  after_places_.clear();
  after_equal_.clear();
  for (size_t i = 0; i < after.size(); ++i) {
    bool equal = false;
    after_places_.push_back(readers_[i]->place(after[i], equal));
    after_equal_.push_back(equal);
  }
  after_doc_ = UINT64_MAX;
  if (last != nullptr) {
    const auto place = std::pair(target, segment_), end = std::pair(last->target, last->ref.segment);
    after_doc_ = place > end ? 0 : place < end ? UINT64_MAX : last->ref.doc + 1ull;
  }
  limit_ = INT64_MAX;
  if (capacity_ > 0 && hits_.size() >= capacity_) {
    bool equal = false;
    limit_ = readers_[0]->place(hits_[capacity_ - 1].sort[0], equal);
  }
  heap_.clear();
  keys_.clear();
  docs_.clear();
  scores_.clear();
}

bool TopSorted::better(uint32_t a, uint32_t b) const {
  for (size_t i = 0; i < readers_.size(); ++i) {
    if (key(a, i) != key(b, i)) return key(a, i) < key(b, i);
  }
  return docs_[a] < docs_[b];
}

bool TopSorted::is_after(const int64_t* keys, LocalDocId doc) const {
  for (size_t i = 0; i < after_places_.size(); ++i) {
    if (keys[i] != after_places_[i]) return keys[i] > after_places_[i];
    if (!after_equal_[i]) return true;
  }
  return after_places_.empty() || doc >= after_doc_;  // equal in all keys: it was shown already
}

void TopSorted::offer(LocalDocId doc, float score, int64_t first_key) {
  scratch_.resize(readers_.size());
  scratch_[0] = first_key;
  for (size_t i = 1; i < readers_.size(); ++i) readers_[i]->read(&doc, &score, 1, &scratch_[i]);
  if (!is_after(scratch_.data(), doc)) return;
  const auto worse_in_front = [this](uint32_t a, uint32_t b) { return better(a, b); };
  uint32_t slot;
  if (heap_.size() < capacity_) {
    slot = static_cast<uint32_t>(docs_.size());
    docs_.push_back(doc);
    scores_.push_back(score);
    keys_.insert(keys_.end(), scratch_.begin(), scratch_.end());
  } else {
    const uint32_t worst = heap_.front();
    for (size_t i = 0; i < readers_.size(); ++i) {
      if (scratch_[i] > key(worst, i)) return;
      if (scratch_[i] < key(worst, i)) break;
      if (i + 1 == readers_.size() && doc > docs_[worst]) return;
    }
    std::pop_heap(heap_.begin(), heap_.end(), worse_in_front);
    slot = heap_.back();
    heap_.pop_back();
    docs_[slot] = doc;
    scores_[slot] = score;
    std::copy(scratch_.begin(), scratch_.end(), keys_.begin() + static_cast<ptrdiff_t>(slot * readers_.size()));
  }
  heap_.push_back(slot);
  std::push_heap(heap_.begin(), heap_.end(), worse_in_front);
}

void TopSorted::add(const LocalDocId* docs, const float* scores, size_t count) {
  if (capacity_ == 0) return;
  first_keys_.resize(count);
  readers_[0]->read(docs, scores, count, first_keys_.data());
  int64_t limit = first_key_limit();
  const bool lone = readers_.size() == 1 && after_places_.empty();
  for (size_t i = 0; i < count; ++i) {
    if (first_keys_[i] > limit) continue;
    // With one key, a later document of the worst one's key cannot enter.
    if (lone && first_keys_[i] == limit && heap_.size() >= capacity_ && first_keys_[i] == key(heap_.front(), 0) &&
        docs[i] > docs_[heap_.front()]) {
      continue;
    }
    offer(docs[i], scores == nullptr ? 0.0f : scores[i], first_keys_[i]);
    limit = first_key_limit();
  }
}

void TopSorted::add_all(const Bitset& documents) {
  if (capacity_ == 0) return;
  constexpr uint32_t kBlock = NumericColumn::kBlockDocs;
  struct Part {
    int64_t bound;
    uint32_t begin;
  };
  std::vector<Part> parts;
  for (uint32_t begin = 0; begin < doc_count_; begin += kBlock) {
    parts.push_back({readers_[0]->bound(begin, std::min(begin + kBlock, doc_count_)), begin});
  }
  std::stable_sort(parts.begin(), parts.end(), [](const Part& a, const Part& b) { return a.bound < b.bound; });
  constexpr size_t kBatch = 1024;
  LocalDocId docs[kBatch];
  for (const Part& part : parts) {
    if (part.bound > first_key_limit()) break;  // sorted: no later block is better
    const uint32_t end = std::min(part.begin + kBlock, doc_count_);
    for (uint32_t from = part.begin; from < end;) {
      const size_t n = documents.extract(from, end, docs, kBatch);
      if (n > 0) add(docs, nullptr, n);
      if (n < kBatch) break;
      from = docs[n - 1] + 1;
    }
  }
}

void TopSorted::end_segment() {
  std::vector<Hit> fresh;
  for (const uint32_t slot : heap_) {
    Hit hit{target_, {segment_, docs_[slot]}, scores_[slot], {}};
    for (size_t i = 0; i < readers_.size(); ++i) hit.sort.push_back(readers_[i]->value(key(slot, i), docs_[slot]));
    fresh.push_back(std::move(hit));
  }
  const auto before = [this](const Hit& a, const Hit& b) { return compare_hits(*sort_, a, b) < 0; };
  std::sort(fresh.begin(), fresh.end(), before);
  std::vector<Hit> merged;
  merged.reserve(hits_.size() + fresh.size());
  std::merge(std::make_move_iterator(hits_.begin()), std::make_move_iterator(hits_.end()),
             std::make_move_iterator(fresh.begin()), std::make_move_iterator(fresh.end()), std::back_inserter(merged), before);
  if (merged.size() > capacity_) merged.resize(capacity_);
  hits_ = std::move(merged);
  readers_.clear();
}

}  // namespace tarn::query

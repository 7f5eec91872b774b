#include "query/aggs/term_numbers.h"

#include <algorithm>
#include <cstring>

#include "query/aggs/flat_map.h"
#include "query/aggs/value_source.h"

namespace tarn::query {

namespace {

constexpr uint32_t kEmpty = UINT32_MAX;

/// What an update in place has put instead of the segment's column; null if nothing.
std::shared_ptr<const KeywordColumn> patched_column(const SegmentReader& reader, const std::string& path) {
  if (!reader.shared_patches()) return nullptr;
  const auto found = reader.shared_patches()->keywords.find(path);
  return found == reader.shared_patches()->keywords.end() ? nullptr : found->second;
}

}  // namespace

uint64_t hash_of_term(std::string_view term) {
  // Two independent multipliers over 8 bytes at a time.
  uint64_t h = 0x9E3779B97F4A7C15ull ^ (term.size() * 0xff51afd7ed558ccdull);
  while (term.size() >= 8) {
    uint64_t word;
    std::memcpy(&word, term.data(), 8);
    h = mix64(h ^ word) * 0xc4ceb9fe1a85ec53ull;
    term.remove_prefix(8);
  }
  uint64_t tail = 0;
  std::memcpy(&tail, term.data(), term.size());
  return mix64(h ^ tail);
}

TermNumbers::TermNumbers(std::string path) : path_(std::move(path)), slots_(64, kEmpty) {}

uint32_t TermNumbers::insert(uint64_t hash) {
  if ((hashes_.size() + 1) * 10 > slots_.size() * 7) grow();
  size_t at = hash & (slots_.size() - 1);
  for (; slots_[at] != kEmpty; at = (at + 1) & (slots_.size() - 1)) {
    if (hashes_[slots_[at]] == hash) return slots_[at];
  }
  slots_[at] = static_cast<uint32_t>(hashes_.size());
  hashes_.push_back(hash);
  return slots_[at];
}

void TermNumbers::grow() {
  slots_.assign(slots_.size() * 2, kEmpty);
  for (uint32_t number = 0; number < hashes_.size(); ++number) {
    size_t at = hashes_[number] & (slots_.size() - 1);
    while (slots_[at] != kEmpty) at = (at + 1) & (slots_.size() - 1);
    slots_[at] = number;
  }
}

TermNumbers::Numbers TermNumbers::of(const SegmentReader& reader, const KeywordColumn& column) {
  const auto patched = patched_column(reader, path_);
  const std::lock_guard lock(mutex_);
  for (const Translation& one : translations_) {
    if (one.segment.lock() == reader.shared_segment() && one.is_patched == (patched != nullptr) && one.patched.lock() == patched) return one.numbers;
  }
  std::erase_if(translations_, [](const Translation& one) { return one.expired(); });
  auto numbers = std::make_shared<std::vector<uint32_t>>(column.ordinal_count());
  for (Ordinal ordinal = 0; ordinal < numbers->size(); ++ordinal) (*numbers)[ordinal] = insert(hash_of_term(column.term(ordinal)));
  translations_.push_back({reader.shared_segment(), patched, patched != nullptr, numbers});
  return numbers;
}

uint32_t TermNumbers::of_term(std::string_view term) {
  const std::lock_guard lock(mutex_);
  return insert(hash_of_term(term));
}

size_t TermNumbers::count() const {
  const std::lock_guard lock(mutex_);
  return hashes_.size();
}

std::vector<uint64_t> TermNumbers::hashes() const {
  const std::lock_guard lock(mutex_);
  return hashes_;
}

size_t TermNumbers::memory_bytes() const {
  const std::lock_guard lock(mutex_);
  size_t bytes = slots_.capacity() * 4 + hashes_.capacity() * 8;
  for (const Translation& one : translations_) bytes += sizeof(Translation) + one.numbers->size() * 4;
  return bytes;
}

bool TermNumbers::stale() const {
  const std::lock_guard lock(mutex_);
  size_t alive = 1024;
  for (const Translation& one : translations_) alive += one.expired() ? 0 : one.numbers->size();
  return hashes_.size() > 2 * alive;
}

std::shared_ptr<TermNumbers> TermNumbersCache::field(const Searcher& searcher, const std::string& path) {
  const std::string key = searcher.index_uuid() + '\0' + path;
  const std::lock_guard lock(mutex_);
  const auto found = std::find_if(order_.begin(), order_.end(), [&](const Entry& entry) { return entry.key == key; });
  if (found == order_.end()) {
    order_.push_front({key, std::make_shared<TermNumbers>(path)});
  } else {
    if (found->numbers->stale()) found->numbers = std::make_shared<TermNumbers>(path);
    order_.splice(order_.begin(), order_, found);
  }
  std::shared_ptr<TermNumbers> out = order_.front().numbers;
  // Sizes grow while a field is in use, so that they are taken anew; a field that is too large for the cache lives as long as its search.
  size_t bytes = 0;
  for (auto it = order_.begin(); it != order_.end();) {
    const size_t size = it->numbers->memory_bytes();
    const bool fits = size <= capacity_ / 2 && bytes + size <= capacity_;
    bytes += fits ? size : 0;
    it = fits ? std::next(it) : order_.erase(it);
  }
  return out;
}

size_t TermNumbersCache::memory_bytes() const {
  const std::lock_guard lock(mutex_);
  size_t bytes = 0;
  for (const Entry& entry : order_) bytes += entry.numbers->memory_bytes();
  return bytes;
}

std::shared_ptr<TermNumbers> numbers_of_source(const ValueSource& source, const Searcher& searcher, const SearchContext& context) {
  if (context.term_numbers && source.column_is_stored()) return context.term_numbers->field(searcher, source.column_path());
  return std::make_shared<TermNumbers>(source.column_path());
}

std::shared_ptr<TermNumbersCache> make_term_numbers_cache(size_t capacity_bytes) { return std::make_shared<TermNumbersCache>(capacity_bytes); }
size_t term_numbers_bytes(const TermNumbersCache& cache) { return cache.memory_bytes(); }

}  // namespace tarn::query

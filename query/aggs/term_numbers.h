#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "indexer/searcher.h"
#include "query/query.h"

namespace tarn::query {

/// 64 bits that stand for a term; two terms of n share them with a chance of about n^2 / 2^65.
uint64_t hash_of_term(std::string_view term);

/// Numbers for the terms of one keyword-like field over all segments of an index, as Lucene's global ordinals, but in order of
/// first sight: a new segment costs its own terms only, and nothing is sorted. Thread-safe.
class TermNumbers {
 public:
  /// `path`: of the field's column.
  explicit TermNumbers(std::string path);
  using Numbers = std::shared_ptr<const std::vector<uint32_t>>;

  /// The number of each ordinal of `column`, which is what `reader` has for the field; computed on the first call for it.
  Numbers of(const SegmentReader& reader, const KeywordColumn& column);
  /// The number of a term that may be in no column.
  uint32_t of_term(std::string_view term);
  /// How many numbers were given out; they are 0 .. count - 1.
  size_t count() const;
  /// The hash of every number given out so far.
  std::vector<uint64_t> hashes() const;
  size_t memory_bytes() const;
  /// Whether most of its numbers belong to segments that are gone.
  bool stale() const;

 private:
  struct Translation {
    std::weak_ptr<const Segment> segment;
    std::weak_ptr<const KeywordColumn> patched;   // what stands in for the segment's column, if something does
    bool is_patched;
    Numbers numbers;
    bool expired() const { return segment.expired() || (is_patched && patched.expired()); }
  };
  uint32_t insert(uint64_t hash);
  void grow();

  const std::string path_;
  mutable std::mutex mutex_;
  std::vector<uint32_t> slots_;     // open addressing by hash: number, or kEmpty
  std::vector<uint64_t> hashes_;    // by number
  std::vector<Translation> translations_;
};

/// TermNumbers by index and field, for the aggregations of all searches; bounded by bytes, least recently used first out. Thread-safe.
class TermNumbersCache {
 public:
  explicit TermNumbersCache(size_t capacity_bytes) : capacity_(capacity_bytes) {}
  /// Of one field of one index; stays valid, and the same for its holder, when it is dropped here.
  std::shared_ptr<TermNumbers> field(const Searcher& searcher, const std::string& path);
  size_t memory_bytes() const;

 private:
  struct Entry {
    std::string key;
    std::shared_ptr<TermNumbers> numbers;
  };
  const size_t capacity_;
  mutable std::mutex mutex_;
  std::list<Entry> order_;   // most recent first
};

class ValueSource;
/// The numbers for the terms of a bound source: the cache's, or new ones where no segment holds its column.
std::shared_ptr<TermNumbers> numbers_of_source(const ValueSource& source, const Searcher& searcher, const SearchContext& context);

}  // namespace tarn::query

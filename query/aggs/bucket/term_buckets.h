#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "query/aggs/aggregator.h"
#include "query/aggs/bucket/include_exclude.h"
#include "query/aggs/flat_map.h"
#include "query/aggs/term_numbers.h"
#include "query/aggs/value_source.h"

namespace tarn::query {

/// Buckets of (parent, term or number), numbered in order of first sight, over all segments of a run: what terms, rare_terms
/// and significant_terms have in common.
class TermBuckets {
 public:
  static constexpr uint32_t kRefused = UINT32_MAX - 1;
  struct Bucket {
    uint32_t parent;
    int64_t number;            ///< of the term (see TermNumbers), or the encoded value
    std::string_view term;     ///< of text
    uint64_t count;
  };

  TermBuckets(ValueSource& source, const IncludeExclude& filter) : source_(source), filter_(filter) {}

  /// Call after the source's bind; whether terms are text (else numbers).
  void bind(const Searcher& searcher, const SearchContext& context, bool text);
  void begin_segment(const SegmentReader& reader);
  /// Calls visit(bucket, i) for each document i of the batch and each of its terms that the filter lets through.
  template <class Visit>
  void for_each(const DocBatch& batch, Visit&& visit) {
    for (size_t i = 0; i < batch.count; ++i) parents_ = std::max(parents_, batch.buckets[i] + 1);
    if (text_) {
      Ordinal last = kNoOrdinal;
      size_t last_doc = SIZE_MAX;
      source_.for_each_ordinal(batch.docs, batch.count, [&](size_t i, Ordinal ordinal) {
        if (i == last_doc && ordinal == last) return;  // scripts may say a term twice
        last = ordinal;
        last_doc = i;
        const uint32_t bucket = of_ordinal(batch.buckets[i], ordinal);
        if (bucket != kRefused) visit(bucket, i);
      });
      return;
    }
    int64_t previous = 0;
    size_t previous_doc = SIZE_MAX;
    source_.for_each_number(batch.docs, batch.count, [&](size_t i, int64_t encoded) {
      if (i == previous_doc && encoded == previous) return;  // a document counts once for a value
      previous = encoded;
      previous_doc = i;
      const uint32_t bucket = of_number(batch.buckets[i], encoded);
      if (bucket != kRefused) visit(bucket, i);
    });
  }
  uint32_t of_ordinal(uint32_t parent, Ordinal ordinal) {
    if (source_.scripted() && ordinal != kNoOrdinal) return of_term(parent, source_.term(ordinal));
    const uint32_t number = ordinal == kNoOrdinal ? missing_number_ : (*number_of_)[ordinal];
    if (parent == 0 && root_slots_[number] != kUnseen) return root_slots_[number];
    return of_numbered_term(parent, number, ordinal == kNoOrdinal ? source_.missing_term() : source_.keywords()->term(ordinal));
  }
  uint32_t of_term(uint32_t parent, std::string_view term) { return of_numbered_term(parent, numbers_->of_term(term), term); }
  uint32_t of_number(uint32_t parent, int64_t encoded);
  /// Adds the buckets of `other`, of other segments of the same index; its parent i is parents[i] here. Returns where its buckets are here.
  std::vector<uint32_t> absorb(const TermBuckets& other, std::span<const uint32_t> parents);
  /// Makes a bucket of every term of the segment's documents in every parent bucket known at finish().
  void note_all_terms();
  void add_all_terms();

  void count(uint32_t bucket, uint64_t by = 1) { buckets_[bucket].count += by; }
  const Bucket& operator[](uint32_t bucket) const { return buckets_[bucket]; }
  uint32_t size() const { return static_cast<uint32_t>(buckets_.size()); }
  uint32_t parents() const { return std::max<uint32_t>(parents_, 1); }
  bool text() const { return text_; }
  /// The bucket numbers of each parent.
  std::vector<std::vector<uint32_t>> by_parent() const;

  int compare_keys(uint32_t a, uint32_t b) const;
  std::string key_text(uint32_t bucket) const;
  /// "key":.. with key_as_string where the format has one.
  std::string head(uint32_t bucket) const;
  double key_number(uint32_t bucket) const;
  size_t memory_bytes() const {
    return buckets_.capacity() * sizeof(Bucket) + keys_.memory_bytes() + own_bytes_ + (root_slots_.capacity() + key_buckets_.capacity()) * 4 + allowed_.capacity();
  }

 private:
  static constexpr uint32_t kUnseen = UINT32_MAX;
  enum Allowed : uint8_t { kUnknown, kYes, kNo };
  uint32_t of_numbered_term(uint32_t parent, uint32_t number, std::string_view term);
  bool term_wanted(uint32_t number, std::string_view term);
  bool number_wanted(int64_t encoded);
  /// Numbers of the index that comes next, for the terms of those before.
  void renumber();
  std::string_view keep(std::string_view term);

  ValueSource& source_;
  const IncludeExclude& filter_;
  bool text_ = false;
  uint32_t parents_ = 0;
  std::vector<Bucket> buckets_;
  BucketMap keys_;                                        // (parent, number); of text, below other parents than 0
  std::vector<uint32_t> key_buckets_;                     // of text: the bucket of each key
  std::shared_ptr<TermNumbers> numbers_;                  // of the current index
  std::vector<uint32_t> root_slots_;                      // by term number: the bucket below parent 0, kUnseen or kRefused
  std::vector<uint8_t> allowed_;                          // by term number: include and exclude
  std::deque<std::string> own_terms_;                     // those that no segment holds
  size_t own_bytes_ = 0;
  std::unordered_map<int64_t, bool> number_allowed_;
  std::vector<std::string> all_terms_;
  std::vector<int64_t> all_numbers_;
  // Of the current segment.
  TermNumbers::Numbers number_of_;                        // by ordinal
  uint32_t missing_number_ = 0;
};

}  // namespace tarn::query

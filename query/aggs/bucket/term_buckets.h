#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "query/aggs/aggregator.h"
#include "query/aggs/bucket/include_exclude.h"
#include "query/aggs/flat_map.h"
#include "query/aggs/value_source.h"

namespace tarn::query {

/// Buckets of (parent, term or number), numbered in order of first sight, over all segments of a run: what terms, rare_terms
/// and significant_terms have in common.
class TermBuckets {
 public:
  static constexpr uint32_t kRefused = UINT32_MAX - 1;
  struct Bucket {
    uint32_t parent;
    int64_t number;            ///< encoded value of numeric terms
    const std::string* term;   ///< of keyword terms, owned here; null for numbers
    uint64_t count;
  };

  TermBuckets(ValueSource& source, const IncludeExclude& filter) : source_(source), filter_(filter) {}

  /// Call after the source's bind; whether terms are text (else numbers).
  void bind(bool text) { text_ = text; }
  void begin_segment();
  /// Calls visit(bucket, i) for each document i of the batch and each of its terms that the filter lets through.
  template <class Visit>
  void for_each(const DocBatch& batch, Visit&& visit) {
    for (size_t i = 0; i < batch.count; ++i) parents_ = std::max(parents_, batch.buckets[i] + 1);
    if (text_) {
      source_.for_each_ordinal(batch.docs, batch.count, [&](size_t i, Ordinal ordinal) {
        const uint32_t parent = batch.buckets[i];
        uint32_t bucket = parent == 0 && ordinal < root_slots_.size() ? root_slots_[ordinal] : kUnseen;
        if (bucket == kUnseen) bucket = of_ordinal(parent, ordinal);
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
  uint32_t of_ordinal(uint32_t parent, Ordinal ordinal);
  uint32_t of_term(uint32_t parent, const std::string& term);
  uint32_t of_number(uint32_t parent, int64_t encoded);
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
    return buckets_.capacity() * sizeof(Bucket) + keys_.memory_bytes() + slots_.memory_bytes() + terms_.size() * 96 + term_bytes_ + root_slots_.capacity() * 4;
  }

 private:
  static constexpr uint32_t kUnseen = UINT32_MAX;
  bool number_wanted(int64_t encoded);

  ValueSource& source_;
  const IncludeExclude& filter_;
  bool text_ = false;
  uint32_t parents_ = 0;
  std::vector<Bucket> buckets_;
  BucketMap keys_;                                        // (parent, term number or encoded value) -> bucket
  std::unordered_map<std::string, uint32_t> terms_;       // node-based: keys keep their address
  size_t term_bytes_ = 0;
  std::vector<bool> allowed_;                             // by term number: include and exclude
  std::unordered_map<int64_t, bool> number_allowed_;
  std::vector<std::string> all_terms_;
  std::vector<int64_t> all_numbers_;
  // The current segment's translation of ordinals.
  std::vector<uint32_t> root_slots_;
  BucketMap slots_;
  std::vector<uint32_t> slot_buckets_;
};

}  // namespace tarn::query

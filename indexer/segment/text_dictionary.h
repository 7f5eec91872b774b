#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "indexer/segment/blob.h"
#include "indexer/segment/doc_set.h"
#include "indexer/segment/postings.h"

namespace tarn::segment {

/// What a text field keeps of its mapping.
struct TextOptions {
  bool norms = true;
  bool freqs = true;
  bool positions = true;
};

/// Terms of one text field in byte order, front-coded in blocks of kBlockTerms, with frequencies; field statistics; the
/// documents that have a token; and token ordinals, which number the terms by falling frequency so that frequent ones
/// take one byte in the token column (FORMAT.md, "Text dictionary"). A term's rank is its place in byte order.
class TextDictionary {
 public:
  static constexpr uint32_t kBlockTerms = 16;

  explicit TextDictionary(Blob blob);

  const TextOptions& options() const { return options_; }
  const FieldStatistics& statistics() const { return statistics_; }
  uint32_t doc_count() const { return doc_count_; }
  uint32_t term_count() const { return term_count_; }
  void or_presence_into(Bitset& out) const { presence_.or_into(out); }

  std::optional<uint32_t> find(std::string_view term) const;
  uint32_t lower_bound(std::string_view term) const;
  std::string term(uint32_t rank) const;
  uint32_t doc_freq(uint32_t rank) const { return static_cast<uint32_t>(doc_freqs_[rank]); }
  uint64_t total_term_freq(uint32_t rank) const { return doc_freqs_[rank] + extra_freqs_[rank]; }
  uint32_t ordinal_of(uint32_t rank) const { return static_cast<uint32_t>(ordinals_[rank]); }
  uint32_t rank_of(uint32_t ordinal) const { return static_cast<uint32_t>(ranks_[ordinal]); }
  const Blob& blob() const { return blob_; }

  /// Walks terms from a rank on.
  class Walk {
   public:
    Walk(const TextDictionary& dictionary, uint32_t rank);
    bool done() const { return rank_ >= dictionary_->term_count_; }
    uint32_t rank() const { return rank_; }
    const std::string& term() const { return term_; }
    void next();

   private:
    void read();
    const TextDictionary* dictionary_;
    uint32_t rank_;
    const char* at_ = nullptr;
    std::string term_;
  };

 private:
  std::string_view block_first(uint32_t block) const;

  Blob blob_;
  TextOptions options_;
  FieldStatistics statistics_;
  uint32_t doc_count_ = 0;
  uint32_t term_count_ = 0;
  PackedArray doc_freqs_;
  PackedArray extra_freqs_;   // total term frequency - document frequency
  PackedArray ordinals_;      // of each rank; empty without positions
  PackedArray ranks_;         // of each ordinal
  PackedArray blocks_;        // where each block begins in bytes_
  const char* bytes_ = nullptr;
  DocSet presence_;
};

/// Terms in, dictionary out. Terms come in byte order.
class TextDictionaryWriter {
 public:
  TextDictionaryWriter(TextOptions options, uint32_t doc_count) : options_(options), doc_count_(doc_count) {}
  void add(std::string_view term, uint32_t doc_freq, uint64_t total_term_freq);
  uint32_t term_count() const { return static_cast<uint32_t>(doc_freqs_.size()); }
  /// Token ordinals by rank; valid after the last add().
  const std::vector<uint32_t>& ordinals();
  Blob finish(const Bitset& presence);

 private:
  TextOptions options_;
  uint32_t doc_count_;
  std::vector<uint32_t> doc_freqs_;
  std::vector<uint64_t> extra_freqs_;
  std::vector<uint64_t> blocks_;
  std::vector<uint32_t> ordinals_;
  BlobWriter bytes_;
  std::string previous_;
};

}  // namespace tarn::segment

#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "indexer/base/ids.h"
#include "indexer/segment/bitset.h"

namespace tarn {

/// Lucene's one-byte field length (SmallFloat.intToByte4) and back. Lengths below 40 are exact.
uint8_t encode_norm(uint32_t length);
uint32_t decode_norm(uint8_t norm);

/// The documents of one term in one segment, decoded: parallel arrays in order of doc id, with bounds per block so that a
/// top-k loop can skip blocks that cannot enter the top k. Immutable, shared; the same type for young and flushed segments.
struct PostingList {
  static constexpr uint32_t kBlock = 128;
  std::vector<LocalDocId> docs;
  std::vector<uint16_t> freqs;       ///< saturated at 65535
  std::vector<uint8_t> norms;        ///< encode_norm of the field's length in the document; 0 where the field has no norms
  /// What a block can hold: its largest frequency, and the least norm among its postings of frequency i + 1 or more (255 if there
  /// is none). Nearly as tight as Lucene's impacts, since few frequencies are above kFreqClasses.
  static constexpr uint32_t kFreqClasses = 4;
  struct Bound {
    LocalDocId last_doc;
    uint16_t max_freq = 0;
    std::array<uint8_t, kFreqClasses> min_norms{255, 255, 255, 255};

    void add(uint16_t freq, uint8_t norm) {
      max_freq = std::max(max_freq, freq);
      const uint32_t top = std::min<uint32_t>(freq, kFreqClasses);
      for (uint32_t i = 0; i < top; ++i) min_norms[i] = std::min(min_norms[i], norm);
    }
  };
  std::vector<Bound> bounds;         ///< one a block of kBlock postings
  uint64_t total_term_freq = 0;
  uint32_t doc_freq() const { return static_cast<uint32_t>(docs.size()); }
  size_t memory_bytes() const { return docs.size() * 7 + bounds.size() * sizeof(Bound) + sizeof(*this); }
};

/// One token of a token column.
struct ColumnToken {
  uint32_t term;       ///< ordinal in the field's token dictionary
  int32_t position;    ///< absolute; values of an array are position_increment_gap apart
};

/// Collection statistics of one field in one segment, deleted documents included, as Lucene counts them.
struct FieldStatistics {
  uint64_t doc_count = 0;              ///< documents with at least one token
  uint64_t sum_total_term_freq = 0;
  uint64_t sum_doc_freq = 0;
};

/// Terms in byte order. next() first; false at the end.
class TermCursor {
 public:
  virtual ~TermCursor() = default;
  virtual bool next() = 0;
  virtual std::string_view term() const = 0;   ///< valid until the next call
  virtual uint32_t doc_freq() const = 0;
};

/// Postings, term dictionary and token column of one text field in one segment. Immutable; any thread may call.
class TextIndex {
 public:
  virtual ~TextIndex() = default;
  virtual FieldStatistics statistics() const = 0;
  virtual void or_presence_into(Bitset& out) const = 0;  ///< documents with at least one token
  /// Null if no document has the term. Comes from the shared, byte-bounded posting cache where it was read before.
  virtual std::shared_ptr<const PostingList> postings(std::string_view term) const = 0;
  /// Document frequency without decoding the list; 0 if absent.
  virtual uint32_t doc_freq(std::string_view term) const = 0;
  virtual uint64_t total_term_freq(std::string_view term) const = 0;
  /// Terms at or after `from`, in byte order.
  virtual std::unique_ptr<TermCursor> terms(std::string_view from) const = 0;

  /// Token column. Appends the tokens of the document in order of position; nothing without positions.
  virtual void tokens(LocalDocId doc, std::vector<ColumnToken>& out) const = 0;
  /// The same as stored (FORMAT.md, "Tokens"; token_bytes.h reads them); 32 bytes behind may be read, too.
  virtual std::string_view token_bytes(LocalDocId doc) const = 0;
  /// Ordinal of a term in the token dictionary (not in the order of terms), or nothing.
  virtual std::optional<uint32_t> token_ordinal(std::string_view term) const = 0;
  virtual std::string token_term(uint32_t ordinal) const = 0;
  virtual size_t memory_bytes() const = 0;
};

}  // namespace tarn

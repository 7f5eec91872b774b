#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "indexer/base/ids.h"
#include "indexer/segment/bitset.h"

namespace tarn {

/// Values of several documents at once: the values of docs[i] are values[offsets[i] .. offsets[i+1]).
template <class Value>
struct MultiValues {
  std::vector<uint32_t> offsets;  ///< count + 1
  std::vector<Value> values;
};

/// Doc values of one numeric-like field of one segment (ColumnKind kInt64, kUnsigned, kDouble, kGeoPoint): frame of reference,
/// bit-packed, in blocks of kBlockDocs documents with minimum and maximum. A document's values are sorted ascending
/// (duplicates kept). Immutable; any thread may call.
class NumericColumn {
 public:
  static constexpr uint32_t kBlockDocs = 4096;
  virtual ~NumericColumn() = default;

  virtual uint32_t doc_count() const = 0;            ///< of the segment
  virtual uint32_t present_count() const = 0;        ///< documents with a value
  virtual uint64_t value_count() const = 0;
  bool multi_valued() const { return value_count() > present_count(); }
  bool dense() const { return present_count() == doc_count(); }
  virtual bool has(LocalDocId doc) const = 0;
  virtual void or_presence_into(Bitset& out) const = 0;

  virtual int64_t min() const = 0;                   ///< of all values; undefined without values
  virtual int64_t max() const = 0;
  struct BlockRange { int64_t min, max; uint32_t present; };  ///< min > max where no document has a value
  virtual BlockRange block(uint32_t block) const = 0;

  /// The smallest (or only) value; `missing` where there is none.
  virtual int64_t first(LocalDocId doc, int64_t missing) const = 0;
  /// Appends all values of the document, ascending.
  virtual void values(LocalDocId doc, std::vector<int64_t>& out) const = 0;

  /// For `count` ascending documents: out[i] = first(docs[i], missing). The fast path of sorts and aggregations.
  virtual void gather(const LocalDocId* docs, size_t count, int64_t missing, int64_t* out) const = 0;
  /// All values of `count` ascending documents.
  virtual void gather_all(const LocalDocId* docs, size_t count, MultiValues<int64_t>& out) const = 0;
  /// Adds to `out` every document with some value in [low, high].
  virtual void or_range_into(int64_t low, int64_t high, Bitset& out) const = 0;
  /// Adds every document with some value among `sorted_values`.
  virtual void or_terms_into(const std::vector<int64_t>& sorted_values, Bitset& out) const = 0;
  virtual size_t memory_bytes() const = 0;           ///< heap, not mapped
};

constexpr Ordinal kNoOrdinal = UINT32_MAX;

/// Doc values and inverted bitmaps of one keyword-like field of one segment (ColumnKind kKeyword, kIp, kBytes): a sorted
/// dictionary, ordinals for each document (sorted, distinct), and for each ordinal the documents that have it.
class KeywordColumn {
 public:
  virtual ~KeywordColumn() = default;

  virtual uint32_t doc_count() const = 0;
  virtual uint32_t present_count() const = 0;
  virtual uint64_t value_count() const = 0;          ///< (document, distinct term) pairs
  bool multi_valued() const { return value_count() > present_count(); }
  bool dense() const { return present_count() == doc_count(); }
  virtual bool has(LocalDocId doc) const = 0;
  virtual void or_presence_into(Bitset& out) const = 0;

  virtual Ordinal ordinal_count() const = 0;
  /// Valid as long as the column.
  virtual std::string_view term(Ordinal ordinal) const = 0;
  virtual std::optional<Ordinal> find(std::string_view term) const = 0;
  /// First ordinal whose term is not below `term`; ordinal_count() if none.
  virtual Ordinal lower_bound(std::string_view term) const = 0;
  virtual uint32_t doc_freq(Ordinal ordinal) const = 0;
  /// Adds the documents of every ordinal in [begin, end).
  virtual void or_docs_into(Ordinal begin, Ordinal end, Bitset& out) const = 0;

  virtual Ordinal first(LocalDocId doc) const = 0;   ///< smallest, or kNoOrdinal
  virtual void ordinals(LocalDocId doc, std::vector<Ordinal>& out) const = 0;  ///< appends
  virtual void gather(const LocalDocId* docs, size_t count, Ordinal* out) const = 0;  ///< first() of each
  virtual void gather_all(const LocalDocId* docs, size_t count, MultiValues<Ordinal>& out) const = 0;
  /// counts[o] += how many of `documents` have the term, for every ordinal. The whole of a facet in one call.
  virtual void count_in(const Bitset& documents, uint32_t* counts) const = 0;
  virtual size_t memory_bytes() const = 0;
};

}  // namespace tarn

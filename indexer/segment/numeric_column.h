#pragma once

#include <memory>
#include <vector>

#include "indexer/segment/column.h"
#include "indexer/segment/packed_column.h"

namespace tarn::segment {

/// How the integers of a column become small ones: value = transform(base + raw * step). Keeps the order of values.
struct NumericCodec {
  enum Transform : uint8_t {
    kInteger = 0,        ///< the value itself
    kDecimal = 1,        ///< n / 10^exponent as a double, in sortable form
    kDecimalFloat = 2,   ///< the same, rounded to a float
  };
  int64_t base = 0;
  uint64_t step = 1;
  uint8_t transform = kInteger;
  uint8_t exponent = 0;
  double power = 1;      ///< 10^exponent

  int64_t integer(uint64_t raw) const { return static_cast<int64_t>(static_cast<uint64_t>(base) + raw * step); }
  int64_t decimal(int64_t n) const;
  int64_t value(uint64_t raw) const {
    return transform == kInteger ? integer(raw) : decimal(integer(raw));
  }
  /// The raw values [low_raw, high_raw] within [0, max_raw] whose values lie in [low, high]; false if there are none.
  bool raw_range(int64_t low, int64_t high, uint64_t max_raw, uint64_t& low_raw, uint64_t& high_raw) const;
  /// The raw form of a value, or false where this codec cannot express it.
  bool raw_of(int64_t value, uint64_t& raw) const;
};

class PackedNumericColumn final : public NumericColumn {
 public:
  explicit PackedNumericColumn(Blob blob);

  uint32_t doc_count() const override { return column_.doc_count(); }
  uint32_t present_count() const override { return column_.present_count(); }
  uint64_t value_count() const override { return column_.value_count(); }
  bool has(LocalDocId doc) const override { return column_.has(doc); }
  void or_presence_into(Bitset& out) const override { column_.or_presence_into(out); }
  int64_t min() const override { return codec_.value(column_.min()); }
  int64_t max() const override { return codec_.value(column_.max()); }
  BlockRange block(uint32_t block) const override;
  int64_t first(LocalDocId doc, int64_t missing) const override;
  void values(LocalDocId doc, std::vector<int64_t>& out) const override;
  void gather(const LocalDocId* docs, size_t count, int64_t missing, int64_t* out) const override;
  void gather_all(const LocalDocId* docs, size_t count, MultiValues<int64_t>& out) const override;
  void or_range_into(int64_t low, int64_t high, Bitset& out) const override;
  void or_terms_into(const std::vector<int64_t>& sorted_values, Bitset& out) const override;
  size_t memory_bytes() const override { return blob_.heap_bytes(); }

  const PackedColumn& column() const { return column_; }
  const NumericCodec& codec() const { return codec_; }
  bool doubles() const { return doubles_; }   ///< values are sortable doubles
  const Blob& blob() const { return blob_; }
  /// Appends all values with their documents.
  void decode(uint32_t block, std::vector<LocalDocId>& docs, std::vector<int64_t>& values) const;

 private:
  Blob blob_;
  NumericCodec codec_;
  bool doubles_ = false;
  PackedColumn column_;
};

/// The column where docs[i] has values[i]; docs ascend, values of one document are sorted here (in place). Null docs: every
/// document has one. `doubles`: values are sortable doubles, which often are short decimals.
Blob encode_numbers(uint32_t doc_count, const LocalDocId* docs, int64_t* values, size_t count, bool doubles);

/// `docs[i]` (ascending, distinct) loses its values and gets the values [offsets[i], offsets[i+1]) instead. Blocks without such a
/// document are copied as they are. Null if no document has a value afterwards. `column` may be null.
std::shared_ptr<const PackedNumericColumn> patch_numbers(const PackedNumericColumn* column, uint32_t doc_count, bool doubles,
                                                         const std::vector<LocalDocId>& docs,
                                                         const std::vector<uint32_t>& offsets,
                                                         std::vector<int64_t> values);

}  // namespace tarn::segment

#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "indexer/base/ids.h"
#include "indexer/segment/bitset.h"
#include "indexer/segment/blob.h"
#include "indexer/segment/column.h"

namespace tarn::segment {

/// Unsigned values per document in blocks of 4,096 documents: frame of reference, bit-packed, with the minimum and maximum
/// of each block. The common body of numeric columns (codec on top), ordinals of keyword columns and row maps.
/// The layout is in FORMAT.md, "Packed column". Immutable.
class PackedColumn {
 public:
  static constexpr uint32_t kBlockDocs = NumericColumn::kBlockDocs;

  enum Flags : uint8_t { kEmpty = 0, kFull = 1, kBitmap = 2, kList = 3, kPresenceMask = 3, kMulti = 4 };

  struct Block {  // as it lies on disk
    uint64_t min;
    uint64_t max;
    uint64_t offset;   // from the column's begin
    uint32_t values;
    uint16_t present;
    uint8_t width;
    uint8_t flags;
  };
  static_assert(sizeof(Block) == 32);

  PackedColumn() = default;
  /// Parses at the reader's position and moves it behind the column.
  explicit PackedColumn(BlobReader& reader);

  uint32_t doc_count() const { return doc_count_; }
  uint32_t present_count() const { return present_count_; }
  uint64_t value_count() const { return value_count_; }
  uint32_t block_count() const { return (doc_count_ + kBlockDocs - 1) / kBlockDocs; }
  const Block& block(uint32_t b) const { return blocks_[b]; }
  uint64_t min() const { return min_; }
  uint64_t max() const { return max_; }

  bool has(LocalDocId doc) const { return rank(view(doc / kBlockDocs), doc % kBlockDocs) != kAbsent; }
  void or_presence_into(Bitset& out) const;
  /// Smallest value of the document; false if it has none.
  bool first(LocalDocId doc, uint64_t& value) const;
  /// Calls visit(raw) for each value of the document, ascending.
  template <class Visit>
  void visit_values(LocalDocId doc, Visit&& visit) const;

  /// Calls visit(raw) for every value of `count` ascending documents.
  template <class Visit>
  void visit_all(const LocalDocId* docs, size_t count, Visit&& visit) const;

  template <class Out, class Map>
  void gather(const LocalDocId* docs, size_t count, Out missing, Out* out, Map map) const;
  template <class Out, class Map>
  void gather_all(const LocalDocId* docs, size_t count, MultiValues<Out>& out, Map map) const;

  void or_range_into(uint64_t low, uint64_t high, Bitset& out) const;
  void or_terms_into(const std::vector<uint64_t>& sorted, Bitset& out) const;

  /// Appends every value of the block with the document (within the block) that has it, in order.
  void decode_block(uint32_t b, std::vector<uint16_t>& docs, std::vector<uint64_t>& values) const;
  /// The encoded bytes of a block, to be copied unchanged.
  std::string_view block_bytes(uint32_t b) const;

 private:
  static constexpr uint32_t kAbsent = UINT32_MAX;

  struct View {
    const uint64_t* bitmap = nullptr;
    const uint16_t* ranks = nullptr;   // of the bitmap's words
    const uint16_t* list = nullptr;
    PackedArray offsets;               // kMulti: of the values of the i-th present document
    const char* values = nullptr;
    uint64_t min = 0;
    uint32_t width = 0;
    uint32_t count = 0;
    uint16_t present = 0;
    uint8_t flags = 0;
    uint64_t value(uint64_t i) const { return min + read_packed(values, width, i); }
    uint64_t begin(uint32_t rank) const { return flags & kMulti ? offsets[rank] : rank; }
  };
  View view(uint32_t b) const;
  static uint32_t rank(const View& view, uint32_t doc);
  static size_t block_size(const Block& block);
  void or_block_presence(uint32_t b, const View& view, Bitset& out) const;
  void or_mask(uint32_t b, const View& view, const uint64_t* mask, Bitset& out) const;
  static void expand_docs(const View& view, uint16_t* docs);
  uint32_t docs_in(uint32_t b) const { return std::min(kBlockDocs, doc_count_ - b * kBlockDocs); }

  template <class Out, class Map>
  void gather_full(const View& view, const LocalDocId* docs, size_t count, Out* out, Map map) const;

  const char* data_ = nullptr;
  const Block* blocks_ = nullptr;
  uint32_t doc_count_ = 0;
  uint32_t present_count_ = 0;
  uint64_t value_count_ = 0;
  uint64_t min_ = ~0ull;
  uint64_t max_ = 0;
};

/// Writes a packed column block by block.
class PackedColumnWriter {
 public:
  PackedColumnWriter(BlobWriter& out, uint32_t doc_count);
  /// The next block; `docs` (within the block) ascend, values of one document ascend. Null docs: value i is of document i.
  template <class Value>
  void add_block(const uint16_t* docs, const Value* values, size_t count);
  void copy_block(const PackedColumn& from, uint32_t b);
  void finish();
  uint64_t value_count() const { return value_count_; }

 private:
  void put_presence(const uint16_t* docs, size_t count, uint32_t docs_in_block, PackedColumn::Block& block);

  BlobWriter& out_;
  size_t begin_;
  uint32_t doc_count_;
  std::vector<PackedColumn::Block> blocks_;
  uint32_t present_count_ = 0;
  uint64_t value_count_ = 0;
};

/// A whole column: docs[i] has values[i]; docs ascend, values of one document ascend. Null docs: every document has one.
template <class Value>
void write_packed_column(BlobWriter& out, uint32_t doc_count, const LocalDocId* docs, const Value* values, size_t count);

// Templates.

template <class Visit>
void PackedColumn::visit_values(LocalDocId doc, Visit&& visit) const {
  const View v = view(doc / kBlockDocs);
  const uint32_t r = rank(v, doc % kBlockDocs);
  if (r == kAbsent) return;
  if (!(v.flags & kMulti)) {
    visit(v.value(r));
    return;
  }
  for (uint64_t i = v.offsets[r], end = v.offsets[r + 1]; i < end; ++i) visit(v.value(i));
}

template <class Visit>
void PackedColumn::visit_all(const LocalDocId* docs, size_t count, Visit&& visit) const {
  uint32_t current = UINT32_MAX;
  View v;
  for (size_t i = 0; i < count; ++i) {
    if (docs[i] / kBlockDocs != current) v = view(current = docs[i] / kBlockDocs);
    const uint32_t r = rank(v, docs[i] % kBlockDocs);
    if (r == kAbsent) continue;
    if (!(v.flags & kMulti)) {
      visit(v.value(r));
    } else {
      for (uint64_t p = v.offsets[r], end = v.offsets[r + 1]; p < end; ++p) visit(v.value(p));
    }
  }
}

template <class Out, class Map>
void PackedColumn::gather_full(const View& v, const LocalDocId* docs, size_t count, Out* out, Map map) const {
  const uint32_t first = docs[0] % kBlockDocs;
  const size_t span = docs[count - 1] - docs[0] + 1;
  if (v.width == 0) {
    std::fill(out, out + count, map(v.min));
  } else if (count >= 16 && count * 4 >= span && (sizeof(Out) == 8 || v.width <= 32)) {
    using Raw = std::conditional_t<sizeof(Out) == 8, uint64_t, uint32_t>;
    Raw raw[kBlockDocs];
    unpack(v.values, v.width, first, span, raw);
    bool contiguous = span == count;  // callers may repeat a document, so the span alone does not say it
    for (size_t i = 0; i < count && contiguous; ++i) contiguous = docs[i] == docs[0] + i;
    if (contiguous) {
      for (size_t i = 0; i < count; ++i) out[i] = map(v.min + raw[i]);
    } else {
      for (size_t i = 0; i < count; ++i) out[i] = map(v.min + raw[docs[i] - docs[0]]);
    }
  } else {
    for (size_t i = 0; i < count; ++i) out[i] = map(v.value(docs[i] % kBlockDocs));
  }
}

template <class Out, class Map>
void PackedColumn::gather(const LocalDocId* docs, size_t count, Out missing, Out* out, Map map) const {
  for (size_t i = 0; i < count;) {
    const uint32_t b = docs[i] / kBlockDocs;
    const uint64_t limit = (static_cast<uint64_t>(b) + 1) * kBlockDocs;
    size_t end = count;
    if (docs[count - 1] >= limit) {
      end = std::lower_bound(docs + i, docs + std::min<size_t>(count, i + kBlockDocs), limit) - docs;
    }
    const View v = view(b);
    if ((v.flags & (kPresenceMask | kMulti)) == kFull) {
      gather_full(v, docs + i, end - i, out + i, map);
    } else if ((v.flags & kPresenceMask) == kEmpty) {
      std::fill(out + i, out + end, missing);
    } else {
      for (size_t j = i; j < end; ++j) {
        const uint32_t r = rank(v, docs[j] % kBlockDocs);
        out[j] = r == kAbsent ? missing : map(v.value(v.begin(r)));
      }
    }
    i = end;
  }
}

template <class Out, class Map>
void PackedColumn::gather_all(const LocalDocId* docs, size_t count, MultiValues<Out>& out, Map map) const {
  out.offsets.resize(count + 1);
  out.values.clear();
  uint32_t current = UINT32_MAX;
  View v;
  for (size_t i = 0; i < count; ++i) {
    out.offsets[i] = static_cast<uint32_t>(out.values.size());
    if (docs[i] / kBlockDocs != current) v = view(current = docs[i] / kBlockDocs);
    const uint32_t r = rank(v, docs[i] % kBlockDocs);
    if (r == kAbsent) continue;
    if (!(v.flags & kMulti)) {
      out.values.push_back(map(v.value(r)));
    } else {
      for (uint64_t p = v.offsets[r], end = v.offsets[r + 1]; p < end; ++p) out.values.push_back(map(v.value(p)));
    }
  }
  out.offsets[count] = static_cast<uint32_t>(out.values.size());
}

template <class Value>
void PackedColumnWriter::add_block(const uint16_t* docs, const Value* values, size_t count) {
  const uint32_t docs_in_block =
      std::min(PackedColumn::kBlockDocs,
               doc_count_ - static_cast<uint32_t>(blocks_.size()) * PackedColumn::kBlockDocs);
  PackedColumn::Block block{~0ull, 0, 0, static_cast<uint32_t>(count), 0, 0, 0};
  out_.align();
  block.offset = out_.size() - begin_;
  if (count != 0) {
    uint64_t low = values[0], high = values[0];
    for (size_t i = 0; i < count; ++i) {
      low = std::min<uint64_t>(low, values[i]);
      high = std::max<uint64_t>(high, values[i]);
    }
    block.min = low;
    block.max = high;
    block.width = static_cast<uint8_t>(packed_width(high - low));
    put_presence(docs, count, docs_in_block, block);
    PackedWriter out(out_.reserve(packed_bytes(count, block.width)), block.width);
    for (size_t i = 0; i < count; ++i) out.add(values[i] - low);
    out.finish();
  }
  present_count_ += block.present;
  value_count_ += count;
  blocks_.push_back(block);
}

template <class Value>
void write_packed_column(BlobWriter& out, uint32_t doc_count, const LocalDocId* docs, const Value* values,
                         size_t count) {
  PackedColumnWriter writer(out, doc_count);
  std::vector<uint16_t> local;
  size_t begin = 0;
  for (uint64_t base = 0; base < doc_count; base += PackedColumn::kBlockDocs) {
    size_t end = begin;
    if (docs == nullptr) {
      end = std::min<size_t>(count, base + PackedColumn::kBlockDocs);
      writer.add_block(nullptr, values + begin, end - begin);
    } else {
      local.clear();
      for (; end < count && docs[end] < base + PackedColumn::kBlockDocs; ++end) {
        local.push_back(static_cast<uint16_t>(docs[end] - base));
      }
      writer.add_block(local.data(), values + begin, end - begin);
    }
    begin = end;
  }
  writer.finish();
}

}  // namespace tarn::segment

#include "indexer/segment/packed_column.h"

#include <bit>

namespace tarn::segment {
namespace {

constexpr uint32_t kWords = PackedColumn::kBlockDocs / 64;
constexpr size_t kBitmapBytes = kWords * 8 + kWords * 2;
constexpr uint32_t kListMax = kBitmapBytes / 2;  // a list of 16-bit documents is no larger than a bitmap with ranks

struct Header {  // as it lies on disk, before the block table
  uint32_t doc_count;
  uint32_t present_count;
  uint64_t value_count;
  uint64_t size;          // of the whole column, header included
  uint64_t table_offset;  // of the blocks
};

size_t align8(size_t n) { return (n + 7) & ~size_t{7}; }

/// 64 bits of a bit string that begin at any bit.
uint64_t bits_at(const uint64_t* words, size_t bit) {
  const size_t w = bit / 64, shift = bit % 64;
  return shift == 0 ? words[w] : words[w] >> shift | words[w + 1] << (64 - shift);
}

}  // namespace

PackedColumn::PackedColumn(BlobReader& reader) {
  reader.align();
  const size_t begin = reader.position();
  const auto header = reader.get<Header>();
  if (header.size < sizeof(Header) || header.table_offset < sizeof(Header) || header.table_offset > header.size) {
    reader.fail("bad packed column");
  }
  doc_count_ = header.doc_count;
  present_count_ = header.present_count;
  value_count_ = header.value_count;
  reader.seek(begin);
  data_ = reader.take(header.size);
  const size_t end = reader.position();
  reader.seek(begin + header.table_offset);
  blocks_ = reader.array<Block>(block_count());
  if (reader.position() > end) reader.fail("block table out of range");
  reader.seek(end);
  reader.take(kPackedSlack);  // may be touched by unaligned loads
  reader.seek(end);

  uint64_t present = 0, values = 0;
  for (uint32_t b = 0; b < block_count(); ++b) {
    const Block& block = blocks_[b];
    present += block.present;
    values += block.values;
    const bool empty = (block.flags & kPresenceMask) == kEmpty;
    if (block.present > docs_in(b) || block.values < block.present || empty != (block.values == 0) ||
        block.width > 64 || (block.width > 56 && block.width != 64) || block.offset > header.table_offset ||
        block_size(block) > header.table_offset - block.offset || block.offset % 8 != 0) {
      reader.fail("bad block of a packed column");
    }
    if (empty) continue;
    min_ = std::min(min_, block.min);
    max_ = std::max(max_, block.max);
  }
  if (present != present_count_ || values != value_count_) reader.fail("bad counts of a packed column");
}

size_t PackedColumn::block_size(const Block& block) {
  size_t size = 0;
  if ((block.flags & kPresenceMask) == kBitmap) size += kBitmapBytes;
  if ((block.flags & kPresenceMask) == kList) size += align8(block.present * 2);
  if (block.flags & kMulti) size += align8(packed_bytes(block.present + 1ull, packed_width(block.values)));
  return size + align8(packed_bytes(block.values, block.width));
}

std::string_view PackedColumn::block_bytes(uint32_t b) const {
  return {data_ + blocks_[b].offset, block_size(blocks_[b])};
}

PackedColumn::View PackedColumn::view(uint32_t b) const {
  const Block& block = blocks_[b];
  View v;
  const char* p = data_ + block.offset;
  v.min = block.min;
  v.width = block.width;
  v.count = block.values;
  v.present = block.present;
  v.flags = block.flags;
  if ((v.flags & kPresenceMask) == kBitmap) {
    v.bitmap = reinterpret_cast<const uint64_t*>(p);
    v.ranks = reinterpret_cast<const uint16_t*>(p + kWords * 8);
    p += kBitmapBytes;
  } else if ((v.flags & kPresenceMask) == kList) {
    v.list = reinterpret_cast<const uint16_t*>(p);
    p += align8(v.present * 2);
  }
  if (v.flags & kMulti) {
    v.offsets = {p, packed_width(v.count), v.present + 1ull};
    p += align8(packed_bytes(v.present + 1ull, v.offsets.width));
  }
  v.values = p;
  return v;
}

uint32_t PackedColumn::rank(const View& v, uint32_t doc) {
  switch (v.flags & kPresenceMask) {
    case kFull:
      return doc;
    case kBitmap: {
      const uint64_t word = v.bitmap[doc / 64];
      const uint64_t bit = 1ull << (doc % 64);
      if (!(word & bit)) return kAbsent;
      return v.ranks[doc / 64] + static_cast<uint32_t>(std::popcount(word & (bit - 1)));
    }
    case kList: {
      const uint16_t* found = std::lower_bound(v.list, v.list + v.present, doc);
      if (found == v.list + v.present || *found != doc) return kAbsent;
      return static_cast<uint32_t>(found - v.list);
    }
    default:
      return kAbsent;
  }
}

bool PackedColumn::first(LocalDocId doc, uint64_t& value) const {
  const View v = view(doc / kBlockDocs);
  const uint32_t r = rank(v, doc % kBlockDocs);
  if (r == kAbsent) return false;
  value = v.value(v.begin(r));
  return true;
}

void PackedColumn::or_block_presence(uint32_t b, const View& v, Bitset& out) const {
  const uint32_t base = b * kBlockDocs;
  switch (v.flags & kPresenceMask) {
    case kFull:
      out.set_range(base, base + docs_in(b));
      break;
    case kBitmap: {
      uint64_t* words = out.words() + base / 64;
      const uint32_t count = (docs_in(b) + 63) / 64;
      for (uint32_t w = 0; w < count; ++w) words[w] |= v.bitmap[w];
      break;
    }
    case kList:
      for (uint32_t i = 0; i < v.present; ++i) out.set(base + v.list[i]);
      break;
    default:
      break;
  }
}

void PackedColumn::or_presence_into(Bitset& out) const {
  if (present_count_ == doc_count_) {
    out.set_range(0, doc_count_);
    return;
  }
  for (uint32_t b = 0; b < block_count(); ++b) {
    if (blocks_[b].present != 0) or_block_presence(b, view(b), out);
  }
}

void PackedColumn::expand_docs(const View& v, uint16_t* docs) {
  if (v.list != nullptr) {
    std::copy(v.list, v.list + v.present, docs);
  } else if (v.bitmap != nullptr) {
    for (uint32_t w = 0; w < kWords; ++w) {
      for (uint64_t bits = v.bitmap[w]; bits != 0; bits &= bits - 1) {
        *docs++ = static_cast<uint16_t>(w * 64 + std::countr_zero(bits));
      }
    }
  } else {
    for (uint32_t i = 0; i < v.present; ++i) docs[i] = static_cast<uint16_t>(i);
  }
}

void PackedColumn::or_mask(uint32_t b, const View& v, const uint64_t* mask, Bitset& out) const {
  uint64_t* words = out.words() + static_cast<size_t>(b) * kWords;
  const uint32_t word_count = (docs_in(b) + 63) / 64;
  if (v.flags & kMulti) {
    uint16_t docs[kBlockDocs];
    expand_docs(v, docs);
    uint32_t r = 0;
    uint64_t end = v.offsets[1];
    for (uint32_t w = 0; w < (v.count + 63) / 64; ++w) {
      for (uint64_t bits = mask[w]; bits != 0; bits &= bits - 1) {
        const uint64_t i = w * 64ull + std::countr_zero(bits);
        while (i >= end) end = v.offsets[++r + 1];
        words[docs[r] / 64] |= 1ull << (docs[r] % 64);
      }
    }
  } else if (v.bitmap != nullptr) {
    for (uint32_t w = 0; w < word_count; ++w) {
      if (v.bitmap[w] != 0) words[w] |= deposit_bits(bits_at(mask, v.ranks[w]), v.bitmap[w]);
    }
  } else if (v.list != nullptr) {
    for (uint32_t i = 0; i < v.present; ++i) {
      if (mask[i / 64] >> (i % 64) & 1) words[v.list[i] / 64] |= 1ull << (v.list[i] % 64);
    }
  } else {
    for (uint32_t w = 0; w < word_count; ++w) words[w] |= mask[w];
  }
}

namespace {

/// Room for one bit a value of a block; blocks with many values are rare.
class Mask {
 public:
  explicit Mask(size_t values) {
    const size_t words = values / 64 + 2;  // one more: bits_at() looks ahead
    if (words > kWords + 2) {
      large_.resize(words);
      words_ = large_.data();
    } else {
      words_ = small_;
    }
    words_[words - 1] = words_[words - 2] = 0;
  }
  uint64_t* words() { return words_; }

 private:
  uint64_t small_[kWords + 2];
  std::vector<uint64_t> large_;
  uint64_t* words_;
};

}  // namespace

void PackedColumn::or_range_into(uint64_t low, uint64_t high, Bitset& out) const {
  if (low > high || value_count_ == 0 || low > max_ || high < min_) return;
  if (low <= min_ && high >= max_) return or_presence_into(out);
  for (uint32_t b = 0; b < block_count(); ++b) {
    const Block& block = blocks_[b];
    if (block.present == 0 || low > block.max || high < block.min) continue;
    const View v = view(b);
    if (low <= block.min && high >= block.max) {
      or_block_presence(b, v, out);
      continue;
    }
    Mask mask(v.count);
    match_packed(v.values, v.width, v.count, low > v.min ? low - v.min : 0, high - v.min, mask.words());
    or_mask(b, v, mask.words(), out);
  }
}

void PackedColumn::or_terms_into(const std::vector<uint64_t>& sorted, Bitset& out) const {
  constexpr size_t kRangeMax = 3;  // so many kernel passes are cheaper than a look-up of every value
  std::vector<uint64_t> values(kBlockDocs);
  std::vector<uint64_t> members;
  for (uint32_t b = 0; b < block_count(); ++b) {
    const Block& block = blocks_[b];
    if (block.present == 0) continue;
    const auto from = std::lower_bound(sorted.begin(), sorted.end(), block.min);
    const auto to = std::upper_bound(from, sorted.end(), block.max);
    if (from == to) continue;
    const View v = view(b);
    Mask mask(v.count);
    if (static_cast<size_t>(to - from) <= kRangeMax) {
      for (auto term = from; term != to; ++term) {
        match_packed(v.values, v.width, v.count, *term - v.min, *term - v.min, mask.words());
        or_mask(b, v, mask.words(), out);
      }
      continue;
    }
    values.resize(std::max<size_t>(values.size(), v.count));
    unpack(v.values, v.width, 0, v.count, values.data());
    std::fill(mask.words(), mask.words() + (v.count + 63) / 64, 0);
    const bool small = block.max - block.min < 1u << 18;
    if (small) {  // a bitmap of the wanted values
      members.assign((block.max - block.min) / 64 + 1, 0);
      for (auto term = from; term != to; ++term) members[(*term - v.min) / 64] |= 1ull << ((*term - v.min) % 64);
    }
    for (uint32_t i = 0; i < v.count; ++i) {
      const uint64_t raw = values[i];
      const bool match = small ? members[raw / 64] >> (raw % 64) & 1 : std::binary_search(from, to, raw + v.min);
      mask.words()[i / 64] |= static_cast<uint64_t>(match) << (i % 64);
    }
    or_mask(b, v, mask.words(), out);
  }
}

void PackedColumn::decode_block(uint32_t b, std::vector<uint16_t>& docs, std::vector<uint64_t>& values) const {
  if (blocks_[b].present == 0) return;
  const View v = view(b);
  const size_t old = values.size();
  values.resize(old + v.count);
  unpack(v.values, v.width, 0, v.count, values.data() + old);
  for (size_t i = old; i < values.size(); ++i) values[i] += v.min;
  docs.resize(old + v.count);
  if (!(v.flags & kMulti)) {
    expand_docs(v, docs.data() + old);
    return;
  }
  uint16_t present[kBlockDocs];
  expand_docs(v, present);
  for (uint32_t r = 0; r < v.present; ++r) {
    std::fill(docs.begin() + old + v.offsets[r], docs.begin() + old + v.offsets[r + 1], present[r]);
  }
}

PackedColumnWriter::PackedColumnWriter(BlobWriter& out, uint32_t doc_count) : out_(out), doc_count_(doc_count) {
  out_.align();
  begin_ = out_.put(Header{});
}

void PackedColumnWriter::put_presence(const uint16_t* docs, size_t count, uint32_t docs_in_block,
                                      PackedColumn::Block& block) {
  if (docs == nullptr) {
    block.present = static_cast<uint16_t>(count);
    block.flags = PackedColumn::kFull;
    return;
  }
  std::vector<uint16_t> present;
  std::vector<uint32_t> offsets;
  present.reserve(std::min<size_t>(count, docs_in_block));
  for (size_t i = 0; i < count; ++i) {
    if (i != 0 && docs[i] == docs[i - 1]) continue;
    present.push_back(docs[i]);
    offsets.push_back(static_cast<uint32_t>(i));
  }
  block.present = static_cast<uint16_t>(present.size());
  if (present.size() == docs_in_block) {
    block.flags = PackedColumn::kFull;
  } else if (present.size() <= kListMax) {
    block.flags = PackedColumn::kList;
    std::memcpy(out_.reserve(present.size() * 2), present.data(), present.size() * 2);
  } else {
    block.flags = PackedColumn::kBitmap;
    char* room = out_.reserve(kBitmapBytes);
    auto* words = reinterpret_cast<uint64_t*>(room);
    auto* ranks = reinterpret_cast<uint16_t*>(room + kWords * 8);
    for (const uint16_t doc : present) words[doc / 64] |= 1ull << (doc % 64);
    uint16_t rank = 0;
    for (uint32_t w = 0; w < kWords; ++w) {
      ranks[w] = rank;
      rank = static_cast<uint16_t>(rank + std::popcount(words[w]));
    }
  }
  if (count > present.size()) {
    block.flags |= PackedColumn::kMulti;
    offsets.push_back(static_cast<uint32_t>(count));
    out_.put_packed_values(offsets, offsets.size(), packed_width(count));
  }
}

void PackedColumnWriter::copy_block(const PackedColumn& from, uint32_t b) {
  PackedColumn::Block block = from.block(b);
  out_.align();
  block.offset = out_.size() - begin_;
  const std::string_view bytes = from.block_bytes(b);
  out_.append(bytes.data(), bytes.size());
  present_count_ += block.present;
  value_count_ += block.values;
  blocks_.push_back(block);
}

void PackedColumnWriter::finish() {
  out_.align();
  const size_t table = out_.size() - begin_;
  out_.append(blocks_.data(), blocks_.size() * sizeof(PackedColumn::Block));
  out_.patch(begin_, Header{doc_count_, present_count_, value_count_, out_.size() - begin_, table});
}

}  // namespace tarn::segment

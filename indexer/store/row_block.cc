#define ZSTD_STATIC_LINKING_ONLY
#define ZDICT_STATIC_LINKING_ONLY
#include "indexer/store/row_block.h"

#include <zdict.h>
#include <zstd.h>

#include <algorithm>

#include "indexer/base/check.h"
#include "indexer/base/error.h"
#include "indexer/store/keys.h"

namespace tarn {
namespace {

constexpr size_t kDictionaryBytes = 64 << 10;

// Contexts hold tables of a few hundred kB; one a thread, kept. What a header would say stands in the block already.
ZSTD_CCtx* compression_context() {
  struct Holder {
    ZSTD_CCtx* context = ZSTD_createCCtx();
    Holder() {
      ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, kRowCompressionLevel);
      ZSTD_CCtx_setParameter(context, ZSTD_c_format, ZSTD_f_zstd1_magicless);
      ZSTD_CCtx_setParameter(context, ZSTD_c_contentSizeFlag, 0);
      ZSTD_CCtx_setParameter(context, ZSTD_c_dictIDFlag, 0);
      ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 0);
    }
    ~Holder() { ZSTD_freeCCtx(context); }
  };
  static thread_local Holder holder;
  return holder.context;
}

ZSTD_DCtx* decompression_context() {
  struct Holder {
    ZSTD_DCtx* context = ZSTD_createDCtx();
    Holder() { ZSTD_DCtx_setParameter(context, ZSTD_d_format, ZSTD_f_zstd1_magicless); }
    ~Holder() { ZSTD_freeDCtx(context); }
  };
  static thread_local Holder holder;
  return holder.context;
}

/// Unpacks one frame and appends its rows, whose slots begin at `first_slot`. False if it is damaged.
bool unpack_frame(std::string_view frame, const RowDictionary* dictionary, uint32_t first_slot, uint32_t span, uint32_t count,
                  uint32_t raw_bytes, std::string& bytes, std::vector<RowView>& rows) {
  if (bytes.size() < raw_bytes) bytes.resize(raw_bytes);
  ZSTD_DCtx* context = decompression_context();
  ZSTD_DCtx_refDDict(context, dictionary != nullptr ? static_cast<const ZSTD_DDict*>(dictionary->decompressor()) : nullptr);
  const size_t size = ZSTD_decompressDCtx(context, bytes.data(), raw_bytes, frame.data(), frame.size());
  if (ZSTD_isError(size) || size != raw_bytes) return false;
  const size_t before = rows.size();
  std::string_view in(bytes.data(), raw_bytes);
  std::string_view sizes = in;
  for (uint32_t i = 0; i < count; ++i) {  // where do the bytes begin?
    uint64_t skipped = 0;
    for (int k = 0; k < 4; ++k) {
      if (!take_varint(in, skipped)) return false;
    }
  }
  uint64_t slot = 0;
  for (uint32_t i = 0; i < count; ++i) {
    uint64_t delta = 0, id = 0, routing = 0, source = 0;
    take_varint(sizes, delta);
    take_varint(sizes, id);
    take_varint(sizes, routing);
    take_varint(sizes, source);
    slot += delta;
    if (slot >= span || id > in.size() || routing > in.size() - id || source > in.size() - id - routing) {
      rows.resize(before);
      return false;
    }
    rows.push_back(RowView{first_slot + static_cast<uint32_t>(slot), in.substr(0, id), in.substr(id, routing),
                           in.substr(id + routing, source)});
    in.remove_prefix(id + routing + source);
    ++slot;
  }
  return true;
}

}  // namespace

RowDictionary::RowDictionary(uint32_t id, std::string bytes)
    : id_(id),
      bytes_(std::move(bytes)),
      compressor_(ZSTD_createCDict_byReference(bytes_.data(), bytes_.size(), kRowCompressionLevel)),
      decompressor_(ZSTD_createDDict_byReference(bytes_.data(), bytes_.size())) {
  CHECK(compressor_ != nullptr && decompressor_ != nullptr);
}

RowDictionary::~RowDictionary() {
  ZSTD_freeCDict(static_cast<ZSTD_CDict*>(compressor_));
  ZSTD_freeDDict(static_cast<ZSTD_DDict*>(decompressor_));
}

std::string RowDictionary::train(const std::vector<std::string>& samples) {
  std::string all;
  std::vector<size_t> sizes;
  for (const std::string& sample : samples) {
    const size_t size = std::min<size_t>(sample.size(), 4096);
    all.append(sample, 0, size);
    sizes.push_back(size);
  }
  std::string out(kDictionaryBytes, '\0');
  ZDICT_fastCover_params_t parameters{};
  parameters.k = 200;
  parameters.d = 8;
  parameters.f = 18;
  parameters.accel = 2;
  parameters.zParams.compressionLevel = kRowCompressionLevel;
  const size_t size = ZDICT_trainFromBuffer_fastCover(out.data(), out.size(), all.data(), sizes.data(),
                                                      static_cast<unsigned>(sizes.size()), parameters);
  if (ZDICT_isError(size)) return {};
  out.resize(size);
  return out;
}

bool parse_row_block_header(std::string_view value, RowBlockHeader& header) {
  std::string_view in = value;
  uint64_t dictionary = 0, span = 0, count = 0, frames = 0;
  if (!take_varint(in, header.generation) || !take_varint(in, dictionary) || !take_varint(in, span) ||
      !take_varint(in, count) || !take_varint(in, frames) || span > UINT32_MAX || count > span || frames > count) {
    return false;
  }
  header.dictionary = static_cast<uint32_t>(dictionary);
  header.span = static_cast<uint32_t>(span);
  header.count = static_cast<uint32_t>(count);
  header.frames = static_cast<uint32_t>(frames);
  header.header_bytes = static_cast<uint32_t>(value.size() - in.size());
  return true;
}

bool RowReader::open(std::string_view value, const RowBlockHeader& header, const RowDictionary* dictionary) {
  value_ = value;
  dictionary_ = dictionary;
  unpacked_ = SIZE_MAX;
  frames_.clear();
  std::string_view in = value.substr(header.header_bytes);
  uint64_t slot = 0, offset = 0;
  for (uint32_t i = 0; i < header.frames; ++i) {
    uint64_t span = 0, count = 0, raw = 0, stored = 0;
    if (!take_varint(in, span) || !take_varint(in, count) || !take_varint(in, raw) || !take_varint(in, stored)) return false;
    if (span > header.span - slot || count > span || raw > UINT32_MAX || stored > value.size()) return false;
    frames_.push_back({static_cast<uint32_t>(slot), static_cast<uint32_t>(span), static_cast<uint32_t>(count),
                       static_cast<uint32_t>(raw), offset, stored});
    slot += span;
    offset += stored;
  }
  if (offset != in.size()) return false;
  for (Frame& frame : frames_) frame.offset += value.size() - in.size();
  return true;
}

RowReader::Found RowReader::find(uint32_t slot, RowView& row) {
  const auto after = std::upper_bound(frames_.begin(), frames_.end(), slot,
                                      [](uint32_t wanted, const Frame& frame) { return wanted < frame.first_slot; });
  if (after == frames_.begin()) return Found::kMissing;
  const auto at = static_cast<size_t>(after - frames_.begin()) - 1;
  if (at != unpacked_) {
    const Frame& frame = frames_[at];
    rows_.clear();
    unpacked_ = SIZE_MAX;
    if (bytes_.capacity() > (1u << 20) && frame.raw_bytes < (1u << 16)) std::string().swap(bytes_);
    if (!unpack_frame(value_.substr(frame.offset, frame.stored_bytes), dictionary_, frame.first_slot, frame.span, frame.count,
                      frame.raw_bytes, bytes_, rows_)) {
      return Found::kDamaged;
    }
    unpacked_ = at;
  }
  const auto it = std::lower_bound(rows_.begin(), rows_.end(), slot,
                                   [](const RowView& r, uint32_t wanted) { return r.slot < wanted; });
  if (it == rows_.end() || it->slot != slot) return Found::kMissing;
  row = *it;
  return Found::kYes;
}

const RowView* DecodedRowBlock::find(uint32_t slot) const {
  if (rows.size() == span && slot < span) return &rows[slot];
  const auto it = std::lower_bound(rows.begin(), rows.end(), slot,
                                   [](const RowView& row, uint32_t wanted) { return row.slot < wanted; });
  return it != rows.end() && it->slot == slot ? &*it : nullptr;
}

std::shared_ptr<const DecodedRowBlock> decode_row_block(std::string_view value, const RowBlockHeader& header,
                                                        const RowDictionary* dictionary) {
  auto block = std::make_shared<DecodedRowBlock>();
  block->span = header.span;
  block->rows.reserve(header.count);
  block->frames.resize(header.frames);
  std::string_view in = value.substr(header.header_bytes);
  struct Frame { uint64_t span, count, raw, stored; };
  std::vector<Frame> frames(header.frames);
  for (Frame& frame : frames) {
    if (!take_varint(in, frame.span) || !take_varint(in, frame.count) || !take_varint(in, frame.raw) ||
        !take_varint(in, frame.stored) || frame.raw > UINT32_MAX || frame.count > frame.span) {
      return nullptr;
    }
  }
  uint64_t slot = 0;
  for (size_t i = 0; i < frames.size(); ++i) {
    const Frame& frame = frames[i];
    if (frame.stored > in.size() || frame.span > header.span - slot) return nullptr;
    // Never grows afterwards: the rows' views point into it.
    if (!unpack_frame(in.substr(0, frame.stored), dictionary, static_cast<uint32_t>(slot), static_cast<uint32_t>(frame.span),
                      static_cast<uint32_t>(frame.count), static_cast<uint32_t>(frame.raw), block->frames[i], block->rows)) {
      return nullptr;
    }
    in.remove_prefix(frame.stored);
    slot += frame.span;
  }
  return block->rows.size() == header.count && in.empty() ? block : nullptr;
}

void RowBlockBuilder::add(uint32_t slot, std::string_view id, std::string_view routing, std::string_view source) {
  if (count_ == 0) {
    // A block begins where the one before ended, so that blocks cover all slots; missing ones inside are gaps.
    first_slot_ = blocks_.empty() ? slot : std::max(next_slot_, slot);
    frame_slot_ = next_slot_ = first_slot_;
  }
  append_varint(sizes_, slot - next_slot_);
  append_varint(sizes_, id.size());
  append_varint(sizes_, routing.size());
  append_varint(sizes_, source.size());
  bytes_.append(id).append(routing).append(source);
  block_raw_ += id.size() + routing.size() + source.size();
  next_slot_ = slot + 1;
  ++count_;
  ++frame_rows_;
  // Without a dictionary, small frames would be as good as not compressed.
  if (dictionary_ && bytes_.size() >= kRowFrameBytes) cut_frame(next_slot_);
  if (block_raw_ >= block_bytes_) cut(next_slot_);
}

void RowBlockBuilder::finish(uint32_t end_slot) {
  if (count_ > 0) cut(std::max(end_slot, next_slot_));
}

void RowBlockBuilder::cut_frame(uint32_t end_slot) {
  if (frame_rows_ == 0) return;
  sizes_.append(bytes_);
  if (sizes_.size() > UINT32_MAX) throw ApiError(413, "illegal_argument_exception", "document is too large to store");
  static thread_local std::string frame;
  if (frame.size() < ZSTD_compressBound(sizes_.size())) frame.resize(ZSTD_compressBound(sizes_.size()));
  ZSTD_CCtx* context = compression_context();
  ZSTD_CCtx_refCDict(context, dictionary_ ? static_cast<const ZSTD_CDict*>(dictionary_->compressor()) : nullptr);
  const size_t size = ZSTD_compress2(context, frame.data(), frame.size(), sizes_.data(), sizes_.size());
  CHECK(!ZSTD_isError(size));
  append_varint(table_, end_slot - frame_slot_);
  append_varint(table_, frame_rows_);
  append_varint(table_, sizes_.size());
  append_varint(table_, size);
  frames_.append(frame, 0, size);
  raw_total_ += sizes_.size();
  ++frame_count_;
  frame_slot_ = end_slot;
  frame_rows_ = 0;
  if (frame.capacity() > (4u << 20)) std::string().swap(frame);
  sizes_.clear();
  bytes_.clear();
}

void RowBlockBuilder::cut(uint32_t end_slot) {
  cut_frame(end_slot);
  Block block;
  block.first_slot = first_slot_;
  block.span = end_slot - first_slot_;
  block.value.reserve(table_.size() + frames_.size() + 20);
  append_varint(block.value, generation_);
  append_varint(block.value, dictionary_ ? dictionary_->id() : 0);
  append_varint(block.value, block.span);
  append_varint(block.value, count_);
  append_varint(block.value, frame_count_);
  block.value.append(table_).append(frames_);
  stored_total_ += block.value.size();
  blocks_.push_back(std::move(block));
  table_.clear();
  frames_.clear();
  count_ = frame_count_ = 0;
  block_raw_ = 0;
}

}  // namespace tarn

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

constexpr size_t kDictionaryBytes = 32 << 10;

// Contexts hold tables of a few hundred kB; one a thread, kept.
ZSTD_CCtx* compression_context() {
  struct Holder {
    ZSTD_CCtx* context = ZSTD_createCCtx();
    ~Holder() { ZSTD_freeCCtx(context); }
  };
  static thread_local Holder holder;
  return holder.context;
}

ZSTD_DCtx* decompression_context() {
  struct Holder {
    ZSTD_DCtx* context = ZSTD_createDCtx();
    ~Holder() { ZSTD_freeDCtx(context); }
  };
  static thread_local Holder holder;
  return holder.context;
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
  uint64_t dictionary = 0, span = 0, count = 0, raw_bytes = 0;
  if (!take_varint(in, header.generation) || !take_varint(in, dictionary) || !take_varint(in, span) ||
      !take_varint(in, count) || !take_varint(in, raw_bytes) || count > span || raw_bytes > UINT32_MAX) {
    return false;
  }
  header.dictionary = static_cast<uint32_t>(dictionary);
  header.span = static_cast<uint32_t>(span);
  header.count = static_cast<uint32_t>(count);
  header.raw_bytes = static_cast<uint32_t>(raw_bytes);
  header.header_bytes = static_cast<uint32_t>(value.size() - in.size());
  return true;
}

const RowView* DecodedRowBlock::find(uint32_t slot) const {
  if (rows.size() == span && slot < span) return &rows[slot];
  const auto it = std::lower_bound(rows.begin(), rows.end(), slot,
                                   [](const RowView& row, uint32_t wanted) { return row.slot < wanted; });
  return it != rows.end() && it->slot == slot ? &*it : nullptr;
}

std::shared_ptr<const DecodedRowBlock> decode_row_block(std::string_view value, const RowBlockHeader& header,
                                                        const RowDictionary* dictionary) {
  const std::string_view frame = value.substr(header.header_bytes);
  auto block = std::make_shared<DecodedRowBlock>();
  block->bytes.resize(header.raw_bytes);
  block->span = header.span;
  ZSTD_DCtx* context = decompression_context();
  const size_t size =
      dictionary != nullptr
          ? ZSTD_decompress_usingDDict(context, block->bytes.data(), block->bytes.size(), frame.data(), frame.size(),
                                       static_cast<const ZSTD_DDict*>(dictionary->decompressor()))
          : ZSTD_decompressDCtx(context, block->bytes.data(), block->bytes.size(), frame.data(), frame.size());
  if (ZSTD_isError(size) || size != header.raw_bytes) return nullptr;

  struct Sizes { uint32_t slot; uint64_t id, routing, source; };
  std::vector<Sizes> sizes(header.count);
  std::string_view in = block->bytes;
  uint64_t slot = 0;
  for (Sizes& row : sizes) {
    uint64_t delta = 0;
    if (!take_varint(in, delta) || !take_varint(in, row.id) || !take_varint(in, row.routing) ||
        !take_varint(in, row.source)) {
      return nullptr;
    }
    slot += delta;
    if (slot >= header.span) return nullptr;
    row.slot = static_cast<uint32_t>(slot);
    ++slot;
  }
  block->rows.reserve(sizes.size());
  for (const Sizes& row : sizes) {
    if (row.id > in.size() || row.routing > in.size() - row.id || row.source > in.size() - row.id - row.routing) {
      return nullptr;
    }
    block->rows.push_back(RowView{row.slot, in.substr(0, row.id), in.substr(row.id, row.routing),
                                  in.substr(row.id + row.routing, row.source)});
    in.remove_prefix(row.id + row.routing + row.source);
  }
  return block;
}

void RowBlockBuilder::add(uint32_t slot, std::string_view id, std::string_view routing, std::string_view source) {
  if (count_ == 0) {
    if (blocks_.empty()) first_slot_ = next_slot_ = 0;
    // A block begins where the one before ended, so that blocks cover all slots; missing ones inside are gaps.
    first_slot_ = blocks_.empty() ? slot : std::max(next_slot_, slot);
    next_slot_ = first_slot_;
  }
  append_varint(sizes_, slot - next_slot_);
  append_varint(sizes_, id.size());
  append_varint(sizes_, routing.size());
  append_varint(sizes_, source.size());
  bytes_.append(id).append(routing).append(source);
  next_slot_ = slot + 1;
  ++count_;
  if (bytes_.size() >= block_bytes_) cut(next_slot_);
}

void RowBlockBuilder::finish(uint32_t end_slot) {
  if (count_ > 0) cut(std::max(end_slot, next_slot_));
}

void RowBlockBuilder::cut(uint32_t end_slot) {
  sizes_.append(bytes_);
  if (sizes_.size() > UINT32_MAX) throw ApiError(413, "illegal_argument_exception", "document is too large to store");
  Block block;
  block.first_slot = first_slot_;
  block.span = end_slot - first_slot_;
  append_varint(block.value, generation_);
  append_varint(block.value, dictionary_ ? dictionary_->id() : 0);
  append_varint(block.value, block.span);
  append_varint(block.value, count_);
  append_varint(block.value, sizes_.size());
  const size_t header_bytes = block.value.size();
  static thread_local std::string frame;
  frame.resize(ZSTD_compressBound(sizes_.size()));
  ZSTD_CCtx* context = compression_context();
  const size_t size =
      dictionary_ ? ZSTD_compress_usingCDict(context, frame.data(), frame.size(), sizes_.data(), sizes_.size(),
                                             static_cast<const ZSTD_CDict*>(dictionary_->compressor()))
                  : ZSTD_compressCCtx(context, frame.data(), frame.size(), sizes_.data(), sizes_.size(),
                                      kRowCompressionLevel);
  CHECK(!ZSTD_isError(size));
  block.value.append(frame, 0, size);
  raw_total_ += sizes_.size();
  stored_total_ += header_bytes + size;
  blocks_.push_back(std::move(block));
  if (frame.capacity() > (4u << 20)) std::string().swap(frame);
  sizes_.clear();
  bytes_.clear();
  count_ = 0;
}

}  // namespace tarn

#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tarn {

/// A zstd dictionary trained on documents of one index, prepared for both directions. Immutable.
class RowDictionary {
 public:
  RowDictionary(uint32_t id, std::string bytes);
  ~RowDictionary();
  RowDictionary(const RowDictionary&) = delete;
  RowDictionary& operator=(const RowDictionary&) = delete;
  uint32_t id() const { return id_; }  ///< from 1; 0 means no dictionary
  const std::string& bytes() const { return bytes_; }
  /// A dictionary's bytes from sample documents, or "" if they are too few or too alike.
  static std::string train(const std::vector<std::string>& samples);

  const void* compressor() const { return compressor_; }      ///< ZSTD_CDict
  const void* decompressor() const { return decompressor_; }  ///< ZSTD_DDict

 private:
  uint32_t id_;
  std::string bytes_;
  void* compressor_;
  void* decompressor_;
};

// A row block: rows [first, first + span) of one index, some of which may be missing (they died), in one value:
//   varint generation    0 as written by a request; +1 at each rewrite
//   varint dictionary    id, 0: none
//   varint span          rows that the block covers
//   varint count         rows that it holds
//   varint frames        then of each: varint span, count, raw_bytes (unpacked), stored_bytes
//   the frames, one after another: each a zstd frame (without magic number, size, checksum) of
//     count x (varint slot delta, id bytes, routing bytes, source bytes), then all bytes one after another
// A frame is what one read unpacks: with a dictionary a document or a few, without one the block. Sizes stand before the
// bytes, so that one row is found without walking over the others' sources.

struct RowBlockHeader {
  uint64_t generation = 0;
  uint32_t dictionary = 0;
  uint32_t span = 0;
  uint32_t count = 0;
  uint32_t frames = 0;
  uint32_t header_bytes = 0;  ///< where the table of frames begins
};
/// False if the bytes are no block.
bool parse_row_block_header(std::string_view value, RowBlockHeader& header);

/// Views of one row; they live as long as what unpacked it.
struct RowView {
  uint32_t slot;
  std::string_view id, routing, source;
};

struct DecodedRowBlock {
  std::vector<std::string> frames;
  std::vector<RowView> rows;  ///< by slot
  uint32_t span = 0;
  const RowView* find(uint32_t slot) const;
};
/// Null if the bytes are damaged. `dictionary` is the one that the header names.
std::shared_ptr<const DecodedRowBlock> decode_row_block(std::string_view value, const RowBlockHeader& header,
                                                        const RowDictionary* dictionary);

/// Reads single rows of blocks, each time unpacking no more than the row's frame; the last frame is kept for the next row.
class RowReader {
 public:
  enum class Found { kYes, kMissing, kDamaged };
  /// Begins to read a block. `value` and `dictionary` must live until the next open(). False if the bytes are no block.
  bool open(std::string_view value, const RowBlockHeader& header, const RowDictionary* dictionary);
  /// `row` lives until the next call.
  Found find(uint32_t slot, RowView& row);

 private:
  struct Frame { uint32_t first_slot, span, count, raw_bytes; uint64_t offset, stored_bytes; };
  std::string_view value_;
  const RowDictionary* dictionary_ = nullptr;
  std::vector<Frame> frames_;
  size_t unpacked_ = SIZE_MAX;   ///< which frame `rows_` holds
  std::string bytes_;
  std::vector<RowView> rows_;
};

/// Collects rows and compresses them as blocks of about kRowBlockBytes, in frames of at least kRowFrameBytes.
/// Measured (level 3, one core; bytes stored a document, microseconds to compress one and to read one). Listings of 3.2 kB:
/// a block as one frame with a dictionary of 32 kB 642 B, 12 us, 12 us; a frame each 747, 12, 4.5; with a dictionary of
/// 64 kB 718. Events of 570 bytes: 116 B, 2.3, 11; frames of 1 kB 125, 2.5, 1.5, and 123 with 64 kB.
constexpr size_t kRowBlockBytes = 8 << 10;
constexpr size_t kRowFrameBytes = 1 << 10;
constexpr int kRowCompressionLevel = 3;

class RowBlockBuilder {
 public:
  struct Block { uint32_t first_slot = 0, span = 0; std::string value; };

  explicit RowBlockBuilder(std::shared_ptr<const RowDictionary> dictionary, uint64_t generation = 0,
                           size_t block_bytes = kRowBlockBytes)
      : dictionary_(std::move(dictionary)), generation_(generation), block_bytes_(block_bytes) {}
  /// Slots ascend; the views are copied.
  void add(uint32_t slot, std::string_view id, std::string_view routing, std::string_view source);
  /// Ends the last block, which covers the slots up to `end_slot`.
  void finish(uint32_t end_slot);
  std::vector<Block>& blocks() { return blocks_; }
  uint64_t raw_bytes() const { return raw_total_; }
  uint64_t stored_bytes() const { return stored_total_; }

 private:
  void cut_frame(uint32_t end_slot);
  void cut(uint32_t end_slot);
  std::shared_ptr<const RowDictionary> dictionary_;
  uint64_t generation_;
  size_t block_bytes_;
  std::vector<Block> blocks_;
  std::string sizes_, bytes_;               // of the frame at hand, raw
  std::string table_, frames_;              // of the block at hand
  uint32_t first_slot_ = 0, next_slot_ = 0, count_ = 0, frame_count_ = 0;
  uint32_t frame_slot_ = 0, frame_rows_ = 0;
  size_t block_raw_ = 0;
  uint64_t raw_total_ = 0, stored_total_ = 0;
};

}  // namespace tarn

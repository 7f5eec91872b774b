#include "query/dsl/roaring_values.h"

#include <cstring>

#include "query/dsl/clause.h"

namespace tarn::query {

namespace {

constexpr uint32_t kPlainCookie = 12346, kRunCookie = 12347;
constexpr uint32_t kArrayMax = 4096;       // numbers of an array container; a bitmap beyond
constexpr size_t kBitmapBytes = 8192;
constexpr uint32_t kOffsetsWithRuns = 4;   // containers from which a bitmap with runs has offsets, too
constexpr size_t kValuesMax = 16u << 20;

class Reader {
 public:
  Reader(std::string_view bytes, bool wide) : bytes_(bytes), wide_(wide) {}

  std::vector<int64_t> read() {
    if (!wide_) {
      read_bitmap(0);
      return std::move(out_);
    }
    const auto count = take<uint64_t>();
    if (count > bytes_.size()) fail();
    for (uint64_t i = 0; i < count; ++i) {
      const auto high = take<uint32_t>();
      read_bitmap(static_cast<int64_t>(uint64_t{high} << 32));
    }
    return std::move(out_);
  }

 private:
  [[noreturn]] void fail() const {
    throw ApiError(illegal_argument(wide_ ? "Failed to deserialize the 64-bit bitmap." : "Failed to deserialize the bitmap."));
  }
  template <class Number>
  Number take() {
    if (bytes_.size() - at_ < sizeof(Number)) fail();
    Number out;
    std::memcpy(&out, bytes_.data() + at_, sizeof(out));
    at_ += sizeof(out);
    return out;
  }
  void add(int64_t base, uint32_t low) {
    if (out_.size() >= kValuesMax) throw ApiError(illegal_argument("too many numbers in the bitmap"));
    const uint64_t number = static_cast<uint64_t>(base) | low;
    // 32-bit bitmaps hold Java's ints.
    out_.push_back(wide_ ? static_cast<int64_t>(number) : static_cast<int32_t>(number));
  }

  void read_bitmap(int64_t base) {
    const auto cookie = take<uint32_t>();
    const bool runs = (cookie & 0xFFFF) == kRunCookie;
    if (!runs && cookie != kPlainCookie) fail();
    const uint32_t count = runs ? (cookie >> 16) + 1 : take<uint32_t>();
    if (count > 65536) fail();
    std::vector<uint8_t> is_run((count + 7) / 8, 0);
    if (runs) {
      for (uint8_t& byte : is_run) byte = take<uint8_t>();
    }
    std::vector<std::pair<uint16_t, uint32_t>> heads;  // upper bits, how many
    for (uint32_t i = 0; i < count; ++i) {
      const auto key = take<uint16_t>();
      heads.emplace_back(key, uint32_t{take<uint16_t>()} + 1);
    }
    if (!runs || count >= kOffsetsWithRuns) {
      for (uint32_t i = 0; i < count; ++i) take<uint32_t>();
    }
    for (uint32_t i = 0; i < count; ++i) {
      const int64_t high = base | static_cast<int64_t>(uint64_t{heads[i].first} << 16);
      if (is_run[i / 8] >> (i % 8) & 1) {
        read_runs(high);
      } else if (heads[i].second <= kArrayMax) {
        for (uint32_t k = 0; k < heads[i].second; ++k) add(high, take<uint16_t>());
      } else {
        read_bits(high);
      }
    }
  }
  void read_runs(int64_t high) {
    const auto count = take<uint16_t>();
    for (uint32_t i = 0; i < count; ++i) {
      const uint32_t first = take<uint16_t>(), more = take<uint16_t>();
      if (first + more > 65535) fail();
      for (uint32_t k = 0; k <= more; ++k) add(high, first + k);
    }
  }
  void read_bits(int64_t high) {
    for (uint32_t word = 0; word < kBitmapBytes / 8; ++word) {
      const auto bits = take<uint64_t>();
      for (uint32_t bit = 0; bit < 64; ++bit) {
        if (bits >> bit & 1) add(high, word * 64 + bit);
      }
    }
  }

  std::string_view bytes_;
  bool wide_;
  size_t at_ = 0;
  std::vector<int64_t> out_;
};

}  // namespace

std::vector<int64_t> roaring_values(std::string_view bytes, bool wide) { return Reader(bytes, wide).read(); }

}  // namespace tarn::query

#include "query/dsl/roaring.h"

#include "indexer/base/error.h"

namespace tarn::query {
namespace {

constexpr uint32_t kCookie = 12346, kCookieWithRuns = 12347;
constexpr uint32_t kArrayMax = 4096;        // more values lie in a bitmap of 8,192 bytes
constexpr uint32_t kOffsetsFrom = 4;        // with runs, fewer containers have no table of offsets

class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}
  uint32_t u8() {
    if (at_ >= bytes_.size()) throw ApiError(illegal_argument("Failed to deserialize the bitmap."));
    return static_cast<unsigned char>(bytes_[at_++]);
  }
  uint32_t u16() {
    const uint32_t low = u8();
    return low | u8() << 8;
  }
  uint32_t u32() {
    const uint32_t low = u16();
    return low | u16() << 16;
  }
  void skip(size_t count) {
    if (count > bytes_.size() - at_) throw ApiError(illegal_argument("Failed to deserialize the bitmap."));
    at_ += count;
  }

 private:
  std::string_view bytes_;
  size_t at_ = 0;
};

struct Container {
  uint32_t key, count;
  bool runs;
};

void read_container(Reader& reader, const Container& container, std::vector<uint32_t>& out) {
  const uint32_t high = container.key << 16;
  if (container.runs) {
    const uint32_t runs = reader.u16();
    for (uint32_t i = 0; i < runs; ++i) {
      const uint32_t start = reader.u16(), more = reader.u16();
      for (uint32_t k = 0; k <= more && start + k < 65536; ++k) out.push_back(high | (start + k));
    }
  } else if (container.count <= kArrayMax) {
    for (uint32_t i = 0; i < container.count; ++i) out.push_back(high | reader.u16());
  } else {
    for (uint32_t byte = 0; byte < 8192; ++byte) {
      const uint32_t bits = reader.u8();
      for (uint32_t bit = 0; bit < 8; ++bit) {
        if (bits >> bit & 1) out.push_back(high | (byte * 8 + bit));
      }
    }
  }
}

}  // namespace

std::vector<uint32_t> read_roaring(std::string_view bytes) {
  Reader reader(bytes);
  const uint32_t cookie = reader.u32();
  const bool with_runs = (cookie & 0xFFFF) == kCookieWithRuns;
  if (!with_runs && cookie != kCookie) throw ApiError(illegal_argument("Failed to deserialize the bitmap."));
  const uint32_t size = with_runs ? (cookie >> 16) + 1 : reader.u32();
  if (size > 65536) throw ApiError(illegal_argument("Failed to deserialize the bitmap."));
  std::vector<Container> containers(size);
  if (with_runs) {
    for (uint32_t i = 0; i < size; i += 8) {
      const uint32_t flags = reader.u8();
      for (uint32_t bit = 0; bit < 8 && i + bit < size; ++bit) containers[i + bit].runs = flags >> bit & 1;
    }
  }
  for (Container& container : containers) {
    container.key = reader.u16();
    container.count = reader.u16() + 1;
  }
  if (!with_runs || size >= kOffsetsFrom) reader.skip(size_t{size} * 4);
  std::vector<uint32_t> out;
  for (const Container& container : containers) read_container(reader, container, out);
  return out;
}

}  // namespace tarn::query

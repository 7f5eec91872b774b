#include "indexer/segment/blob.h"

#include "indexer/base/error.h"

namespace tarn::segment {

void throw_corrupt(std::string_view origin, std::string_view what) {
  throw ApiError(500, "corrupt_index_exception",
                 std::string(what) + " (resource=" + std::string(origin.empty() ? "memory" : origin) + ")");
}

namespace {

constexpr uint64_t kPrime1 = 11400714785074694791ull;
constexpr uint64_t kPrime2 = 14029467366897019727ull;
constexpr uint64_t kPrime3 = 1609587929392839161ull;
constexpr uint64_t kPrime4 = 9650029242287828579ull;
constexpr uint64_t kPrime5 = 2870177450012600261ull;

uint64_t round(uint64_t sum, uint64_t input) { return std::rotl(sum + input * kPrime2, 31) * kPrime1; }

uint64_t merge_round(uint64_t hash, uint64_t sum) { return (hash ^ round(0, sum)) * kPrime1 + kPrime4; }

template <class T>
T load(const char* p) {
  T value;
  std::memcpy(&value, p, sizeof(T));
  return value;
}

}  // namespace

uint64_t checksum(const char* p, size_t size) {
  const char* end = p + size;
  uint64_t hash = kPrime5;
  if (size >= 32) {
    uint64_t a = kPrime1 + kPrime2, b = kPrime2, c = 0, d = 0 - kPrime1;
    for (; end - p >= 32; p += 32) {
      a = round(a, load<uint64_t>(p));
      b = round(b, load<uint64_t>(p + 8));
      c = round(c, load<uint64_t>(p + 16));
      d = round(d, load<uint64_t>(p + 24));
    }
    hash = std::rotl(a, 1) + std::rotl(b, 7) + std::rotl(c, 12) + std::rotl(d, 18);
    for (const uint64_t sum : {a, b, c, d}) hash = merge_round(hash, sum);
  }
  hash += size;
  for (; end - p >= 8; p += 8) hash = std::rotl(hash ^ round(0, load<uint64_t>(p)), 27) * kPrime1 + kPrime4;
  if (end - p >= 4) {
    hash = std::rotl(hash ^ (load<uint32_t>(p) * kPrime1), 23) * kPrime2 + kPrime3;
    p += 4;
  }
  for (; p < end; ++p) hash = std::rotl(hash ^ (static_cast<uint8_t>(*p) * kPrime5), 11) * kPrime1;
  hash = (hash ^ (hash >> 33)) * kPrime2;
  hash = (hash ^ (hash >> 29)) * kPrime3;
  return hash ^ (hash >> 32);
}

Blob BlobWriter::finish() {
  align();
  bytes_.append(kPackedSlack, '\0');
  bytes_.shrink_to_fit();
  auto owner = std::make_shared<const std::string>(std::move(bytes_));
  bytes_.clear();
  Blob blob;
  blob.data = owner->data();
  blob.size = owner->size();
  blob.owner = std::move(owner);
  return blob;
}

PackedArray BlobReader::packed() {
  align();
  const uint64_t width = get<uint64_t>();
  const uint64_t count = get<uint64_t>();
  if (width > 64 || (width > 56 && width != 64)) fail("bad width");
  if (width != 0 && count > (blob_.size - at_) * 8 / width) fail("packed array too long");
  const char* data = take((packed_bytes(count, static_cast<uint32_t>(width)) + 7) & ~uint64_t{7});
  if (at_ + kPackedSlack > blob_.size) fail("no padding");
  return {data, static_cast<uint32_t>(width), count};
}

}  // namespace tarn::segment

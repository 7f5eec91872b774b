#pragma once

#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "indexer/segment/bits.h"

namespace tarn::segment {

/// Bytes of one part of a segment, on the heap or mapped, kept alive by `owner`. 8-byte aligned; the last kPackedSlack
/// bytes are zero padding.
struct Blob {
  std::shared_ptr<const void> owner;
  const char* data = nullptr;
  size_t size = 0;
  std::string origin;   ///< the file, for errors; empty in memory
  bool mapped = false;

  size_t heap_bytes() const { return mapped ? 0 : size; }
  std::string_view bytes() const { return {data, size}; }
};

/// Throws ApiError 500 corrupt_index_exception that names the file.
[[noreturn]] void throw_corrupt(std::string_view origin, std::string_view what);

/// XXH64 with seed 0, the checksum of every part.
uint64_t checksum(const char* data, size_t size);

/// A view of packed values inside a blob.
struct PackedArray {
  const char* data = nullptr;
  uint32_t width = 0;
  uint64_t count = 0;
  uint64_t operator[](uint64_t i) const { return read_packed(data, width, i); }
};

/// Grows the bytes of a blob. Little endian; sections begin at multiples of 8.
class BlobWriter {
 public:
  template <class T>
  size_t put(const T& value) {
    return append(&value, sizeof(T));
  }
  size_t append(const void* data, size_t size) {
    const size_t at = bytes_.size();
    if (size != 0) bytes_.append(static_cast<const char*>(data), size);
    return at;
  }
  void put_varint(uint64_t value) {
    while (value >= 0x80) {
      bytes_.push_back(static_cast<char>(value | 0x80));
      value >>= 7;
    }
    bytes_.push_back(static_cast<char>(value));
  }
  template <class T>
  void patch(size_t at, const T& value) {
    std::memcpy(bytes_.data() + at, &value, sizeof(T));
  }
  void align() { bytes_.resize((bytes_.size() + 7) & ~size_t{7}, '\0'); }
  /// Zeroed bytes, aligned before and after.
  char* reserve(size_t size) {
    align();
    const size_t at = bytes_.size();
    bytes_.resize(at + ((size + 7) & ~size_t{7}), '\0');
    return bytes_.data() + at;
  }
  /// Only the values, whose width and count the reader knows.
  template <class Values>
  void put_packed_values(const Values& values, size_t count, uint32_t width) {
    PackedWriter out(reserve(packed_bytes(count, width)), width);
    for (size_t i = 0; i < count; ++i) out.add(values[i]);
    out.finish();
  }
  /// Width, count and values: what BlobReader::packed() reads.
  template <class Values>
  void put_packed(const Values& values, size_t count) {
    uint64_t largest = 0;
    for (size_t i = 0; i < count; ++i) largest |= values[i];
    align();
    const uint32_t width = packed_width(largest);
    put<uint64_t>(width);
    put<uint64_t>(count);
    put_packed_values(values, count, width);
  }
  size_t size() const { return bytes_.size(); }
  char* data() { return bytes_.data(); }
  void reserve_capacity(size_t bytes) { bytes_.reserve(bytes); }
  Blob finish();

 private:
  std::string bytes_;
};

/// Reads a blob front to back; every read is checked against its end.
class BlobReader {
 public:
  explicit BlobReader(const Blob& blob, size_t at = 0) : blob_(blob), at_(at) {}
  template <class T>
  T get() {
    T value;
    std::memcpy(&value, take(sizeof(T)), sizeof(T));
    return value;
  }
  template <class T>
  const T* array(size_t count) {
    align();
    if (count > blob_.size / sizeof(T)) fail("array too long");
    return reinterpret_cast<const T*>(take(count * sizeof(T)));
  }
  const char* take(size_t size) {
    if (size > blob_.size - at_) fail("section too long");
    const char* out = blob_.data + at_;
    at_ += size;
    return out;
  }
  uint64_t varint() {
    uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      const uint8_t byte = static_cast<uint8_t>(*take(1));
      value |= static_cast<uint64_t>(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    fail("varint too long");
  }
  PackedArray packed();
  void align() {
    at_ = (at_ + 7) & ~size_t{7};
    if (at_ > blob_.size) fail("section too long");
  }
  void seek(size_t at) {
    if (at > blob_.size) fail("offset out of range");
    at_ = at;
  }
  size_t position() const { return at_; }
  [[noreturn]] void fail(std::string_view what) const { throw_corrupt(blob_.origin, what); }

 private:
  const Blob& blob_;
  size_t at_;
};

}  // namespace tarn::segment

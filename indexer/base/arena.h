#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <string_view>
#include <vector>

namespace tarn {

/// Bytes that live as long as the arena and never move. Movable; one thread.
class Arena {
 public:
  char* allocate(size_t bytes) {
    if (bytes > left_) grow(bytes);
    char* out = next_;
    next_ += bytes;
    left_ -= bytes;
    return out;
  }
  std::string_view copy(std::string_view bytes) {
    char* out = allocate(bytes.size());
    if (!bytes.empty()) std::memcpy(out, bytes.data(), bytes.size());  // null pointers are not for memcpy
    return {out, bytes.size()};
  }
  size_t memory_bytes() const { return total_; }

 private:
  void grow(size_t bytes) {
    const size_t size = bytes > kChunkBytes / 4 ? bytes : std::max(bytes, std::min(kChunkBytes, std::max<size_t>(4096, total_)));
    chunks_.push_back(std::make_unique_for_overwrite<char[]>(size));
    total_ += size;
    next_ = chunks_.back().get();
    left_ = size;
  }
  static constexpr size_t kChunkBytes = 256 << 10;
  std::vector<std::unique_ptr<char[]>> chunks_;
  char* next_ = nullptr;
  size_t left_ = 0;
  size_t total_ = 0;
};

}  // namespace tarn

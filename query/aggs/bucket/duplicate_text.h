#pragma once

#include <cstdint>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace tarn::query {

/// Finds stretches of six tokens and more that were seen before: copied text. Each token counts as one byte of its hash, so that
/// unlike tokens are taken for each other now and then, as in OpenSearch. Follows: DuplicateByteSequenceSpotter, DeDuplicatingTokenFilter.
class DuplicateSpotter {
 public:
  static uint8_t byte_of(std::string_view token);
  /// Which tokens of one stream, by their bytes, are part of a stretch seen before; learns the stream's.
  std::vector<bool> duplicates(const std::vector<uint8_t>& stream);
  /// The next stream does not go on where this one ended.
  void end_document() { filled_ = 0; }
  size_t memory_bytes() const { return seen_.size() * 40; }

 private:
  static constexpr size_t kWindow = 6;
  /// How often the stretch that ends with this byte was seen before.
  uint32_t add(uint8_t byte);

  uint64_t window_ = 0;    // the last six bytes
  size_t filled_ = 0;
  std::unordered_map<uint64_t, uint8_t> seen_;
};

}  // namespace tarn::query

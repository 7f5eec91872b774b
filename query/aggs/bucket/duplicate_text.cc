#include "query/aggs/bucket/duplicate_text.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace tarn::query {
namespace {

uint64_t rotate(uint64_t x, int by) { return x << by | x >> (64 - by); }
uint64_t scramble(uint64_t h) {
  h = (h ^ h >> 33) * 0xff51afd7ed558ccdull;
  h = (h ^ h >> 33) * 0xc4ceb9fe1a85ec53ull;
  return h ^ h >> 33;
}

/// The first half of MurmurHash3 x64 128, seed 0.
uint64_t murmur3_64(std::string_view bytes) {
  constexpr uint64_t k1 = 0x87c37b91114253d5ull, k2 = 0x4cf5ad432745937full;
  const auto mix1 = [&](uint64_t k) { return rotate(k * k1, 31) * k2; };
  const auto mix2 = [&](uint64_t k) { return rotate(k * k2, 33) * k1; };
  const size_t length = bytes.size();
  uint64_t h1 = 0, h2 = 0;
  for (; bytes.size() >= 16; bytes.remove_prefix(16)) {
    uint64_t a, b;
    std::memcpy(&a, bytes.data(), 8);
    std::memcpy(&b, bytes.data() + 8, 8);
    h1 = (rotate(h1 ^ mix1(a), 27) + h2) * 5 + 0x52dce729;
    h2 = (rotate(h2 ^ mix2(b), 31) + h1) * 5 + 0x38495ab5;
  }
  uint64_t tail[2] = {0, 0};
  std::memcpy(tail, bytes.data(), bytes.size());
  if (bytes.size() > 8) h2 ^= mix2(tail[1]);
  if (!bytes.empty()) h1 ^= mix1(tail[0]);
  h1 ^= length;
  h2 ^= length;
  h1 += h2;
  h2 += h1;
  h1 = scramble(h1);
  h2 = scramble(h2);
  return h1 + h2;
}

}  // namespace

uint8_t DuplicateSpotter::byte_of(std::string_view token) { return static_cast<uint8_t>(murmur3_64(token)); }

uint32_t DuplicateSpotter::add(uint8_t byte) {
  window_ = (window_ << 8 | byte) & 0xFFFFFFFFFFFFull;
  filled_ = std::min(filled_ + 1, kWindow);
  if (filled_ < kWindow) return 0;
  uint8_t& count = seen_[window_];
  const uint32_t before = count;
  if (count < 255) ++count;
  return before;
}

std::vector<bool> DuplicateSpotter::duplicates(const std::vector<uint8_t>& stream) {
  std::vector<bool> out(stream.size(), false);
  // A ring of the last tokens: those of a stretch are marked when its last one shows what it is. Marks stay with a place of the
  // ring until its token leaves, so that a stretch begun in the value before marks tokens to come.
  std::array<bool, kWindow> marked{};
  const auto leave = [&](size_t token, size_t place) {
    out[token] = marked[place];
    marked[place] = false;
  };
  for (size_t i = 0; i < stream.size(); ++i) {
    if (add(stream[i]) >= 1) marked.fill(true);
    if (i + 1 >= kWindow) leave(i + 1 - kWindow, (i + 1) % kWindow);
  }
  const size_t from = stream.size() >= kWindow ? stream.size() + 1 - kWindow : 0;
  for (size_t i = from; i < stream.size(); ++i) leave(i, i % kWindow);
  return out;
}

}  // namespace tarn::query

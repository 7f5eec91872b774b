#include "indexer/base/id_generator.h"

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <random>
#include <span>

namespace tarn {
namespace {

constexpr char kAlphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
// The alphabet in byte order, so that the order of the bytes is the order of the text.
constexpr char kOrderedAlphabet[] = "-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz";

std::string base64(std::span<const uint8_t> bytes, const char* alphabet) {
  std::string out;
  uint32_t bits = 0;
  int count = 0;
  for (uint8_t byte : bytes) {
    bits = bits << 8 | byte;
    for (count += 8; count >= 6; count -= 6) out.push_back(alphabet[bits >> (count - 6) & 63]);
  }
  if (count > 0) out.push_back(alphabet[bits << (6 - count) & 63]);
  return out;
}

uint64_t process_secret() {
  static const uint64_t secret = [] {
    std::random_device device;
    return uint64_t{device()} << 32 | device();
  }();
  return secret;
}

}  // namespace

std::string generate_document_id() {
  // 48 bits of milliseconds and 24 bits of counter in one word that never goes back; 48 random bits a process.
  static std::atomic<uint64_t> last{0};
  const uint64_t now_ms = static_cast<uint64_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch())
          .count());
  uint64_t previous = last.load(std::memory_order_relaxed);
  uint64_t mine;
  do {
    mine = std::max(previous + 1, now_ms << 20);
  } while (!last.compare_exchange_weak(previous, mine, std::memory_order_relaxed));
  std::array<uint8_t, 15> bytes{};
  for (int i = 0; i < 8; ++i) bytes[i] = static_cast<uint8_t>(mine >> (56 - 8 * i));
  const uint64_t secret = process_secret();
  for (int i = 0; i < 7; ++i) bytes[8 + i] = static_cast<uint8_t>(secret >> (8 * i));
  return base64(bytes, kOrderedAlphabet);
}

std::string generate_uuid() {
  thread_local std::mt19937_64 random{std::random_device{}()};
  std::array<uint8_t, 16> bytes{};
  for (auto& byte : bytes) byte = static_cast<uint8_t>(random());
  return base64(bytes, kAlphabet);
}

}  // namespace tarn

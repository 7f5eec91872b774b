#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

namespace tarn::cli {

/// Formats into a buffer of the caller, who guarantees room: the generator's inner loop.
class TextWriter {
 public:
  explicit TextWriter(char* at) : at_(at) {}
  char* end() const { return at_; }

  void text(std::string_view value) {
    std::memcpy(at_, value.data(), value.size());
    at_ += value.size();
  }
  void character(char c) { *at_++ = c; }
  void number(uint64_t value) {
    char digits[20];
    char* from = digits + sizeof digits;
    do {
      *--from = static_cast<char>('0' + value % 10);
      value /= 10;
    } while (value != 0);
    text({from, static_cast<size_t>(digits + sizeof digits - from)});
  }
  /// Exactly `width` digits, with leading zeros.
  void padded(uint64_t value, int width) {
    for (int i = width - 1; i >= 0; --i) {
      at_[i] = static_cast<char>('0' + value % 10);
      value /= 10;
    }
    at_ += width;
  }
  /// `hundredths` as a decimal number with two digits behind the point.
  void cents(uint64_t hundredths) {
    number(hundredths / 100);
    character('.');
    padded(hundredths % 100, 2);
  }
  void hex(uint64_t value, int width) {
    for (int i = width - 1; i >= 0; --i) {
      at_[i] = "0123456789abcdef"[value & 15];
      value >>= 4;
    }
    at_ += width;
  }

 private:
  char* at_;
};

}  // namespace tarn::cli

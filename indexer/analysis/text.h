#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "indexer/base/ascii.h"

namespace tarn::analysis {

/// Code points and encodings, as the Java code that we follow sees them.

/// Decodes the code point at `p` (< end) and moves `p` behind it. A byte that begins no valid sequence is U+FFFD.
char32_t next_code_point(const char*& p, const char* end);
void append_code_point(std::string& out, char32_t c);
/// Bytes of `c` in UTF-8.
inline int utf8_size(char32_t c) { return c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4; }

bool is_ascii(std::string_view text);
bool is_valid_utf8(std::string_view text);
std::u32string to_utf32(std::string_view text);
std::string to_utf8(std::u32string_view text);
std::u16string to_utf16(std::string_view text);
/// Unpaired surrogates become U+FFFD.
std::string to_utf8(std::u16string_view text);
/// String.length() of Java.
size_t utf16_length(std::string_view text);
size_t code_point_count(std::string_view text);
/// The bytes that the first `units` UTF-16 units of `text` take; the whole size if it is shorter.
size_t bytes_of_units(std::string_view text, size_t units);

/// Character.toLowerCase and toUpperCase of Java: simple mappings, one code point each.
char32_t to_lower(char32_t c);
char32_t to_upper(char32_t c);
/// String.toLowerCase of Java, which may change the length.
void lower_fully(std::u32string& text);
/// Every code point lower-cased, as LowerCaseFilter does.
std::string lower(std::string_view text);
/// Character.isLetter, isDigit, isLetterOrDigit, isWhitespace.
bool is_letter(char32_t c);
bool is_digit(char32_t c);
bool is_java_whitespace(char32_t c);
bool is_nonspacing_mark(char32_t c);
/// Character.getNumericValue's digit for decimal digits, or -1.
int digit_value(char32_t c);

/// UTF-16 units of a text to its bytes, for code that counts in units.
class UnitToByte {
 public:
  explicit UnitToByte(std::string_view text);
  uint32_t operator[](size_t unit) const {
    return bytes_.empty() ? static_cast<uint32_t>(unit) : bytes_[unit < bytes_.size() ? unit : bytes_.size() - 1];
  }

 private:
  std::vector<uint32_t> bytes_;  // empty where the text is ASCII; else one more than there are units
};

}  // namespace tarn::analysis

#include "indexer/analysis/text.h"

#include <unicode/locid.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>

#include <cstring>

#include "indexer/analysis/analyzer.h"

namespace tarn {

void TermArena::grow(size_t bytes) {
  constexpr size_t kFirstChunk = 16 << 10;
  constexpr size_t kChunkMax = 1 << 20;
  size_t size = chunks_.empty() ? kFirstChunk : std::min(chunks_.back().size * 2, kChunkMax);
  if (size < bytes) size = bytes;
  chunks_.push_back({std::unique_ptr<char[]>(new char[size]), size});
  next_ = chunks_.back().data.get();
  end_ = next_ + size;
}

// The largest chunk stays for the next text, unless one huge text made it.
void TermArena::clear() {
  constexpr size_t kKeptMax = 4 << 20;
  if (chunks_.empty()) return;
  if (chunks_.size() > 1) {
    std::swap(chunks_.front(), chunks_.back());
    chunks_.resize(1);
  }
  if (chunks_.front().size > kKeptMax) chunks_.clear();
  next_ = chunks_.empty() ? nullptr : chunks_.front().data.get();
  end_ = chunks_.empty() ? nullptr : next_ + chunks_.front().size;
}

uint32_t Utf16Offsets::at(uint32_t byte_offset) {
  if (byte_offset < byte_) byte_ = utf16_ = 0;  // not ascending after all: start again
  const char* p = text_.data() + byte_;
  const char* end = text_.data() + std::min<size_t>(byte_offset, text_.size());
  while (p < end) {
    if (static_cast<unsigned char>(*p) < 0x80) {
      ++p;
      ++utf16_;
    } else {
      utf16_ += analysis::next_code_point(p, text_.data() + text_.size()) > 0xFFFF ? 2 : 1;
    }
  }
  byte_ = static_cast<uint32_t>(p - text_.data());
  return utf16_;
}

}  // namespace tarn

namespace tarn::analysis {

namespace {
constexpr char32_t kReplacement = 0xFFFD;

bool is_continuation(const char* p) { return (static_cast<unsigned char>(*p) & 0xC0) == 0x80; }
}  // namespace

char32_t next_code_point(const char*& p, const char* end) {
  auto byte = [](const char* at) { return static_cast<char32_t>(static_cast<unsigned char>(*at)); };
  char32_t b0 = byte(p);
  if (b0 < 0x80) {
    ++p;
    return b0;
  }
  auto fail = [&] {
    ++p;
    return kReplacement;
  };
  if (b0 < 0xC2 || b0 > 0xF4) return fail();
  if (b0 < 0xE0) {
    if (end - p < 2 || !is_continuation(p + 1)) return fail();
    char32_t c = (b0 & 0x1F) << 6 | (byte(p + 1) & 0x3F);
    p += 2;
    return c;
  }
  if (b0 < 0xF0) {
    if (end - p < 3 || !is_continuation(p + 1) || !is_continuation(p + 2)) return fail();
    char32_t c = (b0 & 0x0F) << 12 | (byte(p + 1) & 0x3F) << 6 | (byte(p + 2) & 0x3F);
    if (c < 0x800 || (c >= 0xD800 && c < 0xE000)) return fail();
    p += 3;
    return c;
  }
  if (end - p < 4 || !is_continuation(p + 1) || !is_continuation(p + 2) || !is_continuation(p + 3)) return fail();
  char32_t c = (b0 & 0x07) << 18 | (byte(p + 1) & 0x3F) << 12 | (byte(p + 2) & 0x3F) << 6 | (byte(p + 3) & 0x3F);
  if (c < 0x10000 || c > 0x10FFFF) return fail();
  p += 4;
  return c;
}

void append_code_point(std::string& out, char32_t c) {
  if (c < 0x80) {
    out += static_cast<char>(c);
  } else if (c < 0x800) {
    out += static_cast<char>(0xC0 | c >> 6);
    out += static_cast<char>(0x80 | (c & 0x3F));
  } else if (c < 0x10000) {
    out += static_cast<char>(0xE0 | c >> 12);
    out += static_cast<char>(0x80 | (c >> 6 & 0x3F));
    out += static_cast<char>(0x80 | (c & 0x3F));
  } else {
    out += static_cast<char>(0xF0 | c >> 18);
    out += static_cast<char>(0x80 | (c >> 12 & 0x3F));
    out += static_cast<char>(0x80 | (c >> 6 & 0x3F));
    out += static_cast<char>(0x80 | (c & 0x3F));
  }
}

bool is_ascii(std::string_view text) {
  const char* p = text.data();
  size_t left = text.size();
  for (; left >= 8; left -= 8, p += 8) {
    uint64_t word;
    std::memcpy(&word, p, 8);
    if (word & 0x8080808080808080ULL) return false;
  }
  for (; left > 0; --left, ++p) {
    if (static_cast<unsigned char>(*p) >= 0x80) return false;
  }
  return true;
}

bool is_valid_utf8(std::string_view text) {
  const char* p = text.data();
  const char* end = p + text.size();
  while (p < end) {
    if (end - p >= 8) {
      uint64_t word;
      std::memcpy(&word, p, 8);
      if ((word & 0x8080808080808080ULL) == 0) {
        p += 8;
        continue;
      }
    }
    const char* before = p;
    if (next_code_point(p, end) == kReplacement && p - before == 1) return false;
  }
  return true;
}

std::u32string to_utf32(std::string_view text) {
  std::u32string out;
  out.reserve(text.size());
  for (const char *p = text.data(), *end = p + text.size(); p < end;) out += next_code_point(p, end);
  return out;
}

std::string to_utf8(std::u32string_view text) {
  std::string out;
  out.reserve(text.size());
  for (char32_t c : text) append_code_point(out, c);
  return out;
}

std::u16string to_utf16(std::string_view text) {
  std::u16string out;
  out.reserve(text.size());
  for (const char *p = text.data(), *end = p + text.size(); p < end;) {
    char32_t c = next_code_point(p, end);
    if (c > 0xFFFF) {
      out += static_cast<char16_t>(0xD7C0 + (c >> 10));
      out += static_cast<char16_t>(0xDC00 + (c & 0x3FF));
    } else {
      out += static_cast<char16_t>(c);
    }
  }
  return out;
}

std::string to_utf8(std::u16string_view text) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    char32_t c = text[i];
    if (c >= 0xD800 && c < 0xDC00 && i + 1 < text.size() && text[i + 1] >= 0xDC00 && text[i + 1] < 0xE000) {
      c = 0x10000 + ((c - 0xD800) << 10) + (text[++i] - 0xDC00);
    } else if (c >= 0xD800 && c < 0xE000) {
      c = kReplacement;
    }
    append_code_point(out, c);
  }
  return out;
}

size_t utf16_length(std::string_view text) {
  size_t units = 0;
  for (unsigned char b : text) units += (b & 0xC0) != 0x80 ? (b >= 0xF0 ? 2 : 1) : 0;
  return units;
}

size_t code_point_count(std::string_view text) {
  size_t count = 0;
  for (unsigned char b : text) count += (b & 0xC0) != 0x80;
  return count;
}

size_t bytes_of_units(std::string_view text, size_t units) {
  const char* p = text.data();
  const char* end = p + text.size();
  while (p < end && units > 0) {
    size_t taken = next_code_point(p, end) > 0xFFFF ? 2 : 1;
    units -= std::min(units, taken);
  }
  return static_cast<size_t>(p - text.data());
}

char32_t to_lower(char32_t c) { return static_cast<char32_t>(u_tolower(static_cast<UChar32>(c))); }
char32_t to_upper(char32_t c) { return static_cast<char32_t>(u_toupper(static_cast<UChar32>(c))); }

void lower_fully(std::u32string& text) {
  icu::UnicodeString units = icu::UnicodeString::fromUTF32(reinterpret_cast<const UChar32*>(text.data()), static_cast<int32_t>(text.size()));
  units.toLower(icu::Locale::getRoot());
  UErrorCode status = U_ZERO_ERROR;
  text.resize(static_cast<size_t>(units.countChar32()));
  units.toUTF32(reinterpret_cast<UChar32*>(text.data()), static_cast<int32_t>(text.size()), status);
}

std::string lower(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char *p = text.data(), *end = p + text.size(); p < end;) {
    append_code_point(out, to_lower(next_code_point(p, end)));
  }
  return out;
}

bool is_letter(char32_t c) { return (U_MASK(u_charType(static_cast<UChar32>(c))) & U_GC_L_MASK) != 0; }
bool is_digit(char32_t c) { return u_charType(static_cast<UChar32>(c)) == U_DECIMAL_DIGIT_NUMBER; }
bool is_java_whitespace(char32_t c) { return u_isWhitespace(static_cast<UChar32>(c)); }
bool is_nonspacing_mark(char32_t c) { return u_charType(static_cast<UChar32>(c)) == U_NON_SPACING_MARK; }
int digit_value(char32_t c) { return u_charDigitValue(static_cast<UChar32>(c)); }

UnitToByte::UnitToByte(std::string_view text) {
  if (is_ascii(text)) return;
  bytes_.reserve(text.size() + 1);
  const char* begin = text.data();
  for (const char *p = begin, *end = p + text.size(); p < end;) {
    auto at = static_cast<uint32_t>(p - begin);
    bool pair = next_code_point(p, end) > 0xFFFF;
    bytes_.push_back(at);
    if (pair) bytes_.push_back(at);
  }
  bytes_.push_back(static_cast<uint32_t>(text.size()));
}

}  // namespace tarn::analysis

#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tarn::analysis {

/// A set of code points: sorted ranges, both ends included.
class CharSet {
 public:
  CharSet() = default;
  CharSet(std::initializer_list<std::pair<char32_t, char32_t>> ranges) : ranges_(ranges) { normalize(); }
  /// An ICU set pattern, such as "[[:WB=ALetter:][:WB=Hebrew_Letter:]]".
  static CharSet icu(const char* pattern);
  static CharSet of(std::u32string_view chars);
  static CharSet all() { return CharSet{{0, 0x10FFFF}}; }

  CharSet& add(char32_t from, char32_t to);
  CharSet complement() const;
  bool contains(char32_t c) const;
  const std::vector<std::pair<char32_t, char32_t>>& ranges() const { return ranges_; }
  bool operator==(const CharSet&) const = default;

 private:
  void normalize();
  std::vector<std::pair<char32_t, char32_t>> ranges_;
};

/// A regular expression over code points, built from these functions and shared freely.
struct ReNode;
using Re = std::shared_ptr<const ReNode>;
Re re_set(CharSet set);
Re re_text(std::string_view text, bool ignore_ascii_case = false);
Re re_seq(std::vector<Re> parts);   ///< empty: matches the empty text
Re re_alt(std::vector<Re> choices); ///< empty: matches nothing
Re re_repeat(Re what, int min, int max);  ///< max < 0: any number
inline Re re_star(Re what) { return re_repeat(std::move(what), 0, -1); }
inline Re re_plus(Re what) { return re_repeat(std::move(what), 1, -1); }
inline Re re_optional(Re what) { return re_repeat(std::move(what), 0, 1); }

/// Rules as one deterministic automaton, as JFlex or Lucene's RegExp would build: the longest match wins, then the
/// earlier rule. Immutable.
class Automaton {
 public:
  /// Throws ApiError 400 too_complex_to_determinize_exception over `states_max` states.
  explicit Automaton(const std::vector<Re>& rules, size_t states_max = 100000);

  static constexpr uint16_t kDead = 0;
  static constexpr uint16_t kStart = 1;

  uint16_t class_of(char32_t c) const {
    return c < 0x80 ? ascii_class_[c] : page_class(c);
  }
  uint16_t ascii_class(unsigned char c) const { return ascii_class_[c]; }
  uint32_t next(uint32_t state, uint16_t char_class) const { return next_[state * class_count_ + char_class]; }
  /// The rule that accepts in `state`, or -1.
  int accepts(uint32_t state) const { return accept_[state]; }
  /// Whether the whole of `text` is matched by some rule.
  bool matches(std::string_view text) const;

 private:
  uint16_t page_class(char32_t c) const {
    return pages_[static_cast<size_t>(page_of_[c >> 8]) << 8 | (c & 0xFF)];
  }
  void classify(const std::vector<CharSet>& sets, std::vector<std::vector<uint16_t>>& classes_of_set);

  size_t class_count_ = 0;
  uint16_t ascii_class_[128] = {};
  std::vector<uint16_t> page_of_;  // by code point / 256
  std::vector<uint16_t> pages_;    // 256 classes each
  std::vector<uint32_t> next_;
  std::vector<int16_t> accept_;
};

}  // namespace tarn::analysis

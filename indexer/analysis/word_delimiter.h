#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace tarn::analysis {

/// Finds the subwords of a term, as Lucene's WordDelimiterIterator does: at delimiters, changes of case and between
/// letters and digits. Counts in UTF-16 units.
class WordDelimiterIterator {
 public:
  static constexpr int kLower = 1, kUpper = 2, kDigit = 4, kDelimiter = 8, kAlpha = 3, kAlphanum = 7;
  static constexpr int kDone = -1;

  struct Options {
    bool split_on_case_change = true;
    bool split_on_numerics = true;
    bool stem_english_possessive = true;
    std::vector<uint8_t> types;  ///< by character; beyond the table the character decides
  };
  /// The types of characters that rules name over those of the others; without rules the default table.
  static std::vector<uint8_t> type_table(const std::map<char16_t, int>& rules);

  explicit WordDelimiterIterator(const Options& options) : options_(options) {}
  void set_text(std::u16string_view text);
  void next();
  int type() const;
  bool is_single_word() const;

  int current = 0;  ///< start of the present subword
  int end = 0;      ///< its end, or kDone

 private:
  int char_type(int i) const;
  bool is_break(int last, int type) const;
  bool ends_with_possessive(int at) const;

  const Options& options_;
  std::u16string_view text_;
  int start_bounds_ = 0, end_bounds_ = 0;
  bool has_final_possessive_ = false, skip_possessive_ = false;
};

}  // namespace tarn::analysis

#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "indexer/analysis/analyzer.h"

namespace tarn::analysis {

/// A text on its way through char filters, in UTF-16 because Lucene's offsets and regular expressions count in it.
/// Remembers how far each later offset is from where it stood in the text before.
class FilteredText {
 public:
  explicit FilteredText(std::u16string given) : text(std::move(given)) {}

  std::u16string text;

  /// One char filter's corrections: from `offset` of its output on, the input is at offset + `difference`.
  struct Correction {
    int32_t offset;
    int32_t difference;
  };
  using Corrections = std::vector<Correction>;
  /// Puts the output of one filter in place; `corrections` ascend by offset.
  void replace(std::u16string output, Corrections corrections) {
    text = std::move(output);
    layers_.push_back(std::move(corrections));
  }
  /// The offset in the text as first given of `offset` in the present text (units).
  int32_t correct(int32_t offset) const;

 private:
  std::vector<Corrections> layers_;
};

/// Adds a correction, or replaces the last one if it is of the same offset, as BaseCharFilter.addOffCorrectMap does.
void add_correction(FilteredText::Corrections& corrections, int32_t offset, int32_t difference);

/// The three kinds of parts. All are immutable; any thread may call.
class CharFilter {
 public:
  virtual ~CharFilter() = default;
  virtual void apply(FilteredText& text) const = 0;
};

class Tokenizer {
 public:
  virtual ~Tokenizer() = default;
  /// Appends the tokens of `text` (valid UTF-8), with offsets into it, and sets end_position.
  virtual void tokenize(std::string_view text, TokenBuffer& out) const = 0;
  /// What explain shows of its tokens beside the common attributes: Lucene's packed attributes have a frequency; the script
  /// that ICU found.
  virtual bool shows_term_frequency() const { return true; }
  virtual bool shows_script() const { return false; }
};

class TokenFilter {
 public:
  virtual ~TokenFilter() = default;
  /// Changes the tokens in place.
  virtual void apply(TokenBuffer& tokens) const = 0;
};

using CharFilterPtr = std::shared_ptr<const CharFilter>;
using TokenizerPtr = std::shared_ptr<const Tokenizer>;
using TokenFilterPtr = std::shared_ptr<const TokenFilter>;

/// A filter that changes terms one by one; `term` is a scratch string.
class TermFilter : public TokenFilter {
 public:
  void apply(TokenBuffer& tokens) const final;

 protected:
  /// Writes the new term to `out` and returns true, or returns false where the term stays.
  virtual bool change(std::string_view term, std::string& out) const = 0;
  /// Tokens marked as keywords are left alone (stemmers).
  virtual bool respects_keywords() const { return false; }
};

/// A filter that drops tokens; the positions of the others stay, which leaves gaps.
class DroppingFilter : public TokenFilter {
 public:
  void apply(TokenBuffer& tokens) const final;

 protected:
  virtual bool keep(const Token& token) const = 0;
};

}  // namespace tarn::analysis

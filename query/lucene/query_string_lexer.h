#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tarn::query {

// Lucene's classic query syntax, token by token. Kinds have the numbers of QueryParser.jj, which order its error messages.
enum class SyntaxKind {
  kEnd = 0, kAnd = 8, kOr, kNot, kPlus, kMinus, kBareOperator, kOpen, kClose, kColon, kStar, kCaret, kQuoted, kTerm,
  kFuzzySlop, kPrefixTerm, kWildTerm, kRegexpTerm, kRangeInStart, kRangeExStart, kNumber, kRangeTo, kRangeInEnd,
  kRangeExEnd, kRangeQuoted, kRangeGoop,
};
/// As messages name it: <TERM>, "(" ...
std::string_view syntax_image(SyntaxKind kind);

struct SyntaxToken {
  SyntaxKind kind = SyntaxKind::kEnd;
  std::u16string image;
  size_t column = 0;   ///< UTF-16 units before it
  std::string error;   ///< a TokenMgrError that reading this token throws; "" where there is none
};
/// All tokens; the last is kEnd or one with an error.
std::vector<SyntaxToken> lex_query_string(std::u16string_view text);
/// TokenMgrError's and ParseException's way of showing characters.
std::string escaped_image(std::u16string_view text);

}  // namespace tarn::query

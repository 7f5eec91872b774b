#include "indexer/pipeline/regex.h"

#include <unicode/regex.h>
#include <unicode/unistr.h>

namespace tarn {

struct Regex::Impl {
  std::unique_ptr<icu::RegexPattern> pattern;
  std::string literal;  // the pattern is this plain text: no engine is needed

  std::unique_ptr<icu::RegexMatcher> matcher(const icu::UnicodeString& text) const {
    UErrorCode status = U_ZERO_ERROR;
    std::unique_ptr<icu::RegexMatcher> out(pattern->matcher(text, status));
    // A pattern that explodes on one text must not stop the server: bounded as ICU counts.
    out->setTimeLimit(2000, status);
    return out;
  }
};

namespace {

Error syntax_error(const std::string& pattern, UErrorCode status, const UParseError& where) {
  std::string reason;
  if (status == U_REGEX_MISMATCHED_PAREN) {
    reason = pattern.ends_with(')')
                 ? fmt::format("Unmatched closing ')'\n{}", pattern)
                 : fmt::format("Unclosed group near index {}\n{}", pattern.size(), pattern);
  } else if (status == U_REGEX_MISSING_CLOSE_BRACKET) {
    reason = fmt::format("Unclosed character class near index {}\n{}\n{}^", pattern.size() - 1,
                         pattern, std::string(pattern.size() - 1, ' '));
  } else if (status == U_REGEX_RULE_SYNTAX && !pattern.empty() &&
             std::string_view("*+?").find(pattern[0]) != std::string::npos) {
    reason = fmt::format("Dangling meta character '{}' near index 0\n{}\n^", pattern[0], pattern);
  } else {
    reason = fmt::format("{} near index {}\n{}", u_errorName(status), where.offset, pattern);
  }
  return Error(500, "pattern_syntax_exception", std::move(reason));
}

std::string utf8(const icu::UnicodeString& text) {
  std::string out;
  text.toUTF8String(out);
  return out;
}

}  // namespace

Regex::Regex(const std::string& pattern) : impl_(std::make_unique<Impl>()) {
  constexpr std::string_view kSpecial = "\\^$.|?*+()[]{}";
  if (!pattern.empty() && pattern.find_first_of(kSpecial) == std::string::npos) {
    impl_->literal = pattern;
  } else if (pattern.size() == 2 && pattern[0] == '\\' &&
             kSpecial.find(pattern[1]) != std::string_view::npos) {
    impl_->literal = pattern.substr(1);
  }
  UErrorCode status = U_ZERO_ERROR;
  UParseError where{};
  impl_->pattern.reset(
      icu::RegexPattern::compile(icu::UnicodeString::fromUTF8(pattern), 0, where, status));
  if (U_FAILURE(status)) throw ApiError(syntax_error(pattern, status, where));
}
Regex::Regex(Regex&&) noexcept = default;
Regex::~Regex() = default;

std::vector<std::string> Regex::split(const std::string& text, int limit) const {
  std::vector<std::string> out;
  if (!impl_->literal.empty()) {
    size_t start = 0;
    while (limit <= 0 || static_cast<int>(out.size()) + 1 < limit) {
      const size_t at = text.find(impl_->literal, start);
      if (at == std::string::npos) break;
      out.push_back(text.substr(start, at - start));
      start = at + impl_->literal.size();
    }
    out.push_back(text.substr(start));
  } else {
    const icu::UnicodeString unicode = icu::UnicodeString::fromUTF8(text);
    const auto matcher = impl_->matcher(unicode);
    UErrorCode status = U_ZERO_ERROR;
    int32_t start = 0;
    while (matcher->find(status) && U_SUCCESS(status) &&
           (limit <= 0 || static_cast<int>(out.size()) + 1 < limit)) {
      const int32_t begin = matcher->start(status);
      const int32_t end = matcher->end(status);
      if (end == 0) continue;  // Java: a zero-width match at the beginning gives no empty piece
      out.push_back(utf8(unicode.tempSubStringBetween(start, begin)));
      start = end;
    }
    out.push_back(utf8(unicode.tempSubString(start)));
  }
  if (limit == 0 && out.size() > 1) {
    while (!out.empty() && out.back().empty()) out.pop_back();
  }
  return out;
}

std::string Regex::replace_all(const std::string& text, const std::string& replacement) const {
  const icu::UnicodeString unicode = icu::UnicodeString::fromUTF8(text);
  const auto matcher = impl_->matcher(unicode);
  UErrorCode status = U_ZERO_ERROR;
  const icu::UnicodeString out =
      matcher->replaceAll(icu::UnicodeString::fromUTF8(replacement), status);
  if (U_FAILURE(status)) {
    throw ApiError(illegal_argument(
        fmt::format("cannot replace with [{}]: {}", replacement, u_errorName(status))));
  }
  return utf8(out);
}

bool Regex::find(const std::string& text, std::vector<std::pair<bool, std::string>>& groups) const {
  const icu::UnicodeString unicode = icu::UnicodeString::fromUTF8(text);
  const auto matcher = impl_->matcher(unicode);
  UErrorCode status = U_ZERO_ERROR;
  if (!matcher->find(status) || U_FAILURE(status)) return false;
  groups.clear();
  for (int32_t i = 1; i <= matcher->groupCount(); ++i) {
    const bool matched = matcher->start(i, status) >= 0;
    groups.emplace_back(matched, matched ? utf8(matcher->group(i, status)) : std::string());
  }
  return true;
}

}  // namespace tarn

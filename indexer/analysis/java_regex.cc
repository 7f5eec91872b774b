#include "indexer/analysis/java_regex.h"

#include <unicode/regex.h>

#include "indexer/analysis/text.h"
#include "indexer/base/error.h"

namespace tarn::analysis {

namespace {

// What stands for a class inside [...] and, wrapped in brackets, outside; POSIX names are ASCII in Java.
std::string_view posix_class(std::string_view name) {
  if (name == "Lower") return "a-z";
  if (name == "Upper") return "A-Z";
  if (name == "ASCII") return "\\u0000-\\u007F";
  if (name == "Alpha") return "a-zA-Z";
  if (name == "Digit") return "0-9";
  if (name == "Alnum") return "a-zA-Z0-9";
  if (name == "Punct") return "!-/:-@\\[-`{-~";
  if (name == "Graph") return "!-~";
  if (name == "Print") return "\\u0020-~";
  if (name == "Blank") return "\\u0020\\t";
  if (name == "Cntrl") return "\\u0000-\\u001F\\u007F";
  if (name == "XDigit") return "0-9a-fA-F";
  if (name == "Space") return "\\u0020\\t\\n\\u000B\\f\\r";
  return {};
}

// Java's name of a property in ICU's words.
std::string icu_property(std::string_view name) {
  if (name.starts_with("Is") && name != "IsAssigned") {
    name.remove_prefix(2);
    return std::string(name);
  }
  if (name.starts_with("In")) return "block=" + std::string(name.substr(2));
  if (name == "javaLowerCase") return "Lowercase";
  if (name == "javaUpperCase") return "Uppercase";
  if (name == "javaWhitespace") return "White_Space";
  if (name == "javaLetter") return "L";
  if (name == "javaDigit") return "Nd";
  return std::string(name);
}

/// What java.util.regex.Pattern says of a pattern that is none; empty where the fault is not one of the frequent ones.
std::string java_complaint(const std::string& pattern) {
  const std::u16string p = to_utf16(pattern);
  auto say = [&](const std::string& what, size_t at) {
    std::string out = what + " near index " + std::to_string(at) + "\n" + pattern;
    if (at < p.size()) out += "\n" + std::string(at, ' ') + "^";
    return out;
  };
  int groups = 0, classes = 0;
  bool atom = false, quantified = false;  // what stands before
  for (size_t i = 0; i < p.size(); ++i) {
    const char16_t c = p[i];
    if (c == u'\\') {
      if (i + 1 == p.size()) return say("Unescaped trailing backslash", p.size());
      ++i;
      atom = true, quantified = false;
    } else if (classes > 0) {
      classes += c == u'[' ? 1 : c == u']' ? -1 : 0;
      atom = true, quantified = false;
    } else if (c == u'[') {
      ++classes;
      if (i + 1 < p.size() && p[i + 1] == u'^') ++i;
      if (i + 1 < p.size() && p[i + 1] == u']') ++i;
    } else if (c == u'(') {
      ++groups;
      atom = quantified = false;
      if (i + 1 < p.size() && p[i + 1] == u'?') {
        ++i;
        if (i + 1 == p.size()) return say("Unknown inline modifier", p.size());
      }
    } else if (c == u')') {
      if (--groups < 0) return say("Unmatched closing ')'", i == 0 ? 0 : i - 1);
      atom = true, quantified = false;
    } else if (c == u'|') {
      atom = quantified = false;
    } else if (c == u'*' || c == u'+' || c == u'?') {
      if (quantified && c != u'*') {
        quantified = false;  // lazy or possessive
        atom = false;
      } else if (!atom || quantified) {
        return say(std::string("Dangling meta character '") + static_cast<char>(c) + "'", i);
      } else {
        quantified = true;
      }
    } else if (c == u'{' && atom && !quantified) {
      if (i + 1 < p.size() && (p[i + 1] < u'0' || p[i + 1] > u'9')) return say("Illegal repetition", i + 1);
      const size_t close = p.find(u'}', i);
      if (close == std::u16string::npos) return say("Unclosed counted closure", p.size());
      i = close;
      quantified = true;
    } else {
      atom = true, quantified = false;
    }
  }
  if (classes > 0) return say("Unclosed character class", p.size() - 1);
  if (groups > 0) return say("Unclosed group", p.size());
  return {};
}

class Translator {
 public:
  Translator(std::string_view pattern, bool unicode_classes) : in_(pattern), unicode_(unicode_classes) {}

  std::string run() {
    while (at_ < in_.size()) {
      char c = in_[at_];
      if (c == '\\') {
        escape();
      } else {
        if (c == '[') {
          ++depth_;
        } else if (c == ']' && depth_ > 0) {
          --depth_;
        }
        out_ += c;
        ++at_;
        // A bracket right after the opening one (or after ^) is a literal in ICU, as in Java it begins a nested set.
        if (c == '[' && at_ < in_.size() && in_[at_] == '^') out_ += in_[at_++];
      }
    }
    return std::move(out_);
  }

 private:
  void set(std::string_view members, bool negated) {
    if (depth_ > 0 && !negated) {
      out_ += members;
    } else {
      out_ += negated ? "[^" : "[";
      out_ += members;
      out_ += ']';
    }
  }

  void escape() {
    if (at_ + 1 >= in_.size()) {
      out_ += in_[at_++];
      return;
    }
    char c = in_[at_ + 1];
    if (!unicode_) {
      switch (c) {
        case 'w': case 'W': at_ += 2; return set("a-zA-Z0-9_", c == 'W');
        case 'd': case 'D': at_ += 2; return set("0-9", c == 'D');
        case 's': case 'S': at_ += 2; return set("\\u0020\\t\\n\\u000B\\f\\r", c == 'S');
        case 'b':
          if (depth_ == 0) {
            at_ += 2;
            out_ += "(?:(?<=[a-zA-Z0-9_])(?![a-zA-Z0-9_])|(?<![a-zA-Z0-9_])(?=[a-zA-Z0-9_]))";
            return;
          }
          break;
        case 'B':
          if (depth_ == 0) {
            at_ += 2;
            out_ += "(?:(?<=[a-zA-Z0-9_])(?=[a-zA-Z0-9_])|(?<![a-zA-Z0-9_])(?![a-zA-Z0-9_]))";
            return;
          }
          break;
        default: break;
      }
    }
    if (c == 'Q') {
      size_t end = in_.find("\\E", at_ + 2);
      std::string_view literal = in_.substr(at_ + 2, end == std::string_view::npos ? end : end - at_ - 2);
      for (char l : literal) {
        if (static_cast<unsigned char>(l) < 0x80 && !isalnum(static_cast<unsigned char>(l))) out_ += '\\';
        out_ += l;
      }
      at_ = end == std::string_view::npos ? in_.size() : end + 2;
      return;
    }
    if (c == 'p' || c == 'P') return property(c == 'P');
    out_ += in_.substr(at_, 2);
    at_ += 2;
  }

  void property(bool negated) {
    std::string_view name;
    size_t after = at_ + 3;
    if (at_ + 2 < in_.size() && in_[at_ + 2] == '{') {
      size_t close = in_.find('}', at_);
      if (close == std::string_view::npos) close = in_.size();
      name = in_.substr(at_ + 3, close - at_ - 3);
      after = std::min(close + 1, in_.size());
    } else {
      name = in_.substr(std::min(at_ + 2, in_.size()), 1);
    }
    at_ = std::min(after, in_.size());
    std::string_view posix = posix_class(name);
    if (!posix.empty() && !unicode_) return set(posix, negated);
    out_ += negated ? "\\P{" : "\\p{";
    out_ += icu_property(name);
    out_ += '}';
  }

  std::string_view in_;
  bool unicode_;
  size_t at_ = 0;
  int depth_ = 0;
  std::string out_;
};

icu::UnicodeString to_icu(std::u16string_view text) {
  return icu::UnicodeString(false, text.data(), static_cast<int32_t>(text.size()));
}

struct Flags {
  uint32_t icu = 0;
  bool unicode_classes = false;
};

Flags parse_flags(std::string_view names) {
  Flags flags;
  while (!names.empty()) {
    size_t bar = names.find('|');
    std::string_view name = names.substr(0, bar);
    names.remove_prefix(bar == std::string_view::npos ? names.size() : bar + 1);
    if (name.empty()) continue;
    std::string upper;
    for (char c : name) upper += static_cast<char>(toupper(static_cast<unsigned char>(c)));
    if (upper == "CASE_INSENSITIVE") flags.icu |= UREGEX_CASE_INSENSITIVE;
    else if (upper == "MULTILINE") flags.icu |= UREGEX_MULTILINE;
    else if (upper == "DOTALL") flags.icu |= UREGEX_DOTALL;
    else if (upper == "UNICODE_CASE" || upper == "CANON_EQ") continue;  // ICU's case folding is Unicode's already
    else if (upper == "UNIX_LINES") flags.icu |= UREGEX_UNIX_LINES;
    else if (upper == "LITERAL") flags.icu |= UREGEX_LITERAL;
    else if (upper == "COMMENTS") flags.icu |= UREGEX_COMMENTS;
    else if (upper == "UNICODE_CHAR_CLASS" || upper == "UNICODE_CHARACTER_CLASS") flags.unicode_classes = true;
    else throw ApiError(illegal_argument("Unknown regex flag [" + std::string(name) + "]"));
  }
  return flags;
}

}  // namespace

struct JavaRegex::Impl {
  std::unique_ptr<icu::RegexPattern> pattern;
};

JavaRegex::JavaRegex(std::string_view pattern, std::string_view flag_names) : impl_(new Impl) {
  Flags flags = parse_flags(flag_names);
  std::string translated =
      (flags.icu & UREGEX_LITERAL) ? std::string(pattern) : Translator(pattern, flags.unicode_classes).run();
  UParseError where;
  UErrorCode status = U_ZERO_ERROR;
  impl_->pattern.reset(icu::RegexPattern::compile(
      icu::UnicodeString::fromUTF8(icu::StringPiece(translated.data(), static_cast<int32_t>(translated.size()))),
      flags.icu, where, status));
  if (U_FAILURE(status)) {
    const std::string complaint = java_complaint(std::string(pattern));
    if (!complaint.empty()) throw ApiError(400, "pattern_syntax_exception", complaint);
    throw ApiError(400, "pattern_syntax_exception",
                   std::string("bad regular expression [") + std::string(pattern) + "]: " + u_errorName(status));
  }
}

JavaRegex::~JavaRegex() = default;
JavaRegex::JavaRegex(JavaRegex&&) noexcept = default;

namespace {
constexpr int32_t kTimeLimit = 2000;  // of ICU's units, about a millisecond each: patterns can backtrack without end
}

struct JavaRegex::Matcher::Impl {
  icu::UnicodeString text;
  std::unique_ptr<icu::RegexMatcher> matcher;
};

JavaRegex::Matcher::Matcher(const JavaRegex& regex, std::u16string_view text) : impl_(new Impl) {
  impl_->text = to_icu(text);
  UErrorCode status = U_ZERO_ERROR;
  impl_->matcher.reset(regex.impl_->pattern->matcher(impl_->text, status));
  if (U_SUCCESS(status)) impl_->matcher->setTimeLimit(kTimeLimit, status);
  if (U_FAILURE(status)) throw ApiError(illegal_argument(std::string("regular expression failed: ") + u_errorName(status)));
}

JavaRegex::Matcher::~Matcher() = default;
JavaRegex::Matcher::Matcher(Matcher&&) noexcept = default;

bool JavaRegex::Matcher::find() {
  UErrorCode status = U_ZERO_ERROR;
  bool found = impl_->matcher->find(status);
  if (U_FAILURE(status)) throw ApiError(illegal_argument(std::string("regular expression failed: ") + u_errorName(status)));
  return found;
}

bool JavaRegex::Matcher::matches() {
  UErrorCode status = U_ZERO_ERROR;
  bool all = impl_->matcher->matches(status);
  if (U_FAILURE(status)) throw ApiError(illegal_argument(std::string("regular expression failed: ") + u_errorName(status)));
  return all;
}

int JavaRegex::Matcher::start(int group) const {
  UErrorCode status = U_ZERO_ERROR;
  return impl_->matcher->start(group, status);
}

int JavaRegex::Matcher::end(int group) const {
  UErrorCode status = U_ZERO_ERROR;
  return impl_->matcher->end(group, status);
}

int JavaRegex::Matcher::group_count() const { return impl_->matcher->groupCount(); }

void JavaRegex::Matcher::append_replacement(std::u16string_view replacement, std::u16string& out) const {
  auto append_group = [&](int group) {
    if (group > group_count()) throw ApiError(500, "index_out_of_bounds_exception", "No group " + std::to_string(group));
    if (start(group) < 0) return;
    const char16_t* text = impl_->text.getBuffer();
    out.append(text + start(group), static_cast<size_t>(end(group) - start(group)));
  };
  for (size_t i = 0; i < replacement.size(); ++i) {
    char16_t c = replacement[i];
    if (c == u'\\') {
      if (i + 1 == replacement.size()) throw ApiError(illegal_argument("character to be escaped is missing"));
      out += replacement[++i];
    } else if (c == u'$') {
      if (i + 1 == replacement.size()) throw ApiError(illegal_argument("Illegal group reference: group index is missing"));
      char16_t next = replacement[i + 1];
      if (next == u'{') {
        size_t close = replacement.find(u'}', i);
        if (close == std::u16string_view::npos) {
          throw ApiError(illegal_argument("named capturing group is missing trailing '}'"));
        }
        UErrorCode status = U_ZERO_ERROR;
        int group = impl_->matcher->pattern().groupNumberFromName(to_icu(replacement.substr(i + 2, close - i - 2)), status);
        if (U_FAILURE(status)) {
          throw ApiError(illegal_argument("No group with name {" + to_utf8(replacement.substr(i + 2, close - i - 2)) + "}"));
        }
        append_group(group);
        i = close;
      } else if (next >= u'0' && next <= u'9') {
        int group = next - u'0';
        ++i;
        // More digits belong to the number as long as there is such a group.
        while (i + 1 < replacement.size() && replacement[i + 1] >= u'0' && replacement[i + 1] <= u'9') {
          int longer = group * 10 + (replacement[i + 1] - u'0');
          if (longer > group_count()) break;
          group = longer;
          ++i;
        }
        append_group(group);
      } else {
        throw ApiError(illegal_argument("Illegal group reference"));
      }
    } else {
      out += c;
    }
  }
}

namespace {
std::u16string replace(const JavaRegex& regex, std::u16string_view text, std::u16string_view replacement, bool all) {
  JavaRegex::Matcher matcher(regex, text);
  std::u16string out;
  size_t copied = 0;
  while (matcher.find()) {
    out.append(text.substr(copied, static_cast<size_t>(matcher.start()) - copied));
    matcher.append_replacement(replacement, out);
    copied = static_cast<size_t>(matcher.end());
    if (!all) break;
  }
  out.append(text.substr(copied));
  return out;
}
}  // namespace

std::u16string JavaRegex::replace_all(std::u16string_view text, std::u16string_view replacement) const {
  return replace(*this, text, replacement, true);
}

std::u16string JavaRegex::replace_first(std::u16string_view text, std::u16string_view replacement) const {
  return replace(*this, text, replacement, false);
}

}  // namespace tarn::analysis

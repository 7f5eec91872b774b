#include <algorithm>

#include "indexer/analysis/filters.h"
#include "indexer/analysis/java_regex.h"

namespace tarn::analysis {

namespace {

class PatternReplaceFilter final : public TermFilter {
 public:
  PatternReplaceFilter(const std::string& pattern, const std::string& flags, const std::string& replacement, bool all)
      : regex_(pattern, flags), replacement_(to_utf16(replacement)), all_(all) {}

 protected:
  bool change(std::string_view term, std::string& out) const override {
    std::u16string text = to_utf16(term);
    out = to_utf8(all_ ? regex_.replace_all(text, replacement_) : regex_.replace_first(text, replacement_));
    return out != term;
  }

 private:
  JavaRegex regex_;
  std::u16string replacement_;
  bool all_;
};

// Lucene walks all patterns at once and always gives the group that begins first, of the pattern named first.
class PatternCaptureFilter final : public TokenFilter {
 public:
  PatternCaptureFilter(const std::vector<std::string>& patterns, bool preserve_original) : preserve_(preserve_original) {
    for (const std::string& pattern : patterns) regexes_.emplace_back(pattern);
  }

  void apply(TokenBuffer& tokens) const override {
    std::vector<Token> out;
    for (const Token& token : tokens.tokens) {
      size_t before = out.size();
      std::u16string text = to_utf16(token.term);
      UnitToByte bytes(token.term);
      std::vector<Cursor> cursors;
      for (const JavaRegex& regex : regexes_) cursors.push_back({JavaRegex::Matcher(regex, text), -1});
      if (preserve_) out.push_back(token);
      while (Cursor* next = first_of(cursors, preserve_, static_cast<int>(text.size()))) {
        int start = next->matcher.start(next->group);
        int end = next->matcher.end(next->group);
        next->group++;
        Token part = token;
        part.term = token.term.substr(bytes[static_cast<size_t>(start)], bytes[static_cast<size_t>(end)] - bytes[static_cast<size_t>(start)]);
        out.push_back(part);
      }
      if (out.size() == before) out.push_back(token);
    }
    tokens.tokens = std::move(out);
  }

 private:
  struct Cursor {
    JavaRegex::Matcher matcher;
    int group;  // next group to give; -1: find the next match; -2: no more
  };

  // Moves the cursor to its next group that is neither empty nor the whole kept term.
  static bool advance(Cursor& c, bool preserve, int size) {
    while (c.group != -2) {
      if (c.group == -1) {
        c.group = c.matcher.find() ? 1 : -2;
        continue;
      }
      if (c.group > c.matcher.group_count()) {
        c.group = -1;
        continue;
      }
      int start = c.matcher.start(c.group);
      int end = c.matcher.end(c.group);
      if (start == end || (preserve && start == 0 && end == size)) {
        ++c.group;
        continue;
      }
      return true;
    }
    return false;
  }

  static Cursor* first_of(std::vector<Cursor>& cursors, bool preserve, int size) {
    Cursor* first = nullptr;
    for (Cursor& c : cursors) {
      if (!advance(c, preserve, size)) continue;
      if (first == nullptr || c.matcher.start(c.group) < first->matcher.start(first->group)) first = &c;
    }
    return first;
  }

  std::vector<JavaRegex> regexes_;
  bool preserve_;
};

}  // namespace

TokenFilterPtr make_pattern_replace_filter(const std::string& pattern, const std::string& flags,
                                           const std::string& replacement, bool all) {
  return std::make_shared<PatternReplaceFilter>(pattern, flags, replacement, all);
}

TokenFilterPtr make_pattern_capture_filter(const std::vector<std::string>& patterns, bool preserve_original) {
  return std::make_shared<PatternCaptureFilter>(patterns, preserve_original);
}

}  // namespace tarn::analysis

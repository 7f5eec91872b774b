#include "indexer/analysis/java_regex.h"
#include "indexer/analysis/lucene_regexp.h"
#include "indexer/analysis/text.h"
#include "indexer/analysis/tokenizers.h"
#include "indexer/base/error.h"

namespace tarn::analysis {

namespace {

void add_token(std::string_view text, uint32_t start, uint32_t end, TokenBuffer& out) {
  Token token;
  token.term = text.substr(start, end - start);
  token.position = out.end_position++;
  token.start_offset = start;
  token.end_offset = end;
  out.tokens.push_back(token);
}

/// What lies between runs of other characters than ASCII letters, digits and '_': the default pattern \W+, by hand.
class NonWordSplitter final : public Tokenizer {
 public:
  void tokenize(std::string_view text, TokenBuffer& out) const override {
    auto is_word = [](unsigned char c) { return (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z') || c == '_'; };
    uint32_t start = 0;
    for (uint32_t i = 0; i <= text.size(); ++i) {
      if (i < text.size() && is_word(static_cast<unsigned char>(text[i]))) continue;
      if (i > start) add_token(text, start, i, out);
      start = i + 1;
    }
  }
};

class PatternTokenizer final : public Tokenizer {
 public:
  PatternTokenizer(JavaRegex regex, int group) : regex_(std::move(regex)), group_(group) {}

  void tokenize(std::string_view text, TokenBuffer& out) const override {
    std::u16string units = to_utf16(text);
    UnitToByte bytes(text);
    JavaRegex::Matcher matcher(regex_, units);
    int from = 0;
    while (matcher.find()) {
      int start = group_ >= 0 ? matcher.start(group_) : from;
      int end = group_ >= 0 ? matcher.end(group_) : matcher.start();
      if (end > start) add_token(text, bytes[start], bytes[end], out);
      from = matcher.end();
    }
    int size = static_cast<int>(units.size());
    if (group_ < 0 && size > from) add_token(text, bytes[from], bytes[size], out);
  }

 private:
  JavaRegex regex_;
  int group_;
};

/// Longest matches of an automaton (or what lies between them).
class SimplePatternTokenizer final : public Tokenizer {
 public:
  SimplePatternTokenizer(std::string_view pattern, bool split)
      : automaton_({parse_lucene_regexp(pattern)}), split_(split) {}

  void tokenize(std::string_view text, TokenBuffer& out) const override {
    const char* begin = text.data();
    const char* end = begin + text.size();
    uint32_t pending = 0;  // start of the text since the last match
    for (const char* p = begin; p < end;) {
      const char* accepted = longest_match(p, end);
      auto here = static_cast<uint32_t>(p - begin);
      if (accepted == p) {
        next_code_point(p, end);
        continue;
      }
      auto after = static_cast<uint32_t>(accepted - begin);
      if (!split_) {
        add_token(text, here, after, out);
      } else if (here > pending) {
        add_token(text, pending, here, out);
      }
      pending = after;
      p = accepted;
    }
    if (split_ && pending < text.size()) add_token(text, pending, static_cast<uint32_t>(text.size()), out);
  }

 private:
  const char* longest_match(const char* p, const char* end) const {
    const char* accepted = p;
    uint32_t state = Automaton::kStart;
    while (p < end) {
      state = automaton_.next(state, automaton_.class_of(next_code_point(p, end)));
      if (state == Automaton::kDead) break;
      if (automaton_.accepts(state) >= 0) accepted = p;
    }
    return accepted;
  }

  Automaton automaton_;
  bool split_;
};

class PathTokenizer final : public Tokenizer {
 public:
  explicit PathTokenizer(const PathSettings& settings) : settings_(settings) {}

  void tokenize(std::string_view text, TokenBuffer& out) const override {
    if (text.empty()) return;
    std::vector<uint32_t> cuts = {0};  // starts of the components
    for (const char *begin = text.data(), *p = begin, *end = p + text.size(); p < end;) {
      auto at = static_cast<uint32_t>(p - begin);
      if (next_code_point(p, end) != settings_.delimiter) continue;
      if (settings_.reverse) cuts.push_back(static_cast<uint32_t>(p - begin));
      else if (at > 0) cuts.push_back(at);
    }
    if (cuts.back() < text.size()) cuts.push_back(static_cast<uint32_t>(text.size()));
    auto skip = static_cast<size_t>(settings_.skip);
    size_t components = cuts.size() - 1;
    if (skip >= components) return;
    for (size_t k = settings_.reverse ? 0 : skip; k < (settings_.reverse ? components - skip : components); ++k) {
      uint32_t start = settings_.reverse ? cuts[k] : cuts[skip];
      uint32_t end = settings_.reverse ? cuts[components - skip] : cuts[k + 1];
      add_token(text, start, end, out);
      if (settings_.replacement != settings_.delimiter) out.tokens.back().term = replaced(out.tokens.back().term, out);
    }
  }

 private:
  std::string_view replaced(std::string_view term, TokenBuffer& out) const {
    std::string with;
    for (const char *p = term.data(), *end = p + term.size(); p < end;) {
      char32_t c = next_code_point(p, end);
      append_code_point(with, c == settings_.delimiter ? settings_.replacement : c);
    }
    return out.keep(with);
  }

  PathSettings settings_;
};

}  // namespace

TokenizerPtr make_path_tokenizer(const PathSettings& settings) {
  if (settings.skip < 0) throw ApiError(illegal_argument("skip cannot be negative"));
  return std::make_shared<PathTokenizer>(settings);
}

TokenizerPtr make_pattern_tokenizer(std::string_view pattern, std::string_view flags, int group) {
  if (pattern == "\\W+" && flags.empty() && group < 0) return std::make_shared<NonWordSplitter>();
  JavaRegex regex(pattern, flags);
  int groups = JavaRegex::Matcher(regex, u"").group_count();
  if (group > groups) {
    throw ApiError(illegal_argument("invalid group specified: pattern only has: " + std::to_string(groups) +
                                    " capturing groups"));
  }
  return std::make_shared<PatternTokenizer>(std::move(regex), group);
}

TokenizerPtr make_simple_pattern_tokenizer(std::string_view pattern, bool split) {
  return std::make_shared<SimplePatternTokenizer>(pattern, split);
}

}  // namespace tarn::analysis

#include <algorithm>
#include <set>

#include "indexer/analysis/filters.h"
#include "indexer/base/error.h"

namespace tarn::analysis {

namespace {

class LengthFilter final : public DroppingFilter {
 public:
  LengthFilter(int min, int max) : min_(static_cast<size_t>(min)), max_(static_cast<size_t>(max)) {}

 protected:
  bool keep(const Token& token) const override {
    size_t units = utf16_length(token.term);
    return units >= min_ && units <= max_;
  }

 private:
  size_t min_, max_;
};

class TrimFilter final : public TermFilter {
 protected:
  bool change(std::string_view term, std::string& out) const override {
    const char* first = nullptr;
    const char* last = nullptr;
    for (const char *p = term.data(), *end = p + term.size(); p < end;) {
      const char* at = p;
      if (is_java_whitespace(next_code_point(p, end))) continue;
      if (first == nullptr) first = at;
      last = p;
    }
    if (first != nullptr) out.assign(first, last);
    return out.size() != term.size();
  }
};

class TruncateFilter final : public TermFilter {
 public:
  explicit TruncateFilter(int length) : units_(static_cast<size_t>(length)) {}

 protected:
  bool change(std::string_view term, std::string& out) const override {
    if (term.size() <= units_ || utf16_length(term) <= units_) return false;
    // Half of a pair that is cut in two has no UTF-8; Lucene writes it so.
    size_t units = 0;
    const char* p = term.data();
    for (const char* end = p + term.size(); p < end;) {
      const char* at = p;
      units += next_code_point(p, end) > 0xFFFF ? 2 : 1;
      if (units <= units_) continue;
      out.assign(term.data(), at);
      if (units == units_ + 1 && p - at == 4) append_code_point(out, 0xFFFD);
      return true;
    }
    out.assign(term.data(), p);
    return true;
  }

 private:
  size_t units_;
};

class UniqueFilter final : public TokenFilter {
 public:
  explicit UniqueFilter(bool only_on_same_position) : only_on_same_position_(only_on_same_position) {}

  // Unlike a stop filter this leaves no gap: a dropped token's position is taken by the next.
  void apply(TokenBuffer& tokens) const override {
    std::unordered_set<std::string_view> seen;
    int32_t previous_position = -1;   // of the input
    std::vector<Token> kept;
    int32_t position = -1;
    for (Token& token : tokens.tokens) {
      int32_t increment = token.position - previous_position;
      previous_position = token.position;
      if (only_on_same_position_) {
        if (increment > 0) seen.clear();
        position += increment;
        if (!seen.insert(token.term).second) continue;
      } else {
        if (!seen.insert(token.term).second) continue;
        position += increment;
      }
      token.position = position;
      kept.push_back(token);
    }
    tokens.end_position += position - previous_position;
    tokens.tokens = std::move(kept);
  }

 private:
  bool only_on_same_position_;
};

class RemoveDuplicatesFilter final : public TokenFilter {
 public:
  void apply(TokenBuffer& tokens) const override {
    std::unordered_set<std::string_view> seen;
    int32_t position = -1;
    std::erase_if(tokens.tokens, [&](const Token& token) {
      if (token.position != position) seen.clear();
      position = token.position;
      return !seen.insert(token.term).second;
    });
  }
};

class ReverseFilter final : public TermFilter {
 protected:
  bool change(std::string_view term, std::string& out) const override {
    std::u32string chars = to_utf32(term);
    std::reverse(chars.begin(), chars.end());
    out = to_utf8(chars);
    return true;
  }
};

class LimitFilter final : public TokenFilter {
 public:
  LimitFilter(int max, bool consume_all) : max_(static_cast<size_t>(max)), consume_all_(consume_all) {}
  void apply(TokenBuffer& tokens) const override {
    if (tokens.tokens.size() < max_) return;
    tokens.tokens.resize(max_);
    // What is not read has no end.
    tokens.end_position = tokens.tokens.back().position + 1;
    if (!consume_all_) tokens.end_offset = tokens.tokens.back().end_offset;
  }

 private:
  size_t max_;
  bool consume_all_;
};

class KeywordRepeatFilter final : public TokenFilter {
 public:
  void apply(TokenBuffer& tokens) const override {
    std::vector<Token> repeated;
    repeated.reserve(tokens.tokens.size() * 2);
    for (const Token& token : tokens.tokens) {
      repeated.push_back(token);
      repeated.back().keyword = true;
      repeated.push_back(token);
      repeated.back().keyword = false;
    }
    tokens.tokens = std::move(repeated);
  }
};

class ApostropheFilter final : public TermFilter {
 protected:
  bool change(std::string_view term, std::string& out) const override {
    size_t at = std::min(term.find('\''), term.find("\u2019"));
    if (at == std::string_view::npos) return false;
    out = term.substr(0, at);
    return true;
  }
};

// The types are those of ClassicTokenizer: 's goes from apostrophes, dots go from acronyms.
class ClassicFilter final : public TokenFilter {
 public:
  void apply(TokenBuffer& tokens) const override {
    for (Token& token : tokens.tokens) {
      std::string_view type = token.type;
      size_t size = token.term.size();
      if (type == "<APOSTROPHE>" && size >= 2 && (token.term.ends_with("'s") || token.term.ends_with("'S"))) {
        token.term.remove_suffix(2);
      } else if (type == "<ACRONYM>") {
        std::string letters(token.term);
        std::erase(letters, '.');
        token.term = tokens.keep(letters);
      }
    }
  }
};

class EnglishPossessiveFilter final : public TokenFilter {
 public:
  void apply(TokenBuffer& tokens) const override {
    for (Token& token : tokens.tokens) {
      std::string_view& term = token.term;
      if (term.size() < 2 || (term.back() | 0x20) != 's') continue;
      std::string_view stem = term.substr(0, term.size() - 1);
      for (std::string_view quote : {"'", "\u2019", "\uFF07"}) {
        if (!stem.ends_with(quote)) continue;
        term.remove_suffix(quote.size() + 1);
        break;
      }
    }
  }
};

class FingerprintFilter final : public TokenFilter {
 public:
  FingerprintFilter(std::string separator, int max) : separator_(std::move(separator)), max_(max) {}

  void apply(TokenBuffer& tokens) const override {
    // Java orders by UTF-16 units; only characters beyond the BMP sort differently in UTF-8.
    auto less = [](std::string_view a, std::string_view b) {
      if (is_ascii(a) && is_ascii(b)) return a < b;
      return to_utf16(a) < to_utf16(b);
    };
    std::set<std::string_view, decltype(less)> terms(less);
    for (const Token& token : tokens.tokens) terms.insert(token.term);
    Token one;
    one.type = "fingerprint";
    one.end_offset = tokens.end_offset;
    tokens.tokens.clear();
    // Lucene's filter ends in the state of its token, which stands for one more position.
    tokens.end_position = 1;
    if (terms.empty()) return;
    std::string joined;
    for (std::string_view term : terms) {
      if (!joined.empty()) joined += separator_;
      joined += term;
    }
    if (static_cast<int64_t>(utf16_length(joined)) > max_) {
      return;
    }
    tokens.end_position = 2;
    one.term = tokens.keep(joined);
    tokens.tokens.push_back(one);
  }

 private:
  std::string separator_;
  int64_t max_;
};

}  // namespace

TokenFilterPtr make_length_filter(int min, int max) {
  if (min < 0) throw ApiError(illegal_argument("minimum length must be greater than or equal to zero"));
  if (min > max) throw ApiError(illegal_argument("maximum length must not be greater than minimum length"));
  return std::make_shared<LengthFilter>(min, max);
}
TokenFilterPtr make_trim_filter() { return std::make_shared<TrimFilter>(); }
TokenFilterPtr make_truncate_filter(int length) {
  if (length < 1) throw ApiError(illegal_argument("length parameter must be a positive number: " + std::to_string(length)));
  return std::make_shared<TruncateFilter>(length);
}
TokenFilterPtr make_unique_filter(bool only_on_same_position) { return std::make_shared<UniqueFilter>(only_on_same_position); }
TokenFilterPtr make_remove_duplicates_filter() { return std::make_shared<RemoveDuplicatesFilter>(); }
TokenFilterPtr make_reverse_filter() { return std::make_shared<ReverseFilter>(); }
TokenFilterPtr make_limit_filter(int max_token_count, bool consume_all) {
  if (max_token_count < 1) throw ApiError(illegal_argument("maxTokenCount must be greater than zero"));
  return std::make_shared<LimitFilter>(max_token_count, consume_all);
}
TokenFilterPtr make_keyword_repeat_filter() { return std::make_shared<KeywordRepeatFilter>(); }
TokenFilterPtr make_apostrophe_filter() { return std::make_shared<ApostropheFilter>(); }
TokenFilterPtr make_classic_filter() { return std::make_shared<ClassicFilter>(); }
TokenFilterPtr make_english_possessive_filter() { return std::make_shared<EnglishPossessiveFilter>(); }
TokenFilterPtr make_fingerprint_filter(std::string separator, int max_output_size) {
  return std::make_shared<FingerprintFilter>(std::move(separator), max_output_size);
}

}  // namespace tarn::analysis

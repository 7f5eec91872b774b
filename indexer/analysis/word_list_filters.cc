#include <algorithm>
#include <map>

#include "indexer/analysis/filters.h"
#include "indexer/analysis/java_regex.h"
#include "indexer/base/error.h"

namespace tarn::analysis {

namespace {

class StopFilter final : public DroppingFilter {
 public:
  explicit StopFilter(WordSet words) : words_(std::move(words)) {}

 protected:
  bool keep(const Token& token) const override { return !words_.contains(token.term); }

 private:
  WordSet words_;
};

// A user who types "find the" may go on to "find them": a stop word that ends the text without a character behind it
// stays, marked as a keyword.
class SuggestStopFilter final : public TokenFilter {
 public:
  explicit SuggestStopFilter(WordSet words) : words_(std::move(words)) {}

  void apply(TokenBuffer& tokens) const override {
    std::vector<Token> kept;
    for (const Token& token : tokens.tokens) {
      bool is_stop_word = words_.contains(token.term);
      bool ends_text = &token == &tokens.tokens.back() && token.end_offset == tokens.end_offset;
      if (is_stop_word && !ends_text) continue;
      kept.push_back(token);
      if (is_stop_word) kept.back().keyword = true;
    }
    tokens.tokens = std::move(kept);
  }

 private:
  WordSet words_;
};

class KeepWordsFilter final : public DroppingFilter {
 public:
  explicit KeepWordsFilter(WordSet words) : words_(std::move(words)) {}

 protected:
  bool keep(const Token& token) const override { return words_.contains(token.term); }

 private:
  WordSet words_;
};

class KeepTypesFilter final : public DroppingFilter {
 public:
  KeepTypesFilter(std::vector<std::string> types, bool exclude) : types_(std::move(types)), exclude_(exclude) {}

 protected:
  bool keep(const Token& token) const override {
    return (std::find(types_.begin(), types_.end(), token.type) != types_.end()) != exclude_;
  }

 private:
  std::vector<std::string> types_;
  bool exclude_;
};

class KeywordMarkerFilter final : public TokenFilter {
 public:
  explicit KeywordMarkerFilter(WordSet words) : words_(std::move(words)) {}
  void apply(TokenBuffer& tokens) const override {
    for (Token& token : tokens.tokens) token.keyword = token.keyword || words_.contains(token.term);
  }

 private:
  WordSet words_;
};

class PatternKeywordMarkerFilter final : public TokenFilter {
 public:
  explicit PatternKeywordMarkerFilter(const std::string& pattern) : regex_(pattern) {}
  void apply(TokenBuffer& tokens) const override {
    for (Token& token : tokens.tokens) {
      std::u16string term = to_utf16(token.term);
      if (JavaRegex::Matcher(regex_, term).matches()) token.keyword = true;
    }
  }

 private:
  JavaRegex regex_;
};

class StemmerOverrideFilter final : public TokenFilter {
 public:
  explicit StemmerOverrideFilter(StemmerOverrides rules) : rules_(std::move(rules)) {}
  void apply(TokenBuffer& tokens) const override {
    for (Token& token : tokens.tokens) {
      if (token.keyword) continue;
      auto it = rules_.find(token.term);
      if (it == rules_.end()) continue;
      token.term = tokens.keep(it->second);
      token.keyword = true;
    }
  }

 private:
  StemmerOverrides rules_;
};

class ElisionFilter final : public TokenFilter {
 public:
  explicit ElisionFilter(WordSet articles) : articles_(std::move(articles)) {}
  void apply(TokenBuffer& tokens) const override {
    for (Token& token : tokens.tokens) {
      size_t ascii = token.term.find('\'');
      size_t curly = token.term.find("\u2019");
      size_t at = std::min(ascii, curly);
      if (at == std::string_view::npos || !articles_.contains(token.term.substr(0, at))) continue;
      token.term.remove_prefix(at + (at == ascii ? 1 : 3));
    }
  }

 private:
  WordSet articles_;
};

std::vector<std::string_view> split_at(std::string_view text, std::string_view separator) {
  std::vector<std::string_view> parts;
  while (true) {
    size_t at = text.find(separator);
    parts.push_back(trim(text.substr(0, at)));
    if (at == std::string_view::npos) return parts;
    text.remove_prefix(at + separator.size());
  }
}

}  // namespace

TokenFilterPtr make_stop_filter(WordSet words) { return std::make_shared<StopFilter>(std::move(words)); }
TokenFilterPtr make_suggest_stop_filter(WordSet words) { return std::make_shared<SuggestStopFilter>(std::move(words)); }
TokenFilterPtr make_keep_words_filter(WordSet words) { return std::make_shared<KeepWordsFilter>(std::move(words)); }
TokenFilterPtr make_keep_types_filter(std::vector<std::string> types, bool exclude) {
  return std::make_shared<KeepTypesFilter>(std::move(types), exclude);
}
TokenFilterPtr make_keyword_marker_filter(WordSet words) { return std::make_shared<KeywordMarkerFilter>(std::move(words)); }
TokenFilterPtr make_keyword_marker_filter(const std::string& pattern) {
  return std::make_shared<PatternKeywordMarkerFilter>(pattern);
}

void add_stemmer_override(StemmerOverrides& overrides, const std::string& rule) {
  auto refuse = [&rule] { throw ApiError(500, "runtime_exception", "Invalid keyword override rule: " + rule); };
  const auto sides = split_at(rule, "=>");
  if (sides.size() != 2 || sides[1].empty() || sides[1].find(',') != std::string_view::npos) refuse();
  const auto keys = split_at(sides[0], ",");
  if (std::any_of(keys.begin(), keys.end(), [](std::string_view key) { return key.empty(); })) refuse();
  for (const std::string_view key : keys) overrides.emplace(std::string(key), std::string(sides[1]));
}

TokenFilterPtr make_stemmer_override_filter(StemmerOverrides overrides) {
  return std::make_shared<StemmerOverrideFilter>(std::move(overrides));
}

TokenFilterPtr make_elision_filter(WordSet articles) { return std::make_shared<ElisionFilter>(std::move(articles)); }

}  // namespace tarn::analysis

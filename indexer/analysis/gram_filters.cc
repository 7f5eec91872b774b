#include "indexer/analysis/filters.h"
#include "indexer/base/error.h"

namespace tarn::analysis {

namespace {

/// Byte offsets of the code points of a term, and its size at the end.
std::vector<uint32_t> code_point_offsets(std::string_view term) {
  std::vector<uint32_t> at;
  at.reserve(term.size() + 1);
  for (uint32_t i = 0; i < term.size(); ++i) {
    if ((static_cast<unsigned char>(term[i]) & 0xC0) != 0x80) at.push_back(i);
  }
  at.push_back(static_cast<uint32_t>(term.size()));
  return at;
}

class NGramFilter final : public TokenFilter {
 public:
  NGramFilter(int min, int max, bool preserve_original, bool edges_only)
      : min_(static_cast<size_t>(min)), max_(static_cast<size_t>(max)), preserve_(preserve_original), edges_(edges_only) {}

  void apply(TokenBuffer& tokens) const override {
    std::vector<Token> out;
    for (const Token& token : tokens.tokens) {
      std::vector<uint32_t> at = code_point_offsets(token.term);
      size_t count = at.size() - 1;
      if (preserve_ && count < min_) out.push_back(token);
      for (size_t i = 0; i < (edges_ ? std::min<size_t>(count, 1) : count); ++i) {
        for (size_t n = min_; n <= max_ && i + n <= count; ++n) {
          out.push_back(token);
          out.back().term = token.term.substr(at[i], at[i + n] - at[i]);
        }
      }
      if (preserve_ && count > max_) out.push_back(token);
    }
    tokens.tokens = std::move(out);
  }

 private:
  size_t min_, max_;
  bool preserve_, edges_;
};

class ShingleFilter final : public TokenFilter {
 public:
  explicit ShingleFilter(const ShingleSettings& settings) : s_(settings) {}

  void apply(TokenBuffer& tokens) const override {
    std::vector<Item> items = with_fillers(tokens);
    auto min = static_cast<size_t>(s_.min);
    auto max = static_cast<size_t>(s_.max);
    bool unigrams = s_.output_unigrams || (s_.output_unigrams_if_no_shingles && items.size() < min);
    std::vector<Token> out;
    int32_t position = -1;
    std::string term;
    for (size_t i = 0; i < items.size(); ++i) {
      bool output_here = false;
      bool all_filler = true;
      term.clear();
      for (size_t size = 1; size <= max && i + size <= items.size(); ++size) {
        const Item& last = items[i + size - 1];
        if (size > 1) term += s_.separator;
        term += last.token.term;
        all_filler = all_filler && last.filler;
        if (all_filler || (size == 1 ? !unigrams : size < min)) continue;
        Token token = items[i].token;
        token.term = size == 1 ? last.token.term : tokens.keep(term);
        token.end_offset = last.token.end_offset;
        if (size > 1) token.type = "shingle";
        int built = static_cast<int>(size);
        token.position_length = unigrams ? built : std::max(1, built - s_.min + 1);
        if (!output_here) ++position;
        output_here = true;
        token.position = position;
        out.push_back(token);
      }
      if (!output_here) break;
    }
    const int32_t last = tokens.tokens.empty() ? -1 : tokens.tokens.back().position;
    tokens.end_position = position + 1 + std::max(0, tokens.end_position - last - 1);
    tokens.tokens = std::move(out);
  }

 private:
  struct Item {
    Token token;
    bool filler;
  };

  // A position without a token gets a filler, but no more of them than a shingle with one token has room for.
  std::vector<Item> with_fillers(const TokenBuffer& tokens) const {
    std::vector<Item> items;
    int32_t position = -1;
    auto fill = [&](int32_t gap, Token token, uint32_t offset) {
      token.term = s_.filler;
      token.start_offset = token.end_offset = offset;
      for (int32_t i = 0; i < std::min(gap, s_.max - 1); ++i) items.push_back({token, true});
    };
    for (const Token& token : tokens.tokens) {
      if (token.position > position + 1) fill(token.position - position - 1, token, token.start_offset);
      position = token.position;
      items.push_back({token, false});
    }
    if (tokens.end_position > position + 1) fill(tokens.end_position - position - 1, Token(), tokens.end_offset);
    return items;
  }

  ShingleSettings s_;
};

class CommonGramsFilter final : public TokenFilter {
 public:
  CommonGramsFilter(WordSet words, bool query_mode) : words_(std::move(words)), query_mode_(query_mode) {}

  void apply(TokenBuffer& tokens) const override {
    std::vector<Token> out;
    const Token* previous = nullptr;
    bool previous_common = false;
    for (const Token& token : tokens.tokens) {
      bool common = words_.contains(token.term);
      if (previous != nullptr && (previous_common || common)) {
        Token gram;
        gram.term = tokens.keep(std::string(previous->term) + "_" + std::string(token.term));
        gram.position = previous->position;
        gram.position_length = 2;
        gram.start_offset = previous->start_offset;
        gram.end_offset = token.end_offset;
        gram.type = kGram;
        out.push_back(gram);
      }
      out.push_back(token);
      previous = &token;
      previous_common = common;
    }
    if (query_mode_) out = grams_only(out, tokens);
    tokens.tokens = std::move(out);
  }

 private:
  static constexpr const char* kGram = "gram";

  // A word that begins a gram gives way to it, and so does the last word of the last gram.
  static std::vector<Token> grams_only(const std::vector<Token>& all, TokenBuffer& tokens) {
    std::vector<Token> out;
    int32_t position = -1;
    int32_t last_input = -1;
    std::vector<int32_t> increments;
    for (const Token& token : all) {
      increments.push_back(token.position - last_input);
      last_input = token.position;
    }
    auto give = [&](size_t i) {
      Token token = all[i];
      position += token.type == kGram ? 1 : increments[i];
      token.position = position;
      token.position_length = 1;
      out.push_back(token);
    };
    for (size_t i = 0; i < all.size(); ++i) {
      bool last = i + 1 == all.size();
      if (!last && all[i + 1].type != kGram) give(i);
      if (last && (out.empty() || out.back().type != kGram)) give(i);
    }
    tokens.end_position = position + 1;
    return out;
  }

  WordSet words_;
  bool query_mode_;
};

class CjkBigramFilter final : public TokenFilter {
 public:
  CjkBigramFilter(std::vector<std::string_view> types, bool output_unigrams)
      : types_(std::move(types)), unigrams_(output_unigrams) {}

  void apply(TokenBuffer& tokens) const override {
    std::vector<Token> out;
    std::vector<Token> run;  // adjacent characters
    int32_t position = -1;
    int32_t last_input = -1;
    for (const Token& token : tokens.tokens) {
      int32_t increment = token.position - last_input;
      last_input = token.position;
      if (!is_cjk(token.type)) {
        flush(run, position, out, tokens);
        position += increment;
        out.push_back(token);
        out.back().position = position;
        continue;
      }
      if (!run.empty() && run.back().end_offset != token.start_offset) flush(run, position, out, tokens);
      add_characters(token, run);
    }
    flush(run, position, out, tokens);
    tokens.end_position = position + 1 + std::max(0, tokens.end_position - last_input - 1);
    tokens.tokens = std::move(out);
  }

 private:
  bool is_cjk(std::string_view type) const {
    for (std::string_view t : types_) {
      if (t == type) return true;
    }
    return false;
  }

  static void add_characters(const Token& token, std::vector<Token>& run) {
    bool aligned = token.end_offset - token.start_offset == token.term.size();
    std::vector<uint32_t> at = code_point_offsets(token.term);
    for (size_t i = 0; i + 1 < at.size(); ++i) {
      Token one;
      one.term = token.term.substr(at[i], at[i + 1] - at[i]);
      one.start_offset = aligned ? token.start_offset + at[i] : token.start_offset;
      one.end_offset = aligned ? token.start_offset + at[i + 1] : token.end_offset;
      one.type = "<SINGLE>";
      run.push_back(one);
    }
  }

  void flush(std::vector<Token>& run, int32_t& position, std::vector<Token>& out, TokenBuffer& tokens) const {
    for (size_t i = 0; i < run.size(); ++i) {
      if (unigrams_ || run.size() == 1) {
        out.push_back(run[i]);
        out.back().position = ++position;
      }
      if (i + 1 == run.size()) break;
      Token pair = run[i];
      pair.term = tokens.keep(std::string(run[i].term) + std::string(run[i + 1].term));
      pair.end_offset = run[i + 1].end_offset;
      pair.type = "<DOUBLE>";
      pair.position = unigrams_ ? position : ++position;
      pair.position_length = unigrams_ ? 2 : 1;
      out.push_back(pair);
    }
    run.clear();
  }

  std::vector<std::string_view> types_;
  bool unigrams_;
};

void check_gram_bounds(int min, int max) {
  if (min < 1) throw ApiError(illegal_argument("minGram must be greater than zero"));
  if (min > max) throw ApiError(illegal_argument("minGram must not be greater than maxGram"));
}

}  // namespace

TokenFilterPtr make_ngram_filter(int min, int max, bool preserve_original) {
  check_gram_bounds(min, max);
  return std::make_shared<NGramFilter>(min, max, preserve_original, false);
}

TokenFilterPtr make_edge_ngram_filter(int min, int max, bool preserve_original) {
  check_gram_bounds(min, max);
  return std::make_shared<NGramFilter>(min, max, preserve_original, true);
}

TokenFilterPtr make_shingle_filter(const ShingleSettings& settings) {
  if (settings.max < 2) throw ApiError(illegal_argument("Max shingle size must be >= 2"));
  if (settings.min < 2) throw ApiError(illegal_argument("Min shingle size must be >= 2"));
  if (settings.min > settings.max) throw ApiError(illegal_argument("Min shingle size must be <= max shingle size"));
  return std::make_shared<ShingleFilter>(settings);
}

TokenFilterPtr make_common_grams_filter(WordSet words, bool query_mode) {
  return std::make_shared<CommonGramsFilter>(std::move(words), query_mode);
}

TokenFilterPtr make_cjk_bigram_filter(bool han, bool hiragana, bool katakana, bool hangul, bool output_unigrams) {
  std::vector<std::string_view> types;
  if (han) types.emplace_back("<IDEOGRAPHIC>");
  if (hiragana) types.emplace_back("<HIRAGANA>");
  if (katakana) types.emplace_back("<KATAKANA>");
  if (hangul) types.emplace_back("<HANGUL>");
  return std::make_shared<CjkBigramFilter>(std::move(types), output_unigrams);
}

}  // namespace tarn::analysis

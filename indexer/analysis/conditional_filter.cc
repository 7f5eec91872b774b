// Filters that work on some of the tokens: ConditionalTokenFilter of Lucene, and OpenSearch's condition, predicate and
// multiplexer on top of it. A run of tokens that are to be filtered looks to the filters like a text of its own.
#include "indexer/analysis/environment.h"
#include "indexer/analysis/filters.h"

namespace tarn::analysis {

namespace {

using Filters = std::vector<TokenFilterPtr>;

/// Puts tokens together again, run by run, by the steps of position between them.
class Joiner {
 public:
  explicit Joiner(TokenBuffer& buffer) : buffer_(buffer) {}

  void pass(const Token& token, int32_t increment) {
    position_ += increment + carried_;
    carried_ = moved_back_ = 0;
    out_.push_back(token);
    out_.back().position = position_;
  }

  /// `increment` leads to the first token of `run`, whose others are placed from it as they are.
  void filter(std::vector<Token> run, int32_t increment, const Filters& filters) {
    // A stream cannot begin at the position before it, so a token over the one before is moved and moved back.
    const int32_t moved = increment == 0 ? 1 : 0;
    const int32_t base = run[0].position - (increment + moved - 1);
    for (Token& token : run) token.position -= base;
    buffer_.end_position = run.back().position + 1;
    buffer_.tokens = std::move(run);
    for (const TokenFilterPtr& filter : filters) filter->apply(buffer_);
    const int32_t start = position_ + carried_ - moved;
    int32_t last = -1;
    for (Token& token : buffer_.tokens) {
      last = token.position;
      token.position += start + 1;
      position_ = token.position;
      out_.push_back(token);
    }
    carried_ = last < 0 ? carried_ + buffer_.end_position - moved : std::max(0, buffer_.end_position - last - 1);
    moved_back_ = last < 0 ? moved : 0;
  }

  /// `trailing`: positions behind the last token that was passed.
  void finish(int32_t trailing) {
    buffer_.tokens = std::move(out_);
    // Where nothing comes out of the last run, nothing is there to move back.
    buffer_.end_position = position_ + 1 + carried_ + moved_back_ + trailing;
  }

 private:
  TokenBuffer& buffer_;
  std::vector<Token> out_;
  int32_t position_ = -1;
  int32_t carried_ = 0;  // positions that filters left behind the last token
  int32_t moved_back_ = 0;
};

/// Byte offsets of a text to UTF-16 units, in any order.
class Units {
 public:
  explicit Units(std::string_view text) : text_(text), ascii_(is_ascii(text)) {}
  uint32_t operator[](uint32_t byte) {
    if (ascii_) return byte;
    if (byte < byte_) byte_ = unit_ = 0;
    unit_ += static_cast<uint32_t>(utf16_length(text_.substr(byte_, byte - byte_)));
    byte_ = byte;
    return unit_;
  }

 private:
  std::string_view text_;
  bool ascii_;
  uint32_t byte_ = 0, unit_ = 0;
};

/// Asks the script about each token.
std::vector<char> ask(const TokenPredicateFactory& factory, const TokenBuffer& buffer) {
  std::vector<char> answers;
  const std::unique_ptr<TokenPredicate> predicate = factory();
  Units units(buffer.text);
  int32_t last = -1;
  for (const Token& token : buffer.tokens) {
    answers.push_back(predicate->holds(token, token.position - last, units[token.start_offset], units[token.end_offset]));
    last = token.position;
  }
  return answers;
}

class ConditionFilter final : public TokenFilter {
 public:
  ConditionFilter(TokenPredicateFactory holds, Filters filters) : holds_(std::move(holds)), filters_(std::move(filters)) {}

  void apply(TokenBuffer& buffer) const override {
    if (buffer.tokens.empty()) return;
    const std::vector<char> chosen = ask(holds_, buffer);
    const std::vector<Token> in = std::move(buffer.tokens);
    const int32_t trailing = std::max(0, buffer.end_position - in.back().position - 1);
    Joiner joiner(buffer);
    int32_t last = -1;
    for (size_t i = 0; i < in.size();) {
      const int32_t increment = in[i].position - last;
      size_t end = i + 1;
      if (!chosen[i]) {
        joiner.pass(in[i], increment);
      } else {
        while (end < in.size() && chosen[end]) ++end;
        joiner.filter({in.begin() + static_cast<ptrdiff_t>(i), in.begin() + static_cast<ptrdiff_t>(end)}, increment, filters_);
      }
      last = in[end - 1].position;
      i = end;
    }
    joiner.finish(chosen.back() ? 0 : trailing);
  }

 private:
  TokenPredicateFactory holds_;
  Filters filters_;
};

class PredicateFilter final : public TokenFilter {
 public:
  explicit PredicateFilter(TokenPredicateFactory holds) : holds_(std::move(holds)) {}

  void apply(TokenBuffer& buffer) const override {
    if (buffer.tokens.empty()) return;
    const std::vector<char> kept = ask(holds_, buffer);
    std::vector<Token> out;
    for (size_t i = 0; i < kept.size(); ++i) {
      if (kept[i]) out.push_back(buffer.tokens[i]);
    }
    buffer.tokens = std::move(out);
  }

 private:
  TokenPredicateFactory holds_;
};

class MultiplexerFilter final : public TokenFilter {
 public:
  MultiplexerFilter(std::vector<Filters> chains, bool preserve_original)
      : chains_(std::move(chains)), unique_(make_remove_duplicates_filter()) {
    if (preserve_original) chains_.insert(chains_.begin(), Filters());
  }

  void apply(TokenBuffer& buffer) const override {
    if (chains_.size() == 1) {
      for (const TokenFilterPtr& filter : chains_[0]) filter->apply(buffer);
    } else if (!buffer.tokens.empty() && !chains_.empty()) {
      each_token(buffer);
    }
    unique_->apply(buffer);
  }

 private:
  // Each token goes through every chain by itself, the first time with its own step and then at the same place.
  void each_token(TokenBuffer& buffer) const {
    const std::vector<Token> in = std::move(buffer.tokens);
    const int32_t trailing = std::max(0, buffer.end_position - in.back().position - 1);
    Joiner joiner(buffer);
    int32_t last = -1;
    for (const Token& token : in) {
      int32_t increment = token.position - last;
      last = token.position;
      for (const Filters& chain : chains_) {
        joiner.filter({token}, increment, chain);
        increment = 0;
      }
    }
    joiner.finish(trailing);
  }

  std::vector<Filters> chains_;
  TokenFilterPtr unique_;
};

}  // namespace

TokenFilterPtr make_condition_filter(TokenPredicateFactory holds, std::vector<TokenFilterPtr> filters) {
  return std::make_shared<ConditionFilter>(std::move(holds), std::move(filters));
}
TokenFilterPtr make_predicate_filter(TokenPredicateFactory holds) {
  return std::make_shared<PredicateFilter>(std::move(holds));
}
TokenFilterPtr make_multiplexer_filter(std::vector<std::vector<TokenFilterPtr>> chains, bool preserve_original) {
  return std::make_shared<MultiplexerFilter>(std::move(chains), preserve_original);
}

}  // namespace tarn::analysis

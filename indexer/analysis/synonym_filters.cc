#include <deque>

#include "indexer/analysis/synonym_map.h"

namespace tarn::analysis {

namespace {

constexpr const char* kSynonym = "SYNONYM";

struct Match {
  const SynonymMap::Rule* rule = nullptr;
  size_t length = 0;  // tokens
};

Match longest_match(const SynonymMap& map, const std::vector<Token>& tokens, size_t from) {
  Match best;
  int node = SynonymMap::kRoot;
  for (size_t i = from; i < tokens.size(); ++i) {
    node = map.step(node, tokens[i].term);
    if (node == SynonymMap::kNowhere) break;
    if (const SynonymMap::Rule* rule = map.rule_at(node)) best = {rule, i - from + 1};
    if (!map.continues(node)) break;
  }
  return best;
}

/// A phrase that takes the place of another one lies over it word by word, longer ones over what follows.
class SynonymFilter final : public TokenFilter {
 public:
  explicit SynonymFilter(SynonymMap map) : map_(std::move(map)) {}

  void apply(TokenBuffer& buffer) const override {
    const std::vector<Token> in = std::move(buffer.tokens);
    Output out{buffer, {}, -1};
    std::deque<std::vector<Word>> pending;  // what is to be put over the present and the following tokens
    int32_t last_input = -1;
    size_t match_left = 0;
    bool keep_original = true;
    uint32_t last_start = 0, last_end = 0;
    for (size_t i = 0; i < in.size(); ++i) {
      if (match_left == 0) {
        keep_original = true;
        Match match = longest_match(map_, in, i);
        if (match.rule != nullptr) {
          keep_original = match.rule->keep_original;
          match_left = match.length;
          add(*match.rule, match.length, in[i + match.length - 1].end_offset, pending);
        }
      }
      if (match_left > 0) --match_left;
      int32_t increment = in[i].position - last_input;
      last_input = in[i].position;
      bool first = true;
      if (keep_original) {
        out.give(in[i], increment);
        first = false;
      }
      if (!pending.empty()) {
        for (const Word& word : pending.front()) {
          out.give_word(word, in[i].start_offset, word.end_offset < 0 ? in[i].end_offset : static_cast<uint32_t>(word.end_offset),
                        first ? 1 : 0);
          first = false;
        }
        pending.pop_front();
      }
      last_start = in[i].start_offset;
      last_end = in[i].end_offset;
    }
    for (const auto& words : pending) {
      bool first = true;
      for (const Word& word : words) {
        out.give_word(word, last_start, last_end, first ? 1 : 0);
        first = false;
      }
    }
    buffer.end_position = out.position + 1 + std::max(0, buffer.end_position - last_input - 1);
    buffer.tokens = std::move(out.tokens);
  }

 private:
  struct Word {
    std::string_view term;  // of the map
    int64_t end_offset;     // -1: that of the token it lies over
    int32_t position_length;
  };

  struct Output {
    TokenBuffer& buffer;
    std::vector<Token> tokens;
    int32_t position;

    void give(const Token& token, int32_t increment) {
      position += increment;
      tokens.push_back(token);
      tokens.back().position = position;
    }
    void give_word(const Word& word, uint32_t start, uint32_t end, int32_t increment) {
      Token token;
      token.term = buffer.keep(word.term);
      token.start_offset = start;
      token.end_offset = end;
      token.type = kSynonym;
      token.position_length = word.position_length;
      give(token, increment);
    }
  };

  static void add(const SynonymMap::Rule& rule, size_t match_length, uint32_t match_end, std::deque<std::vector<Word>>& pending) {
    for (const SynonymMap::Phrase& phrase : rule.outputs) {
      for (size_t i = 0; i < phrase.size(); ++i) {
        if (pending.size() <= i) pending.emplace_back();
        bool single = phrase.size() == 1;
        pending[i].push_back({phrase[i], single ? int64_t{match_end} : -1,
                              single && rule.keep_original ? static_cast<int32_t>(match_length) : 1});
      }
    }
  }

  SynonymMap map_;
};

/// Nodes of the graph are positions; each phrase of a rule is a path of its own from the match's start to its end.
class SynonymGraphFilter final : public TokenFilter {
 public:
  explicit SynonymGraphFilter(SynonymMap map) : map_(std::move(map)) {}

  void apply(TokenBuffer& buffer) const override {
    const std::vector<Token> in = std::move(buffer.tokens);
    std::vector<Token> out;
    int32_t last_node = -1;
    int32_t next_node = 0;
    int32_t last_input = -1;
    for (size_t i = 0; i < in.size();) {
      Match match = longest_match(map_, in, i);
      if (match.rule == nullptr) {
        last_node += in[i].position - last_input;
        last_input = in[i].position;
        next_node = last_node + in[i].position_length;
        out.push_back(in[i]);
        out.back().position = last_node;
        ++i;
        continue;
      }
      last_node = expand(*match.rule, &in[i], match.length, next_node, out, buffer);
      i += match.length;
      last_input = in[i - 1].position;
    }
    buffer.end_position = (out.empty() ? 0 : last_node + 1) + std::max(0, buffer.end_position - last_input - 1);
    buffer.tokens = std::move(out);
  }

 private:
  // Adds the paths over `input`; moves `next_node` to their common end and returns where the last token begins.
  static int32_t expand(const SynonymMap::Rule& rule, const Token* input, size_t length, int32_t& next_node,
                        std::vector<Token>& out, TokenBuffer& buffer) {
    int32_t start = next_node;
    int32_t inner = rule.keep_original ? static_cast<int32_t>(length) - 1 : 0;
    for (const auto& path : rule.outputs) inner += static_cast<int32_t>(path.size()) - 1;
    int32_t end = start + inner + 1;
    auto synonym = [&](std::string_view term, int32_t from, int32_t to) {
      Token token;
      token.term = buffer.keep(term);
      token.start_offset = input[0].start_offset;
      token.end_offset = input[length - 1].end_offset;
      token.type = kSynonym;
      token.position = from;
      token.position_length = to - from;
      out.push_back(token);
    };
    auto original = [&](const Token& token, int32_t from, int32_t to) {
      out.push_back(token);
      out.back().position = from;
      out.back().position_length = to - from;
    };
    // All paths leave the start first, then each is walked to the end.
    std::vector<int32_t> first_ends;
    int32_t used = 0;
    for (const auto& path : rule.outputs) {
      first_ends.push_back(path.size() == 1 ? end : start + used + 1);
      used += static_cast<int32_t>(path.size()) - 1;
      synonym(path[0], start, first_ends.back());
    }
    int32_t original_node = start + used + 1;
    if (rule.keep_original) original(input[0], start, length == 1 ? end : original_node);
    for (size_t p = 0; p < rule.outputs.size(); ++p) {
      const auto& path = rule.outputs[p];
      int32_t node = first_ends[p];
      for (size_t w = 1; w < path.size(); ++w, ++node) synonym(path[w], node, w + 1 == path.size() ? end : node + 1);
    }
    if (rule.keep_original) {
      for (size_t w = 1; w < length; ++w, ++original_node) {
        original(input[w], original_node, w + 1 == length ? end : original_node + 1);
      }
    }
    next_node = end;
    return out.back().position;
  }

  SynonymMap map_;
};

}  // namespace

TokenFilterPtr make_synonym_filter(SynonymMap map) { return std::make_shared<SynonymFilter>(std::move(map)); }
TokenFilterPtr make_synonym_graph_filter(SynonymMap map) { return std::make_shared<SynonymGraphFilter>(std::move(map)); }

}  // namespace tarn::analysis

#include "indexer/analysis/word_delimiter.h"

#include <algorithm>

#include "indexer/analysis/filters.h"

namespace tarn::analysis {

namespace {

using Iterator = WordDelimiterIterator;

/// What both filters share: options, and the slices of one input token.
class WordDelimiter : public TokenFilter {
 public:
  explicit WordDelimiter(const WordDelimiterSettings& settings) : s_(settings) {
    options_.split_on_case_change = s_.split_on_case_change;
    options_.split_on_numerics = s_.split_on_numerics;
    options_.stem_english_possessive = s_.stem_english_possessive;
    options_.types = Iterator::type_table(s_.type_table);
  }

 protected:
  bool concatenates(int type) const {
    return (s_.catenate_words && (type & Iterator::kAlpha)) || (s_.catenate_numbers && (type & Iterator::kDigit));
  }
  bool generates(int type) const {
    return (s_.generate_word_parts && (type & Iterator::kAlpha)) || (s_.generate_number_parts && (type & Iterator::kDigit));
  }

  /// One input token in UTF-16, and where its parts are in the text.
  struct Input {
    Input(const Token& given, std::string_view whole)
        : token(given), units(to_utf16(given.term)), term_bytes(given.term),
          source(whole.substr(given.start_offset, given.end_offset - given.start_offset)), source_bytes(source) {
      offsets_match = utf16_length(source) == units.size();
    }
    std::string_view slice(int from, int to) const {
      uint32_t begin = term_bytes[static_cast<size_t>(from)];
      return token.term.substr(begin, term_bytes[static_cast<size_t>(to)] - begin);
    }
    uint32_t offset(int unit) const { return token.start_offset + source_bytes[static_cast<size_t>(unit)]; }

    const Token& token;
    std::u16string units;
    UnitToByte term_bytes;
    std::string_view source;
    UnitToByte source_bytes;
    bool offsets_match;
  };

  /// Subwords being put together.
  struct Run {
    std::string term;
    int type = 0, count = 0;
    int start_part = 0, end_part = 0, start_position = 0;
    bool empty() const { return count == 0; }
  };
  static void extend(Run& run, const Input& input, const Iterator& it, int position) {
    if (run.empty()) {
      run.type = it.type();
      run.start_part = it.current;
      run.start_position = position;
    }
    run.term += input.slice(it.current, it.end);
    run.end_part = it.end;
    ++run.count;
  }

  WordDelimiterSettings s_;
  Iterator::Options options_;
};

/// WordDelimiterGraphFilter: longer tokens span the positions of their parts.
class WordDelimiterGraphFilter final : public WordDelimiter {
 public:
  using WordDelimiter::WordDelimiter;

  void apply(TokenBuffer& buffer) const override {
    const std::vector<Token> in = std::move(buffer.tokens);
    std::vector<Token> out;
    int32_t position = -1, last_input = -1, pending = 0;
    uint32_t last_start = 0;
    Iterator it(options_);
    for (const Token& token : in) {
      int32_t increment = token.position - last_input;
      last_input = token.position;
      auto give_whole = [&](int32_t by) {
        position += by;
        out.push_back(token);
        out.back().position = position;
      };
      if (s_.ignore_keywords && token.keyword) {
        give_whole(increment);
        continue;
      }
      pending += increment;
      Input input(token, buffer.text);
      it.set_text(input.units);
      it.next();
      if ((it.current == 0 && it.end == static_cast<int>(input.units.size())) || s_.protected_words.contains(token.term)) {
        give_whole(pending);
        pending = 0;
        continue;
      }
      if (it.end == Iterator::kDone) {
        if (s_.preserve_original) {
          give_whole(increment);
          pending = 0;
        }
        continue;
      }
      const size_t before = out.size();
      give_parts(parts_of(input, it, buffer), input, pending, position, last_start, out);
      if (out.size() > before) pending = 0;
    }
    buffer.end_position = position + 1 + std::max(0, buffer.end_position - last_input - 1);
    buffer.tokens = std::move(out);
  }

 private:
  struct Part {
    std::string_view term;
    int start_position, end_position;
    int start, end;  // units of the term
  };

  std::vector<Part> parts_of(const Input& input, Iterator& it, TokenBuffer& buffer) const {
    std::vector<Part> parts;
    int position = 0, last_count = 0;
    if (s_.preserve_original) parts.push_back({input.token.term, 0, 1, 0, static_cast<int>(input.units.size())});
    auto write = [&](const Run& run) {
      parts.push_back({buffer.keep(run.term), run.start_position, position, run.start_part, run.end_part});
    };
    auto flush = [&](Run& run) {
      if (position == run.start_position) ++position;
      last_count = run.count;
      if (run.count != 1 || !generates(run.type)) write(run);
      run = {};
    };
    if (it.is_single_word()) {
      parts.push_back({input.slice(it.current, it.end), 0, 1, it.current, it.end});
      ++position;
    } else {
      Run run, all;
      for (; it.end != Iterator::kDone; it.next()) {
        int type = it.type();
        if (!run.empty() && (run.type & type) == 0) flush(run);
        if (concatenates(type)) extend(run, input, it, position);
        if (s_.catenate_all) extend(all, input, it, position);
        if (!generates(type)) continue;
        parts.push_back({input.slice(it.current, it.end), position, position + 1, it.current, it.end});
        ++position;
      }
      if (!run.empty()) flush(run);
      if (!all.empty() && all.count > last_count) {
        if (position == all.start_position) ++position;
        write(all);
      }
    }
    if (s_.preserve_original) parts[0].end_position = std::max(position, 1);
    std::stable_sort(parts.begin() + (s_.preserve_original ? 1 : 0), parts.end(), [](const Part& a, const Part& b) {
      return a.start != b.start ? a.start < b.start : a.end > b.end;
    });
    return parts;
  }

  void give_parts(const std::vector<Part>& parts, const Input& input, int32_t pending, int32_t& position,
                  uint32_t& last_start, std::vector<Token>& out) const {
    bool adjust = s_.adjust_offsets && input.offsets_match;
    int word_position = 0;
    for (const Part& part : parts) {
      Token token = input.token;
      token.term = part.term;
      if (adjust) {
        token.start_offset = input.offset(part.start);
        token.end_offset = input.offset(part.end);
      }
      token.start_offset = std::max(token.start_offset, last_start);
      token.end_offset = std::max(token.end_offset, last_start);
      last_start = token.start_offset;
      position += pending + part.start_position - word_position;
      pending = 0;
      word_position = part.start_position;
      token.position = position;
      token.position_length = part.end_position - part.start_position;
      out.push_back(token);
    }
  }
};

/// WordDelimiterFilter, the older one: all tokens span one position.
class FlatWordDelimiterFilter final : public WordDelimiter {
 public:
  using WordDelimiter::WordDelimiter;

  void apply(TokenBuffer& buffer) const override {
    const std::vector<Token> in = std::move(buffer.tokens);
    State state{buffer, {}, -1, 0, true, false, false};
    int32_t last_input = -1;
    Iterator it(options_);
    for (const Token& token : in) {
      int32_t increment = token.position - last_input;
      last_input = token.position;
      if (s_.ignore_keywords && token.keyword) {
        state.give(token, increment);
        continue;
      }
      state.pending += increment;
      Input input(token, buffer.text);
      it.set_text(input.units);
      it.next();
      if ((it.current == 0 && it.end == static_cast<int>(input.units.size())) || s_.protected_words.contains(token.term)) {
        state.give(token, state.pending);
        state.pending = 0;
        continue;
      }
      if (it.end == Iterator::kDone && !s_.preserve_original) {
        if (increment == 1 && !state.first) --state.pending;
        continue;
      }
      state.has_output = false;
      state.follows_original = !s_.preserve_original;
      if (s_.preserve_original) {
        state.give(token, state.pending);
        state.pending = 0;
      }
      split(input, it, state);
    }
    buffer.end_position = state.position + 1 + std::max(0, buffer.end_position - last_input - 1);
    buffer.tokens = std::move(state.out);
  }

 private:
  struct State {
    TokenBuffer& buffer;
    std::vector<Token> out;
    int32_t position;
    int32_t pending;       // positions of tokens not given yet
    bool first;            // nothing was given so far
    bool has_output;       // of the present token
    bool follows_original;

    void give(const Token& token, int32_t increment) {
      position += increment;
      out.push_back(token);
      out.back().position = position;
      first = false;
    }
    int32_t next_increment(bool inject) {
      int32_t increment = pending;
      if (has_output) {
        pending = 0;
        return inject ? 0 : std::max(1, increment);
      }
      has_output = true;
      if (!follows_original) {
        follows_original = true;
        return 0;
      }
      pending = 0;
      return std::max(1, increment);
    }
  };

  struct Part {
    Token token;
    int32_t increment;
  };

  static Token part_token(const Input& input, std::string_view term, int start, int end, bool single) {
    Token token;
    token.term = term;
    token.type = input.token.type;
    token.start_offset = input.token.start_offset;
    token.end_offset = input.token.end_offset;
    if (input.offsets_match) {
      token.start_offset = input.offset(start);
      token.end_offset = input.offset(end);
    } else if (single) {
      token.start_offset = std::min(input.offset(start), token.end_offset);
    }
    return token;
  }

  void split(const Input& input, Iterator& it, State& state) const {
    if (it.end != Iterator::kDone && it.is_single_word()) {
      Token token = part_token(input, input.slice(it.current, it.end), it.current, it.end, true);
      state.give(token, state.next_increment(false));
      return;
    }
    std::vector<Part> parts;
    Run run, all;
    int last_count = 0;
    auto write = [&](const Run& r) {
      Token token = part_token(input, state.buffer.keep(r.term), r.start_part, r.end_part, false);
      int32_t increment = state.next_increment(true);
      state.pending = 0;
      parts.push_back({token, increment});
    };
    auto flush = [&] {
      last_count = run.count;
      bool written = run.count != 1 || !generates(run.type);
      if (written) write(run);
      run = {};
    };
    for (; it.end != Iterator::kDone; it.next()) {
      int type = it.type();
      if (!run.empty() && (run.type & type) == 0) {
        flush();
        state.has_output = false;
      }
      if (concatenates(type)) extend(run, input, it, 0);
      if (s_.catenate_all) extend(all, input, it, 0);
      if (!generates(type)) continue;
      Token token = part_token(input, input.slice(it.current, it.end), it.current, it.end, false);
      int32_t increment = state.next_increment(false);
      parts.push_back({token, increment});
    }
    if (!run.empty()) flush();
    if (!all.empty() && all.count > last_count) write(all);
    std::stable_sort(parts.begin(), parts.end(), [](const Part& a, const Part& b) {
      return a.token.start_offset != b.token.start_offset ? a.token.start_offset < b.token.start_offset : a.increment > b.increment;
    });
    for (const Part& part : parts) state.give(part.token, state.first && part.increment == 0 ? 1 : part.increment);
  }
};

}  // namespace

TokenFilterPtr make_word_delimiter_filter(const WordDelimiterSettings& settings) {
  if (settings.graph) return std::make_shared<WordDelimiterGraphFilter>(settings);
  return std::make_shared<FlatWordDelimiterFilter>(settings);
}

}  // namespace tarn::analysis

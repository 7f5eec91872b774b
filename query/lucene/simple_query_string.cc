#include "query/lucene/describe.h"
#include "query/lucene/simple_query_string.h"

#include <algorithm>
#include <charconv>

#include "indexer/analysis/normalize.h"
#include "indexer/analysis/text.h"
#include "query/bind/field_queries.h"
#include "query/bind/values.h"
#include "query/dsl/clause.h"
#include "query/text/term_plan.h"

namespace tarn::query {

namespace {

/// What words, phrases and prefixes mean for the fields. Follows OpenSearch's SimpleQueryStringQueryParser.
class SimpleFields {
 public:
  SimpleFields(Binder& binder, const SimpleQueryOptions& options) : binder_(binder), options_(options) {
    const FieldWeights given = options.fields.empty() ? default_fields(binder) : options.fields;
    fields_ = resolve_fields(binder, given);
    match_.clause = "simple_query_string";
    match_.conjunction = options.conjunction;
    match_.lenient = options.lenient.value_or(has_all_fields(given));
    match_.zero_terms = ZeroTerms::kNull;
    match_.synonym_phrases = options.synonym_phrases;
    match_.analyzer = options.analyzer;
    if (!options.analyzer.empty() && binder.mapping().analysis().find_analyzer(options.analyzer) == nullptr) {
      throw ApiError(400, "query_shard_exception", "[simple_query_string] analyzer [" + options.analyzer + "] not found");
    }
  }

  LuceneQueryPtr words(const std::string& text) const {
    return multi_match_query(binder_, MultiMatchType::kMostFields, fields_, text, match_, std::nullopt);
  }
  LuceneQueryPtr phrase(const std::string& text, int slop) const {
    MatchOptions match = match_;
    match.slop = slop;
    const FieldWeights fields =
        options_.quote_field_suffix.empty() ? fields_ : resolve_fields(binder_, fields_, options_.quote_field_suffix);
    return multi_match_query(binder_, MultiMatchType::kPhrase, fields, text, match, std::nullopt);
  }
  LuceneQueryPtr fuzzy(const std::string& text, int edits) const {
    FuzzyOptions fuzzy = options_.fuzzy;
    fuzzy.fuzziness.automatic = false;
    fuzzy.fuzziness.edits = edits;
    return each([&](const std::string& name, const FieldType& type) {
      return lucene_fuzzy(binder_, name, normalize(type, text), fuzzy);
    });
  }
  LuceneQueryPtr prefix(const std::string& text) const {
    return each([&](const std::string& name, const FieldType& type) -> LuceneQueryPtr {
      if (options_.analyze_wildcard && is_text_like(type)) return analyzed_prefix(name, type, text);
      return lucene_prefix(binder_, name, normalize(type, text), {});
    });
  }

 private:
  const Analyzer* analyzer_of(const FieldType& type) const {
    if (!options_.analyzer.empty()) return binder_.mapping().analysis().find_analyzer(options_.analyzer);
    return type.search_analyzer != nullptr ? type.search_analyzer : type.index_analyzer;
  }
  std::string normalize(const FieldType& type, const std::string& text) const {
    const Analyzer* analyzer = is_text_like(type) || !options_.analyzer.empty() ? analyzer_of(type) : nullptr;
    return analyzer != nullptr ? normalize_term(*analyzer, text) : text;
  }
  LuceneQueryPtr each(const std::function<LuceneQueryPtr(const std::string&, const FieldType&)>& make) const {
    std::vector<LuceneQueryPtr> queries;
    for (const auto& [name, weight] : fields_) {
      const FieldType* type = binder_.mapping().find(name);
      if (type == nullptr) {
        queries.push_back(unmapped_none(name));
        continue;
      }
      auto query = tried(name, match_.lenient, [&] { return make(name, *type); });
      if (query) queries.push_back(lucene_boost(std::move(query), weight));
    }
    if (queries.empty()) return nullptr;
    return best_of(std::move(queries), 1);
  }
  LuceneQueryPtr analyzed_prefix(const std::string& name, const FieldType& type, const std::string& text) const {
    TokenBuffer tokens;
    analyzer_of(type)->analyze(text, tokens);
    std::vector<LuceneClause> clauses;
    const Occur occur = options_.conjunction ? Occur::kMust : Occur::kShould;
    for (size_t i = 0; i < tokens.tokens.size();) {
      std::vector<std::string> terms;
      const int position = tokens.tokens[i].position;
      for (; i < tokens.tokens.size() && tokens.tokens[i].position == position; ++i) terms.emplace_back(tokens.tokens[i].term);
      LuceneQueryPtr part;
      if (i == tokens.tokens.size()) {
        std::vector<LuceneClause> choices;
        for (const std::string& term : terms) choices.push_back({lucene_prefix(binder_, name, term, {}), Occur::kShould});
        part = choices.size() == 1 ? choices[0].query : std::make_shared<LuceneBool>(std::move(choices));
      } else {
        const FieldType* field = &type;
        part = lucene_leaf([field, terms](Binder& b, float boost) { return text_term_plan(b, *field, terms, boost); },
                           term_text(type, terms[0]), terms.size() == 1);
      }
      clauses.push_back({std::move(part), occur});
    }
    if (clauses.empty()) return nullptr;
    return clauses.size() == 1 ? clauses[0].query : std::make_shared<LuceneBool>(std::move(clauses));
  }

  Binder& binder_;
  const SimpleQueryOptions& options_;
  FieldWeights fields_;
  MatchOptions match_;
};

/// Lucene's SimpleQueryParser, state for state.
class SimpleParser {
 public:
  SimpleParser(std::u16string text, int flags, bool conjunction, const SimpleFields& fields)
      : data_(std::move(text)), flags_(flags), default_(conjunction ? Occur::kMust : Occur::kShould), fields_(fields) {}

  LuceneQueryPtr parse() {
    State state{0, data_.size(), nullptr, std::nullopt, std::nullopt, 0};
    parse_sub_query(state);
    return state.top ? state.top : lucene_none("empty string passed to query parser");
  }

 private:
  struct State {
    size_t index, length;
    LuceneQueryPtr top;
    std::optional<Occur> current, previous;
    int nots;
  };
  static constexpr int kDepthMax = 1000;
  static constexpr size_t kStepsMax = 100'000'000;

  bool on(int flag) const { return (flags_ & flag) != 0; }
  static bool is_blank(char16_t c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

  void parse_sub_query(State& state) {
    if (++depth_ > kDepthMax) throw ApiError(illegal_argument("[simple_query_string] is nested too deeply"));
    while (state.index < state.length) {
      const char16_t c = data_[state.index];
      if (c == '(' && on(simple_flag::kPrecedence)) {
        consume_sub_query(state);
      } else if (c == ')' && on(simple_flag::kPrecedence)) {
        ++state.index;
      } else if (c == '"' && on(simple_flag::kPhrase)) {
        consume_phrase(state);
      } else if ((c == '+' && on(simple_flag::kAnd)) || (c == '|' && on(simple_flag::kOr))) {
        if (!state.current && state.top) state.current = c == '+' ? Occur::kMust : Occur::kShould;
        ++state.index;
      } else if (c == '-' && on(simple_flag::kNot)) {
        ++state.nots;
        ++state.index;
        continue;  // the next character says what is negated
      } else if (is_blank(c) && on(simple_flag::kWhitespace)) {
        ++state.index;
      } else {
        consume_token(state);
      }
      state.nots = 0;
    }
    --depth_;
  }

  void consume_sub_query(State& state) {
    const size_t start = ++state.index;
    int precedence = 1;
    bool escaped = false;
    while (state.index < state.length) {
      if (++steps_ > kStepsMax) throw ApiError(illegal_argument("[simple_query_string] has too many open parentheses"));
      if (!escaped) {
        const char16_t c = data_[state.index];
        if (c == '\\' && on(simple_flag::kEscape)) {
          escaped = true;
          ++state.index;
          continue;
        }
        if (c == '(') ++precedence;
        if (c == ')' && --precedence == 0) break;
      }
      escaped = false;
      ++state.index;
    }
    if (state.index >= state.length) {
      state.index = start;  // never closed: the parenthesis is ignored
    } else if (state.index == start) {
      state.current = std::nullopt;
      ++state.index;
    } else {
      State sub{start, state.index, nullptr, std::nullopt, std::nullopt, 0};
      parse_sub_query(sub);
      add_branch(state, sub.top);
      ++state.index;
    }
  }

  void consume_phrase(State& state) {
    const size_t start = ++state.index;
    std::u16string phrase;
    bool escaped = false, has_slop = false;
    while (state.index < state.length) {
      if (!escaped) {
        const char16_t c = data_[state.index];
        if (c == '\\' && on(simple_flag::kEscape)) {
          escaped = true;
          ++state.index;
          continue;
        }
        if (c == '"') {
          if (state.length > state.index + 1 && data_[state.index + 1] == '~' && on(simple_flag::kNear)) {
            ++state.index;
            if (state.length > state.index + 1) has_slop = true;
          }
          break;
        }
      }
      escaped = false;
      phrase += data_[state.index++];
      if (++steps_ > kStepsMax) throw ApiError(illegal_argument("[simple_query_string] has too many open quotes"));
    }
    if (state.index >= state.length) {
      state.index = start;
    } else if (state.index == start) {
      state.current = std::nullopt;
      ++state.index;
    } else {
      const int slop = has_slop ? parse_fuzziness(state) : 0;
      add_branch(state, fields_.phrase(analysis::to_utf8(phrase), slop));
      ++state.index;
    }
  }

  void consume_token(State& state) {
    std::u16string token;
    bool escaped = false, prefix = false, fuzzy = false;
    while (state.index < state.length) {
      if (!escaped) {
        const char16_t c = data_[state.index];
        if (c == '\\' && on(simple_flag::kEscape)) {
          escaped = true;
          prefix = false;
          ++state.index;
          continue;
        }
        if (token_finished(c)) break;
        if (!token.empty() && c == '~' && on(simple_flag::kFuzzy)) {
          fuzzy = true;
          break;
        }
        prefix = !token.empty() && c == '*' && on(simple_flag::kPrefix);
      }
      escaped = false;
      token += data_[state.index++];
    }
    if (token.empty()) return;
    const std::string text = analysis::to_utf8(token);
    if (fuzzy) {
      const int edits = std::min(parse_fuzziness(state), 2);
      add_branch(state, edits == 0 ? fields_.words(text) : fields_.fuzzy(text, edits));
    } else if (prefix) {
      add_branch(state, fields_.prefix(text.substr(0, text.size() - 1)));
    } else {
      add_branch(state, fields_.words(text));
    }
  }

  int parse_fuzziness(State& state) const {
    std::string digits;
    while (state.index < state.length) {
      ++state.index;
      if (state.index >= state.length) break;
      if (token_finished(data_[state.index])) break;
      const char16_t c = data_[state.index];
      digits += c < 0x80 ? static_cast<char>(c) : '?';
    }
    if (digits.empty()) return 2;
    int out = 0;
    const char* begin = digits.data() + (digits[0] == '+' ? 1 : 0);
    const char* end = digits.data() + digits.size();
    const auto parsed = std::from_chars(begin, end, out);
    return parsed.ec == std::errc() && parsed.ptr == end ? std::max(out, 0) : 0;
  }

  bool token_finished(char16_t c) const {
    return (c == '"' && on(simple_flag::kPhrase)) || (c == '|' && on(simple_flag::kOr)) || (c == '+' && on(simple_flag::kAnd)) ||
           ((c == '(' || c == ')') && on(simple_flag::kPrecedence)) || (is_blank(c) && on(simple_flag::kWhitespace));
  }

  void add_branch(State& state, LuceneQueryPtr branch) {
    if (!branch) return;
    if (state.nots % 2 == 1) {
      branch = std::make_shared<LuceneBool>(
          std::vector<LuceneClause>{{std::move(branch), Occur::kMustNot}, {lucene_all(), Occur::kShould}});
    }
    if (!state.top) {
      state.top = std::move(branch);
    } else {
      if (!state.current) state.current = default_;
      std::vector<LuceneClause> clauses;
      // A change of operators makes what was found so far one operand of the new one.
      if (state.previous == state.current) {
        clauses = dynamic_cast<const LuceneBool&>(*state.top).clauses();
      } else {
        clauses.push_back({state.top, *state.current});
      }
      clauses.push_back({std::move(branch), *state.current});
      state.top = std::make_shared<LuceneBool>(std::move(clauses));
      state.previous = state.current;
    }
    state.current = std::nullopt;
  }

  std::u16string data_;
  int flags_;
  Occur default_;
  const SimpleFields& fields_;
  int depth_ = 0;
  size_t steps_ = 0;
};

}  // namespace

int parse_simple_flags(const std::string& text) {
  static constexpr std::pair<std::string_view, int> kFlags[] = {
      {"ALL", simple_flag::kAll},       {"NONE", 0},
      {"AND", simple_flag::kAnd},       {"NOT", simple_flag::kNot},
      {"OR", simple_flag::kOr},         {"PREFIX", simple_flag::kPrefix},
      {"PHRASE", simple_flag::kPhrase}, {"PRECEDENCE", simple_flag::kPrecedence},
      {"ESCAPE", simple_flag::kEscape}, {"WHITESPACE", simple_flag::kWhitespace},
      {"FUZZY", simple_flag::kFuzzy},   {"NEAR", simple_flag::kNear},
      {"SLOP", simple_flag::kNear}};
  if (text.empty()) return simple_flag::kAll;
  int flags = 0;
  for (size_t begin = 0; begin <= text.size();) {
    const size_t end = std::min(text.find('|', begin), text.size());
    const std::string given = text.substr(begin, end - begin);
    begin = end + 1;
    if (given.empty()) continue;
    std::string upper = given;
    for (char& c : upper) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    const auto* known = std::find_if(std::begin(kFlags), std::end(kFlags), [&](const auto& flag) { return flag.first == upper; });
    if (known == std::end(kFlags)) throw ApiError(illegal_argument("Unknown simple_query_string flag [" + given + "]"));
    if (upper == "NONE" || upper == "ALL") return known->second;
    flags |= known->second;
  }
  return flags;
}

LuceneQueryPtr simple_query_string_query(Binder& binder, const SimpleQueryOptions& options) {
  const SimpleFields fields(binder, options);
  if (trim(options.text) == "*") return with_minimum(lucene_all(), options.minimum_should_match);
  SimpleParser parser(analysis::to_utf16(options.text), options.flags, options.conjunction, fields);
  return with_minimum(parser.parse(), options.minimum_should_match);
}

}  // namespace tarn::query

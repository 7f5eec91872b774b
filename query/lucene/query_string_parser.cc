#include "query/lucene/query_string_parser.h"

#include <algorithm>
#include <set>

#include "indexer/analysis/text.h"

namespace tarn::query {

namespace {

using Kind = SyntaxKind;
using Field = QueryStringFields::Field;
enum class Conjunction { kNone, kAnd, kOr };
enum class Modifier { kNone, kNot, kRequired };

[[noreturn]] void fail(std::string message) { throw SyntaxFailure{"parse_exception", std::move(message)}; }

/// QueryParserBase.discardEscapeChar.
std::string unescaped(std::u16string_view in) {
  std::u16string out;
  bool escaped = false;
  int digits = 0;
  char16_t code = 0;
  for (const char16_t c : in) {
    if (digits > 0) {
      const int value = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
      if (value < 0) fail("Non-hex character in Unicode escape sequence: " + analysis::to_utf8(std::u16string(1, c)));
      code = static_cast<char16_t>(code * 16 + value);
      if (--digits == 0) out += code;
    } else if (escaped) {
      escaped = false;
      if (c == 'u') {
        digits = 4;
        code = 0;
      } else {
        out += c;
      }
    } else if (c == '\\') {
      escaped = true;
    } else {
      out += c;
    }
  }
  if (digits > 0) fail("Truncated unicode escape sequence.");
  if (escaped) fail("Term can not end with escape character.");
  return analysis::to_utf8(out);
}

std::string plain(std::u16string_view in) { return analysis::to_utf8(in); }

class Parser {
 public:
  Parser(std::vector<SyntaxToken> tokens, bool conjunction, QueryStringFields& fields)
      : tokens_(std::move(tokens)), conjunction_(conjunction), fields_(fields) {}

  LuceneQueryPtr top(const Field& field) {
    auto query = parse_query(field);
    consume(Kind::kEnd);
    return query;
  }

 private:
  // Tokens. Each kind that was looked for in vain at the present token is remembered, for the message of a failure.
  const SyntaxToken& peek(size_t ahead = 0) const {
    const SyntaxToken& token = tokens_[std::min(at_ + ahead, tokens_.size() - 1)];
    if (!token.error.empty()) throw SyntaxFailure{"token_mgr_error", token.error};
    return token;
  }
  Kind kind(size_t ahead = 0) const { return peek(ahead).kind; }
  bool at(std::initializer_list<Kind> kinds) {
    for (const Kind k : kinds) {
      if (kind() == k) return true;
    }
    expected_.insert(kinds.begin(), kinds.end());
    return false;
  }
  const SyntaxToken& take() {
    const SyntaxToken& token = peek();
    ++at_;
    expected_.clear();
    tried_.clear();
    return token;
  }
  const SyntaxToken& consume(Kind wanted) {
    if (kind() == wanted) return take();
    expected_.insert(wanted);
    fail_here();
  }
  [[noreturn]] void fail_here() const {
    const SyntaxToken& token = peek();
    std::string message = "Encountered \"";
    if (token.kind == Kind::kEnd) {
      message += "<EOF>";
    } else {
      message += " " + std::string(syntax_image(token.kind)) + " \"" + escaped_image(token.image) + " \"";
    }
    message += "\" at line 1, column " + std::to_string(token.column) + ".\n";
    message += expected_.size() + tried_.size() == 1 ? "Was expecting:\n    " : "Was expecting one of:\n    ";
    for (const Kind k : expected_) message += std::string(syntax_image(k)) + (k == Kind::kEnd ? "" : " ...") + "\n    ";
    for (const Kind k : tried_) message += std::string(syntax_image(k)) + " ...\n    ";
    fail(std::move(message));
  }

  bool multi_term_ahead() {
    if (kind() != Kind::kTerm) {
      tried_.push_back(Kind::kTerm);
      return false;
    }
    return followed_by_term(1);
  }
  bool followed_by_term(size_t ahead) const {
    if (kind(ahead) != Kind::kTerm) return false;
    switch (kind(ahead + 1)) {
      case Kind::kColon:
      case Kind::kStar:
      case Kind::kFuzzySlop:
      case Kind::kCaret:
      case Kind::kAnd:
      case Kind::kOr: return false;
      default: return true;
    }
  }

  static constexpr std::initializer_list<Kind> kFirstOfClause = {
      Kind::kBareOperator, Kind::kOpen,     Kind::kStar,       Kind::kQuoted,       Kind::kTerm,         Kind::kPrefixTerm,
      Kind::kWildTerm,     Kind::kRegexpTerm, Kind::kRangeInStart, Kind::kRangeExStart, Kind::kNumber};
  static constexpr std::initializer_list<Kind> kFirstOfQuery = {
      Kind::kNot,      Kind::kPlus,       Kind::kMinus,        Kind::kBareOperator, Kind::kOpen,  Kind::kStar, Kind::kQuoted, Kind::kTerm,
      Kind::kPrefixTerm, Kind::kWildTerm, Kind::kRegexpTerm, Kind::kRangeInStart, Kind::kRangeExStart, Kind::kNumber};

  static constexpr std::initializer_list<Kind> kNextInQuery = {
      Kind::kAnd,    Kind::kOr,    Kind::kNot,        Kind::kPlus,     Kind::kMinus,      Kind::kBareOperator, Kind::kOpen,  Kind::kStar,
      Kind::kQuoted, Kind::kTerm, Kind::kPrefixTerm, Kind::kWildTerm, Kind::kRegexpTerm, Kind::kRangeInStart, Kind::kRangeExStart, Kind::kNumber};

  LuceneQueryPtr parse_query(const Field& field) {
    if (++depth_ > kDepthMax) fail("query is nested too deeply");
    std::vector<LuceneClause> clauses;
    LuceneQueryPtr first;
    if (multi_term_ahead()) {
      first = parse_multi_term(field, clauses);
    } else {
      if (!at(kFirstOfQuery)) fail_here();
      const Modifier modifier = parse_modifier();
      auto query = parse_clause(field);
      add(clauses, Conjunction::kNone, modifier, query);
      if (modifier == Modifier::kNone) first = query;
    }
    while (true) {
      if (!at(kNextInQuery)) break;
      if (multi_term_ahead()) {
        parse_multi_term(field, clauses);
        continue;
      }
      Conjunction conjunction = Conjunction::kNone;
      if (at({Kind::kAnd, Kind::kOr})) conjunction = take().kind == Kind::kAnd ? Conjunction::kAnd : Conjunction::kOr;
      const Modifier modifier = parse_modifier();
      add(clauses, conjunction, modifier, parse_clause(field));
    }
    --depth_;
    if (clauses.size() == 1 && first) return first;
    if (clauses.empty()) return nullptr;
    return fix_negative(std::make_shared<LuceneBool>(std::move(clauses)));
  }

  Modifier parse_modifier() {
    if (!at({Kind::kPlus, Kind::kMinus, Kind::kNot})) return Modifier::kNone;
    return take().kind == Kind::kPlus ? Modifier::kRequired : Modifier::kNot;
  }

  LuceneQueryPtr parse_multi_term(const Field& field, std::vector<LuceneClause>& clauses) {
    std::u16string text = take().image;
    while (followed_by_term(0)) text += u" " + take().image;
    auto query = fields_.words(field, unescaped(text));
    add_multi_term(clauses, query);
    return query;
  }

  void add_multi_term(std::vector<LuceneClause>& clauses, const LuceneQueryPtr& query) const {
    if (!query) return;
    const auto* all = dynamic_cast<const LuceneBool*>(query.get());
    const Occur occur = conjunction_ ? Occur::kMust : Occur::kShould;
    if (all == nullptr) {
      clauses.push_back({query, occur});
      return;
    }
    const bool terms = std::all_of(all->clauses().begin(), all->clauses().end(),
                                   [](const LuceneClause& clause) { return clause.query->is_term(); });
    for (const LuceneClause& clause : all->clauses()) clauses.push_back({clause.query, terms ? clause.occur : occur});
    check_clause_count(clauses.size());
  }

  void add(std::vector<LuceneClause>& clauses, Conjunction conjunction, Modifier modifier, const LuceneQueryPtr& query) const {
    if (!clauses.empty() && clauses.back().occur != Occur::kMustNot) {
      if (conjunction == Conjunction::kAnd) clauses.back().occur = Occur::kMust;
      if (conjunction_ && conjunction == Conjunction::kOr) clauses.back().occur = Occur::kShould;
    }
    if (!query) return;
    const bool prohibited = modifier == Modifier::kNot;
    const bool required = !prohibited && (conjunction_ ? conjunction != Conjunction::kOr
                                                       : modifier == Modifier::kRequired || conjunction == Conjunction::kAnd);
    clauses.push_back({query, prohibited ? Occur::kMustNot : required ? Occur::kMust : Occur::kShould});
    if (clauses.size() > kMaxClauses) fail("too many boolean clauses");
  }

  LuceneQueryPtr parse_clause(const Field& outer) {
    Field field = outer;
    const bool is_name = (kind() == Kind::kTerm || kind() == Kind::kStar) && kind(1) == Kind::kColon;
    if (is_name) {
      const SyntaxToken& name = take();
      field = name.kind == Kind::kStar ? std::string("*") : unescaped(name.image);
      consume(Kind::kColon);
    } else {
      if (kind() != Kind::kTerm) tried_.push_back(Kind::kTerm);
      if (kind() != Kind::kStar) tried_.push_back(Kind::kStar);
    }
    if (!at(kFirstOfClause)) fail_here();
    if (kind() != Kind::kOpen) return parse_term(field);
    take();
    auto query = parse_query(field);
    consume(Kind::kClose);
    return boosted(std::move(query), parse_boost());
  }

  /// "^2"; "" where there is none.
  std::string parse_boost() {
    if (!at({Kind::kCaret})) return {};
    take();
    return plain(consume(Kind::kNumber).image);
  }
  static LuceneQueryPtr boosted(LuceneQueryPtr query, const std::string& boost) {
    if (boost.empty() || !query) return query;
    return std::make_shared<LuceneBoost>(std::move(query), std::strtof(boost.c_str(), nullptr));
  }

  struct Suffix {
    std::string boost, slop;  // "" where there is none
  };
  Suffix parse_suffix() {
    Suffix out;
    if (!at({Kind::kCaret, Kind::kFuzzySlop})) return out;
    if (kind() == Kind::kCaret) {
      out.boost = parse_boost();
      if (at({Kind::kFuzzySlop})) out.slop = plain(take().image);
    } else {
      out.slop = plain(take().image);
      out.boost = parse_boost();
    }
    return out;
  }

  LuceneQueryPtr parse_term(const Field& field) {
    if (kind() == Kind::kRangeInStart || kind() == Kind::kRangeExStart) return parse_range(field);
    const SyntaxToken token = take();
    const Suffix suffix = parse_suffix();
    std::u16string_view image = token.image;
    LuceneQueryPtr query;
    switch (token.kind) {
      case Kind::kQuoted: {
        std::optional<int> slop;
        if (suffix.slop.size() > 1) {
          char* end = nullptr;
          const float value = std::strtof(suffix.slop.c_str() + 1, &end);
          if (*end == 0) slop = static_cast<int>(std::min(value, 2147483520.0f));
        }
        query = fields_.phrase(field, unescaped(image.substr(1, image.size() - 2)), slop);
        break;
      }
      case Kind::kStar:
      case Kind::kWildTerm:
        unescaped(image);
        query = fields_.wildcard(field, plain(image));
        break;
      case Kind::kPrefixTerm:
        unescaped(image);
        query = fields_.prefix(field, unescaped(image.substr(0, image.size() - 1)));
        break;
      case Kind::kRegexpTerm:
        unescaped(image);
        query = fields_.regexp(field, plain(image.substr(1, image.size() - 2)));
        break;
      default: {
        if (token.kind == Kind::kBareOperator) image = image.substr(0, 1);
        const std::string text = unescaped(image);
        query = suffix.slop.empty() ? fields_.words(field, text) : fields_.fuzzy(field, text, suffix.slop);
      }
    }
    return boosted(std::move(query), suffix.boost);
  }

  LuceneQueryPtr parse_range(const Field& field) {
    const bool include_low = take().kind == Kind::kRangeInStart;
    const auto low = parse_bound();
    consume(Kind::kRangeTo);
    const auto high = parse_bound();
    if (!at({Kind::kRangeInEnd, Kind::kRangeExEnd})) fail_here();
    const bool include_high = take().kind == Kind::kRangeInEnd;
    const std::string boost = parse_boost();
    return boosted(fields_.range(field, low, high, include_low, include_high), boost);
  }
  std::optional<std::string> parse_bound() {
    if (!at({Kind::kRangeTo, Kind::kRangeQuoted, Kind::kRangeGoop})) fail_here();
    const SyntaxToken& token = take();
    std::u16string_view image = token.image;
    if (token.kind == Kind::kRangeQuoted) image = image.substr(1, image.size() - 2);
    if (image == u"*") return std::nullopt;
    return unescaped(image);
  }

  static constexpr int kDepthMax = 1000;  // the parser and the query's tree call themselves
  std::vector<SyntaxToken> tokens_;
  size_t at_ = 0;
  bool conjunction_;
  QueryStringFields& fields_;
  int depth_ = 0;
  std::set<Kind> expected_;
  std::vector<Kind> tried_;  // by lookahead, which Lucene's messages list once more
};

}  // namespace

LuceneQueryPtr parse_query_string(const std::string& text, const Field& default_field, bool conjunction,
                                  QueryStringFields& fields) {
  try {
    auto query = Parser(lex_query_string(analysis::to_utf16(text)), conjunction, fields).top(default_field);
    // An empty BooleanQuery stands for a text of nothing but removed words.
    return query ? query : std::make_shared<LuceneBool>(std::vector<LuceneClause>());
  } catch (const SyntaxFailure&) {
    throw;
  } catch (const ApiError& error) {
    if (error.error().type == "too_many_clauses") fail("too many boolean clauses");
    throw;
  }
}

}  // namespace tarn::query

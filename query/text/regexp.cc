#include <algorithm>

#include "indexer/analysis/lucene_regexp.h"
#include "indexer/analysis/text.h"
#include "query/dsl/clause.h"
#include "query/text/expansion.h"

namespace tarn::query {

namespace {

using Accepts = std::function<bool(std::string_view)>;

/// Ends of the parts of `pattern` at each `separator` that stands outside of groups, classes, quotes and escapes.
std::vector<std::string> split_outside(const std::string& pattern, char separator) {
  std::vector<std::string> out(1);
  int depth = 0;
  for (size_t i = 0; i < pattern.size(); ++i) {
    const char c = pattern[i];
    if (c == '\\' && i + 1 < pattern.size()) {
      out.back().append(pattern, i++, 2);
      continue;
    }
    if (c == '"' || c == '[') {
      const size_t close = std::min(pattern.find(c == '"' ? '"' : ']', i + 1), pattern.size() - 1);
      out.back().append(pattern, i, close + 1 - i);
      i = close;
      continue;
    }
    if (c == '(') ++depth;
    if (c == ')') --depth;
    if (c == separator && depth == 0) {
      out.emplace_back();
    } else {
      out.back() += c;
    }
  }
  return out;
}

/// Whether the operators of sets of words, which an automaton of ours cannot hold, stand in the pattern.
bool has_set_operator(const std::string& pattern) {
  for (size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] == '\\') {
      ++i;
    } else if (pattern[i] == '&' || pattern[i] == '~') {
      return true;
    }
  }
  return false;
}

/// Whether the pattern is one group or one character, which a "~" before it negates whole.
bool is_one_operand(const std::string& pattern) {
  if (pattern.size() == 1) return std::string_view("()[]{}|&?*+~\"").find(pattern[0]) == std::string_view::npos;
  if (pattern.size() == 2 && pattern[0] == '\\') return true;
  if (pattern.size() < 2 || pattern[0] != '(') return false;
  int depth = 0;
  for (size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] == '\\') {
      ++i;
      continue;
    }
    if (pattern[i] == '(') ++depth;
    if (pattern[i] == ')' && --depth == 0) return i + 1 == pattern.size();
  }
  return false;
}

/// Unions, intersections and complements are asked term by term; what they are made of are automata.
Accepts matcher_of(const std::string& pattern, int max_states, int depth) {
  if (depth > 50) throw ApiError(illegal_argument("regular expression is nested too deeply"));
  if (pattern == "#") return [](std::string_view) { return false; };
  if (!has_set_operator(pattern)) {
    const auto automaton = std::make_shared<analysis::Automaton>(
        std::vector<analysis::Re>{analysis::parse_lucene_regexp(pattern)}, static_cast<size_t>(std::max(1, max_states)));
    return [automaton](std::string_view term) { return automaton->matches(term); };
  }
  std::vector<Accepts> any;
  for (const std::string& choice : split_outside(pattern, '|')) {
    std::vector<Accepts> all;
    for (const std::string& part : split_outside(choice, '&')) {
      if (part == pattern && part.front() != '~' && !(part.front() == '(' && is_one_operand(part))) {
        not_implemented("[&] and [~] inside of other expressions are not supported in regular expressions yet");
      }
      if (part.front() == '~' && is_one_operand(part.substr(1))) {
        const Accepts inner = matcher_of(part.substr(1), max_states, depth + 1);
        all.push_back([inner](std::string_view term) { return !inner(term); });
      } else if (has_set_operator(part) && part.front() == '(' && is_one_operand(part)) {
        all.push_back(matcher_of(part.substr(1, part.size() - 2), max_states, depth + 1));
      } else if (has_set_operator(part)) {
        not_implemented("[&] and [~] inside of other expressions are not supported in regular expressions yet");
      } else {
        all.push_back(matcher_of(part, max_states, depth + 1));
      }
    }
    any.push_back([all](std::string_view term) {
      return std::all_of(all.begin(), all.end(), [&](const Accepts& accepts) { return accepts(term); });
    });
  }
  return [any](std::string_view term) {
    return std::any_of(any.begin(), any.end(), [&](const Accepts& accepts) { return accepts(term); });
  };
}

/// What a flag does not switch on is an ordinary character. COMPLEMENT is not part of ALL.
std::string with_flags(const std::string& given, const RegexpOptions& options) {
  const std::string& flags = options.flags;
  const bool all = flags.empty() || flags.find("ALL") != std::string::npos;
  const auto enabled = [&](std::string_view flag) { return all || flags.find(flag) != std::string::npos; };
  std::string pattern;
  for (size_t i = 0; i < given.size(); ++i) {
    const char c = given[i];
    if (c == '\\' && i + 1 < given.size()) {
      if (options.case_insensitive) not_implemented("case insensitive [regexp] with escapes is not supported yet");
      pattern.append(given, i++, 2);
      continue;
    }
    const bool plain = (c == '~' && flags.find("COMPLEMENT") == std::string::npos) || (c == '<' && !enabled("INTERVAL")) ||
                       (c == '@' && !enabled("ANYSTRING")) || (c == '&' && !enabled("INTERSECTION")) ||
                       (c == '#' && !enabled("EMPTY"));
    if (plain) pattern += '\\';
    pattern += options.case_insensitive && c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  }
  return pattern;
}

}  // namespace

TermMatcher regexp_matcher(Binder& binder, const std::string& given, const RegexpOptions& options) {
  const int64_t limit = binder.searcher.settings().max_regex_length;
  const auto length = static_cast<int64_t>(analysis::utf16_length(given));
  if (length > limit) {
    throw ApiError(illegal_argument("The length of regex [" + std::to_string(length) +
                                    "] used in the Regexp Query request has exceeded the allowed maximum of [" +
                                    std::to_string(limit) +
                                    "]. This maximum can be set by changing the [index.max_regex_length] index level setting."));
  }
  Accepts accepts = matcher_of(with_flags(given, options), options.max_states, 0);
  if (options.case_insensitive) {
    accepts = [accepts](std::string_view term) {
      std::string lower(term);
      for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
      return accepts(lower);
    };
    return {"", std::move(accepts)};
  }
  const size_t literal = std::min(given.find_first_of(".?+*|(){}[]\\\"~<>@&#^$"), given.size());
  std::string prefix = given.substr(0, literal);
  // An alternative may begin otherwise, and the last literal may be optional ("ab*").
  if (given.find_first_of("|&~") != std::string::npos) prefix.clear();
  if (literal < given.size()) {
    while (!prefix.empty() && (static_cast<unsigned char>(prefix.back()) & 0xC0) == 0x80) prefix.pop_back();
    if (!prefix.empty()) prefix.pop_back();
  }
  return {std::move(prefix), std::move(accepts)};
}

}  // namespace tarn::query

#include "query/text/match.h"

#include <algorithm>
#include <map>

#include "query/bind/compound.h"
#include "query/bind/field_queries.h"
#include "query/bind/values.h"
#include "query/dsl/clause.h"
#include "query/filter/column_filters.h"
#include "query/text/phrase.h"
#include "query/text/term_plan.h"

namespace tarn::query {

PlanPtr joined_plan(std::vector<PlanPtr> clauses, const MatchOptions& options) {
  if (clauses.size() == 1) return clauses[0];
  // Of a conjunction no clause is optional: OpenSearch still asks for them, and finds nothing.
  const int optional = options.conjunction ? 0 : static_cast<int>(clauses.size());
  const int minimum =
      options.minimum_should_match.empty() ? 0 : minimum_should_match(optional, options.minimum_should_match);
  if (!options.conjunction) return bool_plan({}, {}, std::move(clauses), {}, minimum);
  return minimum > 0 ? match_none_plan() : bool_plan(std::move(clauses), {}, {}, {}, 0);
}

namespace {

/// Tokens by position, in order; terms at one position are synonyms of each other.
std::vector<PhrasePosition> positions_of(const TokenBuffer& tokens) {
  std::vector<PhrasePosition> out;
  for (const Token& token : tokens.tokens) {
    if (out.empty() || out.back().position != token.position) out.push_back({{}, token.position});
    out.back().terms.emplace_back(token.term);
  }
  return out;
}

PlanPtr one_position(Binder& binder, const FieldType& field, std::vector<std::string> terms, const MatchOptions& options,
                     float boost) {
  if (options.fuzzy && terms.size() == 1) return fuzzy_plan(binder, field, terms[0], *options.fuzzy, boost);
  if (field.kind == FieldKind::kMatchOnlyText) return text_terms_plan(field.path, std::move(terms), boost);
  return text_term_plan(binder, field, std::move(terms), boost);
}

PlanPtr boolean_plan(Binder& binder, const FieldType& field, std::vector<PhrasePosition> positions,
                     const MatchOptions& options, bool last_is_prefix, float boost) {
  std::vector<PlanPtr> clauses;
  for (size_t i = 0; i < positions.size(); ++i) {
    if (last_is_prefix && i + 1 == positions.size()) {
      clauses.push_back(prefix_plan(binder, field.path, positions[i].terms[0], false, boost));
    } else {
      clauses.push_back(one_position(binder, field, std::move(positions[i].terms), options, boost));
    }
  }
  return joined_plan(std::move(clauses), options);
}

/// The last word stands for all terms that begin with it.
PlanPtr phrase_prefix_plan(Binder& binder, const FieldType& field, std::vector<PhrasePosition> positions,
                           const MatchOptions& options, float boost) {
  std::vector<std::string> expanded;
  for (const std::string& prefix : positions.back().terms) {
    const auto all = [](std::string_view) { return std::optional<float>(1); };
    for (ExpandedTerm& term : expand_terms(binder, field, prefix, all, static_cast<size_t>(options.max_expansions))) {
      expanded.push_back(std::move(term.term));
    }
  }
  if (expanded.empty()) return match_none_plan();
  if (positions.size() > 1) {
    positions.back().terms = std::move(expanded);
    return phrase_plan(binder, field, std::move(positions), options.slop, boost);
  }
  std::vector<PlanPtr> clauses;
  for (std::string& term : expanded) clauses.push_back(text_term_plan(binder, field, {std::move(term)}, boost));
  return bool_plan({}, {}, std::move(clauses), {}, 1);
}

/// Multi-word synonyms: tokens as arcs between positions. The graph falls into parts at the positions that every path
/// passes; a part with several ways becomes any of them, as Lucene's QueryBuilder.analyzeGraphBoolean.
class TokenGraph {
 public:
  explicit TokenGraph(const TokenBuffer& tokens) {
    for (const Token& token : tokens.tokens) {
      arcs_[token.position].push_back({std::string(token.term), token.position + std::max(1, token.position_length)});
      last_ = std::max(last_, token.position + std::max(1, token.position_length));
    }
    first_ = arcs_.empty() ? 0 : arcs_.begin()->first;
  }

  PlanPtr plan(Binder& binder, const FieldType& field, const MatchOptions& options, float boost) const {
    std::vector<PlanPtr> clauses;
    int begin = first_;
    while (begin < last_) {
      const int end = next_articulation(begin);
      if (arcs_.contains(begin)) clauses.push_back(part(binder, field, options, begin, end, boost));
      begin = end;
    }
    return joined_plan(std::move(clauses), options);
  }

 private:
  struct Arc {
    std::string term;
    int end;
  };
  using Path = std::vector<std::pair<std::string, int>>;  // term and position

  int next_articulation(int begin) const {
    for (int node = begin + 1; node < last_; ++node) {
      bool crossed = false;
      for (const auto& [position, arcs] : arcs_) {
        for (const Arc& arc : arcs) crossed |= position < node && arc.end > node;
      }
      if (!crossed) return node;
    }
    return last_;
  }
  void paths(int at, int end, Path& path, std::vector<Path>& out) const {
    if (at >= end) {
      out.push_back(path);
      return;
    }
    const auto arcs = arcs_.find(at);
    if (arcs == arcs_.end()) return paths(at + 1, end, path, out);  // a hole that a removed token left
    for (const Arc& arc : arcs->second) {
      path.emplace_back(arc.term, at);
      paths(arc.end, end, path, out);
      path.pop_back();
    }
  }
  PlanPtr part(Binder& binder, const FieldType& field, const MatchOptions& options, int begin, int end, float boost) const {
    const auto& arcs = arcs_.at(begin);
    const bool simple = std::all_of(arcs.begin(), arcs.end(), [&](const Arc& arc) { return arc.end == end; });
    if (simple) {
      std::vector<std::string> terms;
      for (const Arc& arc : arcs) terms.push_back(arc.term);
      return one_position(binder, field, std::move(terms), options, boost);
    }
    std::vector<Path> ways;
    Path path;
    paths(begin, end, path, ways);
    std::vector<PlanPtr> clauses;
    for (const Path& way : ways) {
      if (way.size() == 1) {
        clauses.push_back(one_position(binder, field, {way[0].first}, options, boost));
      } else if (options.synonym_phrases) {
        std::vector<PhrasePosition> phrase;
        for (size_t i = 0; i < way.size(); ++i) phrase.push_back({{way[i].first}, static_cast<int>(i)});
        clauses.push_back(phrase_plan(binder, field, std::move(phrase), 0, boost));
      } else {
        std::vector<PlanPtr> words;
        for (const auto& [term, position] : way) words.push_back(text_term_plan(binder, field, {term}, boost));
        clauses.push_back(bool_plan(std::move(words), {}, {}, {}, 0));
      }
    }
    return bool_plan({}, {}, std::move(clauses), {}, 1);
  }

  std::map<int, std::vector<Arc>> arcs_;
  int first_ = 0, last_ = 0;
};

const Analyzer& analyzer_for(Binder& binder, const FieldType& field, const MatchOptions& options) {
  if (!options.analyzer.empty()) {
    const Analyzer* found = binder.mapping().analysis().find_analyzer(options.analyzer);
    if (found == nullptr) {
      throw ApiError(400, "query_shard_exception", "[" + options.clause + "] analyzer [" + options.analyzer + "] not found");
    }
    return *found;
  }
  const bool quoted = options.kind == MatchKind::kPhrase || options.kind == MatchKind::kPhrasePrefix;
  if (quoted && field.search_quote_analyzer != nullptr) return *field.search_quote_analyzer;
  return field.search_analyzer != nullptr ? *field.search_analyzer : *field.index_analyzer;
}

PlanPtr text_plan(Binder& binder, const FieldType& field, const std::string& text, const MatchOptions& options, float boost) {
  if (!field.inverted) {
    throw ApiError(illegal_argument("Cannot search on field [" + field.path + "] since it is not indexed."));
  }
  TokenBuffer tokens;
  analyzer_for(binder, field, options).analyze(text, tokens);
  std::vector<PhrasePosition> positions = positions_of(tokens);
  if (positions.empty()) return options.zero_terms_all ? match_all_plan(boost) : match_none_plan();
  const bool graph = std::any_of(tokens.tokens.begin(), tokens.tokens.end(),
                                 [](const Token& token) {
                                   // Shingles of several sizes overlap by design; OpenSearch reads no graph from them.
                                   return token.position_length > 1 && std::string_view(token.type) != "shingle" &&
                                          std::string_view(token.type) != "<DOUBLE>";
                                 });
  switch (options.kind) {
    case MatchKind::kPhrase:
      if (graph) not_implemented("phrases with multi-word synonyms are not supported yet");
      if (positions.size() > 1) return phrase_plan(binder, field, std::move(positions), options.slop, boost);
      break;
    case MatchKind::kPhrasePrefix:
      if (graph) not_implemented("phrases with multi-word synonyms are not supported yet");
      return phrase_prefix_plan(binder, field, std::move(positions), options, boost);
    case MatchKind::kBoolPrefix:
      if (graph) not_implemented("[match_bool_prefix] with multi-word synonyms is not supported yet");
      break;
    case MatchKind::kBoolean:
      if (graph) return TokenGraph(tokens).plan(binder, field, options, boost);
      break;
  }
  // A blank or a removed word after the last token says that the word is finished.
  const bool prefix = options.kind == MatchKind::kBoolPrefix && tokens.tokens.back().end_offset == tokens.end_offset;
  return boolean_plan(binder, field, std::move(positions), options, prefix, boost);
}

PlanPtr whole_term(Binder& binder, std::string_view path, const FieldType& field, const Json& value,
                   const MatchOptions& options, float boost) {
  if (options.kind == MatchKind::kPhrasePrefix) {
    throw ApiError(illegal_argument("Can only use phrase prefix queries on text fields - not on [" + std::string(path) +
                                    "] which is of type [" + std::string(kind_name(field.kind)) + "]"));
  }
  if (options.kind == MatchKind::kBoolPrefix && is_keyword_like(field)) {
    return prefix_plan(binder, path, scalar_text(value), false, boost);
  }
  if (options.fuzzy && is_keyword_like(field)) {
    return fuzzy_plan(binder, field, normalized(field, scalar_text(value)), *options.fuzzy, boost);
  }
  if (is_keyword_like(field) && field.split_queries_on_whitespace) {
    std::vector<PlanPtr> clauses;
    const std::string text = scalar_text(value);
    for (size_t begin = 0; begin < text.size();) {
      size_t end = text.find(' ', begin);
      if (end == std::string::npos) end = text.size();
      if (end > begin) clauses.push_back(term_plan(binder, path, text.substr(begin, end - begin), false, boost));
      begin = end + 1;
    }
    return clauses.empty() ? match_none_plan() : joined_plan(std::move(clauses), options);
  }
  return term_plan(binder, path, value, false, boost);
}

}  // namespace

PlanPtr match_plan(Binder& binder, std::string_view path, const Json& value, const MatchOptions& options, float boost) {
  const FieldType* field = binder.mapping().find(path);
  if (field == nullptr || field->kind == FieldKind::kMetadata) {
    return path.starts_with('_') ? term_plan(binder, path, value, false, boost) : match_none_plan();
  }
  if (field->kind == FieldKind::kObject || field->kind == FieldKind::kNested) return match_none_plan();
  if (is_text_like(*field)) return text_plan(binder, *field, scalar_text(value), options, boost);
  if (!options.lenient) return whole_term(binder, path, *field, value, options, boost);
  try {
    return whole_term(binder, path, *field, value, options, boost);
  } catch (const ApiError& error) {  // lenient says: a value that does not fit matches nothing
    if (error.error().status == 501) throw;
    return match_none_plan();
  }
}

}  // namespace tarn::query

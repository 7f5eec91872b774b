#include "query/text/match.h"

#include "query/bind/compound.h"
#include "query/bind/field_queries.h"
#include "query/bind/values.h"
#include "query/dsl/clause.h"
#include "query/filter/column_filters.h"
#include "query/text/phrase.h"
#include "query/text/term_plan.h"

namespace tarn::query {

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

PlanPtr one_position(Binder& binder, const FieldType& field, std::vector<std::string> terms, float boost) {
  if (field.kind == FieldKind::kMatchOnlyText) return text_terms_plan(field.path, std::move(terms), boost);
  return text_term_plan(binder, field, std::move(terms), boost);
}

PlanPtr boolean_plan(Binder& binder, const FieldType& field, std::vector<PhrasePosition> positions,
                     const MatchOptions& options, float boost) {
  if (positions.size() == 1) return one_position(binder, field, std::move(positions[0].terms), boost);
  std::vector<PlanPtr> clauses;
  for (PhrasePosition& place : positions) clauses.push_back(one_position(binder, field, std::move(place.terms), boost));
  if (options.conjunction) return bool_plan(std::move(clauses), {}, {}, {}, 0);
  const int optional = static_cast<int>(clauses.size());
  const int minimum =
      options.minimum_should_match.empty() ? 0 : minimum_should_match(optional, options.minimum_should_match);
  return bool_plan({}, {}, std::move(clauses), {}, minimum);
}

const Analyzer& analyzer_for(Binder& binder, const FieldType& field, const MatchOptions& options) {
  if (!options.analyzer.empty()) {
    const Analyzer* found = binder.mapping().analysis().find_analyzer(options.analyzer);
    if (found == nullptr) {
      throw ApiError(400, "query_shard_exception", "[match] analyzer [" + options.analyzer + "] not found");
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
  for (const Token& token : tokens.tokens) {
    if (token.position_length > 1) not_implemented("token graphs (multi-word synonyms) in queries are not supported yet");
  }
  if (options.kind == MatchKind::kPhrase && positions.size() > 1) {
    return phrase_plan(binder, field, std::move(positions), options.slop, boost);
  }
  return boolean_plan(binder, field, std::move(positions), options, boost);
}

PlanPtr whole_term_plan(Binder& binder, std::string_view path, const FieldType& field, const Json& value,
                        const MatchOptions& options, float boost) {
  if (is_keyword_like(field) && field.split_queries_on_whitespace) {
    std::vector<PlanPtr> clauses;
    const std::string text = scalar_text(value);
    for (size_t begin = 0; begin < text.size();) {
      size_t end = text.find(' ', begin);
      if (end == std::string::npos) end = text.size();
      if (end > begin) clauses.push_back(term_plan(binder, path, text.substr(begin, end - begin), false, boost));
      begin = end + 1;
    }
    if (options.conjunction) return bool_plan(std::move(clauses), {}, {}, {}, 0);
    return bool_plan({}, {}, std::move(clauses), {}, 1);
  }
  if (!options.lenient) return term_plan(binder, path, value, false, boost);
  try {
    return term_plan(binder, path, value, false, boost);
  } catch (const ApiError& error) {  // lenient says: a value that does not fit matches nothing
    if (error.error().status == 501) throw;
    return match_none_plan();
  }
}

}  // namespace

PlanPtr match_plan(Binder& binder, std::string_view path, const Json& value, const MatchOptions& options, float boost) {
  const FieldType* field = binder.mapping().find(path);
  if (field == nullptr || field->kind == FieldKind::kMetadata) {
    return path.starts_with('_') ? term_plan(binder, path, value, false, boost) : match_none_plan();
  }
  if (field->kind == FieldKind::kObject || field->kind == FieldKind::kNested) return match_none_plan();
  if (is_text_like(*field)) return text_plan(binder, *field, scalar_text(value), options, boost);
  return whole_term_plan(binder, path, *field, value, options, boost);
}

}  // namespace tarn::query

#include "query/lucene/match_builder.h"

#include <algorithm>

#include "query/bind/compound.h"
#include "query/bind/field_queries.h"
#include "query/bind/values.h"
#include "query/dsl/clause.h"
#include "query/filter/column_filters.h"
#include "query/lucene/common_terms.h"
#include "query/lucene/describe.h"
#include "query/lucene/spans.h"
#include "query/lucene/token_graph.h"
#include "query/text/source_phrase.h"
#include "query/text/phrase.h"
#include "query/text/term_plan.h"

namespace tarn::query {

MatchBuilder::MatchBuilder(Binder& binder, const FieldType& field, std::string path, const Analyzer* analyzer,
                           const MatchOptions& options)
    : binder_(binder), field_(field), path_(std::move(path)), options_(options), analyzer_(analyzer) {}

LuceneQueryPtr MatchBuilder::build(const std::string& text) {
  const MatchKind kind = options_.kind;
  if (analyzer_ == nullptr) {
    if (kind == MatchKind::kPhrasePrefix) return phrase_prefix({{text, 1, 1}}, options_.slop);
    const bool prefix = kind == MatchKind::kBoolPrefix && (is_keyword_like(field_) || is_text_like(field_));
    return prefix ? new_prefix(text) : new_term(text);
  }
  TokenBuffer buffer;
  analyzer_->analyze(text, buffer);
  std::vector<QueryToken> tokens;
  int position = -1;
  for (const Token& token : buffer.tokens) {
    tokens.push_back({std::string(token.term), token.position - position, token.position_length});
    position = token.position;
    // Shingles and CJK bigrams overlap by design; OpenSearch reads no graph from them.
    const std::string_view type = token.type;
    if (type == "shingle" || type == "<DOUBLE>") graphs_ = false;
  }
  // A blank or a removed word after the last token says that the word is finished.
  const bool prefix =
      kind == MatchKind::kBoolPrefix && !tokens.empty() && buffer.tokens.back().end_offset == buffer.end_offset;
  return of_tokens(tokens, kind, options_.conjunction, options_.slop, prefix);
}

LuceneQueryPtr MatchBuilder::of_tokens(const std::vector<QueryToken>& tokens, MatchKind kind, bool conjunction, int slop,
                                       bool prefix) {
  if (tokens.empty()) return nullptr;
  int positions = 0;
  bool graph = false;
  for (const QueryToken& token : tokens) {
    positions += token.increment;
    graph |= graphs_ && token.length > 1;
  }
  const bool phrase = kind == MatchKind::kPhrase || kind == MatchKind::kPhrasePrefix;
  if (tokens.size() == 1) {
    if (kind == MatchKind::kPhrasePrefix) return phrase_prefix(tokens, slop);
    return prefix ? new_prefix(tokens[0].term) : new_term(tokens[0].term);
  }
  if (graph) return phrase ? graph_phrase(tokens, kind, slop) : graph_boolean(tokens, conjunction, prefix);
  if (kind == MatchKind::kPhrase && positions > 1) return new_phrase(tokens, slop);
  if (kind == MatchKind::kPhrasePrefix) return phrase_prefix(tokens, slop);
  if (positions == 1) {
    std::vector<std::string> terms;
    for (const QueryToken& token : tokens) terms.push_back(token.term);
    return new_synonym(terms);
  }
  return of_words(tokens, conjunction, prefix);
}

LuceneQueryPtr MatchBuilder::of_words(const std::vector<QueryToken>& tokens, bool conjunction, bool prefix) {
  const Occur occur = conjunction ? Occur::kMust : Occur::kShould;
  const bool plain = std::all_of(tokens.begin(), tokens.end(), [](const QueryToken& token) { return token.increment > 0; });
  if (options_.cutoff && plain && !prefix && !options_.fuzzy && is_text_like(field_)) {
    CommonTermsOptions common;
    common.cutoff = *options_.cutoff;
    common.low_conjunction = common.high_conjunction = conjunction;
    std::vector<std::string> terms;
    for (const QueryToken& token : tokens) terms.push_back(token.term);
    check_clause_count(terms.size());
    return std::make_shared<LuceneCommon>(field_, std::move(terms), std::move(common));
  }
  std::vector<LuceneClause> clauses;
  for (size_t i = 0; i < tokens.size();) {
    std::vector<std::string> terms = {tokens[i].term};
    for (++i; i < tokens.size() && tokens[i].increment == 0; ++i) terms.push_back(tokens[i].term);
    check_clause_count(clauses.size() + 1);
    LuceneQueryPtr query = terms.size() > 1                      ? new_synonym(terms)
                           : prefix && i == tokens.size() ? new_prefix(terms[0])
                                                                 : new_term(terms[0]);
    clauses.push_back({std::move(query), occur});
  }
  return std::make_shared<LuceneBool>(std::move(clauses));
}

LuceneQueryPtr MatchBuilder::graph_boolean(const std::vector<QueryToken>& tokens, bool conjunction, bool prefix) {
  const TokenGraph graph(tokens);
  const Occur occur = conjunction ? Occur::kMust : Occur::kShould;
  std::vector<int> ends = graph.articulation_points();
  ends.push_back(-1);
  std::vector<LuceneClause> clauses;
  int start = 0;
  for (const int end : ends) {
    const bool use_prefix = prefix && end == -1;
    LuceneQueryPtr part;
    if (graph.has_side_path(start)) {
      const bool phrases = options_.synonym_phrases && field_.positions;
      const MatchKind kind = !phrases     ? MatchKind::kBoolean
                             : use_prefix ? MatchKind::kPhrasePrefix
                                          : MatchKind::kPhrase;
      std::vector<LuceneClause> ways;
      graph.paths(start, end, [&](const std::vector<QueryToken>& path) {
        if (auto way = of_tokens(path, kind, true, 0, false)) ways.push_back({std::move(way), Occur::kShould});
      });
      part = ways.size() == 1 ? ways[0].query : std::make_shared<LuceneBool>(std::move(ways));
    } else {
      const auto terms = graph.terms_at(start);
      if (terms.size() == 1) part = use_prefix ? new_prefix(terms[0]) : new_term(terms[0]);
      if (terms.size() > 1) part = new_synonym(terms);
    }
    if (part) clauses.push_back({std::move(part), occur});
    start = end;
  }
  return std::make_shared<LuceneBool>(std::move(clauses));
}

namespace {

/// The terms that begin with a prefix, as one span.
LuceneSpanPtr prefix_span(Binder& binder, const FieldType& field, const std::string& prefix) {
  std::vector<std::string> terms;
  const auto all = [](std::string_view) { return std::optional<float>(1); };
  for (ExpandedTerm& term : expand_terms(binder, field, prefix, all, kMaxClauses + 1)) terms.push_back(std::move(term.term));
  check_clause_count(terms.size());
  return span_terms(field.path, std::move(terms), "SpanMultiTermQueryWrapper(" + field.path + ":" + prefix + "*)");
}

LuceneSpanPtr path_span(Binder& binder, const FieldType& field, const std::vector<QueryToken>& path, bool prefix) {
  std::vector<LuceneSpanPtr> clauses;
  for (size_t i = 0; i < path.size(); ++i) {
    const bool last = i + 1 == path.size();
    clauses.push_back(last && prefix ? prefix_span(binder, field, path[i].term) : span_term(field.path, path[i].term));
    if (!last && path[i + 1].increment > 1) clauses.push_back(span_gap(field.path, path[i + 1].increment - 1));
  }
  return clauses.size() == 1 ? clauses[0] : span_near(std::move(clauses), 0, true);
}

}  // namespace

LuceneQueryPtr MatchBuilder::graph_phrase(const std::vector<QueryToken>& tokens, MatchKind kind, int slop) {
  const TokenGraph graph(tokens);
  if (options_.slop > 0) {
    std::vector<LuceneClause> ways;
    graph.paths(0, -1, [&](const std::vector<QueryToken>& path) {
      if (auto way = of_tokens(path, kind, true, slop, false)) ways.push_back({std::move(way), Occur::kShould});
    });
    return std::make_shared<LuceneBool>(std::move(ways));
  }
  std::vector<int> ends = graph.articulation_points();
  ends.push_back(-1);
  std::vector<LuceneSpanPtr> clauses;
  int start = 0;
  for (const int end : ends) {
    const bool prefix = end == -1 && kind == MatchKind::kPhrasePrefix;
    std::vector<LuceneSpanPtr> ways;
    if (graph.has_side_path(start)) {
      graph.paths(start, end, [&](const std::vector<QueryToken>& path) {
        ways.push_back(path_span(binder_, field_, path, prefix));
      });
      if (!ways.empty()) clauses.push_back(span_or(std::move(ways)));
    } else {
      for (const std::string& term : graph.terms_at(start)) {
        ways.push_back(prefix ? prefix_span(binder_, field_, term) : span_term(field_.path, term));
      }
      if (!ways.empty()) clauses.push_back(ways.size() == 1 ? ways[0] : span_or(std::move(ways)));
    }
    start = end;
  }
  if (clauses.empty()) return nullptr;
  if (clauses.size() == 1) return clauses[0];
  return span_near(std::move(clauses), 0, true);
}

LuceneQueryPtr MatchBuilder::new_term(const std::string& term) {
  return tried(field_.path, options_.lenient, [&] {
    if (options_.fuzzy) return lucene_fuzzy(binder_, path_, term, *options_.fuzzy);
    return lucene_term(binder_, path_, term);
  });
}

LuceneQueryPtr MatchBuilder::new_synonym(const std::vector<std::string>& given) {
  std::vector<std::string> terms = given;
  std::sort(terms.begin(), terms.end());
  terms.erase(std::unique(terms.begin(), terms.end()), terms.end());
  if (!is_text_like(field_)) {
    std::vector<LuceneClause> clauses;
    for (const std::string& term : terms) clauses.push_back({new_term(term), Occur::kShould});
    return std::make_shared<LuceneBool>(std::move(clauses));
  }
  std::string text;
  for (const std::string& term : terms) text += (text.empty() ? "" : " ") + field_.path + ":" + term;
  const FieldType* field = &field_;
  return lucene_leaf([field, terms](Binder& binder, float boost) { return text_term_plan(binder, *field, terms, boost); },
                     LeafText("Synonym(" + text + ")", "SynonymQuery"));
}

LuceneQueryPtr MatchBuilder::new_prefix(const std::string& term) {
  return tried(field_.path, options_.lenient, [&] { return lucene_prefix(binder_, path_, term, {}); });
}

/// search_as_you_type keeps its words in pairs and threes, which serve phrases without holes.
LuceneQueryPtr MatchBuilder::shingle_phrase(const std::vector<QueryToken>& tokens, int slop) {
  if (field_.kind != FieldKind::kSearchAsYouType || slop > 0 || tokens.size() < 2) return nullptr;
  for (const QueryToken& token : tokens) {
    if (token.increment != 1) return nullptr;
  }
  for (size_t size = tokens.size(); size >= 2; --size) {
    const FieldType* shingles = binder_.mapping().find(field_.path + "._" + std::to_string(size) + "gram");
    if (shingles == nullptr) continue;
    std::vector<LucenePhrase::Place> places;
    for (size_t i = 0; i + size <= tokens.size(); ++i) {
      std::string words = tokens[i].term;
      for (size_t k = 1; k < size; ++k) words += " " + tokens[i + k].term;
      places.push_back({{std::move(words)}, static_cast<int>(i)});
    }
    return std::make_shared<LucenePhrase>(*shingles, std::move(places), 0);
  }
  return nullptr;
}

LuceneQueryPtr MatchBuilder::source_phrase(const std::vector<LucenePhrase::Place>& places, int slop) {
  std::vector<PhrasePosition> phrase;
  std::string delegate;
  for (const LucenePhrase::Place& place : places) {
    phrase.push_back({place.terms, place.position});
    for (const std::string& term : place.terms) delegate += "#" + field_.path + ":" + term + " ";
  }
  const std::string filter = LucenePhrase(field_, places, slop).to_string();
  const FieldType* field = &field_;
  return lucene_leaf([field, phrase, slop](Binder& b, float boost) { return source_phrase_plan(b, *field, phrase, slop, boost); },
                     LeafText("SourceFieldMatchQuery (delegate query: [ " + delegate + "], filter query: [ " + filter + "])", "SourceFieldMatchQuery"));
}

LuceneQueryPtr MatchBuilder::new_phrase(const std::vector<QueryToken>& tokens, int slop) {
  return tried(field_.path, options_.lenient, [&]() -> LuceneQueryPtr {
    if (!is_text_like(field_)) {
      throw ApiError(illegal_argument("Can only use phrase queries on text fields - not on [" + field_.path +
                                      "] which is of type [" + std::string(kind_name(field_.kind)) + "]"));
    }
    if (!field_.positions && field_.kind != FieldKind::kMatchOnlyText) {
      throw ApiError(400, "illegal_state_exception",
                     "field:[" + field_.path + "] was indexed without position data; cannot run PhraseQuery");
    }
    std::vector<LucenePhrase::Place> places;
    int position = -1;
    for (const QueryToken& token : tokens) {
      if (token.increment > 0 || places.empty()) {
        position += options_.position_increments ? token.increment : 1;
        places.push_back({{}, position});
      }
      places.back().terms.push_back(token.term);
    }
    if (field_.kind == FieldKind::kMatchOnlyText) return source_phrase(places, slop);
    if (auto shingles = shingle_phrase(tokens, slop)) return shingles;
    return std::make_shared<LucenePhrase>(field_, std::move(places), slop);
  });
}

namespace {

/// The last word stands for all terms that begin with it (MultiPhrasePrefixQuery).
PlanPtr phrase_prefix_plan(Binder& binder, const FieldType& field, std::vector<PhrasePosition> positions, int max_expansions,
                           int slop, float boost) {
  std::vector<std::string> expanded;
  for (const std::string& prefix : positions.back().terms) {
    const auto all = [](std::string_view) { return std::optional<float>(1); };
    for (ExpandedTerm& term : expand_terms(binder, field, prefix, all, static_cast<size_t>(max_expansions))) {
      expanded.push_back(std::move(term.term));
    }
  }
  if (expanded.empty()) return match_none_plan();
  if (positions.size() > 1) {
    positions.back().terms = std::move(expanded);
    PlanPtr plan = phrase_plan(binder, field, std::move(positions), slop, boost);
    return field.kind == FieldKind::kMatchOnlyText ? constant_score_plan(std::move(plan), boost) : plan;
  }
  if (field.kind == FieldKind::kMatchOnlyText) return text_terms_plan(field.path, std::move(expanded), boost);
  std::vector<PlanPtr> clauses;
  for (std::string& term : expanded) clauses.push_back(text_term_plan(binder, field, {std::move(term)}, boost));
  return bool_plan({}, {}, std::move(clauses), {}, 1);
}

}  // namespace

LuceneQueryPtr MatchBuilder::phrase_prefix(const std::vector<QueryToken>& tokens, int slop) {
  return tried(field_.path, options_.lenient, [&]() -> LuceneQueryPtr {
    if (!is_text_like(field_)) {
      throw ApiError(illegal_argument("Can only use phrase prefix queries on text fields - not on [" + path_ +
                                      "] which is of type [" + std::string(kind_name(field_.kind)) + "]"));
    }
    std::vector<PhrasePosition> positions;
    int position = -1;
    for (const QueryToken& token : tokens) {
      position += token.increment;
      if (positions.empty() || token.increment > 0) positions.push_back({{}, position});
      positions.back().terms.push_back(token.term);
    }
    if (positions.size() > 1 && !field_.positions) {
      throw ApiError(400, "illegal_state_exception",
                     "field:[" + field_.path + "] was indexed without position data; cannot run PhraseQuery");
    }
    std::string text = field_.path + ":\"";
    for (size_t i = 0; i < positions.size(); ++i) {
      if (i > 0) text += ' ';
      const auto& terms = positions[i].terms;
      if (terms.size() > 1) text += '(';
      for (size_t t = 0; t < terms.size(); ++t) text += (t == 0 ? "" : " ") + terms[t] + (i + 1 == positions.size() ? "*" : "");
      if (terms.size() > 1) text += ')';
    }
    text += '"';
    if (slop != 0) text += "~" + std::to_string(slop);
    const FieldType* field = &field_;
    const int expansions = options_.max_expansions;
    return lucene_leaf(
        [field, positions, expansions, slop](Binder& binder, float boost) {
          return phrase_prefix_plan(binder, *field, positions, expansions, slop, boost);
        },
        LeafText(text, "MultiPhrasePrefixQuery"));
  });
}

const Analyzer* match_analyzer(Binder& binder, const FieldType& field, const MatchOptions& options) {
  if (!options.analyzer.empty()) {
    const Analyzer* found = binder.mapping().analysis().find_analyzer(options.analyzer);
    if (found == nullptr) {
      throw ApiError(400, "query_shard_exception", "[" + options.clause + "] analyzer [" + options.analyzer + "] not found");
    }
    return found;
  }
  if (!is_text_like(field)) {
    const bool split = is_keyword_like(field) && field.split_queries_on_whitespace;
    return split ? binder.mapping().analysis().find_analyzer("whitespace") : nullptr;
  }
  const bool quoted = options.kind == MatchKind::kPhrase || options.kind == MatchKind::kPhrasePrefix;
  if (quoted && field.search_quote_analyzer != nullptr) return field.search_quote_analyzer;
  return field.search_analyzer != nullptr ? field.search_analyzer : field.index_analyzer;
}

LuceneQueryPtr zero_terms_query(const MatchOptions& options) {
  switch (options.zero_terms) {
    case ZeroTerms::kAll: return lucene_all();
    case ZeroTerms::kNone: return lucene_none("Matching no documents because no terms present");
    case ZeroTerms::kNull: break;
  }
  return nullptr;
}

LuceneQueryPtr match_query(Binder& binder, std::string_view path, const std::string& text, const MatchOptions& options) {
  const FieldType* field = binder.mapping().find(path);
  if (field == nullptr || field->kind == FieldKind::kMetadata) {
    if (!path.starts_with('_')) return unmapped_none(path);
    return tried(path, options.lenient, [&] { return lucene_term(binder, path, text); });
  }
  if (field->kind == FieldKind::kObject || field->kind == FieldKind::kNested) return unmapped_none(path);
  const std::string name = is_text_like(*field) ? field->path : std::string(path);
  MatchBuilder builder(binder, *field, name, match_analyzer(binder, *field, options), options);
  auto query = builder.build(text);
  return query ? query : zero_terms_query(options);
}

LuceneQueryPtr lenient_none(std::string_view path, const ApiError& error) {
  return lucene_none("failed [" + std::string(path) + "] query, caused by " + error.error().type + ":[" + error.error().reason +
                     "]");
}

LuceneQueryPtr unmapped_none(std::string_view path) { return lucene_none("unmapped fields [" + std::string(path) + "]"); }

LuceneQueryPtr tried(std::string_view path, bool lenient, const std::function<LuceneQueryPtr()>& make) {
  try {
    return make();
  } catch (const ApiError& error) {
    if (!lenient || error.error().status == 501) throw;
    return lenient_none(path, error);
  }
}

LuceneQueryPtr lucene_term(Binder& binder, std::string_view given, const std::string& text) {
  const std::string path(given);
  const FieldType* field = binder.mapping().find(path);
  const bool is_text = field != nullptr && is_text_like(*field);
  if (!is_text || !field->indexed) term_plan(binder, path, text, false, 1);  // throws here what does not fit
  const bool is_term = is_text || (field != nullptr && (field->use_similarity || field->kind == FieldKind::kBoolean));
  return described_term(binder, path, text, [path, text](Binder& b, float boost) { return term_plan(b, path, text, false, boost); }, is_term);
}

LuceneQueryPtr lucene_prefix(Binder& binder, std::string_view given, const std::string& prefix, const Rewrite& rewrite) {
  const std::string path(given);
  const FieldType* field = path.starts_with('_') ? nullptr : pattern_field(binder, path, "prefix");
  if (field != nullptr && rewrite.kind != Rewrite::Kind::kConstant) {
    const std::string normal = is_keyword_like(*field) ? normalized(*field, prefix) : prefix;
    return lucene_leaf(
        [field, normal, rewrite](Binder& b, float boost) {
          const auto all = [](std::string_view) { return std::optional<float>(1); };
          return rewritten_plan(b, *field, expand_terms(b, *field, normal, all, SIZE_MAX), rewrite, boost);
        },
        pattern_leaf(field, field->path + ":" + normal + "*", normal + "*", "PrefixQuery"));
  }
  const auto make = [path, prefix](Binder& b, float boost) { return prefix_plan(b, path, prefix, false, boost); };
  if (field != nullptr && field->kind == FieldKind::kSearchAsYouType) {
    return std::make_shared<LuceneConstant>(lucene_leaf(make, LeafText(path + "._index_prefix:" + prefix, "TermQuery", path)));
  }
  return lucene_leaf(make, pattern_leaf(field, path + ":" + prefix + "*", prefix + "*", "PrefixQuery"));
}

LuceneQueryPtr lucene_fuzzy(Binder& binder, std::string_view path, const std::string& given, const FuzzyOptions& options) {
  const FieldType* field = binder.mapping().find(path);
  if (field == nullptr) return unmapped_none(path);
  if (!is_keyword_like(*field) && !is_text_like(*field)) {
    throw ApiError(illegal_argument("Can only use fuzzy queries on keyword and text fields - not on [" + std::string(path) +
                                    "] which is of type [" + std::string(kind_name(field->kind)) + "]"));
  }
  const std::string text = is_keyword_like(*field) ? normalized(*field, given) : given;
  const int edits = options.fuzziness.edits_for(text.size());
  return lucene_leaf([field, text, options](Binder& b, float boost) { return fuzzy_plan(b, *field, text, options, boost); },
                     LeafText(field->path + ":" + text + "~" + std::to_string(edits), "FuzzyQuery"));
}

}  // namespace tarn::query

#pragma once

#include "query/lucene/tree.h"
#include "query/text/match.h"

namespace tarn::query {

/// One token of a query's text, as Lucene's QueryBuilder sees it.
struct QueryToken {
  std::string term;
  int increment = 1, length = 1;
};

/// Makes of a text what Lucene's QueryBuilder and OpenSearch's MatchQuery make of it for one field: a term, words that are
/// joined, a phrase, or a graph of multi-word synonyms. Short-lived.
class MatchBuilder {
 public:
  /// `analyzer` null: the whole text is one term.
  MatchBuilder(Binder& binder, const FieldType& field, std::string path, const Analyzer* analyzer, const MatchOptions& options);
  virtual ~MatchBuilder() = default;
  /// Null where the analyzer leaves no token.
  LuceneQueryPtr build(const std::string& text);

 protected:
  virtual LuceneQueryPtr new_term(const std::string& term);
  virtual LuceneQueryPtr new_synonym(const std::vector<std::string>& terms);
  virtual LuceneQueryPtr new_prefix(const std::string& term);
  virtual LuceneQueryPtr new_phrase(const std::vector<QueryToken>& tokens, int slop);

  Binder& binder_;
  const FieldType& field_;
  const std::string path_;
  const MatchOptions& options_;

 private:
  LuceneQueryPtr of_tokens(const std::vector<QueryToken>& tokens, MatchKind kind, bool conjunction, int slop, bool prefix);
  /// match_only_text keeps no positions: what has the terms is analyzed again.
  LuceneQueryPtr source_phrase(const std::vector<LucenePhrase::Place>& places, int slop);
  LuceneQueryPtr shingle_phrase(const std::vector<QueryToken>& tokens, int slop);
  LuceneQueryPtr of_words(const std::vector<QueryToken>& tokens, bool conjunction, bool prefix);
  LuceneQueryPtr phrase_prefix(const std::vector<QueryToken>& tokens, int slop);
  LuceneQueryPtr graph_boolean(const std::vector<QueryToken>& tokens, bool conjunction, bool prefix);
  LuceneQueryPtr graph_phrase(const std::vector<QueryToken>& tokens, MatchKind kind, int slop);

  const Analyzer* analyzer_;
  bool graphs_ = true;
};

/// The analyzer that the text of a match query goes through, null for whole values. Throws 400 query_shard_exception for an
/// unknown options.analyzer.
const Analyzer* match_analyzer(Binder& binder, const FieldType& field, const MatchOptions& options);
/// MatchQuery.parse for one field; null only where options.zero_terms is kNull.
LuceneQueryPtr match_query(Binder& binder, std::string_view path, const std::string& text, const MatchOptions& options);
LuceneQueryPtr zero_terms_query(const MatchOptions& options);

/// fieldType.termQuery and its like, as leaves of the tree. They throw what the field's type throws.
LuceneQueryPtr lucene_term(Binder& binder, std::string_view path, const std::string& text);
LuceneQueryPtr lucene_prefix(Binder& binder, std::string_view path, const std::string& prefix, const Rewrite& rewrite);
LuceneQueryPtr lucene_fuzzy(Binder& binder, std::string_view path, const std::string& text, const FuzzyOptions& options);
/// MatchNoDocsQuery in the words of newLenientFieldQuery.
LuceneQueryPtr lenient_none(std::string_view path, const ApiError& error);
LuceneQueryPtr unmapped_none(std::string_view path);
/// A leaf is tried at once, so that a value that does not fit shows here: as nothing where `lenient`, else thrown.
LuceneQueryPtr tried(std::string_view path, bool lenient, const std::function<LuceneQueryPtr()>& make);

}  // namespace tarn::query

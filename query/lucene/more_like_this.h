#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "query/lucene/tree.h"

namespace tarn::query {

/// How more_like_this chooses terms; the defaults are OpenSearch's.
struct MoreLikeThisOptions {
  int max_query_terms = 25, min_term_freq = 2, min_doc_freq = 5, max_doc_freq = INT32_MAX;
  int min_word_length = 0, max_word_length = 0;
  std::set<std::string> stop_words;
  float boost_terms = 0;             ///< 0: terms are not boosted
  std::string minimum_should_match = "30%";
};

/// Frequencies of terms of one field or text.
using TermCounts = std::map<std::string, int>;

/// The terms of `counts` that tell most, as a bool of terms (Lucene's MoreLikeThis). Each term is looked for in the field of
/// `fields` where most documents have it.
LuceneQueryPtr more_like_this_query(Binder& binder, const std::vector<TermCounts>& counts,
                                    const std::vector<std::vector<std::string>>& fields, const MoreLikeThisOptions& options);

}  // namespace tarn::query

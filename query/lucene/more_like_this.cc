#include "query/lucene/more_like_this.h"

#include <algorithm>
#include <cmath>

#include "indexer/analysis/text.h"
#include "query/bind/field_queries.h"
#include "query/text/term_plan.h"

namespace tarn::query {

namespace {

struct ScoredTerm {
  std::string field, term;
  float score;
};

uint64_t doc_freq_of(Binder& binder, const std::string& path, const std::string& term) {
  const FieldType* field = binder.mapping().find(path);
  if (field == nullptr) return 0;
  if (is_text_like(*field)) return binder.searcher.doc_freq(path, term);
  uint64_t sum = 0;
  for (const SegmentReader& segment : binder.searcher.segments()) {
    const KeywordColumn* column = segment.keywords(path);
    if (column == nullptr) continue;
    if (const auto ordinal = column->find(term)) sum += column->doc_freq(*ordinal);
  }
  return sum;
}

bool is_noise(const std::string& term, const MoreLikeThisOptions& options) {
  const auto length = static_cast<int>(analysis::utf16_length(term));
  if (options.min_word_length > 0 && length < options.min_word_length) return true;
  if (options.max_word_length > 0 && length > options.max_word_length) return true;
  return options.stop_words.contains(term);
}

std::vector<ScoredTerm> best_terms(Binder& binder, const TermCounts& counts, const std::vector<std::string>& fields,
                                   const MoreLikeThisOptions& options) {
  std::vector<ScoredTerm> out;
  const uint64_t documents = binder.searcher.live_doc_count();
  for (const auto& [term, freq] : counts) {
    if (options.min_term_freq > 0 && freq < options.min_term_freq) continue;
    if (is_noise(term, options)) continue;
    std::string top = fields[0];
    uint64_t doc_freq = 0;
    for (const std::string& field : fields) {
      const uint64_t own = doc_freq_of(binder, field, term);
      if (own <= doc_freq) continue;
      top = field;
      doc_freq = own;
    }
    if (doc_freq == 0 || (options.min_doc_freq > 0 && doc_freq < static_cast<uint64_t>(options.min_doc_freq))) continue;
    if (doc_freq > static_cast<uint64_t>(options.max_doc_freq)) continue;
    const auto idf = static_cast<float>(
        std::log(static_cast<double>(documents + 1) / static_cast<double>(doc_freq + 1)) + 1.0);  // ClassicSimilarity
    out.push_back({top, term, static_cast<float>(freq) * idf});
  }
  std::stable_sort(out.begin(), out.end(), [](const ScoredTerm& a, const ScoredTerm& b) { return a.score > b.score; });
  if (out.size() > static_cast<size_t>(options.max_query_terms)) out.resize(static_cast<size_t>(options.max_query_terms));
  return out;
}

}  // namespace

LuceneQueryPtr more_like_this_query(Binder& binder, const std::vector<TermCounts>& counts,
                                    const std::vector<std::vector<std::string>>& fields, const MoreLikeThisOptions& options) {
  std::vector<LuceneClause> clauses;
  for (size_t i = 0; i < counts.size(); ++i) {
    std::vector<ScoredTerm> terms = best_terms(binder, counts[i], fields[i], options);
    std::reverse(terms.begin(), terms.end());  // Lucene's queue gives the least one first, and boosts are relative to it
    for (const ScoredTerm& term : terms) {
      if (clauses.size() >= kMaxClauses) break;
      const FieldType* field = binder.mapping().find(term.field);
      const std::string text = term.term;
      auto query = lucene_leaf(
          [field, text](Binder& b, float boost) {
            return is_text_like(*field) ? text_term_plan(b, *field, {text}, boost) : keyword_bm25_plan(b, field->path, text, boost);
          },
          LeafText(term.field + ":" + text, "TermQuery", term.field), true);
      const float boost = options.boost_terms != 0 ? options.boost_terms * term.score / terms[0].score : 1;
      clauses.push_back({lucene_boost(std::move(query), boost), Occur::kShould});
    }
  }
  return with_minimum(std::make_shared<LuceneBool>(std::move(clauses)), options.minimum_should_match);
}

}  // namespace tarn::query

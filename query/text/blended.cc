#include "query/text/blended.h"

#include <algorithm>

#include "query/bind/compound.h"
#include "query/text/term_plan.h"

namespace tarn::query {

namespace {

std::vector<TermStatistics> blended_freqs(Binder& binder, const std::vector<BlendedTerm>& terms) {
  std::vector<TermStatistics> out(terms.size());
  std::vector<uint64_t> freqs(terms.size()), documents(terms.size(), 0);
  uint64_t most = 0, least_tokens = UINT64_MAX, tokens = 0;
  for (size_t i = 0; i < terms.size(); ++i) {
    freqs[i] = binder.searcher.doc_freq(terms[i].field->path, terms[i].term);
    most = std::max(most, freqs[i]);
    // Fields without the term, such as empty ones, limit nothing.
    if (freqs[i] == 0) continue;
    const FieldStatistics statistics = binder.searcher.statistics(terms[i].field->path);
    least_tokens = std::min(least_tokens, statistics.sum_total_term_freq);
    documents[i] = statistics.doc_count;
    out[i].total_term_freq = binder.searcher.total_term_freq(terms[i].field->path, terms[i].term);
  }
  if (most == 0) return out;
  const uint64_t max_doc = std::min<uint64_t>(binder.searcher.doc_count(), least_tokens);
  std::vector<size_t> order(freqs.size());
  for (size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return freqs[a] > freqs[b]; });
  uint64_t previous = freqs[order[0]], actual = std::min(max_doc, most);
  for (const size_t i : order) {
    const uint64_t current = freqs[i];
    if (current == 0) break;
    if (previous > current) ++actual;
    // No more documents have the term than have the field.
    out[i].doc_freq = std::min({max_doc, documents[i], actual});
    tokens += std::max(out[i].total_term_freq, out[i].doc_freq);
    previous = current;
  }
  for (TermStatistics& term : out) term.total_term_freq = std::min(tokens, least_tokens);
  return out;
}

}  // namespace

PlanPtr blended_plan(Binder& binder, const std::vector<BlendedTerm>& terms, float tie_breaker, float boost) {
  const std::vector<TermStatistics> blended = blended_freqs(binder, terms);
  std::vector<PlanPtr> plans;
  for (size_t i = 0; i < terms.size(); ++i) {
    if (blended[i].doc_freq == 0) continue;
    plans.push_back(text_term_plan_with(binder, *terms[i].field, terms[i].term, blended[i], boost * terms[i].boost));
  }
  return dis_max_plan(std::move(plans), tie_breaker);
}

}  // namespace tarn::query

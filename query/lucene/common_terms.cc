#include "query/lucene/common_terms.h"

#include <cmath>

#include "query/bind/compound.h"
#include "query/dsl/clause.h"
#include "query/text/term_plan.h"

namespace tarn::query {

PlanPtr LuceneCommon::plan(Binder& binder, float boost) const {
  const auto term = [&](const std::string& text) { return text_term_plan(binder, field_, {text}, boost); };
  if (terms_.empty()) return match_none_plan();
  if (terms_.size() == 1) return term(terms_[0]);
  const auto share = static_cast<int64_t>(std::ceil(options_.cutoff * static_cast<float>(binder.searcher.doc_count())));
  std::vector<PlanPtr> low, high;
  for (const std::string& text : terms_) {
    const auto doc_freq = static_cast<int64_t>(binder.searcher.doc_freq(field_.path, text));
    const bool frequent = (options_.cutoff >= 1 && static_cast<float>(doc_freq) > options_.cutoff) || doc_freq > share;
    (frequent ? high : low).push_back(term(text));
  }
  const auto minimum_of = [](const std::vector<PlanPtr>& plans, bool conjunction, const std::string& spec) {
    return conjunction || plans.empty() || spec.empty() ? 0 : minimum_should_match(static_cast<int>(plans.size()), spec);
  };
  const int low_minimum = minimum_of(low, options_.low_conjunction, options_.low_minimum);
  const int high_minimum = minimum_of(high, options_.high_conjunction, options_.high_minimum);
  const auto joined = [](std::vector<PlanPtr> plans, bool conjunction, int minimum) {
    if (conjunction) return bool_plan(std::move(plans), {}, {}, {}, 0);
    return bool_plan({}, {}, std::move(plans), {}, minimum);
  };
  // Nothing but frequent terms: all of them are asked for, lest the query be slow.
  const bool high_conjunction = options_.high_conjunction || (low.empty() && high_minimum == 0);
  if (low.empty()) return joined(std::move(high), high_conjunction, high_minimum);
  std::vector<PlanPtr> should;
  if (!high.empty()) should.push_back(joined(std::move(high), high_conjunction, high_minimum));
  return bool_plan({joined(std::move(low), options_.low_conjunction, low_minimum)}, {}, std::move(should), {}, 0);
}

std::string LuceneCommon::to_string() const {
  std::string out;
  for (const std::string& term : terms_) out += (out.empty() ? "" : ", ") + field_.path + ":" + term;
  return out;
}

LuceneQueryPtr LuceneCommon::with_low_minimum(const std::string& minimum) const {
  CommonTermsOptions options = options_;
  options.low_minimum = minimum;
  return std::make_shared<LuceneCommon>(field_, terms_, std::move(options));
}

}  // namespace tarn::query

#include "query/text/expansion.h"

#include <algorithm>
#include <charconv>
#include <map>

#include "indexer/analysis/text.h"
#include "query/bind/expensive.h"
#include "query/bind/compound.h"
#include "query/bind/field_queries.h"
#include "query/bind/values.h"
#include "query/dsl/clause.h"
#include "query/filter/column_filters.h"
#include "query/text/fuzzy_matcher.h"
#include "query/text/term_plan.h"

namespace tarn::query {

std::vector<ExpandedTerm> expand_terms(Binder& binder, const FieldType& field, std::string_view prefix,
                                       const std::function<std::optional<float>(std::string_view)>& boost_of, size_t limit) {
  std::map<std::string, ExpandedTerm, std::less<>> found;
  const auto add = [&](std::string_view term, const auto& doc_freq) {
    const auto boost = boost_of(term);
    if (!boost) return false;
    auto it = found.find(term);
    if (it == found.end()) it = found.emplace(std::string(term), ExpandedTerm{std::string(term), 0, *boost}).first;
    it->second.doc_freq += doc_freq();
    return true;
  };
  for (const SegmentReader& segment : binder.searcher.segments()) {
    size_t here = 0;
    if (field.inverted) {
      const TextIndex* text = segment.text(field.path);
      if (text == nullptr) continue;
      const auto cursor = text->terms(prefix);
      while (here < limit && cursor->next() && cursor->term().starts_with(prefix)) {
        if (add(cursor->term(), [&] { return cursor->doc_freq(); })) ++here;
      }
    } else if (const KeywordColumn* column = segment.keywords(field.path)) {
      for (Ordinal o = column->lower_bound(prefix); here < limit && o < column->ordinal_count(); ++o) {
        const std::string_view term = column->term(o);
        if (!term.starts_with(prefix)) break;
        if (add(term, [&] { return column->doc_freq(o); })) ++here;
      }
    }
  }
  std::vector<ExpandedTerm> out;
  for (auto& [term, expanded] : found) {
    out.push_back(std::move(expanded));
    if (out.size() >= limit) break;
  }
  return out;
}

Rewrite parse_rewrite(const std::string& text) {
  using Kind = Rewrite::Kind;
  if (text.empty() || text == "constant_score" || text == "constant_score_boolean" || text == "constant_score_blended") return {};
  if (text == "scoring_boolean") return {Kind::kScoringBoolean, 0};
  static constexpr std::pair<std::string_view, Kind> kTop[] = {{"top_terms_blended_freqs_", Kind::kTopTermsBlended},
                                                               {"top_terms_boost_", Kind::kTopTermsBoost},
                                                               {"top_terms_", Kind::kTopTerms}};
  for (const auto& [name, kind] : kTop) {
    if (!text.starts_with(name)) continue;
    int top = 0;
    const char* end = text.data() + text.size();
    const auto parsed = std::from_chars(text.data() + name.size(), end, top);
    if (parsed.ec == std::errc() && parsed.ptr == end) return {kind, top};
  }
  throw ApiError(illegal_argument("Failed to parse rewrite_method [" + text + "]"));
}

namespace {

PlanPtr scored_term(Binder& binder, const FieldType& field, const std::string& term, const TermStatistics& found,
                    float boost) {
  if (field.inverted) return text_term_plan_with(binder, field, term, found, boost);
  return keyword_bm25_plan_with(binder, field.path, term, found, boost);
}

PlanPtr constant_terms(const FieldType& field, const std::vector<ExpandedTerm>& terms, float boost) {
  std::vector<std::string> names;
  for (const ExpandedTerm& term : terms) names.push_back(term.term);
  return field.inverted ? text_terms_plan(field.path, std::move(names), boost)
                        : keyword_terms_plan(field.path, std::move(names), boost);
}

/// The best by boost; of equal ones the first in byte order.
void keep_top(std::vector<ExpandedTerm>& terms, int top) {
  std::stable_sort(terms.begin(), terms.end(), [](const ExpandedTerm& a, const ExpandedTerm& b) { return a.boost > b.boost; });
  if (terms.size() > static_cast<size_t>(top)) terms.resize(static_cast<size_t>(top));
}

}  // namespace

PlanPtr rewritten_plan(Binder& binder, const FieldType& field, std::vector<ExpandedTerm> terms, const Rewrite& rewrite,
                       float boost) {
  using Kind = Rewrite::Kind;
  if (terms.empty()) return match_none_plan();
  if (rewrite.kind == Kind::kConstant) return constant_terms(field, terms, boost);
  if (rewrite.kind != Kind::kScoringBoolean) keep_top(terms, rewrite.top);
  if (rewrite.kind == Kind::kScoringBoolean && terms.size() > 1024) {
    throw ApiError(400, "too_many_clauses", "maxClauseCount is set to 1024");
  }
  const bool totals = needs_total_freq(similarity_of(binder.searcher, &field));
  const auto total_of = [&](const ExpandedTerm& term) {
    return !totals ? 0 : field.inverted ? binder.searcher.total_term_freq(field.path, term.term) : term.doc_freq;
  };
  TermStatistics blended;
  for (ExpandedTerm& term : terms) {
    term.boost = std::max(0.0f, term.boost);
    blended.doc_freq = std::max(blended.doc_freq, term.doc_freq);
    blended.total_term_freq += total_of(term);
  }
  std::vector<PlanPtr> clauses;
  for (const ExpandedTerm& term : terms) {
    if (rewrite.kind == Kind::kTopTermsBoost) {
      clauses.push_back(constant_terms(field, {term}, boost * term.boost));
    } else {
      const TermStatistics own{term.doc_freq, total_of(term)};
      clauses.push_back(scored_term(binder, field, term.term, rewrite.kind == Kind::kTopTermsBlended ? blended : own,
                                    boost * term.boost));
    }
  }
  return bool_plan({}, {}, std::move(clauses), {}, 1);
}

int Fuzziness::edits_for(size_t code_points) const {
  if (!automatic) return edits;
  return code_points < static_cast<size_t>(low) ? 0 : code_points < static_cast<size_t>(high) ? 1 : 2;
}

Fuzziness parse_fuzziness(const Json& value) {
  const std::string text = read_text(value);
  std::string upper = text;
  for (char& c : upper) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  Fuzziness out;
  if (upper == "AUTO") return out;
  if (upper.starts_with("AUTO:")) {
    const char* end = upper.data() + upper.size();
    const auto low = std::from_chars(upper.data() + 5, end, out.low);
    if (low.ec == std::errc() && low.ptr < end && *low.ptr == ',') {
      const auto high = std::from_chars(low.ptr + 1, end, out.high);
      if (high.ec == std::errc() && high.ptr == end && out.low >= 0 && out.high >= out.low) return out;
    }
    throw ApiError(400, "parse_exception", "failed to find low and high distance values");
  }
  out.automatic = false;
  const double edits = parse_java_double(text);
  if (edits < 0) throw ApiError(illegal_argument("Invalid value for fuzziness: " + text));
  out.edits = std::min(2, static_cast<int>(edits));
  return out;
}

namespace {

/// All terms within the edits, with their boosts.
std::vector<ExpandedTerm> all_fuzzy_terms(Binder& binder, const FieldType& field, std::string_view text,
                                          const FuzzyOptions& options) {
  const std::u32string wanted = analysis::to_utf32(text);
  const int limit = options.fuzziness.edits_for(wanted.size());
  const size_t fixed = std::min(wanted.size(), static_cast<size_t>(std::max(0, options.prefix_length)));
  const std::string prefix = limit == 0 ? std::string(text) : analysis::to_utf8(std::u32string_view(wanted).substr(0, fixed));
  const std::u32string_view rest = std::u32string_view(wanted).substr(fixed);
  FuzzyMatcher matcher(rest, options.transpositions, limit);
  const auto boost_of = [&](std::string_view term) -> std::optional<float> {
    if (term == text) return 1.0f;
    if (limit == 0) return std::nullopt;
    size_t code_points = 0;
    const int edits = matcher.distance(term.substr(prefix.size()), code_points);
    if (edits > limit) return std::nullopt;
    const auto shorter = static_cast<float>(std::min(fixed + code_points, wanted.size()));
    return 1.0f - static_cast<float>(edits) / shorter;  // below 0 for the shortest: they are kept last, and score 0
  };
  return expand_terms(binder, field, prefix, boost_of, SIZE_MAX);
}

}  // namespace

std::vector<ExpandedTerm> fuzzy_terms(Binder& binder, const FieldType& field, std::string_view text,
                                      const FuzzyOptions& options, size_t limit) {
  auto terms = all_fuzzy_terms(binder, field, text, options);
  keep_top(terms, static_cast<int>(std::min<size_t>(limit, static_cast<size_t>(std::max(0, options.max_expansions)))));
  return terms;
}

PlanPtr fuzzy_plan(Binder& binder, const FieldType& field, std::string_view text, const FuzzyOptions& options, float boost) {
  check_expensive(binder, "[fuzzy] queries");
  auto terms = all_fuzzy_terms(binder, field, text, options);
  Rewrite rewrite{Rewrite::Kind::kTopTermsBlended, options.max_expansions};
  if (!options.rewrite.empty()) {
    rewrite = parse_rewrite(options.rewrite);
    if (rewrite.kind == Rewrite::Kind::kConstant) keep_top(terms, options.max_expansions);
  }
  return rewritten_plan(binder, field, std::move(terms), rewrite, boost);
}

PlanPtr regexp_plan(Binder& binder, const FieldType& field, const std::string& pattern, const RegexpOptions& options,
                    const Rewrite& rewrite, float boost) {
  TermMatcher matcher = regexp_matcher(binder, pattern, options);
  if (rewrite.kind == Rewrite::Kind::kConstant) {
    return expanded_terms_plan(field.path, field.inverted, std::move(matcher.prefix), std::move(matcher.accepts), "", boost);
  }
  const auto boost_of = [&](std::string_view term) {
    return matcher.accepts(term) ? std::optional<float>(1) : std::nullopt;
  };
  return rewritten_plan(binder, field, expand_terms(binder, field, matcher.prefix, boost_of, SIZE_MAX), rewrite, boost);
}

}  // namespace tarn::query

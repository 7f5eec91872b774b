#include "query/text/cross_fields.h"

#include <algorithm>

#include "query/bind/compound.h"
#include "query/bind/field_queries.h"
#include "query/bind/values.h"
#include "query/dsl/clause.h"
#include "query/text/term_plan.h"

namespace tarn::query {

namespace {

struct Member {
  const FieldType* field;
  std::string path;
  float boost;
};

struct Group {
  const Analyzer* analyzer;  // null: whole values
  std::vector<Member> members;
};

/// Adjusts frequencies so that rare use of a word in one field does not outweigh its common use in another.
std::vector<uint64_t> blended(Binder& binder, const Group& group, const std::string& term) {
  std::vector<uint64_t> freqs(group.members.size());
  uint64_t most = 0, least_tokens = UINT64_MAX;
  for (size_t i = 0; i < freqs.size(); ++i) {
    freqs[i] = binder.searcher.doc_freq(group.members[i].path, term);
    most = std::max(most, freqs[i]);
    // Fields without the term, such as empty ones, limit nothing.
    if (freqs[i] == 0) continue;
    least_tokens = std::min(least_tokens, binder.searcher.statistics(group.members[i].path).sum_total_term_freq);
  }
  if (most == 0) return freqs;
  const uint64_t max_doc = std::min<uint64_t>(binder.searcher.doc_count(), least_tokens);
  std::vector<size_t> order(freqs.size());
  for (size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return freqs[a] > freqs[b]; });
  uint64_t previous = freqs[order[0]], actual = std::min(max_doc, most);
  for (const size_t i : order) {
    const uint64_t current = freqs[i];
    if (current == 0) break;
    if (previous > current) ++actual;
    freqs[i] = std::min(max_doc, actual);
    previous = current;
  }
  return freqs;
}

PlanPtr blended_term(Binder& binder, const Group& group, const std::string& term, float tie_breaker, float boost) {
  const auto freqs = blended(binder, group, term);
  std::vector<PlanPtr> plans;
  for (size_t i = 0; i < freqs.size(); ++i) {
    if (freqs[i] == 0) continue;
    const Member& member = group.members[i];
    plans.push_back(text_term_plan_with_freq(binder, *member.field, term, freqs[i], boost * member.boost));
  }
  return dis_max_plan(std::move(plans), tie_breaker);
}

PlanPtr group_plan(Binder& binder, const Group& group, const Json& value, const MatchOptions& options, float tie_breaker,
                   float boost) {
  if (group.analyzer == nullptr || group.members.size() == 1) {
    std::vector<PlanPtr> plans;
    for (const Member& member : group.members) {
      plans.push_back(match_plan(binder, member.path, value, options, boost * member.boost));
    }
    return dis_max_plan(std::move(plans), tie_breaker);
  }
  const std::string text = scalar_text(value);  // the tokens view it
  TokenBuffer tokens;
  group.analyzer->analyze(text, tokens);
  std::vector<PlanPtr> clauses;
  for (size_t i = 0; i < tokens.tokens.size();) {
    const Token& token = tokens.tokens[i];
    if (token.position_length > 1) not_implemented("multi-word synonyms in cross_fields are not supported yet");
    std::vector<PlanPtr> choices;
    for (; i < tokens.tokens.size() && tokens.tokens[i].position == token.position; ++i) {
      choices.push_back(blended_term(binder, group, std::string(tokens.tokens[i].term), tie_breaker, boost));
    }
    clauses.push_back(choices.size() == 1 ? choices[0] : bool_plan({}, {}, std::move(choices), {}, 1));
  }
  if (clauses.empty()) return options.zero_terms_all ? match_all_plan(boost) : match_none_plan();
  return joined_plan(std::move(clauses), options);
}

}  // namespace

PlanPtr cross_fields_plan(Binder& binder, const std::vector<std::pair<std::string, float>>& fields, const Json& value,
                          const MatchOptions& options, float tie_breaker, float boost) {
  std::vector<Group> groups;
  for (const auto& [name, field_boost] : fields) {
    const FieldType* field = binder.mapping().find(name);
    if (field == nullptr) continue;
    const bool text = is_text_like(*field);
    const Analyzer* analyzer = !text ? nullptr
                               : !options.analyzer.empty()
                                   ? binder.mapping().analysis().find_analyzer(options.analyzer)
                                   : field->search_analyzer != nullptr ? field->search_analyzer : field->index_analyzer;
    if (text && analyzer == nullptr) {
      throw ApiError(400, "query_shard_exception", "[multi_match] analyzer [" + options.analyzer + "] not found");
    }
    auto group = std::find_if(groups.begin(), groups.end(), [&](const Group& g) { return g.analyzer == analyzer; });
    if (group == groups.end()) group = groups.insert(groups.end(), Group{analyzer, {}});
    group->members.push_back({field, text ? field->path : name, field_boost});
  }
  std::vector<PlanPtr> plans;
  for (const Group& group : groups) plans.push_back(group_plan(binder, group, value, options, tie_breaker, boost));
  return dis_max_plan(std::move(plans), tie_breaker);
}

}  // namespace tarn::query

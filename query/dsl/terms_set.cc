#include "query/bind/field_queries.h"
#include "query/dsl/clause.h"
#include "query/lucene/describe.h"
#include "query/script/script_use.h"

namespace tarn::query {

namespace {

/// Documents that match as many of the clauses as a number of their own says (Lucene's CoveringQuery); scores add up.
class CoveringPlan final : public Plan {
 public:
  CoveringPlan(std::vector<PlanPtr> clauses, std::string path, std::shared_ptr<const BoundScript> script)
      : clauses_(std::move(clauses)), path_(std::move(path)), script_(std::move(script)) {}

  uint64_t cost(const SegmentView& segment) const override {
    uint64_t sum = 0;
    for (const PlanPtr& clause : clauses_) sum += clause->cost(segment);
    return sum;
  }
  void or_into(const SegmentView& segment, Bitset& out) const override {
    const auto scorer = this->scorer(segment);
    if (!scorer) return;
    Window window;
    for (LocalDocId doc = scorer->advance(0); doc != kNoDoc && doc < segment.doc_count();) {
      const LocalDocId begin = doc / kWindowDocs * kWindowDocs;
      scorer->score(begin, window);
      for (size_t w = 0; w < window.bits.size() && begin / 64 + w < out.word_count(); ++w) {
        out.words()[begin / 64 + w] |= window.bits[w];
      }
      doc = begin + kWindowDocs >= segment.doc_count() ? kNoDoc : scorer->advance(begin + kWindowDocs);
    }
  }
  std::unique_ptr<Scorer> scorer(const SegmentView& segment) const override;
  std::string describe() const override {
    std::string out;
    for (const PlanPtr& clause : clauses_) out += (out.empty() ? "" : " ") + clause->describe();
    return "CoveringQuery(" + out + ")";
  }
  Explanation explain(const SegmentView& segment, LocalDocId doc) const override {
    const NumericColumn* minimum = segment.reader.numbers(path_);
    const int64_t required = minimum == nullptr || !minimum->has(doc) ? 0 : minimum->first(doc, 0);
    std::vector<Explanation> details;
    for (const PlanPtr& clause : clauses_) {
      Explanation part = clause->explain(segment, doc);
      if (part.match) details.push_back(std::move(part));
    }
    const auto matches = static_cast<int64_t>(details.size());
    if (required < 1) return Explanation::no("minimumMatches=" + std::to_string(required) + " is less than 1", std::move(details));
    if (matches < required) {
      return Explanation::no(std::to_string(matches) + " matches for " + std::to_string(required) + " required matches", std::move(details));
    }
    return Explanation::yes(score_of(*this, segment, doc).value_or(0), "sum of:", std::move(details));
  }
  void visit_terms(TermVisitor& visitor) const override {
    for (const PlanPtr& clause : clauses_) clause->visit_terms(visitor);
  }

 private:
  std::vector<PlanPtr> clauses_;
  std::string path_;
  std::shared_ptr<const BoundScript> script_;  // says the number instead of a field
};

class CoveringScorer final : public Scorer {
 public:
  CoveringScorer(std::vector<std::unique_ptr<Scorer>> scorers, const NumericColumn* minimum, const BoundScript* script,
                 const SegmentView& segment)
      : scorers_(std::move(scorers)), minimum_(minimum), live_(segment.reader.shared_live()) {
    if (script != nullptr) script_ = std::make_unique<SegmentScript>(*script, segment);
  }
  LocalDocId advance(LocalDocId doc) override {
    LocalDocId nearest = kNoDoc;
    for (auto& scorer : scorers_) nearest = std::min(nearest, scorer->advance(doc));
    return nearest;
  }
  void score(LocalDocId begin, Window& out) override {
    out.bits.fill(0);
    out.scores.fill(0);
    std::array<uint16_t, kWindowDocs> counts{};
    for (auto& scorer : scorers_) {
      scorer->score(begin, child_);
      for (size_t w = 0; w < out.bits.size(); ++w) {
        out.bits[w] |= child_.bits[w];
        for (uint64_t bits = child_.bits[w]; bits != 0; bits &= bits - 1) {
          const size_t i = w * 64 + static_cast<size_t>(std::countr_zero(bits));
          out.scores[i] += child_.scores[i];
          ++counts[i];
        }
      }
    }
    for (size_t w = 0; w < out.bits.size(); ++w) {
      for (uint64_t bits = out.bits[w]; bits != 0; bits &= bits - 1) {
        const size_t i = w * 64 + static_cast<size_t>(std::countr_zero(bits));
        const int64_t least = least_of(begin + static_cast<LocalDocId>(i));
        if (counts[i] < std::max<int64_t>(1, least)) out.bits[w] &= ~(bits & -bits);
      }
    }
  }

 private:
  int64_t least_of(LocalDocId doc) {
    if (!script_) return minimum_->first(doc, INT64_MAX);
    if (live_ && !live_->test(doc)) return INT64_MAX;
    return script::Value::real(script_->at(doc).execute_double()).as_long();
  }
  std::vector<std::unique_ptr<Scorer>> scorers_;
  const NumericColumn* minimum_;
  std::shared_ptr<const Bitset> live_;
  std::unique_ptr<SegmentScript> script_;
  Window child_;
};

std::unique_ptr<Scorer> CoveringPlan::scorer(const SegmentView& segment) const {
  const NumericColumn* minimum = script_ ? nullptr : segment.reader.numbers(path_);
  if (minimum == nullptr && !script_) return nullptr;
  std::vector<std::unique_ptr<Scorer>> scorers;
  for (const PlanPtr& clause : clauses_) {
    if (auto scorer = clause->scorer(segment)) scorers.push_back(std::move(scorer));
  }
  if (scorers.empty()) return nullptr;
  return std::make_unique<CoveringScorer>(std::move(scorers), minimum, script_.get(), segment);
}

struct TermsSetQuery final : Query {
  std::string field, minimum_field;
  std::vector<Json> terms;
  std::shared_ptr<const script::ScriptSpec> script;

  PlanPtr bind(Binder& binder, float boost) const override {
    if (terms.empty()) return match_none_plan();
    if (script) return bind_scripted(binder, boost);
    if (minimum_field.empty()) throw ApiError(400, "illegal_state_exception", "No minimum should match has been specified");
    const FieldType* minimum = binder.mapping().find(minimum_field);
    if (minimum == nullptr) return match_none_plan();
    if (!minimum->is_numeric() || minimum->is_floating()) {
      throw ApiError(illegal_argument("[minimum_should_match_field] must be a whole number, [" + minimum_field + "] is not"));
    }
    return std::make_shared<CoveringPlan>(clauses_of(binder, boost), minimum->path, nullptr);
  }
  LuceneQueryPtr lucene(Binder& binder) const override {
    bind(binder, 1);  // what does not fit is thrown now
    const auto make = [this](Binder& b, float boost) { return bind(b, boost); };
    if (terms.empty()) return lucene_match_none();
    std::string shown;
    for (const Json& term : terms) shown += (shown.empty() ? "" : ", ") + described_term(binder, field, term, make)->to_string();
    const std::string minimum = script ? "script(" + script_text(*script) + ")" : "long(" + minimum_field + ")";
    return lucene_leaf(make, LeafText("CoveringQuery(queries=[" + shown + "], minimumNumberMatch=" + minimum + ")", "CoveringQuery"));
  }
  std::vector<PlanPtr> clauses_of(Binder& binder, float boost) const {
    std::vector<PlanPtr> clauses;
    for (const Json& term : terms) clauses.push_back(term_plan(binder, field, term, false, boost));
    return clauses;
  }
  PlanPtr bind_scripted(Binder& binder, float boost) const {
    auto bound = std::make_shared<BoundScript>(bind_script(*script, script::Context::kTermsSet, binder.context));
    bound->params["num_terms"] = terms.size();
    return std::make_shared<CoveringPlan>(clauses_of(binder, boost), "", std::move(bound));
  }
};

}  // namespace

std::shared_ptr<Query> parse_terms_set(const Json& body) {
  auto query = std::make_shared<TermsSetQuery>();
  for (const auto& [key, value] : body.items()) {
    if (!query->field.empty()) {
      fail_parse("[terms_set] query doesn't support multiple fields, found [" + query->field + "] and [" + key + "]");
    }
    query->field = key;
    if (!value.is_object()) fail_parse("[terms_set] unknown token [" + std::string(token_name(value)) + "] after [" + key + "]");
    for (const auto& [name, member] : value.items()) {
      if (name == "terms" && member.is_array()) {
        for (const Json& term : member) query->terms.push_back(term);
      } else if (name == "minimum_should_match_field") {
        query->minimum_field = read_text(member);
      } else if (name == "minimum_should_match_script") {
        query->script = std::make_shared<const script::ScriptSpec>(script::parse_script(member));
      } else if (!read_common(*query, name, member)) {
        unsupported_member("terms_set", name, member);
      }
    }
  }
  require_field("terms_set", query->field);
  return query;
}

}  // namespace tarn::query

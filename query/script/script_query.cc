#include "query/bind/expensive.h"
#include "query/dsl/clause.h"
#include "query/lucene/tree.h"
#include "query/filter/bits_scorer.h"
#include "query/script/script_use.h"

namespace tarn::query {

namespace {

constexpr uint32_t kDocsBetweenChecks = 1024;  // of the time limit

/// Documents for which a script says yes. Asked last: it runs document by document.
class ScriptPlan final : public ConstantPlan {
 public:
  ScriptPlan(BoundScript script, bool nested, float score) : ConstantPlan(score), script_(std::move(script)), nested_(nested) {}
  uint64_t cost(const SegmentView& segment) const override { return uint64_t{segment.doc_count()} * 16; }
  void or_into(const SegmentView& segment, Bitset& out) const override {
    Bitset all(segment.doc_count());
    all.set_range(0, segment.doc_count());
    restrict_to(segment, all);
    out |= all;
  }
  void restrict_to(const SegmentView& segment, Bitset& documents) const override {
    if (const auto scope = scope_documents(segment, nested_)) documents &= *scope;
    SegmentScript script(script_, segment);
    Bitset kept(documents.size());
    uint32_t n = 0;
    documents.for_each([&](uint32_t doc) {
      if (++n % kDocsBetweenChecks == 0) check_time(segment.context);
      if (script.at(doc).execute_bool()) kept.set(doc);
    });
    documents = std::move(kept);
  }

 private:
  BoundScript script_;
  bool nested_;
};

struct ScriptQuery final : Query {
  script::ScriptSpec spec;
  PlanPtr bind(Binder& binder, float boost) const override {
    check_expensive(binder, "[script] queries");
    return std::make_shared<ScriptPlan>(bind_script(spec, script::Context::kFilter, binder.context), !binder.nested_scope.empty(), boost);
  }
  LuceneQueryPtr lucene(Binder& binder) const override {
    bind(binder, 1);  // what does not fit is thrown now
    return lucene_leaf([this](Binder& b, float boost) { return bind(b, boost); }, LeafText("ScriptQuery(" + script_text(spec) + ")", "ScriptQuery"));
  }
};

/// The score of a document is what a script makes of it.
class ScriptScorePlan final : public Plan {
 public:
  ScriptScorePlan(PlanPtr inner, BoundScript script, std::optional<float> min_score, float boost, bool nested)
      : inner_(std::move(inner)), script_(std::move(script)), min_score_(min_score), boost_(boost), nested_(nested) {}
  uint64_t cost(const SegmentView& segment) const override { return inner_->cost(segment); }
  void or_into(const SegmentView& segment, Bitset& out) const override {
    min_score_ ? or_scored(*this, segment, out) : inner_->or_into(segment, out);
  }
  std::unique_ptr<Scorer> scorer(const SegmentView& segment) const override;
  void visit_terms(TermVisitor& visitor) const override { inner_->visit_terms(visitor); }

 private:
  friend class ScriptScorer;
  PlanPtr inner_;
  BoundScript script_;
  std::optional<float> min_score_;
  float boost_;
  bool nested_;
};

class ScriptScorer final : public Scorer {
 public:
  ScriptScorer(const ScriptScorePlan& plan, std::unique_ptr<Scorer> inner, const SegmentView& segment)
      : plan_(plan), inner_(std::move(inner)), script_(plan.script_, segment), scope_(scope_documents(segment, plan.nested_)) {}
  LocalDocId advance(LocalDocId doc) override { return inner_->advance(doc); }
  void score(LocalDocId begin, Window& out) override {
    inner_->score(begin, out);
    std::array<uint64_t, kWindowDocs / 64> visible;
    if (scope_) copy_window(*scope_, begin, visible.data());
    for (size_t w = 0; w < out.bits.size(); ++w) {
      if (scope_) out.bits[w] &= visible[w];
      for (uint64_t bits = out.bits[w]; bits != 0; bits &= bits - 1) {
        const size_t i = w * 64 + static_cast<size_t>(std::countr_zero(bits));
        script::Run& run = script_.at(begin + static_cast<LocalDocId>(i));
        run.set_score(out.scores[i]);
        const double made = run.execute_double();
        const auto score = static_cast<float>(made);
        if (score < 0 || std::isnan(score)) {
          std::string text;
          append_float(text, score);
          throw ApiError(illegal_argument("script_score script returned an invalid score [" + (std::isnan(score) ? "NaN" : text) + "] for doc [" +
                                          std::to_string(begin + i) + "]. Must be a non-negative score!"));
        }
        out.scores[i] = score * plan_.boost_;
        if (plan_.min_score_ && out.scores[i] < *plan_.min_score_) out.bits[w] &= ~(bits & -bits);
      }
    }
  }

 private:
  const ScriptScorePlan& plan_;
  std::unique_ptr<Scorer> inner_;
  SegmentScript script_;
  std::shared_ptr<const Bitset> scope_;
};

std::unique_ptr<Scorer> ScriptScorePlan::scorer(const SegmentView& segment) const {
  auto inner = inner_->scorer(segment);
  return inner == nullptr ? nullptr : std::make_unique<ScriptScorer>(*this, std::move(inner), segment);
}

struct ScriptScoreQuery final : Query {
  QueryPtr query;
  script::ScriptSpec spec;
  std::optional<float> min_score;
  PlanPtr bind(Binder& binder, float boost) const override {
    check_expensive(binder, "[script score] queries");
    PlanPtr inner = tarn::query::bind(*query, binder);
    if (inner->matches_none()) return inner;
    return std::make_shared<ScriptScorePlan>(std::move(inner), bind_script(spec, script::Context::kScore, binder.context), min_score, boost,
                                             !binder.nested_scope.empty());
  }
  LuceneQueryPtr lucene(Binder& binder) const override {
    bind(binder, 1);  // what does not fit is thrown now
    const LuceneQueryPtr inner = lucene_of(*query, binder);
    const auto leaf = [&](const LuceneQuery& shown) {
      return LeafText("script_score (" + shown.to_string() + ", script: {" + script_text(spec) + "}", "ScriptScoreQuery");
    };
    const auto make = [this](Binder& b, float boost) { return bind(b, boost); };
    LeafText text = leaf(*inner);
    const LuceneQueryPtr next = fully_rewritten(inner);
    if (next != inner) text.rewritten = lucene_leaf(make, leaf(*next));
    return lucene_leaf(make, std::move(text));
  }
};

}  // namespace

std::shared_ptr<Query> parse_script_query(const Json& body) {
  auto query = std::make_shared<ScriptQuery>();
  bool found = false;
  for (const auto& [key, value] : body.items()) {
    if (key == "script") {
      query->spec = script::parse_script(value);
      found = true;
    } else if (value.is_array()) {
      fail_parse("[script] query does not support an array of scripts. Use a bool query with a clause per script instead.");
    } else if (!read_common(*query, key, value)) {
      unsupported_member("script", key, value);
    }
  }
  if (!found) fail_parse("script must be provided with a [script] query");
  return query;
}

std::shared_ptr<Query> parse_script_score(const Json& body) {
  auto query = std::make_shared<ScriptScoreQuery>();
  bool found = false;
  for (const auto& [key, value] : body.items()) {
    if (key == "script") {
      query->spec = script::parse_script(value);
      found = true;
    } else if (key == "query") {
      query->query = parse_query(value);
    } else if (key == "min_score") {
      query->min_score = read_float(value);
    } else if (!read_common(*query, key, value)) {
      throw ApiError(400, "x_content_parse_exception", "[script_score] unknown field [" + key + "]");
    }
  }
  if (query->query == nullptr || !found) {
    throw ApiError(illegal_argument(query->query == nullptr && !found ? "Required [query, script]" : query->query == nullptr ? "Required [query]" : "Required [script]"));
  }
  return query;
}

}  // namespace tarn::query

#include <cmath>

#include "query/dsl/clause.h"
#include "query/lucene/tree.h"
#include "query/filter/bits_scorer.h"
#include "query/script/functions.h"

namespace tarn::query {

namespace {

enum class ScoreMode { kFirst, kAvg, kMax, kSum, kMin, kMultiply };
enum class BoostMode { kMultiply, kReplace, kSum, kAvg, kMin, kMax };
constexpr std::pair<std::string_view, ScoreMode> kScoreModes[] = {{"FIRST", ScoreMode::kFirst}, {"AVG", ScoreMode::kAvg}, {"MAX", ScoreMode::kMax},
                                                                  {"SUM", ScoreMode::kSum}, {"MIN", ScoreMode::kMin}, {"MULTIPLY", ScoreMode::kMultiply}};
constexpr std::pair<std::string_view, BoostMode> kBoostModes[] = {{"MULTIPLY", BoostMode::kMultiply}, {"REPLACE", BoostMode::kReplace}, {"SUM", BoostMode::kSum},
                                                                  {"AVG", BoostMode::kAvg}, {"MIN", BoostMode::kMin}, {"MAX", BoostMode::kMax}};

template <class Value, size_t n>
Value read_mode(const std::pair<std::string_view, Value> (&table)[n], const Json& value, std::string_view type) {
  std::string name = read_text(value);
  for (char& c : name) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  for (const auto& [known, mode] : table) {
    if (known == name) return mode;
  }
  throw ApiError(illegal_argument("No enum constant org.opensearch.common.lucene.search.function." + std::string(type) + "." + name));
}

struct Part {
  PlanPtr filter;                           ///< null: every document
  std::unique_ptr<BoundFunction> function;  ///< null: the weight alone
  std::optional<float> weight;
};

struct Modes {
  ScoreMode score = ScoreMode::kMultiply;
  BoostMode boost = BoostMode::kMultiply;
  double max_boost = std::numeric_limits<float>::max();
  std::optional<float> min_score;
};

float combine(BoostMode mode, double query, double function, double max_boost) {
  const double factor = std::min(function, max_boost);
  switch (mode) {
    case BoostMode::kMultiply: return static_cast<float>(query * factor);
    case BoostMode::kReplace: return static_cast<float>(factor);
    case BoostMode::kSum: return static_cast<float>(query + factor);
    case BoostMode::kAvg: return static_cast<float>((factor + query) / 2.0);
    case BoostMode::kMin: return static_cast<float>(std::min(query, factor));
    default: return static_cast<float>(std::max(query, factor));
  }
}

class FunctionScorePlan final : public Plan {
 public:
  FunctionScorePlan(PlanPtr inner, std::vector<Part> parts, Modes modes, bool nested)
      : inner_(std::move(inner)), parts_(std::move(parts)), modes_(modes), nested_(nested) {}
  uint64_t cost(const SegmentView& segment) const override { return inner_->cost(segment); }
  void or_into(const SegmentView& segment, Bitset& out) const override {
    modes_.min_score ? or_scored(*this, segment, out) : inner_->or_into(segment, out);
  }
  std::unique_ptr<Scorer> scorer(const SegmentView& segment) const override;
  void visit_terms(TermVisitor& visitor) const override { inner_->visit_terms(visitor); }

 private:
  friend class FunctionScorer;
  PlanPtr inner_;
  std::vector<Part> parts_;
  Modes modes_;
  bool nested_;
};

/// Window by window: each function is computed for the documents of the window that its filter lets through.
class FunctionScorer final : public Scorer {
 public:
  FunctionScorer(const FunctionScorePlan& plan, std::unique_ptr<Scorer> inner, const SegmentView& segment)
      : plan_(plan), inner_(std::move(inner)), scope_(scope_documents(segment, plan.nested_)) {
    for (const Part& part : plan.parts_) {
      Leaf leaf;
      if (part.filter) leaf.filter = std::make_unique<Bitset>(evaluate(*part.filter, segment));
      if (part.function) leaf.function = part.function->leaf(segment);
      leaf.weight = part.weight;
      leaves_.push_back(std::move(leaf));
    }
  }
  LocalDocId advance(LocalDocId doc) override { return inner_->advance(doc); }

  void score(LocalDocId begin, Window& out) override {
    inner_->score(begin, out);
    if (scope_) {
      std::array<uint64_t, kWindowDocs / 64> visible;
      copy_window(*scope_, begin, visible.data());
      for (size_t w = 0; w < out.bits.size(); ++w) out.bits[w] &= visible[w];
    }
    docs_.clear();
    queries_.clear();
    for (size_t w = 0; w < out.bits.size(); ++w) {
      for (uint64_t bits = out.bits[w]; bits != 0; bits &= bits - 1) {
        const size_t i = w * 64 + static_cast<size_t>(std::countr_zero(bits));
        docs_.push_back(begin + static_cast<LocalDocId>(i));
        queries_.push_back(out.scores[i]);
      }
    }
    if (docs_.empty()) return;
    if (!leaves_.empty()) factors();
    for (size_t k = 0; k < docs_.size(); ++k) {
      const size_t i = docs_[k] - begin;
      const float score = leaves_.empty() ? queries_[k] : combine(plan_.modes_.boost, queries_[k], totals_[k], plan_.modes_.max_boost);
      if (score < 0 || std::isnan(score)) {
        std::string text;
        append_float(text, score);
        throw ApiError(illegal_argument("function score query returned an invalid score: " + (std::isnan(score) ? "NaN" : text) + " for doc: " + std::to_string(docs_[k])));
      }
      out.scores[i] = score;
      if (plan_.modes_.min_score && score < *plan_.modes_.min_score) out.bits[i >> 6] &= ~(1ull << (i & 63));
    }
  }

 private:
  struct Leaf {
    std::unique_ptr<Bitset> filter;
    std::unique_ptr<LeafFunction> function;
    std::optional<float> weight;
  };

  /// totals_[k]: what the functions make together of docs_[k]; 1 where none applies.
  void factors() {
    const ScoreMode mode = plan_.modes_.score;
    totals_.assign(docs_.size(), 1.0);
    weights_.assign(docs_.size(), 0.0);
    seen_.assign(docs_.size(), 0);
    for (const Leaf& leaf : leaves_) {
      places_.clear();
      chosen_.clear();
      inputs_.clear();
      for (size_t k = 0; k < docs_.size(); ++k) {
        if (mode == ScoreMode::kFirst && seen_[k]) continue;
        if (leaf.filter && !leaf.filter->test(docs_[k])) continue;
        places_.push_back(k);
        chosen_.push_back(docs_[k]);
        inputs_.push_back(queries_[k]);
      }
      if (chosen_.empty()) continue;
      values_.assign(chosen_.size(), 1.0);
      if (leaf.function) leaf.function->compute(chosen_.data(), inputs_.data(), chosen_.size(), values_.data());
      for (size_t j = 0; j < places_.size(); ++j) add(mode, places_[j], values_[j] * (leaf.weight ? static_cast<double>(*leaf.weight) : 1.0), leaf.weight.value_or(1.0f));
    }
    if (mode != ScoreMode::kAvg && mode != ScoreMode::kSum) return;
    for (size_t k = 0; k < docs_.size(); ++k) {
      if (weights_[k] == 0) totals_[k] = 1;
      else if (mode == ScoreMode::kAvg) totals_[k] /= weights_[k];
    }
  }
  void add(ScoreMode mode, size_t k, double value, double weight) {
    const bool first = !seen_[k];
    seen_[k] = 1;
    weights_[k] += weight;
    if (first) {
      totals_[k] = value;
      return;
    }
    switch (mode) {
      case ScoreMode::kMax: totals_[k] = std::max(totals_[k], value); break;
      case ScoreMode::kMin: totals_[k] = std::min(totals_[k], value); break;
      case ScoreMode::kMultiply: totals_[k] *= value; break;
      default: totals_[k] += value; break;
    }
  }

  const FunctionScorePlan& plan_;
  std::unique_ptr<Scorer> inner_;
  std::shared_ptr<const Bitset> scope_;
  std::vector<Leaf> leaves_;
  std::vector<LocalDocId> docs_, chosen_;
  std::vector<float> queries_, inputs_;
  std::vector<double> totals_, weights_, values_;
  std::vector<size_t> places_;
  std::vector<char> seen_;
};

std::unique_ptr<Scorer> FunctionScorePlan::scorer(const SegmentView& segment) const {
  auto inner = inner_->scorer(segment);
  return inner == nullptr ? nullptr : std::make_unique<FunctionScorer>(*this, std::move(inner), segment);
}

struct FunctionClause {
  QueryPtr filter;
  ScoreFunctionPtr function;
  std::optional<float> weight;
};

struct FunctionScoreQuery final : Query {
  QueryPtr query;
  std::vector<FunctionClause> functions;
  Modes modes;

  LuceneQueryPtr lucene(Binder& binder) const override {
    bind(binder, 1);  // what does not fit is thrown now
    const LuceneQueryPtr inner = query ? lucene_of(*query, binder) : lucene_approximate_all();
    std::string shown;
    for (const FunctionClause& clause : functions) shown += "{" + function_text(clause) + "}";
    const auto leaf = [&](const LuceneQuery& of) {
      return LeafText("function score (" + of.to_string() + ", functions: [" + shown + "])", "FunctionScoreQuery");
    };
    const auto make = [this](Binder& b, float boost) { return bind(b, boost); };
    LeafText text = leaf(*inner);
    const LuceneQueryPtr next = fully_rewritten(inner);
    if (next != inner) text.rewritten = lucene_leaf(make, leaf(*next));
    return lucene_leaf(make, std::move(text));
  }
  /// Functions show the names of their classes; Java puts hashes behind them, which say nothing.
  static std::string function_text(const FunctionClause& clause) {
    const std::string package = "org.opensearch.common.lucene.search.function.";
    if (clause.filter) return package + "FunctionScoreQuery$FilterScoreFunction";
    return clause.function ? clause.function->describe() : package + "WeightFactorFunction";
  }

  PlanPtr bind(Binder& binder, float boost) const override {
    PlanPtr inner = query ? tarn::query::bind(*query, binder, boost) : match_all_plan(boost);
    std::vector<Part> parts;
    for (const FunctionClause& clause : functions) {
      Part part;
      if (clause.filter) {
        part.filter = tarn::query::bind(*clause.filter, binder);
        if (part.filter->matches_all()) part.filter = nullptr;
      }
      if (clause.function) part.function = clause.function->bind(binder);
      part.weight = clause.weight;
      parts.push_back(std::move(part));
    }
    if (inner->matches_none()) return inner;
    return std::make_shared<FunctionScorePlan>(std::move(inner), std::move(parts), modes, !binder.nested_scope.empty());
  }
};

ScoreFunctionPtr named_function(const std::string& name, const Json& body) {
  ScoreFunctionPtr out = parse_score_function(name, body);
  if (out == nullptr) {
    throw ApiError(400, "named_object_not_found_exception", "unable to parse ScoreFunctionBuilder with name [" + name + "]: parser not found");
  }
  return out;
}

FunctionClause read_clause(const Json& value) {
  if (!value.is_object()) {
    fail_parse("failed to parse [function_score]. malformed query, expected a [START_OBJECT] while parsing functions but got a [" + std::string(token_name(value)) + "] instead");
  }
  FunctionClause out;
  std::string name;
  for (const auto& [key, member] : value.items()) {
    if (member.is_object()) {
      if (key == "filter") {
        out.filter = parse_query(member);
        continue;
      }
      if (out.function) fail_parse("failed to parse function_score functions. already found [" + name + "], now encountering [" + key + "].");
      out.function = named_function(key, member);
      name = key;
    } else if (key == "weight") {
      out.weight = read_float(member);
    } else if (key == "_name") {
      read_text(member);
    } else {
      fail_parse("failed to parse [function_score] query. field [" + key + "] is not supported");
    }
  }
  if (!out.function && !out.weight) fail_parse("failed to parse [function_score] query. an entry in functions list is missing a function.");
  return out;
}

}  // namespace

std::shared_ptr<Query> parse_function_score(const Json& body) {
  auto query = std::make_shared<FunctionScoreQuery>();
  std::string single;
  bool array = false;
  const auto twice = [&](const std::string& key) {
    fail_parse("failed to parse [function_score] query. already found function [" + single + "], now encountering [" + key +
               "]. use [functions] array if you want to define several functions.");
  };
  for (const auto& [key, value] : body.items()) {
    if (value.is_object()) {
      if (key == "query") {
        if (query->query) fail_parse("failed to parse [function_score] query. [query] is already defined.");
        query->query = parse_query(value);
        continue;
      }
      if (!single.empty()) twice(key);
      if (array) fail_parse("failed to parse [function_score] query. already found [functions] array, now encountering [" + key + "].");
      single = key;
      query->functions.push_back({nullptr, named_function(key, value), std::nullopt});
    } else if (value.is_array()) {
      if (key != "functions") fail_parse("failed to parse [function_score] query. array [" + key + "] is not supported");
      if (!single.empty()) fail_parse("failed to parse [function_score] query. already found [" + single + "], now encountering [functions].");
      array = true;
      for (const Json& item : value) query->functions.push_back(read_clause(item));
    } else if (key == "score_mode") {
      query->modes.score = read_mode(kScoreModes, value, "FunctionScoreQuery.ScoreMode");
    } else if (key == "boost_mode") {
      query->modes.boost = read_mode(kBoostModes, value, "CombineFunction");
    } else if (key == "max_boost") {
      query->modes.max_boost = read_float(value);
    } else if (key == "min_score") {
      query->modes.min_score = read_float(value);
    } else if (!read_common(*query, key, value)) {
      if (!single.empty()) twice(key);
      if (key != "weight") fail_parse("failed to parse [function_score] query. field [" + key + "] is not supported");
      if (array) fail_parse("failed to parse [function_score] query. already found [functions] array, now encountering [weight].");
      single = key;
      query->functions.push_back({nullptr, nullptr, read_float(value)});
    }
  }
  return query;
}

}  // namespace tarn::query

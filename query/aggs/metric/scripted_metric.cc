// scripted_metric: init, map and combine scripts make a state of each bucket and index, a reduce script one answer of the states.
#include <fmt/format.h>

#include <map>

#include "indexer/base/error.h"
#include "query/aggs/types.h"
#include "query/bind/plan.h"
#include "query/script/script_use.h"
#include "query/shard_failure.h"

namespace tarn::query {
namespace {

using script::Context;
using script::ScriptSpec;
using script::Value;
using script::Variable;

constexpr size_t kHeapMax = size_t{256} << 20;   // of the states of all buckets
constexpr size_t kStateBytes = 256;              // of a state that has not grown yet

struct ScriptedOptions {
  std::optional<ScriptSpec> init, map, combine, reduce;
  Json params = Json::object();

  explicit ScriptedOptions(const AggregationNode& node) {
    Options options(node.type);
    for (const auto& [name, spec] : {std::pair<const char*, std::optional<ScriptSpec>*>{"init_script", &init}, {"map_script", &map}, {"combine_script", &combine}, {"reduce_script", &reduce}}) {
      options.any(name, kTokenString | kTokenObject, [spec](const Json& json) { *spec = script::parse_script(json); });
    }
    options.any("params", kTokenObject, [&](const Json& json) { params = json; });
    options.read(node.body());
    if (!map) throw ApiError(illegal_argument("Required [map_script]"));
  }
};

class ScriptedResult : public MetricResult {
 public:
  double number = NAN;
  bool is_number = false;
  Property property(std::span<const std::string> path) const override {
    if (path.empty()) return {Property::Kind::kResult, NAN, this, java};
    if (path.size() == 1 && path[0] == "value") return {is_number ? Property::Kind::kNumber : Property::Kind::kOther, number, nullptr, "Object"};
    throw ApiError(illegal_argument(fmt::format("path not supported for [{}]: [{}]", *name, fmt::join(path, ", "))));
  }
};

/// All scripts run in one heap, because states go from one to the next.
class ScriptedMetric : public Aggregator {
 public:
  ScriptedMetric(const AggregationNode& node, const BuildContext& context)
      : Aggregator(node), options_(node), search_(context.search), state_(context.state) {}

  std::string type_name() const override { return "scripted_metric"; }

  void begin(const Searcher& searcher) override {
    if (!options_.combine) throw ApiError(illegal_argument(fmt::format("[combineScript] must not be null: [{}]", name())));
    if (!options_.reduce) throw ApiError(illegal_argument(fmt::format("[reduceScript] must not be null: [{}]", name())));
    if (!run_) compile();
    targets_.push_back({&searcher, {}});
    documents_ = std::make_unique<script::Documents>(searcher.mapping());
    documents_->index_name = searcher.index_name();
    run_->set_documents(documents_.get());
  }
  void begin_segment(const Searcher& searcher, size_t segment) override {
    // A replay comes back to searchers that were begun before.
    documents_->begin_segment(searcher.segments()[segment]);
    documents_->doc_base = searcher.doc_base(segment);
  }
  void collect(const DocBatch& batch) override {
    for (size_t i = 0; i < batch.count; ++i) {
      if (batch.buckets[i] == kNoBucket) continue;
      const Value state = state_of_bucket(batch.buckets[i]);
      use(map_, map_params_);
      run_->set_variable(Variable::kState, state);
      run_->set_score(state_.scores != nullptr ? state_.scores[batch.docs[i]] : 0);
      documents_->set_document(batch.docs[i]);
      run_->execute();
    }
  }

  ResultPtr result(uint32_t bucket, AggregationContext&) override {
    auto result = std::make_unique<ScriptedResult>();
    result->java = "InternalScriptedMetric";
    if (!run_) {
      result->members = "\"value\":null";
      return result;
    }
    const size_t kept = kept_->items.size();
    auto* states = run_->heap().make<script::ListObject>();
    keep(Value::object(states));
    for (Target& target : targets_) states->items.push_back(combine(target, bucket));
    const Json value = reduce(Value::object(states));
    kept_->items.resize(kept);
    result->is_number = value.is_number();
    if (value.is_number()) result->number = value.get<double>();
    result->members = "\"value\":" + to_text(value);
    return result;
  }
  size_t memory_bytes() const override { return targets_.empty() ? 0 : targets_.back().states.size() * kStateBytes; }

 private:
  /// The states of one index, by bucket.
  struct Target {
    const Searcher* searcher;
    std::map<uint32_t, Value> states;
  };

  void compile() {
    if (options_.init) init_ = script::compile(*options_.init, Context::kMetricInit, search_.scripts);
    map_ = script::compile(*options_.map, Context::kMetricMap, search_.scripts);
    combine_ = script::compile(*options_.combine, Context::kMetricCombine, search_.scripts);
    run_.emplace(map_, Json::object(), kHeapMax);
    // What must stay alive hangs on a variable that none of these scripts sees.
    kept_ = run_->heap().make<script::ListObject>();
    run_->set_variable(Variable::kCtx, Value::object(kept_));
    if (init_) init_params_ = params_of(*options_.init);
    map_params_ = params_of(*options_.map);
    combine_params_ = params_of(*options_.combine);
  }
  /// The parameters of the aggregation and the script's own.
  Value params_of(const ScriptSpec& spec) {
    Json merged = options_.params;
    for (const auto& [key, value] : spec.params.items()) {
      if (merged.contains(key)) {
        throw ApiError(illegal_argument(fmt::format("Parameter name \"{}\" used in both aggregation and script parameters", key)));
      }
      merged[key] = value;
    }
    const Value out = script::from_json(run_->heap(), merged);
    keep(out);
    return out;
  }
  void keep(const Value& value) { kept_->items.push_back(value); }
  void use(const std::shared_ptr<const script::Script>& script, const Value& params) {
    if (&run_->script() != script.get()) run_->set_script(script);
    run_->set_variable(Variable::kParams, params);
  }

  Value new_state() {
    const Value state = Value::object(run_->heap().make<script::MapObject>());
    keep(state);
    if (init_) {
      use(init_, init_params_);
      run_->set_variable(Variable::kState, state);
      run_->execute();
    }
    return state;
  }
  Value state_of_bucket(uint32_t bucket) {
    auto& states = targets_.back().states;
    if (const auto it = states.find(bucket); it != states.end()) return it->second;
    return states[bucket] = new_state();
  }

  /// What the shard of `target` answers for a bucket. A bucket without documents has a state too, unless it is no bucket at all.
  Value combine(Target& target, uint32_t bucket) {
    if (bucket == kNoBucket) return Value::null();
    try {
      const auto it = target.states.find(bucket);
      const Value state = it != target.states.end() ? it->second : new_state();
      refuse_loop(state);
      use(combine_, combine_params_);
      run_->set_variable(Variable::kState, state);
      const Value out = run_->execute();
      keep(out);
      return out;
    } catch (const ApiError& error) {
      throw ApiError(all_shards_failed({{target.searcher->index_name(), error.error()}}));
    }
  }
  /// A state that holds itself.
  static void refuse_loop(const Value& state) {
    try {
      script::to_json(state);
    } catch (const script::Thrown& thrown) {
      if (thrown.message.find("self-referencing") == std::string::npos) return;
      throw ApiError(illegal_argument("Iterable object is self-referencing itself (Scripted metric aggs map script)"));
    }
  }

  Json reduce(const Value& states) {
    try {
      const auto script = script::compile(*options_.reduce, Context::kMetricReduce, search_.scripts);
      use(script, params_of(*options_.reduce));
      run_->set_variable(Variable::kStates, states);
      return script::to_json(run_->execute());
    } catch (const ApiError& error) {
      throw ApiError(reduce_failed(error.error()));
    } catch (const script::Thrown&) {
      throw ApiError(reduce_failed(illegal_argument("Iterable object is self-referencing itself (reduce script)")));
    }
  }

  ScriptedOptions options_;
  const SearchContext& search_;
  RunState& state_;
  std::shared_ptr<const script::Script> init_, map_, combine_;
  std::unique_ptr<script::Documents> documents_;
  std::optional<script::Run> run_;
  script::ListObject* kept_ = nullptr;
  Value init_params_, map_params_, combine_params_;
  std::vector<Target> targets_;
};

}  // namespace

AggregatorPtr build_scripted_metric(const AggregationNode& node, const BuildContext& context) { return std::make_unique<ScriptedMetric>(node, context); }
void check_scripted_metric(const AggregationNode& node) { ScriptedOptions{node}; }

}  // namespace tarn::query

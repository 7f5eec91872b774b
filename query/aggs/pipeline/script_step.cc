#include "query/aggs/pipeline/script_step.h"

#include "query/shard_failure.h"

namespace tarn::query {

template <class Use>
auto ScriptStep::guarded(Use&& use) {
  try {
    return use();
  } catch (const ApiError& error) {
    throw ApiError(reduce_failed(error.error()));
  }
}

ScriptStep::ScriptStep(const script::ScriptSpec& spec, script::Context context, const SearchContext& search) {
  guarded([&] { run_.emplace(script::compile(spec, context, search.scripts), spec.params); });
}

void ScriptStep::set(const std::string& name, std::optional<double> value) {
  run_->set_param(name, value ? script::Value::real(*value) : script::Value::null());
}

std::optional<double> ScriptStep::number() {
  return guarded([&]() -> std::optional<double> {
    const script::Value value = run_->execute();
    if (value.is_null()) return std::nullopt;
    return value.as_double();
  });
}

bool ScriptStep::truth() {
  return guarded([&] { return run_->execute_bool(); });
}

double ScriptStep::of_window(std::span<const double> values) {
  return guarded([&] {
    auto* window = run_->heap().make<script::ListObject>(script::ClassId::kArray);
    window->element = script::Tag::kDouble;
    run_->heap().charge(values.size() * sizeof(script::Value));
    for (double value : values) window->items.push_back(script::Value::real(value));
    run_->set_variable(script::Variable::kValues, script::Value::object(window));
    return run_->execute_double();
  });
}

}  // namespace tarn::query

#include "indexer/pipeline/condition.h"

#include "indexer/script/script.h"

namespace tarn {

Condition::Condition(const script::ScriptSpec& spec, const script::StoredScripts* stored)
    : source_(spec.id.empty() ? spec.source : spec.id), params_(spec.params),
      script_(script::compile(spec, script::Context::kIngestCondition, stored)) {}

bool Condition::holds(const WorkDocument& document) const {
  script::Run run(script_, params_);
  const script::Value ctx = script::lazy_map(run.heap(), document.fields());
  static_cast<script::MapObject*>(ctx.o)->fixed = true;  // mutating documents in conditionals is not supported
  run.set_variable(script::Variable::kCtx, ctx);
  return run.execute_bool();
}

}  // namespace tarn

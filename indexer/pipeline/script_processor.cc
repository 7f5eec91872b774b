#include "indexer/pipeline/processor.h"
#include "indexer/script/script.h"

namespace tarn {
namespace {

/// Runs a script that may change the document through ctx.
class ScriptProcessor final : public Processor {
 public:
  ScriptProcessor(ProcessorConfig& config, const BuildContext& context) {
    Json body = Json::object();
    for (const char* name : {"lang", "source", "id", "params", "options", "inline"}) {
      if (auto value = config.optional_value(name)) body[name] = std::move(*value);
    }
    try {
      spec_ = script::parse_script(body);
      script_ = script::compile(spec_, script::Context::kIngest, context.scripts);
    } catch (const ApiError& failure) {
      Error error = failure.error();
      Json members{{"processor_type", config.type()}};
      if (!config.tag().empty()) members["processor_tag"] = config.tag();
      for (const auto& [key, member] : error.members.items()) members[key] = member;
      error.members = std::move(members);
      throw ApiError(std::move(error));
    }
  }

  bool execute(WorkDocument& document) const override {
    script::Run run(script_, spec_.params);
    const script::Value ctx = script::lazy_map(run.heap(), document.fields());
    run.set_variable(script::Variable::kCtx, ctx);
    run.execute();
    try {
      document.fields() = script::to_json(ctx);
    } catch (const script::Thrown& thrown) {
      throw ApiError(400, script::error_type(thrown.cls), thrown.message);
    }
    return true;
  }

 private:
  script::ScriptSpec spec_;
  std::shared_ptr<const script::Script> script_;
};

}  // namespace

void add_script_processor(std::map<std::string, ProcessorFactory, std::less<>>& table) {
  table["script"] = make_processor<ScriptProcessor>;
}

}  // namespace tarn

#include "indexer/script/update.h"

#include <chrono>

namespace tarn::script {

namespace {

[[noreturn]] void fail(const Error& cause) { throw ApiError(illegal_argument("failed to execute script").caused_by(cause)); }

int64_t now_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

}  // namespace

std::shared_ptr<const UpdateScript> make_update_script(const ScriptSpec& spec, const StoredScripts* stored) {
  try {
    return std::make_shared<UpdateScript>(compile(spec, Context::kUpdate, stored), spec.params);
  } catch (const ApiError& error) {
    fail(error.error());
  }
}

UpdateScript::Output UpdateScript::run(const Input& input) const {
  try {
    const Json document = parse_json(input.source);  // outlives the run, whose maps look into it
    Run run(script_, params_);
    Heap& heap = run.heap();
    auto* ctx = heap.make<MapObject>(ClassId::kHashMap);
    run.set_variable(Variable::kCtx, Value::object(ctx));
    const auto put = [&](const char* name, Value value) { ctx->put(make_text(heap, name), value); };
    const auto get = [&](const char* name) {
      StringObject key{std::string(name)};
      const Value* found = ctx->find(Value::object(&key));
      return found == nullptr ? Value() : *found;
    };
    put("op", make_text(heap, input.exists ? "index" : "create"));
    put("_now", Value::long_value(now_ms()));
    put("_source", lazy_map(heap, document));
    put("_id", make_text(heap, std::string(input.id)));
    if (input.exists) {
      put("_index", make_text(heap, std::string(input.index)));
      put("_version", Value::long_value(input.version));
      put("_routing", input.routing.empty() ? Value() : make_text(heap, std::string(input.routing)));
    }
    run.execute();
    const Value op_value = get("op");
    const std::string* op = as_text(op_value);
    if (op == nullptr && !op_value.is_null()) {
      throw ApiError(400, "class_cast_exception", "class " + std::string(class_name(op_value)) + " cannot be cast to class java.lang.String");
    }
    Output out;
    const std::string name = op == nullptr ? "none" : *op;
    if (name == "delete" && input.exists) {
      out.action = Action::kDelete;
    } else if (input.exists ? name != "index" && name != "create" : name != "create") {
      out.action = Action::kNone;  // "none", "noop", and what nobody knows
    } else if (input.exists && name == "create") {
      out.action = Action::kNone;
    }
    if (out.action == Action::kIndex) {
      const Value source = get("_source");
      if (!is_subclass(class_of(source), ClassId::kMap)) {
        throw ApiError(400, "class_cast_exception", "class " + std::string(class_name(source)) + " cannot be cast to class java.util.Map");
      }
      out.source = to_text(to_json(source));
    }
    return out;
  } catch (const ApiError& error) {
    if (error.error().type == "class_cast_exception" && !error.error().cause) throw;
    fail(error.error());
  } catch (const Thrown& thrown) {
    throw ApiError(400, error_type(thrown.cls), thrown.message);
  }
}

}  // namespace tarn::script

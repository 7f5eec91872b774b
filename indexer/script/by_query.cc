#include "indexer/script/by_query.h"

#include <chrono>

#include "indexer/script/value_text.h"

namespace tarn::script {

namespace {

int64_t now_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

std::string cast_text(const Value& value, const char* wanted) {
  const std::string have(class_name(value));
  return "class " + have + " cannot be cast to class " + wanted + " (" + have + " and " + wanted +
         " are in module java.base of loader 'bootstrap')";
}

[[noreturn]] void fail_cast(const Value& value, const char* wanted) {
  throw ApiError(500, "class_cast_exception", cast_text(value, wanted));
}

/// Takes a member out of ctx; null where the script removed it.
Value take(MapObject& ctx, const char* name) {
  StringObject key{std::string(name)};
  return ctx.remove(Value::object(&key));
}

bool equals(const Value& value, std::string_view text) {
  const std::string* have = as_text(value);
  return have != nullptr && *have == text;
}

std::optional<std::string> text_or_null(const Value& value) {
  if (value.is_null()) return std::nullopt;
  return java_text(value);
}

Error not_modifiable(const char* name) { return illegal_argument("Modifying [" + std::string(name) + "] not allowed"); }

int64_t version_of(const Value& value) {
  if (value.is_number() && value.tag != Tag::kChar) {
    if (value.is_whole()) return value.i;
    const double number = value.as_double();
    if (number == static_cast<double>(static_cast<int64_t>(number))) return static_cast<int64_t>(number);
  }
  Error error = illegal_argument("_version may only be set to an int or a long but was [" + java_text(value) + "]");
  error.caused_by(Error(400, "class_cast_exception", cast_text(value, "java.lang.Number")));
  throw ApiError(error);
}

}  // namespace

void ByQueryScript::read_metadata(MapObject& ctx, const Input& input, Output& out) {
  const auto check = [&](const char* name, std::string_view old, bool old_is_null, Change& change) {
    const Value value = take(ctx, name);
    if (old_is_null ? value.is_null() : equals(value, old)) return;
    if (fixed_metadata_) throw ApiError(not_modifiable(name));
    change = text_or_null(value);
  };
  check("_index", input.index, false, out.index);
  if (out.index && !*out.index) throw ApiError(500, "null_pointer_exception", "Can't reindex without a destination index!");
  check("_id", input.id, false, out.id);
  const Value version = take(ctx, "_version");
  const bool same = input.has_version ? version.tag == Tag::kLong && version.i == input.version : version.is_null();
  if (!same) {
    if (fixed_metadata_) throw ApiError(not_modifiable("_version"));
    out.version = version.is_null() ? std::optional<int64_t>() : version_of(version);
  }
  check("_routing", input.routing, input.routing.empty(), out.routing);
}

ByQueryScript::Output ByQueryScript::run(const Input& input) {
  const Json document = parse_json(input.source);  // outlives the run, whose maps look into it
  try {
    Heap& heap = run_.heap();
    auto* ctx = heap.make<MapObject>(ClassId::kHashMap);
    const Value ctx_value = Value::object(ctx);
    run_.set_variable(Variable::kCtx, ctx_value);
    const auto put = [&](const char* name, Value value) { ctx->put(make_text(heap, name), value); };
    put("_index", make_text(heap, std::string(input.index)));
    put("_id", make_text(heap, std::string(input.id)));
    put("_version", input.has_version ? Value::long_value(input.version) : Value());
    put("_routing", input.routing.empty() ? Value() : make_text(heap, std::string(input.routing)));
    put("_source", lazy_map(heap, document));
    put("_now", Value::long_value(now_ms()));
    put("op", make_text(heap, "index"));
    run_.execute();

    Output out;
    take(*ctx, "_now");
    const Value op_value = take(*ctx, "op");
    if (op_value.is_null()) throw ApiError(illegal_argument("Script cleared operation type"));
    const std::string* op = as_text(op_value);
    if (op == nullptr) fail_cast(op_value, "java.lang.String");
    const Value source = take(*ctx, "_source");
    if (!is_subclass(class_of(source), ClassId::kMap)) fail_cast(source, "java.util.Map");
    read_metadata(*ctx, input, out);
    std::string name = *op;
    for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    if (name == "noop") out.action = Action::kNoop;
    else if (name == "delete") out.action = Action::kDelete;
    else if (name != "index") {
      throw ApiError(illegal_argument("Operation type [" + *op + "] not allowed, only [noop, index, delete] are allowed"));
    }
    if (out.action == Action::kIndex) {
      if (ctx->size() > 0) {
        std::string added;
        for (const uint32_t at : ctx->order()) added += (added.empty() ? "" : ",") + java_text(ctx->entries()[at].key);
        throw ApiError(illegal_argument("Invalid fields added to context [" + added + "]"));
      }
      out.source.reserve(input.source.size() + 64);
      append_json(out.source, source);
    }
    run_.set_variable(Variable::kCtx, Value());  // the document goes before the next run's collection
    return out;
  } catch (const Thrown& thrown) {
    run_.set_variable(Variable::kCtx, Value());
    throw ApiError(400, error_type(thrown.cls), thrown.message);
  }
}

}  // namespace tarn::script

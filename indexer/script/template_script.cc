#include "indexer/script/template_script.h"

#include "indexer/script/mustache.h"

namespace tarn::script {
namespace {

Mustache compile_template(const ScriptSpec& spec) {
  Mustache::Escape escape = Mustache::Escape::kJson;
  if (spec.options.is_object() && spec.options.contains("content_type") && spec.options["content_type"].is_string()) {
    escape = Mustache::escape_of(spec.options["content_type"].get_ref<const std::string&>());
  }
  return Mustache(spec.source, escape);
}

std::string run_painless(const ScriptSpec& spec, const Json& params) {
  const auto script = compile(spec.lang, spec.source, Context::kTest);
  Run run(script, params);
  const Value value = run.execute();
  if (is_text(value)) return java_text(value);
  Error error(400, "script_exception", "compile error");
  error.with("script_stack", Json::array()).with("script", spec.source).with("lang", spec.lang);
  throw ApiError(error.caused_by(Error(400, "class_cast_exception", "A template must return a [java.lang.String].")));
}

}  // namespace

std::string render_template(const ScriptSpec& spec, const StoredScripts* stored) {
  if (spec.id.empty()) {
    return spec.lang == "mustache" ? compile_template(spec).render(spec.params) : run_painless(spec, spec.params);
  }
  const auto found = stored == nullptr ? std::nullopt : stored->find(spec.id);
  if (!found) throw ApiError(404, "resource_not_found_exception", "unable to find script [" + spec.id + "] in cluster state");
  return found->lang == "mustache" ? compile_template(*found).render(spec.params) : run_painless(*found, spec.params);
}

void check_template(const ScriptSpec& spec) {
  if (spec.lang == "mustache") compile_template(spec);
  else compile(spec.lang, spec.source, Context::kTest);
}

}  // namespace tarn::script

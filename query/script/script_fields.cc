#include "query/script/script_fields.h"

namespace tarn::query {

ScriptFields::ScriptFields(const std::vector<ScriptField>& wanted, const std::vector<BoundTarget>& targets, const SearchContext& context)
    : wanted_(wanted), targets_(targets), context_(context) {
  for (const ScriptField& field : wanted) scripts_.push_back(bind_script(field.spec, script::Context::kField, context));
}

void ScriptFields::add(const Hit& hit, std::string_view source, std::vector<HitField>& out) const {
  const SegmentView segment(targets_[hit.target].searcher(), hit.ref.segment, context_);
  Json document;
  for (size_t i = 0; i < wanted_.size(); ++i) {
    try {
      SegmentScript script(scripts_[i], segment);
      script::Run& run = script.at(hit.ref.doc);
      if (scripts_[i].script->mentions_source()) {
        if (document.is_null()) document = source.empty() ? Json::object() : parse_json(source);
        run.set_param("_source", script::lazy_map(run.heap(), document));
      }
      const script::Value value = run.execute();
      Json json;
      try {
        json = script::to_json(value);
      } catch (const script::Thrown& thrown) {
        throw ApiError(400, script::error_type(thrown.cls), thrown.message);
      }
      const bool collection = is_subclass(script::class_of(value), script::ClassId::kCollection);
      HitField field{wanted_[i].name, {}};
      JsonWriter writer(field.values);
      if (collection && json.is_array()) {
        writer.value(json);
      } else {
        writer.begin_array().value(json).end_array();
      }
      out.push_back(std::move(field));
    } catch (const ApiError&) {
      if (!wanted_[i].ignore_failure) throw;
    }
  }
}

}  // namespace tarn::query

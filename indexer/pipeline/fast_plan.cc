#include "indexer/pipeline/fast_plan.h"

#include <simdjson.h>

#include "indexer/base/json.h"
#include "indexer/pipeline/document.h"

namespace tarn {
namespace {

bool is_plain_name(std::string_view field) {
  return !field.empty() && field.find('.') == std::string_view::npos &&
         field.find("{{") == std::string_view::npos && !is_metadata_field(field) &&
         field != "_ingest" && field != "_source";
}

FastPlan::Value value_of(simdjson::dom::element element) {
  FastPlan::Value out;
  switch (element.type()) {
    case simdjson::dom::element_type::STRING:
      out.kind = FastPlan::Value::Kind::text;
      out.text = element.get_string().value_unsafe();
      break;
    case simdjson::dom::element_type::INT64:
      out.kind = FastPlan::Value::Kind::integer;
      out.integer = element.get_int64().value_unsafe();
      break;
    default:
      out.kind = FastPlan::Value::Kind::other;
  }
  return out;
}

}  // namespace

int FastPlan::add_input(std::string_view field) {
  if (!is_plain_name(field) || std::find(targets_.begin(), targets_.end(), field) != targets_.end())
    return -1;
  const auto it = std::find(inputs_.begin(), inputs_.end(), field);
  if (it != inputs_.end()) return static_cast<int>(it - inputs_.begin());
  inputs_.emplace_back(field);
  return static_cast<int>(inputs_.size() - 1);
}

bool FastPlan::add_target(std::string_view field) {
  if (!is_plain_name(field) || std::find(targets_.begin(), targets_.end(), field) != targets_.end())
    return false;
  targets_.emplace_back(field);
  return true;
}

bool FastPlan::execute(std::string_view source, std::string& out) const {
  thread_local simdjson::dom::parser parser;
  thread_local Inputs inputs;
  simdjson::dom::object object;
  // The parser copies into its own padded buffer.
  if (parser.parse(source.data(), source.size(), true).get_object().get(object) !=
      simdjson::SUCCESS)
    return false;
  inputs.assign(inputs_.size(), Value());
  bool any = false;
  for (const auto [key, element] : object) {
    any = true;
    for (size_t i = 0; i < inputs_.size(); ++i) {
      if (key == inputs_[i]) inputs[i] = value_of(element);
    }
    for (const std::string& target : targets_) {
      if (key == target) return false;
    }
  }
  const size_t end = source.rfind('}');
  if (!any || end == std::string_view::npos) return false;
  out.assign(source.data(), end);
  for (const Step& step : steps_) {
    if (!step(inputs, out)) return false;
  }
  out += '}';
  return true;
}

std::string member_prefix(std::string_view name) {
  std::string out = ",";
  append_json_string(out, name);
  return out += ':';
}

}  // namespace tarn

#include "indexer/pipeline/template.h"

namespace tarn {
ValueTemplate::ValueTemplate(Json value) : value_(std::move(value)) {
  if (value_.is_string()) {
    if (value_.get_ref<const std::string&>().find("{{") == std::string::npos) return;
    text_.emplace_back(value_.get_ref<const std::string&>());
    kind_ = Kind::templated;
  } else if (value_.is_array()) {
    bool constant = true;
    for (const Json& one : value_) {
      elements_.emplace_back(one);
      constant = constant && elements_.back().is_constant();
    }
    kind_ = constant ? Kind::constant : Kind::array;
  } else if (value_.is_object()) {
    bool constant = true;
    for (const auto& [key, one] : value_.items()) {
      members_.emplace_back(ValueTemplate(key), ValueTemplate(one));
      constant =
          constant && members_.back().first.is_constant() && members_.back().second.is_constant();
    }
    kind_ = constant ? Kind::constant : Kind::object;
  }
}

Json ValueTemplate::render(const WorkDocument& document) const {
  switch (kind_) {
    case Kind::constant:
      return value_;
    case Kind::templated:
      return text_[0].render(document);
    case Kind::array: {
      Json out = Json::array();
      for (const ValueTemplate& one : elements_) out.push_back(one.render(document));
      return out;
    }
    case Kind::object: {
      Json out = Json::object();
      for (const auto& [key, one] : members_)
        out[key.render(document).get<std::string>()] = one.render(document);
      return out;
    }
  }
  return {};
}

}  // namespace tarn

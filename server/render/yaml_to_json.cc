#include <yaml-cpp/yaml.h>

#include <charconv>

#include "indexer/base/error.h"
#include "indexer/base/json.h"
#include "server/render/yaml.h"

namespace tarn::server {
namespace {

bool is_one_of(const std::string& text, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), text) != words.end();
}

/// A plain scalar by the rules of Jackson's YAML parser.
Json plain_scalar(const std::string& text) {
  if (is_one_of(text, {"", "~", "null", "Null", "NULL"})) return nullptr;
  if (is_one_of(text, {"true", "True", "TRUE"})) return true;
  if (is_one_of(text, {"false", "False", "FALSE"})) return false;
  const char* const begin = text.data() + (text[0] == '+' ? 1 : 0);
  const char* const end = text.data() + text.size();
  int64_t integer = 0;
  if (const auto [stop, code] = std::from_chars(begin, end, integer); code == std::errc() && stop == end) {
    return integer;
  }
  double real = 0;
  const bool numeric = text.find_first_not_of("+-.0123456789eE") == text.npos;
  if (const auto [stop, code] = std::from_chars(begin, end, real); numeric && code == std::errc() && stop == end) {
    return real;
  }
  return text;
}

Json convert(const YAML::Node& node, int depth) {
  if (depth > kJsonDepthMax) throw ApiError(400, "yaml_e_o_f_exception", "YAML is nested too deeply");
  switch (node.Type()) {
    case YAML::NodeType::Sequence: {
      Json out = Json::array();
      for (const auto& element : node) out.push_back(convert(element, depth + 1));
      return out;
    }
    case YAML::NodeType::Map: {
      Json out = Json::object();
      for (const auto& member : node) out[member.first.as<std::string>()] = convert(member.second, depth + 1);
      return out;
    }
    case YAML::NodeType::Scalar:
      // The tag "!" marks a quoted scalar, which is a string whatever it looks like.
      return node.Tag() == "!" ? Json(node.Scalar()) : plain_scalar(node.Scalar());
    default: return nullptr;
  }
}

}  // namespace

std::string yaml_to_json(std::string_view yaml) {
  try {
    const std::vector<YAML::Node> documents = YAML::LoadAll(std::string(yaml));
    if (documents.size() > 1) {
      throw ApiError(400, "parse_exception", "expected one YAML document but found " + std::to_string(documents.size()));
    }
    return documents.empty() ? "" : to_text(convert(documents[0], 0));
  } catch (const YAML::Exception& wrong) {
    throw ApiError(400, "marked_y_a_m_l_exception", wrong.what());
  }
}

}  // namespace tarn::server

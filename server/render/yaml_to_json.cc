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

class Converter {
 public:
  /// A document has no more nodes than bytes, unless aliases multiply them ("a billion laughs").
  explicit Converter(size_t nodes_max) : nodes_left_(nodes_max) {}

  Json convert(const YAML::Node& node, int depth) {
    if (depth > kJsonDepthMax) throw ApiError(400, "parse_exception", "YAML is nested too deeply");
    if (nodes_left_-- == 0) throw ApiError(400, "parse_exception", "YAML aliases expand to too much");
    switch (node.Type()) {
      case YAML::NodeType::Sequence: {
        Json out = Json::array();
        for (const auto& element : node) out.push_back(convert(element, depth + 1));
        return out;
      }
      case YAML::NodeType::Map: {
        Json out = Json::object();
        for (const auto& member : node) {
          const std::string name = member.first.as<std::string>();
          if (out.contains(name)) throw ApiError(400, "json_parse_exception", "Duplicate field '" + name + "'");
          out[name] = convert(member.second, depth + 1);
        }
        return out;
      }
      case YAML::NodeType::Scalar:
        // The tag "!" marks a quoted scalar, which is a string whatever it looks like.
        return node.Tag() == "!" ? Json(node.Scalar()) : plain_scalar(node.Scalar());
      default: return nullptr;
    }
  }

 private:
  size_t nodes_left_;
};

/// Whether a line "---" follows the first content. (YAML::LoadAll would tell, but never returns on a stray bracket.)
bool has_second_document(std::string_view yaml) {
  bool content = false;
  while (!yaml.empty()) {
    const size_t end = std::min(yaml.find('\n'), yaml.size());
    const std::string_view line = yaml.substr(0, end);
    yaml.remove_prefix(std::min(end + 1, yaml.size()));
    if (content && (line == "---" || line.starts_with("--- "))) return true;
    content |= !line.empty() && line[0] != '#' && line[0] != '%';
  }
  return false;
}

}  // namespace

std::string yaml_to_json(std::string_view yaml) {
  if (has_second_document(yaml)) throw ApiError(400, "parse_exception", "expected one YAML document but found more");
  try {
    const YAML::Node root = YAML::Load(std::string(yaml));
    return root.IsNull() ? "" : to_text(Converter(yaml.size() + 16).convert(root, 0));
  } catch (const YAML::Exception& wrong) {
    throw ApiError(400, "marked_y_a_m_l_exception", wrong.what());
  }
}

}  // namespace tarn::server

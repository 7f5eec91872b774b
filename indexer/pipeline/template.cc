#include "indexer/pipeline/template.h"

namespace tarn {
namespace {

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.front())))
    text.remove_prefix(1);
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back())))
    text.remove_suffix(1);
  return text;
}

/// What {{x}} prints: as Java's toString, but a list as a map of its positions and a null as
/// nothing.
std::string template_text(const Json& value) {
  if (value.is_null()) return "";
  if (!value.is_array()) return java_text(value);
  std::string out = "{";
  for (size_t i = 0; i < value.size(); ++i) {
    if (i > 0) out += ", ";
    out += fmt::format("{}={}", i, java_text(value[i]));
  }
  return out += "}";
}

/// The inside of a JSON string: what OpenSearch's default (JSON) encoder of templates makes.
void append_escaped(std::string& out, std::string_view text) {
  std::string quoted;
  append_json_string(quoted, text);
  out.append(quoted, 1, quoted.size() - 2);
}

const Json* step(const Json* from, std::string_view name, Json& scratch) {
  if (from->is_object()) {
    const auto it = from->find(std::string(name));
    return it == from->end() ? nullptr : &*it;
  }
  if (from->is_array()) {
    if (name == "size") {
      scratch = from->size();
      return &scratch;
    }
    size_t position = 0;
    for (const char c : name) {
      if (c < '0' || c > '9') return nullptr;
      position = position * 10 + static_cast<size_t>(c - '0');
    }
    return !name.empty() && position < from->size() ? &(*from)[position] : nullptr;
  }
  return nullptr;
}

bool is_false(const Json& value) {
  return value.is_null() || (value.is_boolean() && !value.get<bool>()) ||
         (value.is_array() && value.empty()) ||
         (value.is_string() && value.get_ref<const std::string&>().empty());
}

}  // namespace

Template::Template(std::string_view text) {
  std::string_view rest = text;
  parts_ = parse(rest, {});
}

std::vector<Template::Part> Template::parse(std::string_view& rest, std::string_view open_section) {
  std::vector<Part> parts;
  while (true) {
    const size_t open = rest.find("{{");
    if (open == std::string_view::npos) {
      if (!open_section.empty()) {
        throw ApiError(
            Error(400, "script_exception", "compile error")
                .caused_by(Error(400, "mustache_exception",
                                 fmt::format("Failed to close '{}' tag", open_section))));
      }
      if (!rest.empty()) parts.push_back({Kind::text, std::string(rest), {}});
      rest = {};
      return parts;
    }
    if (open > 0) parts.push_back({Kind::text, std::string(rest.substr(0, open)), {}});
    rest.remove_prefix(open + 2);
    const bool triple = rest.starts_with('{');
    const std::string_view close = triple ? "}}}" : "}}";
    if (triple) rest.remove_prefix(1);
    const size_t end = rest.find(close);
    if (end == std::string_view::npos) {
      throw ApiError(Error(400, "script_exception", "compile error")
                         .caused_by(Error(400, "mustache_exception",
                                          "Improperly closed variable in query-template")));
    }
    std::string_view name = trimmed(rest.substr(0, end));
    rest.remove_prefix(end + close.size());
    const char mark = name.empty() ? ' ' : name.front();
    if (triple) {
      parts.push_back({Kind::plain, std::string(name), {}});
    } else if (mark == '&') {
      parts.push_back({Kind::plain, std::string(trimmed(name.substr(1))), {}});
    } else if (mark == '!') {
      continue;
    } else if (mark == '#' || mark == '^') {
      const std::string section(trimmed(name.substr(1)));
      std::vector<Part> inner = parse(rest, section);
      const bool to_json = section == "toJson";
      if (section == "join" || section == "url" || section.starts_with("join ")) {
        throw ApiError(501, "not_implemented_exception",
                       fmt::format("template function [{}] is not supported", section));
      }
      if (to_json) {
        const std::string path(trimmed(inner.empty() ? "" : inner[0].text));
        parts.push_back({Kind::to_json, path, {}});
      } else {
        parts.push_back({mark == '#' ? Kind::section : Kind::inverted, section, std::move(inner)});
      }
    } else if (mark == '/') {
      if (trimmed(name.substr(1)) != open_section) {
        throw ApiError(Error(400, "script_exception", "compile error")
                           .caused_by(Error(400, "mustache_exception",
                                            fmt::format("Mismatched start/end tags: {} != {}",
                                                        open_section, name.substr(1)))));
      }
      return parts;
    } else if (mark == '>' || mark == '=') {
      throw ApiError(501, "not_implemented_exception",
                     fmt::format("template tag [{}] is not supported", name));
    } else {
      parts.push_back({Kind::escaped, std::string(name), {}});
    }
  }
}

Json Template::lookup(const std::string& path, const WorkDocument& document,
                      const std::vector<const Json*>& scope) {
  if (path == ".") return scope.empty() ? Json() : *scope.back();
  std::string_view rest = path;
  const size_t dot = rest.find('.');
  const std::string_view first = rest.substr(0, dot);
  Json scratch;
  const Json* found = nullptr;
  for (auto it = scope.rbegin(); it != scope.rend() && found == nullptr; ++it)
    found = step(*it, first, scratch);
  if (found == nullptr) {
    found = first == "_ingest"   ? &document.ingest()
            : first == "_source" ? &document.fields()
                                 : step(&document.fields(), first, scratch);
  }
  rest = dot == std::string_view::npos ? std::string_view() : rest.substr(dot + 1);
  while (found != nullptr && !rest.empty()) {
    const size_t next = rest.find('.');
    Json inner;
    found = step(found, rest.substr(0, next), inner);
    if (found == &inner) return inner;
    rest = next == std::string_view::npos ? std::string_view() : rest.substr(next + 1);
  }
  return found == nullptr ? Json() : *found;
}

void Template::render_parts(const std::vector<Part>& parts, const WorkDocument& document,
                            std::vector<const Json*>& scope, std::string& out) {
  for (const Part& part : parts) {
    if (part.kind == Kind::text) {
      out += part.text;
      continue;
    }
    const Json value = lookup(part.text, document, scope);
    switch (part.kind) {
      case Kind::escaped:
        append_escaped(out, template_text(value));
        break;
      case Kind::plain:
        out += template_text(value);
        break;
      case Kind::to_json:
        out += to_text(value);
        break;
      case Kind::inverted:
        if (is_false(value)) render_parts(part.inner, document, scope, out);
        break;
      case Kind::section:
        if (is_false(value)) break;
        if (value.is_array()) {
          for (const Json& one : value) {
            scope.push_back(&one);
            render_parts(part.inner, document, scope, out);
            scope.pop_back();
          }
        } else {
          scope.push_back(&value);
          render_parts(part.inner, document, scope, out);
          scope.pop_back();
        }
        break;
      case Kind::text:
        break;
    }
  }
}

std::string Template::render(const WorkDocument& document) const {
  std::string out;
  std::vector<const Json*> scope;
  render_parts(parts_, document, scope, out);
  return out;
}

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

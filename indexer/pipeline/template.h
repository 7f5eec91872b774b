#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "indexer/pipeline/document.h"

namespace tarn {

/// A text with {{field}} places, compiled. {{x}} escapes its value for JSON, {{{x}}} and {{&x}} do
/// not; a missing field gives nothing; sections over lists, objects and booleans, and {{#toJson}},
/// work as in OpenSearch's Mustache.
class Template {
 public:
  /// Throws ApiError 400 for unbalanced braces or sections, 501 for partials and changed
  /// delimiters.
  explicit Template(std::string_view text);
  std::string render(const WorkDocument& document) const;
  bool is_constant() const {
    return parts_.size() <= 1 && (parts_.empty() || parts_[0].kind == Kind::text);
  }
  /// The text of a constant template.
  std::string constant() const { return parts_.empty() ? std::string() : parts_[0].text; }

 private:
  enum class Kind { text, escaped, plain, section, inverted, to_json };
  struct Part {
    Kind kind;
    std::string text;  // the literal, or the path
    std::vector<Part> inner;
  };
  static std::vector<Part> parse(std::string_view& rest, std::string_view open_section);
  static void render_parts(const std::vector<Part>& parts, const WorkDocument& document,
                           std::vector<const Json*>& scope, std::string& out);
  static Json lookup(const std::string& path, const WorkDocument& document,
                     const std::vector<const Json*>& scope);
  std::vector<Part> parts_;
};

/// Any JSON value whose strings (and object keys) may be templates: the `value` of set and append.
class ValueTemplate {
 public:
  explicit ValueTemplate(Json value);
  Json render(const WorkDocument& document) const;
  /// A string with a template in it (which alone ignore_empty_value looks at).
  bool is_templated_text() const { return kind_ == Kind::templated; }
  bool is_constant() const { return kind_ == Kind::constant; }
  const Json& constant() const { return value_; }

 private:
  enum class Kind { constant, templated, object, array };
  Kind kind_ = Kind::constant;
  Json value_;
  std::vector<Template> text_;  // zero or one
  std::vector<std::pair<ValueTemplate, ValueTemplate>> members_;
  std::vector<ValueTemplate> elements_;
};

}  // namespace tarn

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "indexer/pipeline/document.h"
#include "indexer/script/mustache.h"

namespace tarn {

/// A text with {{field}} places over a document: its fields and metadata, `_ingest` and `_source`. See script::Mustache.
class Template {
 public:
  explicit Template(std::string_view text) : mustache_(text) {}
  std::string render(const WorkDocument& document) const {
    return mustache_.render({document.fields(), {{"_ingest", &document.ingest()}, {"_source", &document.fields()}}});
  }
  bool is_constant() const { return mustache_.is_constant(); }
  /// The text of a constant template.
  std::string constant() const { return mustache_.constant(); }

 private:
  script::Mustache mustache_;
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

#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "indexer/base/json.h"

namespace tarn::script {

/// A Mustache template, compiled; immutable. Search templates and the {{field}} places of ingest processors are the same
/// language: sections, inverted sections, {{{x}}} and {{&x}} unescaped, {{#toJson}}, {{#join}}, {{#join delimiter='x'}},
/// {{#url}}, list positions, `.size`, changed delimiters; partials are refused.
/// Follows: com.github.mustachejava and OpenSearch's CustomMustacheFactory, in words and in what whitespace stays.
class Mustache {
 public:
  enum class Escape { kJson, kNone, kUrl };

  /// Throws ApiError 400 script_exception "Failed to close 'a' tag @[query-template:1]" and the like.
  explicit Mustache(std::string_view text, Escape escape = Escape::kJson);
  /// The escape of the option "content_type"; throws 400 "No encoder found for MIME type [x]".
  static Escape escape_of(std::string_view content_type);

  /// What names mean at the outermost level: the members of `root`, `extras` before them.
  struct Scope {
    const Json& root;
    std::vector<std::pair<std::string_view, const Json*>> extras;
  };
  /// Throws ApiError 500 mustache_exception for list positions out of range, 429 circuit_breaking_exception for output over
  /// 32 MB or a million rounds of sections.
  std::string render(const Scope& scope) const;
  std::string render(const Json& params) const { return render(Scope{params, {}}); }

  /// A text without any tag.
  bool is_constant() const { return parts_.size() <= 1 && (parts_.empty() || parts_[0].kind == Kind::kText); }
  /// The text of a constant template.
  std::string constant() const { return parts_.empty() ? std::string() : parts_[0].name; }

 private:
  friend class MustacheParser;
  friend class MustacheRun;
  enum class Kind { kText, kValue, kSection, kInverted, kToJson, kJoin, kUrl, kBlock, kPartial, kNothing };
  struct Part {
    Kind kind;
    std::string name;                   ///< the path; of kText the text
    std::vector<std::string> path;      ///< `name` at its dots
    std::vector<Part> inner;
    std::string delimiter = ",";        ///< of kJoin
    bool escaped = true;                ///< of kValue
    int line = 1;
  };
  std::vector<Part> parts_;
  Escape escape_;
};

}  // namespace tarn::script

#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "indexer/base/json.h"

namespace tarn::analysis {

/// The settings of one component ("min_gram": 2 ...), read leniently as OpenSearch does: numbers and booleans may be
/// strings, a list may be one comma-separated string. Wrong values throw ApiError 400 in OpenSearch's words.
class ComponentSettings {
 public:
  ComponentSettings(std::string name, const Json& settings) : name_(std::move(name)), json_(settings) {}

  const std::string& name() const { return name_; }
  bool has(std::string_view key) const;
  std::optional<std::string> find_text(std::string_view key) const;
  std::string text(std::string_view key, std::string_view otherwise) const;
  int integer(std::string_view key, int otherwise) const;
  bool boolean(std::string_view key, bool otherwise) const;
  std::vector<std::string> list(std::string_view key) const;
  /// The words of `key`, or of `key`_path which is refused: Tarn has no config folder.
  std::optional<std::vector<std::string>> words(std::string_view key, std::string_view path_key) const;
  const Json& json() const { return json_; }

 private:
  const Json* find(std::string_view key) const;
  std::string name_;
  const Json& json_;
};

}  // namespace tarn::analysis

#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "indexer/base/json.h"

namespace tarn::analysis {

/// The lines of a file; with `words`, trimmed and without empty ones.
std::vector<std::string> split_lines(std::string_view text, bool words = true);

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
  /// As Integer.parseInt would tell of it: 400 number_format_exception.
  int plain_integer(std::string_view key, int otherwise) const;
  bool boolean(std::string_view key, bool otherwise) const;
  std::vector<std::string> list(std::string_view key) const;
  /// As list(); nullopt where there is none or a text that has no words.
  std::optional<std::vector<std::string>> find_list(std::string_view key) const;
  /// Lines of the file that `key`_path names, or else the list `key`; nullopt where neither is given.
  std::optional<std::vector<std::string>> lines(std::string_view key) const;
  /// The same without comments. `parse` sees each one; what it throws is told with the number of the line.
  std::optional<std::vector<std::string>> rules(std::string_view key, const std::function<void(const std::string&)>& parse = {}) const;
  /// The words of `key` or, where it is not given, the lines of the file of `key`_path.
  std::optional<std::vector<std::string>> words(std::string_view key) const;
  const Json& json() const { return json_; }

 private:
  const Json* find(std::string_view key) const;
  std::string name_;
  const Json& json_;
};

}  // namespace tarn::analysis

#pragma once

#include <string>
#include <vector>

#include "indexer/base/json.h"
#include "server/cli/http_client.h"

namespace tarn::cli {

/// One schema of the binary: templates, pipelines and import mapping for a kind of documents
/// (schemas/schemas.json).
class SchemaSet {
 public:
  static std::vector<std::string> names();
  /// Throws CliError kUsage for an unknown name.
  explicit SchemaSet(const std::string& name);

  const std::string& name() const { return name_; }
  const std::string& description() const { return description_; }
  const Json& import_mapping() const { return import_; }
  /// All parts, for `tarn schemas show`.
  Json show() const;

  /// Puts pipelines and templates; with an index name makes the index as well, if it is not there.
  /// Answers one line for each thing done. Settings that only Tarn has are left out where the
  /// server does not know them. Throws CliError kUnreachable.
  std::vector<std::string> apply(HttpClient& client, const std::string& index) const;

 private:
  std::string name_;
  std::string description_;
  std::string default_pipeline_;  // replaces the one of the template
  Json templates_;
  Json pipelines_;
  Json import_;
  Json document_;
  Json index_;  // settings and mappings for an index whose name no template matches
};

/// The file of schemas/ with this name, parsed.
Json embedded_json(std::string_view file);

}  // namespace tarn::cli

#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "indexer/base/json.h"
#include "server/cli/json_members.h"

namespace tarn::cli {

/// What an import changes in each document before it is sent: see schemas/README.md for the file's
/// form.
class ImportMapping {
 public:
  enum class Type { integer, number, boolean, text, list };

  ImportMapping() = default;
  /// Throws CliError kUsage for unknown members.
  explicit ImportMapping(const Json& definition);

  void set_id_field(std::string field) { id_ = std::move(field); }
  const std::string& id_field() const { return id_; }
  /// Nothing to do: documents can go as they came, unread.
  bool is_identity() const { return id_.empty() && !changes_documents(); }

  /// Appends the document to `out` on one line, and puts the value of the id field into `id`
  /// (empty: there is none). False with a reason: not a JSON object, or the id field is missing.
  bool apply(std::string_view document, std::string& out, std::string& id,
             std::string& reason) const;

  /// The type that this mapping asks for, for CSV cells; nothing where it is silent.
  std::optional<Type> type_of(std::string_view field) const;
  bool knows_types() const { return !types_.empty() || !cells_.empty(); }

 private:
  bool rewrites_members() const { return !rename_.empty() || !types_.empty() || !drop_.empty(); }
  bool changes_documents() const { return rewrites_members() || !geo_target_.empty(); }
  void rewrite(const std::vector<JsonMember>& members, std::string& out) const;
  void append_geo(const std::vector<JsonMember>& members, bool first, std::string& out) const;

  struct Hash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  template <class T>
  using Map = std::unordered_map<std::string, T, Hash, std::equal_to<>>;

  std::string id_;
  Map<std::string> rename_;
  Map<Type> types_;  // of JSON documents and cells
  Map<Type> cells_;  // of CSV cells alone
  Map<bool> drop_;
  std::string geo_target_;
  std::string latitude_;
  std::string longitude_;
};

/// Whether the text is a number in JSON's grammar (no leading zeros, no blanks).
bool is_json_number(std::string_view text);
/// Appends the cell's or text's value in the wanted type; false: it has no value (an empty cell).
/// What cannot be converted stays a text, and the server decides.
bool append_typed(std::string& out, std::string_view plain_text, ImportMapping::Type type);

}  // namespace tarn::cli

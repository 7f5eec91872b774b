#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "indexer/script/script.h"

namespace tarn::script {

/// The script of an update by query or a reindex, run over one document after the other. Keeps its working memory between
/// documents; for one thread. Follows: OpenSearch AbstractAsyncBulkByScrollAction.ScriptApplier.
class ByQueryScript {
 public:
  /// `fixed_metadata`: the script may change neither _index, _id, _version nor _routing (update by query).
  ByQueryScript(std::shared_ptr<const Script> script, const Json& params, bool fixed_metadata)
      : run_(std::move(script), params), fixed_metadata_(fixed_metadata) {}

  struct Input {
    std::string_view index, id, source;
    std::string_view routing;            ///< "": none
    int64_t version = 0;
    bool has_version = true;             ///< false: ctx._version is null (a remote source without versions)
  };
  enum class Action { kIndex, kNoop, kDelete };
  /// Something the script wrote over: nothing inside means null.
  using Change = std::optional<std::optional<std::string>>;
  struct Output {
    Action action = Action::kIndex;
    std::string source;                  ///< the new document, for kIndex
    Change index, id, routing;           ///< set where the script changed it
    std::optional<std::optional<int64_t>> version;
  };
  /// Throws ApiError 400 script_exception, 400 illegal_argument_exception "Modifying [_id] not allowed",
  /// "Operation type [x] not allowed, only [noop, index, delete] are allowed", and 500 class_cast_exception.
  Output run(const Input& input);

 private:
  void read_metadata(MapObject& ctx, const Input& input, Output& out);

  Run run_;
  bool fixed_metadata_;
};

}  // namespace tarn::script

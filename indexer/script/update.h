#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "indexer/script/script.h"

namespace tarn::script {

/// The script of an update: ctx._source of a document in, what to do with it out. Immutable; any thread may run it.
/// Follows: OpenSearch UpdateHelper, "Update document" API.
class UpdateScript {
 public:
  UpdateScript(std::shared_ptr<const Script> script, Json params) : script_(std::move(script)), params_(std::move(params)) {}

  struct Input {
    bool exists = true;            ///< false: scripted_upsert, `source` is the upsert document
    std::string_view source, index, id, routing;
    int64_t version = 0;
  };
  enum class Action { kIndex, kNone, kDelete };
  struct Output {
    Action action = Action::kIndex;
    std::string source;            ///< the new document, for kIndex
  };
  /// Throws ApiError 400 illegal_argument_exception "failed to execute script", caused by the script_exception.
  Output run(const Input& input) const;

 private:
  std::shared_ptr<const Script> script_;
  Json params_;
};

/// Compiles the script of an update, with the errors that an update shows for it.
std::shared_ptr<const UpdateScript> make_update_script(const ScriptSpec& spec, const StoredScripts* stored);

}  // namespace tarn::script

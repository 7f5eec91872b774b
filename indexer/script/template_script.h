#pragma once

#include <string>

#include "indexer/script/script.h"

namespace tarn::script {

/// Renders the template that `spec` words or names with `spec.params`: Mustache, or Painless that returns a text.
/// Throws what Mustache throws, 404 for an unknown id, 400 "script_lang not supported [x]".
std::string render_template(const ScriptSpec& spec, const StoredScripts* stored);

/// Checks the text of a template; throws as rendering would.
void check_template(const ScriptSpec& spec);

}  // namespace tarn::script

#pragma once

#include "indexer/script/script.h"

namespace tarn::script {

/// Lucene's `expression` language: arithmetic on doubles over doc['x'] and _score, no statements.
/// Throws ApiError 400 script_exception "compile error" / "link error".
std::shared_ptr<const Script> compile_expression(const std::string& source, Context context);

}  // namespace tarn::script

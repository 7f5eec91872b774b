#pragma once

#include <string>

#include "indexer/script/value.h"

namespace tarn::script {

/// Appends what to_text(to_json(value)) would give, without the tree between.
void append_json(std::string& out, const Value& value);

}  // namespace tarn::script

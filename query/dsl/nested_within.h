#pragma once

#include <string>

#include "query/tree.h"

namespace tarn::query {

/// Matches nested documents whose object at `path` around them matches `outer` (null: any), and that match `inner` (null: all).
QueryPtr nested_within(std::string path, QueryPtr outer, QueryPtr inner);

}  // namespace tarn::query

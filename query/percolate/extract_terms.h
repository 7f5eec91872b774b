#pragma once

#include <string>
#include <vector>

#include "indexer/base/json.h"
#include "indexer/mapping/mapping.h"

namespace tarn::query {

/// Terms ("field\0token") of which a document must have one to match the clause; none where that cannot be told from its
/// words alone, so that every document has to be tried. Never leaves out a document that matches.
std::vector<std::string> extract_terms(const Json& clause, const Mapping& mapping);

}  // namespace tarn::query

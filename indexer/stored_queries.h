#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "indexer/engine.h"

namespace tarn {

/// See QueryCheck (indexer/mapping/query_check.h); told the index that the document is written to.
using StoredQueryCheck = std::function<std::vector<std::string>(const Index& index, const IndexSettings& settings,
                                                                const Mapping& mapping, std::string_view text)>;

/// Who looks at the queries of percolator fields before they are stored. To be called once, before anything is written.
/// Documents that are parsed again (a crash, a rebuild) are not asked about: their queries count as matching any document.
void set_stored_query_check(Engine& engine, StoredQueryCheck check);

}  // namespace tarn

#pragma once

#include <string_view>

#include "indexer/mapping/index_settings.h"

namespace tarn::query {

/// As shard_of in query/search.h, with index.number_of_routing_shards where it is set.
int shard_of(std::string_view routing, const IndexSettings& settings);

}  // namespace tarn::query

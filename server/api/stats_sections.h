#pragma once

#include <set>
#include <string>
#include <string_view>

#include "indexer/index.h"

namespace tarn::server {

/// Sums of the figures of several indices.
IndexStats& operator+=(IndexStats& sum, const IndexStats& one);

/// Names of the metrics of _stats, as the URL gives them ("docs", "store", "indexing" ...).
const std::set<std::string, std::less<>>& stats_metrics();
/// The "primaries"/"total" object with the sections chosen (all if `metrics` is empty or holds _all).
/// What Tarn has no such thing of (fielddata, a query cache, replicas, remote stores) is zero because there is none.
Json stats_sections(const IndexStats& stats, const std::set<std::string, std::less<>>& metrics);

}  // namespace tarn::server

#pragma once

#include <string>
#include <vector>

#include "indexer/catalog.h"
#include "server/services.h"

namespace tarn::server {

/// green: every copy is there; yellow: replicas were asked for, which one node cannot hold.
enum class HealthStatus { kGreen = 0, kYellow = 1, kRed = 2 };
std::string_view health_name(HealthStatus status);
/// Throws 400 "unknown cluster health status [x]".
HealthStatus health_from_name(std::string_view name);

/// Shards of some indices: primaries are active, replicas are not.
struct ShardCounts {
  int primaries = 0;
  int unassigned = 0;
  HealthStatus status() const { return unassigned > 0 ? HealthStatus::kYellow : HealthStatus::kGreen; }
  double active_percent() const {
    return primaries + unassigned == 0 ? 100.0 : 100.0 * primaries / (primaries + unassigned);
  }
};
ShardCounts count_shards(const Index& index);
ShardCounts count_shards(const std::vector<std::shared_ptr<Index>>& indices);

}  // namespace tarn::server

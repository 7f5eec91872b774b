#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "indexer/base/json.h"

namespace tarn::server {

/// How much the searches of each statistics group ("stats" of a search) did in each index. Bounded; thread-safe.
class SearchGroups {
 public:
  struct Figures {
    uint64_t queries = 0, query_us = 0, fetches = 0, fetch_us = 0;
  };
  void count(const std::string& index_uuid, const std::vector<std::string>& groups, uint64_t query_us, uint64_t fetch_us);
  /// Adds the figures of the groups that match `patterns` to `sums`, by group.
  void add_to(const std::string& index_uuid, const std::vector<std::string>& patterns, std::map<std::string, Figures>& sums) const;
  /// The member "groups" of search statistics.
  static Json shown(const std::map<std::string, Figures>& groups);

 private:
  mutable std::mutex mutex_;
  std::map<std::string, std::map<std::string, Figures>> by_index_;  // guarded by mutex_
  size_t count_ = 0;                                                // of groups, guarded by mutex_
};

}  // namespace tarn::server

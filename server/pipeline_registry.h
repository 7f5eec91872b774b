#pragma once

#include <map>
#include <memory>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <vector>

#include "indexer/pipeline/pipeline.h"
#include "indexer/store/store.h"

namespace tarn::server {

/// The stored ingest pipelines (meta kind "pipeline"), compiled. Thread-safe.
class PipelineRegistry {
 public:
  /// Loads all; one that no longer compiles is kept as text and logged, and using it fails with the reason.
  /// `scripts` are what script processors name by id; outlives the registry.
  PipelineRegistry(Store& store, const script::StoredScripts* scripts);
  /// Null if there is none.
  std::shared_ptr<const Pipeline> find(std::string_view id) const;
  /// Validates and stores; throws what Pipeline::create throws.
  void put(const std::string& id, const Json& definition);
  bool remove(const std::string& id);
  /// Definitions whose id matches the pattern (`*` allowed), sorted by id.
  std::vector<std::pair<std::string, Json>> list(std::string_view pattern) const;
  PipelineResolver resolver() const;

 private:
  struct Entry {
    Json definition;
    std::shared_ptr<const Pipeline> pipeline;
  };
  Store& store_;
  const script::StoredScripts* scripts_;
  mutable std::shared_mutex mutex_;
  std::map<std::string, Entry, std::less<>> entries_;  // guarded by mutex_
};

}  // namespace tarn::server

#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "server/api/snapshot_store.h"
#include "server/services.h"

namespace tarn::server {

/// What a snapshot is to hold.
struct SnapshotRequest {
  std::string repository, name;
  std::string indices;                    ///< expression; "" is all
  IndicesOptions options;
  bool include_global_state = true;
  Json metadata;
};

/// What of a snapshot is to come back, and how.
struct RestoreRequest {
  std::string repository, snapshot;
  std::vector<std::string> indices;       ///< patterns; empty: all
  bool ignore_unavailable = false, include_aliases = true, include_global_state = false;
  std::string rename_pattern, rename_replacement;
  Json settings = Json::object();         ///< flat, over those of the snapshot
  std::vector<std::string> ignored_settings;
};

/// Repositories, kept in the store's metadata, and the snapshots in them. Snapshots, restores and deletions take turns.
/// Thread-safe. Follows: OpenSearch "Snapshot APIs".
class SnapshotService {
 public:
  explicit SnapshotService(Services& services) : services_(services) {}

  // Repositories: {"type", "settings"}.
  void put_repository(const std::string& name, const Json& definition, bool verify);
  /// Of "a,b*"; throws 404 repository_missing_exception.
  std::vector<std::pair<std::string, Json>> repositories(const std::string& expression) const;
  void delete_repositories(const std::string& expression);
  void verify(const std::string& repository);
  std::pair<int64_t, int64_t> clean_up(const std::string& repository);

  /// Checks name and repository and freezes the indices; `start` of the result does the work, on any thread.
  struct Job {
    std::function<SnapshotInfo()> run;
  };
  Job begin_snapshot(const SnapshotRequest& request);
  std::vector<SnapshotInfo> snapshots(const std::string& repository, const std::string& expression, bool ignore_unavailable);
  void delete_snapshots(const std::string& repository, const std::string& expression);
  void clone(const std::string& repository, const std::string& source, const std::string& target, const std::vector<std::string>& indices);

  struct RestoreJob {
    std::vector<std::string> indices;     ///< as they will be called
    int shards = 0;
    std::function<void()> run;
  };
  RestoreJob begin_restore(const RestoreRequest& request);

 private:
  SnapshotStore open(const std::string& repository) const;
  SnapshotInfo take(const SnapshotRequest& request, SnapshotInfo info, const std::vector<std::shared_ptr<Index>>& indices,
                    const std::vector<std::shared_ptr<const Searcher>>& searchers);
  void check_new_name(const SnapshotStore& store, const std::string& repository, const std::string& name) const;

  Services& services_;
  std::mutex turn_;                       ///< held while a repository is written
  mutable std::mutex mutex_;
  std::set<std::pair<std::string, std::string>> running_;  // (repository, snapshot), guarded by mutex_
};

}  // namespace tarn::server

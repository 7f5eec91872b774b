#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "indexer/base/json.h"

namespace tarn::server {

/// One index inside a snapshot: what it is made of again, and the blobs that hold its documents.
struct SnapshotIndex {
  std::string name;
  Json settings, mappings, aliases;      ///< flat settings; aliases as GET _alias shows them
  int shards = 1;
  int64_t documents = 0, bytes = 0;      ///< bytes of all its blobs
  int64_t fresh_bytes = 0, fresh_files = 0;  ///< of blobs that no earlier snapshot had
  std::vector<std::string> blobs;
};

struct SnapshotInfo {
  std::string name, uuid, state = "SUCCESS";
  int64_t start_ms = 0, end_ms = 0;
  bool include_global_state = true;
  Json metadata;                          ///< null: none
  Json global;                            ///< templates, where the global state is included
  Json streams = Json::object();          ///< data streams by name, as the catalog stores them
  std::vector<SnapshotIndex> indices;
  Json to_json() const;
  static SnapshotInfo from_json(const Json& json);
};

/// A folder of snapshots. Blobs are named by their content, so what several snapshots have in common lies there once; a list
/// of snapshots is replaced in one step once everything it names is synced, so that a snapshot killed half-way leaves the others
/// as they were. Methods throw ApiError 500 repository_exception where the disk fails. Callers take turns.
class SnapshotStore {
 public:
  SnapshotStore(std::string repository, std::filesystem::path folder);

  /// Makes the folder and proves that it can be written.
  void verify();
  std::vector<std::pair<std::string, std::string>> names() const;  ///< (name, uuid), the oldest first
  SnapshotInfo read(const std::string& uuid) const;
  void add(const SnapshotInfo& info);
  /// Removes snapshots and what nobody else uses.
  void remove(const std::vector<std::string>& names);
  /// Removes what no snapshot uses; (bytes, files).
  std::pair<int64_t, int64_t> clean_up();

  struct Blob {
    std::string name;
    int64_t bytes = 0;
    bool fresh = false;
  };
  Blob put_blob(const std::string& content);
  std::string read_blob(const std::string& name) const;

 private:
  [[noreturn]] void fail(const std::string& what) const;
  void write_file(const std::filesystem::path& path, std::string_view content) const;
  std::string read_file(const std::filesystem::path& path) const;
  void write_names(const std::vector<std::pair<std::string, std::string>>& names) const;
  std::filesystem::path info_path(const std::string& uuid) const { return folder_ / ("snap-" + uuid + ".json"); }

  const std::string repository_;
  const std::filesystem::path folder_;
};

}  // namespace tarn::server

#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "indexer/index.h"
#include "indexer/store/store.h"

namespace tarn {

/// All indices of one data directory, over one Store: opens and recovers them, takes writes, runs refreshes, flushes and
/// merges in the background. Names are exact here; aliases, wildcards and templates are the Catalog's business.
class Engine {
 public:
  struct Options {
    std::filesystem::path data_directory;     ///< store/ and indices/ below it
    size_t memory_bytes = 256 << 20;          ///< the budget of caches, write buffers, memtables and young segments
    int background_threads = 2;               ///< build, flush, merge
    std::function<void(std::string_view)> log;  ///< one line a call; may be empty
    bool flush_on_close = true;               ///< false: stop as a crash would, but in order (tests)
    uint64_t free_bytes_min = 256 << 20;      ///< less free space on the disk than this, and writes answer 429
    rocksdb::Env* store_env = nullptr;        ///< tests inject failures here
  };
  /// Opens the store, every index, and replays the oplog's tail. A damaged segment is rebuilt from rows, with a log line.
  static std::unique_ptr<Engine> open(Options options);
  /// Stops background work; flushes first if `flush_on_close` was not turned off (a crash test turns it off).
  virtual ~Engine() = default;

  virtual Store& store() = 0;

  /// Creates and stores an index. Throws 400 resource_already_exists_exception. Names were validated by the caller.
  virtual std::shared_ptr<Index> create_index(const std::string& name, std::shared_ptr<const IndexSettings> settings,
                                              const Json& mappings) = 0;
  virtual void delete_index(const std::string& name) = 0;
  virtual std::shared_ptr<Index> find(std::string_view name) const = 0;     ///< null if there is none
  virtual std::vector<std::shared_ptr<Index>> indices() const = 0;          ///< sorted by name

  struct WriteRequest {
    std::span<WriteOp> ops;
    std::string idempotency_key;   ///< "": none. A key seen in the last 24 hours returns the outcomes of then
  };
  /// Executes the operations in order: one WriteBatch, one sync (shared with concurrent requests), then they are acknowledged.
  /// Failures of single operations are in their outcomes. Throws ApiError 429 when the disk is full or the backlog too large.
  /// Blocks (slows writers) while unbuilt documents exceed their share of memory.
  virtual std::vector<WriteOutcome> write(const WriteRequest& request) = 0;

  struct CheckReport { uint64_t documents = 0; std::vector<std::string> problems; };
  /// Verifies the store against the segments (`tarn check`).
  virtual CheckReport check(const std::string& index) = 0;
  /// Builds all segments anew from rows (`tarn rebuild`).
  virtual void rebuild(const std::string& index) = 0;

  struct MemoryUse { size_t store = 0, memtables = 0, young_segments = 0, flushed_segments = 0, posting_cache = 0; };
  virtual MemoryUse memory_use() const = 0;
  /// A bounded pool for heavy work that other layers may share (parallel search over segments).
  virtual void run_in_background(std::function<void()> task) = 0;
};

}  // namespace tarn

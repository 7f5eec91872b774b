#pragma once

#include <cstdint>
#include <cstdio>
#include <string>
#include <unordered_set>

#include "indexer/base/json.h"

namespace tarn::cli {

/// Totals of an import.
struct ImportCounts {
  uint64_t created = 0;
  uint64_t updated = 0;
  uint64_t noop = 0;
  uint64_t refused = 0;
  uint64_t documents() const { return created + updated + noop + refused; }
};

/// A file beside the input that remembers which batches are done, so that a killed import can be
/// resumed. Its first line describes the import; each further one a batch with the totals and the
/// sizes of the result files behind it. A line that was cut by a kill is ignored.
class Checkpoint {
 public:
  /// `description` must be equal for a resumed import: inputs, target, batch size.
  Checkpoint(std::string path, Json description)
      : path_(std::move(path)), description_(std::move(description)) {}
  ~Checkpoint();
  Checkpoint(const Checkpoint&) = delete;
  Checkpoint& operator=(const Checkpoint&) = delete;

  /// Begins a new one, replacing the file. False: it cannot be written.
  bool begin();
  /// Reads what was done and goes on. Throws CliError kUsage if the file belongs to another import;
  /// false: there is none.
  bool resume();

  bool is_done(uint64_t batch) const { return done_.contains(batch); }
  bool has_done_any() const { return !done_.empty(); }
  const std::string& run() const { return run_; }
  const ImportCounts& counts() const { return counts_; }
  int64_t ids_size() const { return ids_size_; }
  int64_t rejects_size() const { return rejects_size_; }
  const std::string& path() const { return path_; }

  void record(uint64_t batch, const ImportCounts& totals, int64_t ids_size, int64_t rejects_size);
  /// The import is complete.
  void remove();

 private:
  std::string path_;
  Json description_;
  std::string run_;  // makes ids and idempotency keys of this import its own
  std::unordered_set<uint64_t> done_;
  ImportCounts counts_;
  int64_t ids_size_ = 0;
  int64_t rejects_size_ = 0;
  std::FILE* file_ = nullptr;
};

}  // namespace tarn::cli

#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "server/cli/bulk_sender.h"
#include "server/cli/byte_source.h"
#include "server/cli/checkpoint.h"
#include "server/cli/document_writer.h"
#include "server/cli/record_reader.h"

namespace tarn::cli {

struct ImportOptions {
  std::vector<InputFile> inputs;
  Format format = Format::detect;
  size_t batch_bytes = 4 << 20;
  size_t batch_documents = 20000;
  int concurrency = 8;
  uint64_t limit = UINT64_MAX;  ///< records to read
  std::string ids_out;  ///< empty: none; ".ndjson" in the name: JSON lines, else tab-separated
  std::string rejects;
  bool quiet = false;
  SendOptions send;
};

/// Reads inputs on one thread, cuts them into batches whose borders depend on the input alone, and
/// sends them on several. Memory is bounded by the batches under way. What is done is in the
/// checkpoint before the next batch is.
class ImportJob {
 public:
  ImportJob(Url url, ImportOptions options, const ImportMapping& mapping, DocumentWriter& writer,
            Checkpoint& checkpoint)
      : url_(std::move(url)),
        options_(std::move(options)),
        mapping_(mapping),
        writer_(writer),
        checkpoint_(checkpoint),
        limit_(options_.concurrency) {}

  /// Throws CliError if the server or an input fails on the way.
  ImportCounts run();

 private:
  struct Reject {
    uint32_t file;
    uint64_t line;
    std::string reason;
  };
  struct Batch {
    BulkBatch bulk;
    std::vector<Reject> local_rejects;  // records that could not even be sent
    uint64_t consumed = 0;              // bytes of the inputs up to its end
    bool empty() const { return bulk.items.empty() && local_rejects.empty(); }
  };

  void open_outputs();
  void read_inputs();
  void add_record(const Record& record, uint32_t file, Batch& batch);
  void hand_over(Batch& batch);
  void work();
  void commit(const Batch& batch, const std::vector<BulkResult>& results);
  void fail(std::exception_ptr error);
  std::string place(uint32_t file, uint64_t line) const;

  const Url url_;
  const ImportOptions options_;
  const ImportMapping& mapping_;
  DocumentWriter& writer_;
  Checkpoint& checkpoint_;
  ConcurrencyLimit limit_;

  uint64_t ordinal_ = 0;  // of the reading thread
  uint64_t next_batch_ = 0;

  std::mutex queue_mutex_;
  std::condition_variable queue_changed_;
  std::deque<Batch> queue_;    // guarded by queue_mutex_
  bool reading_done_ = false;  // guarded by queue_mutex_
  std::exception_ptr error_;   // guarded by queue_mutex_
  std::atomic<bool> stop_{false};

  std::mutex commit_mutex_;
  ImportCounts counts_;  // guarded by commit_mutex_
  std::FILE* ids_file_ = nullptr;
  std::FILE* rejects_file_ = nullptr;
  int64_t ids_size_ = 0;
  int64_t rejects_size_ = 0;

  // For the progress display only.
  std::atomic<uint64_t> shown_documents_{0};
  std::atomic<uint64_t> shown_refused_{0};
  std::atomic<uint64_t> shown_bytes_{0};
  std::atomic<uint64_t> consumed_{0};
};

}  // namespace tarn::cli

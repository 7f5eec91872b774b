#include "server/cli/import_job.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <thread>

#include "indexer/base/json.h"
#include "server/cli/cli_error.h"
#include "server/cli/progress.h"

namespace tarn::cli {
namespace {

constexpr size_t kQueueMax = 3;  // batches that wait; enough that no sender does

/// Opens for writing; after a resume what was written behind the last done batch is cut off.
std::FILE* open_output(const std::string& path, int64_t keep) {
  if (path.empty()) return nullptr;
  if (path == "-") return stdout;
  std::FILE* file = std::fopen(path.c_str(), keep > 0 ? "r+" : "w");
  if (file == nullptr)
    throw CliError(kUnreachable, "cannot write " + path + ": " + std::strerror(errno));
  if (keep > 0 && ftruncate(fileno(file), keep) != 0)
    throw CliError(kUnreachable, "cannot write " + path);
  std::fseek(file, 0, SEEK_END);
  return file;
}

bool is_json_lines(const std::string& path) {
  return path.find(".ndjson") != std::string::npos || path.find(".json") != std::string::npos;
}

std::string one_line(std::string text) {
  for (char& c : text) {
    if (c == '\n' || c == '\t' || c == '\r') c = ' ';
  }
  return text;
}

void write_all(std::FILE* file, const std::string& text, int64_t& size) {
  if (file == nullptr || text.empty()) return;
  if (std::fwrite(text.data(), 1, text.size(), file) != text.size() || std::fflush(file) != 0) {
    throw CliError(kUnreachable, std::string("cannot write results: ") + std::strerror(errno));
  }
  size += static_cast<int64_t>(text.size());
}

}  // namespace

void ImportJob::open_outputs() {
  ids_size_ = checkpoint_.ids_size();
  rejects_size_ = checkpoint_.rejects_size();
  ids_file_ = open_output(options_.ids_out, ids_size_);
  rejects_file_ = open_output(options_.rejects, rejects_size_);
  counts_ = checkpoint_.counts();
  shown_documents_ = counts_.documents();
  shown_refused_ = counts_.refused;
}

ImportCounts ImportJob::run() {
  open_outputs();
  uint64_t total = 0;
  for (const InputFile& input : options_.inputs) total += input.bytes;
  const uint64_t earlier = counts_.documents();
  Progress progress(options_.quiet, [this, total, earlier] {
    ProgressState state;
    state.documents = shown_documents_;
    state.earlier = earlier;
    state.refused = shown_refused_;
    state.bytes = shown_bytes_;
    state.under_way = limit_.under_way();
    if (total > 0)
      state.done = std::min(1.0, static_cast<double>(consumed_) / static_cast<double>(total));
    return state;
  });
  std::vector<std::thread> workers;
  for (int i = 0; i < options_.concurrency; ++i) workers.emplace_back([this] { work(); });
  try {
    read_inputs();
  } catch (...) {
    fail(std::current_exception());
  }
  {
    const std::lock_guard lock(queue_mutex_);
    reading_done_ = true;
  }
  queue_changed_.notify_all();
  for (std::thread& worker : workers) worker.join();
  progress.finish();
  for (std::FILE* file : {ids_file_, rejects_file_}) {
    if (file != nullptr && file != stdout) std::fclose(file);
  }
  if (error_) std::rethrow_exception(error_);
  return counts_;
}

void ImportJob::read_inputs() {
  Batch batch;
  uint64_t before = 0;
  for (uint32_t file = 0; file < options_.inputs.size() && !stop_; ++file) {
    const auto reader = open_records(options_.inputs[file].path, options_.format, mapping_);
    Record record;
    while (!stop_ && ordinal_ < options_.limit && reader->next(record)) {
      add_record(record, file, batch);
      if (batch.bulk.body.size() >= options_.batch_bytes ||
          batch.bulk.items.size() + batch.local_rejects.size() >= options_.batch_documents) {
        batch.consumed = before + reader->consumed();
        hand_over(batch);
      }
    }
    before += options_.inputs[file].bytes;
  }
  if (!batch.empty()) hand_over(batch);
}

void ImportJob::add_record(const Record& record, uint32_t file, Batch& batch) {
  std::string reason;
  const size_t begin = batch.bulk.body.size();
  if (batch.bulk.body.capacity() < options_.batch_bytes)
    batch.bulk.body.reserve(options_.batch_bytes + (64 << 10));
  if (writer_.append(record, ordinal_++, batch.bulk.body, reason)) {
    batch.bulk.items.push_back({static_cast<uint32_t>(begin),
                                static_cast<uint32_t>(batch.bulk.body.size()), file, record.line});
  } else {
    batch.local_rejects.push_back({file, record.line, std::move(reason)});
  }
}

void ImportJob::hand_over(Batch& batch) {
  batch.bulk.number = next_batch_++;
  Batch ready = std::move(batch);
  batch = Batch();
  {
    const std::lock_guard lock(commit_mutex_);
    if (checkpoint_.is_done(ready.bulk.number)) return;
  }
  std::unique_lock lock(queue_mutex_);
  queue_changed_.wait(lock, [this] { return queue_.size() < kQueueMax || stop_; });
  if (stop_) return;
  queue_.push_back(std::move(ready));
  queue_changed_.notify_all();
}

void ImportJob::work() {
  BulkSender sender(url_, options_.send, limit_, stop_);
  while (true) {
    Batch batch;
    {
      std::unique_lock lock(queue_mutex_);
      queue_changed_.wait(lock, [this] { return !queue_.empty() || reading_done_ || stop_; });
      if (stop_ || queue_.empty()) return;
      batch = std::move(queue_.front());
      queue_.pop_front();
      queue_changed_.notify_all();
    }
    try {
      const std::vector<BulkResult> results =
          batch.bulk.items.empty() ? std::vector<BulkResult>() : sender.send(batch.bulk);
      commit(batch, results);
    } catch (...) {
      fail(std::current_exception());
      return;
    }
  }
}

std::string ImportJob::place(uint32_t file, uint64_t line) const {
  return options_.inputs.size() == 1 ? std::to_string(line)
                                     : options_.inputs[file].path + ":" + std::to_string(line);
}

void ImportJob::commit(const Batch& batch, const std::vector<BulkResult>& results) {
  ImportCounts add;
  std::string ids;
  std::string rejects;
  const bool json_ids = is_json_lines(options_.ids_out);
  const bool json_rejects = is_json_lines(options_.rejects);
  const auto reject = [&](uint32_t file, uint64_t line, const std::string& reason) {
    ++add.refused;
    if (rejects_file_ == nullptr) return;
    if (json_rejects) {
      rejects += to_text(Json{{"line", place(file, line)}, {"reason", reason}}) + "\n";
    } else {
      rejects += place(file, line) + "\t" + one_line(reason) + "\n";
    }
  };
  for (size_t i = 0; i < results.size(); ++i) {
    const BulkResult& result = results[i];
    const BulkBatch::Item& item = batch.bulk.items[i];
    switch (result.kind) {
      case BulkResult::Kind::created:
        ++add.created;
        break;
      case BulkResult::Kind::updated:
        ++add.updated;
        break;
      case BulkResult::Kind::noop:
        ++add.noop;
        break;
      default:
        reject(item.file, item.line, result.reason);
    }
    if (ids_file_ == nullptr) continue;
    if (json_ids) {
      ids += "{\"line\":";
      append_json_string(ids, place(item.file, item.line));
      ids += ",\"_id\":";
      append_json_string(ids, result.id);
      ids.append(",\"result\":\"").append(result_name(result.kind)).append("\"}\n");
    } else {
      ids.append(place(item.file, item.line))
          .append("\t")
          .append(result.id)
          .append("\t")
          .append(result_name(result.kind))
          .append("\n");
    }
  }
  for (const Reject& one : batch.local_rejects) reject(one.file, one.line, one.reason);

  const std::lock_guard lock(commit_mutex_);
  counts_.created += add.created;
  counts_.updated += add.updated;
  counts_.noop += add.noop;
  counts_.refused += add.refused;
  write_all(ids_file_, ids, ids_size_);
  write_all(rejects_file_, rejects, rejects_size_);
  checkpoint_.record(batch.bulk.number, counts_, ids_size_, rejects_size_);
  shown_documents_ = counts_.documents();
  shown_refused_ = counts_.refused;
  shown_bytes_ += batch.bulk.body.size();
  consumed_ = std::max<uint64_t>(consumed_, batch.consumed);
}

void ImportJob::fail(std::exception_ptr error) {
  const std::lock_guard lock(queue_mutex_);
  if (!error_) error_ = std::move(error);
  stop_ = true;
  queue_changed_.notify_all();
}

}  // namespace tarn::cli

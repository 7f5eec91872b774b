#pragma once

#include <rocksdb/env.h>

#include <atomic>
#include <filesystem>
#include <map>
#include <mutex>
#include <string>

namespace tarn {

/// An environment below RocksDB that fails the nth write or sync and every one after it until it is healed, and that can
/// throw away what was never synced, as a power cut does.
class FaultyEnv : public rocksdb::EnvWrapper {
 public:
  FaultyEnv() : rocksdb::EnvWrapper(rocksdb::Env::Default()) {}

  void fail_at(int64_t operation, rocksdb::Status status) {
    std::lock_guard lock(mutex_);
    status_ = std::move(status);
    operations_ = 0;
    fail_at_ = operation;
  }
  void heal() { fail_at_ = INT64_MAX; }
  bool failed() const { return operations_ >= fail_at_; }
  int64_t operations() const { return operations_; }

  /// Cuts every file back to what was synced of it. The database must be closed.
  void drop_unsynced() {
    std::lock_guard lock(mutex_);
    for (const auto& [path, size] : synced_) {
      std::error_code error;
      if (std::filesystem::exists(path, error) && std::filesystem::file_size(path, error) > size) {
        std::filesystem::resize_file(path, size, error);
      }
    }
  }

  rocksdb::Status NewWritableFile(const std::string& path, std::unique_ptr<rocksdb::WritableFile>* out,
                                  const rocksdb::EnvOptions& options) override {
    rocksdb::Status status = check();
    if (!status.ok()) return status;
    std::unique_ptr<rocksdb::WritableFile> file;
    status = rocksdb::EnvWrapper::NewWritableFile(path, &file, options);
    if (!status.ok()) return status;
    {
      std::lock_guard lock(mutex_);
      synced_[path] = 0;
    }
    *out = std::make_unique<File>(*this, path, std::move(file));
    return status;
  }
  rocksdb::Status RenameFile(const std::string& from, const std::string& to) override {
    const rocksdb::Status status = rocksdb::EnvWrapper::RenameFile(from, to);
    std::lock_guard lock(mutex_);
    if (const auto it = synced_.find(from); status.ok() && it != synced_.end()) {
      synced_[to] = it->second;
      synced_.erase(it);
    }
    return status;
  }

 private:
  rocksdb::Status check() {
    const int64_t now = ++operations_;
    if (now < fail_at_) return rocksdb::Status::OK();
    std::lock_guard lock(mutex_);
    return status_;
  }

  class File final : public rocksdb::WritableFileWrapper {
   public:
    File(FaultyEnv& env, std::string path, std::unique_ptr<rocksdb::WritableFile> file)
        : rocksdb::WritableFileWrapper(file.get()), env_(env), path_(std::move(path)), file_(std::move(file)) {}
    rocksdb::Status Append(const rocksdb::Slice& data) override {
      rocksdb::Status status = env_.check();
      if (status.ok()) {
        size_ += data.size();
        return file_->Append(data);
      }
      // A write that fails may still leave a part behind.
      const size_t half = data.size() / 2;
      if (file_->Append(rocksdb::Slice(data.data(), half)).ok()) size_ += half;
      return status;
    }
    rocksdb::Status Append(const rocksdb::Slice& data, const rocksdb::DataVerificationInfo&) override {
      return Append(data);
    }
    rocksdb::Status Sync() override { return synced(&rocksdb::WritableFile::Sync); }
    rocksdb::Status Fsync() override { return synced(&rocksdb::WritableFile::Fsync); }

   private:
    rocksdb::Status synced(rocksdb::Status (rocksdb::WritableFile::*call)()) {
      rocksdb::Status status = env_.check();
      if (!status.ok()) return status;
      const uint64_t size = size_;
      status = (file_.get()->*call)();
      if (status.ok()) {
        std::lock_guard lock(env_.mutex_);
        const auto it = env_.synced_.find(path_);
        if (it != env_.synced_.end()) it->second = std::max(it->second, size);
      }
      return status;
    }
    FaultyEnv& env_;
    const std::string path_;
    std::unique_ptr<rocksdb::WritableFile> file_;
    std::atomic<uint64_t> size_{0};
  };

  std::atomic<int64_t> operations_{0}, fail_at_{INT64_MAX};
  std::mutex mutex_;
  rocksdb::Status status_;
  std::map<std::string, uint64_t> synced_;
};

}  // namespace tarn

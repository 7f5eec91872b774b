#include "server/cli/byte_source.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "server/cli/cli_error.h"

namespace tarn::cli {
namespace {

constexpr size_t kStep = 1 << 20;

class RawSource : public ByteSource {
 public:
  explicit RawSource(const std::string& path) : path_(path) {
    if (path == "-") {
      file_ = STDIN_FILENO;
      return;
    }
    file_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (file_ < 0)
      throw CliError(kUnreachable, "cannot open " + path + ": " + std::strerror(errno));
    posix_fadvise(file_, 0, 0, POSIX_FADV_SEQUENTIAL);
  }
  ~RawSource() override {
    if (file_ > STDERR_FILENO) ::close(file_);
  }
  RawSource(const RawSource&) = delete;
  RawSource& operator=(const RawSource&) = delete;

  bool read(std::string& out) override {
    const size_t before = out.size();
    out.resize(before + kStep);
    ssize_t count = 0;
    do {
      count = ::read(file_, out.data() + before, kStep);
    } while (count < 0 && errno == EINTR);
    out.resize(before + static_cast<size_t>(std::max<ssize_t>(count, 0)));
    if (count < 0)
      throw CliError(kUnreachable, "cannot read " + path_ + ": " + std::strerror(errno));
    consumed_ += static_cast<uint64_t>(count);
    return count > 0;
  }
  uint64_t consumed() const override { return consumed_; }

 private:
  std::string path_;
  int file_ = -1;
  uint64_t consumed_ = 0;
};

/// A source that gives back what was read to look at its beginning.
class PeekedSource : public ByteSource {
 public:
  explicit PeekedSource(std::unique_ptr<ByteSource> inner) : inner_(std::move(inner)) {
    while (head_.size() < 4 && inner_->read(head_)) {
    }
  }
  const std::string& head() const { return head_; }
  bool read(std::string& out) override {
    if (!head_.empty()) {
      out += head_;
      head_ = std::string();
      return true;
    }
    return inner_->read(out);
  }
  uint64_t consumed() const override { return inner_->consumed(); }

 private:
  std::unique_ptr<ByteSource> inner_;
  std::string head_;
};

class GzipSource : public ByteSource {
 public:
  GzipSource(std::unique_ptr<ByteSource> inner, std::string path)
      : inner_(std::move(inner)), path_(std::move(path)) {
    if (inflateInit2(&stream_, 15 + 32) != Z_OK)
      throw CliError(kUnreachable, "zlib does not start");
  }
  ~GzipSource() override { inflateEnd(&stream_); }
  GzipSource(const GzipSource&) = delete;
  GzipSource& operator=(const GzipSource&) = delete;

  bool read(std::string& out) override {
    const size_t before = out.size();
    while (out.size() == before) {
      if (stream_.avail_in == 0) {
        packed_.clear();
        if (!inner_->read(packed_)) {
          if (!at_end_) throw CliError(kUnreachable, path_ + " ends in the middle of gzip data");
          return false;
        }
        stream_.next_in = reinterpret_cast<Bytef*>(packed_.data());
        stream_.avail_in = static_cast<uInt>(packed_.size());
      }
      if (at_end_) {  // another member follows
        inflateReset(&stream_);
        at_end_ = false;
      }
      out.resize(before + kStep);
      stream_.next_out = reinterpret_cast<Bytef*>(out.data() + before);
      stream_.avail_out = kStep;
      const int result = inflate(&stream_, Z_NO_FLUSH);
      out.resize(before + kStep - stream_.avail_out);
      if (result == Z_STREAM_END) {
        at_end_ = true;
      } else if (result != Z_OK && result != Z_BUF_ERROR) {
        throw CliError(kUnreachable, path_ + " is broken gzip data");
      }
    }
    return true;
  }
  uint64_t consumed() const override { return inner_->consumed(); }

 private:
  std::unique_ptr<ByteSource> inner_;
  std::string path_;
  z_stream stream_{};
  std::string packed_;
  bool at_end_ = false;
};

class ZstdSource : public ByteSource {
 public:
  ZstdSource(std::unique_ptr<ByteSource> inner, std::string path)
      : inner_(std::move(inner)),
        path_(std::move(path)),
        stream_(ZSTD_createDStream(), ZSTD_freeDStream) {
    ZSTD_DCtx_setParameter(stream_.get(), ZSTD_d_windowLogMax, 31);  // files packed with --long
  }

  bool read(std::string& out) override {
    const size_t before = out.size();
    while (out.size() == before) {
      if (input_.pos == input_.size) {
        packed_.clear();
        if (!inner_->read(packed_)) {
          if (in_frame_) throw CliError(kUnreachable, path_ + " ends in the middle of zstd data");
          return false;
        }
        input_ = {packed_.data(), packed_.size(), 0};
      }
      out.resize(before + kStep);
      ZSTD_outBuffer output{out.data() + before, kStep, 0};
      const size_t result = ZSTD_decompressStream(stream_.get(), &output, &input_);
      out.resize(before + output.pos);
      if (ZSTD_isError(result) != 0)
        throw CliError(kUnreachable, path_ + " is broken zstd data: " + ZSTD_getErrorName(result));
      in_frame_ = result != 0;
    }
    return true;
  }
  uint64_t consumed() const override { return inner_->consumed(); }

 private:
  std::unique_ptr<ByteSource> inner_;
  std::string path_;
  std::unique_ptr<ZSTD_DStream, size_t (*)(ZSTD_DStream*)> stream_;
  std::string packed_;
  ZSTD_inBuffer input_{nullptr, 0, 0};
  bool in_frame_ = false;
};

bool is_data_file(const std::string& name) {
  for (const char* ending : {".ndjson", ".jsonl", ".json", ".csv", ".tsv"}) {
    for (const char* packing : {"", ".gz", ".zst"}) {
      if (name.ends_with(std::string(ending) + packing)) return true;
    }
  }
  return false;
}

InputFile describe(const std::string& path) {
  InputFile out{path, 0, 0};
  if (path == "-") return out;
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0)
    throw CliError(kUnreachable, "cannot open " + path + ": " + std::strerror(errno));
  out.bytes = static_cast<uint64_t>(status.st_size);
  out.modified_ns =
      static_cast<int64_t>(status.st_mtim.tv_sec) * 1000000000 + status.st_mtim.tv_nsec;
  return out;
}

}  // namespace

std::unique_ptr<ByteSource> open_source(const std::string& path) {
  auto peeked = std::make_unique<PeekedSource>(std::make_unique<RawSource>(path));
  const std::string& head = peeked->head();
  if (head.starts_with("\x1f\x8b")) return std::make_unique<GzipSource>(std::move(peeked), path);
  if (head.starts_with("\x28\xb5\x2f\xfd"))
    return std::make_unique<ZstdSource>(std::move(peeked), path);
  return peeked;
}

std::vector<InputFile> list_inputs(const std::vector<std::string>& paths) {
  namespace fs = std::filesystem;
  std::vector<InputFile> out;
  for (const std::string& path : paths) {
    std::error_code error;
    if (path == "-" || !fs::is_directory(path, error)) {
      out.push_back(describe(path));
      continue;
    }
    std::vector<std::string> found;
    for (auto it = fs::recursive_directory_iterator(path, error);
         !error && it != fs::recursive_directory_iterator(); it.increment(error)) {
      if (it->is_regular_file(error) && is_data_file(it->path().filename().string()))
        found.push_back(it->path().string());
    }
    if (found.empty()) throw CliError(kUnreachable, "no ndjson, json, csv or tsv files in " + path);
    std::sort(found.begin(), found.end());
    for (const std::string& file : found) out.push_back(describe(file));
  }
  return out;
}

}  // namespace tarn::cli

#include "indexer/segment/file_io.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "indexer/base/error.h"

namespace tarn::segment {
namespace {

constexpr char kHeaderMagic[8] = {'T', 'A', 'R', 'N', 'S', 'E', 'G', '1'};
constexpr char kFooterMagic[8] = {'T', 'A', 'R', 'N', 'E', 'N', 'D', '1'};
constexpr uint64_t kVersion = 1;
constexpr size_t kPartAlignment = 64;

struct FileHeader {
  char magic[8];
  uint64_t version;
};
struct FileFooter {
  uint64_t directory_offset;
  uint64_t directory_size;
  uint64_t directory_sum;
  uint64_t file_size;
  char magic[8];
};

/// A file descriptor that closes itself.
class File {
 public:
  File(const std::filesystem::path& path, int flags, std::string_view action)
      : fd_(::open(path.c_str(), flags | O_CLOEXEC, 0644)) {
    if (fd_ < 0) throw_io(path, action, errno);
  }
  ~File() { ::close(fd_); }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  int fd() const { return fd_; }

 private:
  int fd_;
};

}  // namespace

void throw_io(const std::filesystem::path& path, std::string_view action, int error) {
  throw ApiError(500, "i_o_exception",
                 fmt::format("{} [{}]: {}", action, path.string(), std::generic_category().message(error)));
}

Blob map_file(const std::filesystem::path& path) {
  File file(path, O_RDONLY, "cannot open");
  struct stat status;
  if (::fstat(file.fd(), &status) != 0) throw_io(path, "cannot stat", errno);
  const size_t size = static_cast<size_t>(status.st_size);
  Blob blob;
  blob.origin = path.string();
  blob.mapped = true;
  if (size == 0) return blob;
  void* data = ::mmap(nullptr, size, PROT_READ, MAP_SHARED, file.fd(), 0);
  if (data == MAP_FAILED) throw_io(path, "cannot map", errno);
  blob.owner = std::shared_ptr<const void>(data, [size](const void* p) { ::munmap(const_cast<void*>(p), size); });
  blob.data = static_cast<const char*>(data);
  blob.size = size;
  return blob;
}

void release_pages(const Blob& blob) {
  if (!blob.mapped || blob.size == 0) return;
  static const auto page = static_cast<uintptr_t>(::sysconf(_SC_PAGESIZE));
  const auto begin = reinterpret_cast<uintptr_t>(blob.data) & ~(page - 1);
  const auto end = reinterpret_cast<uintptr_t>(blob.data) + blob.size;
  ::madvise(reinterpret_cast<void*>(begin), end - begin, MADV_DONTNEED);  // shared and read-only: nothing is lost
}

void sync_directory(const std::filesystem::path& path) {
  File file(path, O_RDONLY | O_DIRECTORY, "cannot open");
  if (::fsync(file.fd()) != 0) throw_io(path, "cannot sync", errno);
}

PartFileWriter::PartFileWriter(std::filesystem::path path) : path_(std::move(path)) {
  fd_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (fd_ < 0) throw_io(path_, "cannot create", errno);
  FileHeader header{{}, kVersion};
  std::memcpy(header.magic, kHeaderMagic, 8);
  write(&header, sizeof(header));
}

PartFileWriter::~PartFileWriter() {
  if (fd_ >= 0) ::close(fd_);
}

void PartFileWriter::write(const void* data, size_t size) {
  const char* p = static_cast<const char*>(data);
  written_ += size;
  while (size > 0) {
    const ssize_t n = ::write(fd_, p, size);
    if (n < 0) {
      if (errno == EINTR) continue;
      throw_io(path_, "cannot write", errno);
    }
    p += n;
    size -= static_cast<size_t>(n);
  }
}

void PartFileWriter::pad() {
  static constexpr char zeros[kPartAlignment] = {};
  write(zeros, (kPartAlignment - written_ % kPartAlignment) % kPartAlignment);
}

void PartFileWriter::add(PartKind kind, std::string_view name, const Blob& blob) {
  pad();
  entries_.push_back({kind, std::string(name), written_, blob.size, checksum(blob.data, blob.size)});
  write(blob.data, blob.size);
}

void PartFileWriter::finish() {
  pad();
  BlobWriter out;
  out.put<uint64_t>(entries_.size());
  for (const Entry& entry : entries_) {
    out.put(static_cast<uint32_t>(entry.kind));
    out.put(static_cast<uint32_t>(entry.name.size()));
    out.put(entry.offset);
    out.put(entry.size);
    out.put(entry.sum);
    out.append(entry.name.data(), entry.name.size());
    out.align();
  }
  FileFooter footer{written_, out.size(), checksum(out.data(), out.size()), 0, {}};
  std::memcpy(footer.magic, kFooterMagic, 8);
  write(out.data(), out.size());
  footer.file_size = written_ + sizeof(footer);
  write(&footer, sizeof(footer));
  if (::fsync(fd_) != 0) throw_io(path_, "cannot sync", errno);
  if (::close(std::exchange(fd_, -1)) != 0) throw_io(path_, "cannot close", errno);
}

std::vector<Part> read_parts(const std::filesystem::path& path, bool deep) {
  const Blob file = map_file(path);
  BlobReader reader(file);
  if (file.size < sizeof(FileHeader) + sizeof(FileFooter)) reader.fail("file too short");
  const auto header = reader.get<FileHeader>();
  if (std::memcmp(header.magic, kHeaderMagic, 8) != 0 || header.version != kVersion) reader.fail("bad file header");
  reader.seek(file.size - sizeof(FileFooter));
  const auto footer = reader.get<FileFooter>();
  if (std::memcmp(footer.magic, kFooterMagic, 8) != 0 || footer.file_size != file.size) reader.fail("bad file footer");
  const uint64_t directory_limit = file.size - sizeof(FileFooter);
  if (footer.directory_offset > directory_limit ||
      footer.directory_size != directory_limit - footer.directory_offset ||
      checksum(file.data + footer.directory_offset, footer.directory_size) != footer.directory_sum) {
    reader.fail("checksum failed: directory");
  }
  reader.seek(footer.directory_offset);
  const auto count = reader.get<uint64_t>();
  std::vector<Part> parts;
  for (uint64_t i = 0; i < count; ++i) {
    Part part;
    part.kind = static_cast<PartKind>(reader.get<uint32_t>());
    const auto name_size = reader.get<uint32_t>();
    const auto offset = reader.get<uint64_t>();
    const auto size = reader.get<uint64_t>();
    part.sum = reader.get<uint64_t>();
    part.name.assign(reader.take(name_size), name_size);
    reader.align();
    if (offset % kPartAlignment != 0 || offset > footer.directory_offset || size > footer.directory_offset - offset) {
      reader.fail("part out of range");
    }
    part.blob = file;
    part.blob.data = file.data + offset;
    part.blob.size = size;
    if (deep) {
      verify(part.blob, part.sum, part.name);
      release_pages(part.blob);
    }
    parts.push_back(std::move(part));
  }
  return parts;
}

void verify(const Blob& blob, uint64_t sum, std::string_view name) {
  if (checksum(blob.data, blob.size) != sum) {
    throw_corrupt(blob.origin, "checksum failed: part [" + std::string(name) + "]");
  }
}

}  // namespace tarn::segment

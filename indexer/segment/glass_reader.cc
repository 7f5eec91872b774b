#include "indexer/segment/glass_reader.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>

#include "indexer/segment/blob.h"
#include "indexer/segment/file_io.h"

namespace tarn::segment {
namespace {

constexpr size_t kDirectory = 11;
constexpr uint32_t kLevelsMax = 10;
constexpr uint8_t kWhole = 0x60, kFlags = 0xe0;   // of an item: first and last component, not compressed
constexpr std::string_view kMagic("\x0f\x0dXapian Glass", 14);

size_t get16(const uint8_t* p) { return static_cast<size_t>(p[0]) << 8 | p[1]; }
uint32_t get32(const uint8_t* p) { return static_cast<uint32_t>(get16(p) << 16 | get16(p + 2)); }

/// unpack_uint of Xapian; false at the end of the bytes.
bool unpack(const uint8_t*& p, const uint8_t* end, uint64_t& out) {
  out = 0;
  for (int shift = 0; p < end && shift < 64; shift += 7) {
    const uint8_t byte = *p++;
    out |= static_cast<uint64_t>(byte & 0x7f) << shift;
    if (byte < 0x80) return true;
  }
  return false;
}

/// unpack_uint_preserving_sort, of all of `text`.
bool unpack_sorted(std::string_view text, uint64_t& out) {
  if (text.size() < 2) return false;
  out = static_cast<uint8_t>(text[0]);
  size_t size = 2;
  if (out >= 0x80) {   // as many more bytes as it has leading ones
    if (out == 0xff) return false;
    size = static_cast<size_t>(__builtin_clz(~static_cast<uint32_t>(out) << 24)) + 2;
    out &= 0xffu >> (size - 1);
  }
  if (text.size() != size || size > 6) return false;
  for (size_t i = 1; i < size; ++i) out = out << 8 | static_cast<uint8_t>(text[i]);
  return true;
}

/// A block of the B-tree whose directory has been checked.
class Block {
 public:
  Block(const uint8_t* bytes, size_t size) : bytes_(bytes), size_(size), end_(get16(bytes + 9)) {}
  bool valid(uint32_t level) const { return bytes_[4] == level && end_ >= kDirectory + 2 && end_ <= size_ && end_ % 2 == 1; }
  size_t count() const { return (end_ - kDirectory) / 2; }
  /// Bytes of item i, at least `least` of them; empty if it leaves the block.
  std::string_view item(size_t i, size_t least) const {
    const size_t offset = get16(bytes_ + kDirectory + 2 * i);
    if (offset < end_ || offset + least > size_) return {};
    return {reinterpret_cast<const char*>(bytes_) + offset, size_ - offset};
  }

 private:
  const uint8_t* bytes_;
  size_t size_, end_;
};

const uint8_t* bytes_of(std::string_view text) { return reinterpret_cast<const uint8_t*>(text.data()); }

std::string escaped(std::string_view term) {
  std::string out;
  out.reserve(term.size() + 4);
  for (const char c : term) {
    out.push_back(c);
    if (c == '\0') out.push_back('\xff');
  }
  return out;
}

}  // namespace

GlassReader::GlassReader(std::filesystem::path file) : file_(std::move(file)) {
  fd_ = ::open(file_.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd_ < 0) throw_io(file_, "cannot open", errno);
  try {
    struct stat status;
    if (::fstat(fd_, &status) != 0) throw_io(file_, "cannot stat", errno);
    file_bytes_ = static_cast<uint64_t>(status.st_size);
    std::vector<uint8_t> version(kBlockBytes);
    read_at(0, kBlockBytes, version.data());
    const uint8_t* at = version.data() + kMagic.size() + 2 + 16;   // format, unique number
    const uint8_t* end = version.data() + kBlockBytes;
    uint64_t revision, root, level, items, block_size;
    if (std::memcmp(version.data(), kMagic.data(), kMagic.size()) != 0 || !unpack(at, end, revision) || !unpack(at, end, root) ||
        !unpack(at, end, level) || !unpack(at, end, items) || !unpack(at, end, block_size) || block_size << 11 != kBlockBytes ||
        (level & 3) != 0 || level >> 2 >= kLevelsMax || root > UINT32_MAX) {
      fail("bad version block");
    }
    root_ = static_cast<uint32_t>(root);
    level_ = static_cast<uint32_t>(level >> 2);
  } catch (...) {
    ::close(fd_);
    throw;
  }
}

GlassReader::~GlassReader() { ::close(fd_); }

void GlassReader::fail(std::string_view what) const { throw_corrupt(file_.string(), "text index: " + std::string(what)); }

void GlassReader::read_at(uint64_t offset, size_t size, uint8_t* out) const {
  if (offset > file_bytes_ || size > file_bytes_ - offset) fail("block behind the end");
  while (size > 0) {
    const ssize_t n = ::pread(fd_, out, size, static_cast<off_t>(offset));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) throw_io(file_, "cannot read", errno);
    if (n == 0) fail("file is shorter than it was");
    out += n;
    offset += static_cast<uint64_t>(n);
    size -= static_cast<size_t>(n);
  }
}

uint32_t GlassReader::find_leaf(std::string_view key) const {
  uint8_t bytes[kBlockBytes];
  uint32_t block = root_;
  for (uint32_t level = level_; level > 0; --level) {
    read_at(uint64_t{block} * kBlockBytes, kBlockBytes, bytes);
    const Block branch(bytes, kBlockBytes);
    if (!branch.valid(level)) fail("bad branch");
    size_t low = 0, high = branch.count();   // the last item whose key is not above; the first one's counts as least of all
    while (high - low > 1) {
      const size_t middle = low + (high - low) / 2;
      const std::string_view item = branch.item(middle, 7);
      const size_t key_bytes = item.empty() ? 0 : static_cast<uint8_t>(item[4]);
      if (item.empty() || key_bytes + 7 > item.size()) fail("bad branch item");
      if (item.substr(5, key_bytes) <= key) low = middle; else high = middle;
    }
    const std::string_view item = branch.item(low, 7);
    if (item.empty()) fail("bad branch item");
    block = get32(bytes_of(item));
  }
  return block;
}

/// The items of leaves from one on, read ahead.
class GlassReader::Leaves {
 public:
  Leaves(const GlassReader& reader, uint32_t block, size_t ahead_bytes) : reader_(reader), next_block_(block) {
    ahead_ = std::clamp<size_t>((ahead_bytes + kBlockBytes - 1) / kBlockBytes, 1, kReadAheadMax / kBlockBytes);
    load();
  }
  /// To the first item of the leaf that is not below `key`.
  void seek(std::string_view key) {
    size_t low = 0, high = count_;
    while (low < high) {
      const size_t middle = low + (high - low) / 2;
      at_ = middle;
      if (this->key() < key) low = middle + 1; else high = middle;
    }
    at_ = low;
  }
  /// False past the last item of the leaf.
  bool here() const { return at_ < count_; }
  /// To the next item, into the next leaf.
  void next() {
    if (++at_ == count_) load();
  }
  std::string_view key() const { return item().substr(3, static_cast<uint8_t>(item()[2])); }
  std::string_view tag() const { return item().substr(3 + static_cast<uint8_t>(item()[2])); }

 private:
  std::string_view item() const {
    const std::string_view item = Block(leaf(), kBlockBytes).item(at_, 3);
    if (item.empty()) reader_.fail("bad item");
    const uint8_t* p = bytes_of(item);
    const size_t size = get16(p) & (kFlags << 8 ^ 0xffff);
    if ((p[0] & kFlags) != kWhole || size < p[2] || size + 3 > item.size()) reader_.fail("bad item");
    return item.substr(0, size + 3);
  }
  const uint8_t* leaf() const { return bytes_.get() + leaf_ * kBlockBytes; }
  void load() {
    if (++leaf_ >= loaded_) {
      const uint64_t blocks = reader_.file_bytes_ / kBlockBytes;
      if (next_block_ >= blocks) reader_.fail("list without end");
      loaded_ = std::min<size_t>(ahead_, blocks - next_block_);
      if (bytes_ == nullptr) bytes_.reset(new uint8_t[ahead_ * kBlockBytes]);
      reader_.read_at(next_block_ * kBlockBytes, loaded_ * kBlockBytes, bytes_.get());
      next_block_ += loaded_;
      leaf_ = 0;
    }
    const Block block(leaf(), kBlockBytes);
    if (!block.valid(0)) reader_.fail("bad leaf");
    count_ = block.count();
    at_ = 0;
  }

  const GlassReader& reader_;
  uint64_t next_block_;
  size_t ahead_;
  std::unique_ptr<uint8_t[]> bytes_;   // ahead_ blocks
  size_t leaf_ = SIZE_MAX - 1, loaded_ = 0;   // the first load() reads
  size_t count_ = 0, at_ = 0;
};

bool GlassReader::decode(std::string_view tag, bool first_chunk, uint64_t first_doc, Sink& sink) const {
  const uint8_t* p = bytes_of(tag);
  const uint8_t* const end = p + tag.size();
  uint64_t entries, total, span, value;
  if (first_chunk && (!unpack(p, end, entries) || !unpack(p, end, total) || !unpack(p, end, first_doc))) fail("bad list");
  if (p == end) fail("bad chunk");
  const bool last = *p++ == '1';
  if (!unpack(p, end, span) || first_doc < sink.least || first_doc + span >= sink.doc_count) fail("a posting list does not fit");
  LocalDocId* docs = sink.list.docs.data();
  uint16_t* freqs = sink.list.freqs.data();
  uint8_t* norms = sink.list.norms.data();
  const size_t capacity = sink.list.docs.size();
  size_t size = sink.size;
  uint64_t doc = first_doc;
  if (!unpack(p, end, value)) fail("bad chunk");
  while (true) {
    if (size == capacity) fail("a posting list does not fit its dictionary");
    docs[size] = static_cast<LocalDocId>(doc);
    freqs[size] = static_cast<uint16_t>(value >> 8);
    norms[size++] = static_cast<uint8_t>(value);
    if (p == end) break;
    if (end - p >= 16) {
      uint64_t word;
      std::memcpy(&word, p, 8);
      if ((word & 0x80) == 0) {
        doc += (word & 0x7f) + 1;
        word >>= 8;
        p += 1;
      } else if ((word & 0x8000) == 0) {
        doc += ((word & 0x7f) | (word >> 1 & 0x3f80)) + 1;
        word >>= 16;
        p += 2;
      } else {
        unpack(p, end, value);   // at most 10 of 16 bytes
        doc += value + 1;
        std::memcpy(&word, p, 6);
      }
      if ((word & 0x8080) == 0x80) {   // frequencies up to 63
        value = (word & 0x7f) | (word >> 1 & 0x3f80);
        p += 2;
        continue;
      }
    } else {
      if (!unpack(p, end, value)) fail("bad chunk");
      doc += value + 1;
    }
    if (!unpack(p, end, value)) fail("bad chunk");
  }
  if (doc != first_doc + span) fail("bad chunk");
  sink.size = size;
  sink.least = doc + 1;
  return last;
}

void GlassReader::read(std::string_view term, uint32_t doc_freq, uint32_t doc_count, PostingList& out) const {
  out.docs.resize(doc_freq);
  out.freqs.resize(doc_freq);
  out.norms.resize(doc_freq);
  const std::string key = escaped(term);
  // Three or four bytes a posting; a leaf may begin with other terms.
  Leaves leaves(*this, find_leaf(key), kBlockBytes + size_t{doc_freq} * 4);
  leaves.seek(key);
  if (!leaves.here() || leaves.key() != key) fail("a term of the dictionary is missing");
  Sink sink{out, doc_count};
  bool last = decode(leaves.tag(), true, 0, sink);
  while (!last) {
    leaves.next();
    const std::string_view next = leaves.key();
    uint64_t docid;
    if (!next.starts_with(key) || next.size() == key.size() || next[key.size()] != '\0' ||
        !unpack_sorted(next.substr(key.size() + 1), docid) || docid == 0) {
      fail("list without end");
    }
    last = decode(leaves.tag(), false, docid - 1, sink);
  }
  if (sink.size != doc_freq) fail("a posting list does not fit its dictionary");
}

}  // namespace tarn::segment

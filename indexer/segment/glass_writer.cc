#include "indexer/segment/glass_writer.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <random>

#include "indexer/base/check.h"
#include "indexer/segment/file_io.h"

namespace tarn::segment {
namespace {

constexpr uint32_t kNoLength = UINT32_MAX;
constexpr size_t kChunkMax = 1700;        // data of an item; with key and headers it must stay below a quarter of a block
constexpr size_t kChunkMin = 96;          // rather begin a new block than an item with less
constexpr size_t kHeaderMax = 24;         // entries, total, first document, last flag, distance to the last document
constexpr size_t kPostingMax = 10;        // two varints of 32 bits
constexpr size_t kItemOverhead = 2 + 3;   // directory entry; size and key length
constexpr size_t kBufferBytes = 1 << 20;
constexpr uint8_t kLastComponent = 0x40, kFirstComponent = 0x20;

void put16(uint8_t* p, size_t value) {
  p[0] = static_cast<uint8_t>(value >> 8);
  p[1] = static_cast<uint8_t>(value);
}

void put32(uint8_t* p, uint32_t value) {
  put16(p, value >> 16);
  put16(p + 2, value & 0xffff);
}

/// pack_uint of Xapian.
template <class Integer>
void pack(std::string& out, Integer value) {
  while (value >= 128) {
    out.push_back(static_cast<char>(value | 0x80));
    value >>= 7;
  }
  out.push_back(static_cast<char>(value));
}

/// pack_uint_preserving_sort of Xapian.
void pack_sorted(std::string& out, uint32_t value) {
  if (value < 0x8000) {
    out.push_back(static_cast<char>(value >> 8));
    out.push_back(static_cast<char>(value));
    return;
  }
  const size_t length = (32 + 5 - static_cast<size_t>(__builtin_clz(value))) / 7;
  const uint32_t mask = 0xffu << (10 - length);
  char bytes[8];
  uint64_t rest = value;
  for (size_t i = 1; i < length; ++i, rest >>= 8) bytes[length - i] = static_cast<char>(rest);
  bytes[0] = static_cast<char>(rest | mask);
  out.append(bytes, length);
}

/// pack_string_preserving_sort of Xapian, without its end.
std::string escaped(std::string_view term) {
  std::string out;
  out.reserve(term.size() + 12);
  for (const char c : term) {
    out.push_back(c);
    if (c == '\0') out.push_back('\xff');
  }
  return out;
}

}  // namespace

void GlassWriter::Leaf::reset() {
  bytes_.assign(kBlockBytes, 0);
  end_ = kDirectory;
  low_ = kBlockBytes;
}

uint8_t* GlassWriter::Leaf::place(size_t size) {
  CHECK(size + 2 <= room());
  low_ -= size;
  put16(bytes_.data() + end_, low_);
  end_ += 2;
  return bytes_.data() + low_;
}

void GlassWriter::Leaf::add(std::string_view key, std::string_view tag) {
  const size_t size = 3 + key.size() + tag.size();
  uint8_t* p = place(size);
  put16(p, size - 3);
  p[0] |= kLastComponent | kFirstComponent;
  p[2] = static_cast<uint8_t>(key.size());
  std::memcpy(p + 3, key.data(), key.size());
  std::memcpy(p + 3 + key.size(), tag.data(), tag.size());
}

void GlassWriter::Leaf::add_null() { add("", ""); }

void GlassWriter::Leaf::add_branch(std::string_view key, uint32_t block, uint16_t component) {
  uint8_t* p = place(4 + 1 + key.size() + 2);
  put32(p, block);
  p[4] = static_cast<uint8_t>(key.size());
  std::memcpy(p + 5, key.data(), key.size());
  put16(p + 5 + key.size(), component);
}

void GlassWriter::Leaf::seal(int level) {
  put32(bytes_.data(), 1);  // revision
  bytes_[4] = static_cast<uint8_t>(level);
  put16(bytes_.data() + 5, room());   // largest free run
  put16(bytes_.data() + 7, room());   // all that is free
  put16(bytes_.data() + 9, end_);
}

GlassWriter::GlassWriter(std::filesystem::path file, uint32_t doc_count)
    : file_(std::move(file)), lengths_(doc_count, kNoLength) {
  fd_ = ::open(file_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (fd_ < 0) throw_io(file_, "cannot create", errno);
  buffer_.reserve(kBufferBytes + kBlockBytes);
}

GlassWriter::~GlassWriter() {
  if (fd_ >= 0) ::close(fd_);
}

void GlassWriter::drain() {
  const char* p = buffer_.data();
  for (size_t left = buffer_.size(); left > 0;) {
    const ssize_t n = ::pwrite(fd_, p, left, static_cast<off_t>(buffer_at_));
    if (n < 0) {
      if (errno == EINTR) continue;
      throw_io(file_, "cannot write", errno);
    }
    p += n;
    left -= static_cast<size_t>(n);
    buffer_at_ += static_cast<uint64_t>(n);
  }
  buffer_.clear();
}

uint32_t GlassWriter::write_block(const uint8_t* bytes) {
  buffer_.append(reinterpret_cast<const char*>(bytes), kBlockBytes);
  if (buffer_.size() >= kBufferBytes) drain();
  return next_block_++;
}

void GlassWriter::flush_leaf() {
  if (leaf_.empty()) return;
  leaf_.seal(0);
  const uint32_t block = write_block(leaf_.bytes());
  leaves_.push_back({std::move(leaf_separator_), block});
  leaf_.reset();
}

void GlassWriter::add_item(std::string_view key, std::string_view tag) {
  if (leaf_.room() < kItemOverhead + key.size() + tag.size()) flush_leaf();
  if (leaf_.empty()) {
    // The least prefix of this key that the key before does not share.
    const size_t limit = std::min(key.size(), last_key_.size());
    size_t shared = 0;
    while (shared < limit && key[shared] == last_key_[shared]) ++shared;
    leaf_separator_.assign(key.substr(0, std::min(shared + 1, key.size())));
  }
  leaf_.add(key, tag);
  last_key_.assign(key);
  ++items_;
}

void GlassWriter::add_list(std::string_view first_key, std::string_view next_key, uint32_t entries, uint32_t total,
                           const std::vector<Posting>& postings) {
  std::string key, data, tag;
  for (size_t i = 0; i < postings.size();) {
    key.assign(i == 0 ? first_key : next_key);
    if (i != 0) pack_sorted(key, postings[i].doc + 1);
    // A chunk fills the block, so that none is left half empty.
    const size_t overhead = kItemOverhead + key.size() + kHeaderMax + kPostingMax;
    size_t capacity = kChunkMax;
    if (leaf_.room() < overhead + kChunkMin) {
      // A short list may still fit; add_item() finds out.
    } else {
      capacity = std::min(kChunkMax, leaf_.room() - overhead);
    }
    data.clear();
    const LocalDocId first = postings[i].doc;
    LocalDocId last = first;
    pack(data, postings[i++].wdf);
    while (i < postings.size() && data.size() < capacity) {
      pack(data, postings[i].doc - last - 1);
      pack(data, postings[i].wdf);
      last = postings[i++].doc;
    }
    tag.clear();
    if (key == first_key) {
      pack(tag, entries);
      pack(tag, total);
      pack(tag, first);   // docid - 1
    }
    tag.push_back(i == postings.size() ? '1' : '0');
    pack(tag, last - first);
    tag += data;
    add_item(key, tag);
  }
}

void GlassWriter::add(std::string_view term, const std::vector<Posting>& postings) {
  uint32_t total = 0;   // may wrap, as Xapian's own would; nothing here reads it
  for (const Posting& posting : postings) {
    total += posting.wdf;
    wdf_max_ = std::max(wdf_max_, posting.wdf);
    uint32_t& length = lengths_[posting.doc];
    if (length == kNoLength) length = 0;
    length = std::min(length + posting.wdf, kNoLength - 1);
  }
  const std::string key = escaped(term);
  add_list(key, key + '\0', static_cast<uint32_t>(postings.size()), total, postings);
}

void GlassWriter::write_doc_lengths() {
  std::vector<Posting> lengths;
  for (LocalDocId doc = 0; doc < lengths_.size(); ++doc) {
    if (lengths_[doc] != kNoLength) lengths.push_back({doc, lengths_[doc]});
  }
  const std::string key("\0\xe0", 2);
  add_list(key, key, 0, 0, lengths);
}

uint32_t GlassWriter::write_branches(std::vector<Child> children, int& level) {
  level = 0;
  while (children.size() > 1) {
    ++level;
    std::vector<Child> parents;
    Leaf branch;
    std::string separator;
    const auto flush = [&] {
      branch.seal(level);
      parents.push_back({separator, write_block(branch.bytes())});
      branch.reset();
    };
    for (const Child& child : children) {
      if (!branch.empty() && branch.room() < 2 + 7 + child.separator.size()) flush();
      if (branch.empty()) {
        separator = child.separator;
        branch.add_branch("", child.block, 0);   // the first key of a branch is a dummy
      } else {
        branch.add_branch(child.separator, child.block, 1);
      }
    }
    flush();
    children = std::move(parents);
  }
  return children.front().block;
}

void GlassWriter::finish() {
  flush_leaf();
  // The list of document lengths is first in order but known last: its leaves stand behind the others, which the
  // parents put right. The first leaf of a B-tree begins with an item without key.
  std::vector<Child> terms;
  terms.swap(leaves_);
  last_key_.clear();
  leaf_.add_null();
  write_doc_lengths();
  flush_leaf();
  std::vector<Child> children;
  children.swap(leaves_);
  if (!terms.empty()) {
    // The separator of the first term was made against nothing; every term is above the lengths' keys.
    terms.front().separator = "\1";
    children.insert(children.end(), std::make_move_iterator(terms.begin()), std::make_move_iterator(terms.end()));
  }
  int level;
  const uint32_t root = write_branches(std::move(children), level);
  drain();
  write_version(root, level);
  if (::fsync(fd_) != 0) throw_io(file_, "cannot sync", errno);
  if (::close(std::exchange(fd_, -1)) != 0) throw_io(file_, "cannot close", errno);
}

void GlassWriter::write_version(uint32_t root, int level) {
  // Format version 2016-03-14 as Xapian packs a date.
  constexpr uint32_t kFormat = (2016 - 2014) << 9 | 3 << 5 | 14;
  constexpr uint32_t kCompressMin[] = {0, 18, 18, 0, 18, 18};   // postlist, docdata, termlist, position, spelling, synonym
  std::string out("\x0f\x0dXapian Glass");
  out.push_back(static_cast<char>(kFormat >> 8));
  out.push_back(static_cast<char>(kFormat & 0xff));
  std::random_device random;
  for (int i = 0; i < 16; ++i) out.push_back(static_cast<char>(random()));
  pack(out, 1u);   // revision
  for (int table = 0; table < 6; ++table) {
    const bool postings = table == 0;
    pack(out, postings ? root : 0u);
    pack(out, postings ? static_cast<uint32_t>(level) << 2 : 3u);   // others: no root, sequential
    pack(out, postings ? items_ : uint64_t{0});
    pack(out, static_cast<uint32_t>(kBlockBytes >> 11));
    pack(out, kCompressMin[table]);
    std::string free_list;
    if (postings) {
      pack(free_list, 1u);            // revision
      pack(free_list, next_block_);   // first unused block
      free_list.append(4, '\0');      // no free ones
    }
    pack(out, free_list.size());
    out += free_list;
  }
  uint32_t documents = 0, shortest = 0, longest = 0;
  uint64_t total = 0;
  for (const uint32_t length : lengths_) {
    if (length == kNoLength) continue;
    ++documents;
    total += length;
    longest = std::max(longest, length);
    if (length != 0 && (shortest == 0 || length < shortest)) shortest = length;
  }
  pack(out, documents);
  pack(out, static_cast<uint32_t>(lengths_.size()) - documents);
  pack(out, shortest);
  pack(out, wdf_max_);
  pack(out, longest - wdf_max_);
  pack(out, 0u);       // oldest changeset
  pack(out, total);
  pack(out, 0u);       // spelling
  out.resize(kBlockBytes, '\0');
  buffer_ = std::move(out);
  buffer_at_ = 0;
  drain();
}

}  // namespace tarn::segment

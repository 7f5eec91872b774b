#pragma once

#include <atomic>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "indexer/segment/glass_reader.h"
#include "indexer/segment/glass_writer.h"
#include "indexer/segment/segment.h"
#include "indexer/segment/text_index.h"

namespace tarn::segment {

// Text indices of flushed segments. A posting is (docid = local doc id + 1, wdf = freq << 8 | norm) under the key of its term.

/// The short prefixes of the text fields of a segment, by path. They come from a hash of the path, so that segments of an
/// index mostly agree without a registry; a collision is moved on.
using FieldPrefixes = std::map<std::string, std::string, std::less<>>;
FieldPrefixes assign_prefixes(const std::vector<std::string>& paths);
/// (path, prefix) in the order of the prefixes, in which the lists of the fields are written.
std::vector<std::pair<std::string, std::string>> by_prefix(const FieldPrefixes& prefixes);
inline uint32_t pack_wdf(uint16_t freq, uint8_t norm) { return static_cast<uint32_t>(freq) << 8 | norm; }

/// Prefix and term, or prefix, head and a hash where Xapian's limit of 245 bytes forbids the whole.
std::string posting_key(std::string_view prefix, std::string_view term);

/// Read access to the database of one segment; opened at the first use.
class XapianReader {
 public:
  /// `sum` is the checksum of the file, which is verified before the first read unless `verified` says that it was.
  XapianReader(std::filesystem::path file, uint64_t sum, bool verified, PostingCache& cache);
  ~XapianReader();
  XapianReader(const XapianReader&) = delete;
  XapianReader& operator=(const XapianReader&) = delete;

  /// Lets Xapian itself open the database once, to see whether it can.
  void probe() const;
  /// The whole list; corrupt_index_exception unless it has `doc_freq` documents below doc_count.
  std::shared_ptr<PostingList> load(const std::string& key, uint32_t doc_freq, uint32_t doc_count) const;

  const std::filesystem::path& file() const { return file_; }
  PostingCache::Impl& cache() const { return cache_.impl(); }
  uint64_t cache_id() const { return cache_id_; }
  FieldPrefixes prefixes;

 private:
  void verify_once() const;
  const GlassReader& glass() const;

  std::filesystem::path file_;
  PostingCache& cache_;
  uint64_t cache_id_;
  uint64_t sum_;
  bool verified_;
  mutable std::once_flag verify_flag_;
  mutable std::mutex mutex_;
  mutable std::unique_ptr<GlassReader> glass_;  // set once, under mutex_
  mutable std::atomic<const GlassReader*> open_{nullptr};
};

/// Postings of a flushed segment.
class FlushedTextIndex final : public PackedTextIndex {
 public:
  FlushedTextIndex(Blob dictionary, Blob tokens, const XapianReader& xapian, std::string prefix, uint32_t field);
  std::shared_ptr<const PostingList> list(uint32_t rank) const override;
  void read(uint32_t rank, LocalDocId from, LocalDocId to, const Visit& visit) const override;

 private:
  const XapianReader& xapian_;
  std::string prefix_;
  uint32_t field_;   // number within the segment, for cache keys
};

/// Hands the lists of one field to a database in the order of their keys, which the hashes of long tokens disturb.
class PostingSink {
 public:
  PostingSink(GlassWriter& out, std::string prefix) : out_(out), prefix_(std::move(prefix)) {}
  /// Terms come in byte order.
  void add(std::string_view term, const std::vector<GlassWriter::Posting>& postings);
  /// After the last term.
  void finish();

 private:
  struct Pending {
    std::string key;
    std::vector<GlassWriter::Posting> postings;
  };
  GlassWriter& out_;
  std::string prefix_;
  std::string head_;                // that the pending, hashed keys share
  std::vector<Pending> pending_;
};

}  // namespace tarn::segment

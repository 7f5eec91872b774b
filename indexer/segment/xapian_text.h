#pragma once

#include <atomic>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "indexer/segment/segment.h"
#include "indexer/segment/text_index.h"

namespace Xapian {
class Database;
}

namespace tarn::segment {

// All that knows Xapian. A posting is (docid = local doc id + 1, wdf = freq << 8 | norm) under the key of its term.

/// The short prefixes of the text fields of a segment, by path. They come from a hash of the path, so that segments of an
/// index agree (and compact() may join them) without a registry; a collision is moved on.
using FieldPrefixes = std::map<std::string, std::string, std::less<>>;
FieldPrefixes assign_prefixes(const std::vector<std::string>& paths);

/// Prefix and term, or prefix, head and a hash where Xapian's limit of 245 bytes forbids the whole.
std::string posting_key(std::string_view prefix, std::string_view term);

/// Read access to one database file through a small pool of handles, since a handle serves one thread at a time.
class XapianReader {
 public:
  XapianReader(std::filesystem::path file, PostingCache& cache);
  ~XapianReader();
  XapianReader(const XapianReader&) = delete;
  XapianReader& operator=(const XapianReader&) = delete;

  /// Opens the database once, to see whether it can be.
  void probe() const;
  /// Postings of a key in [from, to), ascending.
  void read(const std::string& key, LocalDocId from, LocalDocId to, const PackedTextIndex::Visit& visit) const;
  /// The whole list; corrupt_index_exception unless it has `doc_freq` documents below doc_count.
  std::shared_ptr<PostingList> load(const std::string& key, uint32_t doc_freq, uint32_t doc_count) const;

  const std::filesystem::path& file() const { return file_; }
  PostingCache::Impl& cache() const { return cache_.impl(); }
  uint64_t cache_id() const { return cache_id_; }
  FieldPrefixes prefixes;

 private:
  class Lease;
  static constexpr size_t kIdleMax = 4;

  std::filesystem::path file_;
  PostingCache& cache_;
  uint64_t cache_id_;
  mutable std::mutex mutex_;
  mutable std::vector<std::unique_ptr<Xapian::Database>> idle_;  // guarded by mutex_
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

/// Builds a database of documents that come in order: many small databases, since Xapian's inverter slows down with
/// its size, joined by compact().
class XapianWriter {
 public:
  struct Source {
    std::string prefix;
    const PackedTextIndex* index;
  };
  /// Works in `scratch`, a directory that it creates and removes.
  explicit XapianWriter(std::filesystem::path scratch);
  ~XapianWriter();
  XapianWriter(const XapianWriter&) = delete;
  XapianWriter& operator=(const XapianWriter&) = delete;

  /// The next `doc_count` documents of one segment; document d becomes map(d), or is left out where that is kNoDoc.
  void add(const std::vector<Source>& sources, uint32_t doc_count, const std::function<LocalDocId(LocalDocId)>& map);
  /// Joins all into `file` and syncs it. Documents 0 and doc_count - 1 exist in it, if only empty, so that a later
  /// compact() gives the documents of the next database the right numbers.
  void finish(const std::filesystem::path& file, uint32_t doc_count);

 private:
  class Piece;
  void add_document(LocalDocId doc, const std::vector<std::string>& keys, const std::pair<uint32_t, uint32_t>* begin,
                    const std::pair<uint32_t, uint32_t>* end);
  void add_window(const std::vector<Source>& sources, LocalDocId from, LocalDocId to,
                  const std::function<LocalDocId(LocalDocId)>& map);

  std::filesystem::path scratch_;
  std::vector<std::filesystem::path> pieces_;
  std::unique_ptr<Piece> piece_;
  LocalDocId last_ = kNoDoc;
  bool first_seen_ = false;
};

/// Joins whole databases, each with its documents behind those of the one before. Each must hold its first and last document.
void join_databases(const std::vector<std::filesystem::path>& files, const std::filesystem::path& out);

}  // namespace tarn::segment

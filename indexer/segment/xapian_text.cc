#include "indexer/segment/xapian_text.h"

#include <fmt/format.h>
#include <xapian.h>

#include <algorithm>

#include "indexer/base/error.h"
#include "indexer/segment/file_io.h"
#include "indexer/segment/posting_cache.h"

namespace tarn::segment {
namespace {

// A zero byte takes two in a key, so lengths are counted with zeros twice. Plain keys are shorter than hashed ones, which
// all have kHashedBytes or one less, so that no token can look like the hash of another.
constexpr size_t kPlainBytesMax = 200;
constexpr size_t kHashedHeadBytes = 200;
constexpr size_t kPostingsPerWindow = 1'000'000;  // about 20 bytes each while they are sorted
constexpr size_t kPostingsPerPiece = 300'000;    // more is slower, fewer leave short chunks that cost bytes

[[noreturn]] void throw_xapian(const std::filesystem::path& file, const Xapian::Error& error) {
  throw_corrupt(file.string(), "text index: " + error.get_description());
}

size_t encoded_bytes(std::string_view text) { return text.size() + std::count(text.begin(), text.end(), '\0'); }

}  // namespace

FieldPrefixes assign_prefixes(const std::vector<std::string>& paths) {
  FieldPrefixes prefixes;
  std::vector<std::string> taken;
  for (const std::string& path : paths) {
    for (uint64_t hash = checksum(path.data(), path.size());; hash = hash * 6364136223846793005ull + 1442695040888963407ull) {
      const std::string prefix{static_cast<char>(1 + (hash >> 8) % 255), static_cast<char>(1 + (hash >> 32) % 255)};
      if (std::find(taken.begin(), taken.end(), prefix) != taken.end()) continue;
      taken.push_back(prefix);
      prefixes.emplace(path, prefix);
      break;
    }
  }
  return prefixes;
}

std::string posting_key(std::string_view prefix, std::string_view term) {
  std::string key(prefix);
  if (encoded_bytes(term) < kPlainBytesMax) {
    key += term;
    return key;
  }
  size_t head = 0, bytes = 0;
  while (head < term.size() && bytes < kHashedHeadBytes) bytes += term[head++] == '\0' ? 2 : 1;
  key += term.substr(0, head);
  std::string salted(term);
  key += fmt::format("{:016x}", checksum(salted.data(), salted.size()));
  salted += '\1';
  key += fmt::format("{:016x}", checksum(salted.data(), salted.size()));
  return key;
}

/// A handle out of the pool, back at the end.
class XapianReader::Lease {
 public:
  explicit Lease(const XapianReader& reader) : reader_(reader) {
    {
      std::lock_guard lock(reader.mutex_);
      if (!reader.idle_.empty()) {
        database_ = std::move(reader.idle_.back());
        reader.idle_.pop_back();
      }
    }
    if (database_ == nullptr) database_ = std::make_unique<Xapian::Database>(reader.file_.string());
  }
  ~Lease() {
    std::lock_guard lock(reader_.mutex_);
    if (reader_.idle_.size() < kIdleMax) reader_.idle_.push_back(std::move(database_));
  }
  Lease(const Lease&) = delete;
  Lease& operator=(const Lease&) = delete;
  Xapian::Database& operator*() { return *database_; }
  Xapian::Database* operator->() { return database_.get(); }

 private:
  const XapianReader& reader_;
  std::unique_ptr<Xapian::Database> database_;
};

XapianReader::XapianReader(std::filesystem::path file, PostingCache& cache)
    : file_(std::move(file)), cache_(cache), cache_id_(cache.impl().new_segment()) {}

XapianReader::~XapianReader() { cache_.impl().forget_segment(cache_id_); }

void XapianReader::probe() const {
  try {
    Lease database(*this);
  } catch (const Xapian::Error& error) {
    throw_xapian(file_, error);
  }
}

void XapianReader::read(const std::string& key, LocalDocId from, LocalDocId to,
                        const PackedTextIndex::Visit& visit) const {
  try {
    Lease database(*this);
    Xapian::PostingIterator posting = database->postlist_begin(key);
    const Xapian::PostingIterator end = database->postlist_end(key);
    if (from > 0 && posting != end) posting.skip_to(from + 1);
    for (; posting != end; ++posting) {
      const LocalDocId doc = *posting - 1;
      if (doc >= to) break;
      const Xapian::termcount wdf = posting.get_wdf();
      visit(doc, static_cast<uint16_t>(wdf >> 8), static_cast<uint8_t>(wdf));
    }
  } catch (const Xapian::Error& error) {
    throw_xapian(file_, error);
  }
}

std::shared_ptr<PostingList> XapianReader::load(const std::string& key, uint32_t doc_freq, uint32_t doc_count) const {
  auto list = std::make_shared<PostingList>();
  list->docs.resize(doc_freq);
  list->freqs.resize(doc_freq);
  list->norms.resize(doc_freq);
  uint32_t i = 0;
  LocalDocId least = 0;
  try {
    Lease database(*this);
    const Xapian::PostingIterator end = database->postlist_end(key);
    for (Xapian::PostingIterator posting = database->postlist_begin(key); posting != end; ++posting, ++i) {
      const LocalDocId doc = *posting - 1;
      if (i == doc_freq || doc < least || doc >= doc_count) break;
      const Xapian::termcount wdf = posting.get_wdf();
      list->docs[i] = doc;
      list->freqs[i] = static_cast<uint16_t>(wdf >> 8);
      list->norms[i] = static_cast<uint8_t>(wdf);
      least = doc + 1;
    }
  } catch (const Xapian::Error& error) {
    throw_xapian(file_, error);
  }
  if (i != doc_freq) throw_corrupt(file_.string(), "text index: a posting list does not fit its dictionary");
  finish_posting_list(*list);
  return list;
}

FlushedTextIndex::FlushedTextIndex(Blob dictionary, Blob tokens, const XapianReader& xapian, std::string prefix,
                                   uint32_t field)
    : PackedTextIndex(std::move(dictionary), std::move(tokens)),
      xapian_(xapian),
      prefix_(std::move(prefix)),
      field_(field) {}

std::shared_ptr<const PostingList> FlushedTextIndex::list(uint32_t rank) const {
  const PostingCache::Impl::Key key{xapian_.cache_id(), field_, rank};
  if (auto cached = xapian_.cache().find(key)) return cached;
  auto list = xapian_.load(posting_key(prefix_, dictionary_.term(rank)), dictionary_.doc_freq(rank),
                           dictionary_.doc_count());
  // Saturated frequencies make the sum smaller than the truth, never larger.
  const uint64_t total = dictionary_.total_term_freq(rank);
  const bool saturated = std::find(list->freqs.begin(), list->freqs.end(), UINT16_MAX) != list->freqs.end();
  if (saturated ? list->total_term_freq > total : list->total_term_freq != total) {
    throw_corrupt(xapian_.file().string(), "text index: frequencies do not fit the dictionary");
  }
  list->total_term_freq = total;
  xapian_.cache().insert(key, list);
  return list;
}

void FlushedTextIndex::read(uint32_t rank, LocalDocId from, LocalDocId to, const Visit& visit) const {
  xapian_.read(posting_key(prefix_, dictionary_.term(rank)), from, to, visit);
}

/// One small database that is being filled.
class XapianWriter::Piece {
 public:
  explicit Piece(const std::filesystem::path& directory)
      : database_(directory.string(), Xapian::DB_CREATE_OR_OVERWRITE | Xapian::DB_BACKEND_GLASS |
                                          Xapian::DB_NO_TERMLIST | Xapian::DB_NO_SYNC | Xapian::DB_DANGEROUS) {}
  void add(LocalDocId doc, const Xapian::Document& document, size_t postings) {
    database_.replace_document(doc + 1, document);
    postings_ += postings;
  }
  bool full() const { return postings_ >= kPostingsPerPiece; }
  void close() {
    database_.commit();
    database_.close();
  }

 private:
  Xapian::WritableDatabase database_;
  size_t postings_ = 0;
};

XapianWriter::XapianWriter(std::filesystem::path scratch) : scratch_(std::move(scratch)) {
  std::filesystem::remove_all(scratch_);
  std::filesystem::create_directories(scratch_);
}

XapianWriter::~XapianWriter() {
  piece_.reset();
  std::error_code ignored;
  std::filesystem::remove_all(scratch_, ignored);
}

void XapianWriter::add_document(LocalDocId doc, const std::vector<std::string>& keys,
                                const std::pair<uint32_t, uint32_t>* begin,
                                const std::pair<uint32_t, uint32_t>* end) {
  if (piece_ == nullptr) {
    pieces_.push_back(scratch_ / std::to_string(pieces_.size()));
    piece_ = std::make_unique<Piece>(pieces_.back());
  }
  Xapian::Document document;
  for (const auto* posting = begin; posting != end; ++posting) document.add_term(keys[posting->first], posting->second);
  piece_->add(doc, document, static_cast<size_t>(end - begin) + 1);
  last_ = doc;
  first_seen_ = first_seen_ || doc == 0;
  if (piece_->full()) {
    piece_->close();
    piece_.reset();
  }
}

void XapianWriter::add_window(const std::vector<Source>& sources, LocalDocId from, LocalDocId to,
                              const std::function<LocalDocId(LocalDocId)>& map) {
  // Lists go term by term, documents want their terms together: a counting sort by document.
  struct Posting {
    LocalDocId doc;
    uint32_t key;
    uint32_t wdf;
  };
  std::vector<std::string> keys;
  std::vector<Posting> postings;
  std::vector<uint32_t> begins(to - from + 1ull, 0);
  for (const Source& source : sources) {
    for (TextDictionary::Walk walk(source.index->dictionary(), 0); !walk.done(); walk.next()) {
      const size_t before = postings.size();
      source.index->read(walk.rank(), from, to, [&](LocalDocId doc, uint16_t freq, uint8_t norm) {
        if (map(doc) == kNoDoc) return;
        postings.push_back({doc, static_cast<uint32_t>(keys.size()), static_cast<uint32_t>(freq) << 8 | norm});
        ++begins[doc - from + 1];
      });
      if (postings.size() != before) keys.push_back(posting_key(source.prefix, walk.term()));
    }
  }
  for (size_t d = 1; d < begins.size(); ++d) begins[d] += begins[d - 1];
  std::vector<std::pair<uint32_t, uint32_t>> sorted(postings.size());
  std::vector<uint32_t> next(begins.begin(), begins.end() - 1);
  for (const Posting& posting : postings) sorted[next[posting.doc - from]++] = {posting.key, posting.wdf};
  postings = {};
  for (LocalDocId doc = from; doc < to; ++doc) {
    const auto* begin = sorted.data() + begins[doc - from];
    const auto* end = sorted.data() + begins[doc - from + 1];
    if (begin != end) add_document(map(doc), keys, begin, end);
  }
}

void XapianWriter::add(const std::vector<Source>& sources, uint32_t doc_count,
                       const std::function<LocalDocId(LocalDocId)>& map) {
  uint64_t postings = 0;
  for (const Source& source : sources) postings += source.index->statistics().sum_doc_freq;
  const uint64_t windows = postings / kPostingsPerWindow + 1;
  const uint32_t step = static_cast<uint32_t>((doc_count + windows - 1) / windows);
  try {
    for (uint64_t from = 0; from < doc_count; from += step) {
      add_window(sources, static_cast<LocalDocId>(from), static_cast<LocalDocId>(std::min<uint64_t>(doc_count, from + step)),
                 map);
    }
  } catch (const Xapian::Error& error) {
    throw_xapian(scratch_, error);
  }
}

void XapianWriter::finish(const std::filesystem::path& file, uint32_t doc_count) {
  try {
    if (last_ != doc_count - 1) add_document(doc_count - 1, {}, nullptr, nullptr);
    if (!first_seen_) {
      // Behind the others in time, before them in number: a piece of its own.
      if (piece_ != nullptr) piece_->close();
      piece_.reset();
      add_document(0, {}, nullptr, nullptr);
      std::rotate(pieces_.begin(), pieces_.end() - 1, pieces_.end());
    }
    if (piece_ != nullptr) piece_->close();
    piece_.reset();
    Xapian::Database all;
    for (const std::filesystem::path& piece : pieces_) all.add_database(Xapian::Database(piece.string()));
    all.compact(file.string(), Xapian::DBCOMPACT_SINGLE_FILE | Xapian::DBCOMPACT_NO_RENUMBER);
  } catch (const Xapian::Error& error) {
    throw_xapian(file, error);
  }
  sync_file(file);
}

void join_databases(const std::vector<std::filesystem::path>& files, const std::filesystem::path& out) {
  try {
    Xapian::Database all;
    for (const std::filesystem::path& file : files) all.add_database(Xapian::Database(file.string()));
    all.compact(out.string(), Xapian::DBCOMPACT_SINGLE_FILE);
  } catch (const Xapian::Error& error) {
    throw_xapian(out, error);
  }
  sync_file(out);
}

}  // namespace tarn::segment

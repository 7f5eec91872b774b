#include "indexer/segment/xapian_text.h"

#include <fmt/format.h>
#include <xapian.h>

#include <algorithm>
#include <stdexcept>

#include "indexer/base/error.h"
#include "indexer/segment/file_io.h"
#include "indexer/segment/posting_cache.h"

namespace tarn::segment {
namespace {

// A zero byte takes two in a key, so lengths are counted with zeros twice. Plain keys are shorter than hashed ones, which
// all have kHashedBytes or one less, so that no token can look like the hash of another.
constexpr size_t kPlainBytesMax = 200;
constexpr size_t kHashedHeadBytes = 200;
constexpr size_t kHashBytes = 32;

/// Runs what calls Xapian; its errors become ours.
template <class Work>
void with_xapian(const std::filesystem::path& file, Work&& work) {
  try {
    work();
  } catch (const Xapian::Error& error) {
    throw_corrupt(file.string(), "text index: " + error.get_description());
  } catch (const std::length_error& error) {  // of strings that it builds from corrupt lengths
    throw_corrupt(file.string(), std::string("text index: ") + error.what());
  }
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

std::vector<std::pair<std::string, std::string>> by_prefix(const FieldPrefixes& prefixes) {
  std::vector<std::pair<std::string, std::string>> out(prefixes.begin(), prefixes.end());
  // Compared as Xapian compares keys: bytes without sign.
  std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
  return out;
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

XapianReader::XapianReader(std::filesystem::path file, uint64_t sum, bool verified, PostingCache& cache)
    : file_(std::move(file)), cache_(cache), cache_id_(cache.impl().new_segment()), sum_(sum), verified_(verified) {}

void XapianReader::verify_once() const {
  if (verified_) return;
  std::call_once(verify_flag_, [this] {
    const Blob bytes = map_file(file_);
    verify(bytes, sum_, "text");
  });
}

XapianReader::~XapianReader() { cache_.impl().forget_segment(cache_id_); }

void XapianReader::probe() const {
  verify_once();
  with_xapian(file_, [&] { Lease database(*this); });
}

void XapianReader::read(const std::string& key, LocalDocId from, LocalDocId to,
                        const PackedTextIndex::Visit& visit) const {
  verify_once();
  with_xapian(file_, [&] {
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
  });
}

std::shared_ptr<PostingList> XapianReader::load(const std::string& key, uint32_t doc_freq, uint32_t doc_count) const {
  auto list = std::make_shared<PostingList>();
  list->docs.reserve(doc_freq);
  list->freqs.reserve(doc_freq);
  list->norms.reserve(doc_freq);
  bool fits = true;
  LocalDocId least = 0;
  read(key, 0, UINT32_MAX, [&](LocalDocId doc, uint16_t freq, uint8_t norm) {
    fits = fits && doc >= least && doc < doc_count && list->docs.size() < doc_freq;
    if (!fits) return;
    list->docs.push_back(doc);
    list->freqs.push_back(freq);
    list->norms.push_back(norm);
    least = doc + 1;
  });
  if (!fits || list->docs.size() != doc_freq) {
    throw_corrupt(file_.string(), "text index: a posting list does not fit its dictionary");
  }
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

void PostingSink::add(std::string_view term, const std::vector<GlassWriter::Posting>& postings) {
  std::string key = posting_key(prefix_, term);
  const bool hashed = encoded_bytes(term) >= kPlainBytesMax;
  const std::string_view head = std::string_view(key).substr(0, hashed ? key.size() - kHashBytes : key.size());
  if (!pending_.empty() && head != head_) finish();
  if (!hashed) {
    out_.add(key, postings);
    return;
  }
  head_.assign(head);
  pending_.push_back({std::move(key), postings});
}

void PostingSink::finish() {
  std::sort(pending_.begin(), pending_.end(), [](const Pending& a, const Pending& b) { return a.key < b.key; });
  for (const Pending& pending : pending_) out_.add(pending.key, pending.postings);
  pending_.clear();
}

}  // namespace tarn::segment

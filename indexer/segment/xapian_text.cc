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
  try {
    const Xapian::Database database(file_.string());
  } catch (const Xapian::Error& error) {
    throw_corrupt(file_.string(), "text index: " + error.get_description());
  } catch (const std::length_error& error) {  // of strings that it builds from corrupt lengths
    throw_corrupt(file_.string(), std::string("text index: ") + error.what());
  }
}

const GlassReader& XapianReader::glass() const {
  if (const GlassReader* glass = open_.load(std::memory_order_acquire)) return *glass;
  verify_once();
  std::lock_guard lock(mutex_);
  if (glass_ == nullptr) glass_ = std::make_unique<GlassReader>(file_);   // what it throws is thrown again next time
  open_.store(glass_.get(), std::memory_order_release);
  return *glass_;
}

std::shared_ptr<PostingList> XapianReader::load(const std::string& key, uint32_t doc_freq, uint32_t doc_count) const {
  auto list = std::make_shared<PostingList>();
  glass().read(key, doc_freq, doc_count, *list);
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
  const auto list = xapian_.load(posting_key(prefix_, dictionary_.term(rank)), dictionary_.doc_freq(rank), dictionary_.doc_count());
  size_t i = static_cast<size_t>(std::lower_bound(list->docs.begin(), list->docs.end(), from) - list->docs.begin());
  for (; i < list->docs.size() && list->docs[i] < to; ++i) visit(list->docs[i], list->freqs[i], list->norms[i]);
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

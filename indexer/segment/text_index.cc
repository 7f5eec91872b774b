#include "indexer/segment/text_index.h"

#include <emmintrin.h>

#include <algorithm>

namespace tarn::segment {
namespace {

constexpr uint32_t kMagic = 0x31534f50;  // "POS1"

struct YoungHeader {
  uint32_t magic;
  uint32_t norms;   // how many
};

uint64_t read_varint(const char*& at) {
  uint8_t byte = static_cast<uint8_t>(*at++);
  if (byte < 0x80) return byte;
  uint64_t value = byte & 0x7f;
  for (int shift = 7; shift < 64; shift += 7) {
    byte = static_cast<uint8_t>(*at++);
    value |= static_cast<uint64_t>(byte & 0x7f) << shift;
    if (byte < 0x80) break;
  }
  return value;
}

class DictionaryCursor final : public TermCursor {
 public:
  DictionaryCursor(const TextDictionary& dictionary, uint32_t rank) : dictionary_(dictionary), walk_(dictionary, rank) {}
  bool next() override {
    if (started_ && !walk_.done()) walk_.next();
    started_ = true;
    return !walk_.done();
  }
  std::string_view term() const override { return walk_.term(); }
  uint32_t doc_freq() const override { return dictionary_.doc_freq(walk_.rank()); }

 private:
  const TextDictionary& dictionary_;
  TextDictionary::Walk walk_;
  bool started_ = false;
};

}  // namespace

PackedTextIndex::PackedTextIndex(Blob dictionary, Blob tokens) : dictionary_(std::move(dictionary)) {
  if (tokens.data != nullptr) tokens_ = std::make_unique<TokenColumn>(std::move(tokens));
}

std::shared_ptr<const PostingList> PackedTextIndex::postings(std::string_view term) const {
  const auto rank = dictionary_.find(term);
  return rank ? list(*rank) : nullptr;
}

uint32_t PackedTextIndex::doc_freq(std::string_view term) const {
  const auto rank = dictionary_.find(term);
  return rank ? dictionary_.doc_freq(*rank) : 0;
}

uint64_t PackedTextIndex::total_term_freq(std::string_view term) const {
  const auto rank = dictionary_.find(term);
  return rank ? dictionary_.total_term_freq(*rank) : 0;
}

std::unique_ptr<TermCursor> PackedTextIndex::terms(std::string_view from) const {
  return std::make_unique<DictionaryCursor>(dictionary_, dictionary_.lower_bound(from));
}

void PackedTextIndex::tokens(LocalDocId doc, std::vector<ColumnToken>& out) const {
  if (tokens_ != nullptr) tokens_->tokens(doc, out);
}

std::string_view PackedTextIndex::token_bytes(LocalDocId doc) const {
  return tokens_ == nullptr ? std::string_view() : tokens_->bytes(doc);
}

std::optional<uint32_t> PackedTextIndex::token_ordinal(std::string_view term) const {
  if (tokens_ == nullptr) return std::nullopt;
  const auto rank = dictionary_.find(term);
  if (!rank) return std::nullopt;
  return dictionary_.ordinal_of(*rank);
}

std::string PackedTextIndex::token_term(uint32_t ordinal) const { return dictionary_.term(dictionary_.rank_of(ordinal)); }

size_t PackedTextIndex::memory_bytes() const {
  return dictionary_.blob().heap_bytes() + (tokens_ == nullptr ? 0 : tokens_->blob().heap_bytes());
}

namespace {

/// Bound and total of the block's postings, sixteen at a time; `size` is a multiple of 16. False where a frequency needs more than a
/// byte.
bool bound_of(const uint16_t* freqs, const uint8_t* norms, size_t size, PostingList::Bound& bound, uint64_t& total) {
  const __m128i full = _mm_set1_epi8(-1), limit = _mm_set1_epi16(255), zero = _mm_setzero_si128();
  __m128i most = zero, sum = zero, least[PostingList::kFreqClasses] = {full, full, full, full};
  for (size_t i = 0; i < size; i += 16) {
    const auto saturated = [&](const uint16_t* at) {
      const __m128i values = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
      return _mm_sub_epi16(values, _mm_subs_epu16(values, limit));
    };
    const __m128i freq = _mm_packus_epi16(saturated(freqs + i), saturated(freqs + i + 8));
    const __m128i norm = _mm_loadu_si128(reinterpret_cast<const __m128i*>(norms + i));
    most = _mm_max_epu8(most, freq);
    sum = _mm_add_epi64(sum, _mm_sad_epu8(freq, zero));
    least[0] = _mm_min_epu8(least[0], norm);
    for (uint32_t c = 1; c < PostingList::kFreqClasses; ++c) {
      const __m128i reached = _mm_cmpeq_epi8(_mm_max_epu8(freq, _mm_set1_epi8(static_cast<char>(c + 1))), freq);
      least[c] = _mm_min_epu8(least[c], _mm_or_si128(norm, _mm_andnot_si128(reached, full)));
    }
  }
  alignas(16) uint8_t bytes[16];
  _mm_store_si128(reinterpret_cast<__m128i*>(bytes), most);
  bound.max_freq = *std::max_element(bytes, bytes + 16);
  if (bound.max_freq == 255) return false;
  for (uint32_t c = 0; c < PostingList::kFreqClasses; ++c) {
    _mm_store_si128(reinterpret_cast<__m128i*>(bytes), least[c]);
    bound.min_norms[c] = *std::min_element(bytes, bytes + 16);
  }
  total += static_cast<uint64_t>(_mm_cvtsi128_si64(sum)) + static_cast<uint64_t>(_mm_cvtsi128_si64(_mm_srli_si128(sum, 8)));
  return true;
}

}  // namespace

void finish_posting_list(PostingList& list) {
  static_assert(PostingList::kBlock % 16 == 0);
  list.total_term_freq = 0;
  list.bounds.reserve((list.docs.size() + PostingList::kBlock - 1) / PostingList::kBlock);
  for (size_t begin = 0; begin < list.docs.size(); begin += PostingList::kBlock) {
    const size_t end = std::min(list.docs.size(), begin + PostingList::kBlock);
    PostingList::Bound bound{list.docs[end - 1]};
    if (end - begin < PostingList::kBlock ||
        !bound_of(list.freqs.data() + begin, list.norms.data() + begin, PostingList::kBlock, bound, list.total_term_freq)) {
      for (size_t i = begin; i < end; ++i) {
        bound.add(list.freqs[i], list.norms[i]);
        list.total_term_freq += list.freqs[i];
      }
    }
    list.bounds.push_back(bound);
  }
}

YoungTextIndex::YoungTextIndex(Blob dictionary, Blob tokens, Blob postings)
    : PackedTextIndex(std::move(dictionary), std::move(tokens)), postings_(std::move(postings)) {
  BlobReader reader(postings_);
  const auto header = reader.get<YoungHeader>();
  begins_ = reader.packed();
  if (header.magic != kMagic || begins_.count != dictionary_.term_count() + 1ull) reader.fail("bad postings");
  bytes_ = reader.take(begins_[begins_.count - 1]);
  if (header.norms != 0) norms_ = reinterpret_cast<const uint8_t*>(reader.take(header.norms));
}

template <class Add>
void YoungTextIndex::decode(uint32_t rank, Add&& add) const {
  const char* at = bytes_ + begins_[rank];
  const char* end = bytes_ + begins_[rank + 1ull];
  LocalDocId next_doc = 0;
  while (at < end) {
    const uint64_t code = read_varint(at);
    const LocalDocId doc = next_doc + static_cast<LocalDocId>(code >> 1);
    const uint16_t freq = code & 1 ? 1 : static_cast<uint16_t>(read_varint(at));
    next_doc = doc + 1;
    if (!add(doc, freq, norms_ == nullptr ? uint8_t{0} : norms_[doc])) return;
  }
}

std::shared_ptr<const PostingList> YoungTextIndex::list(uint32_t rank) const {
  auto list = std::make_shared<PostingList>();
  const uint32_t count = dictionary_.doc_freq(rank);
  list->docs.resize(count);
  list->freqs.resize(count);
  list->norms.resize(count);
  uint32_t i = 0;
  decode(rank, [&](LocalDocId doc, uint16_t freq, uint8_t norm) {
    list->docs[i] = doc;
    list->freqs[i] = freq;
    list->norms[i] = norm;
    return ++i < count;
  });
  finish_posting_list(*list);
  list->total_term_freq = dictionary_.total_term_freq(rank);
  return list;
}

void YoungTextIndex::read(uint32_t rank, LocalDocId from, LocalDocId to, const Visit& visit) const {
  decode(rank, [&](LocalDocId doc, uint16_t freq, uint8_t norm) {
    if (doc >= from && doc < to) visit(doc, freq, norm);
    return doc < to;
  });
}

Blob YoungPostingsWriter::finish(const std::vector<uint8_t>& norms) {
  begins_.push_back(bytes_.size());
  BlobWriter out;
  out.put(YoungHeader{kMagic, static_cast<uint32_t>(norms.size())});
  out.put_packed(begins_, begins_.size());
  out.append(bytes_.data(), bytes_.size());
  out.append(norms.data(), norms.size());
  return out.finish();
}

}  // namespace tarn::segment

#include "indexer/segment/text_dictionary.h"

#include <algorithm>
#include <numeric>

namespace tarn::segment {
namespace {

constexpr uint32_t kMagic = 0x31545854;  // "TXT1"
constexpr uint32_t kNorms = 1, kFreqs = 2, kPositions = 4;

struct Header {
  uint32_t magic;
  uint32_t options;
  uint32_t doc_count;
  uint32_t term_count;
  uint64_t doc_count_with_field;
  uint64_t sum_total_term_freq;
  uint64_t sum_doc_freq;
  uint64_t term_bytes;
};

uint64_t read_varint(const char*& at) {
  uint64_t value = 0;
  for (int shift = 0; shift < 64; shift += 7) {
    const uint8_t byte = static_cast<uint8_t>(*at++);
    value |= static_cast<uint64_t>(byte & 0x7f) << shift;
    if (byte < 0x80) break;
  }
  return value;
}

}  // namespace

TextDictionary::TextDictionary(Blob blob) : blob_(std::move(blob)) {
  BlobReader reader(blob_);
  const auto header = reader.get<Header>();
  if (header.magic != kMagic) reader.fail("bad text dictionary");
  options_ = {(header.options & kNorms) != 0, (header.options & kFreqs) != 0, (header.options & kPositions) != 0};
  statistics_ = {header.doc_count_with_field, header.sum_total_term_freq, header.sum_doc_freq};
  doc_count_ = header.doc_count;
  term_count_ = header.term_count;
  doc_freqs_ = reader.packed();
  extra_freqs_ = reader.packed();
  blocks_ = reader.packed();
  bool fits = doc_freqs_.count == term_count_ && extra_freqs_.count == term_count_ &&
              blocks_.count == (term_count_ + kBlockTerms - 1ull) / kBlockTerms;
  if (options_.positions) {
    ordinals_ = reader.packed();
    ranks_ = reader.packed();
    fits = fits && ordinals_.count == term_count_ && ranks_.count == term_count_;
  }
  if (!fits) reader.fail("bad text dictionary");
  reader.align();
  bytes_ = reader.take(header.term_bytes);
  presence_ = DocSet(reader, doc_count_);
}

std::string_view TextDictionary::block_first(uint32_t block) const {
  const char* at = bytes_ + blocks_[block];
  const size_t size = read_varint(at);
  return {at, size};
}

TextDictionary::Walk::Walk(const TextDictionary& dictionary, uint32_t rank) : dictionary_(&dictionary), rank_(rank) {
  if (done()) return;
  rank_ = rank / kBlockTerms * kBlockTerms;
  read();
  while (rank_ < rank) next();
}

void TextDictionary::Walk::read() {
  size_t shared = 0;
  if (rank_ % kBlockTerms == 0) {
    at_ = dictionary_->bytes_ + dictionary_->blocks_[rank_ / kBlockTerms];
  } else {
    shared = read_varint(at_);
  }
  const size_t size = read_varint(at_);
  term_.resize(std::min(shared, term_.size()));
  term_.append(at_, size);
  at_ += size;
}

void TextDictionary::Walk::next() {
  ++rank_;
  if (!done()) read();
}

uint32_t TextDictionary::lower_bound(std::string_view wanted) const {
  // The last block whose first term is not above the wanted one.
  uint32_t from = 0, to = static_cast<uint32_t>(blocks_.count);
  while (from < to) {
    const uint32_t middle = from + (to - from) / 2;
    if (block_first(middle) <= wanted) from = middle + 1; else to = middle;
  }
  if (from == 0) return 0;
  Walk walk(*this, (from - 1) * kBlockTerms);
  const uint32_t end = std::min(from * kBlockTerms, term_count_);
  while (walk.rank() < end && walk.term() < wanted) walk.next();
  return walk.rank();
}

// Front coding tells how each term compares: while a term shares more with the one before than that shared with the wanted one,
// it differs from it at the same byte; where it shares less, it is above.
std::optional<uint32_t> TextDictionary::find(std::string_view wanted) const {
  uint32_t from = 0, to = static_cast<uint32_t>(blocks_.count);   // the last block whose first term is not above
  while (from < to) {
    const uint32_t middle = from + (to - from) / 2;
    if (block_first(middle) <= wanted) from = middle + 1; else to = middle;
  }
  if (from == 0) return std::nullopt;
  uint32_t rank = (from - 1) * kBlockTerms;
  const uint32_t end = std::min(from * kBlockTerms, term_count_);
  const char* at = bytes_ + blocks_[from - 1];
  size_t common = 0;   // with the wanted term, of the term before
  for (bool first = true; rank < end; ++rank, first = false) {
    const size_t shared = first ? 0 : read_varint(at);
    const size_t size = read_varint(at);
    const std::string_view rest(at, size);
    at += size;
    if (shared > common) continue;
    if (shared < common) return std::nullopt;
    const std::string_view wanted_rest = wanted.substr(common);
    const size_t limit = std::min(rest.size(), wanted_rest.size());
    size_t equal = 0;
    while (equal < limit && rest[equal] == wanted_rest[equal]) ++equal;
    common += equal;
    if (equal == rest.size() && equal == wanted_rest.size()) return rank;
    if (equal == wanted_rest.size()) return std::nullopt;   // longer, so above
    if (equal < rest.size() && static_cast<uint8_t>(rest[equal]) > static_cast<uint8_t>(wanted_rest[equal])) return std::nullopt;
  }
  return std::nullopt;
}

std::string TextDictionary::term(uint32_t rank) const { return Walk(*this, rank).term(); }

void TextDictionaryWriter::add(std::string_view term, uint32_t doc_freq, uint64_t total_term_freq) {
  if (term_count() % TextDictionary::kBlockTerms == 0) {
    blocks_.push_back(bytes_.size());
    bytes_.put_varint(term.size());
    bytes_.append(term.data(), term.size());
  } else {
    const size_t limit = std::min(term.size(), previous_.size());
    const size_t shared = std::mismatch(term.begin(), term.begin() + limit, previous_.begin()).first - term.begin();
    bytes_.put_varint(shared);
    bytes_.put_varint(term.size() - shared);
    bytes_.append(term.data() + shared, term.size() - shared);
  }
  previous_.assign(term);
  doc_freqs_.push_back(doc_freq);
  extra_freqs_.push_back(total_term_freq - doc_freq);
}

const std::vector<uint32_t>& TextDictionaryWriter::ordinals() {
  if (ordinals_.size() == doc_freqs_.size()) return ordinals_;
  std::vector<std::pair<uint64_t, uint32_t>> order(doc_freqs_.size());
  for (uint32_t r = 0; r < order.size(); ++r) order[r] = {~(extra_freqs_[r] + doc_freqs_[r]), r};
  std::sort(order.begin(), order.end());
  ordinals_.resize(order.size());
  for (uint32_t o = 0; o < order.size(); ++o) ordinals_[order[o].second] = o;
  return ordinals_;
}

Blob TextDictionaryWriter::finish(const Bitset& presence) {
  const uint64_t sum_doc_freq = std::accumulate(doc_freqs_.begin(), doc_freqs_.end(), uint64_t{0});
  const uint64_t sum_extra = std::accumulate(extra_freqs_.begin(), extra_freqs_.end(), uint64_t{0});
  const uint32_t options =
      (options_.norms ? kNorms : 0) | (options_.freqs ? kFreqs : 0) | (options_.positions ? kPositions : 0);
  BlobWriter out;
  out.put(Header{kMagic, options, doc_count_, term_count(), presence.count(), sum_doc_freq + sum_extra, sum_doc_freq,
                 bytes_.size()});
  out.put_packed(doc_freqs_, doc_freqs_.size());
  out.put_packed(extra_freqs_, extra_freqs_.size());
  out.put_packed(blocks_, blocks_.size());
  if (options_.positions) {
    ordinals();
    std::vector<uint32_t> ranks(ordinals_.size());
    for (uint32_t r = 0; r < ranks.size(); ++r) ranks[ordinals_[r]] = r;
    out.put_packed(ordinals_, ordinals_.size());
    out.put_packed(ranks, ranks.size());
  }
  out.align();
  out.append(bytes_.data(), bytes_.size());
  write_doc_set(out, presence);
  return out.finish();
}

}  // namespace tarn::segment

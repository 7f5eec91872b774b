#include "indexer/segment/text_builder.h"

#include <algorithm>

#include "indexer/segment/postings.h"
#include "indexer/segment/text_index.h"
#include "indexer/segment/token_column.h"

namespace tarn::segment {

void TextBuilder::add(LocalDocId doc, const TokenBuffer& buffer) {
  if (!open_ || doc != doc_) {
    if (open_) end_document();
    open_ = true;
    doc_ = doc;
    position_ = -1;
    base_ = 0;
    length_ = 0;
    unique_ = 0;
    any_token_ = false;
  }
  const auto keep = [&](std::string_view term) { return arena_.copy(term); };
  int32_t last_in_value = -1;  // for overlaps: Lucene counts tokens whose increment is 0
  for (const Token& token : buffer.tokens) {
    const uint32_t term = table_.add(token.term, keep);
    if (term == states_.size()) states_.push_back({0, kNoDoc, 0, 0});
    TermState& state = states_[term];
    uint32_t freq = 1;
    if (token.extra != 0) {
      const TokenExtra* extra = buffer.extra_of(token);
      if (extra != nullptr && extra->term_frequency > 0) freq = static_cast<uint32_t>(extra->term_frequency);
    }
    if (state.doc != doc) {
      state.doc = doc;
      state.pair = static_cast<uint32_t>(pairs_.size());
      ++state.doc_freq;
      ++unique_;
      pairs_.push_back({term, freq});
      state.total_freq += options_.freqs ? freq : 1;
    } else if (options_.freqs) {
      pairs_[state.pair].freq += freq;
      state.total_freq += freq;
    }
    length_ += freq;
    if (discount_overlaps_ && token.position == last_in_value) --length_;
    last_in_value = token.position;
    if (options_.positions) {
      const int64_t position = base_ + token.position;
      if (position != position_ + 1) stream_.push_back(kIncrement | static_cast<uint32_t>(position - position_));
      stream_.push_back(term);
      position_ = position;
    }
    any_token_ = true;
  }
  base_ += buffer.end_position + gap_;
}

void TextBuilder::end_document() {
  if (!any_token_) return;
  uint8_t norm = 0;
  // As BM25Similarity.computeNorm: without frequencies the length is the number of distinct terms.
  if (options_.norms) norm = encode_norm(static_cast<uint32_t>(options_.freqs ? length_ : unique_));
  documents_.push_back({doc_, static_cast<uint32_t>(pairs_.size()), stream_.size(), norm});
}

TextBlobs TextBuilder::finish(uint32_t doc_count) {
  if (open_) end_document();
  open_ = false;
  const std::vector<std::string_view>& terms = table_.terms();
  const std::vector<uint32_t> order = sorted_order(terms);

  TextDictionaryWriter dictionary(options_, doc_count);
  std::vector<uint32_t> next(terms.size());   // where the next posting of a term goes
  uint32_t total = 0;
  for (const uint32_t term : order) {
    dictionary.add(terms[term], states_[term].doc_freq, states_[term].total_freq);
    next[term] = total;
    total += states_[term].doc_freq;
  }

  struct Posting {
    LocalDocId doc;
    uint16_t freq;
  };
  std::vector<Posting> postings(total);
  std::vector<uint8_t> norms(options_.norms ? doc_count : 0, 0);
  Bitset presence(doc_count);
  uint32_t pair = 0;
  for (const Document& document : documents_) {
    presence.set(document.doc);
    if (options_.norms) norms[document.doc] = document.norm;
    for (; pair < document.pair_end; ++pair) {
      postings[next[pairs_[pair].term]++] = {document.doc,
                                             static_cast<uint16_t>(std::min<uint32_t>(pairs_[pair].freq, UINT16_MAX))};
    }
  }
  pairs_ = {};
  YoungPostingsWriter lists;
  uint32_t at = 0;
  for (const uint32_t term : order) {
    lists.begin_term();
    for (const uint32_t end = next[term]; at < end; ++at) lists.add(postings[at].doc, postings[at].freq);
  }
  postings = {};
  TextBlobs blobs;
  blobs.postings = lists.finish(norms);

  if (options_.positions) {
    const std::vector<uint32_t>& by_rank = dictionary.ordinals();
    std::vector<uint32_t> ordinals(terms.size());
    for (uint32_t rank = 0; rank < order.size(); ++rank) ordinals[order[rank]] = by_rank[rank];
    TokenColumnWriter tokens(doc_count);
    size_t i = 0;
    for (const Document& document : documents_) {
      tokens.begin_document(document.doc);
      int64_t position = -1;
      while (i < document.stream_end) {
        if (stream_[i] & kIncrement) {
          position += static_cast<int32_t>(stream_[i] << 1) >> 1;  // 31 bits, signed
          ++i;
        } else {
          ++position;
        }
        tokens.add(ordinals[stream_[i++]], static_cast<int32_t>(position));
      }
    }
    blobs.tokens = tokens.finish();
  }
  blobs.dictionary = dictionary.finish(presence);
  return blobs;
}

}  // namespace tarn::segment

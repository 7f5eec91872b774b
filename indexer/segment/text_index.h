#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "indexer/segment/postings.h"
#include "indexer/segment/text_dictionary.h"
#include "indexer/segment/token_column.h"

namespace tarn::segment {

/// Dictionary and token column are the same in young and flushed segments; where the postings are differs.
class PackedTextIndex : public TextIndex {
 public:
  PackedTextIndex(Blob dictionary, Blob tokens);

  FieldStatistics statistics() const override { return dictionary_.statistics(); }
  void or_presence_into(Bitset& out) const override { dictionary_.or_presence_into(out); }
  std::shared_ptr<const PostingList> postings(std::string_view term) const override;
  uint32_t doc_freq(std::string_view term) const override;
  uint64_t total_term_freq(std::string_view term) const override;
  std::unique_ptr<TermCursor> terms(std::string_view from) const override;
  void tokens(LocalDocId doc, std::vector<ColumnToken>& out) const override;
  std::string_view token_bytes(LocalDocId doc) const override;
  std::optional<uint32_t> token_ordinal(std::string_view term) const override;
  std::string token_term(uint32_t ordinal) const override;
  size_t memory_bytes() const override;

  const TextDictionary& dictionary() const { return dictionary_; }
  const TokenColumn* token_column() const { return tokens_.get(); }

  virtual std::shared_ptr<const PostingList> list(uint32_t rank) const = 0;
  /// Calls visit(doc, freq, norm) for the postings of a term in [from, to), ascending, past any cache.
  using Visit = std::function<void(LocalDocId doc, uint16_t freq, uint8_t norm)>;
  virtual void read(uint32_t rank, LocalDocId from, LocalDocId to, const Visit& visit) const = 0;

 protected:
  TextDictionary dictionary_;
  std::unique_ptr<TokenColumn> tokens_;
};

/// Fills in bounds and the total.
void finish_posting_list(PostingList& list);

/// Postings of a young segment: varints in memory, decoded on demand.
class YoungTextIndex final : public PackedTextIndex {
 public:
  YoungTextIndex(Blob dictionary, Blob tokens, Blob postings);
  std::shared_ptr<const PostingList> list(uint32_t rank) const override;
  void read(uint32_t rank, LocalDocId from, LocalDocId to, const Visit& visit) const override;
  size_t memory_bytes() const override { return PackedTextIndex::memory_bytes() + postings_.heap_bytes(); }

 private:
  template <class Add>
  void decode(uint32_t rank, Add&& add) const;
  Blob postings_;
  const uint8_t* norms_ = nullptr;   // of each document; null without norms
  PackedArray begins_;
  const char* bytes_ = nullptr;
};

/// Postings term by term, in rank order; documents of a term ascend.
class YoungPostingsWriter {
 public:
  void begin_term() {
    begins_.push_back(bytes_.size());
    next_doc_ = 0;
  }
  void add(LocalDocId doc, uint16_t freq) {
    const uint64_t delta = doc - next_doc_;
    bytes_.put_varint(delta << 1 | (freq == 1));
    if (freq != 1) bytes_.put_varint(freq);
    next_doc_ = doc + 1;
  }
  /// `norms`: of each document, or empty.
  Blob finish(const std::vector<uint8_t>& norms);

 private:
  std::vector<uint64_t> begins_;
  BlobWriter bytes_;
  LocalDocId next_doc_ = 0;
};

}  // namespace tarn::segment

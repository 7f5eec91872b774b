#pragma once

#include <memory>
#include <string>
#include <vector>

#include "indexer/segment/column.h"
#include "indexer/segment/packed_column.h"

namespace tarn::segment {

/// A keyword column as bytes: dictionary, ordinals of the documents, documents of the ordinals (FORMAT.md, "Keyword column").
class PackedKeywordColumn final : public KeywordColumn {
 public:
  explicit PackedKeywordColumn(Blob blob);

  uint32_t doc_count() const override { return column_.doc_count(); }
  uint32_t present_count() const override { return column_.present_count(); }
  uint64_t value_count() const override { return column_.value_count(); }
  bool has(LocalDocId doc) const override { return column_.has(doc); }
  void or_presence_into(Bitset& out) const override { column_.or_presence_into(out); }

  Ordinal ordinal_count() const override { return ordinal_count_; }
  std::string_view term(Ordinal ordinal) const override;
  std::optional<Ordinal> find(std::string_view term) const override;
  Ordinal lower_bound(std::string_view term) const override;
  uint32_t doc_freq(Ordinal ordinal) const override;
  void or_docs_into(Ordinal begin, Ordinal end, Bitset& out) const override;

  Ordinal first(LocalDocId doc) const override;
  void ordinals(LocalDocId doc, std::vector<Ordinal>& out) const override;
  void gather(const LocalDocId* docs, size_t count, Ordinal* out) const override;
  void gather_all(const LocalDocId* docs, size_t count, MultiValues<Ordinal>& out) const override;
  void count_in(const Bitset& documents, uint32_t* counts) const override;
  size_t memory_bytes() const override { return blob_.heap_bytes(); }

  const PackedColumn& column() const { return column_; }
  const Blob& blob() const { return blob_; }
  void decode(uint32_t block, std::vector<LocalDocId>& docs, std::vector<Ordinal>& ordinals) const;

 private:
  struct Frequent {  // as it lies on disk: an ordinal whose documents are a doc set
    uint32_t ordinal;
    uint32_t doc_freq;
    uint64_t offset;
  };
  const Frequent* first_frequent(Ordinal ordinal) const;
  uint64_t rare_begin(Ordinal ordinal) const;
  friend class KeywordEncoder;

  Blob blob_;
  Ordinal ordinal_count_ = 0;
  uint32_t fixed_length_ = 0;       // of every term, or kVariableLength
  PackedArray term_ends_;           // variable length: begin of each term and the end
  const char* terms_ = nullptr;
  PackedColumn column_;
  bool unique_ = false;             // every ordinal has exactly one document: rare_begins_ is the identity
  PackedArray rare_begins_;         // of the documents of each ordinal in rare_docs_
  PackedArray rare_docs_;
  const Frequent* frequent_ = nullptr;
  uint32_t frequent_count_ = 0;
};

/// The column where docs[i] has the term of ordinals[i]; docs ascend, ordinals of one document ascend and are distinct. Each
/// ordinal is used. `terms[o]` ascend.
Blob encode_keywords(uint32_t doc_count, const std::vector<LocalDocId>& docs, const std::vector<Ordinal>& ordinals,
                     const std::vector<std::string_view>& terms);

/// As patch_numbers(); `values` are the terms.
std::shared_ptr<const PackedKeywordColumn> patch_keywords(const PackedKeywordColumn* column, uint32_t doc_count,
                                                          const std::vector<LocalDocId>& docs,
                                                          const std::vector<uint32_t>& offsets,
                                                          const std::vector<std::string_view>& values);

}  // namespace tarn::segment

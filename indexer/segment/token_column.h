#pragma once

#include <vector>

#include "indexer/segment/blob.h"
#include "indexer/segment/postings.h"

namespace tarn::segment {

/// The tokens of each document in order of position, as varints of 1 + ordinal; a zero announces that the next
/// position is not the one after the last, and a varint with the increment follows (FORMAT.md, "Token column").
class TokenColumn {
 public:
  explicit TokenColumn(Blob blob);
  void tokens(LocalDocId doc, std::vector<ColumnToken>& out) const;
  std::string_view bytes(LocalDocId doc) const {
    const uint64_t begin = begins_[doc];
    return {bytes_ + begin, static_cast<size_t>(begins_[doc + 1ull] - begin)};
  }
  const Blob& blob() const { return blob_; }

 private:
  Blob blob_;
  PackedArray begins_;
  const char* bytes_ = nullptr;
};

/// Documents in order; those without tokens may be left out.
class TokenColumnWriter {
 public:
  explicit TokenColumnWriter(uint32_t doc_count) : doc_count_(doc_count) { begins_.reserve(doc_count + 1ull); }
  void begin_document(LocalDocId doc) {
    while (begins_.size() <= doc) begins_.push_back(bytes_.size());
    position_ = -1;
  }
  void add(uint32_t ordinal, int32_t position) {
    if (position != position_ + 1) {
      bytes_.put_varint(0);
      bytes_.put_varint(static_cast<uint64_t>(position - position_));
    }
    bytes_.put_varint(ordinal + 1ull);
    position_ = position;
  }
  Blob finish();

 private:
  uint32_t doc_count_;
  int64_t position_ = -1;
  std::vector<uint64_t> begins_;
  BlobWriter bytes_;
};

}  // namespace tarn::segment

#pragma once

#include <cstdint>

#include "indexer/base/ids.h"
#include "indexer/segment/bitset.h"
#include "indexer/segment/blob.h"

namespace tarn::segment {

// Sets of local doc ids at rest, as Roaring has them: a container for each 65,536 documents that has members, which is an
// array of 16-bit ids, a bitmap, or runs, whichever is smallest. Our own layout (FORMAT.md, "Doc set"), because Roaring's
// portable form must be copied to the heap to be read, and these are only ever added to a Bitset.

/// Bytes that write_doc_set() takes.
size_t doc_set_bytes(const LocalDocId* docs, size_t count, uint32_t doc_count);
/// Appends a doc set; `docs` ascend, distinct, below doc_count.
void write_doc_set(BlobWriter& out, const LocalDocId* docs, size_t count, uint32_t doc_count);
void write_doc_set(BlobWriter& out, const Bitset& docs);

/// A view of a doc set in a blob.
class DocSet {
 public:
  DocSet() = default;
  /// Parses and validates the containers at the reader's position.
  DocSet(BlobReader& reader, uint32_t doc_count);
  void or_into(Bitset& out) const { or_at(data_, out); }
  uint32_t count() const { return count_; }

  /// The same for a set whose place is known to be valid.
  static void or_at(const char* data, Bitset& out);
  /// How many members are in `documents`; the set's place is known to be valid.
  static uint32_t count_at(const char* data, const Bitset& documents);

 private:
  const char* data_ = nullptr;
  uint32_t count_ = 0;
};

}  // namespace tarn::segment

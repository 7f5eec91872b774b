#pragma once

#include <memory>
#include <vector>

#include "query/collect/sort.h"

namespace tarn::query {

/// The keys of one sort clause in one segment, as integers of which the smaller one comes first ("key space"). Keywords are
/// ordinals of the segment there; value() turns a key back into what other segments can compare.
class KeyReader {
 public:
  virtual ~KeyReader() = default;
  /// keys[i] of docs[i], ascending documents; `scores` may be null where the clause is not _score.
  virtual void read(const LocalDocId* docs, const float* scores, size_t count, int64_t* keys) = 0;
  /// A lower bound of the keys of documents [begin, end); INT64_MIN where nothing is known.
  virtual int64_t bound(LocalDocId begin, LocalDocId end) const;
  virtual SortValue value(int64_t key, LocalDocId doc) const = 0;
  /// The key space's place of a value of elsewhere: keys greater than it come strictly after the value. `equal` tells
  /// whether a key equal to it means the same value.
  virtual int64_t place(const SortValue& value, bool& equal) const = 0;
};

std::unique_ptr<KeyReader> make_key_reader(const BoundSort& sort, const SegmentView& segment);

}  // namespace tarn::query

#pragma once

#include <vector>

#include "indexer/mapping/mapping.h"
#include "indexer/mapping/parsed_document.h"
#include "indexer/segment_list.h"
#include "indexer/store/store.h"

namespace tarn {

/// What the built segments of an index say about the documents of updates: that a partial document of plain numbers changes
/// one, without reading the document. A "don't know" is always allowed. One thread.
class ColumnDiff {
 public:
  /// `segments` hold all operations up to `built`.
  ColumnDiff(const SegmentList& segments, SeqNo built);
  /// Whether each field that `root` of `batch` gives one value to is a number that the document holds at most once, and some
  /// value differs. Without `compare`, equal values count as a change too
  /// (detect_noop: false).
  bool surely_changes(const IdEntry& entry, const Mapping& mapping, const std::vector<FieldId>& touched,
                      const ParsedBatch& batch, const ParsedRoot& root, bool compare);

 private:
  struct Column { FieldId field; const NumericColumn* numbers; };
  const NumericColumn* column(size_t segment, FieldId field, const Mapping& mapping);
  const SegmentList segments_;
  const SeqNo built_;
  std::vector<SegmentReader> readers_;
  std::vector<std::vector<Column>> columns_;   // by segment, as they were asked for
  std::vector<int64_t> values_;
};

}  // namespace tarn

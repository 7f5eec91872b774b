#pragma once

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "indexer/base/ids.h"
#include "indexer/mapping/parsed_document.h"

namespace tarn {

/// The parsed partial documents of one request: root i of `batch` replaces the fields touched(i).
struct PatchSet {
  ParsedBatch batch;
  std::vector<FieldId> touched;
  std::vector<std::pair<uint32_t, uint32_t>> ranges;  ///< of `touched`, one a root
  /// The fields that the newest root touches.
  void add_range(const std::vector<FieldId>& fields) {
    const auto begin = static_cast<uint32_t>(touched.size());
    touched.insert(touched.end(), fields.begin(), fields.end());
    ranges.emplace_back(begin, static_cast<uint32_t>(touched.size()));
  }
  size_t memory_bytes() const { return batch.memory_bytes() + touched.capacity() * 4 + ranges.capacity() * 8; }
};

/// An in-place update that waits for a refresh.
struct PatchOp {
  RowId row{};
  SeqNo seq_no{};
  Version version = 0;
  std::shared_ptr<const PatchSet> set;
  uint32_t root = 0;
};

/// What happened to rows that segments hold.
struct RowChanges {
  std::vector<RowId> dead;
  std::vector<PatchOp> patches;   ///< in order of execution
  bool empty() const { return dead.empty() && patches.empty(); }
};

/// Acknowledged writes that no segment holds yet. Not thread-safe: the commit queue owns it.
struct Memtable {
  std::vector<std::shared_ptr<ParsedBatch>> batches;  ///< rows ascend; the rows of one batch follow one another
  RowChanges changes;
  SeqNo through{-1};      ///< last operation that it has seen
  RowId end_row{};        ///< one past the last row given out
  size_t bytes = 0;
  uint64_t operations = 0;

  bool empty() const { return operations == 0; }
  /// The row was replaced or deleted: left out of the next segment, or dead in an older one.
  void kill(RowId row);
};

}  // namespace tarn

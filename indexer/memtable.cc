#include "indexer/memtable.h"

#include <algorithm>

namespace tarn {

void Memtable::kill(RowId row) {
  auto it = std::upper_bound(batches.begin(), batches.end(), row, [](RowId wanted, const auto& batch) {
    return wanted < batch->roots.front().row;
  });
  if (it != batches.begin()) {
    ParsedBatch& batch = **std::prev(it);
    const uint64_t offset = row.value - batch.roots.front().row.value;
    if (offset < batch.roots.size()) {
      batch.roots[offset].dead = true;
      return;
    }
  }
  changes.dead.push_back(row);
}

}  // namespace tarn

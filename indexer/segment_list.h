#pragma once

#include <atomic>
#include <filesystem>
#include <memory>
#include <vector>

#include "indexer/memtable.h"
#include "indexer/segment/segment.h"

namespace tarn {

/// Removes a directory when the last one who may read from it lets go.
struct DirectoryGuard {
  explicit DirectoryGuard(std::filesystem::path directory) : directory(std::move(directory)) {}
  ~DirectoryGuard();
  const std::filesystem::path directory;
  std::atomic<bool> obsolete{false};  // set by a merge or by deleting the index, read by the last owner
};

/// One segment of an index as the engine keeps it: what the next searcher sees of it.
struct SegmentState {
  std::shared_ptr<const Segment> segment;
  std::shared_ptr<const Bitset> live;            ///< null: all
  std::shared_ptr<const ColumnPatches> patches;  ///< null: none
  std::shared_ptr<DirectoryGuard> guard;         ///< null: young
  // Of what is on disk; a flush writes the dirty ones under the next generation. 0: no file.
  uint64_t live_generation = 0, patch_generation = 0;
  bool live_dirty = false, patches_dirty = false;

  SegmentReader reader() const { return SegmentReader(segment, live, patches); }
  uint32_t live_count() const { return live ? live->count() : segment->doc_count(); }
  uint32_t dead_count() const { return segment->doc_count() - live_count(); }
  size_t memory_bytes() const;
  bool young() const { return guard == nullptr; }
};

using SegmentList = std::vector<SegmentState>;  // in row order

/// A segment's state from a freshly built, written or opened segment; `directory` empty for a young one. The segment that
/// searchers see keeps the guard alive.
SegmentState make_state(std::shared_ptr<const Segment> segment, const std::filesystem::path& directory);

/// Position of the segment whose row range may hold the row, or the list's size.
size_t find_segment(const SegmentList& segments, RowId row);
/// The live root document of a row, and its segment; false if there is none.
bool find_live(const SegmentList& segments, RowId row, size_t& segment, LocalDocId& doc);

/// Deaths and in-place updates, on copies of the touched live docs and patches. Rows that no segment holds are passed over.
void apply_changes(SegmentList& segments, const Mapping& mapping, const RowChanges& changes);

/// First document of the run that ends with `root`: its nested children stand before it.
LocalDocId first_of_block(const Segment& segment, LocalDocId root);

}  // namespace tarn

// Rows that died and patches that are in segments: blocks of rows are removed or written anew.

#include "indexer/index_impl.h"

#include "indexer/store/source_merge.h"

namespace tarn {
namespace {

// A pass reads all blocks; it pays when a good part of the rows died or carries patches.
constexpr uint64_t kCollectionRowsMin = 20000;
constexpr double kBlockDeadMin = 0.5;
constexpr size_t kBatchBytes = 1 << 20;
constexpr size_t kBatchBlocks = 1000;

using Patches = std::vector<std::pair<RowId, std::string>>;

/// A block of rows, what takes its place, and the patches that it holds from then on.
struct Rewrite {
  RowId first;
  uint32_t span;
  std::vector<RowBlockBuilder::Block> blocks;
  Patches folded;
};

/// What one pass looks at: the segments, and the store as it is now.
struct Pass {
  EngineStore& store;
  IndexKey key;
  std::shared_ptr<const StoreSnapshot> snapshot;
  SegmentList segments;
  SeqNo persisted;
};

/// Slots of the block whose rows a segment holds alive.
std::vector<uint32_t> alive_slots(const Pass& pass, RowId first, uint32_t span) {
  std::vector<uint32_t> alive;
  for (uint32_t slot = 0; slot < span; ++slot) {
    size_t segment = 0;
    LocalDocId doc = kNoDoc;
    if (find_live(pass.segments, RowId(first.value + slot), segment, doc)) alive.push_back(slot);
  }
  return alive;
}

Patches patches_of(const Pass& pass, RowId first, uint32_t span) {
  Patches patches;
  pass.store.scan_patches(pass.key, first, RowId(first.value + span), pass.snapshot.get(), [&](RowId row, std::string_view delta) {
    patches.emplace_back(row, delta);
    return true;
  });
  return patches;
}

/// The row's source with its patch, if it has one that may be folded in: the oplog redoes an in-place update from its patch,
/// so only what is persisted may.
std::string folded_source(const Pass& pass, RowId id, const RowView& row, const Patches& patches, Rewrite& rewrite) {
  std::string merged(row.source);
  const auto patch = std::find_if(patches.begin(), patches.end(), [&](const auto& p) { return p.first == id; });
  if (patch == patches.end()) return merged;
  const auto entry = pass.store.find_id(pass.key, row.id, pass.snapshot.get());
  if (!entry || entry->row != id || entry->seq_no > pass.persisted) return merged;
  if (!merge_source(row.source, patch->second, merged)) return std::string(row.source);
  rewrite.folded.push_back(*patch);
  return merged;
}

/// What becomes of a block; nothing if it stays as it is.
std::optional<Rewrite> rewrite_block(const Pass& pass, RowId first, const RowBlockHeader& header, std::string_view value) {
  const std::vector<uint32_t> alive = alive_slots(pass, first, header.span);
  const Patches patches = patches_of(pass, first, header.span);
  const bool mostly_dead = static_cast<double>(alive.size()) < (1 - kBlockDeadMin) * header.count;
  if (!mostly_dead && patches.empty()) return std::nullopt;
  Rewrite rewrite{first, header.span, {}, {}};
  if (!alive.empty()) {
    const auto block = pass.store.decode(pass.key, value);
    RowBlockBuilder builder(pass.store.dictionary(pass.key), header.generation + 1, SIZE_MAX);
    for (const uint32_t slot : alive) {
      const RowView* row = block->find(slot);
      if (row == nullptr) continue;
      builder.add(slot, row->id, row->routing, folded_source(pass, RowId(first.value + slot), *row, patches, rewrite));
    }
    if (!mostly_dead && rewrite.folded.empty()) return std::nullopt;
    builder.finish(header.span);
    rewrite.blocks = std::move(builder.blocks());
  }
  for (const auto& patch : patches) {  // of rows that died
    const auto slot = static_cast<uint32_t>(patch.first.value - first.value);
    if (!std::binary_search(alive.begin(), alive.end(), slot)) rewrite.folded.push_back(patch);
  }
  return rewrite;
}

void add_to_batch(const Pass& pass, const Rewrite& rewrite, StoreBatch& batch) {
  batch.delete_rows(pass.key, rewrite.first, rewrite.span);
  for (const auto& block : rewrite.blocks) batch.put_rows(pass.key, RowId(rewrite.first.value + block.first_slot), block.value);
  for (const auto& [row, delta] : rewrite.folded) {
    // A newer patch contains the folded one; merging it again changes nothing.
    if (pass.store.read_patch(pass.key, row) == delta) batch.delete_patch(pass.key, row);
  }
}

}  // namespace

/// Removes blocks of rows whose rows are all dead, rewrites those where most are dead or that carry patches which are in
/// segments on disk. A row is dead if no segment holds it alive.
void IndexImpl::collect_garbage() {
  const uint64_t dead = dead_since_collection_, patched = patched_since_collection_;
  Pass pass{*shared_.store, key(), nullptr, {}, {}};
  RowId end;
  {
    std::lock_guard lock(state_mutex_);
    if (!damaged_.empty() || deleted_) return;
    pass.segments = segments_;
    end = built_end_row_;
    pass.persisted = persisted_;
  }
  uint64_t live = 0;
  for (const SegmentState& state : pass.segments) live += state.live_count();
  const uint64_t due = std::max(kCollectionRowsMin, live / 5);
  if (dead < due && patched < due && !(live == 0 && dead > 0)) return;
  dead_since_collection_ -= dead;
  patched_since_collection_ -= patched;
  pass.snapshot = pass.store.snapshot();

  std::vector<Rewrite> rewrites;
  size_t bytes = 0;
  const auto write = [&] {
    if (rewrites.empty()) return;
    shared_.commits.run_exclusive([&] {
      if (deleted_) return;
      StoreBatch batch(pass.store);
      for (const Rewrite& rewrite : rewrites) add_to_batch(pass, rewrite, batch);
      pass.store.commit(batch, false);
    });
    rewrites.clear();
    bytes = 0;
  };
  pass.store.scan_blocks(key(), RowId(0), end, pass.snapshot.get(), [&](RowId first, std::string_view value) {
    RowBlockHeader header;
    if (stopped_ || !parse_row_block_header(value, header)) return !stopped_.load();
    if (first.value + header.span > end.value) return true;
    auto rewrite = rewrite_block(pass, first, header, value);
    if (!rewrite) return true;
    for (const auto& block : rewrite->blocks) bytes += block.value.size();
    rewrites.push_back(std::move(*rewrite));
    if (bytes >= kBatchBytes || rewrites.size() >= kBatchBlocks) write();
    return true;
  });
  write();
}

}  // namespace tarn

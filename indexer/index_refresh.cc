#include <malloc.h>

#include "indexer/index_impl.h"
#include "indexer/searcher.h"

namespace tarn {
namespace {

// Below this many documents a second builder costs more than it brings.
constexpr size_t kRootsAChunk = 8192;
// ?refresh=wait_for: more waiting requests than this force a refresh (index.max_refresh_listeners).
constexpr int kRefreshWaitersMax = 1000;
// An index that nobody writes to is flushed, so that a restart has nothing to replay and its memory is free.
constexpr int64_t kIdleFlushMs = 30000;
// A flush that failed (a full disk, mostly) is tried again after a second, not at every tick.
constexpr int64_t kFlushAgainMs = 1000;
// A longer oplog would make a restart after a crash slow.
constexpr int64_t kOplogOperationsMax = 200000;   // replayed in about half a second after a crash
// Old snapshots keep garbage alive in the store.
constexpr auto kSearcherAgeMax = std::chrono::seconds(60);

uint64_t us_since(Clock::time_point begin) {
  return static_cast<uint64_t>(
      std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - begin).count());
}

/// What was taken goes back in front of what came since; rows that died since are found in it again.
void give_back(Memtable& memtable, Memtable taken) {
  taken.batches.insert(taken.batches.end(), memtable.batches.begin(), memtable.batches.end());
  for (const RowId row : memtable.changes.dead) taken.kill(row);
  taken.changes.patches.insert(taken.changes.patches.end(), memtable.changes.patches.begin(),
                               memtable.changes.patches.end());
  taken.through = memtable.through;
  taken.end_row = memtable.end_row;
  taken.bytes += memtable.bytes;
  taken.operations += memtable.operations;
  memtable = std::move(taken);
}

}  // namespace

void IndexImpl::publish(Committed committed) {
  memtable_.through = SeqNo(next_seq_no.value - 1);
  memtable_.end_row = next_row;
  memtable_.operations += committed.operations;
  size_t bytes = committed.dead.size() * sizeof(RowId) + committed.patches.size() * sizeof(PatchOp);
  for (const auto& batch : committed.batches) bytes += batch->memory_bytes();
  const PatchSet* counted = nullptr;
  for (const PatchOp& patch : committed.patches) {
    if (patch.set.get() == counted) continue;
    counted = patch.set.get();
    bytes += counted->memory_bytes();
  }
  for (auto& batch : committed.batches) memtable_.batches.push_back(std::move(batch));
  for (const RowId row : committed.dead) memtable_.kill(row);
  for (PatchOp& patch : committed.patches) memtable_.changes.patches.push_back(std::move(patch));
  memtable_.bytes += bytes;
  pending_bytes_ += bytes;
  shared_.pending_bytes += bytes;
  counters.index_total += committed.indexed;
  counters.delete_total += committed.deletes;
  counters.patch_total += committed.patched;
  dead_since_collection_ += committed.dead.size();
  patched_since_collection_ += committed.patched;
  last_write_ms_ = steady_ms();
  acked_ = next_seq_no.value - 1;
  if (pending_bytes_ >= shared_.pending_bytes_build) schedule_build();
}

std::vector<std::shared_ptr<const Segment>> IndexImpl::build(
    const std::vector<std::shared_ptr<ParsedBatch>>& batches) {
  size_t roots = 0;
  for (const auto& batch : batches) roots += batch->roots.size();
  const size_t chunk_count =
      std::clamp<size_t>(roots / kRootsAChunk, 1, static_cast<size_t>(std::max(1, shared_.options.background_threads)));
  std::vector<std::vector<std::shared_ptr<const ParsedBatch>>> chunks(1);
  size_t in_chunk = 0;
  for (const auto& batch : batches) {
    if (in_chunk >= (roots + chunk_count - 1) / chunk_count && !chunks.back().empty()) {
      chunks.emplace_back();
      in_chunk = 0;
    }
    chunks.back().push_back(batch);
    in_chunk += batch->roots.size();
  }
  const auto current = mapping();
  std::vector<std::string> names;
  for (size_t i = 0; i < chunks.size(); ++i) names.push_back(next_segment_name());
  std::vector<std::shared_ptr<const Segment>> built(chunks.size());
  run_parallel(shared_.pool, chunks.size(), [&](size_t i) {
    if (!chunks[i].empty()) built[i] = build_segment(names[i], *current, chunks[i]);
  });
  std::erase(built, nullptr);
  return built;
}

void IndexImpl::advance(bool publish) {
  std::lock_guard change(change_mutex_);
  const auto begin = Clock::now();
  Memtable taken;
  std::shared_ptr<const StoreSnapshot> snapshot;
  bool nothing = false;
  shared_.commits.run_exclusive([&] {
    nothing = memtable_.empty() && !(publish && unpublished());
    if (nothing) return;
    taken = std::move(memtable_);
    memtable_ = Memtable();
    memtable_.through = taken.through;
    memtable_.end_row = taken.end_row;
    if (publish) snapshot = shared_.store->snapshot();
  });
  if (nothing) return;
  const SeqNo through = taken.through;
  if (!taken.empty()) {
    SegmentList list = segments();
    try {
      for (auto& segment : build(taken.batches)) list.push_back(make_state(std::move(segment), {}));
      apply_changes(list, *mapping(), taken.changes);
    } catch (...) {
      shared_.commits.run_exclusive([&] { give_back(memtable_, std::move(taken)); });
      throw;
    }
    {
      std::lock_guard lock(state_mutex_);
      segments_ = std::move(list);
      built_ = through;
      built_end_row_ = taken.end_row;
      for (Journal* journal : journals_) {
        auto& [dead, patches] = journal->changes;
        dead.insert(dead.end(), taken.changes.dead.begin(), taken.changes.dead.end());
        patches.insert(patches.end(), taken.changes.patches.begin(), taken.changes.patches.end());
      }
      ++segments_version_;
    }
    const size_t bytes = taken.bytes;
    const bool large = bytes > (4 << 20);
    taken = Memtable();
    pending_bytes_ -= bytes;
    shared_.pending_bytes -= bytes;
    add_young_bytes();
    shared_.backlog_changed();
    if (large) malloc_trim(0);
  }
  if (publish) {
    publish_searcher(std::move(snapshot), through);
    ++counters.refresh_total;
    counters.refresh_us += us_since(begin);
  }
  schedule_young_merges();
}

// Callers hold change_mutex_, so the list stands still.
void IndexImpl::publish_searcher(std::shared_ptr<const StoreSnapshot> snapshot, SeqNo through) {
  Searcher::Parts parts;
  parts.index_name = identity_.name;
  parts.index_uuid = identity_.uuid;
  parts.index_key = identity_.key;
  parts.mapping = mapping();
  parts.settings = settings();
  parts.source_filtered = !source_is_plain_ && parts.mapping->source_enabled();
  const uint64_t version = segments_version_;
  for (const SegmentState& state : segments()) parts.segments.push_back(state.reader());
  parts.snapshot = std::move(snapshot);
  parts.store = shared_.store.get();
  // Segments know the posting cache, snapshots the store: both live as long as the searcher.
  parts.keep_alive = std::make_shared<std::pair<std::shared_ptr<EngineShared>, std::shared_ptr<DirectoryGuard>>>(
      owner_, directory_guard_);
  auto searcher = std::make_shared<const Searcher>(std::move(parts));
  {
    std::lock_guard lock(searcher_mutex_);
    searcher_.swap(searcher);
    searcher_time_ = last_refresh_ = Clock::now();
    published_ = std::max(published_.load(), through.value);
    published_version_ = version;
  }
  refreshed_.notify_all();
}

/// The same view with the newest mapping and settings.
void IndexImpl::renew_searcher() {
  while (true) {
    std::shared_ptr<const Searcher> old;
    {
      std::lock_guard lock(searcher_mutex_);
      old = searcher_;
    }
    Searcher::Parts parts = old->parts();
    parts.mapping = mapping();
    parts.settings = settings();
    parts.source_filtered = !source_is_plain_ && parts.mapping->source_enabled();
    auto searcher = std::make_shared<const Searcher>(std::move(parts));
    std::lock_guard lock(searcher_mutex_);
    if (searcher_ != old) continue;  // a refresh came between: begin with its view
    searcher_.swap(searcher);
    return;
  }
}

void IndexImpl::refresh() {
  if (!unpublished()) return;
  advance(true);
}

void IndexImpl::wait_for_refresh() {
  const int64_t wanted = acked_;
  if (published_ >= wanted) return;
  if (settings()->refresh_interval_ms < 0 || refresh_waiters_ >= kRefreshWaitersMax) {
    refresh();
    return;
  }
  ++refresh_waiters_;
  {
    std::unique_lock lock(searcher_mutex_);
    refreshed_.wait(lock, [&] { return published_ >= wanted || stopped_ || closed_; });
  }
  --refresh_waiters_;
}

bool IndexImpl::search_idle(Clock::time_point now) const {
  const int64_t now_ms = std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count();
  return now_ms - last_search_ms_ >= settings()->search_idle_after_ms;
}

std::string IndexImpl::next_segment_name() {
  std::lock_guard lock(state_mutex_);
  return fmt::format("s{:08}", next_segment_++);
}

void IndexImpl::add_young_bytes() {
  size_t bytes = 0;
  for (const SegmentState& state : segments()) {
    if (state.young()) bytes += state.memory_bytes();
  }
  const size_t before = young_bytes_.exchange(bytes);
  shared_.young_bytes += bytes - before;
  if (shared_.young_bytes >= shared_.young_bytes_flush && bytes >= shared_.young_bytes_flush / 4) schedule_flush();
}

void IndexImpl::schedule_build() {
  if (stopped_ || build_scheduled_.exchange(true)) return;
  shared_.pool.run([self = shared_from_this()] {
    self->build_scheduled_ = false;
    self->guarded("build a segment", [&] { self->advance(false); });
  });
}

void IndexImpl::schedule_flush() {
  if (stopped_ || steady_ms() - flush_failed_ms_ < kFlushAgainMs || flush_scheduled_.exchange(true)) return;
  shared_.pool.run_heavy([self = shared_from_this()] {
    self->flush_scheduled_ = false;
    bool done = false;
    self->guarded("flush", [&] {
      if (self->settings()->refresh_interval_ms >= 0) self->advance(true);
      self->flush_young();
      self->settle_searcher();
      self->schedule_disk_merges();
      done = true;
    });
    if (!done) self->flush_failed_ms_ = steady_ms();
  });
}

void IndexImpl::tick(Clock::time_point now) {
  if (closed_ || stopped_) return;
  const auto current = settings();
  const int64_t interval_ms = current->refresh_interval_ms;
  Clock::time_point last_refresh;
  bool stale;
  {
    std::lock_guard lock(searcher_mutex_);
    last_refresh = last_refresh_;
    stale = now - searcher_time_ > kSearcherAgeMax;
  }
  const bool active = current->refresh_interval_explicit || refresh_waiters_ > 0 || stale || !search_idle(now);
  const bool due = interval_ms >= 0 && now - last_refresh >= std::chrono::milliseconds(interval_ms);
  if (unpublished() && active && due && !refresh_scheduled_.exchange(true)) {
    shared_.pool.run([self = shared_from_this()] {
      self->refresh_scheduled_ = false;
      self->guarded("refresh", [&] { self->refresh(); });
    });
  }
  const int64_t now_ms = steady_ms();
  const bool written_long_ago = now_ms - last_write_ms_ > kIdleFlushMs;
  const int64_t unflushed = acked_ - persisted_seq_;
  if (unflushed > 0 && (written_long_ago || unflushed > kOplogOperationsMax)) schedule_flush();
  if (stale && !unpublished()) {
    std::lock_guard change(change_mutex_);
    std::shared_ptr<const StoreSnapshot> snapshot;
    bool still = false;
    shared_.commits.run_exclusive([&] {
      still = !unpublished();
      if (still) snapshot = shared_.store->snapshot();
    });
    if (still) publish_searcher(std::move(snapshot), SeqNo(published_));
  }
}

}  // namespace tarn

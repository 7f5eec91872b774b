#include <malloc.h>

#include <charconv>
#include <unordered_set>

#include "indexer/index_impl.h"
#include "indexer/journal_scope.h"
#include "indexer/merge_policy.h"
#include "indexer/searcher.h"

namespace tarn {
namespace {

constexpr int kForcedMergesMax = 64;

// Patched columns live on the heap until a merge folds them in.
constexpr size_t kPatchBytesMax = 8 << 20;

/// Young segments are merged in memory only where refreshes leave many small ones; large ones go to disk soon anyway.
MergePolicy young_policy() {
  MergePolicy policy;
  policy.floor_bytes = 256 << 10;
  policy.merged_bytes_max = 16 << 20;
  policy.dead_ratio_max = 2;
  return policy;
}

size_t patch_bytes(const SegmentState& state) {
  if (!state.patches) return 0;
  size_t bytes = 0;
  for (const auto& [path, column] : state.patches->numbers) bytes += column ? column->memory_bytes() : 0;
  for (const auto& [path, column] : state.patches->keywords) bytes += column ? column->memory_bytes() : 0;
  return bytes;
}

MergeCandidate candidate_of(const SegmentState& state) {
  MergeCandidate out;
  const uint64_t bytes = state.young() ? state.segment->memory_bytes() : state.segment->disk_bytes();
  out.dead_ratio = static_cast<double>(state.dead_count()) / state.segment->doc_count();
  out.bytes = static_cast<uint64_t>(static_cast<double>(bytes) * (1 - out.dead_ratio));
  out.heavy_patches = patch_bytes(state) > kPatchBytesMax;
  return out;
}

/// Files of live docs and patches (stem, number, extension) that no manifest names any more.
void remove_old_generations(const std::filesystem::path& directory, std::string_view stem, uint64_t current) {
  if (current < 2) return;
  std::error_code error;
  for (const auto& item : std::filesystem::directory_iterator(directory, error)) {
    const std::string name = item.path().filename().string();
    if (!name.starts_with(stem)) continue;
    uint64_t generation = 0;
    const auto [end, failed] = std::from_chars(name.data() + stem.size(), name.data() + name.size(), generation);
    if (failed == std::errc() && generation < current) std::filesystem::remove(item.path(), error);
  }
}

std::vector<SegmentReader> readers_of(const SegmentList& list) {
  std::vector<SegmentReader> readers;
  for (const SegmentState& state : list) readers.push_back(state.reader());
  return readers;
}

uint64_t us_since(Clock::time_point begin) {
  return static_cast<uint64_t>(
      std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - begin).count());
}

}  // namespace

SegmentList IndexImpl::segments() const {
  std::lock_guard lock(state_mutex_);
  return segments_;
}

void IndexImpl::replace(const SegmentList& inputs, const std::vector<std::shared_ptr<const Segment>>& results,
                        Journal& journal) {
  std::lock_guard change(change_mutex_);
  SegmentList replacement;
  for (const auto& segment : results) {
    replacement.push_back(make_state(segment, segment->on_disk() ? identity_.directory / segment->name() : ""));
  }
  apply_changes(replacement, *mapping(), journal.changes);
  journal.changes = RowChanges();
  std::unordered_set<const Segment*> gone;
  for (const SegmentState& input : inputs) gone.insert(input.segment.get());
  std::lock_guard lock(state_mutex_);
  SegmentList next;
  for (SegmentState& state : segments_) {
    if (!gone.contains(state.segment.get())) next.push_back(std::move(state));
  }
  for (SegmentState& state : replacement) next.push_back(std::move(state));
  std::sort(next.begin(), next.end(), [](const SegmentState& a, const SegmentState& b) {
    return a.segment->first_row() < b.segment->first_row();
  });
  segments_ = std::move(next);
  ++segments_version_;
}

/// Writes what is not on disk of live docs and patches, then the manifest. `through`: operations up to here are in segments
/// on disk (kept if lower than before).
void IndexImpl::persist(SeqNo through) {
  std::lock_guard persisting(persist_mutex_);
  if (deleted_) return;
  SegmentList list;
  Manifest manifest;
  std::vector<Manifest::Entry> damaged;
  {
    std::lock_guard lock(state_mutex_);
    list = segments_;
    damaged = damaged_;
    persisted_ = std::max(persisted_, through);
    manifest.persisted = persisted_;
    manifest.next_row = built_end_row_;
    manifest.next_segment = next_segment_;
  }
  std::erase_if(list, [](const SegmentState& state) { return state.young(); });
  manifest.max_seq_no = SeqNo(std::max(acked_.load(), manifest.persisted.value));
  for (SegmentState& state : list) {
    if (state.live_dirty) write_live_docs(state.guard->directory, ++state.live_generation, *state.live);
    if (state.patches_dirty) write_patches(state.guard->directory, ++state.patch_generation, *state.patches);
    manifest.segments.push_back({state.segment->name(), state.segment->first_row(), state.segment->last_row(),
                                 state.live_generation, state.patch_generation});
  }
  for (const Manifest::Entry& entry : damaged) manifest.segments.push_back(entry);
  std::sort(manifest.segments.begin(), manifest.segments.end(),
            [](const auto& a, const auto& b) { return a.first_row < b.first_row; });
  write_manifest(identity_.directory, manifest);
  for (const SegmentState& state : list) {
    remove_old_generations(state.guard->directory, "live-", state.live_generation);
    remove_old_generations(state.guard->directory, "patches-", state.patch_generation);
  }
  {
    std::lock_guard lock(state_mutex_);
    for (const SegmentState& written : list) {
      for (SegmentState& state : segments_) {
        if (state.segment != written.segment) continue;
        state.live_generation = written.live_generation;
        state.patch_generation = written.patch_generation;
        if (state.live == written.live) state.live_dirty = false;
        if (state.patches == written.patches) state.patches_dirty = false;
      }
    }
  }
  if (manifest.persisted.value > persisted_seq_) {
    shared_.store->write_meta({{"persisted", fmt::format("{:08x}", key()), std::to_string(manifest.persisted.value)}});
    shared_.store->trim_oplog(key(), manifest.persisted);
    persisted_seq_ = manifest.persisted.value;
  }
}

/// Lets go of replaced segments where that makes nothing visible that was not.
void IndexImpl::settle_searcher() {
  if (acked_ <= published_ && segments_version_ != published_version_) advance(true);
}

void IndexImpl::flush_young() {
  const auto begin = Clock::now();
  std::lock_guard job(young_job_mutex_);
  if (deleted_) return;
  advance(false);
  SeqNo through;
  {
    JournalScope scope(*this);
    through = scope.built();
    SegmentList inputs = scope.list();
    std::erase_if(inputs, [](const SegmentState& state) { return !state.young(); });
    if (!inputs.empty()) {
      std::filesystem::create_directories(identity_.directory);
      std::shared_ptr<const Segment> result;
      const bool whole = inputs.size() == 1 && !inputs[0].live && !inputs[0].patches;
      const std::string name = whole ? inputs[0].segment->name() : next_segment_name();
      std::filesystem::remove_all(identity_.directory / name);  // of a flush that failed
      if (whole) {
        result = write_segment(*inputs[0].segment, identity_.directory, shared_.postings);
      } else {
        result = merge_to_disk(name, *mapping(), readers_of(inputs), identity_.directory, shared_.postings);
      }
      replace(inputs, result ? std::vector{result} : std::vector<std::shared_ptr<const Segment>>(), scope.journal());
    }
  }
  persist(through);
  add_young_bytes();
  shared_.backlog_changed();
  malloc_trim(0);
  ++counters.flush_total;
  counters.flush_us += us_since(begin);
}

void IndexImpl::flush() {
  refresh();
  flush_young();
  settle_searcher();
  schedule_disk_merges();
  collect_garbage();
}

// ---- merges

bool IndexImpl::merge_young_once() {
  const auto begin = Clock::now();
  std::lock_guard job(young_job_mutex_);
  JournalScope scope(*this);
  SegmentList young = scope.list();
  std::erase_if(young, [](const SegmentState& state) { return !state.young(); });
  std::vector<MergeCandidate> candidates;
  for (const SegmentState& state : young) candidates.push_back(candidate_of(state));
  const auto range = choose_merge(candidates, young_policy());
  if (!range) return false;
  const SegmentList inputs(young.begin() + static_cast<ptrdiff_t>(range->begin),
                           young.begin() + static_cast<ptrdiff_t>(range->end));
  auto result = merge_segments(next_segment_name(), *mapping(), readers_of(inputs));
  ++counters.merge_total;
  if (result) counters.merge_docs += result->doc_count();
  replace(inputs, result ? std::vector{result} : std::vector<std::shared_ptr<const Segment>>(), scope.journal());
  add_young_bytes();
  counters.merge_us += us_since(begin);
  return true;
}

void IndexImpl::schedule_young_merges() {
  std::vector<MergeCandidate> candidates;
  for (const SegmentState& state : segments()) {
    if (state.young()) candidates.push_back(candidate_of(state));
  }
  if (!choose_merge(candidates, young_policy())) return;
  if (stopped_ || young_merge_scheduled_.exchange(true)) return;
  shared_.pool.run_heavy([self = shared_from_this()] {
    self->young_merge_scheduled_ = false;
    self->guarded("merge young segments", [&] {
      while (!self->stopped_ && self->merge_young_once()) {
      }
      self->settle_searcher();
    });
  });
}

bool IndexImpl::merge_disk_once(const Choose& choose) {
  const auto begin = Clock::now();
  std::lock_guard job(disk_job_mutex_);
  SegmentList inputs;
  {
    JournalScope scope(*this);
    {
      // A merged segment must not span the rows of one that waits for repair.
      std::lock_guard lock(state_mutex_);
      if (!damaged_.empty() || deleted_) return false;
    }
    SegmentList flushed = scope.list();
    std::erase_if(flushed, [](const SegmentState& state) { return state.young(); });
    std::vector<MergeCandidate> candidates;
    for (const SegmentState& state : flushed) candidates.push_back(candidate_of(state));
    const auto range = choose(candidates);
    if (!range) return false;
    inputs.assign(flushed.begin() + static_cast<ptrdiff_t>(range->begin),
                  flushed.begin() + static_cast<ptrdiff_t>(range->end));
    ++counters.merge_current;
    std::shared_ptr<const Segment> result;
    try {
      const std::string name = next_segment_name();
      std::filesystem::remove_all(identity_.directory / name);
      result = merge_to_disk(name, *mapping(), readers_of(inputs), identity_.directory, shared_.postings);
    } catch (...) {
      --counters.merge_current;
      throw;
    }
    --counters.merge_current;
    ++counters.merge_total;
    if (result) counters.merge_docs += result->doc_count();
    replace(inputs, result ? std::vector{result} : std::vector<std::shared_ptr<const Segment>>(), scope.journal());
  }
  persist(SeqNo(-1));
  for (const SegmentState& input : inputs) input.guard->obsolete = true;
  malloc_trim(0);
  counters.merge_us += us_since(begin);
  return true;
}

void IndexImpl::schedule_disk_merges() {
  std::vector<MergeCandidate> candidates;
  for (const SegmentState& state : segments()) {
    if (!state.young()) candidates.push_back(candidate_of(state));
  }
  if (!choose_merge(candidates, MergePolicy())) return;
  if (stopped_ || disk_merge_scheduled_.exchange(true)) return;
  shared_.pool.run_heavy([self = shared_from_this()] {
    self->disk_merge_scheduled_ = false;
    self->guarded("merge segments", [&] {
      const auto choose = [](const auto& candidates) { return choose_merge(candidates, MergePolicy()); };
      while (!self->stopped_ && self->merge_disk_once(choose)) {
      }
      self->settle_searcher();
      self->collect_garbage();
    });
  });
}

void IndexImpl::force_merge(int max_segments, bool only_expunge_deletes) {
  refresh();
  flush_young();
  Choose choose;
  if (only_expunge_deletes) {
    // index.merge.policy.expunge_deletes_allowed of OpenSearch is 10 %.
    choose = [](const std::vector<MergeCandidate>& candidates) -> std::optional<MergeRange> {
      for (size_t i = 0; i < candidates.size(); ++i) {
        if (candidates[i].dead_ratio > 0.1) return MergeRange{i, i + 1};
      }
      return std::nullopt;
    };
  } else if (max_segments < 1) {
    choose = [](const auto& candidates) { return choose_merge(candidates, MergePolicy()); };
  } else {
    choose = [max_segments](const std::vector<MergeCandidate>& candidates) -> std::optional<MergeRange> {
      if (auto range = choose_forced_merge(candidates, static_cast<size_t>(max_segments))) return range;
      // As OpenSearch: what remains has no deleted documents.
      for (size_t i = 0; i < candidates.size(); ++i) {
        if (candidates[i].dead_ratio > 0) return MergeRange{i, i + 1};
      }
      return std::nullopt;
    };
  }
  // Bounded, because documents may die faster than segments are merged.
  for (int merges = 0; merges < kForcedMergesMax && !stopped_ && merge_disk_once(choose); ++merges) {
  }
  settle_searcher();
  collect_garbage();
}

void IndexImpl::close_down(bool flush_first) {
  if (flush_first && !deleted_) {
    guarded("flush", [&] {
      bool dirty = acked_ > persisted_seq_;
      for (const SegmentState& state : segments()) dirty |= state.young() || state.live_dirty || state.patches_dirty;
      if (dirty) flush_young();
    });
  }
  stopped_ = true;
  refreshed_.notify_all();
}

}  // namespace tarn

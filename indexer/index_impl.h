#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <list>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "indexer/engine_shared.h"
#include "indexer/index.h"
#include "indexer/manifest.h"
#include "indexer/memtable.h"
#include "indexer/merge_policy.h"
#include "indexer/oplog.h"
#include "indexer/segment_list.h"

namespace tarn {

using Clock = std::chrono::steady_clock;

/// What identifies an index for ever.
struct IndexIdentity {
  IndexKey key = 0;
  std::string name, uuid;
  int64_t creation_date_ms = 0;
  std::filesystem::path directory;   ///< manifest and segments
};

/// The Index of index.h. Who may do what:
///  * The leader of the commit queue owns `memtable_` and the numbers of rows and operations.
///  * advance() moves the memtable into `segments_`; it and every other change of `segments_` holds `change_mutex_`.
///    `state_mutex_` guards the list itself and is held for moments only.
///  * Flushes and merges of young segments hold `young_job_mutex_`, merges on disk `disk_job_mutex_`; they read a copy of
///    the list, and catch up with what happened meanwhile through a journal.
///  * Readers hold a Searcher.
class IndexImpl final : public Index, public std::enable_shared_from_this<IndexImpl> {
 public:
  IndexImpl(std::shared_ptr<EngineShared> shared, IndexIdentity identity, std::shared_ptr<const IndexSettings> settings,
            std::shared_ptr<const Mapping> mapping, bool closed);
  ~IndexImpl() override;

  // Index
  const std::string& name() const override { return identity_.name; }
  const std::string& uuid() const override { return identity_.uuid; }
  int64_t creation_date_ms() const override { return identity_.creation_date_ms; }
  std::shared_ptr<const Mapping> mapping() const override;
  std::shared_ptr<const IndexSettings> settings() const override;
  bool closed() const override { return closed_; }
  void put_mapping(const Json& update) override;
  void put_settings(std::shared_ptr<const IndexSettings> settings) override;
  void set_closed(bool closed) override;
  std::optional<GetResult> get(std::string_view id) const override;
  std::shared_ptr<const Searcher> acquire_searcher() override;
  void refresh() override;
  void wait_for_refresh() override;
  void flush() override;
  void force_merge(int max_segments, bool only_expunge_deletes) override;
  IndexStats stats() const override;
  void count_search(uint64_t query_us, uint64_t fetch_us) override;

  // For the engine.
  IndexKey key() const { return identity_.key; }
  EngineShared& shared() const { return shared_; }
  /// What the store keeps of the index: settings, mapping, state.
  std::string record() const;
  static std::shared_ptr<IndexImpl> from_record(std::shared_ptr<EngineShared> shared, const std::filesystem::path& indices,
                                                const std::string& name, const std::string& record);
  static std::shared_ptr<const Mapping> create_mapping(const Json& mappings, const IndexSettings& settings);
  void save_record();
  /// Manifest, segments, oplog. Only before anything else.
  void recover();
  /// Rebuilds in the background what recover() found damaged.
  void start_repairs();
  /// Reads every byte of the flushed segments in the background, which opening them does not, and rebuilds those whose
  /// checksums fail; until then a search that meets the damage fails, and the others are served.
  void start_verification();
  void mark_deleted();
  bool deleted() const { return deleted_; }
  /// Called some ten times a second: schedules refreshes, flushes.
  void tick(Clock::time_point now);
  /// Flushes and stops; the store stays open.
  void close_down(bool flush_first);
  void schedule_build();
  void schedule_flush();
  size_t young_bytes() const { return young_bytes_; }
  size_t memtable_bytes() const { return pending_bytes_; }
  size_t flushed_memory_bytes() const;
  Engine::CheckReport check();
  void rebuild();
  void collect_garbage();

  // For writers, on any thread.
  /// Merges what a document brought that the mapping lacked; the next commit stores it. Returns the newest mapping.
  std::shared_ptr<const Mapping> merge_dynamic(const Json& update);
  /// The source as readers may see it: "_source" includes and excludes applied; nothing if _source is disabled.
  std::optional<std::string> visible_source(std::string source) const;
  bool source_is_plain() const { return source_is_plain_; }
  void offer_sample(std::string_view source);
  void train_dictionary_if_due();

  /// The built segments, which hold all operations up to the number.
  std::pair<SegmentList, SeqNo> built() const {
    std::lock_guard lock(state_mutex_);
    return {segments_, built_};
  }

  // For the leader of the commit queue only.
  struct Committed {
    std::vector<std::shared_ptr<ParsedBatch>> batches;
    std::vector<RowId> dead;
    std::vector<PatchOp> patches;
    uint64_t operations = 0;
    uint64_t indexed = 0, deletes = 0, patched = 0;
  };
  RowId next_row{};
  SeqNo next_seq_no{};
  /// The record if a mapping change waits to be stored with the next commit.
  std::optional<std::string> take_unsaved_record();
  void unsaved_again() { unsaved_ = true; }
  void publish(Committed committed);

  struct Counters {
    std::atomic<uint64_t> index_total{0}, index_us{0}, index_failed{0}, index_current{0}, delete_total{0}, delete_us{0};
    std::atomic<uint64_t> noop_total{0}, patch_total{0}, refresh_total{0}, refresh_us{0}, flush_total{0}, flush_us{0};
    std::atomic<uint64_t> merge_total{0}, merge_us{0}, merge_docs{0}, merge_current{0};
    std::atomic<uint64_t> query_total{0}, query_us{0}, fetch_total{0}, fetch_us{0};
    mutable std::atomic<uint64_t> get_total{0}, get_exists{0}, get_missing{0}, get_us{0};
  };
  Counters counters;

 private:
  /// What happened to rows while a merge, flush or rebuild was running.
  struct Journal { RowChanges changes; };
  /// Registers a journal and copies the list in one moment; deregisters when a merge fails.
  class JournalScope;

  // index_refresh.cc
  void advance(bool publish);
  std::vector<std::shared_ptr<const Segment>> build(const std::vector<std::shared_ptr<ParsedBatch>>& batches);
  void publish_searcher(std::shared_ptr<const StoreSnapshot> snapshot, SeqNo through);
  void renew_searcher();
  bool search_idle(Clock::time_point now) const;
  bool unpublished() const { return acked_ > published_ || segments_version_ != published_version_; }
  std::string next_segment_name();
  void add_young_bytes();

  // index_merge.cc
  SegmentList segments() const;
  void flush_young();
  bool merge_young_once();
  using Choose = std::function<std::optional<MergeRange>(const std::vector<MergeCandidate>&)>;
  bool merge_disk_once(const Choose& choose);
  void schedule_disk_merges();
  void schedule_young_merges();
  /// Puts `results` in place of `inputs`, after what the journal says, and ends the journal.
  void replace(const SegmentList& inputs, const std::vector<std::shared_ptr<const Segment>>& results, Journal& journal);
  void persist(SeqNo through);
  void settle_searcher();
  void guarded(std::string_view what, const std::function<void()>& work) const;

  // index_recover.cc
  bool load_segments(const Manifest& manifest);
  void replay(SeqNo after);
  std::vector<std::shared_ptr<const Segment>> replay_rows(
      std::span<const std::pair<uint64_t, std::pair<SeqNo, Version>>> tail);
  struct Tail;
  std::shared_ptr<ParsedBatch> parse_rows(const std::vector<RowId>& rows,
                                          const std::vector<std::pair<SeqNo, Version>>& numbers,
                                          const StoreSnapshot* snapshot);
  void remove_stray_directories(const Manifest& manifest);
  void repair(Manifest::Entry entry);
  void verify_segment(const std::string& segment);
  /// New segments on disk of the live documents among rows [from, to).
  std::vector<std::shared_ptr<const Segment>> segments_of_rows(RowId from, RowId to, const StoreSnapshot* snapshot);

  const std::shared_ptr<EngineShared> owner_;  // keeps shared_ alive
  EngineShared& shared_;
  const IndexIdentity identity_;
  const std::shared_ptr<DirectoryGuard> directory_guard_;

  // Guarded by mapping_mutex_, which is also held while they are stored, so that records are stored in order.
  mutable std::mutex mapping_mutex_;
  std::shared_ptr<const Mapping> mapping_;
  std::shared_ptr<const IndexSettings> settings_;
  std::atomic<bool> closed_, deleted_{false}, unsaved_{false}, source_is_plain_{true};  // atomic: read on every write

  // Owned by the leader of the commit queue.
  Memtable memtable_;

  std::mutex change_mutex_;          // the right to change segments_
  mutable std::mutex state_mutex_;   // guards the rest of this group
  SegmentList segments_;
  std::list<Journal*> journals_;
  SeqNo built_{-1};                  // operations that segments_ holds
  RowId built_end_row_{};
  SeqNo persisted_{-1};
  std::vector<Manifest::Entry> damaged_;  // segments that wait for repair
  uint64_t next_segment_ = 1;

  std::mutex persist_mutex_;         // one manifest at a time
  std::mutex young_job_mutex_, disk_job_mutex_;

  // The searcher is swapped under this mutex; the signal is for those who wait for a refresh.
  mutable std::mutex searcher_mutex_;
  std::condition_variable refreshed_;
  std::shared_ptr<const Searcher> searcher_;
  Clock::time_point searcher_time_{};
  Clock::time_point last_refresh_{};

  // Atomic: written by one side, polled by another without a lock.
  std::atomic<int64_t> acked_{-1}, published_{-1}, persisted_seq_{-1};
  std::atomic<uint64_t> segments_version_{0}, published_version_{0};
  std::atomic<size_t> pending_bytes_{0}, young_bytes_{0};
  std::atomic<int> refresh_waiters_{0};
  std::atomic<int64_t> last_search_ms_, last_write_ms_, flush_failed_ms_{INT64_MIN / 2};
  std::atomic<bool> build_scheduled_{false}, refresh_scheduled_{false}, flush_scheduled_{false};
  std::atomic<bool> disk_merge_scheduled_{false}, young_merge_scheduled_{false}, stopped_{false};
  std::atomic<uint64_t> dead_since_collection_{0}, patched_since_collection_{0};

  // Samples for the dictionary. Guarded by samples_mutex_.
  std::mutex samples_mutex_;
  std::vector<std::string> samples_;
  size_t sample_bytes_ = 0;
  std::atomic<bool> wants_samples_{true};
};

int64_t steady_ms();

}  // namespace tarn

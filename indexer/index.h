#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "indexer/base/error.h"
#include "indexer/mapping/index_settings.h"
#include "indexer/searcher.h"

namespace tarn::script {
class UpdateScript;
}

namespace tarn {

class Index;

enum class WriteType : uint8_t { kIndex, kCreate, kUpdate, kDelete };
enum class VersionType : uint8_t { kInternal, kExternal, kExternalGte };
enum class WriteResult : uint8_t { kCreated, kUpdated, kDeleted, kNotFound, kNoop };

/// One operation of a bulk request, or a single write. Views must live until Engine::write returns.
struct WriteOp {
  std::shared_ptr<Index> index;
  WriteType type = WriteType::kIndex;
  std::string id;                     ///< "": Tarn generates one, or derives it from the dedupe fields
  std::string routing;
  std::string_view source;            ///< the document (index, create); for an update the partial document ("doc")
  VersionType version_type = VersionType::kInternal;
  std::optional<Version> version;
  std::optional<int64_t> if_seq_no, if_primary_term;

  // Update only.
  bool has_doc = false;               ///< "doc" was given
  std::string_view upsert;            ///< "" if none
  bool doc_as_upsert = false;
  bool detect_noop = true;
  int retry_on_conflict = 0;
  std::shared_ptr<const script::UpdateScript> script;  ///< instead of "doc"; may be null
  bool scripted_upsert = false;       ///< the script makes a missing document of `upsert`
  bool want_source = false;           ///< fill WriteOutcome::source with the document after the update
};

struct WriteOutcome {
  WriteResult result = WriteResult::kCreated;
  std::string id;
  std::string routing;
  Version version = 0;
  SeqNo seq_no{};
  int64_t primary_term = 1;
  bool duplicate = false;             ///< a document with the same dedupe key was there; result is kNoop
  std::optional<Error> error;         ///< 409 version_conflict_engine_exception, 400 mapper_parsing_exception, 404 ...
  std::string source;                 ///< after an update with want_source
  int status() const;                 ///< 201, 200, 404, or the error's
};

/// Realtime answer of GET by id: the newest write, refreshed or not.
struct GetResult {
  std::string source, routing;
  Version version = 0;
  SeqNo seq_no{};
  int64_t primary_term = 1;
};

/// True figures for _stats, _cat and _nodes/stats.
struct IndexStats {
  uint64_t docs = 0, deleted_docs = 0;        ///< of the newest searcher, nested children included
  uint64_t store_bytes = 0;                   ///< segments on disk and the index's share of the store
  uint64_t segment_count = 0, segments_on_disk = 0;
  uint64_t memory_bytes = 0;                  ///< memtable, young segments, patches
  uint64_t index_total = 0, index_time_ms = 0, index_failed = 0, index_current = 0;
  uint64_t delete_total = 0, delete_time_ms = 0, noop_update_total = 0;
  uint64_t in_place_update_total = 0;
  uint64_t get_total = 0, get_exists_total = 0, get_missing_total = 0, get_time_ms = 0;
  uint64_t refresh_total = 0, refresh_time_ms = 0, flush_total = 0, flush_time_ms = 0;
  uint64_t merge_total = 0, merge_time_ms = 0, merge_docs = 0, merge_current = 0;
  uint64_t query_total = 0, query_time_ms = 0, fetch_total = 0, fetch_time_ms = 0;  ///< counted through count_search
  uint64_t oplog_operations = 0;
  int64_t max_seq_no = -1;
};

/// One index: memtable, segments, refresh, flush, merge, recovery. Thread-safe. Created and destroyed by the Engine.
class Index {
 public:
  virtual ~Index() = default;
  virtual const std::string& name() const = 0;
  virtual const std::string& uuid() const = 0;
  virtual int64_t creation_date_ms() const = 0;
  virtual std::shared_ptr<const Mapping> mapping() const = 0;
  virtual std::shared_ptr<const IndexSettings> settings() const = 0;
  virtual bool closed() const = 0;

  /// Merges `update` into the mapping and stores it; throws what Mapping::merge throws.
  virtual void put_mapping(const Json& update) = 0;
  /// Replaces the settings (validated by the caller) and stores them; analysis changes need a closed index.
  virtual void put_settings(std::shared_ptr<const IndexSettings> settings) = 0;
  virtual void set_closed(bool closed) = 0;

  virtual std::optional<GetResult> get(std::string_view id) const = 0;   ///< realtime
  /// The newest searcher; also marks the index as searched, so that idle indices begin to refresh again.
  virtual std::shared_ptr<const Searcher> acquire_searcher() = 0;

  /// Makes every write acknowledged before the call visible to searchers acquired after it.
  virtual void refresh() = 0;
  /// Returns when the next refresh has made everything acknowledged so far visible (?refresh=wait_for); forces one if the
  /// index never refreshes by itself or too many wait.
  virtual void wait_for_refresh() = 0;
  /// Refreshes, writes young segments to disk, syncs, trims the oplog.
  virtual void flush() = 0;
  /// Merges down to at most `max_segments` segments (-1: as the policy likes), or only those with deletes.
  virtual void force_merge(int max_segments, bool only_expunge_deletes) = 0;

  virtual IndexStats stats() const = 0;
  virtual void count_search(uint64_t query_us, uint64_t fetch_us) = 0;
};

}  // namespace tarn

#pragma once

#include <atomic>
#include <filesystem>
#include <string>
#include <unordered_map>
#include <vector>

#include "indexer/engine_shared.h"
#include "indexer/index_impl.h"
#include "indexer/write_request.h"

namespace tarn {

/// Outcomes as they are kept for an idempotency key, and back.
std::string encode_outcomes(const std::vector<WriteOutcome>& outcomes);
std::vector<WriteOutcome> decode_outcomes(std::string_view text);
/// The outcomes stored under a key in the last 24 hours.
std::optional<std::vector<WriteOutcome>> find_idempotent(const Store& store, const std::string& key);
void expire_idempotent(Store& store);

/// Decides the operations of a group of requests in order, writes one batch with one sync, and publishes the result to the
/// memtables. commit() runs on the leader of the queue.
class Committer {
 public:
  explicit Committer(EngineShared& shared);
  void commit(const std::vector<PreparedRequest*>& requests);
  /// Number of the last commit whose effects every reader sees. Any thread.
  uint32_t epoch() const { return epoch_.load(std::memory_order_acquire); }
  enum class Room { kAll, kDeletes, kNone };
  Room room() const;

 private:
  using Action = PreparedOp::Action;
  struct Touched {
    std::shared_ptr<IndexImpl> index;
    OplogWriter oplog;
    SeqNo first{};
    IndexImpl::Committed committed;
  };
  struct IdWrite { IndexKey index; std::string_view id; IdEntry entry; };
  struct PatchWrite { IndexKey index; RowId row; SeqNo seq_no; const std::string* delta; };
  struct Slot { uint64_t hash = 0; PreparedRequest* request = nullptr; uint32_t op = 0; };

  void admit(const std::vector<PreparedRequest*>& requests);
  void number_rows(PreparedRequest& request);
  void refresh_entries(PreparedRequest& request);
  void decide(PreparedRequest& request);
  bool decide_one(PreparedRequest& request, uint32_t i);
  void write_index(PreparedRequest& request, uint32_t i, const std::optional<IdEntry>& current);
  void write_patch(PreparedRequest& request, uint32_t i, const IdEntry& current);
  void write_delete(PreparedRequest& request, uint32_t i, const std::optional<IdEntry>& current);
  void finish(PreparedRequest& request, uint32_t i, const IdEntry& after);
  void write_blocks(PreparedRequest& request);
  void write_sorted();
  void store_batch(bool sync);
  void publish();
  Touched& touched(const std::shared_ptr<IndexImpl>& index);
  Slot& slot_of(PreparedRequest& request, uint32_t i);
  static void fail(PreparedRequest& request, uint32_t i, Error error);

  EngineShared& shared_;
  std::atomic<uint32_t> epoch_{0};

  // Owned by the leader.
  uint32_t number_ = 0;
  StoreBatch batch_;
  std::vector<PreparedRequest*> admitted_;
  std::vector<Touched> touched_;
  std::vector<IdWrite> id_writes_;        // views of the requests' outcomes
  std::vector<PatchWrite> patch_writes_;
  std::vector<Slot> overlay_;             // open addressing: what this commit did to documents
  std::vector<uint32_t> last_commit_;     // by hash of index and _id: the last commit that wrote such a document
  std::string broken_;                    // why no commit is possible any more
  bool full_ = false;                     // the last commit found the disk full
};

}  // namespace tarn

#pragma once

#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "indexer/index.h"
#include "indexer/memtable.h"
#include "indexer/store/row_block.h"
#include "indexer/store/store.h"

namespace tarn {

class IndexImpl;

/// What one request adds to one index: parsed and compressed before the commit, numbered by it.
struct IndexBatch {
  std::shared_ptr<IndexImpl> index;
  std::shared_ptr<const Mapping> mapping;
  std::shared_ptr<const IndexSettings> settings;
  std::shared_ptr<ParsedBatch> parsed;     ///< root i is slot i of the row blocks
  std::shared_ptr<PatchSet> patches;
  std::optional<RowBlockBuilder> rows;
  RowId base{};                            ///< row of root 0; the commit sets it
};

/// One operation, ready to be decided: what remains depends on what others committed meanwhile.
struct PreparedOp {
  enum class Action : uint8_t {
    kDone,     ///< its outcome is known: an error
    kIndex,    ///< root `root` of its batch
    kPatch,    ///< root `root` of its batch's patches, `delta` for the store
    kDelete,
    kNoop,     ///< an update that changes nothing
  };
  Action action = Action::kDone;
  uint32_t batch = 0;                  ///< into PreparedRequest::batches
  uint32_t root = 0;
  bool generated_id = false;           ///< nobody else can know it: no look-up
  bool create_only = false;            ///< WriteType::kCreate, or a dedupe key whose first document stays
  bool dedupe = false;
  uint64_t hash = 0;                   ///< of index and _id
  std::optional<IdEntry> entry;        ///< looked up before the commit

  // An update was computed from a state of the document that must still hold: what operation `base_op` of this request
  // leaves, or else the entry above.
  bool is_update = false;
  int32_t base_op = -1;
  bool base_changed = false;           ///< the commit found another entry than the look-up
  std::string delta;

  // The commit's own: what the document is after this operation.
  IdEntry after;
};

/// A write request on its way: prepared on the caller's thread, committed by the leader of the queue.
struct PreparedRequest {
  std::span<WriteOp> ops;
  std::vector<WriteOutcome>* outcomes = nullptr;
  std::vector<PreparedOp> prepared;    ///< one an op
  std::vector<uint32_t> order;         ///< ops of this round
  std::vector<IndexBatch> batches;
  uint32_t epoch = 0;                  ///< last commit before the look-ups
  bool sync = true;
  std::string idempotency_key;

  // Set by the commit.
  std::vector<uint32_t> deferred;      ///< updates whose base changed: prepare them again
  bool seen_before = false;            ///< the idempotency key was committed meanwhile
  std::exception_ptr failure;
};

}  // namespace tarn

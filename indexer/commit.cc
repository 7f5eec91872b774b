#include "indexer/commit.h"

#include <sys/statvfs.h>

#include "indexer/prepare.h"

namespace tarn {
namespace {

// Look-ups made before a commit are valid if no commit since then wrote to the same slot. 2^18 slots (1 MB) keep false
// alarms rare with tens of thousands of documents in flight; a false alarm costs one more look-up.
constexpr size_t kLastCommitSlots = size_t{1} << 18;

// A log that cannot grow by this much is not written to, not even for deletes.
constexpr uint64_t kDeletesBytesMin = 16 << 20;

bool live(const std::optional<IdEntry>& entry) { return entry && !entry->deleted; }

std::string full_disk(const std::string& index) {
  return fmt::format("index [{}] blocked by: [TOO_MANY_REQUESTS/12/disk usage exceeded flood-stage watermark, index has "
                     "read-only-allow-delete block];",
                     index);
}

std::optional<Error> check_seq_no(const WriteOp& op, const std::string& id, const std::optional<IdEntry>& current) {
  if (!op.if_seq_no) return std::nullopt;
  const int64_t term = op.if_primary_term.value_or(1);
  if (live(current) && current->seq_no.value == *op.if_seq_no && term == 1) return std::nullopt;
  return seq_no_conflict(*op.index, id, *op.if_seq_no, term, current);
}

std::optional<Error> check_version(const WriteOp& op, const std::string& id, const std::optional<IdEntry>& current) {
  if (!op.version) return std::nullopt;
  const Version wanted = *op.version;
  const auto conflict = [&](const std::string& what) { return version_conflict(*op.index, id, what); };
  switch (op.version_type) {
    case VersionType::kExternal:
      if (current && current->version >= wanted) {
        return conflict(fmt::format("current version [{}] is higher or equal to the one provided [{}]", current->version, wanted));
      }
      break;
    case VersionType::kExternalGte:
      if (current && current->version > wanted) {
        return conflict(fmt::format("current version [{}] is higher than the one provided [{}]", current->version, wanted));
      }
      break;
    case VersionType::kInternal:
      if (!current) return conflict(fmt::format("document does not exist (expected version [{}])", wanted));
      if (current->version != wanted) {
        return conflict(fmt::format("current version [{}] is different than the one provided [{}]", current->version, wanted));
      }
      break;
  }
  return std::nullopt;
}

Version next_version(const WriteOp& op, const std::optional<IdEntry>& current) {
  if (op.version && op.version_type != VersionType::kInternal) return *op.version;
  return current ? current->version + 1 : 1;
}

}  // namespace

Committer::Committer(EngineShared& shared) : shared_(shared), batch_(*shared.store), last_commit_(kLastCommitSlots, 0) {}

Committer::Room Committer::room() const {
  struct statvfs stats{};
  if (statvfs(shared_.options.data_directory.c_str(), &stats) != 0) return Room::kAll;
  const uint64_t free = uint64_t{stats.f_bavail} * stats.f_frsize;
  if (free >= shared_.options.free_bytes_min) return Room::kAll;
  return free >= std::min(shared_.options.free_bytes_min / 16, kDeletesBytesMin) ? Room::kDeletes : Room::kNone;
}

void Committer::commit(const std::vector<PreparedRequest*>& requests) {
  ++number_;
  batch_.clear();
  touched_.clear();
  id_writes_.clear();
  patch_writes_.clear();
  admit(requests);
  size_t operations = 0;
  for (PreparedRequest* request : admitted_) operations += request->order.size();
  if (operations == 0) return;
  overlay_.assign(std::bit_ceil(operations * 2), Slot());
  bool sync = false;
  for (PreparedRequest* request : admitted_) {
    number_rows(*request);
    refresh_entries(*request);
    decide(*request);
    write_blocks(*request);
    sync |= request->sync;
    if (!request->idempotency_key.empty() && request->deferred.empty()) {
      batch_.put_meta("idempotency", request->idempotency_key, encode_outcomes(*request->outcomes));
    }
  }
  for (Touched& t : touched_) {
    if (t.oplog.count() > 0) batch_.put_oplog(t.index->key(), t.first, t.oplog.record());
    if (auto record = t.index->take_unsaved_record()) batch_.put_meta("index", t.index->name(), *record);
  }
  write_sorted();
  if (!batch_.empty()) store_batch(sync);
  epoch_.store(number_, std::memory_order_release);
  publish();
}

/// Sorts out requests that cannot be committed: disk full, or the same idempotency key was committed meanwhile.
void Committer::admit(const std::vector<PreparedRequest*>& requests) {
  if (!broken_.empty()) throw ApiError(500, "store_exception", broken_);
  admitted_.clear();
  const Room room = this->room();
  if (full_ && room == Room::kAll && shared_.store->resume()) full_ = false;
  const bool nothing = full_ || room == Room::kNone;
  for (PreparedRequest* request : requests) {
    if (nothing || room != Room::kAll) {
      const auto grows = [&](uint32_t i) {
        return request->prepared[i].action == Action::kIndex || request->prepared[i].action == Action::kPatch;
      };
      const auto blocked = std::find_if(request->order.begin(), request->order.end(), grows);
      if (nothing || blocked != request->order.end()) {
        const uint32_t i = blocked != request->order.end() ? *blocked : request->order.front();
        request->failure = std::make_exception_ptr(
            ApiError(429, "cluster_block_exception", full_disk(request->ops[i].index->name())));
        continue;
      }
    }
    if (!request->idempotency_key.empty()) {
      const auto same = [&](const PreparedRequest* other) { return other->idempotency_key == request->idempotency_key; };
      if (std::any_of(admitted_.begin(), admitted_.end(), same) ||
          find_idempotent(*shared_.store, request->idempotency_key)) {
        request->seen_before = true;
        continue;
      }
    }
    admitted_.push_back(request);
  }
}

void Committer::number_rows(PreparedRequest& request) {
  for (IndexBatch& batch : request.batches) {
    IndexImpl& index = *batch.index;
    batch.base = index.next_row;
    uint64_t row = batch.base.value;
    for (ParsedRoot& root : batch.parsed->roots) {
      root.row = RowId(row++);
      root.dead = true;  // until its operation is decided
    }
    index.next_row = RowId(row);
  }
}

/// Looks up again what commits since the request's look-ups may have changed.
void Committer::refresh_entries(PreparedRequest& request) {
  std::unordered_map<uint32_t, std::vector<uint32_t>> stale;  // by batch
  for (const uint32_t i : request.order) {
    const PreparedOp& op = request.prepared[i];
    if (op.action == Action::kDone || op.generated_id) continue;
    if (last_commit_[op.hash & (kLastCommitSlots - 1)] > request.epoch) stale[op.batch].push_back(i);
  }
  for (const auto& [batch, ops] : stale) {
    std::vector<std::string_view> ids;
    for (const uint32_t i : ops) ids.push_back((*request.outcomes)[i].id);
    const auto entries = shared_.store->find_ids(request.batches[batch].index->key(), ids, nullptr);
    for (size_t k = 0; k < ops.size(); ++k) {
      PreparedOp& op = request.prepared[ops[k]];
      const bool same = entries[k].has_value() == op.entry.has_value() &&
                        (!entries[k] || entries[k]->seq_no == op.entry->seq_no);
      op.entry = entries[k];
      op.base_changed = !same;
    }
  }
}

void Committer::decide(PreparedRequest& request) {
  std::vector<uint64_t> deferred;
  for (const uint32_t i : request.deferred) deferred.push_back(request.prepared[i].hash);
  for (const uint32_t i : request.order) {
    PreparedOp& op = request.prepared[i];
    if (op.action == Action::kDone) continue;
    // What follows a deferred operation on the same document must wait with it.
    const bool waits = !deferred.empty() && !op.generated_id &&
                       std::find(deferred.begin(), deferred.end(), op.hash) != deferred.end();
    if (waits || !decide_one(request, i)) {
      op.action = Action::kDone;
      request.deferred.push_back(i);
      deferred.push_back(op.hash);
    }
  }
  std::sort(request.deferred.begin(), request.deferred.end());
}

Committer::Slot& Committer::slot_of(PreparedRequest& request, uint32_t i) {
  const PreparedOp& op = request.prepared[i];
  const std::string& id = (*request.outcomes)[i].id;
  const size_t mask = overlay_.size() - 1;
  size_t at = op.hash & mask;
  while (overlay_[at].request != nullptr) {
    const Slot& slot = overlay_[at];
    if (slot.hash == op.hash && (*slot.request->outcomes)[slot.op].id == id &&
        slot.request->ops[slot.op].index == request.ops[i].index) {
      break;
    }
    at = (at + 1) & mask;
  }
  return overlay_[at];
}

/// False: the update was computed from a state that is no more.
bool Committer::decide_one(PreparedRequest& request, uint32_t i) {
  const WriteOp& op = request.ops[i];
  PreparedOp& prepared = request.prepared[i];
  WriteOutcome& outcome = (*request.outcomes)[i];
  if (static_cast<IndexImpl&>(*op.index).deleted()) {
    fail(request, i, Error(404, "index_not_found_exception", fmt::format("no such index [{}]", op.index->name()))
                         .with("index", op.index->name()).with("index_uuid", op.index->uuid()));
    return true;
  }
  std::optional<IdEntry> current = prepared.entry;
  if (!prepared.generated_id) {
    const Slot& slot = slot_of(request, i);
    if (prepared.is_update) {
      const bool same = prepared.base_op >= 0
                            ? slot.request == &request && slot.op == static_cast<uint32_t>(prepared.base_op)
                            : slot.request == nullptr && !prepared.base_changed;
      if (!same) return false;
    }
    if (slot.request != nullptr) current = slot.request->prepared[slot.op].after;
  }
  if (prepared.action == Action::kNoop) {
    outcome.result = WriteResult::kNoop;
    outcome.version = current->version;
    outcome.seq_no = current->seq_no;
    ++static_cast<IndexImpl&>(*op.index).counters.noop_total;
    return true;
  }
  if (!prepared.is_update) {
    if (auto error = check_seq_no(op, outcome.id, current)) return fail(request, i, std::move(*error)), true;
    if (prepared.create_only && live(current)) {
      if (!prepared.dedupe) {
        fail(request, i, version_conflict(*op.index, outcome.id,
                                          fmt::format("document already exists (current version [{}])", current->version)));
        return true;
      }
      outcome.result = WriteResult::kNoop;
      outcome.duplicate = true;
      outcome.version = current->version;
      outcome.seq_no = current->seq_no;
      return true;
    }
    if (auto error = check_version(op, outcome.id, current)) return fail(request, i, std::move(*error)), true;
  }
  if (prepared.action == Action::kIndex) {
    write_index(request, i, current);
  } else if (prepared.action == Action::kPatch) {
    write_patch(request, i, *current);
  } else {
    write_delete(request, i, current);
  }
  return true;
}

void Committer::fail(PreparedRequest& request, uint32_t i, Error error) {
  (*request.outcomes)[i].error = std::move(error);
  request.prepared[i].action = Action::kDone;
  ++static_cast<IndexImpl&>(*request.ops[i].index).counters.index_failed;
}

Committer::Touched& Committer::touched(const std::shared_ptr<IndexImpl>& index) {
  for (Touched& t : touched_) {
    if (t.index == index) return t;
  }
  Touched& t = touched_.emplace_back();
  t.index = index;
  t.first = index->next_seq_no;
  return t;
}

void Committer::finish(PreparedRequest& request, uint32_t i, const IdEntry& after) {
  PreparedOp& prepared = request.prepared[i];
  WriteOutcome& outcome = (*request.outcomes)[i];
  const IndexBatch& batch = request.batches[prepared.batch];
  prepared.after = after;
  outcome.version = after.version;
  outcome.seq_no = after.seq_no;
  id_writes_.push_back({batch.index->key(), outcome.id, after});
  if (prepared.generated_id) return;
  last_commit_[prepared.hash & (kLastCommitSlots - 1)] = number_;
  slot_of(request, i) = Slot{prepared.hash, &request, i};
}

void Committer::write_index(PreparedRequest& request, uint32_t i, const std::optional<IdEntry>& current) {
  PreparedOp& prepared = request.prepared[i];
  IndexBatch& batch = request.batches[prepared.batch];
  Touched& t = touched(batch.index);
  ParsedRoot& root = batch.parsed->roots[prepared.root];
  root.seq_no = batch.index->next_seq_no;
  batch.index->next_seq_no = root.seq_no.next();
  root.version = next_version(request.ops[i], current);
  root.dead = false;
  OplogOp op;
  op.row = root.row;
  op.version = root.version;
  if (live(current)) {
    op.old_row = current->row;
    t.committed.dead.push_back(current->row);
  }
  t.oplog.add(op);
  (*request.outcomes)[i].result = live(current) ? WriteResult::kUpdated : WriteResult::kCreated;
  ++t.committed.operations;
  ++t.committed.indexed;
  finish(request, i, IdEntry{root.row, root.seq_no, root.version, false});
}

void Committer::write_patch(PreparedRequest& request, uint32_t i, const IdEntry& current) {
  PreparedOp& prepared = request.prepared[i];
  IndexBatch& batch = request.batches[prepared.batch];
  Touched& t = touched(batch.index);
  PatchOp patch;
  patch.row = current.row;
  patch.seq_no = batch.index->next_seq_no;
  batch.index->next_seq_no = patch.seq_no.next();
  patch.version = current.version + 1;
  patch.set = batch.patches;
  patch.root = prepared.root;
  OplogOp op;
  op.type = OplogOp::Type::kPatch;
  op.row = patch.row;
  op.version = patch.version;
  t.oplog.add(op);
  patch_writes_.push_back({batch.index->key(), patch.row, patch.seq_no, &prepared.delta});
  (*request.outcomes)[i].result = WriteResult::kUpdated;
  ++t.committed.operations;
  ++t.committed.indexed;
  ++t.committed.patched;
  finish(request, i, IdEntry{patch.row, patch.seq_no, patch.version, false});
  t.committed.patches.push_back(std::move(patch));
}

void Committer::write_delete(PreparedRequest& request, uint32_t i, const std::optional<IdEntry>& current) {
  IndexBatch& batch = request.batches[request.prepared[i].batch];
  Touched& t = touched(batch.index);
  IdEntry after;
  after.seq_no = batch.index->next_seq_no;
  batch.index->next_seq_no = after.seq_no.next();
  after.version = next_version(request.ops[i], current);
  after.deleted = true;
  OplogOp op;
  op.type = OplogOp::Type::kDelete;
  op.version = after.version;
  if (live(current)) {
    op.old_row = current->row;
    t.committed.dead.push_back(current->row);
  }
  t.oplog.add(op);
  (*request.outcomes)[i].result = live(current) ? WriteResult::kDeleted : WriteResult::kNotFound;
  ++t.committed.operations;
  ++t.committed.deletes;
  finish(request, i, after);
}

void Committer::write_blocks(PreparedRequest& request) {
  for (IndexBatch& batch : request.batches) {
    const auto& roots = batch.parsed->roots;
    if (std::all_of(roots.begin(), roots.end(), [](const ParsedRoot& root) { return root.dead; })) continue;
    for (const auto& block : batch.rows->blocks()) {
      const auto begin = roots.begin() + block.first_slot, end = begin + block.span;
      if (std::all_of(begin, end, [](const ParsedRoot& root) { return root.dead; })) continue;
      batch_.put_rows(batch.index->key(), RowId(batch.base.value + block.first_slot), block.value);
    }
    touched(batch.index).committed.batches.push_back(batch.parsed);
  }
}

/// Entries in the order of their keys cost RocksDB's skip list about half of what random ones do. Of several for one key the
/// last one counts.
void Committer::write_sorted() {
  std::sort(id_writes_.begin(), id_writes_.end(), [](const IdWrite& a, const IdWrite& b) {
    return std::tie(a.index, a.id, a.entry.seq_no) < std::tie(b.index, b.id, b.entry.seq_no);
  });
  for (size_t i = 0; i < id_writes_.size(); ++i) {
    const IdWrite& write = id_writes_[i];
    const bool last = i + 1 == id_writes_.size() || id_writes_[i + 1].id != write.id || id_writes_[i + 1].index != write.index;
    if (last) batch_.put_id(write.index, write.id, write.entry);
  }
  std::sort(patch_writes_.begin(), patch_writes_.end(), [](const PatchWrite& a, const PatchWrite& b) {
    return std::tie(a.index, a.row, a.seq_no) < std::tie(b.index, b.row, b.seq_no);
  });
  for (size_t i = 0; i < patch_writes_.size(); ++i) {
    const PatchWrite& write = patch_writes_[i];
    const bool last = i + 1 == patch_writes_.size() || patch_writes_[i + 1].row != write.row ||
                      patch_writes_[i + 1].index != write.index;
    if (last) batch_.put_patch(write.index, write.row, *write.delta);
  }
  for (const Touched& t : touched_) {  // after the puts: a row may be patched and replaced in one commit
    for (const RowId row : t.committed.dead) batch_.delete_patch_if_any(t.index->key(), row);
  }
}

void Committer::store_batch(bool sync) {
  try {
    shared_.store->commit(batch_, sync);
    if (!sync) shared_.unsynced = true;
  } catch (const ApiError& error) {
    for (Touched& t : touched_) t.index->unsaved_again();
    if (error.error().status == 429) {
      full_ = true;
      const std::string name = touched_.empty() ? "" : touched_.front().index->name();
      shared_.log("the disk is full: writes are refused until there is room");
      throw ApiError(429, "cluster_block_exception", full_disk(name));
    }
    broken_ = fmt::format("writes are stopped because the log failed: {}", error.what());
    shared_.log(broken_);
    throw ApiError(500, "store_exception", broken_);
  }
}

void Committer::publish() {
  for (Touched& t : touched_) {
    if (t.committed.operations > 0) t.index->publish(std::move(t.committed));
  }
  touched_.clear();
}

}  // namespace tarn

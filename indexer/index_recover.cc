#include <map>
#include <span>
#include <unordered_map>

#include "indexer/index_impl.h"
#include "indexer/journal_scope.h"
#include "indexer/searcher.h"

namespace tarn {
namespace {

// Rows that are read and parsed together while segments are rebuilt.
constexpr size_t kRowsAtOnce = 4096;
constexpr size_t kRowsATask = 16 << 10;      // of the oplog's tail, for one thread
constexpr size_t kBatchesBytes = 16 << 20;   // parsed documents of one rebuilt young segment
constexpr size_t kRebuiltBytes = 64 << 20;   // young segments that are written as one

DocumentParser& parser() {
  static thread_local DocumentParser own;
  return own;
}

}  // namespace

/// What the oplog's tail says, reduced to its result: the last operation on a row wins.
struct IndexImpl::Tail {
  std::map<uint64_t, std::pair<SeqNo, Version>> fresh;    // rows to index
  std::map<uint64_t, std::pair<SeqNo, Version>> patched;  // rows of older segments
  std::vector<RowId> dead;
  SeqNo last{-1};
  RowId end_row{};

  void die(RowId row) {
    patched.erase(row.value);
    if (fresh.erase(row.value) == 0) dead.push_back(row);
  }
  void add(SeqNo seq_no, const OplogOp& op) {
    if (op.old_row) die(*op.old_row);
    if (op.type == OplogOp::Type::kIndex) {
      fresh[op.row.value] = {seq_no, op.version};
      end_row = std::max(end_row, op.row.next());
    } else if (op.type == OplogOp::Type::kPatch) {
      const auto it = fresh.find(op.row.value);
      (it != fresh.end() ? it->second : patched[op.row.value]) = {seq_no, op.version};
    }
    last = std::max(last, seq_no);
  }
};

void IndexImpl::recover() {
  std::filesystem::create_directories(identity_.directory);
  std::optional<Manifest> manifest;
  try {
    manifest = read_manifest(identity_.directory);
  } catch (const ApiError& error) {
    shared_.log(fmt::format("index [{}]: {}", name(), error.what()));
  }
  // What the store says was persisted once; without a manifest that is lost and comes from the rows again.
  const auto stored = shared_.store->read_meta("persisted", fmt::format("{:08x}", key()));
  const bool lost = !manifest && stored.has_value();
  Manifest current = manifest.value_or(Manifest());
  if (lost) {
    shared_.log(fmt::format("index [{}]: its segments are lost, all of them are built anew from the store", name()));
    current.persisted = SeqNo(std::stoll(*stored));
    current.max_seq_no = current.persisted;
    shared_.store->scan_ids(key(), nullptr, [&](std::string_view, const IdEntry& entry) {
      current.max_seq_no = std::max(current.max_seq_no, entry.seq_no);
      return true;
    });
    // Names of lost segments must not be used again while their directories may still be there.
    current.next_segment = static_cast<uint64_t>(
        std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count());
    const RowId end = shared_.store->end_row(key());
    if (end.value > 0) {
      Manifest::Entry all;
      all.name = "lost";
      all.last_row = RowId(end.value - 1);
      current.segments = {all};
    }
  }
  next_segment_ = current.next_segment;
  persisted_ = current.persisted;
  persisted_seq_ = current.persisted.value;
  load_segments(current);
  remove_stray_directories(current);
  next_row = std::max(current.next_row, shared_.store->end_row(key()));
  next_seq_no = SeqNo(std::max(current.max_seq_no, current.persisted).value + 1);
  replay(current.persisted);
  acked_ = next_seq_no.value - 1;
  memtable_.through = built_ = SeqNo(acked_);
  memtable_.end_row = built_end_row_ = next_row;
  publish_searcher(shared_.store->snapshot(), built_);
  add_young_bytes();
}

bool IndexImpl::load_segments(const Manifest& manifest) {
  for (const Manifest::Entry& entry : manifest.segments) {
    const std::filesystem::path directory = identity_.directory / entry.name;
    try {
      SegmentState state = make_state(open_segment(identity_.directory, entry.name, shared_.postings, false), directory);
      state.live_generation = entry.live_generation;
      state.patch_generation = entry.patch_generation;
      if (entry.live_generation > 0) state.live = read_live_docs(directory, entry.live_generation);
      if (entry.patch_generation > 0) state.patches = read_patches(directory, entry.patch_generation);
      segments_.push_back(std::move(state));
    } catch (const std::exception& error) {
      shared_.log(fmt::format("index [{}]: segment {} is damaged and will be built anew from rows {} to {}: {}", name(),
                              entry.name, entry.first_row.value, entry.last_row.value, error.what()));
      damaged_.push_back(entry);
    }
  }
  return damaged_.empty();
}

void IndexImpl::remove_stray_directories(const Manifest& manifest) {
  std::error_code error;
  for (const auto& item : std::filesystem::directory_iterator(identity_.directory, error)) {
    if (!item.is_directory()) continue;
    const std::string name = item.path().filename().string();
    const bool known = std::any_of(manifest.segments.begin(), manifest.segments.end(),
                                   [&](const Manifest::Entry& entry) { return entry.name == name; });
    if (!known) std::filesystem::remove_all(item.path(), error);
  }
}

/// Reads rows and parses them as they were indexed; rows that are missing are left out. `rows` ascend.
std::shared_ptr<ParsedBatch> IndexImpl::parse_rows(const std::vector<RowId>& rows,
                                                   const std::vector<std::pair<SeqNo, Version>>& numbers,
                                                   const StoreSnapshot* snapshot) {
  auto batch = std::make_shared<ParsedBatch>();
  auto current_mapping = mapping();
  const auto current_settings = settings();
  const auto documents = shared_.store->read_rows(key(), rows, snapshot);
  for (size_t i = 0; i < rows.size(); ++i) {
    if (!documents[i]) {
      shared_.log(fmt::format("index [{}]: row {} is missing in the store", name(), rows[i].value));
      continue;
    }
    const StoredDocument& document = *documents[i];
    try {
      ParseOutcome outcome = parser().parse(*current_mapping, current_settings->mapping_limits, document.id,
                                            document.routing, document.source, *batch);
      if (!outcome.dynamic_update.is_null()) {
        current_mapping = merge_dynamic(outcome.dynamic_update);
        parser().parse(*current_mapping, current_settings->mapping_limits, document.id, document.routing,
                       document.source, *batch);
      }
      ParsedRoot& root = batch->roots.back();
      root.row = rows[i];
      root.seq_no = numbers[i].first;
      root.version = numbers[i].second;
    } catch (const ApiError& error) {
      shared_.log(fmt::format("index [{}]: document [{}] in row {} cannot be indexed again: {}", name(), document.id,
                              rows[i].value, error.what()));
    }
  }
  return batch;
}

/// Young segments of rows of the oplog's tail, ascending.
std::vector<std::shared_ptr<const Segment>> IndexImpl::replay_rows(
    std::span<const std::pair<uint64_t, std::pair<SeqNo, Version>>> tail) {
  std::vector<std::shared_ptr<const Segment>> segments;
  std::vector<std::shared_ptr<const ParsedBatch>> batches;
  size_t bytes = 0;
  const auto build_batches = [&] {
    if (batches.empty()) return;
    if (auto segment = build_segment(next_segment_name(), *mapping(), batches)) segments.push_back(std::move(segment));
    batches.clear();
    bytes = 0;
  };
  while (!tail.empty()) {
    std::vector<RowId> rows;
    std::vector<std::pair<SeqNo, Version>> numbers;
    for (; !tail.empty() && rows.size() < kRowsAtOnce; tail = tail.subspan(1)) {
      rows.emplace_back(tail.front().first);
      numbers.push_back(tail.front().second);
    }
    auto batch = parse_rows(rows, numbers, nullptr);
    bytes += batch->memory_bytes();
    if (!batch->roots.empty()) batches.push_back(std::move(batch));
    if (bytes >= kBatchesBytes) build_batches();
  }
  build_batches();
  return segments;
}

void IndexImpl::replay(SeqNo after) {
  Tail tail;
  tail.end_row = next_row;
  shared_.store->scan_oplog(key(), after.next(), [&](SeqNo first, std::string_view record) {
    const bool whole = read_oplog(record, first, [&](SeqNo seq_no, const OplogOp& op) {
      if (seq_no > after) tail.add(seq_no, op);
    });
    if (!whole) throw ApiError(500, "store_exception", fmt::format("the oplog of index [{}] is damaged", name()));
  });
  next_row = std::max(next_row, tail.end_row);
  next_seq_no = std::max(next_seq_no, tail.last.next());
  if (tail.last <= after) return;
  if (!tail.fresh.empty()) {  // a lost manifest marks all rows as damaged; those of the tail are built here
    const RowId first_fresh{tail.fresh.begin()->first};
    for (Manifest::Entry& entry : damaged_) {
      if (entry.last_row >= first_fresh) entry.last_row = RowId(first_fresh.value == 0 ? 0 : first_fresh.value - 1);
    }
    std::erase_if(damaged_, [&](const Manifest::Entry& entry) { return entry.first_row >= first_fresh; });
  }

  const std::vector<std::pair<uint64_t, std::pair<SeqNo, Version>>> fresh(tail.fresh.begin(), tail.fresh.end());
  std::vector<std::vector<std::shared_ptr<const Segment>>> built((fresh.size() + kRowsATask - 1) / kRowsATask);
  run_parallel(shared_.pool, built.size(), [&](size_t task) {
    built[task] = replay_rows(std::span(fresh).subspan(task * kRowsATask).first(
        std::min(kRowsATask, fresh.size() - task * kRowsATask)));
  });
  for (auto& segments : built) {
    for (auto& segment : segments) segments_.push_back(make_state(std::move(segment), {}));
  }

  RowChanges changes;
  changes.dead = std::move(tail.dead);
  std::vector<RowId> patched;
  for (const auto& [row, number] : tail.patched) patched.emplace_back(row);
  const auto deltas = shared_.store->read_patches(key(), patched);
  auto set = std::make_shared<PatchSet>();
  std::vector<size_t> broken;
  std::vector<FieldId> touched;
  for (size_t i = 0; i < patched.size(); ++i) {
    const size_t segment = find_segment(segments_, patched[i]);
    if (segment == segments_.size()) continue;  // waits for repair
    if (deltas[i].empty() || !parser().parse_partial(*mapping(), "", deltas[i], set->batch, touched)) {
      broken.push_back(segment);  // the mapping has changed since: the whole segment comes from the rows
      continue;
    }
    set->add_range(touched);
    PatchOp op;
    op.row = patched[i];
    std::tie(op.seq_no, op.version) = tail.patched[patched[i].value];
    op.set = set;
    op.root = static_cast<uint32_t>(set->ranges.size() - 1);
    changes.patches.push_back(std::move(op));
  }
  apply_changes(segments_, *mapping(), changes);
  std::sort(broken.begin(), broken.end());
  broken.erase(std::unique(broken.begin(), broken.end()), broken.end());
  for (auto it = broken.rbegin(); it != broken.rend(); ++it) {
    const SegmentState& state = segments_[*it];
    damaged_.push_back({state.segment->name(), state.segment->first_row(), state.segment->last_row(),
                        state.live_generation, state.patch_generation});
    segments_.erase(segments_.begin() + static_cast<ptrdiff_t>(*it));
  }
  shared_.log(fmt::format("index [{}]: replayed operations {} to {}: {} documents, {} deaths, {} in-place updates", name(),
                          after.value + 1, tail.last.value, tail.fresh.size(), changes.dead.size(),
                          changes.patches.size()));
}

// ---- rebuilding

std::vector<std::shared_ptr<const Segment>> IndexImpl::segments_of_rows(RowId from, RowId to,
                                                                        const StoreSnapshot* snapshot) {
  std::vector<std::shared_ptr<const Segment>> results, young;
  std::vector<std::shared_ptr<const ParsedBatch>> batches;
  std::vector<RowId> rows;
  std::vector<std::pair<SeqNo, Version>> numbers;
  size_t batch_bytes = 0, young_total = 0;
  const auto write_young = [&] {
    if (young.empty()) return;
    std::vector<SegmentReader> readers;
    for (const auto& segment : young) readers.emplace_back(segment, nullptr, nullptr);
    const std::string name = next_segment_name();
    std::filesystem::remove_all(identity_.directory / name);
    auto result = merge_to_disk(name, *mapping(), readers, identity_.directory, shared_.postings);
    if (result) results.push_back(std::move(result));
    young.clear();
    young_total = 0;
  };
  const auto build_batches = [&] {
    if (batches.empty()) return;
    if (auto segment = build_segment(next_segment_name(), *mapping(), batches)) {
      young_total += segment->memory_bytes();
      young.push_back(std::move(segment));
    }
    batches.clear();
    batch_bytes = 0;
    if (young_total >= kRebuiltBytes) write_young();
  };
  const auto parse_collected = [&] {
    if (rows.empty()) return;
    auto batch = parse_rows(rows, numbers, snapshot);
    batch_bytes += batch->memory_bytes();
    if (!batch->roots.empty()) batches.push_back(std::move(batch));
    rows.clear();
    numbers.clear();
    if (batch_bytes >= kBatchesBytes) build_batches();
  };
  shared_.store->scan_blocks(key(), from, to, snapshot, [&](RowId first, std::string_view value) {
    const auto block = shared_.store->decode(key(), value);
    std::vector<std::string_view> ids;
    for (const RowView& row : block->rows) ids.push_back(row.id);
    const auto entries = shared_.store->find_ids(key(), ids, snapshot);
    for (size_t i = 0; i < ids.size(); ++i) {
      const RowId row{first.value + block->rows[i].slot};
      if (row < from || row >= to || !entries[i] || entries[i]->deleted || entries[i]->row != row) continue;
      rows.push_back(row);
      numbers.emplace_back(entries[i]->seq_no, entries[i]->version);
    }
    if (rows.size() >= kRowsAtOnce) parse_collected();
    return true;
  });
  parse_collected();
  build_batches();
  write_young();
  return results;
}

void IndexImpl::start_repairs() {
  std::vector<Manifest::Entry> damaged;
  {
    std::lock_guard lock(state_mutex_);
    damaged = damaged_;
  }
  for (const Manifest::Entry& entry : damaged) {
    shared_.pool.run_heavy([self = shared_from_this(), entry] {
      self->guarded("rebuild a segment", [&] { self->repair(entry); });
    });
  }
}

void IndexImpl::start_verification() {
  SegmentList flushed;
  {
    std::lock_guard lock(state_mutex_);
    flushed = segments_;
  }
  for (const SegmentState& state : flushed) {
    if (state.young()) continue;
    shared_.pool.run_heavy([self = shared_from_this(), name = state.segment->name()] {
      self->guarded("verify a segment", [&] { self->verify_segment(name); });
    });
  }
}

void IndexImpl::verify_segment(const std::string& segment) {
  if (stopped_ || deleted_) return;
  try {
    open_segment(identity_.directory, segment, shared_.postings, true);
    return;
  } catch (const ApiError& error) {
    if (deleted_ || !std::filesystem::exists(identity_.directory / segment)) return;  // merged away meanwhile
    shared_.log(fmt::format("index [{}]: segment {} is damaged and will be built anew from its rows: {}", name(), segment,
                            error.what()));
  }
  std::lock_guard job(disk_job_mutex_);
  SegmentList inputs;
  {
    JournalScope scope(*this);
    inputs = scope.list();
    std::erase_if(inputs, [&](const SegmentState& state) { return state.segment->name() != segment; });
    if (inputs.empty() || deleted_) return;
    std::shared_ptr<const StoreSnapshot> snapshot;
    shared_.commits.run_exclusive([&] { snapshot = shared_.store->snapshot(); });
    const Segment& damaged = *inputs.front().segment;
    const auto results = segments_of_rows(damaged.first_row(), damaged.last_row().next(), snapshot.get());
    replace(inputs, results, scope.journal());
  }
  persist(SeqNo(-1));
  for (const SegmentState& input : inputs) {
    if (input.guard) input.guard->obsolete = true;
  }
  advance(true);
  shared_.log(fmt::format("index [{}]: segment {} was built anew", name(), segment));
}

void IndexImpl::repair(Manifest::Entry entry) {
  std::lock_guard job(disk_job_mutex_);
  if (deleted_) return;
  {
    JournalScope scope(*this);
    std::shared_ptr<const StoreSnapshot> snapshot;
    shared_.commits.run_exclusive([&] { snapshot = shared_.store->snapshot(); });
    const auto results = segments_of_rows(entry.first_row, entry.last_row.next(), snapshot.get());
    replace({}, results, scope.journal());
    std::lock_guard lock(state_mutex_);
    std::erase_if(damaged_, [&](const Manifest::Entry& other) { return other.name == entry.name; });
  }
  persist(SeqNo(-1));
  std::error_code ignored;
  std::filesystem::remove_all(identity_.directory / entry.name, ignored);
  advance(true);
  shared_.log(fmt::format("index [{}]: segment {} was built anew from rows {} to {}", name(), entry.name,
                          entry.first_row.value, entry.last_row.value));
}

void IndexImpl::rebuild() {
  std::scoped_lock jobs(young_job_mutex_, disk_job_mutex_);
  advance(true);
  SegmentList inputs;
  SeqNo through;
  {
    JournalScope scope(*this);
    inputs = scope.list();
    through = scope.built();
    std::shared_ptr<const StoreSnapshot> snapshot;
    shared_.commits.run_exclusive([&] { snapshot = shared_.store->snapshot(); });
    const auto results = segments_of_rows(RowId(0), scope.end_row(), snapshot.get());
    replace(inputs, results, scope.journal());
    std::lock_guard lock(state_mutex_);
    damaged_.clear();
  }
  persist(through);
  for (const SegmentState& input : inputs) {
    if (input.guard) input.guard->obsolete = true;
  }
  add_young_bytes();
  advance(true);
}

Engine::CheckReport IndexImpl::check() {
  constexpr size_t kProblemsMax = 100;
  Engine::CheckReport report;
  const auto problem = [&](std::string text) {
    if (report.problems.size() < kProblemsMax) report.problems.push_back(std::move(text));
  };
  for (const SegmentState& state : segments()) {
    if (state.young()) continue;
    try {
      open_segment(identity_.directory, state.segment->name(), shared_.postings, true);
    } catch (const std::exception& error) {
      problem(fmt::format("segment {}: {}", state.segment->name(), error.what()));
    }
  }
  {
    std::lock_guard lock(state_mutex_);
    for (const Manifest::Entry& entry : damaged_) problem(fmt::format("segment {} waits for repair", entry.name));
  }
  advance(true);
  std::shared_ptr<const Searcher> searcher;
  {
    std::lock_guard lock(searcher_mutex_);
    searcher = searcher_;
  }
  const StoreSnapshot* snapshot = searcher->parts().snapshot.get();
  std::vector<std::pair<RowId, std::string>> live;
  shared_.store->scan_ids(key(), snapshot, [&](std::string_view id, const IdEntry& entry) {
    ++report.documents;
    const auto doc = searcher->find_row(entry.row);
    if (!doc) {
      problem(fmt::format("document [{}] is in the store (row {}) but in no segment", id, entry.row.value));
    } else if (searcher->seq_no(*doc) != entry.seq_no || searcher->version(*doc) != entry.version) {
      problem(fmt::format("document [{}] has seq_no {} and version {} in its segment, {} and {} in the store", id,
                          searcher->seq_no(*doc).value, searcher->version(*doc), entry.seq_no.value, entry.version));
    }
    live.emplace_back(entry.row, id);
    return true;
  });
  if (report.documents != searcher->live_root_count()) {
    problem(fmt::format("the store has {} documents, the segments have {}", report.documents,
                        searcher->live_root_count()));
  }
  std::sort(live.begin(), live.end());
  for (size_t begin = 0; begin < live.size(); begin += kRowsAtOnce) {
    std::vector<RowId> rows;
    for (size_t i = begin; i < std::min(live.size(), begin + kRowsAtOnce); ++i) rows.push_back(live[i].first);
    const auto documents = shared_.store->read_rows(key(), rows, snapshot);
    for (size_t i = 0; i < rows.size(); ++i) {
      if (!documents[i]) {
        problem(fmt::format("row {} of document [{}] is missing", rows[i].value, live[begin + i].second));
      } else if (documents[i]->id != live[begin + i].second) {
        problem(fmt::format("row {} holds [{}] instead of [{}]", rows[i].value, documents[i]->id, live[begin + i].second));
      }
    }
  }
  return report;
}

}  // namespace tarn

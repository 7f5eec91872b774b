#include "indexer/prepare.h"

#include <deque>
#include <unordered_map>

#include "indexer/base/id_generator.h"
#include "indexer/column_diff.h"
#include "indexer/dedupe.h"
#include "indexer/index_impl.h"
#include "indexer/mapping/query_check.h"
#include "indexer/script/update.h"
#include "indexer/store/source_merge.h"

namespace tarn {

Error version_conflict(const Index& index, std::string_view id, std::string_view what) {
  Error error(409, "version_conflict_engine_exception", fmt::format("[{}]: version conflict, {}", id, what));
  error.with("index", index.name()).with("shard", "0").with("index_uuid", index.uuid());
  return error;
}

Error seq_no_conflict(const Index& index, std::string_view id, int64_t seq_no, int64_t primary_term,
                      const std::optional<IdEntry>& current) {
  if (!current || current->deleted) {
    return version_conflict(
        index, id, fmt::format("required seqNo [{}], primary term [{}]. but no document was found", seq_no, primary_term));
  }
  return version_conflict(
      index, id,
      fmt::format("required seqNo [{}], primary term [{}]. current document has seqNo [{}] and primary term [1]", seq_no,
                  primary_term, current->seq_no.value));
}

namespace {

using Action = PreparedOp::Action;

// A document whose mapping update must be merged is parsed again; more rounds than levels of objects make no sense.
constexpr int kParseAttemptsMax = 8;

bool live(const std::optional<IdEntry>& entry) { return entry && !entry->deleted; }

DocumentParser& thread_parser() {
  static thread_local DocumentParser parser;
  return parser;
}

uint64_t hash_id(IndexKey index, std::string_view id) {
  uint64_t h = std::hash<std::string_view>()(id) ^ (index * 0x9E3779B97F4A7C15ull);
  h ^= h >> 32;
  h *= 0xD6E8FEB86659FD93ull;
  return h ^ h >> 32;
}

Error with_index(Error error, const Index& index) {
  error.with("index", index.name()).with("shard", "0").with("index_uuid", index.uuid());
  return error;
}

/// A document as the operations of this request before the current one leave it.
struct DocState {
  bool exists = false;
  int32_t op = -1;              ///< the operation that left it, -1: the store's
  std::string_view source;      ///< without the delta
  std::string_view delta;
  std::string_view routing;
};

class Preparer {
 public:
  Preparer(EngineShared& shared, PreparedRequest& request)
      : shared_(shared), request_(request), outcomes_(*request.outcomes), parser_(thread_parser()) {}

  void run() {
    std::optional<QueryCheckScope> queries;
    if (shared_.stored_query_check) {
      queries.emplace([this](const Mapping& mapping, std::string_view text) {
        return shared_.stored_query_check(*parsing_->index, *parsing_->settings, mapping, text);
      });
    }
    request_.batches.clear();
    request_.deferred.clear();
    request_.sync = false;
    for (const uint32_t i : request_.order) guard(i, [&] { begin(i); });
    for (auto& [index, ids] : look_ups_) look_up(index, ids);
    if (has_updates_) {
      for (const auto& [batch, ops] : look_ups_) patch_numbers(batch, ops);
      read_bases();
    }
    for (const uint32_t i : request_.order) {
      if (!outcomes_[i].error && !settled(i)) guard(i, [&] { prepare_one(i); });
    }
    for (IndexBatch& batch : request_.batches) {
      if (batch.rows) batch.rows->finish(static_cast<uint32_t>(batch.parsed->roots.size()));
    }
  }

 private:
  template <class Work>
  void guard(uint32_t i, Work&& work) {
    try {
      work();
    } catch (const ApiError& error) {
      outcomes_[i].error = error.error();
      request_.prepared[i].action = Action::kDone;
      ++static_cast<IndexImpl&>(*request_.ops[i].index).counters.index_failed;
    }
  }

  /// Checks blocks, settles the _id, notes what must be looked up.
  void begin(uint32_t i) {
    WriteOp& op = request_.ops[i];
    WriteOutcome& outcome = outcomes_[i];
    PreparedOp& prepared = request_.prepared[i];
    const std::string id = std::move(outcome.id);
    prepared = PreparedOp();
    outcome = WriteOutcome();
    outcome.id = id.empty() ? op.id : id;
    outcome.routing = op.routing;
    auto index = std::static_pointer_cast<IndexImpl>(op.index);
    prepared.batch = batch_of(index);
    const IndexBatch& batch = request_.batches[prepared.batch];
    check_blocks(*index, *batch.settings, op.type);
    if (batch.settings->durability_request) request_.sync = true;
    prepared.create_only = op.type == WriteType::kCreate;
    if (outcome.id.empty()) {
      if (op.type == WriteType::kUpdate || op.type == WriteType::kDelete) throw ApiError(illegal_argument("id is missing"));
      if (batch.settings->dedupe_fields.empty()) {
        outcome.id = generate_document_id();
        prepared.generated_id = true;
      } else {
        outcome.id = dedupe_id(batch.settings->dedupe_fields, op.source);
        prepared.dedupe = true;
        prepared.create_only = !batch.settings->dedupe_keep_last;
      }
    }
    if (batch.mapping->routing_required() && op.routing.empty()) {
      throw ApiError(Error(400, "routing_missing_exception",
                           fmt::format("routing is required for [{}]/[{}]", index->name(), outcome.id))
                         .with("index_uuid", index->uuid())
                         .with("index", index->name()));
    }
    if (prepared.generated_id) return;
    prepared.hash = hash_id(index->key(), outcome.id);
    look_ups_[prepared.batch].push_back(i);
    has_updates_ |= op.type == WriteType::kUpdate;
  }

  static void check_blocks(const IndexImpl& index, const IndexSettings& settings, WriteType type) {
    if (index.closed()) {
      throw ApiError(Error(400, "index_closed_exception", "closed")
                         .with("index", index.name())
                         .with("index_uuid", index.uuid()));
    }
    const auto blocked = [&](int status, std::string_view why) {
      throw ApiError(status, "cluster_block_exception", fmt::format("index [{}] blocked by: [{}];", index.name(), why));
    };
    if (settings.read_only) blocked(403, "FORBIDDEN/5/index read-only (api)");
    if (settings.block_write) blocked(403, "FORBIDDEN/8/index write (api)");
    if (settings.read_only_allow_delete && type != WriteType::kDelete) {
      blocked(429,
              "TOO_MANY_REQUESTS/12/disk usage exceeded flood-stage watermark, index has read-only-allow-delete block");
    }
  }

  uint32_t batch_of(const std::shared_ptr<IndexImpl>& index) {
    for (size_t i = request_.batches.size(); i-- > 0;) {
      if (request_.batches[i].index == index) return static_cast<uint32_t>(i);
    }
    IndexBatch batch;
    batch.index = index;
    batch.mapping = index->mapping();
    batch.settings = index->settings();
    batch.parsed = std::make_shared<ParsedBatch>();
    request_.batches.push_back(std::move(batch));
    return static_cast<uint32_t>(request_.batches.size() - 1);
  }

  void look_up(uint32_t batch, const std::vector<uint32_t>& ops) {
    std::vector<std::string_view> ids;
    ids.reserve(ops.size());
    for (const uint32_t i : ops) ids.push_back(outcomes_[i].id);
    auto entries = shared_.store->find_ids(request_.batches[batch].index->key(), ids, nullptr);
    for (size_t k = 0; k < ops.size(); ++k) request_.prepared[ops[k]].entry = entries[k];
  }

  /// Whether patch_numbers() has prepared the update.
  bool settled(uint32_t i) const {
    const Action action = request_.prepared[i].action;
    return action == Action::kPatch || action == Action::kNoop;
  }

  /// Updates of plain numbers, the everyday work of metrics: columns and earlier patches tell that they change something, so
  /// that no document is read. What cannot be told this way is left to the others.
  void patch_numbers(uint32_t batch_number, const std::vector<uint32_t>& ops) {
    IndexBatch& batch = request_.batches[batch_number];
    if (!batch.mapping->source_enabled() || !batch.index->source_is_plain()) return;
    std::unordered_map<uint64_t, uint32_t> uses;  // operations on the same document depend on one another
    uses.reserve(ops.size());
    for (const uint32_t i : ops) ++uses[request_.prepared[i].hash];
    std::vector<uint32_t> chosen;
    for (const uint32_t i : ops) {
      const WriteOp& op = request_.ops[i];
      const PreparedOp& prepared = request_.prepared[i];
      if (op.type == WriteType::kUpdate && op.has_doc && !op.want_source && op.routing.empty() && !op.if_seq_no &&
          live(prepared.entry) && uses[prepared.hash] == 1 && is_flat_numbers(op.source)) {
        chosen.push_back(i);
      }
    }
    if (chosen.empty()) return;
    const auto row = [&](uint32_t i) { return request_.prepared[i].entry->row; };
    std::sort(chosen.begin(), chosen.end(), [&](uint32_t a, uint32_t b) { return row(a) < row(b); });
    std::vector<RowId> rows;
    for (const uint32_t i : chosen) rows.push_back(row(i));
    const auto deltas = shared_.store->read_patches(batch.index->key(), rows);
    const auto [segments, built] = batch.index->built();
    ColumnDiff columns(segments, built);
    for (size_t k = 0; k < chosen.size(); ++k) patch_number(chosen[k], deltas[k], columns);
  }

  void patch_number(uint32_t i, const std::string& delta, ColumnDiff& columns) {
    const WriteOp& op = request_.ops[i];
    PreparedOp& prepared = request_.prepared[i];
    IndexBatch& batch = request_.batches[prepared.batch];
    const bool told_by_delta = !delta.empty() && holds_numbers(delta, op.source);
    if (told_by_delta && op.detect_noop && !diff_source(delta, op.source).changed) {
      prepared.is_update = true;
      prepared.action = Action::kNoop;
      return;
    }
    if (!parse_patch(i, op.source)) return;
    ParsedBatch& parsed = batch.patches->batch;
    if (!told_by_delta && !columns.surely_changes(*prepared.entry, *batch.mapping, touched_, parsed, parsed.roots.back(),
                                                  op.detect_noop)) {
      const ParsedRoot& root = parsed.roots.back();
      const ParsedDocument& document = parsed.documents[root.first_document];
      parsed.values.resize(document.first_value);
      parsed.documents.resize(root.first_document);
      parsed.roots.pop_back();
      return;
    }
    prepared.is_update = true;
    accept_patch(i, delta, op.source);
  }

  /// Reads the documents that updates begin from, each block of rows once.
  void read_bases() {
    bases_.resize(request_.batches.size());
    states_.resize(request_.batches.size());
    for (auto& [batch, ops] : look_ups_) {
      std::vector<RowId> rows;
      for (const uint32_t i : ops) {
        const PreparedOp& prepared = request_.prepared[i];
        if (request_.ops[i].type == WriteType::kUpdate && live(prepared.entry) && !settled(i)) rows.push_back(prepared.entry->row);
      }
      std::sort(rows.begin(), rows.end());
      rows.erase(std::unique(rows.begin(), rows.end()), rows.end());
      bases_[batch].rows = std::move(rows);
      bases_[batch].documents =
          shared_.store->read_raw_rows(request_.batches[batch].index->key(), bases_[batch].rows, nullptr);
    }
  }

  void prepare_one(uint32_t i) {
    WriteOp& op = request_.ops[i];
    PreparedOp& prepared = request_.prepared[i];
    switch (op.type) {
      case WriteType::kIndex:
      case WriteType::kCreate:
        prepare_index(i, op.source, op.routing);
        break;
      case WriteType::kDelete:
        prepared.action = Action::kDelete;
        note(i, DocState{false, static_cast<int32_t>(i), {}, {}, {}});
        break;
      case WriteType::kUpdate:
        prepare_update(i);
        break;
    }
  }

  /// `source` lives at least until the request is prepared.
  void prepare_index(uint32_t i, std::string_view source, std::string_view routing) {
    PreparedOp& prepared = request_.prepared[i];
    IndexBatch& batch = request_.batches[prepared.batch];
    parsing_ = &batch;
    const std::string& id = outcomes_[i].id;
    for (int attempt = 0;; ++attempt) {
      ParseOutcome outcome =
          parser_.parse(*batch.mapping, batch.settings->mapping_limits, id, routing, source, *batch.parsed);
      if (outcome.dynamic_update.is_null()) break;
      if (attempt >= kParseAttemptsMax) throw ApiError(500, "illegal_state_exception", "mapping update does not converge");
      batch.mapping = batch.index->merge_dynamic(outcome.dynamic_update);
    }
    if (!batch.rows) batch.rows.emplace(shared_.store->dictionary(batch.index->key()));
    prepared.action = Action::kIndex;
    prepared.root = static_cast<uint32_t>(batch.parsed->roots.size() - 1);
    batch.rows->add(prepared.root, id, routing, source);
    batch.index->offer_sample(source);
    note(i, DocState{true, static_cast<int32_t>(i), source, {}, routing});
  }

  /// Remembers what the operation leaves, for updates of the same document later in the request.
  void note(uint32_t i, DocState state) {
    if (!has_updates_ || request_.prepared[i].generated_id) return;
    states_[request_.prepared[i].batch][outcomes_[i].id] = state;
  }

  std::string_view keep(std::string text) { return texts_.emplace_back(std::move(text)); }

  /// False if the document's row went away between the look-up and the read.
  bool current_state(uint32_t i, DocState& state) {
    const PreparedOp& prepared = request_.prepared[i];
    const auto& states = states_[prepared.batch];
    if (const auto it = states.find(outcomes_[i].id); it != states.end()) {
      state = it->second;
      return true;
    }
    if (!live(prepared.entry)) return true;
    const Bases& bases = bases_[prepared.batch];
    const auto at = std::lower_bound(bases.rows.begin(), bases.rows.end(), prepared.entry->row) - bases.rows.begin();
    const auto& document = bases.documents[static_cast<size_t>(at)];
    if (!document || document->id != outcomes_[i].id) return false;
    state.exists = true;
    state.source = document->source;
    state.delta = document->delta;
    state.routing = document->routing;
    return true;
  }

  void prepare_update(uint32_t i) {
    WriteOp& op = request_.ops[i];
    WriteOutcome& outcome = outcomes_[i];
    PreparedOp& prepared = request_.prepared[i];
    IndexImpl& index = *request_.batches[prepared.batch].index;
    DocState state;
    if (!current_state(i, state)) return defer(i);
    prepared.is_update = true;
    prepared.base_op = state.op;
    if (!state.exists) return prepare_upsert(i);
    if (op.if_seq_no) {
      if (state.op >= 0) return defer(i);  // its number is known only after the commit
      if (prepared.entry->seq_no.value != *op.if_seq_no || op.if_primary_term.value_or(1) != 1) {
        throw ApiError(seq_no_conflict(index, outcome.id, *op.if_seq_no, op.if_primary_term.value_or(1), prepared.entry));
      }
    }
    if (!request_.batches[prepared.batch].mapping->source_enabled()) {
      throw ApiError(with_index(
          Error(400, "document_source_missing_exception", fmt::format("[{}]: document source missing", outcome.id)), index));
    }
    std::string_view text = state.delta.empty() ? state.source : keep(merged(state.source, state.delta));
    if (!index.source_is_plain()) text = keep(index.visible_source(std::string(text)).value_or("{}"));
    if (op.script) return prepare_scripted(i, state, text);
    const std::string_view partial = op.has_doc ? op.source : std::string_view("{}");
    const SourceDiff diff = diff_source(text, partial);
    if (!diff.valid) refuse_partial(partial);
    const std::string_view routing = op.routing.empty() ? state.routing : std::string_view(op.routing);
    if (op.detect_noop && !diff.changed) {
      prepared.action = Action::kNoop;
      if (op.want_source) outcome.source = text;
      return;
    }
    if (diff.plain && index.source_is_plain() && routing == state.routing && try_in_place(i, state, partial)) {
      if (op.want_source) outcome.source = merged(text, partial);
      return;
    }
    const std::string_view result = keep(merged(text, partial));
    if (op.want_source) outcome.source = result;
    outcome.routing = routing;
    prepare_index(i, result, routing);
  }

  /// What the script makes of the document `text`.
  void prepare_scripted(uint32_t i, const DocState& state, std::string_view text) {
    const WriteOp& op = request_.ops[i];
    WriteOutcome& outcome = outcomes_[i];
    PreparedOp& prepared = request_.prepared[i];
    const std::string_view routing = op.routing.empty() ? state.routing : std::string_view(op.routing);
    script::UpdateScript::Input input;
    input.source = text;
    input.index = op.index->name();
    input.id = outcome.id;
    input.routing = routing;
    input.version = state.op < 0 && prepared.entry ? prepared.entry->version : 0;
    auto made = op.script->run(input);
    using Made = script::UpdateScript::Action;
    if (made.action == Made::kNone) {
      prepared.action = Action::kNoop;
      if (op.want_source) outcome.source = text;
      return;
    }
    if (made.action == Made::kDelete) {
      prepared.action = Action::kDelete;
      if (op.want_source) outcome.source = text;
      note(i, DocState{false, static_cast<int32_t>(i), {}, {}, {}});
      return;
    }
    const std::string_view result = keep(std::move(made.source));
    if (op.want_source) outcome.source = result;
    outcome.routing = routing;
    prepare_index(i, result, routing);
  }

  void prepare_upsert(uint32_t i) {
    const WriteOp& op = request_.ops[i];
    if (op.script && op.scripted_upsert && !op.upsert.empty()) {
      script::UpdateScript::Input input;
      input.exists = false;
      input.source = op.upsert;
      input.id = outcomes_[i].id;
      auto made = op.script->run(input);
      if (made.action != script::UpdateScript::Action::kIndex) {
        request_.prepared[i].action = Action::kNoop;
        return;
      }
      const std::string_view result = keep(std::move(made.source));
      if (op.want_source) outcomes_[i].source = result;
      prepare_index(i, result, op.routing);
      return;
    }
    const IndexImpl& index = *request_.batches[request_.prepared[i].batch].index;
    const std::string_view source = !op.upsert.empty() ? op.upsert : op.source;
    if (op.upsert.empty() && !(op.doc_as_upsert && op.has_doc)) {
      throw ApiError(with_index(Error(404, "document_missing_exception",
                                      fmt::format("[{}]: document missing", outcomes_[i].id)), index));
    }
    if (op.want_source) outcomes_[i].source = source;
    prepare_index(i, source, op.routing);
  }

  /// The update as a patch of columns: the row stays, only the delta is stored.
  bool try_in_place(uint32_t i, const DocState& state, std::string_view partial) {
    if (!parse_patch(i, partial)) return false;
    accept_patch(i, state.delta, partial);
    note(i, DocState{true, static_cast<int32_t>(i), state.source, keep(request_.prepared[i].delta), state.routing});
    return true;
  }

  /// Appends the partial document to the patches of its batch; false if it cannot be one.
  bool parse_patch(uint32_t i, std::string_view partial) {
    IndexBatch& batch = request_.batches[request_.prepared[i].batch];
    if (!batch.patches) batch.patches = std::make_shared<PatchSet>();
    touched_.clear();
    try {
      return parser_.parse_partial(*batch.mapping, outcomes_[i].id, partial, batch.patches->batch, touched_);
    } catch (const ApiError&) {
      return false;  // The whole document is parsed instead, and words the error.
    }
  }

  void accept_patch(uint32_t i, std::string_view delta, std::string_view partial) {
    PreparedOp& prepared = request_.prepared[i];
    PatchSet& set = *request_.batches[prepared.batch].patches;
    set.add_range(touched_);
    prepared.action = Action::kPatch;
    prepared.root = static_cast<uint32_t>(set.ranges.size() - 1);
    prepared.delta = delta.empty() ? std::string(partial) : merged(delta, partial);
  }

  static std::string merged(std::string_view document, std::string_view partial) {
    std::string out;
    if (!merge_source(document, partial, out)) refuse_partial(partial);
    return out;
  }

  [[noreturn]] static void refuse_partial(std::string_view partial) {
    parse_json(partial);  // says what is wrong with the syntax
    throw ApiError(400, "mapper_parsing_exception", "failed to parse");
  }

  void defer(uint32_t i) {
    request_.prepared[i].action = Action::kDone;
    request_.deferred.push_back(i);
  }

  struct Bases {
    std::vector<RowId> rows;
    std::vector<std::optional<RawRow>> documents;
  };

  EngineShared& shared_;
  PreparedRequest& request_;
  std::vector<WriteOutcome>& outcomes_;
  DocumentParser& parser_;
  const IndexBatch* parsing_ = nullptr;   ///< where the document that is being parsed goes
  std::vector<FieldId> touched_;   // of the update at hand
  bool has_updates_ = false;
  std::unordered_map<uint32_t, std::vector<uint32_t>> look_ups_;                  // by batch
  std::vector<Bases> bases_;                                                      // by batch
  std::vector<std::unordered_map<std::string_view, DocState>> states_;            // by batch, by _id
  std::deque<std::string> texts_;
};

}  // namespace

void prepare(EngineShared& shared, PreparedRequest& request) { Preparer(shared, request).run(); }

}  // namespace tarn

#include "server/api/bulk_execution.h"

#include <fmt/format.h>

#include <chrono>

#include "indexer/data_streams.h"
#include "indexer/script/update.h"
#include "server/api/ingest_support.h"
#include "server/script_registry.h"

namespace tarn::server {

namespace {

using Clock = std::chrono::steady_clock;

std::string_view action_name(WriteType type) {
  switch (type) {
    case WriteType::kIndex: return "index";
    case WriteType::kCreate: return "create";
    case WriteType::kUpdate: return "update";
    default: return "delete";
  }
}

WriteOp make_op(BulkItem& item, const std::shared_ptr<Index>& index, std::string_view source) {
  WriteOp op;
  op.index = index;
  op.type = item.type;
  op.id = item.id;
  op.routing = item.routing;
  op.version_type = item.version_type;
  op.version = item.version;
  op.if_seq_no = item.if_seq_no;
  op.if_primary_term = item.if_primary_term;
  op.source = source;
  if (item.type == WriteType::kUpdate) {
    op.source = item.update.doc;
    op.has_doc = item.update.has_doc;
    op.upsert = item.update.upsert;
    op.doc_as_upsert = item.update.doc_as_upsert;
    op.detect_noop = item.update.detect_noop;
    op.retry_on_conflict = item.retry_on_conflict;
    op.want_source = item.update.source && item.update.source->fetch;
  }
  return op;
}

void write_get(JsonWriter& out, const BulkItem& item, const WriteOutcome& outcome) {
  out.key("get").begin_object().key("_seq_no").number(outcome.seq_no.value).key("_primary_term").number(outcome.primary_term);
  out.key("found").boolean(true);
  if (item.update.source->fetch && !outcome.source.empty()) {
    out.key("_source").raw(apply_source_filter(*item.update.source, outcome.source));
  }
  out.end_object();
}

}  // namespace

void BulkExecution::run(const std::string& idempotency_key) {
  validate();
  for (size_t i = 0; i < items_.size(); ++i) prepare(i);
  Engine::WriteRequest request;
  request.ops = ops_;
  request.idempotency_key = idempotency_key;
  outcomes_ = services_.engine.write(request);
  if (refresh_ == RefreshPolicy::kNone) return;
  for (const auto& [name, target] : targets_) {
    if (target.index && !target.index->closed()) apply_refresh(refresh_, *target.index);
  }
}

void BulkExecution::write(JsonWriter& out, int64_t took_ms) const {
  bool errors = false;
  for (const Fate& fate : fates_) errors = errors || failure(fate) != nullptr;
  out.begin_object().key("took").number(took_ms);
  if (ingested_) out.key("ingest_took").number(ingest_took_ms_);
  out.key("errors").boolean(errors).key("items").begin_array();
  for (size_t i = 0; i < items_.size(); ++i) write_item(out, i);
  out.end_array().end_object();
}

const Error* BulkExecution::failure(const Fate& fate) const {
  if (fate.error) return &*fate.error;
  if (fate.op != kNoOp && outcomes_[fate.op].error) return &*outcomes_[fate.op].error;
  return nullptr;
}

/// BulkRequest.validate: complaints about any item end the whole request.
void BulkExecution::validate() const {
  Validation validation;
  if (items_.empty()) validation.add("no requests added");
  for (const BulkItem& item : items_) {
    if (item.index.empty()) validation.add("index is missing");
    if (item.type == WriteType::kUpdate) {
      if (!item.has_id || item.id.empty()) validation.add("id is missing");
      if (!item.update.has_doc && !item.update.has_script) validation.add("script or doc is missing");
      if (item.update.has_doc && item.update.has_script) validation.add("can't provide both script and doc");
      if (item.update.doc_as_upsert && !item.update.has_doc) {
        validation.add("doc must be specified if doc_as_upsert is enabled");
      }
    }
    if (item.type == WriteType::kDelete && (!item.has_id || item.id.empty())) validation.add("id is missing");
    if (item.version || item.if_seq_no || item.if_primary_term || item.version_type != VersionType::kInternal ||
        item.id.size() > 512) {
      WriteOp op;
      op.type = item.type;
      op.id = item.id;
      op.version = item.version;
      op.version_type = item.version_type;
      op.if_seq_no = item.if_seq_no;
      op.if_primary_term = item.if_primary_term;
      validate_write(op, validation);
    }
  }
  validation.throw_if_any();
}

BulkExecution::Target& BulkExecution::target_of(const std::string& name, const BulkItem& item) {
  // What a name means depends on the operation: data streams take creations only.
  std::string manner(action_name(item.type).substr(0, 1));
  if (item.if_seq_no) manner += '?';
  if (item.require_alias) manner += 'a';
  // A request usually names one index: remember the last one.
  if (last_target_ != nullptr && *last_name_ == name && last_manner_ == manner) return *last_target_;
  const auto [it, fresh] = targets_.try_emplace(name + '\n' + manner);
  Target& target = it->second;
  const bool is_delete = item.type == WriteType::kDelete;
  if (fresh || (target.error && !is_delete)) {
    try {
      target.error.reset();
      target.index = resolve_write_op(services_.catalog, name, item.type, item.if_seq_no.has_value(), !is_delete, item.require_alias,
                                      &target.routing);
      check_open(*target.index);
      check_write_block(*target.index, is_delete);
      check_active_shards(active_shards_, *target.index);
    } catch (const ApiError& error) {
      target.error = error.error();
    }
  }
  last_names_.push_back(name);
  last_name_ = &last_names_.back();
  last_target_ = &target;
  last_manner_ = std::move(manner);
  if (target.error) last_target_ = nullptr;
  return target;
}

void BulkExecution::prepare(size_t i) {
  BulkItem& item = items_[i];
  try {
    Target* target = &target_of(item.index, item);
    if (target->error) throw ApiError(*target->error);
    if (item.has_id && item.id.empty()) {
      throw ApiError(illegal_argument("if _id is specified it must not be empty"));
    }
    std::string_view source = item.source;
    if (item.type == WriteType::kIndex || item.type == WriteType::kCreate) {
      if (!ingest(item, target, source)) {
        fates_[i].dropped = true;
        return;
      }
    }
    if (item.routing.empty()) item.routing = target->routing;
    check_routing(*target->index, item.id, item.routing);
    WriteOp op = make_op(item, target->index, source);
    if (item.type == WriteType::kUpdate && item.update.has_script) {
      op.script = script::make_update_script(script::parse_script(parse_json(item.update.script)), &services_.scripts);
      op.scripted_upsert = item.update.scripted_upsert;
    }
    fates_[i].op = static_cast<uint32_t>(ops_.size());
    ops_.push_back(std::move(op));
  } catch (const ApiError& error) {
    fates_[i].error = error.error();
    if (const auto stream = find_data_stream(services_.catalog, item.index)) item.index = stream->write_index();
  }
}

/// Runs the pipelines of a document, if it has any. False: dropped.
bool BulkExecution::ingest(BulkItem& item, Target*& target, std::string_view& source) {
  const auto settings = target->index->settings();
  const bool named = item.has_pipeline && item.pipeline != "_none";
  const bool wanted = named || (!item.has_pipeline && !settings->default_pipeline.empty() &&
                                settings->default_pipeline != "_none");
  const bool final_one = !settings->final_pipeline.empty() && settings->final_pipeline != "_none";
  if (!wanted && !final_one) return true;
  const auto started = Clock::now();
  IngestDocument document;
  document.index = item.index;
  if (item.has_id) document.id = item.id;
  if (!item.routing.empty()) document.routing = item.routing;
  ingested_ = true;
  IngestResult result = run_pipelines(services_, item.has_pipeline ? &item.pipeline : nullptr, settings.get(), source,
                                      std::move(document));
  ingest_took_us_ += std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - started).count();
  ingest_took_ms_ = ingest_took_us_ / 1000;
  if (result.dropped) return false;
  if (result.document.id) {
    item.id = *result.document.id;
    item.has_id = true;
  }
  item.routing = result.document.routing.value_or("");
  if (result.document.index != item.index) {
    item.index = result.document.index;
    target = &target_of(item.index, item);
    if (target->error) throw ApiError(*target->error);
  }
  sources_.push_back(std::move(result.source));
  source = sources_.back();
  return true;
}

void BulkExecution::write_item(JsonWriter& out, size_t i) const {
  const BulkItem& item = items_[i];
  const Fate& fate = fates_[i];
  out.begin_object().key(action_name(item.type)).begin_object();
  if (const Error* error = failure(fate)) {
    const std::string& index = fate.op == kNoOp ? item.index : ops_[fate.op].index->name();
    out.key("_index").string(index).key("_id");
    const std::string& id = fate.op == kNoOp ? item.id : outcomes_[fate.op].id.empty() ? item.id : outcomes_[fate.op].id;
    if (id.empty() && !item.has_id) out.null();
    else out.string(id);
    out.key("status").number(error->status).key("error").value(error->to_json());
  } else if (fate.dropped) {
    out.key("_index").string(item.index).key("_id");
    if (item.has_id) out.string(item.id);
    else out.null();
    out.key("_version").number(-3).key("result").string("noop").key("_shards").begin_object().key("total").number(0);
    out.key("successful").number(0).key("failed").number(0).end_object().key("status").number(200);
  } else {
    const WriteOutcome& outcome = outcomes_[fate.op];
    write_outcome_members(out, *ops_[fate.op].index, outcome, refresh_ == RefreshPolicy::kImmediate, false);
    if (item.type == WriteType::kUpdate && item.update.source) write_get(out, item, outcome);
    out.key("status").number(outcome.status());
  }
  out.end_object().end_object();
}

}  // namespace tarn::server

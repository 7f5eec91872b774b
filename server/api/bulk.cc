#include <fmt/format.h>
#include <simdjson.h>
#include <spdlog/spdlog.h>

#include <chrono>
#include <deque>
#include <map>

#include "indexer/script/update.h"
#include "server/script_registry.h"
#include "server/api/bulk_request.h"
#include "server/api/document.h"
#include "server/api/ingest_support.h"
#include "server/api/write_support.h"

namespace tarn::server {
namespace {

using Clock = std::chrono::steady_clock;

int64_t elapsed_ms(Clock::time_point since) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - since).count();
}

std::string_view action_name(WriteType type) {
  switch (type) {
    case WriteType::kIndex: return "index";
    case WriteType::kCreate: return "create";
    case WriteType::kUpdate: return "update";
    default: return "delete";
  }
}

/// One bulk request on its way: items, the operations made of them, and what became of each.
class BulkExecution {
 public:
  BulkExecution(Services& services, std::vector<BulkItem> items, RefreshPolicy refresh)
      : services_(services), items_(std::move(items)), refresh_(refresh), fates_(items_.size()) {}

  void run(const std::string& idempotency_key) {
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

  void write(JsonWriter& out, int64_t took_ms) const {
    bool errors = false;
    for (const Fate& fate : fates_) errors = errors || failure(fate) != nullptr;
    out.begin_object().key("took").number(took_ms);
    if (ingested_) out.key("ingest_took").number(ingest_took_ms_);
    out.key("errors").boolean(errors).key("items").begin_array();
    for (size_t i = 0; i < items_.size(); ++i) write_item(out, i);
    out.end_array().end_object();
  }

 private:
  static constexpr uint32_t kNoOp = UINT32_MAX;
  struct Fate {
    uint32_t op = kNoOp;                   // into ops_ and outcomes_
    std::optional<Error> error;            // failed before the engine saw it
    bool dropped = false;
  };
  struct Target {
    std::shared_ptr<Index> index;
    std::optional<Error> error;
    std::string routing;                   // of the alias
  };

  const Error* failure(const Fate& fate) const {
    if (fate.error) return &*fate.error;
    if (fate.op != kNoOp && outcomes_[fate.op].error) return &*outcomes_[fate.op].error;
    return nullptr;
  }

  /// BulkRequest.validate: complaints about any item end the whole request.
  void validate() const {
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

  Target& target_of(const std::string& name, bool is_delete, bool require_alias) {
    // A request usually names one index: remember the last one.
    if (last_target_ != nullptr && *last_name_ == name && last_require_alias_ == require_alias) return *last_target_;
    const auto [it, fresh] = targets_.try_emplace(require_alias ? name + '\n' : name);
    Target& target = it->second;
    if (fresh || (target.error && !is_delete)) {
      try {
        target.error.reset();
        target.index = services_.catalog.resolve_write(name, !is_delete, require_alias, &target.routing);
        check_open(*target.index);
        check_write_block(*target.index, is_delete);
      } catch (const ApiError& error) {
        target.error = error.error();
      }
    }
    last_names_.push_back(name);
    last_name_ = &last_names_.back();
    last_target_ = &target;
    last_require_alias_ = require_alias;
    if (target.error) last_target_ = nullptr;
    return target;
  }

  void prepare(size_t i) {
    BulkItem& item = items_[i];
    try {
      Target* target = &target_of(item.index, item.type == WriteType::kDelete, item.require_alias);
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
    }
  }

  /// Runs the pipelines of a document, if it has any. False: dropped.
  bool ingest(BulkItem& item, Target*& target, std::string_view& source) {
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
      target = &target_of(item.index, false, item.require_alias);
      if (target->error) throw ApiError(*target->error);
    }
    sources_.push_back(std::move(result.source));
    source = sources_.back();
    return true;
  }

  static WriteOp make_op(BulkItem& item, const std::shared_ptr<Index>& index, std::string_view source) {
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

  void write_item(JsonWriter& out, size_t i) const {
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

  static void write_get(JsonWriter& out, const BulkItem& item, const WriteOutcome& outcome) {
    out.key("get").begin_object().key("_seq_no").number(outcome.seq_no.value).key("_primary_term").number(outcome.primary_term);
    out.key("found").boolean(true);
    if (item.update.source->fetch && !outcome.source.empty()) {
      out.key("_source").raw(apply_source_filter(*item.update.source, outcome.source));
    }
    out.end_object();
  }

  Services& services_;
  std::vector<BulkItem> items_;
  RefreshPolicy refresh_;
  std::vector<Fate> fates_;
  std::vector<WriteOp> ops_;
  std::vector<WriteOutcome> outcomes_;
  std::map<std::string, Target> targets_;
  std::deque<std::string> sources_;        // documents that pipelines made; ops_ view them
  std::deque<std::string> last_names_;
  const std::string* last_name_ = nullptr;
  Target* last_target_ = nullptr;
  bool last_require_alias_ = false;
  bool ingested_ = false;
  int64_t ingest_took_ms_ = 0, ingest_took_us_ = 0;
};

RestResponse bulk(Services& services, RestRequest& request) {
  const auto started = Clock::now();
  BulkDefaults defaults;
  defaults.index = request.get("index");
  defaults.routing = request.get("routing");
  if (const auto pipeline = request.find("pipeline")) {
    defaults.pipeline = *pipeline;
    defaults.has_pipeline = true;
  }
  defaults.require_alias = request.get_bool("require_alias", false);
  defaults.source = parse_source_parameters(request);
  const RefreshPolicy refresh = parse_refresh(request);
  request.consume({"wait_for_active_shards", "timeout", "batch_size"});
  request.check_parameters();
  if (!request.has_body()) throw ApiError(Error(400, "parse_exception", "request body is required"));

  request.body.reserve(request.body.size() + simdjson::SIMDJSON_PADDING);
  BulkExecution execution(services, parse_bulk(request.body, defaults), refresh);
  execution.run(request.header("idempotency-key"));

  RestResponse response;
  response.body.reserve(256);
  const int64_t took_ms = elapsed_ms(started);
  if (services.slow_log.bulk_ms >= 0 && took_ms >= services.slow_log.bulk_ms) {
    spdlog::warn("slow bulk: took {} ms, {} bytes, path {}, id [{}]", took_ms, request.body.size(), request.path,
                 request.header("x-opaque-id"));
  }
  JsonWriter out(response.body);
  execution.write(out, took_ms);
  return response;
}

}  // namespace

void register_bulk_handlers(Router& router, Services& services) {
  const auto handler = [&services](RestRequest& request) { return bulk(services, request); };
  router.add({Method::kPost, Method::kPut}, "/_bulk", handler);
  router.add({Method::kPost, Method::kPut}, "/{index}/_bulk", handler);
}

}  // namespace tarn::server

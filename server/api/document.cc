#include "server/api/document.h"

#include <fmt/format.h>
#include <simdjson.h>

#include "indexer/data_streams.h"
#include "indexer/script/update.h"
#include "server/api/bulk_request.h"
#include "server/api/ingest_support.h"
#include "server/api/write_support.h"
#include "server/script_registry.h"

namespace tarn::server {
namespace {

std::optional<int64_t> optional_long(const RestRequest& request, std::string_view name) {
  if (!request.has(name)) return std::nullopt;
  return request.get_long(name, 0);
}

/// A part of the Location header's path, as java.net.URLEncoder writes it.
std::string encode_path(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (std::isalnum(static_cast<unsigned char>(c)) || std::string_view("-_.*").find(c) != std::string_view::npos) out += c;
    else if (c == ' ') out += '+';
    else out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return out;
}

RestResponse write_response(const Index& index, const WriteOutcome& outcome, RefreshPolicy refresh, bool no_shards) {
  RestResponse response;
  response.status = outcome.status();
  JsonWriter out(response.body);
  out.begin_object();
  write_outcome_members(out, index, outcome, refresh == RefreshPolicy::kImmediate, no_shards);
  out.end_object();
  if (response.status == 201) {
    response.headers.emplace_back("Location", "/" + encode_path(index.name()) + "/_doc/" + encode_path(outcome.id));
  }
  return response;
}

/// Executes one operation; throws its error.
WriteOutcome execute(Services& services, WriteOp& op) {
  Engine::WriteRequest request;
  request.ops = std::span(&op, 1);
  std::vector<WriteOutcome> outcomes = services.engine.write(request);
  if (outcomes[0].error) throw ApiError(*outcomes[0].error);
  return std::move(outcomes[0]);
}

WriteType parse_op_type(const RestRequest& request, WriteType fallback) {
  const auto type = request.find("op_type");
  if (!type) return fallback;
  if (*type == "index") return WriteType::kIndex;
  if (*type == "create") return WriteType::kCreate;
  throw ApiError(illegal_argument(fmt::format("opType must be 'create' or 'index', found: [{}]", *type)));
}

RestResponse index_document(Services& services, RestRequest& request, WriteType type) {
  const std::string name = request.get("index");
  WriteOp op;
  op.id = request.get("id");
  op.type = parse_op_type(request, type);
  const bool id_given = request.has("id");
  if (!id_given && op.type == WriteType::kIndex) op.type = WriteType::kCreate;  // nothing can be replaced
  op.routing = request.get("routing");
  op.version = optional_long(request, "version");
  op.version_type = parse_version_type(request.get("version_type", "internal"));
  op.if_seq_no = optional_long(request, "if_seq_no");
  op.if_primary_term = optional_long(request, "if_primary_term");
  const RefreshPolicy refresh = parse_refresh(request);
  const auto pipeline = request.find("pipeline");
  const bool require_alias = request.get_bool("require_alias", false);
  request.consume({"wait_for_active_shards", "timeout"});
  request.check_parameters();
  if (!request.has_body()) throw ApiError(Error(400, "parse_exception", "request body is required"));
  Validation validation;
  if (id_given && op.id.empty()) throw ApiError(illegal_argument("if _id is specified it must not be empty"));
  validate_write(op, validation);
  validation.throw_if_any();

  std::string alias_routing = op.routing;
  op.index = resolve_write_op(services.catalog, name, op.type, op.if_seq_no.has_value(), true, require_alias, &alias_routing);
  check_open(*op.index);
  check_write_block(*op.index, false);
  check_active_shards(parse_active_shards(request), *op.index);
  request.body.reserve(request.body.size() + simdjson::SIMDJSON_PADDING);
  op.source = request.body;
  IngestDocument document;
  document.index = name;
  if (id_given) document.id = op.id;
  if (!op.routing.empty()) document.routing = op.routing;
  IngestResult ingested = run_pipelines(services, pipeline ? &*pipeline : nullptr, op.index->settings().get(), op.source,
                                        std::move(document));
  if (ingested.dropped) {
    RestResponse response;
    JsonWriter out(response.body);
    out.begin_object().key("_index").string(name).key("_id");
    if (id_given) out.string(op.id);
    else out.null();
    out.key("_version").number(-3).key("result").string("noop").key("_shards").begin_object().key("total").number(0);
    out.key("successful").number(0).key("failed").number(0).end_object().end_object();
    return response;
  }
  if (ingested.ran) {
    op.source = ingested.source;
    op.id = ingested.document.id.value_or("");
    op.routing = ingested.document.routing.value_or("");
    alias_routing = op.routing;
    if (ingested.document.index != name) {
      op.index = resolve_write_op(services.catalog, ingested.document.index, op.type, op.if_seq_no.has_value(), true, require_alias,
                                  &alias_routing);
      check_open(*op.index);
      check_write_block(*op.index, false);
    }
  }
  op.routing = alias_routing;
  check_routing(*op.index, op.id, op.routing);
  const WriteOutcome outcome = execute(services, op);
  apply_refresh(refresh, *op.index);
  return write_response(*op.index, outcome, refresh, false);
}

RestResponse delete_document(Services& services, RestRequest& request) {
  const std::string name = request.get("index");
  WriteOp op;
  op.type = WriteType::kDelete;
  op.id = request.get("id");
  op.routing = request.get("routing");
  op.version = optional_long(request, "version");
  op.version_type = parse_version_type(request.get("version_type", "internal"));
  op.if_seq_no = optional_long(request, "if_seq_no");
  op.if_primary_term = optional_long(request, "if_primary_term");
  const RefreshPolicy refresh = parse_refresh(request);
  request.consume({"wait_for_active_shards", "timeout"});
  request.check_parameters();
  Validation validation;
  validate_write(op, validation);
  validation.throw_if_any();
  // Only external versions may leave a tombstone in an index that does not exist yet.
  op.index = resolve_write_op(services.catalog, name, op.type, op.if_seq_no.has_value(), op.version_type != VersionType::kInternal, false,
                              &op.routing);
  check_open(*op.index);
  check_write_block(*op.index, true);
  check_active_shards(parse_active_shards(request), *op.index);
  check_routing(*op.index, op.id, op.routing);
  const WriteOutcome outcome = execute(services, op);
  apply_refresh(refresh, *op.index);
  return write_response(*op.index, outcome, refresh, false);
}

RestResponse update_document(Services& services, RestRequest& request) {
  const std::string name = request.get("index");
  WriteOp op;
  op.type = WriteType::kUpdate;
  op.id = request.get("id");
  op.routing = request.get("routing");
  op.if_seq_no = optional_long(request, "if_seq_no");
  op.if_primary_term = optional_long(request, "if_primary_term");
  op.retry_on_conflict = request.get_int("retry_on_conflict", 0);
  const RefreshPolicy refresh = parse_refresh(request);
  const auto url_source = parse_source_parameters(request);
  const bool require_alias = request.get_bool("require_alias", false);
  request.consume({"wait_for_active_shards", "timeout", "lang"});
  if (request.has("version") || request.has("version_type")) {
    throw ApiError(Error(400, "action_request_validation_exception",
                         "Validation Failed: 1: internal versioning can not be used for optimistic concurrency control. "
                         "Please use `if_seq_no` and `if_primary_term` instead;"));
  }
  request.check_parameters();
  if (!request.has_body()) throw ApiError(Error(400, "parse_exception", "request body is required"));
  request.body.reserve(request.body.size() + simdjson::SIMDJSON_PADDING);
  UpdateBody body = parse_update_body(request.body);
  if (!body.source) body.source = url_source;
  if (body.if_seq_no) op.if_seq_no = body.if_seq_no;
  if (body.if_primary_term) op.if_primary_term = body.if_primary_term;

  Validation validation;
  validate_write(op, validation);
  if ((op.if_seq_no || op.if_primary_term) && op.retry_on_conflict > 0) {
    validation.add("compare and write operations can not be retried");
  }
  if ((op.if_seq_no || op.if_primary_term) && (!body.upsert.empty() || body.doc_as_upsert)) {
    validation.add(body.doc_as_upsert ? "compare and write operations can not be used with upsert"
                                      : "upsert requests don't support `if_seq_no` and `if_primary_term`");
  }
  if (!body.has_doc && !body.has_script) validation.add("script or doc is missing");
  if (body.has_doc && body.has_script) validation.add("can't provide both script and doc");
  if (body.doc_as_upsert && !body.has_doc) validation.add("doc must be specified if doc_as_upsert is enabled");
  validation.throw_if_any();
  if (body.has_script) {
    op.script = script::make_update_script(script::parse_script(parse_json(body.script)), &services.scripts);
    op.scripted_upsert = body.scripted_upsert;
  }

  op.index = resolve_write_op(services.catalog, name, op.type, op.if_seq_no.has_value(), true, require_alias, &op.routing);
  check_open(*op.index);
  check_write_block(*op.index, false);
  check_active_shards(parse_active_shards(request), *op.index);
  check_routing(*op.index, op.id, op.routing);
  op.source = body.doc;
  op.has_doc = body.has_doc;
  op.upsert = body.upsert;
  op.doc_as_upsert = body.doc_as_upsert;
  op.detect_noop = body.detect_noop;
  op.want_source = body.source && body.source->fetch;
  const WriteOutcome outcome = execute(services, op);
  const bool noop = outcome.result == WriteResult::kNoop;
  if (!noop) apply_refresh(refresh, *op.index);

  RestResponse response;
  response.status = outcome.status();
  JsonWriter out(response.body);
  out.begin_object();
  write_outcome_members(out, *op.index, outcome, refresh == RefreshPolicy::kImmediate && !noop, noop);
  if (body.source) {
    out.key("get").begin_object().key("_seq_no").number(outcome.seq_no.value);
    out.key("_primary_term").number(outcome.primary_term).key("found").boolean(true);
    if (body.source->fetch) out.key("_source").raw(apply_source_filter(*body.source, outcome.source));
    out.end_object();
  }
  out.end_object();
  if (response.status == 201) {
    response.headers.emplace_back("Location", "/" + encode_path(op.index->name()) + "/_doc/" + encode_path(outcome.id));
  }
  return response;
}

}  // namespace

void register_document_handlers(Router& router, Services& services) {
  router.add({Method::kPut, Method::kPost}, "/{index}/_doc/{id}",
             [&services](RestRequest& request) { return index_document(services, request, WriteType::kIndex); });
  router.add(Method::kPost, "/{index}/_doc",
             [&services](RestRequest& request) { return index_document(services, request, WriteType::kIndex); });
  router.add({Method::kPut, Method::kPost}, "/{index}/_create/{id}",
             [&services](RestRequest& request) { return index_document(services, request, WriteType::kCreate); });
  router.add(Method::kDelete, "/{index}/_doc/{id}",
             [&services](RestRequest& request) { return delete_document(services, request); });
  router.add(Method::kPost, "/{index}/_update/{id}",
             [&services](RestRequest& request) { return update_document(services, request); });
}

}  // namespace tarn::server

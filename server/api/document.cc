#include "indexer/data_streams.h"
#include "indexer/base/json_members.h"
#include "indexer/script/update.h"
#include "server/script_registry.h"
#include "server/api/document.h"

#include <fmt/format.h>
#include <simdjson.h>

#include "query/search.h"
#include "server/api/bulk_request.h"
#include "server/api/ingest_support.h"
#include "server/api/write_support.h"

namespace tarn::server {
namespace {

std::optional<int64_t> optional_long(const RestRequest& request, std::string_view name) {
  if (!request.has(name)) return std::nullopt;
  return request.get_long(name, 0);
}

/// Percent-encodes what URI paths do not take as it stands, for the Location header.
std::string encode_path(std::string_view text) {
  std::string out;
  for (unsigned char c : text) {
    if (std::isalnum(c) || std::string_view("-_.~!$&'()*+,;=:@").find(static_cast<char>(c)) != std::string_view::npos) {
      out += static_cast<char>(c);
    } else {
      out += fmt::format("%{:02X}", c);
    }
  }
  return out;
}

// ---- writing ---------------------------------------------------------------------------------------------------------

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

// ---- reading ---------------------------------------------------------------------------------------------------------

/// What one get of one document asks for.
struct GetSpec {
  std::string id, routing;
  bool realtime = true, refresh = false;
  std::optional<SourceFilter> source;
  std::vector<std::string> stored_fields;
  std::optional<Version> version;
  VersionType version_type = VersionType::kInternal;
};

/// Reads compare for equality whatever the version type (OpenSearch VersionType.isVersionConflictForReads).
bool version_matches(const GetSpec& spec, Version current) { return !spec.version || *spec.version == current; }

std::optional<GetResult> read_document(Index& index, const GetSpec& spec) {
  check_open(index);
  check_read_block(index);
  check_routing(index, spec.id, spec.routing);
  if (spec.refresh) index.refresh();
  std::optional<GetResult> result;
  if (spec.realtime) {
    result = index.get(spec.id);
  } else {
    const auto searcher = index.acquire_searcher();
    if (const auto document = searcher->find(spec.id)) {
      StoredDocument stored = searcher->fetch(*document);
      result = GetResult{std::move(stored.source), std::move(stored.routing), searcher->version(*document),
                         searcher->seq_no(*document), 1};
    }
  }
  const int shards = index.settings()->number_of_shards;
  if (result && shards > 1) {
    // With several shards a document is found only where its own routing leads.
    const std::string& own = result->routing.empty() ? spec.id : result->routing;
    const std::string& asked = spec.routing.empty() ? spec.id : spec.routing;
    if (query::shard_of(own, shards) != query::shard_of(asked, shards)) result.reset();
  }
  if (result && !version_matches(spec, result->version)) {
    Error error(409, "version_conflict_engine_exception",
                fmt::format("[{}]: version conflict, current version [{}] is different than the one provided [{}]", spec.id,
                            result->version, *spec.version));
    error.with("index", index.name()).with("shard", "0").with("index_uuid", index.uuid());
    throw ApiError(error);
  }
  return result;
}

/// The stored fields of a document: Tarn keeps the _source only, so their values come from there.
Json stored_fields_of(const Index& index, const GetSpec& spec, const std::string& source) {
  Json fields = Json::object();
  const auto mapping = index.mapping();
  std::optional<Json> tree;
  for (const std::string& name : spec.stored_fields) {
    const FieldType* field = mapping->find(name);
    if (field == nullptr || !field->stored) continue;
    if (!tree) tree = parse_json(source);
    std::string path = field->path;
    if (field->is_multi_field) path.resize(path.rfind('.'));
    std::vector<Json> values;
    values_at_path(*tree, path, values);
    if (!values.empty()) fields[name] = values;
  }
  return fields;
}

/// The answer about one document, into an open object.
void write_get_members(JsonWriter& out, const Index& index, const GetSpec& spec, const std::optional<GetResult>& result) {
  out.key("_index").string(index.name()).key("_id").string(spec.id);
  if (!result) {
    out.key("found").boolean(false);
    return;
  }
  out.key("_version").number(result->version).key("_seq_no").number(result->seq_no.value);
  out.key("_primary_term").number(result->primary_term);
  if (!result->routing.empty()) out.key("_routing").string(result->routing);
  out.key("found").boolean(true);
  const bool source_named = std::find(spec.stored_fields.begin(), spec.stored_fields.end(), "_source") != spec.stored_fields.end();
  const bool wants_source = spec.source ? spec.source->fetch : spec.stored_fields.empty() || source_named;
  if (wants_source && index.mapping()->source_enabled()) {
    out.key("_source").raw(spec.source ? apply_source_filter(*spec.source, result->source) : result->source);
  }
  if (!spec.stored_fields.empty()) {
    const Json fields = stored_fields_of(index, spec, result->source);
    if (!fields.empty()) out.key("fields").value(fields);
  }
}

GetSpec parse_get(const RestRequest& request) {
  GetSpec spec;
  spec.id = request.get("id");
  spec.routing = request.get("routing");
  spec.realtime = request.get_bool("realtime", true);
  spec.refresh = request.get_bool("refresh", false);
  spec.source = parse_source_parameters(request);
  spec.stored_fields = request.get_list("stored_fields");
  spec.version = optional_long(request, "version");
  spec.version_type = parse_version_type(request.get("version_type", "internal"));
  request.consume({"preference"});
  return spec;
}

RestResponse get_document(Services& services, RestRequest& request) {
  GetSpec spec = parse_get(request);
  const auto index = services.catalog.resolve_single(request.get("index"), &spec.routing);
  const auto result = read_document(*index, spec);
  RestResponse response;
  response.status = result ? 200 : 404;
  JsonWriter out(response.body);
  out.begin_object();
  write_get_members(out, *index, spec, result);
  out.end_object();
  return response;
}

RestResponse get_source(Services& services, RestRequest& request) {
  GetSpec spec = parse_get(request);
  if (spec.source && !spec.source->fetch) {
    throw ApiError(Error(400, "action_request_validation_exception", "Validation Failed: 1: fetching source can not be disabled;"));
  }
  const auto index = services.catalog.resolve_single(request.get("index"), &spec.routing);
  const auto result = read_document(*index, spec);
  if (!result) {
    throw ApiError(Error(404, "resource_not_found_exception", fmt::format("Document not found [{}]/[{}]", index->name(), spec.id)));
  }
  if (!index->mapping()->source_enabled()) {
    throw ApiError(Error(404, "resource_not_found_exception", fmt::format("Source not found [{}]/[{}]", index->name(), spec.id)));
  }
  RestResponse response;
  response.raw = true;  // the document's own bytes
  response.body = spec.source ? apply_source_filter(*spec.source, result->source) : result->source;
  return response;
}

// ---- _mget -----------------------------------------------------------------------------------------------------------

struct MultiGetItem {
  std::string index;
  GetSpec spec;
};

std::vector<std::string> string_list(const Json& value) {
  std::vector<std::string> out;
  if (value.is_string()) out.push_back(value.get<std::string>());
  if (value.is_array()) {
    for (const Json& element : value) {
      if (element.is_string()) out.push_back(element.get<std::string>());
    }
  }
  return out;
}

SourceFilter source_filter_of(const Json& value) {
  SourceFilter filter;
  if (value.is_boolean()) filter.fetch = value.get<bool>();
  else if (value.is_object()) {
    for (const auto& [key, member] : value.items()) {
      if (key == "includes" || key == "include") filter.includes = string_list(member);
      else if (key == "excludes" || key == "exclude") filter.excludes = string_list(member);
      else throw ApiError(Error(400, "parse_exception", "unexpected token"));
    }
  } else {
    filter.includes = string_list(value);
  }
  return filter;
}

std::string text_of(const Json& value) { return value.is_string() ? value.get<std::string>() : to_text(value); }

MultiGetItem parse_mget_item(const Json& json, const GetSpec& defaults, const std::string& index) {
  MultiGetItem item{index, defaults};
  item.spec.id.clear();
  for (const auto& [key, value] : json.items()) {
    if (key == "_index") item.index = text_of(value);
    else if (key == "_id") item.spec.id = text_of(value);
    else if (key == "routing") item.spec.routing = text_of(value);
    else if (key == "stored_fields") item.spec.stored_fields = string_list(value);
    else if (key == "_source") item.spec.source = source_filter_of(value);
    else if (key == "version") item.spec.version = value.get<int64_t>();
    else if (key == "version_type") item.spec.version_type = parse_version_type(text_of(value));
    else if (key == "fields") throw ApiError(parsing_exception("Unsupported field [fields] used, expected [stored_fields] instead"));
    else if (key == "_type") throw ApiError(parsing_exception("unknown key [_type] for docs array element"));
    else throw ApiError(Error(400, "parse_exception", fmt::format("failed to parse multi get request. unknown field [{}]", key)));
  }
  return item;
}

std::vector<MultiGetItem> parse_mget(const RestRequest& request, const GetSpec& defaults) {
  std::vector<MultiGetItem> items;
  const std::string index = request.get("index");
  const Json body = request.json_body();
  if (!body.is_object()) throw ApiError(parsing_exception("unexpected token [START_ARRAY], expected [FIELD_NAME]"));
  for (const auto& [key, value] : body.items()) {
    if (key == "docs" && value.is_array()) {
      for (const Json& doc : value) {
        if (!doc.is_object()) throw ApiError(illegal_argument("docs array element should include an object"));
        items.push_back(parse_mget_item(doc, defaults, index));
      }
    } else if (key == "ids" && value.is_array()) {
      for (const Json& id : value) {
        if (id.is_object() || id.is_array()) throw ApiError(illegal_argument("ids array element should only contain ids"));
        MultiGetItem item{index, defaults};
        item.spec.id = text_of(id);
        items.push_back(std::move(item));
      }
    } else {
      const char* token = value.is_array() ? "START_ARRAY" : value.is_object() ? "START_OBJECT" : "VALUE_STRING";
      Error error = parsing_exception(fmt::format("unknown key [{}] for a {}, expected [docs] or [ids]", key, token));
      // The position of the value's first byte, as Jackson counts columns.
      const size_t at = request.body.find("\"" + key + "\"");
      error.with("line", 1).with("col", at == std::string::npos ? 1 : static_cast<int64_t>(at + key.size() + 4));
      throw ApiError(error);
    }
  }
  return items;
}

RestResponse multi_get(Services& services, RestRequest& request) {
  GetSpec defaults = parse_get(request);
  const std::vector<MultiGetItem> items = parse_mget(request, defaults);
  Validation validation;
  if (items.empty()) validation.add("no documents to get");
  for (size_t i = 0; i < items.size(); ++i) {
    if (items[i].index.empty()) validation.add(fmt::format("index is missing for doc {}", i));
    if (items[i].spec.id.empty()) validation.add(fmt::format("id is missing for doc {}", i));
  }
  validation.throw_if_any();
  RestResponse response;
  JsonWriter out(response.body);
  out.begin_object().key("docs").begin_array();
  for (const MultiGetItem& item : items) {
    out.begin_object();
    try {
      GetSpec spec = item.spec;
      const auto index = services.catalog.resolve_single(item.index, &spec.routing);
      const auto result = read_document(*index, spec);
      write_get_members(out, *index, spec, result);
    } catch (const ApiError& error) {
      out.key("_index").string(item.index).key("_id").string(item.spec.id);
      out.key("error").value(error.error().to_body()["error"]);
    }
    out.end_object();
  }
  out.end_array().end_object();
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
  router.add({Method::kGet, Method::kHead}, "/{index}/_doc/{id}",
             [&services](RestRequest& request) { return get_document(services, request); });
  router.add({Method::kGet, Method::kHead}, "/{index}/_source/{id}",
             [&services](RestRequest& request) { return get_source(services, request); });
  router.add({Method::kGet, Method::kPost}, "/_mget", [&services](RestRequest& request) { return multi_get(services, request); });
  router.add({Method::kGet, Method::kPost}, "/{index}/_mget",
             [&services](RestRequest& request) { return multi_get(services, request); });
}

}  // namespace tarn::server

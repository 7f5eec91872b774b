#include <fmt/format.h>

#include <cmath>

#include "indexer/base/json_location.h"
#include "indexer/base/json_members.h"
#include "indexer/mapping/number_text.h"
#include "query/dsl/clause.h"
#include "query/search.h"
#include "server/api/document.h"
#include "server/api/write_support.h"

namespace tarn::server {
namespace {

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
  if (request.has("version")) spec.version = request.get_long("version", 0);
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

std::string text_of(const Json& value) { return value.is_string() ? value.get<std::string>() : to_text(value); }

/// The scalars of a list, or a lone one, as texts.
std::vector<std::string> text_list(const Json& value) {
  std::vector<std::string> out;
  for (const Json& element : value.is_array() ? value : Json::array({value})) {
    if (!element.is_null() && !element.is_structured()) out.push_back(text_of(element));
  }
  return out;
}

/// parsing_exception at the place of the value.
[[noreturn]] void refuse_at(const Json& value, std::string reason) {
  const JsonLocation at = JsonLocations::of_this_thread().value(value);
  throw ApiError(parsing_exception(std::move(reason)).with("line", at.line).with("col", at.column));
}

SourceFilter source_filter_of(const Json& value) {
  SourceFilter filter;
  if (value.is_boolean() || value == "true" || value == "false") {
    filter.fetch = value == "true" || value == true;
  } else if (value.is_object()) {
    for (const auto& [key, member] : value.items()) {
      const bool included = key == "includes" || key == "include";
      if (!included && key != "excludes" && key != "exclude") {
        // OpenSearch fails to word its refusal.
        const JsonLocation at = JsonLocations::of_this_thread().name(member);
        throw ApiError(500, "illegal_state_exception", fmt::format("Can't get text on a FIELD_NAME at {}:{}", at.line, at.column));
      }
      if (member.is_object()) throw ApiError(Error(400, "parse_exception", "unexpected token while parsing source settings"));
      (included ? filter.includes : filter.excludes) = text_list(member);
    }
  } else if (value.is_string() || value.is_array()) {
    filter.includes = text_list(value);
  } else {
    throw ApiError(Error(400, "parse_exception", fmt::format("illegal type for _source: [{}]", query::token_name(value))));
  }
  return filter;
}

/// XContentParser.longValue: numbers are cut to whole ones, texts are read.
Version version_of(const Json& value) {
  if (value.is_boolean()) {
    throw ApiError(Error(400, "input_coercion_exception", fmt::format("Current token (VALUE_{}) not numeric, cannot use numeric value accessors",
                                                                     value.get<bool>() ? "TRUE" : "FALSE")));
  }
  if (value.is_number_integer()) return value.get<Version>();
  const auto number = value.is_string() ? mapping::parse_java_double(value.get_ref<const std::string&>()) : value.get<double>();
  if (!number) throw ApiError(illegal_argument("For input string: " + to_text(value)));
  if (!(std::fabs(*number) < 9.2e18)) throw ApiError(illegal_argument(fmt::format("Value [{}] is out of range for a long", text_of(value))));
  return static_cast<Version>(*number);
}

/// One member of a document to get. As OpenSearch's parser, which looks at tokens one by one: nulls say nothing, a list's
/// elements stand for its key one after the other, and the members of an object for those of the document.
void read_item_member(const std::string& key, const Json& value, MultiGetItem& item) {
  if (value.is_null()) return;
  if (key == "fields" && !value.is_object()) {
    refuse_at(value, "Unsupported field [fields] used, expected [stored_fields] instead");
  }
  if (key == "_source") {
    item.spec.source = source_filter_of(value);
  } else if (value.is_object()) {
    for (const auto& [name, member] : value.items()) read_item_member(name, member, item);
  } else if (key == "stored_fields") {
    item.spec.stored_fields = text_list(value);
  } else if (value.is_array()) {
    for (const Json& element : value) read_item_member(key, element, item);
  } else if (key == "_index") {
    item.index = text_of(value);
  } else if (key == "_id") {
    item.spec.id = text_of(value);
  } else if (key == "routing") {
    item.spec.routing = text_of(value);
  } else if (key == "version") {
    item.spec.version = version_of(value);
  } else if (key == "version_type") {
    item.spec.version_type = parse_version_type(text_of(value));
  } else {
    throw ApiError(Error(400, "parse_exception", fmt::format("failed to parse multi get request. unknown field [{}]", key)));
  }
}

std::vector<MultiGetItem> parse_mget(const RestRequest& request, const GetSpec& defaults) {
  std::vector<MultiGetItem> items;
  const std::string index = request.get("index");
  const Json body = request.json_body();
  if (!body.is_object()) {
    throw ApiError(parsing_exception(fmt::format("unexpected token [{}], expected [START_OBJECT]", query::token_name(body))).with("line", 1).with("col", 1));
  }
  for (const auto& [key, value] : body.items()) {
    if (!value.is_array()) refuse_at(value, fmt::format("unexpected token [{}], expected [FIELD_NAME] or [START_ARRAY]", query::token_name(value)));
    if (key != "docs" && key != "ids") refuse_at(value, fmt::format("unknown key [{}] for a START_ARRAY, expected [docs] or [ids]", key));
    for (const Json& element : value) {
      MultiGetItem item{index, defaults};
      item.spec.id.clear();
      if (key == "docs") {
        if (!element.is_object()) throw ApiError(illegal_argument("docs array element should include an object"));
        for (const auto& [name, member] : element.items()) read_item_member(name, member, item);
      } else {
        if (element.is_structured() || element.is_null()) throw ApiError(illegal_argument("ids array element should only contain ids"));
        item.spec.id = text_of(element);
      }
      items.push_back(std::move(item));
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

void register_get_handlers(Router& router, Services& services) {
  router.add({Method::kGet, Method::kHead}, "/{index}/_doc/{id}",
             [&services](RestRequest& request) { return get_document(services, request); });
  router.add({Method::kGet, Method::kHead}, "/{index}/_source/{id}",
             [&services](RestRequest& request) { return get_source(services, request); });
  router.add({Method::kGet, Method::kPost}, "/_mget", [&services](RestRequest& request) { return multi_get(services, request); });
  router.add({Method::kGet, Method::kPost}, "/{index}/_mget",
             [&services](RestRequest& request) { return multi_get(services, request); });
}

}  // namespace tarn::server


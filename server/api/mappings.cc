// GET and PUT _mapping, and the mapping of single fields.

#include <fmt/format.h>

#include "indexer/index_names.h"
#include "server/api/indices.h"
#include "server/api/indices_support.h"

namespace tarn::server {
namespace {

// Metadata fields answer to a pattern with an empty mapping.
constexpr std::string_view kMetadataFields[] = {
    "_data_stream_timestamp", "_doc_count", "_feature", "_field_names", "_id",      "_ignored", "_index",
    "_nested_path",           "_routing",   "_seq_no",  "_source",      "_version"};

RestResponse get_mapping(Services& services, RestRequest& request) {
  request.get_bool("local", false);
  request.consume({"include_type_name"});
  read_timeouts(request);
  Json out = Json::object();
  for (const auto& resolved : resolve_indices(services, request, options_metadata()))
    out[resolved.index->name()] = Json{{"mappings", resolved.index->mapping()->to_json()}};
  return RestResponse::json(out);
}

RestResponse put_mapping(Services& services, RestRequest& request) {
  read_timeouts(request);
  request.consume({"write_index_only", "include_type_name"});
  if (!request.has_body())
    throw ApiError(400, "parse_exception", "request body is required");
  const Json body = request.json_body();
  if (!body.is_object()) throw ApiError(400, "parse_exception", "request body is required");
  if (body.contains("_doc") && body["_doc"].is_object() && body.size() == 1)
    throw ApiError(illegal_argument("Types cannot be provided in put mapping requests"));
  std::vector<ResolvedIndex> indices;
  if (request.get_bool("write_index_only", false)) {
    for (const auto& name : split_commas(request.get("index"))) {
      auto index = services.catalog.resolve_write(name, false, false, nullptr);
      indices.push_back({std::move(index), {}, {}});
    }
    parse_indices_options(request, {});
  } else {
    indices = resolve_indices(services, request, options_change());
  }
  request.check_parameters();
  services.catalog.put_mapping(indices, body);
  return acknowledged();
}

Json field_entry(const Mapping& mapping, std::string_view path, bool defaults) {
  const size_t dot = path.rfind('.');
  const std::string leaf(path.substr(dot == std::string_view::npos ? 0 : dot + 1));
  return Json{{"full_name", std::string(path)}, {"mapping", Json{{leaf, defaults ? mapping.field_json_with_defaults(path) : mapping.field_json(path)}}}};
}

/// The fields that join and percolator fields make beside themselves.
void add_parts(const Mapping& mapping, const std::string& pattern, Json& out) {
  static const std::pair<const char*, Json> kPercolatorParts[] = {
      {"extracted_terms", {{"type", "keyword"}, {"doc_values", false}}},
      {"extraction_result", {{"type", "keyword"}, {"doc_values", false}}},
      {"minimum_should_match_field", {{"type", "integer"}, {"index", false}}},
      {"query_builder_field", {{"type", "binary"}, {"doc_values", true}}},
      {"range_field", {{"type", "ip_range"}, {"doc_values", false}}},
  };
  const auto add = [&](const std::string& path, const std::string& leaf, const Json& definition) {
    if (matches_pattern(pattern, path)) out[path] = Json{{"full_name", path}, {"mapping", Json{{leaf, definition}}}};
  };
  for (const FieldType* field : mapping.match("*")) {
    if (field->kind == FieldKind::kPercolator) {
      for (const auto& [name, definition] : kPercolatorParts) add(field->path + "." + name, name, definition);
    }
    if (field->kind != FieldKind::kJoin || !field->parameters.contains("relations")) continue;
    for (const auto& [parent, children] : field->parameters["relations"].items()) {
      const std::string path = field->path + "#" + parent;
      add(path, path.substr(path.rfind('.') + 1), Json{{"type", "parent"}});
    }
  }
}

RestResponse get_field_mapping(Services& services, RestRequest& request) {
  const bool defaults = request.get_bool("include_defaults", false);
  request.get_bool("local", false);
  request.consume({"include_type_name"});
  const auto patterns = request.get_list("fields");
  Json out = Json::object();
  for (const auto& resolved : resolve_indices(services, request, options_metadata())) {
    const auto mapping = resolved.index->mapping();
    Json fields = Json::object();
    for (const auto& pattern : patterns) {
      for (const auto field : kMetadataFields)
        if (matches_pattern(pattern, field)) fields[std::string(field)] = Json{{"full_name", std::string(field)}, {"mapping", Json::object()}};
      for (const FieldType* field : mapping->match(pattern))
        if (!field->path.starts_with("_")) fields[field->path] = field_entry(*mapping, field->path, defaults);
      add_parts(*mapping, pattern, fields);
    }
    out[resolved.index->name()] = Json{{"mappings", std::move(fields)}};
  }
  return RestResponse::json(out);
}

}  // namespace

void register_mapping_handlers(Router& router, Services& services) {
  using enum Method;
  for (const char* path : {"/_mapping", "/_mappings", "/{index}/_mapping", "/{index}/_mappings"})
    router.add(kGet, path, [&services](RestRequest& request) { return get_mapping(services, request); });
  for (const char* path : {"/{index}/_mapping", "/{index}/_mappings"})
    router.add({kPut, kPost}, path, [&services](RestRequest& request) { return put_mapping(services, request); });
  for (const char* path : {"/_mapping/field/{fields}", "/{index}/_mapping/field/{fields}"})
    router.add(kGet, path, [&services](RestRequest& request) { return get_field_mapping(services, request); });
}

}  // namespace tarn::server

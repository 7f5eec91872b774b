// _field_caps and _search_shards: what a search over some indices would find there.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "indexer/base/ascii.h"
#include "query/search_request.h"
#include "server/api/document.h"
#include "server/api/indices_support.h"
#include "server/api/search_open.h"

namespace tarn::server {
namespace {

/// What one index says of one field.
struct FieldCap {
  std::string type;
  bool searchable = false, aggregatable = false;
  Json meta;
};

bool is_aggregatable(const FieldType& field) {
  switch (field.kind) {
    case FieldKind::kText:
    case FieldKind::kMatchOnlyText: return field.fielddata;
    case FieldKind::kSearchAsYouType:
    case FieldKind::kCompletion:
    case FieldKind::kRankFeature:
    case FieldKind::kRankFeatures:
    case FieldKind::kFlatObject:
    case FieldKind::kPercolator:
    case FieldKind::kObject:
    case FieldKind::kNested: return false;
    case FieldKind::kConstantKeyword: return true;
    default: return field.doc_values;
  }
}

bool is_searchable(const FieldType& field) {
  switch (field.kind) {
    case FieldKind::kObject:
    case FieldKind::kNested:
    case FieldKind::kBinary:
    case FieldKind::kPercolator:
    case FieldKind::kRankFeatures: return false;
    default: return field.indexed;
  }
}

struct MetadataCap {
  std::string_view name, type;
  bool searchable, aggregatable;
};
constexpr MetadataCap kMetadata[] = {
    {"_data_stream_timestamp", "_data_stream_timestamp", false, false}, {"_doc_count", "long", false, false},
    {"_feature", "_feature", false, false}, {"_field_names", "_field_names", true, false}, {"_id", "_id", true, true},
    {"_ignored", "_ignored", true, false}, {"_index", "_index", true, true}, {"_nested_path", "_nested_path", true, false},
    {"_routing", "_routing", true, false}, {"_seq_no", "_seq_no", true, true}, {"_source", "_source", false, false},
    {"_version", "_version", false, false}};

using Caps = std::map<std::string, FieldCap>;

/// The fields that a join or percolator field makes beside itself.
void add_parts(const FieldType& field, Caps& out) {
  if (field.kind == FieldKind::kJoin && field.parameters.contains("relations")) {
    for (const auto& [parent, children] : field.parameters["relations"].items()) out[field.path + "#" + parent] = {"parent", true, true, Json()};
    out["_parent_join"] = {"parent_join", false, false, Json()};
  }
  if (field.kind != FieldKind::kPercolator) return;
  static constexpr MetadataCap kParts[] = {{".extracted_terms", "keyword", true, false},
                                           {".extraction_result", "keyword", true, false},
                                           {".minimum_should_match_field", "integer", false, true},
                                           {".query_builder_field", "binary", false, true},
                                           {".range_field", "ip_range", true, false}};
  for (const MetadataCap& part : kParts) {
    out[field.path + std::string(part.name)] = {std::string(part.type), part.searchable, part.aggregatable, Json()};
  }
}

/// Fields, multi-fields, objects and what types add of their own, from the mapping's JSON.
void walk_properties(const Mapping& mapping, const Json& properties, const std::string& prefix, Caps& out) {
  if (!properties.is_object()) return;
  for (const auto& [name, body] : properties.items()) {
    if (body.contains("enabled") && (body["enabled"] == false || body["enabled"] == "false")) continue;
    const std::string path = prefix + name;
    const FieldType* field = mapping.find(path);
    if (field != nullptr) {
      const bool object = field->kind == FieldKind::kObject;
      // Of an alias, the target's type and meta.
      out[path] = {object ? "object" : std::string(kind_name(field->kind)), is_searchable(*field), is_aggregatable(*field), field->meta};
      add_parts(*field, out);
      if (field->kind == FieldKind::kTokenCount) out[path].type = "integer";
      if (field->kind == FieldKind::kSearchAsYouType) {
        const Json& given = body.contains("max_shingle_size") ? body["max_shingle_size"] : Json();
        const int shingles = given.is_number_integer() ? given.get<int>() : 3;
        for (int n = 2; n <= std::min(shingles, 4); ++n) {
          out[fmt::format("{}._{}gram", path, n)] = {"search_as_you_type", field->indexed, false, Json()};
        }
        out[path + "._index_prefix"] = {"prefix", field->indexed, false, Json()};
      }
    }
    if (body.contains("properties")) walk_properties(mapping, body["properties"], path + ".", out);
    if (body.contains("fields")) walk_properties(mapping, body["fields"], path + ".", out);
  }
}

Caps caps_of(const Mapping& mapping) {
  Caps out;
  for (const MetadataCap& cap : kMetadata) {
    out[std::string(cap.name)] = {std::string(cap.type), cap.searchable, cap.aggregatable, Json()};
  }
  const Json shown = mapping.to_json();
  if (shown.is_object() && shown.contains("properties")) walk_properties(mapping, shown["properties"], "", out);
  return out;
}

/// One type of one field over all indices that have it.
struct MergedCap {
  std::vector<std::string> indices, not_searchable, not_aggregatable;
  std::map<std::string, std::set<std::string>> meta;
};
using Merged = std::map<std::string, std::map<std::string, MergedCap>>;

void merge_index(const std::string& index, const Caps& caps, const std::vector<std::string>& patterns, Merged& out) {
  for (const auto& [name, cap] : caps) {
    const bool wanted = std::any_of(patterns.begin(), patterns.end(), [&](const std::string& p) { return matches_pattern(p, name); });
    if (!wanted) continue;
    MergedCap& merged = out[name][cap.type];
    merged.indices.push_back(index);
    if (!cap.searchable) merged.not_searchable.push_back(index);
    if (!cap.aggregatable) merged.not_aggregatable.push_back(index);
    if (!cap.meta.is_object()) continue;
    for (const auto& [key, value] : cap.meta.items()) merged.meta[key].insert(value.is_string() ? value.get<std::string>() : to_text(value));
  }
}

Json merged_json(const std::string& type, const MergedCap& cap, bool only_type) {
  Json out = Json::object();
  out["type"] = type;
  const bool unmapped = type == "unmapped";
  out["searchable"] = !unmapped && cap.not_searchable.empty();
  out["aggregatable"] = !unmapped && cap.not_aggregatable.empty();
  if (!only_type) out["indices"] = cap.indices;
  // Named only where the indices disagree.
  if (!unmapped && !cap.not_searchable.empty() && cap.not_searchable.size() < cap.indices.size()) {
    out["non_searchable_indices"] = cap.not_searchable;
  }
  if (!unmapped && !cap.not_aggregatable.empty() && cap.not_aggregatable.size() < cap.indices.size()) {
    out["non_aggregatable_indices"] = cap.not_aggregatable;
  }
  if (!cap.meta.empty()) out["meta"] = cap.meta;
  return out;
}

/// Whether some document of the index may match `filter`.
bool can_match(const Json& filter, const query::SearchTarget& target, const query::SearchContext& context) {
  std::map<std::string, std::string, std::less<>> parameters;
  const auto request = query::parse_search_request(Json{{"query", filter}, {"size", 0}}, parameters);
  std::string answer;
  query::search(*request, {target}, context, answer, nullptr);
  return parse_json(answer)["hits"]["total"]["value"].get<uint64_t>() > 0;
}

RestResponse field_caps(Services& services, RestRequest& request) {
  const std::vector<std::string> patterns = request.get_list("fields");
  const bool include_unmapped = request.get_bool("include_unmapped", false);
  const ScopeRequest wanted = read_scope(request);
  request.check_parameters();
  Json filter;
  if (request.has_body()) {
    const Json body = request.json_body();
    for (const auto& [key, value] : body.items()) {
      if (key != "index_filter") throw ApiError(parsing_exception(fmt::format("request does not support [{}]", key)));
      filter = value;
    }
  }
  if (patterns.empty()) throw ApiError(illegal_argument("specified fields can't be null or empty"));
  const SearchScope scope = open_search_scope(services, wanted);
  const query::SearchContext context = make_search_context(services, request);
  std::vector<std::string> indices;
  Merged merged;
  for (size_t i = 0; i < scope.targets.size(); ++i) {
    if (!filter.is_null() && !can_match(filter, scope.targets[i], context)) continue;
    indices.push_back(scope.indices[i]->name());
    merge_index(indices.back(), caps_of(scope.targets[i].searcher->mapping()), patterns, merged);
  }
  Json fields = Json::object();
  for (auto& [name, types] : merged) {
    if (include_unmapped) {
      std::vector<std::string> without;
      for (const std::string& index : indices) {
        const bool has = std::any_of(types.begin(), types.end(), [&](const auto& type) {
          return std::find(type.second.indices.begin(), type.second.indices.end(), index) != type.second.indices.end();
        });
        if (!has) without.push_back(index);
      }
      if (!without.empty()) types["unmapped"].indices = std::move(without);
    }
    Json of_field = Json::object();
    for (const auto& [type, cap] : types) of_field[type] = merged_json(type, cap, types.size() == 1);
    fields[name] = std::move(of_field);
  }
  return RestResponse::json(Json{{"indices", indices}, {"fields", std::move(fields)}});
}

/// The clause as OpenSearch writes it back, for the shapes that aliases commonly have.
Json with_defaults(const Json& filter) {
  if (!filter.is_object() || filter.size() != 1) return filter;
  const std::string& name = filter.begin().key();
  const Json& body = filter.begin().value();
  if (name == "term" && body.is_object() && body.size() == 1) {
    const Json& value = body.begin().value();
    Json clause = value.is_object() ? value : Json{{"value", value}};
    if (!clause.contains("boost")) clause["boost"] = 1.0;
    return Json{{"term", Json{{body.begin().key(), std::move(clause)}}}};
  }
  return filter;
}

Json alias_entry(Services& services, const ResolvedIndex& resolved, const std::string& expression) {
  Json names = Json::array();
  std::vector<std::string> reached;
  for (const Alias& alias : services.catalog.aliases_of(resolved.index->name())) {
    RestRequest list;
    list.parameters["names"] = expression;
    for (const std::string& pattern : list.get_list("names")) {
      if (matches_pattern(pattern, alias.name)) {
        reached.push_back(alias.name);
        break;
      }
    }
  }
  std::sort(reached.begin(), reached.end());
  Json out = Json::object();
  if (!reached.empty()) out["aliases"] = reached;
  if (resolved.alias_filters.size() == 1) out["filter"] = with_defaults(resolved.alias_filters[0]);
  if (resolved.alias_filters.size() > 1) {
    Json should = Json::array();
    for (const Json& filter : resolved.alias_filters) should.push_back(with_defaults(filter));
    out["filter"] = Json{{"bool", {{"should", std::move(should)}, {"adjust_pure_negative", true}, {"boost", 1.0}}}};
  }
  return out;
}

/// Shards of one index that the slice leaves, of those that routing and preference chose.
std::vector<int> sliced(std::vector<int> shards, const std::optional<query::SliceClause>& slice) {
  if (!slice || shards.size() <= 1 || slice->max > static_cast<int>(shards.size())) {
    if (!slice || shards.size() <= 1) return shards;
    return {shards[static_cast<size_t>(slice->id) % shards.size()]};
  }
  std::vector<int> out;
  for (size_t i = static_cast<size_t>(slice->id); i < shards.size(); i += static_cast<size_t>(slice->max)) out.push_back(shards[i]);
  return out;
}

RestResponse search_shards(Services& services, RestRequest& request) {
  ScopeRequest wanted = read_scope(request);
  request.consume({"local", "cluster_manager_timeout", "master_timeout"});
  request.check_parameters();
  std::optional<query::SliceClause> slice;
  if (request.has_body()) slice = query::parse_search_request(request.json_body(), {})->slice;
  wanted.options.ignore_unavailable = true;  // unknown indices have no shards
  wanted.options.forbid_closed = false;
  const auto resolved = services.catalog.resolve(wanted.indices, wanted.options);
  Json indices = Json::object(), groups = Json::array();
  for (const ResolvedIndex& entry : resolved) {
    if (entry.index->closed()) continue;
    ScopeRequest one = wanted;
    one.indices = entry.index->name();
    if (one.routing.empty()) one.routing = entry.search_routing;
    const SearchScope scope = open_search_scope(services, one);
    if (scope.targets.empty()) continue;
    indices[entry.index->name()] = alias_entry(services, entry, wanted.indices);
    std::vector<int> shards = scope.targets[0].routing_shards;
    std::sort(shards.begin(), shards.end());
    shards.erase(std::unique(shards.begin(), shards.end()), shards.end());
    if (shards.empty()) {
      for (int shard = 0; shard < entry.index->settings()->number_of_shards; ++shard) shards.push_back(shard);
    }
    for (const int shard : sliced(std::move(shards), slice)) {
      groups.push_back(Json::array({Json{{"state", "STARTED"},
                                         {"primary", true},
                                         {"searchOnly", false},
                                         {"node", services.node.node_id},
                                         {"relocating_node", nullptr},
                                         {"shard", shard},
                                         {"index", entry.index->name()},
                                         {"allocation_id", {{"id", entry.index->uuid()}}}}}));
    }
  }
  Json nodes = Json::object();
  if (!groups.empty()) {
    nodes[services.node.node_id] = Json{{"name", services.node.name},
                                        {"ephemeral_id", services.node.node_id},
                                        {"transport_address", services.node.http_address},
                                        {"attributes", services.node.attributes}};
  }
  return RestResponse::json(Json{{"nodes", std::move(nodes)}, {"indices", std::move(indices)}, {"shards", std::move(groups)}});
}

}  // namespace

void register_search_info_handlers(Router& router, Services& services) {
  for (const char* path : {"/_field_caps", "/{index}/_field_caps"}) {
    router.add({Method::kGet, Method::kPost}, path, [&services](RestRequest& request) { return field_caps(services, request); });
  }
  for (const char* path : {"/_search_shards", "/{index}/_search_shards"}) {
    router.add({Method::kGet, Method::kPost}, path, [&services](RestRequest& request) { return search_shards(services, request); });
  }
}

}  // namespace tarn::server

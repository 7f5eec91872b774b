#include "server/api/indices.h"

#include <fmt/format.h>

#include "indexer/data_streams.h"
#include "indexer/index_names.h"
#include "query/query.h"
#include "server/api/background.h"
#include "server/api/indices_support.h"

namespace tarn::server {
namespace {

/// The body as a map: syntax errors come wrapped, as XContentHelper.convertToMap wraps them.
Json body_as_map(const RestRequest& request) {
  if (!request.has_body()) return Json::object();
  try {
    return request.json_body();
  } catch (const ApiError& error) {
    if (error.error().status != 400) throw;
    throw ApiError(Error(400, "parse_exception", "Failed to parse content to map").caused_by(error.error()));
  }
}

RestResponse create_index(Services& services, RestRequest& request) {
  const std::string name = request.get("index");
  read_timeouts(request);
  request.consume({"wait_for_active_shards", "include_type_name"});
  const Json body = body_as_map(request);
  request.check_parameters();
  if (request.has("wait_for_active_shards")) {
    // What can never be met is refused before anything is created.
    const std::string wanted = request.get("wait_for_active_shards");
    if (wanted != "all" && (wanted.empty() || wanted.find_first_not_of("0123456789") != std::string::npos))
      throw ApiError(illegal_argument(fmt::format("cannot parse ActiveShardCount[{}]", wanted))
                         .caused_by(Error(400, "number_format_exception", fmt::format("For input string: \"{}\"", wanted))));
  }
  const auto index = services.catalog.create_index(name, body);
  bool met = false;
  try {
    met = active_shards_met(request, *index);
  } catch (const ApiError&) {
    services.catalog.delete_indices(index->name(), options_metadata());
    throw;
  }
  return RestResponse::json(Json{{"acknowledged", true}, {"shards_acknowledged", met}, {"index", index->name()}});
}

RestResponse delete_index(Services& services, RestRequest& request) {
  IndicesOptions defaults = options_metadata();
  defaults.expand_closed = true;
  const std::string expression = request.get("index");
  read_timeouts(request);
  const IndicesOptions options = parse_indices_options(request, defaults);
  request.check_parameters();
  services.catalog.delete_indices(expression, options);
  return acknowledged();
}

RestResponse get_index(Services& services, RestRequest& request) {
  const bool flat_settings = request.get_bool("flat_settings", false);
  const bool include_defaults = request.get_bool("include_defaults", false);
  const bool human = request.get_bool("human", false);
  request.get_bool("local", false);
  request.consume({"include_type_name"});
  read_timeouts(request);
  Json out = Json::object();
  for (const auto& resolved : resolve_indices(services, request, options_metadata())) {
    const Index& index = *resolved.index;
    Json aliases = Json::object();
    for (const auto& alias : services.catalog.aliases_of(index.name())) aliases[alias.name] = alias.to_json();
    const Json settings = readable_settings(index, human);
    Json entry{{"aliases", std::move(aliases)},
               {"mappings", index.mapping()->to_json()},
               {"settings", flat_settings ? settings : IndexSettings::nest(settings)}};
    if (include_defaults) {
      const Json defaults = IndexSettings::defaults(settings);
      entry["defaults"] = flat_settings ? defaults : IndexSettings::nest(defaults);
    }
    if (const auto stream = data_stream_of(services.catalog, index.name())) entry["data_stream"] = stream->name;
    out[index.name()] = std::move(entry);
  }
  return RestResponse::json(out);
}

RestResponse index_exists(Services& services, RestRequest& request) {
  request.get_bool("flat_settings", false);
  request.get_bool("include_defaults", false);
  request.get_bool("local", false);
  read_timeouts(request);
  resolve_indices(services, request, options_metadata());
  return RestResponse::json(Json::object());
}

/// An operation on each of the indices that is open; answers with the shards it reached.
template <class Work>
RestResponse apply_to_all(const std::vector<ResolvedIndex>& indices, Work work) {
  std::vector<ResolvedIndex> open;
  for (const auto& resolved : indices)
    if (!resolved.index->closed()) open.push_back(resolved);
  for (const auto& resolved : open) work(*resolved.index);
  return RestResponse::json(Json{{"_shards", shards_header(open)}});
}

/// The same on every index of the request's expression.
template <class Work>
RestResponse broadcast(Services& services, RestRequest& request, Work work) {
  const auto indices = resolve_indices(services, request, options_open());
  request.check_parameters();
  return apply_to_all(indices, work);
}

RestResponse refresh(Services& services, RestRequest& request) {
  return broadcast(services, request, [](Index& index) { index.refresh(); });
}

RestResponse flush(Services& services, RestRequest& request) {
  const bool force = request.get_bool("force", false);
  const bool wait = request.get_bool("wait_if_ongoing", true);
  if (force && !wait)
    throw ApiError(400, "action_request_validation_exception",
                   "Validation Failed: 1: wait_if_ongoing must be true for a force flush;");
  return broadcast(services, request, [](Index& index) { index.flush(); });
}

RestResponse force_merge(Services& services, RestRequest& request) {
  const int max_segments = request.get_int("max_num_segments", -1);
  const bool only_expunge = request.get_bool("only_expunge_deletes", false);
  const bool flush = request.get_bool("flush", true);
  const bool wait = request.get_bool("wait_for_completion", true);
  const bool primary_only = request.get_bool("primary_only", false);  // there are only primaries
  if (only_expunge && max_segments > 0) {
    // OpenSearch warns and lets max_num_segments win; so does this.
  }
  const auto merge = [max_segments, only_expunge, flush](Index& index) {
    index.force_merge(max_segments, only_expunge && max_segments < 0);
    if (flush) index.flush();
  };
  if (wait) return broadcast(services, request, merge);
  parse_indices_options(request, options_open());
  const std::string description =
      fmt::format("Force-merge indices [{}], maxSegments[{}], onlyExpungeDeletes[{}], flush[{}], primaryOnly[{}]", request.get("index"),
                  max_segments, only_expunge, flush, primary_only);
  request.check_parameters();
  return run_in_background(services, request, "indices:admin/forcemerge", description,
                           [&services, request, merge] { return apply_to_all(resolve_indices(services, request, options_open()), merge); });
}

RestResponse clear_cache(Services& services, RestRequest& request) {
  request.consume({"fielddata", "query", "request", "fields", "file"});
  return broadcast(services, request, [](Index&) {});
}

RestResponse set_closed(Services& services, RestRequest& request, bool close) {
  read_timeouts(request);
  IndicesOptions defaults = options_metadata();
  if (!close) {
    defaults.expand_open = false;
    defaults.expand_closed = true;
  }
  const std::string expression = request.get("index");
  request.consume({"wait_for_active_shards"});
  request.get_time_ms("task_execution_timeout", 3600000);
  const bool wait = close || request.get_bool("wait_for_completion", true);
  if (find_data_stream(services.catalog, expression)) throw ApiError(index_not_found(expression));  // only its indices can be
  const auto indices = resolve_indices(services, request, defaults);
  request.check_parameters();
  const bool broad = expression.empty() || expression == "_all" || has_wildcard(expression);
  if (broad && services.catalog.cluster_setting("action.destructive_requires_name", "false") == "true")
    throw ApiError(illegal_argument("Wildcard expressions or all indices are not allowed"));
  if (close && services.catalog.cluster_setting("cluster.indices.close.enable", "true") == "false")
    throw ApiError(500, "illegal_state_exception",
                   "closing indices is disabled - set [cluster.indices.close.enable: true] to enable it. NOTE: closed indices "
                   "still consume a significant amount of diskspace");
  check_index_blocks(indices, BlockLevel::kMetadataWrite);
  if (!wait) {
    return run_in_background(services, request, "indices:admin/open", fmt::format("open indices [{}]", expression), [indices] {
      for (const auto& resolved : indices) resolved.index->set_closed(false);
      return RestResponse::json(Json{{"acknowledged", true}, {"shards_acknowledged", true}});
    });
  }
  Json changed = Json::object();
  for (const auto& resolved : indices) {
    if (resolved.index->closed() == close) continue;
    resolved.index->set_closed(close);
    changed[resolved.index->name()] = Json{{"closed", true}};
  }
  if (!close) return RestResponse::json(Json{{"acknowledged", true}, {"shards_acknowledged", true}});
  const bool any = !changed.empty();
  return RestResponse::json(Json{{"acknowledged", true}, {"shards_acknowledged", any}, {"indices", std::move(changed)}});
}

RestResponse add_block(Services& services, RestRequest& request) {
  const std::string block = request.get("block");
  read_timeouts(request);
  const auto indices = resolve_indices(services, request, options_metadata());
  static constexpr std::string_view kBlocks[] = {"metadata", "read", "read_only", "write", "search_only"};
  if (std::find(std::begin(kBlocks), std::end(kBlocks), block) == std::end(kBlocks))
    throw ApiError(illegal_argument(fmt::format("No block found with name {}", block)));
  request.check_parameters();
  services.catalog.put_settings(indices, Json{{"index.blocks." + block, "true"}}, false);
  Json blocked = Json::array();
  for (const auto& resolved : indices) blocked.push_back(Json{{"name", resolved.index->name()}, {"blocked", true}});
  return RestResponse::json(Json{{"acknowledged", true}, {"shards_acknowledged", !indices.empty()}, {"indices", std::move(blocked)}});
}

RestResponse resolve_index(Services& services, RestRequest& request) {
  IndicesOptions options = parse_indices_options(request, options_metadata());
  options.forbid_closed = false;
  Json indices = Json::array(), aliases = Json::array(), streams = Json::array();
  for (const std::string& name : split_commas(request.get("name"))) {
    const bool pattern = has_wildcard(name) || name == "_all";
    const std::string_view wanted = name == "_all" ? "*" : std::string_view(name);
    for (const auto& index : services.engine.indices()) {
      if (!matches_pattern(wanted, index->name())) continue;
      const bool hidden = index->settings()->hidden;
      if (pattern && (index->closed() ? !options.expand_closed : !options.expand_open)) continue;
      if (pattern && hidden && !options.expand_hidden) continue;
      Json entry{{"name", index->name()}};
      Json names = Json::array();
      for (const auto& alias : services.catalog.aliases_of(index->name())) names.push_back(alias.name);
      if (!names.empty()) entry["aliases"] = std::move(names);
      const auto stream = data_stream_of(services.catalog, index->name());
      Json attributes = Json::array();   // sorted
      if (index->closed()) attributes.push_back("closed");
      if (hidden) attributes.push_back("hidden");
      if (!index->closed()) attributes.push_back("open");
      entry["attributes"] = std::move(attributes);
      if (stream) entry["data_stream"] = stream->name;
      indices.push_back(std::move(entry));
    }
    for (const auto& alias : services.catalog.alias_names()) {
      if (!matches_pattern(wanted, alias)) continue;
      aliases.push_back(Json{{"name", alias}, {"indices", services.catalog.indices_of_alias(alias)}});
    }
    for (const auto& stream : find_data_streams(services.catalog, "*")) {
      if (!matches_pattern(wanted, stream.name)) continue;
      streams.push_back(Json{{"name", stream.name}, {"backing_indices", stream.indices}, {"timestamp_field", stream.timestamp_field}});
    }
  }
  return RestResponse::json(Json{{"indices", std::move(indices)}, {"aliases", std::move(aliases)}, {"data_streams", std::move(streams)}});
}

}  // namespace

void register_index_handlers(Router& router, Services& services) {
  services.catalog.set_filter_check([](const Json& filter) { query::parse_query(filter); });
  const auto on = [&](std::initializer_list<Method> methods, std::string_view path, RestResponse (*handler)(Services&, RestRequest&)) {
    router.add(methods, path, [&services, handler](RestRequest& request) { return handler(services, request); });
  };
  using enum Method;
  on({kPut}, "/{index}", create_index);
  on({kDelete}, "/{index}", delete_index);
  on({kGet}, "/{index}", get_index);
  on({kHead}, "/{index}", index_exists);
  on({kGet, kPost}, "/_refresh", refresh);
  on({kGet, kPost}, "/{index}/_refresh", refresh);
  on({kGet, kPost}, "/_flush", flush);
  on({kGet, kPost}, "/{index}/_flush", flush);
  on({kPost}, "/_forcemerge", force_merge);
  on({kPost}, "/{index}/_forcemerge", force_merge);
  on({kPost}, "/_cache/clear", clear_cache);
  on({kPost}, "/{index}/_cache/clear", clear_cache);
  on({kPut}, "/{index}/_block/{block}", add_block);
  on({kGet}, "/_resolve/index/{name}", resolve_index);
  for (const char* path : {"/_close", "/{index}/_close"})
    router.add(kPost, path, [&services](RestRequest& request) { return set_closed(services, request, true); });
  for (const char* path : {"/_open", "/{index}/_open"})
    router.add(kPost, path, [&services](RestRequest& request) { return set_closed(services, request, false); });
}

void register_metadata_handlers(Router& router, Services& services) {
  register_index_handlers(router, services);
  register_resize_handlers(router, services);
  register_data_stream_handlers(router, services);
  register_setting_handlers(router, services);
  register_mapping_handlers(router, services);
  register_alias_handlers(router, services);
  register_template_handlers(router, services);
  register_stats_handlers(router, services);
  register_cluster_handlers(router, services);
  register_node_handlers(router, services);
  register_cat_handlers(router, services);
  register_pipeline_handlers(router, services);
  register_analyze_handlers(router, services);
  register_script_handlers(router, services);
}

}  // namespace tarn::server

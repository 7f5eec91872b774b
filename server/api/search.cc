#include "query/search.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <charconv>
#include <chrono>

#include "query/routing.h"
#include "query/search_request.h"
#include "query/search_session.h"
#include "server/api/document.h"
#include "server/api/search_open.h"
#include "server/api/search_pipelines.h"
#include "server/api/search_templates.h"
#include "server/script_registry.h"
#include "server/api/search_support.h"
#include "server/api/write_support.h"

namespace tarn::server {

void read_expand_wildcards(const std::vector<std::string>& states, IndicesOptions& options) {
  options.expand_open = options.expand_closed = options.expand_hidden = false;
  for (const std::string& state : states) {
    if (state == "open") options.expand_open = true;
    else if (state == "closed") options.expand_closed = true;
    else if (state == "hidden") options.expand_hidden = true;
    else if (state == "all") options.expand_open = options.expand_closed = options.expand_hidden = true;
    else if (state == "none") options.expand_open = options.expand_closed = options.expand_hidden = false;
    else throw ApiError(illegal_argument(fmt::format("No valid expand wildcard value [{}]", state)));
  }
}

IndicesOptions parse_indices_options(const RestRequest& request, IndicesOptions defaults) {
  IndicesOptions options = defaults;
  options.ignore_unavailable = request.get_bool("ignore_unavailable", options.ignore_unavailable);
  options.allow_no_indices = request.get_bool("allow_no_indices", options.allow_no_indices);
  if (options.ignore_unavailable) options.forbid_closed = false;
  request.consume({"ignore_throttled"});
  if (request.has("expand_wildcards")) read_expand_wildcards(request.get_list("expand_wildcards"), options);
  return options;
}

namespace {

/// Shards that the preference leaves; empty: all. Throws for what OpenSearch does not know.
std::vector<int> preferred_shards(const std::string& preference) {
  std::vector<int> out;
  if (!preference.starts_with('_')) return out;
  const std::string_view kind = std::string_view(preference).substr(0, preference.find_first_of(":|"));
  static constexpr std::string_view kKinds[] = {"_local", "_only_local", "_prefer_nodes", "_only_nodes", "_shards",
                                                "_primary", "_primary_first", "_replica", "_replica_first"};
  if (std::find(std::begin(kKinds), std::end(kKinds), kind) == std::end(kKinds)) {
    throw ApiError(illegal_argument(fmt::format("no Preference for [{}]", preference)));
  }
  if (kind != "_shards") return out;
  std::string_view list = std::string_view(preference).substr(std::min(kind.size() + 1, preference.size()));
  list = list.substr(0, list.find('|'));
  while (!list.empty()) {
    const size_t end = std::min(list.find(','), list.size());
    int shard = 0;
    const auto [at, error] = std::from_chars(list.data(), list.data() + end, shard);
    if (error != std::errc() || at != list.data() + end) {
      throw ApiError(Error(400, "number_format_exception", fmt::format("For input string: \"{}\"", list.substr(0, end))));
    }
    out.push_back(shard);
    list.remove_prefix(std::min(end + 1, list.size()));
  }
  return out;
}

/// The shards of one index that are searched; empty: all. False if none is.
bool choose_shards(const std::vector<std::string>& routing, const std::vector<int>& preferred, const IndexSettings& settings,
                   std::vector<int>& out) {
  const int shards = settings.number_of_shards;
  if (shards > 1) {
    for (const std::string& value : routing) out.push_back(query::shard_of(value, settings));
  }
  if (preferred.empty()) return true;
  std::vector<int> both;
  for (int shard = 0; shard < shards; ++shard) {
    const bool routed = out.empty() || std::find(out.begin(), out.end(), shard) != out.end();
    if (routed && std::find(preferred.begin(), preferred.end(), shard) != preferred.end()) both.push_back(shard);
  }
  out = std::move(both);
  return !out.empty();
}

}  // namespace

ScopeRequest read_scope(const RestRequest& request) {
  return {request.get("index"), parse_indices_options(request, {}), request.get_list("routing"), request.get("preference")};
}

SearchScope open_search_scope(Services& services, const ScopeRequest& request) {
  SearchScope scope;
  const std::vector<int> preferred = preferred_shards(request.preference);
  for (ResolvedIndex& resolved : services.catalog.resolve(request.indices, request.options)) {
    if (resolved.index->closed()) continue;  // reached by a wildcard, or ignore_unavailable
    check_read_block(*resolved.index);
    query::SearchTarget target;
    if (!choose_shards(request.routing.empty() ? resolved.search_routing : request.routing, preferred, *resolved.index->settings(),
                       target.routing_shards)) {
      continue;
    }
    target.searcher = resolved.index->acquire_searcher();
    target.alias_filters = std::move(resolved.alias_filters);
    scope.targets.push_back(std::move(target));
    scope.indices.push_back(std::move(resolved.index));
  }
  return scope;
}

SearchScope open_search_scope(Services& services, const RestRequest& request) {
  return open_search_scope(services, read_scope(request));
}

query::SearchContext make_search_context(Services& services, const RestRequest& request) {
  query::SearchContext context;
  context.now_ms = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
  context.filter_cache = services.filter_cache;
  context.term_numbers = services.term_numbers;
  context.pool = services.search_pool.get();
  context.cancelled = request.cancelled;
  context.catalog = &services.catalog;
  const std::string buckets = services.catalog.cluster_setting("search.max_buckets", "65535");
  context.max_buckets = static_cast<size_t>(std::max(0LL, std::strtoll(buckets.c_str(), nullptr, 10)));
  context.scripts = &services.scripts;
  return context;
}

namespace {

constexpr size_t kSlowLogBytesMax = 1000;  // of a request's body in the slow log

void log_slow(const Services& services, const RestRequest& rest, int64_t took_ms) {
  if (services.slow_log.query_ms < 0 || took_ms < services.slow_log.query_ms) return;
  spdlog::warn("slow search: took {} ms, path {}, id [{}], source {}", took_ms, rest.path, rest.header("x-opaque-id"),
               std::string_view(rest.body).substr(0, kSlowLogBytesMax));
}

Json optional_body(const RestRequest& request) {
  return request.has_body() || request.has("source") ? request.json_body() : Json();
}

RestResponse search(Services& services, RestRequest& request) {
  const ParsedCall call = parse_search_call(services, read_search_call(request, optional_body(request)));
  request.check_parameters();
  RestResponse response;
  response.body = run_search(services, call, request);
  return response;
}

RestResponse count(Services& services, RestRequest& request) {
  std::map<std::string, std::string, std::less<>> parameters;
  for (const char* name : {"q", "df", "analyzer", "analyze_wildcard", "default_operator", "lenient", "terminate_after", "min_score"}) {
    if (const auto value = request.find(name)) parameters.emplace(name, *value);
  }
  const auto parsed = query::parse_count_request(optional_body(request), parameters);
  const ScopeRequest wanted = read_scope(request);
  request.check_parameters();
  const SearchScope scope = open_search_scope(services, wanted);
  RestResponse response;
  query::count(*parsed, scope.targets, make_search_context(services, request), response.body);
  return response;
}

}  // namespace

SearchCall read_search_call(const RestRequest& request, Json body) {
  SearchCall call;
  for (const std::string& name : query::search_parameter_names()) {
    if (const auto value = request.find(name)) call.parameters.emplace(name, *value);
  }
  call.scope = read_scope(request);
  call.body = std::move(body);
  return call;
}

ParsedCall parse_search_call(Services& services, SearchCall call) {
  ParsedCall out;
  std::unique_ptr<SearchPipeline> pipeline = SearchPipeline::of_call(services, call);
  if (pipeline) pipeline->change_request(call.body);
  out.request = query::parse_search_request(call.body, call.parameters);
  if (!pipeline && !out.request->has_pit && !SearchPipeline::is_switched_off(call)) {
    // That of the indices, now that the request is known to be well-formed.
    pipeline = SearchPipeline::of_indices(services, call);
    if (pipeline) {
      pipeline->change_request(call.body);
      out.request = query::parse_search_request(call.body, call.parameters);
    }
  }
  out.pipeline = std::move(pipeline);
  if (call.explain || call.profile) {
    auto changed = std::make_shared<query::SearchRequest>(*out.request);
    changed->explain = call.explain.value_or(changed->explain);
    changed->profile = call.profile.value_or(changed->profile);
    out.request = std::move(changed);
  }
  if (out.request->has_pit && !call.scope.indices.empty()) {
    throw ApiError(400, "action_request_validation_exception",
                   "Validation Failed: 1: [indices] cannot be used with point in time;");
  }
  out.call = std::move(call);
  return out;
}

namespace {

/// The request with the boosts of aliases and patterns spelled out index by index; of several for one index the first counts.
std::shared_ptr<const query::SearchRequest> with_index_boosts(Services& services, const ParsedCall& call) {
  auto out = std::make_shared<query::SearchRequest>(*call.request);
  out->indices_boost.clear();
  for (const query::IndexBoost& entry : call.request->indices_boost) {
    for (const ResolvedIndex& resolved : services.catalog.resolve(entry.index, call.call.scope.options)) {
      const std::string& name = resolved.index->name();
      const bool known = std::any_of(out->indices_boost.begin(), out->indices_boost.end(), [&](const auto& b) { return b.index == name; });
      if (!known) out->indices_boost.push_back({name, entry.boost});
    }
  }
  return out;
}

}  // namespace

namespace {

/// "stats": the groups that a search counts for.
std::vector<std::string> statistics_groups(const Json& body) {
  std::vector<std::string> out;
  if (!body.is_object()) return out;
  const auto it = body.find("stats");
  if (it == body.end() || !it->is_array()) return out;
  for (const Json& group : *it) {
    if (group.is_string()) out.push_back(group.get<std::string>());
  }
  return out;
}

}  // namespace

std::string run_search(Services& services, const ParsedCall& call, const RestRequest& rest) {
  const auto boosted = call.request->indices_boost.empty() ? call.request : with_index_boosts(services, call);
  const query::SearchRequest& request = *boosted;
  std::string out;
  query::SearchTimes times;
  const query::SearchContext context = make_search_context(services, rest);
  query::SearchSession session;
  std::shared_ptr<OpenContext> open;
  SearchScope scope;
  if (request.has_pit) {
    open = find_point_in_time(services, request);
    session.id_member = "pit_id";
    session.id = open->id;
  } else if (request.scroll) {
    open = open_scroll(services, call);
    session.id_member = "_scroll_id";
    session.id = open->id;
    session.scroll = &open->position;
  } else {
    scope = open_search_scope(services, call.call.scope);
  }
  const auto& targets = open ? open->targets : scope.targets;
  try {
    query::search(request, targets, context, out, &times, &session);
  } catch (...) {
    if (request.scroll) services.search_contexts->remove(OpenContext::Kind::kScroll, open->number);
    throw;
  }
  if (call.pipeline && call.pipeline->changes_response()) {
    Json answer = parse_json(out);
    call.pipeline->change_response(answer);
    out = to_text(answer);
  }
  const std::vector<std::string> groups = statistics_groups(call.call.body);
  for (const auto& index : open ? open->indices : scope.indices) {
    index->count_search(times.query_us, times.fetch_us);
    if (!groups.empty()) services.search_contexts->groups().count(index->uuid(), groups, times.query_us, times.fetch_us);
  }
  log_slow(services, rest, static_cast<int64_t>((times.query_us + times.fetch_us) / 1000));
  return out;
}

void register_search_handlers(Router& router, Services& services) {
  for (const char* path : {"/_search", "/{index}/_search"}) {
    router.add({Method::kGet, Method::kPost}, path, [&services](RestRequest& request) { return search(services, request); });
  }
  register_scroll_handlers(router, services);
  register_msearch_handlers(router, services);
  register_search_template_handlers(router, services);
  register_search_info_handlers(router, services);
  register_explain_handlers(router, services);
  register_validate_handlers(router, services);
  register_rank_eval_handlers(router, services);
  register_term_vector_handlers(router, services);
  register_search_pipeline_handlers(router, services);
  for (const char* path : {"/_count", "/{index}/_count"}) {
    router.add({Method::kGet, Method::kPost}, path, [&services](RestRequest& request) { return count(services, request); });
  }
}

}  // namespace tarn::server

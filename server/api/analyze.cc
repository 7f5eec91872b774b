// _analyze: the tokens of a text.
#include <fmt/format.h>

#include <algorithm>

#include "indexer/analysis/analysis_mode.h"
#include "indexer/analysis/analyzer.h"
#include "server/api/indices.h"
#include "server/api/indices_support.h"

namespace tarn::server {
namespace {

/// The analyzer of a field: a text field's own, the index's default for a name that is not mapped.
const Analyzer* analyzer_of(const Mapping& mapping, const std::string& name) {
  const FieldType* field = mapping.find(name);
  if (!field) return mapping.analysis().find_analyzer("default");
  if (field->index_analyzer) return field->index_analyzer;
  return mapping.analysis().find_analyzer("keyword");
}

size_t count_tokens(const Json& answer) {
  if (answer.contains("tokens")) return answer["tokens"].size();
  size_t most = 0;
  if (!answer.contains("detail")) return 0;
  const Json& detail = answer["detail"];
  for (const char* part : {"analyzer", "tokenizer"})
    if (detail.contains(part) && detail[part].contains("tokens")) most = std::max(most, detail[part]["tokens"].size());
  if (detail.contains("tokenfilters"))
    for (const auto& filter : detail["tokenfilters"])
      if (filter.contains("tokens")) most = std::max(most, filter["tokens"].size());
  return most;
}

/// An answer that is too long is no answer (index.analyze.max_token_count).
RestResponse limited(Json answer, int64_t limit) {
  if (static_cast<int64_t>(count_tokens(answer)) > limit)
    throw ApiError(500, "illegal_state_exception",
                   fmt::format("The number of tokens produced by calling _analyze has exceeded the allowed maximum of [{}]. This limit "
                               "can be set by changing the [index.analyze.max_token_count] index level setting.", limit));
  return RestResponse::json(answer);
}

constexpr int64_t kTokensMax = 10000;

RestResponse analyze(Services& services, RestRequest& request) {
  if (!request.has_body() && !request.has("source"))
    throw ApiError(400, "parse_exception", "request body or source parameter is required");
  Json body = request.json_body();
  std::string name = request.get("index");
  check_analyze_request(body, !name.empty());
  if (name.empty()) {
    if (body.contains("field") && !body.contains("analyzer")) throw ApiError(illegal_argument("analysis based on a specific field requires an index"));
    return limited(AnalysisRegistry::built_in()->analyze_api(body, nullptr), kTokensMax);
  }
  const auto index = services.catalog.resolve_single(name, nullptr);
  check_index_block(*index, BlockLevel::kRead);
  const auto mapping = index->mapping();
  const auto& flat = index->settings()->flat;
  const int64_t limit = flat.contains("index.analyze.max_token_count") ? std::stoll(flat["index.analyze.max_token_count"].get<std::string>()) : kTokensMax;
  const Analyzer* field_analyzer = nullptr;
  if (body.contains("field") && !body.contains("analyzer") && !body.contains("tokenizer") && !body.contains("normalizer") && body["field"].is_string()) {
    const std::string field_name = body["field"].get<std::string>();
    const FieldType* field = mapping->find(field_name);
    if (field && field->normalizer && !body.contains("filter")) {
      // A keyword's normalizer is its analyzer.
      body.erase("field");
      body["normalizer"] = field->normalizer_name;
      return limited(mapping->analysis().analyze_api(body, nullptr, true), limit);
    }
    if (field && (field->kind != FieldKind::kText && field->kind != FieldKind::kKeyword))
      throw ApiError(illegal_argument(fmt::format("Can't process field [{}], Analysis requests are only supported on tokenized fields", field_name)));
    field_analyzer = analyzer_of(*mapping, field_name);
  }
  return limited(mapping->analysis().analyze_api(body, field_analyzer, true), limit);
}

/// Reads the files of updateable filters again. Two APIs ask for it, each with words of its own.
RestResponse reload(Services& services, RestRequest& request, bool plugin) {
  const auto indices = resolve_indices(services, request, options_open());
  request.check_parameters();
  Json details = Json::array();
  for (const auto& resolved : indices) {
    const std::vector<std::string> names = reload_search_analyzers(resolved.index->mapping()->analysis());
    if (names.empty() && !plugin) continue;
    Json entry{{"index", resolved.index->name()}, {plugin ? "refreshed_analyzers" : "reloaded_analyzers", names}};
    if (!plugin) entry["reloaded_node_ids"] = Json::array({services.node.node_id});
    details.push_back(std::move(entry));
  }
  return RestResponse::json(Json{{"_shards", shards_header(indices)}, {plugin ? "successful_refresh_details" : "reload_details", std::move(details)}});
}

}  // namespace

void register_analyze_handlers(Router& router, Services& services) {
  using enum Method;
  for (const char* path : {"/_analyze", "/{index}/_analyze"})
    router.add({kGet, kPost}, path, [&services](RestRequest& request) { return analyze(services, request); });
  router.add({kGet, kPost}, "/{index}/_reload_search_analyzers", [&services](RestRequest& request) { return reload(services, request, false); });
  router.add({kPost}, "/_plugins/_refresh_search_analyzers/{index}", [&services](RestRequest& request) { return reload(services, request, true); });
}

}  // namespace tarn::server

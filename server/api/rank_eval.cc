// _rank_eval: how well searches rank documents that people have rated.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "indexer/script/template_script.h"
#include "query/dsl/clause.h"
#include "server/api/search_open.h"
#include "server/api/search_templates.h"
#include "server/script_registry.h"

namespace tarn::server {
namespace {

Error parse_failure(const char* parser, const std::string& field, Error cause) {
  return Error(400, "x_content_parse_exception", fmt::format("[{}] failed to parse field [{}]", parser, field)).caused_by(std::move(cause));
}

[[noreturn]] void unknown(const char* parser, const std::string& field) {
  throw ApiError(400, "x_content_parse_exception", fmt::format("[{}] unknown field [{}]", parser, field));
}

struct Metric {
  enum class Kind { kPrecision, kRecall, kReciprocalRank, kDcg, kExpectedReciprocalRank } kind = Kind::kPrecision;
  int k = 10, threshold = 1, maximum_relevance = 0;
  bool ignore_unlabeled = false, normalize = false;
  std::optional<int> unknown_rating;
};

struct Rating {
  std::string index, id;
  int rating;
};

struct RatedSearch {
  std::string id;
  Json body;                         ///< null: made from the template
  std::string template_id;
  Json params;
  std::vector<std::string> summary;
  std::vector<Rating> ratings;
};

struct RatedHit {
  Json hit;
  std::optional<int> rating;
};

struct Score {
  double value = 0;
  Json details;
};

int read_int(const Json& value, const std::string& name) {
  if (!value.is_number()) throw ApiError(illegal_argument(fmt::format("[{}] must be a number", name)));
  return static_cast<int>(value.get<double>());
}

Metric read_metric(const Json& value) {
  static constexpr std::pair<std::string_view, Metric::Kind> kNames[] = {{"precision", Metric::Kind::kPrecision},
                                                                        {"recall", Metric::Kind::kRecall},
                                                                        {"mean_reciprocal_rank", Metric::Kind::kReciprocalRank},
                                                                        {"dcg", Metric::Kind::kDcg},
                                                                        {"expected_reciprocal_rank", Metric::Kind::kExpectedReciprocalRank}};
  if (!value.is_object() || value.size() != 1) throw ApiError(parse_failure("rank_eval", "metric", illegal_argument("expected one metric")));
  const std::string& name = value.begin().key();
  const auto known = std::find_if(std::begin(kNames), std::end(kNames), [&](const auto& entry) { return entry.first == name; });
  if (known == std::end(kNames)) {
    const Error cause(400, "named_object_not_found_exception", fmt::format("unknown field [{}]", name));
    throw ApiError(parse_failure("rank_eval", "metric", cause).rooted_in(cause));
  }
  Metric out;
  out.kind = known->second;
  const bool thresholds = out.kind != Metric::Kind::kDcg && out.kind != Metric::Kind::kExpectedReciprocalRank;
  for (const auto& [key, member] : value.begin().value().items()) {
    if (key == "k") out.k = read_int(member, key);
    else if (key == "relevant_rating_threshold" && thresholds) out.threshold = read_int(member, key);
    else if (key == "ignore_unlabeled" && out.kind == Metric::Kind::kPrecision) out.ignore_unlabeled = member == true || member == "true";
    else if (key == "normalize" && out.kind == Metric::Kind::kDcg) out.normalize = member == true || member == "true";
    else if (key == "unknown_doc_rating" && !thresholds) out.unknown_rating = read_int(member, key);
    else if (key == "maximum_relevance" && out.kind == Metric::Kind::kExpectedReciprocalRank) out.maximum_relevance = read_int(member, key);
    else unknown(name.c_str(), key);
  }
  if (out.k <= 0) throw ApiError(parse_failure("rank_eval", "metric", illegal_argument("Window size k must be positive.")));
  if (out.threshold < 0) {
    throw ApiError(parse_failure("rank_eval", "metric", illegal_argument("Relevant rating threshold for precision must be positive integer.")));
  }
  return out;
}

void check_body(const Json& body) {
  for (const char* member : {"aggs", "aggregations", "suggest", "highlight", "explain", "profile"}) {
    if (!body.contains(member) || body[member] == false) continue;
    throw ApiError(illegal_argument(fmt::format("Query in rated requests should not contain {}.", member)));
  }
}

RatedSearch read_search(const Json& value) {
  RatedSearch out;
  if (!value.is_object()) throw ApiError(parse_failure("rank_eval", "requests", illegal_argument("expected an object")));
  for (const auto& [key, member] : value.items()) {
    if (key == "id" && member.is_string()) {
      out.id = member.get<std::string>();
    } else if (key == "request" && member.is_object()) {
      out.body = member;
    } else if (key == "ratings" && member.is_array()) {
      for (const Json& item : member) {
        if (!item.is_object() || !item.contains("_id") || !item["_id"].is_string() || !item.contains("_index") ||
            !item["_index"].is_string() || !item.contains("rating") || !item["rating"].is_number()) {
          throw ApiError(parse_failure("rank_eval", "requests", illegal_argument("ratings need _index, _id and rating")));
        }
        Rating rating{item["_index"].get<std::string>(), item["_id"].get<std::string>(), read_int(item["rating"], "rating")};
        for (const Rating& other : out.ratings) {
          if (other.index != rating.index || other.id != rating.id) continue;
          throw ApiError(illegal_argument(fmt::format("Found duplicate rated document key [{{\"_index\":\"{}\",\"_id\":\"{}\"}}] in evaluation request [{}]",
                                                      rating.index, rating.id, out.id)));
        }
        out.ratings.push_back(std::move(rating));
      }
    } else if (key == "summary_fields" && member.is_array()) {
      for (const Json& item : member) out.summary.push_back(item.is_string() ? item.get<std::string>() : to_text(item));
    } else if (key == "template_id" && member.is_string()) {
      out.template_id = member.get<std::string>();
    } else if (key == "params" && member.is_object()) {
      out.params = member;
    } else {
      unknown("request", key);
    }
  }
  const bool by_template = !out.params.is_null() || !out.template_id.empty();
  const char* problem = !out.body.is_null() && by_template  ? "Ambiguous rated request: Set both, verbatim test request and test request template parameters."
                        : out.body.is_null() && out.params.is_null() ? "Need to set at least test request or test request template parameters."
                                                                     : nullptr;
  if (problem != nullptr) {
    Error failure(400, "x_content_parse_exception", "Failed to build [request] after last required field arrived");
    const Error root = failure;
    throw ApiError(parse_failure("rank_eval", "requests", failure.caused_by(illegal_argument(problem))).rooted_in(root));
  }
  if (!out.body.is_null()) check_body(out.body);
  return out;
}

/// "templates": scripts by id.
using Templates = std::map<std::string, script::ScriptSpec>;
Templates read_templates(const Json& value) {
  Templates out;
  if (!value.is_array()) throw ApiError(query::unsupported_value("rank_eval", "templates", value));
  for (const Json& item : value) {
    if (!item.is_object() || !item.contains("id") || !item["id"].is_string() || !item.contains("template")) {
      throw ApiError(parse_failure("rank_eval", "templates", illegal_argument("Required [id, template]")));
    }
    for (const auto& [key, member] : item.items()) {
      if (key != "id" && key != "template") unknown("script_with_id", key);
    }
    script::ScriptSpec spec = script::parse_script(item["template"], "mustache");
    if (spec.id.empty()) script::check_template(spec);
    out[item["id"].get<std::string>()] = std::move(spec);
  }
  return out;
}

double dcg_of(const std::vector<std::optional<int>>& ratings) {
  double sum = 0;
  for (size_t rank = 1; rank <= ratings.size(); ++rank) {
    if (!ratings[rank - 1]) continue;
    sum += (std::pow(2, *ratings[rank - 1]) - 1) / (std::log(static_cast<double>(rank) + 1) / std::log(2.0));
  }
  return sum;
}

Score precision(const Metric& metric, const std::vector<RatedHit>& hits) {
  int relevant = 0, retrieved = 0;
  for (const RatedHit& hit : hits) {
    if (!hit.rating && metric.ignore_unlabeled) continue;
    ++retrieved;
    if (hit.rating && *hit.rating >= metric.threshold) ++relevant;
  }
  return {retrieved == 0 ? 0.0 : static_cast<double>(relevant) / retrieved,
          Json{{"precision", {{"relevant_docs_retrieved", relevant}, {"docs_retrieved", retrieved}}}}};
}

Score recall(const Metric& metric, const std::vector<RatedHit>& hits, const std::vector<Rating>& ratings) {
  const auto relevant = static_cast<int>(std::count_if(ratings.begin(), ratings.end(), [&](const Rating& r) { return r.rating >= metric.threshold; }));
  const auto found = static_cast<int>(
      std::count_if(hits.begin(), hits.end(), [&](const RatedHit& hit) { return hit.rating && *hit.rating >= metric.threshold; }));
  return {relevant == 0 ? 0.0 : static_cast<double>(found) / relevant,
          Json{{"recall", {{"relevant_docs_retrieved", found}, {"relevant_docs", relevant}}}}};
}

Score reciprocal_rank(const Metric& metric, const std::vector<RatedHit>& hits) {
  int first = -1;
  for (size_t i = 0; i < hits.size() && first < 0; ++i) {
    if (hits[i].rating && *hits[i].rating >= metric.threshold) first = static_cast<int>(i) + 1;
  }
  return {first < 0 ? 0.0 : 1.0 / first, Json{{"mean_reciprocal_rank", {{"first_relevant", first}}}}};
}

Score dcg(const Metric& metric, const std::vector<RatedHit>& hits, const std::vector<Rating>& ratings) {
  std::vector<std::optional<int>> found;
  int unrated = 0;
  for (const RatedHit& hit : hits) {
    found.push_back(hit.rating ? hit.rating : metric.unknown_rating);
    if (!hit.rating) ++unrated;
  }
  const double gain = dcg_of(found);
  Json details = {{"dcg", gain}};
  double value = gain;
  if (metric.normalize) {
    std::vector<std::optional<int>> all;
    for (const Rating& rating : ratings) all.emplace_back(rating.rating);
    std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return *a > *b; });
    if (all.size() > found.size()) all.resize(found.size());
    const double ideal = dcg_of(all);
    value = ideal == 0 ? 0 : gain / ideal;
    details["ideal_dcg"] = ideal;
    details["normalized_dcg"] = value;
  }
  details["unrated_docs"] = unrated;
  return {value, Json{{"dcg", std::move(details)}}};
}

Score expected_reciprocal_rank(const Metric& metric, const std::vector<RatedHit>& hits) {
  double value = 0, left = 1;
  int unrated = 0;
  for (size_t i = 0; i < hits.size(); ++i) {
    if (!hits[i].rating) ++unrated;
    const auto rating = hits[i].rating ? hits[i].rating : metric.unknown_rating;
    if (!rating) continue;
    const double chance = (std::pow(2, *rating) - 1) / std::pow(2, metric.maximum_relevance);
    value += chance * left / static_cast<double>(i + 1);
    left *= 1 - chance;
  }
  return {value, Json{{"expected_reciprocal_rank", {{"unrated_docs", unrated}}}}};
}

Score evaluate(const Metric& metric, const std::vector<RatedHit>& hits, const std::vector<Rating>& ratings) {
  switch (metric.kind) {
    case Metric::Kind::kPrecision: return precision(metric, hits);
    case Metric::Kind::kRecall: return recall(metric, hits, ratings);
    case Metric::Kind::kReciprocalRank: return reciprocal_rank(metric, hits);
    case Metric::Kind::kDcg: return dcg(metric, hits, ratings);
    case Metric::Kind::kExpectedReciprocalRank: return expected_reciprocal_rank(metric, hits);
  }
  return {};
}

/// The hits of one search with their ratings, as far as the metric looks.
std::vector<RatedHit> rated_hits(Services& services, const RestRequest& request, const ScopeRequest& scope, const RatedSearch& search, const Templates& templates, int k) {
  SearchCall call;
  call.scope = scope;
  call.body = search.body;
  if (call.body.is_null()) {
    script::ScriptSpec spec = templates.at(search.template_id);
    spec.params = search.params.is_null() ? Json::object() : search.params;
    call.body = parse_rendered_search(script::render_template(spec, &services.scripts));
    check_body(call.body);
  }
  call.body["_source"] = search.summary.empty() ? Json(false) : Json(search.summary);
  call.body["size"] = k;
  const Json answer = parse_json(run_search(services, parse_search_call(services, std::move(call)), request));
  std::vector<RatedHit> out;
  for (const Json& hit : answer["hits"]["hits"]) {
    RatedHit rated{hit, std::nullopt};
    for (const Rating& rating : search.ratings) {
      if (rating.index == hit["_index"] && rating.id == hit["_id"]) rated.rating = rating.rating;
    }
    out.push_back(std::move(rated));
    if (out.size() == static_cast<size_t>(k)) break;
  }
  return out;
}

Json details_json(const Score& score, const std::vector<RatedHit>& hits) {
  Json unrated = Json::array(), shown = Json::array();
  for (const RatedHit& hit : hits) {
    if (!hit.rating) unrated.push_back({{"_index", hit.hit["_index"]}, {"_id", hit.hit["_id"]}});
    shown.push_back({{"hit", hit.hit}, {"rating", hit.rating ? Json(*hit.rating) : Json()}});
  }
  return Json{{"metric_score", score.value}, {"unrated_docs", std::move(unrated)}, {"hits", std::move(shown)}, {"metric_details", score.details}};
}

RestResponse rank_eval(Services& services, RestRequest& request) {
  const ScopeRequest scope = read_scope(request);
  request.consume({"search_type"});
  request.check_parameters();
  if (!request.has_body()) throw ApiError(400, "parse_exception", "request body is required");
  const Json body = request.json_body();
  std::vector<RatedSearch> searches;
  std::optional<Metric> metric;
  Templates templates;
  for (const auto& [key, value] : body.items()) {
    if (key == "requests" && value.is_array()) {
      for (const Json& item : value) searches.push_back(read_search(item));
    } else if (key == "metric") {
      metric = read_metric(value);
    } else if (key == "max_concurrent_searches") {
      read_int(value, key);
    } else if (key == "templates") {
      templates = read_templates(value);
    } else {
      unknown("rank_eval", key);
    }
  }
  if (searches.empty()) throw ApiError(illegal_argument("Cannot evaluate ranking if no search requests with rated results are provided."));
  if (!metric) throw ApiError(illegal_argument("Required [metric]"));
  for (const RatedSearch& search : searches) {
    if (!search.body.is_null() || templates.contains(search.template_id)) continue;
    if (templates.empty()) {
      throw ApiError(Error(400, "x_content_parse_exception", "Failed to build [rank_eval] after last required field arrived")
                         .caused_by(Error(500, "illegal_state_exception",
                                          fmt::format("Cannot evaluate ranking if neither template nor evaluation request is provided. Seen for request id: {}",
                                                      search.id))));
    }
    throw ApiError(500, "null_pointer_exception",
                   "Cannot invoke \"org.opensearch.script.TemplateScript$Factory.newInstance(java.util.Map)\" because \"templateScript\" is null");
  }
  Json details = Json::object(), failures = Json::object();
  double sum = 0;
  size_t scored = 0;
  for (const RatedSearch& search : searches) {
    try {
      const auto hits = rated_hits(services, request, scope, search, templates, metric->k);
      const Score score = evaluate(*metric, hits, search.ratings);
      sum += score.value;
      ++scored;
      details[search.id] = details_json(score, hits);
    } catch (const ApiError& error) {
      if (error.error().status == 501) throw;
      failures[search.id] = Json{{"error", error.error().to_body()["error"]}};
    }
  }
  return RestResponse::json(Json{{"metric_score", scored == 0 ? 0.0 : sum / static_cast<double>(scored)},
                                 {"details", std::move(details)},
                                 {"failures", std::move(failures)}});
}

}  // namespace

void register_rank_eval_handlers(Router& router, Services& services) {
  for (const char* path : {"/_rank_eval", "/{index}/_rank_eval"}) {
    router.add({Method::kGet, Method::kPost}, path, [&services](RestRequest& request) { return rank_eval(services, request); });
  }
}

}  // namespace tarn::server

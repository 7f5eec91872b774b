#include "query/search_request.h"

#include <algorithm>
#include <charconv>
#include <exception>

#include "indexer/base/ascii.h"
#include "indexer/base/deprecation.h"
#include "indexer/base/json_location.h"
#include "query/bind/values.h"
#include "query/counted_query.h"
#include "query/dsl/clause.h"
#include "query/dsl/uri_query.h"
#include "query/fetch/inner_hits.h"
#include "query/highlight/options.h"
#include "query/suggest/suggest.h"

namespace tarn::query {

namespace {

[[noreturn]] void unknown_key(const std::string& key, const Json& value) {
  fail_parse("Unknown key for a " + std::string(token_name(value)) + " in [" + key + "].", value);
}

int64_t read_long(const Json& value) {
  if (value.is_number_integer()) return value.get<int64_t>();
  if (value.is_number()) return static_cast<int64_t>(value.get<double>());
  if (value.is_string()) {
    const std::string& text = value.get_ref<const std::string&>();
    int64_t out = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
    if (error == std::errc() && end == text.data() + text.size()) return out;
    return static_cast<int64_t>(parse_java_double(text));
  }
  throw ApiError(illegal_argument("Expected a number but found [" + std::string(token_name(value)) + "]"));
}

int64_t parse_time_ms(const std::string& text, std::string_view setting) {
  struct Unit {
    std::string_view suffix;
    int64_t ms_numerator, ms_denominator;
  };
  static constexpr Unit kUnits[] = {{"nanos", 1, 1000000}, {"micros", 1, 1000}, {"ms", 1, 1}, {"s", 1000, 1},
                                    {"m", 60000, 1},       {"h", 3600000, 1},   {"d", 86400000, 1}};
  std::string lower = lower_ascii(text);
  if (lower == "-1") return -1;
  if (lower == "0") return 0;
  for (const Unit& unit : kUnits) {
    if (!lower.ends_with(unit.suffix)) continue;
    const std::string number = lower.substr(0, lower.size() - unit.suffix.size());
    int64_t value = 0;
    const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), value);
    if (number.empty() || error != std::errc() || end != number.data() + number.size()) break;
    return value * unit.ms_numerator / unit.ms_denominator;
  }
  throw ApiError(illegal_argument("failed to parse setting [" + std::string(setting) + "] with value [" + text +
                                  "] as a time value: unit is missing or unrecognized"));
}

void set_from(SearchRequest& request, int64_t from) {
  if (from < 0) throw ApiError(illegal_argument("[from] parameter cannot be negative, found [" + std::to_string(from) + "]"));
  request.from = from;
}

void set_size(SearchRequest& request, int64_t size) {
  if (size < 0) throw ApiError(illegal_argument("[size] parameter cannot be negative, found [" + std::to_string(size) + "]"));
  request.size = size;
}

void set_track_total_hits(SearchRequest& request, const Json& value) {
  request.track_total_hits_given = true;
  if (value.is_boolean() || (value.is_string() && (value == "true" || value == "false"))) {
    request.track_total_hits = read_bool(value) ? kTrackAllHits : kTrackNoHits;
    return;
  }
  const int64_t limit = read_long(value);
  request.track_total_hits = limit < -1 ? limit : limit == INT32_MAX ? kTrackAllHits : limit;
}

FieldAndFormat read_field(const Json& value, std::string_view parser) {
  static_cast<void>(parser);
  if (value.is_string()) return {value.get<std::string>(), ""};
  if (!value.is_object()) fail_parse("Expected [VALUE_STRING] or [START_OBJECT] in [docvalue_fields] but found [" + std::string(token_name(value)) + "]");
  FieldAndFormat out;
  for (const auto& [key, member] : value.items()) {
    if (key == "field") {
      out.field = read_text(member);
    } else if (key == "format") {
      if (!member.is_null()) out.format = read_text(member);
      if (out.format == "use_field_mapping") {
        Deprecations::add("[use_field_mapping] is a special format that was only used to ease the transition to 7.x. It has become the default and "
                          "shouldn't be set explicitly anymore.");
      }
    } else {
      throw ApiError(unknown_member("docvalues_field", key, member, {"field", "format"}));
    }
  }
  if (out.field.empty()) throw ApiError(illegal_argument("Required [field]"));
  return out;
}

void read_stored_fields(SearchRequest& request, const Json& value) {
  std::vector<std::string> fields;
  if (value.is_array()) {
    for (const Json& field : value) fields.push_back(read_text(field));
  } else {
    fields.push_back(read_text(value));
  }
  request.stored_fields = std::move(fields);
}

void read_indices_boost(SearchRequest& request, const Json& value) {
  const auto read_object = [&](const Json& object) {
    for (const auto& [index, boost] : object.items()) request.indices_boost.push_back({index, read_float(boost)});
  };
  if (value.is_object()) {
    Deprecations::add("Object format in indices_boost is deprecated, please use array format instead");
    read_object(value);
  } else {
    for (const Json& item : value) {
      if (!item.is_object()) fail_parse("Expected [START_OBJECT] in [indices_boost] but found [" + std::string(token_name(item)) + "]");
      read_object(item);
    }
  }
}

bool is_later(std::string_view key) {
  static constexpr std::string_view kLater[] = {"derived", "search_pipeline"};
  return std::find(std::begin(kLater), std::end(kLater), key) != std::end(kLater);
}

[[noreturn]] void fail_slice(const char* member, const char* reason, const Json& value) {
  throw ApiError(Error(400, "x_content_parse_exception", value_location(value) + "[slice] failed to parse field [" + member + "]")
                     .caused_by(illegal_argument(reason)));
}

SliceClause read_slice(const Json& value) {
  SliceClause out;
  bool has_id = false;
  for (const auto& [key, member] : value.items()) {
    if (key == "field") {
      out.field = read_text(member);
    } else if (key == "id") {
      out.id = read_int(member);
      has_id = true;
      if (out.id < 0) fail_slice("id", "id must be greater than or equal to 0", member);
      if (out.max > 0 && out.id >= out.max) fail_slice("id", "max must be greater than id", member);
    } else if (key == "max") {
      out.max = read_int(member);
      if (out.max <= 1) fail_slice("max", "max must be greater than 1", member);
      if (has_id && out.id >= out.max) fail_slice("max", "max must be greater than id", member);
    } else {
      throw ApiError(unknown_member("slice", key, member, {}));
    }
  }
  if (!has_id && out.max == 0) throw ApiError(illegal_argument("Required [id, max]"));
  if (out.max == 0) throw ApiError(illegal_argument("Required [max]"));
  if (!has_id) throw ApiError(illegal_argument("Required [id]"));
  return out;
}

void read_pit(SearchRequest& request, const Json& value) {
  request.has_pit = true;
  for (const auto& [key, member] : value.items()) {
    if (key == "id") {
      request.pit_id = read_text(member);
    } else if (key == "keep_alive") {
      request.pit_keep_alive = read_text(member);
      parse_time_ms(request.pit_keep_alive, "keep_alive");
    } else {
      throw ApiError(unknown_member("pit", key, member, {}));
    }
  }
  if (request.pit_id.empty()) throw ApiError(illegal_argument("Required [id]"));
}

void read_collapse(SearchRequest& request, const Json& value) {
  for (const auto& [key, member] : value.items()) {
    if (key == "field") {
      request.collapse_field = read_text(member);
    } else if (key == "inner_hits") {
      const auto add = [&](const Json& body) {
        if (!body.is_object()) fail_parse("Expected [START_OBJECT] in [inner_hits] but found [" + std::string(token_name(body)) + "]");
        request.collapse_inner_hits.push_back(parse_inner_hits(body));
      };
      if (member.is_array()) {
        for (const Json& item : member) add(item);
      } else {
        add(member);
      }
    } else if (key == "max_concurrent_group_searches") {
      read_int(member);
    } else {
      throw ApiError(unknown_member("collapse", key, member, {"field", "max_concurrent_group_searches", "inner_hits"}));
    }
  }
  if (request.collapse_field.empty()) throw ApiError(illegal_argument("collapse field name is null or empty"));
}

void read_scalar(SearchRequest& r, const std::string& key, const Json& value) {
  if (key == "from") {
    set_from(r, read_long(value));
  } else if (key == "size") {
    set_size(r, read_long(value));
  } else if (key == "timeout") {
    r.timeout_ms = parse_time_ms(read_text(value), "timeout");
  } else if (key == "terminate_after") {
    r.terminate_after = read_long(value);
    if (r.terminate_after < 0) throw ApiError(illegal_argument("terminateAfter must be > 0"));
  } else if (key == "min_score") {
    r.min_score = read_float(value);
  } else if (key == "version") {
    r.version = read_bool(value);
  } else if (key == "seq_no_primary_term") {
    r.seq_no_primary_term = read_bool(value);
  } else if (key == "explain") {
    r.explain = read_bool(value);
  } else if (key == "profile") {
    r.profile = read_bool(value);
  } else if (key == "track_scores") {
    r.track_scores = read_bool(value);
  } else if (key == "include_named_queries_score") {
    read_bool(value);  // has no effect here: OpenSearch takes the URL's word
  } else if (key == "track_total_hits") {
    set_track_total_hits(r, value);
  } else if (key == "_source") {
    r.source = parse_source_filter(value);
  } else if (key == "stored_fields") {
    read_stored_fields(r, value);
  } else if (key == "sort") {
    r.sort = parse_sort(value);
  } else if (is_later(key)) {
    not_implemented("[" + key + "] is not supported yet");
  } else {
    unknown_key(key, value);
  }
}

void read_script_fields(SearchRequest& r, const Json& value) {
  for (const auto& [name, body] : value.items()) {
    ScriptField field{name, {}, false};
    bool found = false;
    if (!body.is_object()) fail_parse("Expected [START_OBJECT] in [script_fields] but found [" + std::string(token_name(body)) + "]");
    for (const auto& [key, member] : body.items()) {
      if (key == "script") {
        field.spec = script::parse_script(member);
        found = true;
      } else if (key == "ignore_failure") {
        field.ignore_failure = read_bool(member);
      } else {
        unknown_key(key, member);
      }
    }
    if (!found) throw ApiError(illegal_argument("script cannot be null"));
    r.script_fields.push_back(std::move(field));
  }
}

void read_object(SearchRequest& r, const std::string& key, const Json& value) {
  if (key == "script_fields") return read_script_fields(r, value);
  if (key == "query") {
    r.query = parse_query(value);
    r.counted = counted_query(value);
  } else if (key == "post_filter") {
    r.post_filter = parse_query(value);
  } else if (key == "_source") {
    r.source = parse_source_filter(value);
  } else if (key == "indices_boost") {
    read_indices_boost(r, value);
  } else if (key == "aggs" || key == "aggregations") {
    r.aggregations = Aggregations::parse(value);
  } else if (key == "sort") {
    r.sort = parse_sort(value);
  } else if (key == "rescore") {
    r.rescore = parse_rescore(value);
  } else if (key == "collapse") {
    read_collapse(r, value);
  } else if (key == "highlight") {
    r.highlight = std::make_shared<const HighlightClause>(parse_highlight(value));
  } else if (key == "suggest") {
    r.suggest = parse_suggest(value);
  } else if (key == "slice") {
    r.slice = read_slice(value);
  } else if (key == "pit") {
    read_pit(r, value);
  } else if (key == "ext") {
    if (!value.empty()) {
      throw ApiError(400, "x_content_parse_exception", "unknown named object category [org.opensearch.search.SearchExtBuilder]");
    }
  } else if (is_later(key)) {
    not_implemented("[" + key + "] is not supported yet");
  } else {
    unknown_key(key, value);
  }
}

void read_array(SearchRequest& r, const std::string& key, const Json& value) {
  if (key == "stored_fields") {
    read_stored_fields(r, value);
  } else if (key == "docvalue_fields") {
    for (const Json& field : value) r.docvalue_fields.push_back(read_field(field, key));
  } else if (key == "fields") {
    for (const Json& field : value) r.fields.push_back(read_field(field, key));
  } else if (key == "indices_boost") {
    read_indices_boost(r, value);
  } else if (key == "sort") {
    r.sort = parse_sort(value);
  } else if (key == "rescore") {
    r.rescore = parse_rescore(value);
  } else if (key == "stats") {
    for (const Json& group : value) read_text(group);  // groups of statistics that nothing shows
  } else if (key == "_source") {
    r.source = parse_source_filter(value);
  } else if (key == "search_after") {
    for (const Json& item : value) r.search_after.push_back(item);
    if (value.empty()) throw ApiError(illegal_argument("Values must contains at least one value."));
  } else if (is_later(key)) {
    not_implemented("[" + key + "] is not supported yet");
  } else {
    unknown_key(key, value);
  }
}

void read_body(SearchRequest& request, const Json& body) {
  if (!body.is_object()) fail_parse("Expected [START_OBJECT] but found [" + std::string(token_name(body)) + "]", body);
  for (const auto& [key, value] : body.items()) {
    if (value.is_object()) {
      read_object(request, key, value);
    } else if (value.is_array()) {
      read_array(request, key, value);
    } else if (!value.is_null()) {
      read_scalar(request, key, value);
    } else {
      unknown_key(key, value);
    }
  }
}

using Parameters = std::map<std::string, std::string, std::less<>>;

class ParameterReader {
 public:
  ParameterReader(SearchRequest& request, const Parameters& parameters) : request_(request), parameters_(parameters) {}

  void read() {
    read_query();
    if (find("from") != nullptr) set_from(request_, integer("from"));
    if (find("size") != nullptr) set_size(request_, integer("size"));
    flag("version", request_.version);
    flag("seq_no_primary_term", request_.seq_no_primary_term);
    flag("track_scores", request_.track_scores);
    flag("include_named_queries_score", request_.include_named_queries_score);
    flag("rest_total_hits_as_int", request_.total_hits_as_int);
    flag("typed_keys", request_.typed_keys);
    flag("explain", request_.explain);
    if (const auto* timeout = find("timeout")) request_.timeout_ms = parse_time_ms(*timeout, "timeout");
    if (find("terminate_after") != nullptr) request_.terminate_after = integer("terminate_after");
    if (const auto* sort = find("sort")) request_.sort = parse_uri_sort(*sort);
    if (const auto* track = find("track_total_hits")) read_track(*track);
    if (const auto* fields = find("stored_fields")) request_.stored_fields = split_commas(*fields);
    if (const auto* fields = find("docvalue_fields")) {
      for (std::string& field : split_commas(*fields)) request_.docvalue_fields.push_back({std::move(field), ""});
    }
    read_source();
    read_execution();
    if (const auto* scroll = find("scroll")) {
      request_.scroll = true;
      request_.scroll_keep_alive = *scroll;
      request_.scroll_keep_alive_ms = parse_time_ms(*scroll, "scroll");
    }
    if (find("search_pipeline") != nullptr) not_implemented("[search_pipeline] is not supported yet");
    if (const auto* field = find("suggest_field")) {
      const auto* text = find("suggest_text") != nullptr ? find("suggest_text") : find("q");
      const auto* mode = find("suggest_mode");
      request_.suggest = parse_uri_suggest(*field, text == nullptr ? std::string() : *text,
                                           find("suggest_size") == nullptr ? 5 : integer("suggest_size"),
                                           mode == nullptr ? "missing" : *mode);
    }
    if (request_.total_hits_as_int) check_total_as_int();
  }

  void read_query() {
    if (auto query = parse_uri_query([this](std::string_view name) { return find(name); })) {
      request_.query = std::move(query);
      request_.counted.reset();
    }
  }
  int64_t integer(std::string_view name) const {
    const std::string& text = *find(name);
    int32_t out = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
    if (text.empty() || error != std::errc() || end != text.data() + text.size()) {
      throw ApiError(Error(illegal_argument("Failed to parse int parameter [" + std::string(name) + "] with value [" + text + "]"))
                         .caused_by(Error(400, "number_format_exception", "For input string: \"" + text + "\"")));
    }
    return out;
  }
 private:
  const std::string* find(std::string_view name) const {
    const auto it = parameters_.find(name);
    return it == parameters_.end() ? nullptr : &it->second;
  }
  void flag(std::string_view name, bool& out) const {
    const std::string* text = find(name);
    if (text == nullptr) return;
    if (*text == "true" || text->empty()) {
      out = true;
    } else if (*text == "false") {
      out = false;
    } else {
      throw ApiError(illegal_argument("Failed to parse value [" + *text + "] as only [true] or [false] are allowed."));
    }
  }
  /// How OpenSearch should go about it; one node with one shard an index has nothing to choose.
  void read_execution() {
    if (const auto* type = find("search_type"); type != nullptr && *type != "query_then_fetch" && *type != "dfs_query_then_fetch") {
      throw ApiError(illegal_argument("No search type for [" + *type + "]"));
    }
    bool flag_value = false;
    if (find("request_cache") != nullptr) flag("request_cache", request_.request_cache_given);
    for (const std::string_view name : {"request_cache", "allow_partial_search_results", "ccs_minimize_roundtrips"}) flag(name, flag_value);
    for (const std::string_view name : {"max_concurrent_shard_requests", "pre_filter_shard_size"}) {
      if (find(name) != nullptr && integer(name) < 1) {
        throw ApiError(illegal_argument(std::string(name == "pre_filter_shard_size" ? "preFilterShardSize" : "maxConcurrentShardRequests") +
                                        " must be >= 1"));
      }
    }
    if (find("batched_reduce_size") != nullptr && integer("batched_reduce_size") < 2) {
      throw ApiError(illegal_argument("batchedReduceSize must be >= 2"));
    }
    if (find("batched_reduce_size") != nullptr) request_.batched_reduce_size = static_cast<int>(integer("batched_reduce_size"));
    bool phase_took = false;
    flag("phase_took", phase_took);
    if (phase_took) not_implemented("[phase_took] is not supported yet");
  }
  void read_track(const std::string& text) {
    if (text == "true" || text == "false" || text.empty()) {
      set_track_total_hits(request_, text != "false");
    } else {
      set_track_total_hits(request_, integer("track_total_hits"));
    }
  }
  void read_source() {
    if (const auto* source = find("_source")) {
      request_.source = SourceFilter();
      request_.source.given = true;
      if (*source == "false") {
        request_.source.enabled = false;
      } else if (*source != "true") {
        request_.source.includes = split_commas(*source);
      }
    }
    for (const std::string_view name : {"_source_includes", "_source_include"}) {
      if (const auto* list = find(name)) request_.source.includes = split_commas(*list), request_.source.given = true;
    }
    for (const std::string_view name : {"_source_excludes", "_source_exclude"}) {
      if (const auto* list = find(name)) request_.source.excludes = split_commas(*list), request_.source.given = true;
    }
  }
  void check_total_as_int() {
    if (!request_.track_total_hits_given) {
      request_.track_total_hits = kTrackAllHits;
    } else if (request_.track_total_hits != kTrackAllHits && request_.track_total_hits != kTrackNoHits) {
      throw ApiError(illegal_argument(
          "[rest_total_hits_as_int] cannot be used if the tracking of total hits is not accurate, got " +
          std::to_string(request_.track_total_hits)));
    }
  }

  SearchRequest& request_;
  const Parameters& parameters_;
};

/// What OpenSearch refuses before a shard sees the request.
void check_context(const SearchRequest& r) {
  std::vector<std::string> wrong;
  if (r.scroll) {
    if (r.track_total_hits_given && r.track_total_hits != kTrackAllHits) {
      wrong.push_back("disabling [track_total_hits] is not allowed in a scroll context");
    }
    if (r.from > 0) wrong.push_back("using [from] is not allowed in a scroll context");
    if (r.request_cache_given) wrong.push_back("[request_cache] cannot be used in a scroll context");
    if (r.size == 0) wrong.push_back("[size] cannot be [0] in a scroll context");
    if (!r.rescore.empty()) wrong.push_back("using [rescore] is not allowed in a scroll context");
    if (r.has_pit) wrong.push_back("using [point in time] is not allowed in a scroll context");
  }
  for (const SortClause& clause : r.sort) {
    if (clause.field != "_shard_doc" || r.has_pit) continue;
    wrong.push_back("_shard_doc is only supported with point-in-time (PIT). Add a PIT or remove _shard_doc.");
    break;
  }
  if (wrong.empty()) return;
  std::string reason = "Validation Failed: ";
  for (size_t i = 0; i < wrong.size(); ++i) reason += std::to_string(i + 1) + ": " + wrong[i] + ";";
  throw ApiError(400, "action_request_validation_exception", reason);
}

}  // namespace

std::shared_ptr<const SearchRequest> parse_search_request(const Json& body,
                                                          const std::map<std::string, std::string, std::less<>>& parameters) {
  auto request = std::make_shared<SearchRequest>();
  if (!body.is_null()) read_body(*request, body);
  ParameterReader(*request, parameters).read();
  check_context(*request);
  if (request->scroll) request->track_total_hits = kTrackAllHits;
  request->only_suggest = request->suggest && !request->query && !request->aggregations;
  return request;
}

std::shared_ptr<const SearchRequest> parse_count_request(const Json& body,
                                                         const std::map<std::string, std::string, std::less<>>& parameters) {
  auto request = std::make_shared<SearchRequest>();
  if (body.is_object()) {
    for (const auto& [key, value] : body.items()) {
      if (key != "query") fail_parse("request does not support [" + key + "]");
      request->query = parse_query(value);
    }
  } else if (!body.is_null()) {
    fail_parse("Expected [START_OBJECT] but found [" + std::string(token_name(body)) + "]");
  }
  ParameterReader reader(*request, parameters);
  reader.read_query();
  if (parameters.contains("terminate_after")) {
    request->terminate_after = reader.integer("terminate_after");
    if (request->terminate_after < 0) throw ApiError(illegal_argument("terminateAfter must be > 0"));
  }
  if (const auto it = parameters.find("min_score"); it != parameters.end()) request->min_score = read_float(Json(it->second));
  request->size = 0;
  request->track_total_hits = kTrackAllHits;
  return request;
}

const std::vector<std::string>& search_parameter_names() {
  static const std::vector<std::string> names = {
      "q", "df", "analyzer", "analyze_wildcard", "default_operator", "lenient", "from", "size", "version",
      "seq_no_primary_term", "track_scores", "include_named_queries_score", "rest_total_hits_as_int", "typed_keys", "explain",
      "timeout", "terminate_after", "sort", "track_total_hits", "stored_fields", "docvalue_fields", "_source",
      "_source_includes", "_source_excludes", "scroll", "search_pipeline", "search_type",
      "request_cache", "allow_partial_search_results", "ccs_minimize_roundtrips", "max_concurrent_shard_requests",
      "pre_filter_shard_size", "batched_reduce_size", "phase_took",
      "suggest_field", "suggest_text", "suggest_mode", "suggest_size"};
  return names;
}

}  // namespace tarn::query

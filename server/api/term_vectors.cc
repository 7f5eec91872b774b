// _termvectors and _mtermvectors: the terms of a document, made anew from its source, with the statistics of the index.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <functional>
#include <map>
#include <set>

#include "indexer/analysis/text.h"
#include "query/bind/field_queries.h"
#include "query/bind/values.h"
#include "query/fetch/source_fields.h"
#include "query/highlight/highlighter.h"
#include "server/api/search_open.h"
#include "server/api/write_support.h"

namespace tarn::server {
namespace {

struct TermFilter {
  int max_num_terms = 25, min_term_freq = 1, max_term_freq = INT32_MAX, min_doc_freq = 1, max_doc_freq = INT32_MAX;
  int min_word_length = 0, max_word_length = 0;
};

struct VectorRequest {
  std::string index, id, routing;
  Json doc;                              ///< an artificial document; null: `id`
  std::vector<std::string> fields;
  bool fields_given = false;
  bool positions = true, offsets = true, payloads = true, field_statistics = true, term_statistics = false, realtime = true;
  std::map<std::string, std::string> analyzers;  ///< per_field_analyzer
  std::optional<TermFilter> filter;
  std::optional<Version> version;
};

bool read_flag(const Json& value) { return value == true || value == "true"; }

int read_int(const Json& value, const std::string& key) {
  if (!value.is_number()) throw ApiError(400, "parse_exception", fmt::format("[{}] must be a number", key));
  return static_cast<int>(value.get<double>());
}

TermFilter read_filter(const Json& value) {
  TermFilter out;
  for (const auto& [key, member] : value.items()) {
    if (key == "max_num_terms") out.max_num_terms = read_int(member, key);
    else if (key == "min_term_freq") out.min_term_freq = read_int(member, key);
    else if (key == "max_term_freq") out.max_term_freq = read_int(member, key);
    else if (key == "min_doc_freq") out.min_doc_freq = read_int(member, key);
    else if (key == "max_doc_freq") out.max_doc_freq = read_int(member, key);
    else if (key == "min_word_length") out.min_word_length = read_int(member, key);
    else if (key == "max_word_length") out.max_word_length = read_int(member, key);
    else throw ApiError(400, "parse_exception", fmt::format("failed to parse term vectors request. the field [{}] is not valid for filter parameter for term vector request", key));
  }
  return out;
}

std::string text_of(const Json& value) { return value.is_string() ? value.get<std::string>() : to_text(value); }

void read_body(const Json& body, VectorRequest& out) {
  if (!body.is_object()) throw ApiError(400, "parse_exception", "failed to parse term vectors request. an object is expected");
  for (const auto& [key, value] : body.items()) {
    if (key == "fields") {
      if (!value.is_array()) throw ApiError(400, "parse_exception", "failed to parse term vectors request. field [fields] must be an array");
      out.fields.clear();
      for (const Json& item : value) out.fields.push_back(text_of(item));
      out.fields_given = true;
    } else if (key == "offsets") out.offsets = read_flag(value);
    else if (key == "positions") out.positions = read_flag(value);
    else if (key == "payloads") out.payloads = read_flag(value);
    else if (key == "term_statistics" || key == "termStatistics") out.term_statistics = read_flag(value);
    else if (key == "field_statistics" || key == "fieldStatistics") out.field_statistics = read_flag(value);
    else if (key == "realtime") out.realtime = read_flag(value);
    else if (key == "per_field_analyzer" && value.is_object()) {
      for (const auto& [field, analyzer] : value.items()) out.analyzers[field] = text_of(analyzer);
    } else if (key == "filter" && value.is_object()) out.filter = read_filter(value);
    else if (key == "_index") out.index = text_of(value);
    else if (key == "_id") {
      if (!out.doc.is_null()) throw ApiError(400, "parse_exception", "failed to parse term vectors request. either [id] or [doc] can be specified, but not both!");
      out.id = text_of(value);
    } else if (key == "doc") {
      if (!out.id.empty()) throw ApiError(400, "parse_exception", "failed to parse term vectors request. either [id] or [doc] can be specified, but not both!");
      out.doc = value;
    } else if (key == "routing") out.routing = text_of(value);
    else if (key == "version") out.version = read_int(value, key);
    else if (key == "version_type") text_of(value);
    else throw ApiError(400, "parse_exception", fmt::format("failed to parse term vectors request. unknown field [{}]", key));
  }
}

void read_parameters(const RestRequest& request, VectorRequest& out) {
  out.routing = request.get("routing");
  out.realtime = request.get_bool("realtime", true);
  out.positions = request.get_bool("positions", true);
  out.offsets = request.get_bool("offsets", true);
  out.payloads = request.get_bool("payloads", true);
  out.term_statistics = request.get_bool("term_statistics", false);
  out.field_statistics = request.get_bool("field_statistics", true);
  if (request.has("fields")) {
    out.fields = request.get_list("fields");
    out.fields_given = true;
  }
  if (request.has("version")) out.version = request.get_long("version", 0);
  request.consume({"preference", "version_type"});
}

bool has_term_vectors(const FieldType& field) {
  const auto it = field.parameters.find("term_vector");
  return it != field.parameters.end() && it->is_string() && *it != "no";
}

bool is_vector_field(const FieldType& field) { return query::is_text_like(field) || query::is_keyword_like(field); }

/// The fields that are asked for; without names, those that keep term vectors.
std::vector<std::pair<std::string, const FieldType*>> chosen_fields(const VectorRequest& request, const Mapping& mapping) {
  std::vector<std::pair<std::string, const FieldType*>> out;
  if (!request.fields_given) {
    for (const FieldType* field : mapping.match("*")) {
      if (has_term_vectors(*field) || (!request.doc.is_null() && is_vector_field(*field))) out.emplace_back(field->path, field);
    }
    return out;
  }
  for (const std::string& name : request.fields) {
    if (name.find('*') != std::string::npos) {
      for (const FieldType* field : mapping.match(name)) {
        if (is_vector_field(*field)) out.emplace_back(field->path, field);
      }
    } else if (const FieldType* field = mapping.find(name); field != nullptr && is_vector_field(*field)) {
      out.emplace_back(name, field);
    }
  }
  return out;
}

struct TermTokens {
  std::vector<query::TextToken> tokens;
  double score = 0;
};

/// The terms with the highest tf-idf, of those that the filter lets through.
void apply_filter(const TermFilter& filter, const Searcher& searcher, const FieldType& field, uint64_t documents,
                  std::map<std::string, TermTokens>& terms) {
  std::vector<std::pair<double, std::string>> scored;
  for (auto& [term, found] : terms) {
    const auto freq = static_cast<int64_t>(found.tokens.size());
    const auto doc_freq = static_cast<int64_t>(searcher.doc_freq(field.path, term));
    const auto length = static_cast<int>(analysis::utf16_length(term));
    if (freq < filter.min_term_freq || freq > filter.max_term_freq) continue;
    if (doc_freq < filter.min_doc_freq || doc_freq > filter.max_doc_freq) continue;
    if (filter.min_word_length > 0 && length < filter.min_word_length) continue;
    if (filter.max_word_length > 0 && length > filter.max_word_length) continue;
    const double idf = std::log(static_cast<double>(documents + 1) / static_cast<double>(std::max<int64_t>(1, doc_freq) + 1)) + 1;
    found.score = static_cast<double>(freq) * idf;
    scored.emplace_back(-found.score, term);
  }
  std::sort(scored.begin(), scored.end());
  if (scored.size() > static_cast<size_t>(std::max(0, filter.max_num_terms))) scored.resize(static_cast<size_t>(std::max(0, filter.max_num_terms)));
  std::set<std::string> kept;
  for (const auto& [score, term] : scored) kept.insert(term);
  std::erase_if(terms, [&](const auto& entry) { return !kept.contains(entry.first); });
}

/// Statistics of a field, of its postings or its column.
struct Counts {
  FieldStatistics field;
  std::function<std::pair<uint64_t, uint64_t>(const std::string&)> of_term;  ///< document frequency, total frequency
};
Counts counts_of(const Searcher& searcher, const FieldType& field) {
  Counts out;
  if (field.inverted) {
    out.field = searcher.statistics(field.path);
    out.of_term = [&](const std::string& term) {
      return std::pair(searcher.doc_freq(field.path, term), searcher.total_term_freq(field.path, term));
    };
    return out;
  }
  for (const SegmentReader& segment : searcher.segments()) {
    const KeywordColumn* column = segment.keywords(field.path);
    if (column == nullptr) continue;
    out.field.doc_count += column->present_count();
    out.field.sum_doc_freq += column->value_count();
    out.field.sum_total_term_freq += column->value_count();
  }
  out.of_term = [&](const std::string& term) {
    uint64_t freq = 0;
    for (const SegmentReader& segment : searcher.segments()) {
      const KeywordColumn* column = segment.keywords(field.path);
      if (column == nullptr) continue;
      if (const auto ordinal = column->find(term)) freq += column->doc_freq(*ordinal);
    }
    return std::pair(freq, freq);
  };
  return out;
}

void write_field(const VectorRequest& request, const std::string& name, const FieldType& field, const Searcher& searcher,
                 const Json& source, JsonWriter& out) {
  const std::string path = field.is_multi_field ? field.path.substr(0, field.path.rfind('.')) : field.path;
  std::vector<const Json*> found;
  query::collect_source_values(source, path, found);
  std::vector<std::string> values;
  for (const Json* value : found) {
    if (!value->is_object() && !value->is_null()) values.push_back(query::scalar_text(*value));
  }
  if (values.empty()) return;
  FieldType analyzed = field;
  if (const auto own = request.analyzers.find(name); own != request.analyzers.end()) {
    analyzed.index_analyzer = searcher.mapping().analysis().find_analyzer(own->second);
    if (analyzed.index_analyzer == nullptr) throw ApiError(illegal_argument(fmt::format("failed to find analyzer [{}]", own->second)));
  }
  const query::FieldText text = query::analyze_values(analyzed, values, -1);
  std::map<std::string, TermTokens> terms;
  int base = 0;
  for (size_t v = 0; v < text.values.size(); ++v) {
    for (query::TextToken token : text.tokens[v]) {
      token.start += base;
      token.end += base;
      terms[token.term].tokens.push_back(token);
    }
    base += static_cast<int>(text.values[v].size()) + 1;
  }
  const Counts counts = counts_of(searcher, field);
  const FieldStatistics& statistics = counts.field;
  if (request.filter) apply_filter(*request.filter, searcher, field, searcher.live_doc_count(), terms);
  out.key(name).begin_object();
  if (request.field_statistics) {
    out.key("field_statistics").begin_object();
    out.key("sum_doc_freq").unsigned_number(statistics.sum_doc_freq).key("doc_count").unsigned_number(statistics.doc_count);
    out.key("sum_ttf").unsigned_number(statistics.sum_total_term_freq).end_object();
  }
  out.key("terms").begin_object();
  for (const auto& [term, entry] : terms) {
    out.key(term).begin_object();
    if (request.term_statistics) {
      const auto [doc_freq, total_freq] = counts.of_term(term);
      if (doc_freq > 0) out.key("doc_freq").unsigned_number(doc_freq).key("ttf").unsigned_number(total_freq);
    }
    out.key("term_freq").unsigned_number(entry.tokens.size());
    if (request.positions || request.offsets) {
      out.key("tokens").begin_array();
      for (const query::TextToken& token : entry.tokens) {
        out.begin_object();
        if (request.positions) out.key("position").number(token.position);
        if (request.offsets) out.key("start_offset").number(token.start).key("end_offset").number(token.end);
        out.end_object();
      }
      out.end_array();
    }
    if (request.filter) out.key("score").number(static_cast<float>(entry.score));
    out.end_object();
  }
  out.end_object().end_object();
}

void write_vectors(Services& services, VectorRequest request, JsonWriter& out) {
  const auto begin = std::chrono::steady_clock::now();
  const auto index = services.catalog.resolve_single(request.index, &request.routing);
  check_read_block(*index);
  const auto searcher = index->acquire_searcher();
  std::string source;
  Version version = 0;
  bool found = false;
  if (!request.doc.is_null()) {
    source = to_text(request.doc);
    found = true;
  } else if (request.realtime) {
    if (const auto document = index->get(request.id)) {
      source = document->source;
      version = document->version;
      found = true;
    }
  } else if (const auto ref = searcher->find(request.id)) {
    source = searcher->fetch(*ref).source;
    version = searcher->version(*ref);
    found = true;
  }
  if (found && request.version && request.doc.is_null() && *request.version != version) {
    throw ApiError(409, "version_conflict_engine_exception",
                   fmt::format("[{}]: version conflict, current version [{}] is different than the one provided [{}]", request.id, version, *request.version));
  }
  out.key("_index").string(index->name());
  if (!request.id.empty()) out.key("_id").string(request.id);
  out.key("_version").number(version).key("found").boolean(found);
  const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begin).count();
  out.key("took").number(static_cast<int64_t>(took));
  if (!found) return;
  const Json parsed = source.empty() ? Json::object() : parse_json(source);
  out.key("term_vectors").begin_object();
  for (const auto& [name, field] : chosen_fields(request, searcher->mapping())) write_field(request, name, *field, *searcher, parsed, out);
  out.end_object();
}

RestResponse term_vectors(Services& services, RestRequest& request) {
  VectorRequest wanted;
  wanted.index = request.get("index");
  wanted.id = request.get("id");
  read_parameters(request, wanted);
  request.check_parameters();
  if (request.has_body()) read_body(request.json_body(), wanted);
  if (wanted.id.empty() && wanted.doc.is_null()) {
    throw ApiError(400, "action_request_validation_exception", "Validation Failed: 1: id or doc is missing;");
  }
  RestResponse response;
  JsonWriter out(response.body);
  out.begin_object();
  write_vectors(services, std::move(wanted), out);
  out.end_object();
  return response;
}

RestResponse multi_term_vectors(Services& services, RestRequest& request) {
  VectorRequest defaults;
  defaults.index = request.get("index");
  read_parameters(request, defaults);
  std::vector<std::string> ids = request.get_list("ids");
  request.check_parameters();
  const Json body = request.has_body() ? request.json_body() : Json::object();
  if (body.contains("parameters")) read_body(body["parameters"], defaults);
  std::vector<VectorRequest> wanted;
  for (const auto& [key, value] : body.items()) {
    if (key == "docs" && value.is_array()) {
      for (const Json& item : value) {
        VectorRequest one = defaults;
        read_body(item, one);
        wanted.push_back(std::move(one));
      }
    } else if (key == "ids" && value.is_array()) {
      for (const Json& id : value) ids.push_back(text_of(id));
    } else if (key != "parameters") {
      throw ApiError(400, "parse_exception", fmt::format("no parameter named [{}] and type {}", key, value.is_array() ? "ARRAY" : "OBJECT"));
    }
  }
  for (const std::string& id : ids) {
    wanted.push_back(defaults);
    wanted.back().id = id;
  }
  if (wanted.empty()) {
    throw ApiError(400, "action_request_validation_exception", "Validation Failed: 1: multi term vectors: no documents requested;");
  }
  std::string docs;
  for (VectorRequest& one : wanted) {
    std::string text;
    try {
      JsonWriter out(text);
      out.begin_object();
      write_vectors(services, one, out);
      out.end_object();
    } catch (const ApiError& error) {
      text = to_text(Json{{"_index", one.index}, {"_id", one.id}, {"error", error.error().to_body()["error"]}});
    }
    (docs += docs.empty() ? "" : ",") += text;
  }
  RestResponse response;
  response.body = "{\"docs\":[" + docs + "]}";
  return response;
}

}  // namespace

void register_term_vector_handlers(Router& router, Services& services) {
  for (const char* path : {"/{index}/_termvectors", "/{index}/_termvectors/{id}"}) {
    router.add({Method::kGet, Method::kPost}, path, [&services](RestRequest& request) { return term_vectors(services, request); });
  }
  for (const char* path : {"/_mtermvectors", "/{index}/_mtermvectors"}) {
    router.add({Method::kGet, Method::kPost}, path, [&services](RestRequest& request) { return multi_term_vectors(services, request); });
  }
}

}  // namespace tarn::server

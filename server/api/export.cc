#include "server/api/export.h"

#include <fmt/format.h>

#include <algorithm>

#include "query/search.h"
#include "query/search_session.h"
#include "server/api/search_support.h"

namespace tarn::server {
namespace {

constexpr int kBatchMax = 10000, kHitBatch = 500;

/// The elements of the JSON array that begins at text[at]; views into `text`.
std::vector<std::string_view> array_elements(std::string_view text, size_t at) {
  std::vector<std::string_view> out;
  size_t begin = at + 1;
  int depth = 0;
  bool in_string = false;
  for (size_t i = at; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      else if (c == '"') in_string = false;
      continue;
    }
    if (c == '"') in_string = true;
    else if (c == '[' || c == '{') ++depth;
    else if (c == ']' || c == '}') --depth;
    const bool ends = depth == 0 || (depth == 1 && c == ',');
    if (!ends) continue;
    if (i > begin) out.push_back(text.substr(begin, i - begin));
    begin = i + 1;
    if (depth == 0) break;
  }
  return out;
}

/// A cell of CSV: RFC 4180.
void append_cell(std::string& out, std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) {
    out += text;
    return;
  }
  out += '"';
  for (char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  out += '"';
}

std::string cell_text(const Json& value) {
  if (value.is_null()) return "";
  return value.is_string() ? value.get<std::string>() : to_text(value);
}

void append_row(std::string& out, const std::vector<std::string>& cells) {
  for (size_t i = 0; i < cells.size(); ++i) {
    if (i > 0) out += ',';
    append_cell(out, cells[i]);
  }
  out += "\r\n";
}

/// The value at a dotted path; a member whose name has dots counts too. Null if there is none.
const Json* at_path(const Json& object, std::string_view path) {
  if (!object.is_object()) return nullptr;
  if (const auto it = object.find(std::string(path)); it != object.end()) return &*it;
  for (size_t dot = path.find('.'); dot != std::string_view::npos; dot = path.find('.', dot + 1)) {
    const auto it = object.find(std::string(path.substr(0, dot)));
    if (it == object.end()) continue;
    if (const Json* found = at_path(*it, path.substr(dot + 1))) return found;
  }
  return nullptr;
}

/// What an export works with, from round to round.
struct ExportJob {
  Services& services;
  SearchScope scope;                        ///< the view: held until the last byte
  query::SearchContext context;
  Json body;
  bool csv = false;
  std::vector<std::string> columns;
  int batch = 0;
  bool done = false;

  virtual ~ExportJob() = default;
  ExportJob(Services& services, SearchScope scope, query::SearchContext context, Json body)
      : services(services), scope(std::move(scope)), context(std::move(context)), body(std::move(body)) {}
  /// Appends the lines of the next round; sets `done` with the last one.
  virtual void next(std::string& out) = 0;
};

/// Hits, as a scroll reads them.
struct HitExport final : ExportJob {
  using ExportJob::ExportJob;
  query::ScrollPosition position;
  std::shared_ptr<const query::SearchRequest> request;

  void next(std::string& out) override {
    if (!request) {
      body["size"] = batch;
      if (!body.contains("sort")) body["sort"] = Json::array({"_doc"});
      request = query::parse_search_request(body, {{"scroll", "1m"}});
      if (csv) append_row(out, columns);
    }
    query::SearchSession session;
    session.scroll = &position;
    std::string answer;
    query::search(*request, scope.targets, context, answer, nullptr, &session);
    const size_t hits = answer.find("\"hits\":[");
    const auto lines = hits == std::string::npos ? std::vector<std::string_view>() : array_elements(answer, hits + 7);
    for (std::string_view line : lines) csv ? append_columns(line, out) : (out.append(line) += '\n', void());
    done = lines.size() < static_cast<size_t>(batch);
  }

 private:
  void append_columns(std::string_view line, std::string& out) const {
    const Json hit = parse_json(line);
    std::vector<std::string> cells;
    for (const std::string& column : columns) {
      const Json* value = column.starts_with('_') ? at_path(hit, column) : nullptr;
      if (value == nullptr && hit.contains("_source")) value = at_path(hit["_source"], column);
      if (value == nullptr && hit.contains("fields")) value = at_path(hit["fields"], column);
      cells.push_back(value == nullptr ? "" : cell_text(*value));
    }
    append_row(out, cells);
  }
};

/// Buckets of one aggregation; a composite one is asked for page after page.
struct BucketExport final : ExportJob {
  using ExportJob::ExportJob;
  std::string name;
  bool composite = false;

  void next(std::string& out) override {
    body["size"] = 0;
    const auto request = query::parse_search_request(body, {});
    std::string answer;
    query::search(*request, scope.targets, context, answer, nullptr);
    const Json result = parse_json(answer)["aggregations"][name];
    if (!result.contains("buckets")) throw ApiError(illegal_argument(fmt::format("the aggregation [{}] has no buckets to export", name)));
    size_t count = 0;
    for (const auto& [key, bucket] : result["buckets"].items()) {
      ++count;
      Json shown = bucket;
      if (result["buckets"].is_object()) shown = Json{{"key", key}}, shown.update(bucket);
      if (!csv) out.append(to_text(shown)) += '\n';
      else append_bucket(shown, out);
    }
    done = !composite || count < static_cast<size_t>(batch) || !result.contains("after_key");
    if (!done) options()["after"] = result["after_key"];
    if (csv && columns.empty()) done = true;
  }
  Json& options() { return body[body.contains("aggs") ? "aggs" : "aggregations"][name]["composite"]; }

 private:
  /// Key, doc_count, and the numbers of the aggregations below by their names.
  static void collect_cells(const Json& bucket, std::vector<std::pair<std::string, std::string>>& cells) {
    for (const auto& [member, value] : bucket.items()) {
      if (!value.is_object()) {
        if (member != "key_as_string" || !bucket.contains("key")) cells.emplace_back(member, cell_text(value));
      } else if (member == "key") {
        for (const auto& [part, one] : value.items()) cells.emplace_back(part, cell_text(one));
      } else {
        collect_below(member, value, cells);
      }
    }
  }
  static void collect_below(const std::string& name, const Json& value, std::vector<std::pair<std::string, std::string>>& cells) {
    if (value.contains("value") && !value["value"].is_structured()) {
      cells.emplace_back(name, cell_text(value["value"]));
      return;
    }
    for (const auto& [member, one] : value.items()) {
      if (one.is_object()) collect_below(name + "." + member, one, cells);
      else if (member != "meta") cells.emplace_back(name + "." + member, cell_text(one));
    }
  }
  void append_bucket(const Json& bucket, std::string& out) {
    std::vector<std::pair<std::string, std::string>> cells;
    collect_cells(bucket, cells);
    if (columns.empty()) {
      for (const auto& [column, text] : cells) columns.push_back(column);
      append_row(out, columns);
    }
    std::vector<std::string> row;
    for (const std::string& column : columns) {
      const auto it = std::find_if(cells.begin(), cells.end(), [&](const auto& cell) { return cell.first == column; });
      row.push_back(it == cells.end() ? "" : it->second);
    }
    append_row(out, row);
  }
};

int read_batch(const RestRequest& request, int fallback) {
  const int batch = request.get_int("batch_size", fallback);
  if (batch < 1 || batch > kBatchMax) throw ApiError(illegal_argument(fmt::format("[batch_size] must be between 1 and {}, found [{}]", kBatchMax, batch)));
  return batch;
}

std::shared_ptr<ExportJob> make_job(Services& services, const RestRequest& request, Json body, const std::string& format) {
  const char* aggs = body.contains("aggs") ? "aggs" : "aggregations";
  const bool buckets = body.contains(aggs);
  for (const auto& [key, value] : body.items()) {
    static constexpr std::string_view kOfHits[] = {"query", "sort", "_source", "fields", "docvalue_fields", "stored_fields", "script_fields", "min_score", "post_filter"};
    const bool known = buckets ? key == "query" || key == aggs : std::find(std::begin(kOfHits), std::end(kOfHits), key) != std::end(kOfHits);
    if (!known) throw ApiError(illegal_argument(fmt::format("[{}] is no part of an export of {}", key, buckets ? "buckets" : "hits")));
  }
  SearchScope scope = open_search_scope(services, request);
  query::SearchContext context = make_search_context(services, request);
  context.cancelled = request.cancelled;
  if (!buckets) {
    auto job = std::make_shared<HitExport>(services, std::move(scope), std::move(context), std::move(body));
    job->batch = read_batch(request, kHitBatch);
    job->columns = request.get_list("columns");
    if (format == "csv" && job->columns.empty()) throw ApiError(illegal_argument("[columns] is required for hits as [csv]"));
    return job;
  }
  if (!body[aggs].is_object() || body[aggs].size() != 1 || !body[aggs].begin().value().is_object()) {
    throw ApiError(illegal_argument("an export needs one aggregation"));
  }
  auto job = std::make_shared<BucketExport>(services, std::move(scope), std::move(context), std::move(body));
  job->name = job->body[aggs].begin().key();
  job->composite = job->body[aggs][job->name].contains("composite");
  job->batch = read_batch(request, kBatchMax);
  job->columns = request.get_list("columns");
  if (job->composite && job->options().is_object()) job->options()["size"] = job->batch;
  return job;
}

RestResponse export_lines(Services& services, RestRequest& request) {
  const std::string format = request.get("format", "ndjson");
  if (format != "ndjson" && format != "csv") throw ApiError(illegal_argument(fmt::format("[format] must be [ndjson] or [csv], found [{}]", format)));
  Json body = request.json_body_or_empty();
  if (!body.is_object()) throw ApiError(illegal_argument("the body of an export must be an object"));
  auto job = make_job(services, request, std::move(body), format);
  job->csv = format == "csv";
  request.check_parameters();
  RestResponse response;
  response.raw = true;
  response.content_type = job->csv ? "text/csv; charset=UTF-8" : "application/x-ndjson; charset=UTF-8";
  job->next(response.body);   // errors come before the first byte
  response.stream = [job](std::string& chunk) {
    if (job->done) return false;
    job->next(chunk);
    return true;
  };
  return response;
}

}  // namespace

void register_export_handlers(Router& router, Services& services) {
  router.add({Method::kGet, Method::kPost}, "/{index}/_tarn/export", [&services](RestRequest& request) { return export_lines(services, request); });
}

}  // namespace tarn::server

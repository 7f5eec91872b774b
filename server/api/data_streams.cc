// _data_stream.
#include "indexer/data_streams.h"

#include <fmt/format.h>

#include <algorithm>

#include "indexer/segment/segment.h"
#include "server/api/cluster_health.h"
#include "server/api/indices.h"
#include "server/api/indices_support.h"
#include "server/render/table.h"

namespace tarn::server {
namespace {

std::vector<std::shared_ptr<Index>> backing_indices(const Services& services, const DataStream& stream) {
  std::vector<std::shared_ptr<Index>> out;
  for (const std::string& name : stream.indices) {
    if (auto index = services.engine.find(name)) out.push_back(std::move(index));
  }
  return out;
}

RestResponse get_streams(Services& services, RestRequest& request) {
  read_timeouts(request);
  request.consume({"expand_wildcards", "local"});
  Json list = Json::array();
  for (const DataStream& stream : find_data_streams(services.catalog, request.get("name"))) {
    const auto indices = backing_indices(services, stream);
    Json shown = Json::array();
    for (const auto& index : indices) shown.push_back(Json{{"index_name", index->name()}, {"index_uuid", index->uuid()}});
    std::string status(health_name(count_shards(indices).status()));
    std::transform(status.begin(), status.end(), status.begin(), [](unsigned char c) { return std::toupper(c); });
    Json entry{{"name", stream.name}, {"timestamp_field", {{"name", stream.timestamp_field}}}, {"indices", std::move(shown)},
               {"generation", stream.generation}, {"status", status}};
    if (const std::string name = template_of(services.catalog, stream); !name.empty()) entry["template"] = name;
    list.push_back(std::move(entry));
  }
  return RestResponse::json(Json{{"data_streams", std::move(list)}});
}

RestResponse put_stream(Services& services, RestRequest& request) {
  read_timeouts(request);
  const std::string name = request.get("name");
  request.check_parameters();
  create_data_stream(services.catalog, name);
  return acknowledged();
}

RestResponse delete_streams(Services& services, RestRequest& request) {
  read_timeouts(request);
  request.consume({"expand_wildcards"});
  const std::string names = request.get("name");
  request.check_parameters();
  delete_data_streams(services.catalog, names);
  return acknowledged();
}

/// The newest timestamp of an index, in milliseconds; 0 if it has none.
int64_t newest_timestamp(Index& index, const std::string& field) {
  const auto searcher = index.acquire_searcher();
  const FieldType* type = searcher->mapping().find(field);
  if (type == nullptr) return 0;
  int64_t newest = 0;
  for (const SegmentReader& segment : searcher->segments()) {
    const NumericColumn* column = segment.numbers(type->path);
    if (column == nullptr) continue;
    for (uint32_t doc = 0; doc < segment.doc_count(); ++doc) {
      if (segment.is_live(doc) && column->has(doc)) newest = std::max(newest, column->first(doc, 0));
    }
  }
  return type->kind == FieldKind::kDateNanos ? newest / 1'000'000 : newest;
}

RestResponse stream_stats(Services& services, RestRequest& request) {
  const bool human = request.get_bool("human", false);
  request.consume({"expand_wildcards", "forbid_closed_indices"});
  Json list = Json::array();
  int64_t backing = 0, total_bytes = 0;
  std::vector<ResolvedIndex> all;
  for (const DataStream& stream : find_data_streams(services.catalog, request.get("name"))) {
    int64_t bytes = 0, newest = 0, count = 0;
    for (const auto& index : backing_indices(services, stream)) {
      ++count;
      if (index->closed()) continue;
      bytes += static_cast<int64_t>(index->stats().store_bytes);
      newest = std::max(newest, newest_timestamp(*index, stream.timestamp_field));
      all.push_back({index, {}, {}});
    }
    backing += count;
    total_bytes += bytes;
    Json entry{{"data_stream", stream.name}, {"backing_indices", count}};
    if (human) entry["store_size"] = byte_size_text(bytes);
    entry["store_size_bytes"] = bytes;
    entry["maximum_timestamp"] = newest;
    list.push_back(std::move(entry));
  }
  Json out{{"_shards", shards_header(all)}, {"data_stream_count", list.size()}, {"backing_indices", backing}};
  if (human) out["total_store_size"] = byte_size_text(total_bytes);
  out["total_store_size_bytes"] = total_bytes;
  out["data_streams"] = std::move(list);
  return RestResponse::json(out);
}

}  // namespace

void register_data_stream_handlers(Router& router, Services& services) {
  const auto on = [&](Method method, const char* path, RestResponse (*handler)(Services&, RestRequest&)) {
    router.add(method, path, [&services, handler](RestRequest& request) { return handler(services, request); });
  };
  on(Method::kGet, "/_data_stream", get_streams);
  on(Method::kGet, "/_data_stream/{name}", get_streams);
  on(Method::kPut, "/_data_stream/{name}", put_stream);
  on(Method::kDelete, "/_data_stream/{name}", delete_streams);
  on(Method::kGet, "/_data_stream/_stats", stream_stats);
  on(Method::kGet, "/_data_stream/{name}/_stats", stream_stats);
}

}  // namespace tarn::server

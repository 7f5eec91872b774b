// _snapshot, _cat/repositories and _cat/snapshots.
#include <fmt/format.h>

#include <future>

#include "indexer/index_names.h"
#include "server/api/document.h"
#include "server/api/indices_support.h"
#include "server/api/snapshot_service.h"
#include "server/render/table.h"
#include "server/version.h"

namespace tarn::server {
namespace {

constexpr int kVersionId = 137297827;  // OpenSearch's number of 3.8.0

int total_shards(const SnapshotInfo& info) {
  int out = 0;
  for (const SnapshotIndex& index : info.indices) out += index.shards;
  return out;
}

Json names_of(const SnapshotInfo& info) {
  Json out = Json::array();
  for (const SnapshotIndex& index : info.indices) out.push_back(index.name);
  return out;
}

Json stream_names(const SnapshotInfo& info) {
  Json out = Json::array();
  for (const auto& [name, definition] : info.streams.items()) out.push_back(name);
  return out;
}

Json shown(const SnapshotInfo& info, bool verbose) {
  Json out{{"snapshot", info.name}, {"uuid", info.uuid}};
  if (verbose) {
    out["version_id"] = kVersionId;
    out["version"] = kOpenSearchVersion;
    out["remote_store_index_shallow_copy"] = false;
  }
  out["indices"] = names_of(info);
  out["data_streams"] = stream_names(info);
  if (!verbose) {
    out["state"] = info.state;
    return out;
  }
  out["include_global_state"] = info.include_global_state;
  if (!info.metadata.is_null()) out["metadata"] = info.metadata;
  const int shards = total_shards(info);
  out["state"] = info.state;
  out["start_time"] = iso_time(info.start_ms);
  out["start_time_in_millis"] = info.start_ms;
  out["end_time"] = iso_time(info.end_ms);
  out["end_time_in_millis"] = info.end_ms;
  out["duration_in_millis"] = info.end_ms - info.start_ms;
  out["failures"] = Json::array();
  out["shards"] = Json{{"total", shards}, {"failed", 0}, {"successful", shards}};
  return out;
}

bool read_bool(const Json& value) {
  if (value.is_boolean()) return value.get<bool>();
  if (value == "true" || value == "false") return value == "true";
  throw ApiError(illegal_argument(fmt::format("Failed to parse value [{}] as only [true] or [false] are allowed.",
                                              value.is_string() ? value.get<std::string>() : to_text(value))));
}

std::string read_indices(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (!value.is_array()) throw ApiError(illegal_argument("malformed indices section, should be an array of strings"));
  std::string out;
  for (const Json& item : value) {
    if (!item.is_string()) throw ApiError(illegal_argument("malformed indices section, should be an array of strings"));
    out += (out.empty() ? "" : ",") + item.get<std::string>();
  }
  return out;
}

std::string read_text(const std::string& key, const Json& value) {
  if (!value.is_string()) throw ApiError(illegal_argument(fmt::format("malformed {}", key)));
  return value.get<std::string>();
}

Json object_body(const RestRequest& request) {
  Json body = request.json_body_or_empty();
  if (!body.is_object()) throw ApiError(400, "parse_exception", "the body must be an object");
  return body;
}

// ---- Repositories

RestResponse put_repository(SnapshotService& service, RestRequest& request) {
  const std::string name = request.get("repository");
  const bool verify = request.get_bool("verify", true);
  read_timeouts(request);
  const Json body = request.json_body();
  request.check_parameters();
  if (!body.is_object()) throw ApiError(400, "parse_exception", "the body must be an object");
  Json definition = Json::object();
  for (const char* key : {"type", "settings"}) {
    if (body.contains(key)) definition[key] = body[key];
  }
  if (definition.contains("settings") && !definition["settings"].is_object()) throw ApiError(illegal_argument("Malformed settings section, should include an inner object"));
  if (!definition.contains("settings")) definition["settings"] = Json::object();
  service.put_repository(name, definition, verify);
  return acknowledged();
}

RestResponse get_repositories(SnapshotService& service, RestRequest& request) {
  read_timeouts(request);
  request.get_bool("local", false);
  Json out = Json::object();
  for (auto& [name, definition] : service.repositories(request.get("repository"))) {
    // Settings are shown as texts, as OpenSearch keeps them.
    for (auto& [key, value] : definition["settings"].items()) {
      if (!value.is_string()) value = to_text(value);
    }
    out[name] = definition;
  }
  return RestResponse::json(out);
}

RestResponse delete_repository(SnapshotService& service, RestRequest& request) {
  read_timeouts(request);
  const std::string names = request.get("repository");
  request.check_parameters();
  service.delete_repositories(names);
  return acknowledged();
}

RestResponse verify_repository(const Services& services, SnapshotService& service, RestRequest& request) {
  read_timeouts(request);
  service.verify(request.get("repository"));
  return RestResponse::json(Json{{"nodes", {{services.node.node_id, {{"name", services.node.name}}}}}});
}

RestResponse clean_up_repository(SnapshotService& service, RestRequest& request) {
  read_timeouts(request);
  const auto [bytes, files] = service.clean_up(request.get("repository"));
  return RestResponse::json(Json{{"results", {{"deleted_bytes", bytes}, {"deleted_blobs", files}}}});
}

// ---- Snapshots

SnapshotRequest read_snapshot(const RestRequest& request) {
  SnapshotRequest out;
  out.repository = request.get("repository");
  out.name = request.get("snapshot");
  out.options.expand_hidden = true;
  const Json body = object_body(request);
  for (const auto& [key, value] : body.items()) {
    if (key == "indices") out.indices = read_indices(value);
    else if (key == "include_global_state") out.include_global_state = read_bool(value);
    else if (key == "ignore_unavailable") out.options.ignore_unavailable = read_bool(value);
    else if (key == "allow_no_indices") out.options.allow_no_indices = read_bool(value);
    else if (key == "expand_wildcards") read_expand_wildcards(split_commas(read_indices(value)), out.options);
    else if (key == "partial") read_bool(value);
    else if (key == "metadata") out.metadata = value;
  }
  return out;
}

RestResponse create_snapshot(Services& services, SnapshotService& service, RestRequest& request) {
  read_timeouts(request);
  const bool wait = request.get_bool("wait_for_completion", false);
  const SnapshotRequest wanted = read_snapshot(request);
  request.check_parameters();
  SnapshotService::Job job = service.begin_snapshot(wanted);
  if (wait) return RestResponse::json(Json{{"snapshot", shown(job.run(), true)}});
  services.engine.run_in_background([job, wanted] {
    try {
      job.run();
    } catch (const std::exception& error) {
      // Nobody waits; the snapshot is not in the list, and what it wrote goes with the next clean-up.
    }
  });
  return RestResponse::json(Json{{"accepted", true}});
}

RestResponse get_snapshots(SnapshotService& service, RestRequest& request) {
  read_timeouts(request);
  const bool verbose = request.get_bool("verbose", true);
  const bool ignore = request.get_bool("ignore_unavailable", false);
  Json list = Json::array();
  for (const SnapshotInfo& info : service.snapshots(request.get("repository"), request.get("snapshot"), ignore)) list.push_back(shown(info, verbose));
  return RestResponse::json(Json{{"snapshots", std::move(list)}});
}

RestResponse delete_snapshot(SnapshotService& service, RestRequest& request) {
  read_timeouts(request);
  const std::string repository = request.get("repository"), names = request.get("snapshot");
  request.check_parameters();
  service.delete_snapshots(repository, names);
  return acknowledged();
}

RestResponse clone_snapshot(SnapshotService& service, RestRequest& request) {
  read_timeouts(request);
  const std::string repository = request.get("repository"), source = request.get("snapshot"), target = request.get("target_snapshot");
  const Json body = object_body(request);
  request.check_parameters();
  std::vector<std::string> indices;
  if (body.contains("indices")) indices = split_commas(read_indices(body["indices"]));
  if (indices.empty()) throw ApiError(400, "action_request_validation_exception", "Validation Failed: 1: indices patterns are empty;");
  service.clone(repository, source, target, indices);
  return acknowledged();
}

Json file_stats(int64_t files, int64_t bytes, int64_t all_files, int64_t all_bytes, int64_t start_ms, int64_t took_ms) {
  return Json{{"incremental", {{"file_count", files}, {"size_in_bytes", bytes}}}, {"total", {{"file_count", all_files}, {"size_in_bytes", all_bytes}}},
              {"start_time_in_millis", start_ms}, {"time_in_millis", took_ms}};
}

Json shard_stats(int shards) {
  return Json{{"initializing", 0}, {"started", 0}, {"finalizing", 0}, {"done", shards}, {"failed", 0}, {"total", shards}};
}

Json status_of(const std::string& repository, const SnapshotInfo& info) {
  Json indices = Json::object();
  // What the snapshot says of itself is a file too.
  const auto own_bytes = static_cast<int64_t>(to_text(info.to_json()).size());
  int64_t files = 1, bytes = own_bytes, all_files = 1, all_bytes = own_bytes;
  for (const SnapshotIndex& index : info.indices) {
    const auto count = static_cast<int64_t>(index.blobs.size());
    const Json stats = file_stats(index.fresh_files, index.fresh_bytes, count, index.bytes, info.start_ms, info.end_ms - info.start_ms);
    Json shards = Json::object();
    for (int shard = 0; shard < index.shards; ++shard) {
      // The documents of all shards lie together; the first one stands for them.
      shards[std::to_string(shard)] = Json{{"stage", "DONE"}, {"stats", shard == 0 ? stats : file_stats(0, 0, 0, 0, info.start_ms, 0)}};
    }
    indices[index.name] = Json{{"shards_stats", shard_stats(index.shards)}, {"stats", stats}, {"shards", std::move(shards)}};
    files += index.fresh_files;
    bytes += index.fresh_bytes;
    all_files += count;
    all_bytes += index.bytes;
  }
  return Json{{"snapshot", info.name}, {"repository", repository}, {"uuid", info.uuid}, {"state", info.state},
              {"include_global_state", info.include_global_state}, {"shards_stats", shard_stats(total_shards(info))},
              {"stats", file_stats(files, bytes, all_files, all_bytes, info.start_ms, info.end_ms - info.start_ms)}, {"indices", std::move(indices)}};
}

RestResponse snapshot_status(SnapshotService& service, RestRequest& request) {
  read_timeouts(request);
  const bool ignore = request.get_bool("ignore_unavailable", false);
  const std::string repository = request.get("repository"), names = request.get("snapshot");
  Json list = Json::array();
  if (!names.empty()) {
    for (const SnapshotInfo& info : service.snapshots(repository, names, ignore)) list.push_back(status_of(repository, info));
  } else if (!repository.empty()) {
    service.repositories(repository);  // what runs has no status of its own here
  }
  return RestResponse::json(Json{{"snapshots", std::move(list)}});
}

RestoreRequest read_restore(const RestRequest& request) {
  RestoreRequest out;
  out.repository = request.get("repository");
  out.snapshot = request.get("snapshot");
  const Json body = object_body(request);
  for (const auto& [key, value] : body.items()) {
    if (key == "indices") out.indices = split_commas(read_indices(value));
    else if (key == "ignore_unavailable") out.ignore_unavailable = read_bool(value);
    else if (key == "include_aliases") out.include_aliases = read_bool(value);
    else if (key == "include_global_state") out.include_global_state = read_bool(value);
    else if (key == "partial" || key == "allow_no_indices") read_bool(value);
    else if (key == "expand_wildcards") read_indices(value);
    else if (key == "rename_pattern") out.rename_pattern = read_text(key, value);
    else if (key == "rename_replacement") out.rename_replacement = read_text(key, value);
    else if (key == "index_settings") out.settings = value.is_object() ? IndexSettings::flatten(value) : throw ApiError(illegal_argument("malformed index_settings section"));
    else if (key == "ignore_index_settings") out.ignored_settings = split_commas(read_indices(value));
    else if (key == "storage_type" || key == "rename_alias_pattern" || key == "rename_alias_replacement" || key == "source_remote_store_repository") {
      throw ApiError(501, "not_implemented_exception", fmt::format("[{}] of a restore is not implemented in Tarn yet", key));
    } else {
      throw ApiError(illegal_argument("Unknown parameter " + key));
    }
  }
  return out;
}

RestResponse restore_snapshot(Services& services, SnapshotService& service, RestRequest& request) {
  read_timeouts(request);
  const bool wait = request.get_bool("wait_for_completion", false);
  const RestoreRequest wanted = read_restore(request);
  request.check_parameters();
  const SnapshotService::RestoreJob job = service.begin_restore(wanted);
  if (wait) {
    job.run();
    return RestResponse::json(Json{{"snapshot", {{"snapshot", wanted.snapshot}, {"indices", job.indices},
                                                 {"shards", {{"total", job.shards}, {"failed", 0}, {"successful", job.shards}}}}}});
  }
  services.engine.run_in_background([job] {
    try {
      job.run();
    } catch (const std::exception& error) {
      // Nobody waits; an index that could not be restored whole is not there.
    }
  });
  return RestResponse::json(Json{{"accepted", true}});
}

// ---- _cat

RestResponse cat_repositories(SnapshotService& service, RestRequest& request) {
  read_timeouts(request);
  request.get_bool("local", false);
  Table table;
  table.column("id", "id,repoId", "unique repository id").column("type", "t,type", "repository type");
  if (!request.get_bool("help", false)) {
    for (const auto& [name, definition] : service.repositories("")) table.row({name, definition["type"].get<std::string>()});
  }
  return render_table(request, table);
}

std::string clock_time(int64_t epoch_ms) {
  const int64_t seconds = epoch_ms / 1000 % 86400;
  return fmt::format("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
}

RestResponse cat_snapshots(SnapshotService& service, RestRequest& request) {
  read_timeouts(request);
  Table table;
  table.column("id", "id,snapshot", "unique snapshot").right("status", "s,status", "snapshot name").column("start_epoch", "ste,startEpoch", "start time in seconds since 1970-01-01 00:00:00");
  table.column("start_time", "sti,startTime", "start time in HH:MM:SS").column("end_epoch", "ete,endEpoch", "end time in seconds since 1970-01-01 00:00:00");
  table.column("end_time", "eti,endTime", "end time in HH:MM:SS").right("duration", "dur,duration", "duration").right("indices", "i,indices", "number of indices");
  table.right("successful_shards", "ss,successful_shards", "number of successful shards").right("failed_shards", "fs,failed_shards", "number of failed shards");
  table.right("total_shards", "ts,total_shards", "number of total shards").hidden("reason", "r,reason", "reason for failures");
  if (request.get_bool("help", false)) return render_table(request, table);
  const bool ignore = request.get_bool("ignore_unavailable", false);
  const std::string repository = request.get("repository");
  if (repository.empty()) throw ApiError(400, "action_request_validation_exception", "Validation Failed: 1: repository is missing;");
  for (const SnapshotInfo& info : service.snapshots(repository, "_all", ignore)) {
    const int64_t shards = total_shards(info);
    table.row({info.name, info.state, info.start_ms / 1000, clock_time(info.start_ms), info.end_ms / 1000, clock_time(info.end_ms),
               Duration{(info.end_ms - info.start_ms) * 1'000'000}, static_cast<int64_t>(info.indices.size()), shards, int64_t{0}, shards, std::string()});
  }
  return render_table(request, table);
}

}  // namespace

void register_snapshot_handlers(Router& router, Services& services) {
  const auto service = std::make_shared<SnapshotService>(services);
  const auto on = [&](std::initializer_list<Method> methods, const char* path, RestResponse (*handler)(SnapshotService&, RestRequest&)) {
    router.add(methods, path, [service, handler](RestRequest& request) { return handler(*service, request); });
  };
  const auto with_services = [&](std::initializer_list<Method> methods, const char* path, auto handler) {
    router.add(methods, path, [&services, service, handler](RestRequest& request) { return handler(services, *service, request); });
  };
  using enum Method;
  on({kGet}, "/_snapshot", get_repositories);
  on({kGet}, "/_snapshot/{repository}", get_repositories);
  on({kPut, kPost}, "/_snapshot/{repository}", put_repository);
  on({kDelete}, "/_snapshot/{repository}", delete_repository);
  with_services({kPost}, "/_snapshot/{repository}/_verify", verify_repository);
  on({kPost}, "/_snapshot/{repository}/_cleanup", clean_up_repository);
  with_services({kPut, kPost}, "/_snapshot/{repository}/{snapshot}", create_snapshot);
  on({kGet}, "/_snapshot/{repository}/{snapshot}", get_snapshots);
  on({kDelete}, "/_snapshot/{repository}/{snapshot}", delete_snapshot);
  on({kPut}, "/_snapshot/{repository}/{snapshot}/_clone/{target_snapshot}", clone_snapshot);
  with_services({kPost}, "/_snapshot/{repository}/{snapshot}/_restore", restore_snapshot);
  on({kGet}, "/_snapshot/_status", snapshot_status);
  on({kGet}, "/_snapshot/{repository}/_status", snapshot_status);
  on({kGet}, "/_snapshot/{repository}/{snapshot}/_status", snapshot_status);
  on({kGet}, "/_cat/repositories", cat_repositories);
  on({kGet}, "/_cat/snapshots", cat_snapshots);
  on({kGet}, "/_cat/snapshots/{repository}", cat_snapshots);
}

}  // namespace tarn::server

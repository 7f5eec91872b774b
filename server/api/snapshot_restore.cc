// Restoring: indices are made anew from what a snapshot says of them, and their documents written again.
#include <fmt/format.h>

#include <algorithm>

#include "indexer/data_streams.h"
#include "indexer/index_names.h"
#include "indexer/pipeline/regex.h"
#include "server/api/snapshot_records.h"
#include "server/api/snapshot_service.h"

namespace tarn::server {
namespace {

constexpr size_t kWriteBatch = 1000;

struct Restored {
  SnapshotIndex index;
  std::string target;
};

/// Settings that say which index this was; the new one gets its own.
bool is_identity(const std::string& key) {
  return key == "index.uuid" || key == "index.creation_date" || key == "index.provided_name" || key.starts_with("index.version.") ||
         key.starts_with("index.resize.");
}

Json settings_of(const RestoreRequest& request, const SnapshotIndex& index) {
  Json out = Json::object();
  for (const auto& [key, value] : index.settings.items()) {
    const bool ignored = std::any_of(request.ignored_settings.begin(), request.ignored_settings.end(),
                                     [&key = key](const std::string& pattern) { return matches_pattern(pattern, key); });
    if (!is_identity(key) && !ignored) out[key] = value;
  }
  for (const auto& [key, value] : request.settings.items()) {
    if (value.is_null()) out.erase(key);
    else out[key] = value;
  }
  return out;
}

void write_documents(Engine& engine, const std::shared_ptr<Index>& index, const std::string& blob) {
  std::vector<WriteOp> ops;
  const auto flush = [&] {
    if (ops.empty()) return;
    for (const auto& outcome : engine.write({ops, ""})) {
      if (outcome.error) throw ApiError(*outcome.error);
    }
    ops.clear();
  };
  for_each_record(blob, [&](const SnapshotRecord& record) {
    WriteOp op;
    op.index = index;
    op.id = std::string(record.id);
    op.routing = std::string(record.routing);
    op.source = record.source;
    op.version_type = VersionType::kExternal;
    op.version = record.version;
    ops.push_back(std::move(op));
    if (ops.size() == kWriteBatch) flush();
  });
  flush();
}

void restore_aliases(Catalog& catalog, const Restored& restored) {
  Json actions = Json::array();
  for (const auto& [alias, definition] : restored.index.aliases.items()) {
    Json add = definition;
    add["index"] = restored.target;
    add["alias"] = alias;
    actions.push_back(Json{{"add", std::move(add)}});
  }
  if (!actions.empty()) catalog.update_aliases(actions);
}

void restore_one(Services& services, const SnapshotStore& store, const RestoreRequest& request, const Restored& restored) {
  const Json wanted = settings_of(request, restored.index);
  Json without_blocks = Json::object();
  for (const auto& [key, value] : wanted.items()) {
    if (!key.starts_with("index.blocks.")) without_blocks[key] = value;
  }
  if (services.engine.find(restored.target)) services.engine.delete_index(restored.target);  // a closed one
  const auto index = services.engine.create_index(restored.target, IndexSettings::create(without_blocks), restored.index.mappings);
  try {
    for (const std::string& blob : restored.index.blobs) write_documents(services.engine, index, store.read_blob(blob));
    if (wanted.size() != without_blocks.size()) index->put_settings(IndexSettings::create(wanted));
    if (request.include_aliases) restore_aliases(services.catalog, restored);
  } catch (...) {
    services.engine.delete_index(restored.target);  // half an index is none
    throw;
  }
  index->refresh();
}

}  // namespace

SnapshotService::RestoreJob SnapshotService::begin_restore(const RestoreRequest& request) {
  SnapshotStore store = open(request.repository);
  const auto names = store.names();
  const auto found = std::find_if(names.begin(), names.end(), [&](const auto& one) { return one.first == request.snapshot; });
  if (found == names.end()) {
    throw ApiError(500, "snapshot_restore_exception", fmt::format("[{}:{}] snapshot does not exist", request.repository, request.snapshot));
  }
  const SnapshotInfo info = store.read(found->second);
  std::vector<Restored> chosen;
  const std::vector<std::string> patterns = request.indices.empty() ? std::vector<std::string>{"*"} : request.indices;
  for (const std::string& pattern : patterns) {
    const bool exclude = pattern.starts_with('-') && !chosen.empty();
    const std::string wanted = exclude ? pattern.substr(1) : pattern == "_all" ? "*" : pattern;
    if (exclude) {
      std::erase_if(chosen, [&](const Restored& one) { return matches_pattern(wanted, one.index.name); });
      continue;
    }
    bool any = false;
    for (const SnapshotIndex& index : info.indices) {
      if (!matches_pattern(wanted, index.name)) continue;
      any = true;
      if (std::none_of(chosen.begin(), chosen.end(), [&](const Restored& one) { return one.index.name == index.name; })) chosen.push_back({index, index.name});
    }
    if (!any && !has_wildcard(wanted) && !request.ignore_unavailable) {
      Error error(404, "index_not_found_exception", fmt::format("no such index [{}]", wanted));
      throw ApiError(error.with("index", wanted).with("index_uuid", "_na_"));
    }
  }
  RestoreJob job;
  for (Restored& one : chosen) {
    if (!request.rename_pattern.empty()) one.target = Regex(request.rename_pattern).replace_all(one.target, request.rename_replacement);
    check_index_name(one.target);
    const auto existing = services_.engine.find(one.target);
    if (existing && !existing->closed()) {
      throw ApiError(500, "snapshot_restore_exception",
                     fmt::format("[{}:{}/{}] cannot restore index [{}] because an open index with same name already exists in the cluster. Either "
                                 "close or delete the existing index or restore the index under a different name by providing a rename pattern "
                                 "and replacement name", request.repository, info.name, info.uuid, one.target));
    }
    IndexSettings::validate(settings_of(request, one.index), /*allow_private=*/true);
    job.indices.push_back(one.target);
    job.shards += one.index.shards;
  }
  job.run = [this, request, info, chosen] {
    const std::lock_guard turn(turn_);
    const SnapshotStore from = open(request.repository);
    for (const Restored& one : chosen) restore_one(services_, from, request, one);
    for (const auto& [name, definition] : info.streams.items()) adopt_data_stream(services_.catalog, name, definition);
    if (!request.include_global_state || !info.global.is_object()) return;
    for (const auto& [kind, templates] : info.global.items()) {
      for (const auto& [name, body] : templates.items()) services_.catalog.put_template(kind, name, body, false);
    }
  };
  return job;
}

}  // namespace tarn::server

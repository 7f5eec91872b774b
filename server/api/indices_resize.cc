// _clone, _shrink and _split: a new index with another number of shards and the same documents. Shards share one store
// here, so the documents are copied, with their versions.
#include <fmt/format.h>

#include "indexer/base/deprecation.h"
#include "indexer/index_names.h"
#include "server/api/indices.h"
#include "server/api/indices_rollover.h"
#include "server/api/background.h"
#include "server/api/indices_support.h"

namespace tarn::server {
namespace {

constexpr size_t kCopyBatch = 1000;   // documents a write request

enum class Resize { kClone, kShrink, kSplit };

std::string_view resize_name(Resize kind) { return kind == Resize::kClone ? "clone" : kind == Resize::kShrink ? "shrink" : "split"; }

std::string text_of(const Json& flat, const std::string& key) {
  if (!flat.contains(key) || flat[key].is_null()) return "";
  return flat[key].is_string() ? flat[key].get<std::string>() : to_text(flat[key]);
}

int number_of(const Json& flat, const std::string& key, int fallback) {
  const std::string text = text_of(flat, key);
  return text.empty() || text.find_first_not_of("0123456789") != std::string::npos ? fallback : std::stoi(text);
}

int target_shards(Resize kind, int source, const Json& flat) {
  const std::string key = "index.number_of_shards";
  switch (kind) {
    case Resize::kClone: {
      const int target = number_of(flat, key, source);
      if (target != source)
        throw ApiError(illegal_argument(fmt::format("the number of source shards [{}] must be equal to the number of target shards [{}]", source, target)));
      return target;
    }
    case Resize::kShrink: {
      const int target = number_of(flat, key, 1);
      if (source == 1 && target == 1) return target;   // refused later, after the blocks
      if (target >= source)
        throw ApiError(illegal_argument(fmt::format("the number of target shards [{}] must be less that the number of source shards [{}]", target, source)));
      if (source % target != 0)
        throw ApiError(illegal_argument(fmt::format("the number of source shards [{}] must be a multiple of [{}]", source, target)));
      return target;
    }
    case Resize::kSplit: {
      const int target = number_of(flat, key, 0);
      if (target == 0)
        throw ApiError(400, "action_request_validation_exception", "Validation Failed: 1: index.number_of_shards is required for split operations;");
      if (target <= source)
        throw ApiError(illegal_argument(fmt::format("the number of source shards [{}] must be less that the number of target shards [{}]", source, target)));
      if (target % source != 0)
        throw ApiError(illegal_argument(fmt::format("the number of source shards [{}] must be a factor of [{}]", source, target)));
      return target;
    }
  }
  return source;
}

/// A target that is born blocked could not be filled.
void check_target_blocks(const Index& source, const std::string& target, const Json& flat) {
  Json copied = source.settings()->flat;
  std::string complaints;
  int count = 0;
  for (const char* key : {"index.blocks.read_only", "index.blocks.metadata"})
    if (text_of(flat, key) == "true")
      complaints += fmt::format("{}: target index [{}] will be blocked by [{}=true], this will disable metadata writes and cause the "
                                "shards to be unassigned;", ++count, target, key);
  if (count) throw ApiError(400, "action_request_validation_exception", "Validation Failed: " + complaints);
  for (const char* key : {"index.blocks.read_only", "index.blocks.metadata"})
    if (!flat.contains(key) && text_of(copied, key) == "true")
      throw ApiError(illegal_argument(fmt::format(
          "target index [{}] will be blocked by [{}=true] which is copied from the source index [{}], this will disable metadata "
          "writes and cause the shards to be unassigned", target, key, source.name())));
}

/// The blocks that the target shall have, the source's or the request's. They are taken out of `overrides` until the
/// documents are there, because a blocked index takes none.
Json take_blocks(const Index& source, Json& overrides) {
  constexpr std::string_view kPrefix = "index.blocks.";
  Json blocks = Json::object();
  for (const auto& [key, value] : source.settings()->flat.items())
    if (key.starts_with(kPrefix)) blocks[key] = value;
  for (const auto& [key, value] : overrides.items())
    if (key.starts_with(kPrefix)) blocks[key] = value;
  Json kept = Json::object();
  for (const auto& [key, value] : blocks.items()) {
    overrides[key] = nullptr;
    if (!value.is_null()) kept[key] = value;
  }
  return kept;
}

void copy_documents(Engine& engine, Index& source, const std::shared_ptr<Index>& target) {
  source.refresh();
  const auto searcher = source.acquire_searcher();
  std::vector<DocRef> batch;
  const auto write = [&] {
    if (batch.empty()) return;
    const auto documents = searcher->fetch_all(batch);
    std::vector<WriteOp> ops(batch.size());
    for (size_t i = 0; i < batch.size(); ++i) {
      ops[i].index = target;
      ops[i].id = documents[i].id;
      ops[i].routing = documents[i].routing;
      ops[i].source = documents[i].source;
      ops[i].version_type = VersionType::kExternal;
      ops[i].version = searcher->version(batch[i]);
    }
    for (const auto& outcome : engine.write({ops, ""}))
      if (outcome.error) throw ApiError(*outcome.error);
    batch.clear();
  };
  for (uint32_t number = 0; number < searcher->segments().size(); ++number) {
    const SegmentReader& reader = searcher->segments()[number];
    const Bitset* roots = reader.segment().roots();
    for (LocalDocId doc = 0; doc < reader.doc_count(); ++doc) {
      if ((roots && !roots->test(doc)) || !reader.is_live(doc)) continue;
      batch.push_back({number, doc});
      if (batch.size() == kCopyBatch) write();
    }
  }
  write();
  target->refresh();
}

RestResponse resize(Services& services, RestRequest& request, Resize kind) {
  read_timeouts(request);
  request.consume({"wait_for_active_shards"});
  const bool wait = request.get_bool("wait_for_completion", true);
  request.get_time_ms("task_execution_timeout", 3600000);
  RestResponse response;
  const bool copy_given = request.has("copy_settings");
  if (copy_given && !request.get_bool("copy_settings", true))
    throw ApiError(illegal_argument("parameter [copy_settings] can not be explicitly set to [false]"));
  const std::string source_name = request.get("index"), target = request.get("target");
  const Json body = request.json_body_or_empty();
  if (!body.is_object()) throw ApiError(400, "x_content_parse_exception", "[1:1] [resize_request] Expected START_OBJECT");
  for (const auto& [key, value] : body.items())
    if (key != "settings" && key != "aliases") {
      if (key == "max_shard_size") not_implemented("max_shard_size of _shrink");
      throw ApiError(400, "x_content_parse_exception", fmt::format("[1:2] [resize_request] unknown field [{}]", key));
    }
  const Json flat = body.contains("settings") ? IndexSettings::flatten(body["settings"]) : Json::object();
  const Json aliases = body.contains("aliases") ? body["aliases"] : Json::object();
  request.check_parameters();

  const auto source = services.engine.find(source_name);
  if (!source) throw ApiError(index_not_found(source_name));
  Json overrides = flat;
  overrides["index.number_of_shards"] = std::to_string(target_shards(kind, shard_count(*source), flat));
  check_target_blocks(*source, target, flat);
  const auto settings = source->settings();
  if (!settings->block_write && !settings->read_only)
    throw ApiError(500, "illegal_state_exception",
                   fmt::format("index {} must block write operations to resize index. use \"index.blocks.write=true\"", source_name));
  if (kind == Resize::kShrink && shard_count(*source) == 1)
    throw ApiError(illegal_argument("can't shrink an index with only one shard"));
  if (source->closed()) throw ApiError(index_closed(source->name(), source->uuid()));
  const Json blocks = take_blocks(*source, overrides);
  const auto copy = [&services, source, target, overrides, aliases, blocks, request] {
    const auto created = services.catalog.create_like(*source, target, overrides, aliases);
    bool met = true;
    try {
      copy_documents(services.engine, *source, created);
      if (!blocks.empty()) {
        Json blocked = created->settings()->flat;
        for (const auto& [key, value] : blocks.items()) blocked[key] = value;
        created->put_settings(IndexSettings::create(blocked));
      }
      met = active_shards_met(request, *created);
    } catch (const ApiError&) {
      services.engine.delete_index(created->name());   // half a copy is no index
      throw;
    }
    return RestResponse::json(Json{{"acknowledged", true}, {"shards_acknowledged", met}, {"index", created->name()}});
  };
  if (!wait) {
    return run_in_background(services, request, "indices:admin/resize",
                             fmt::format("{} from [{}] to [{}]", resize_name(kind), source_name, target), copy);
  }
  response = copy();
  if (copy_given)
    Deprecations::add("parameter [copy_settings] is deprecated and will be removed in 3.0.0");
  return response;
}

}  // namespace

void register_resize_handlers(Router& router, Services& services) {
  using enum Method;
  const auto on = [&](const char* path, Resize kind) {
    router.add({kPut, kPost}, path, [&services, kind](RestRequest& request) { return resize(services, request, kind); });
  };
  on("/{index}/_clone/{target}", Resize::kClone);
  on("/{index}/_shrink/{target}", Resize::kShrink);
  on("/{index}/_split/{target}", Resize::kSplit);
  register_rollover_handlers(router, services);
}

}  // namespace tarn::server

#include "server/pipeline_registry.h"

#include <spdlog/spdlog.h>

#include <fmt/format.h>

#include <mutex>

#include "indexer/index_names.h"

namespace tarn::server {
namespace {

constexpr const char* kKind = "pipeline";

}  // namespace

PipelineRegistry::PipelineRegistry(Store& store, const script::StoredScripts* scripts) : store_(store), scripts_(scripts) {
  for (auto& [id, value] : store_.scan_meta(kKind)) {
    Entry entry;
    entry.definition = parse_json(value);
    try {
      entry.pipeline = Pipeline::create(id, entry.definition, resolver(), scripts_);
    } catch (const ApiError& error) {
      spdlog::error("the stored pipeline [{}] cannot be used: {}", id, error.error().reason);
    }
    entries_[id] = std::move(entry);
  }
}

std::shared_ptr<const Pipeline> PipelineRegistry::find(std::string_view id) const {
  const std::shared_lock lock(mutex_);
  const auto found = entries_.find(id);
  if (found == entries_.end()) return nullptr;
  if (!found->second.pipeline) Pipeline::create(std::string(id), found->second.definition, resolver(), scripts_);  // throws its reason
  return found->second.pipeline;
}

void PipelineRegistry::put(const std::string& id, const Json& definition) {
  Entry entry;
  entry.pipeline = Pipeline::create(id, definition, resolver(), scripts_);
  entry.definition = definition;
  const std::unique_lock lock(mutex_);
  store_.write_meta({{kKind, id, to_text(definition)}});
  entries_[id] = std::move(entry);
}

bool PipelineRegistry::remove(const std::string& id) {
  const std::unique_lock lock(mutex_);
  if (!entries_.contains(id)) return false;
  store_.write_meta({{kKind, id, std::nullopt}});
  entries_.erase(id);
  return true;
}

std::vector<std::pair<std::string, Json>> PipelineRegistry::list(std::string_view pattern) const {
  std::vector<std::pair<std::string, Json>> out;
  const std::shared_lock lock(mutex_);
  for (const auto& [id, entry] : entries_)
    if (matches_pattern(pattern, id)) out.emplace_back(id, entry.definition);
  return out;
}

PipelineResolver PipelineRegistry::resolver() const {
  return [this](std::string_view id) { return find(id); };
}

}  // namespace tarn::server

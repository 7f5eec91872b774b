// Data streams: their state, and how names and writes reach them.

#include "indexer/data_streams.h"

#include <algorithm>

#include <fmt/format.h>

#include "indexer/catalog_impl.h"
#include "indexer/index_names.h"
#include "indexer/mapping/index_settings.h"

namespace tarn {
namespace {

constexpr const char* kKind = "data_stream";
constexpr std::string_view kForbidden = " \"*\\<|,>/?";
constexpr size_t kNameBytesMax = 255;

CatalogImpl& impl(Catalog& catalog) { return static_cast<CatalogImpl&>(catalog); }
const CatalogImpl& impl(const Catalog& catalog) { return static_cast<const CatalogImpl&>(catalog); }

void check_stream_name(const std::string& name) {
  const auto fail = [&](const std::string& why) { throw ApiError(illegal_argument(fmt::format("data_stream [{}] {}", name, why))); };
  if (name.find_first_of(kForbidden) != std::string::npos) {
    fail("must not contain the following characters [ , \", *, \\, <, |, ,, >, /, ?]");
  }
  if (name.find('#') != std::string::npos) fail("must not contain '#'");
  if (name.find(':') != std::string::npos) fail("must not contain ':'");
  if (name[0] == '_' || name[0] == '-' || name[0] == '+') fail("must not start with '_', '-', or '+'");
  if (name.size() > kNameBytesMax) fail(fmt::format("name is too long, ({} > {})", name.size(), kNameBytesMax));
  if (name == "." || name == "..") fail("must not be '.' or '..'");
  if (std::any_of(name.begin(), name.end(), [](unsigned char c) { return std::isupper(c); })) fail("must be lowercase");
  if (name[0] == '.') fail("must not start with '.'");
}

Error only_creations() { return illegal_argument("only write ops with an op_type of create are allowed in data streams"); }

std::string timestamp_field_of(const Json& index_template) {
  const Json& stream = index_template["data_stream"];
  if (stream.is_object() && stream.contains("timestamp_field")) return stream["timestamp_field"]["name"].get<std::string>();
  return "@timestamp";
}

/// The template's mappings with the timestamp field below them and the mark of a data stream above.
Json stream_mappings(const Json& from_template, const std::string& timestamp) {
  Json out{{"properties", {{timestamp, {{"type", "date"}}}}}};
  if (!from_template.is_null()) out = merge_template_mappings(out, from_template);
  Json mark{{"enabled", true}};
  if (timestamp != "@timestamp") mark["timestamp_field"] = Json{{"name", timestamp}};
  out["_data_stream_timestamp"] = std::move(mark);
  return out;
}

void check_timestamp_type(const Json& mappings, const std::string& timestamp) {
  const Json& field = mappings["properties"][timestamp];
  const std::string type = field.is_object() && field.contains("type") && field["type"].is_string() ? field["type"].get<std::string>() : "object";
  if (type != "date" && type != "date_nanos") {
    throw ApiError(illegal_argument(fmt::format("data stream timestamp field [{}] is of type [{}], but [date,date_nanos] is expected", timestamp, type)));
  }
}

}  // namespace

std::string DataStream::backing_name(std::string_view name, int64_t generation) { return fmt::format(".ds-{}-{:06}", name, generation); }

Json DataStream::to_json() const {
  return Json{{"timestamp_field", timestamp_field}, {"generation", generation}, {"indices", indices}};
}

std::string next_backing_index(const DataStream& stream) { return DataStream::backing_name(stream.name, stream.generation + 1); }

// ---- State

void CatalogImpl::load_streams(CatalogState& next) const {
  for (const auto& [name, value] : engine_.store().scan_meta(kKind)) add_stored_stream(next, name, parse_json(value));
}

void CatalogImpl::add_stored_stream(CatalogState& next, const std::string& name, const Json& stored) const {
  DataStream stream;
  stream.name = name;
  stream.timestamp_field = stored["timestamp_field"].get<std::string>();
  stream.generation = stored["generation"].get<int64_t>();
  // An index that is not there was being made, or deleted, when the node stopped.
  for (const Json& index : stored["indices"]) {
    if (engine_.find(index.get<std::string>())) stream.indices.push_back(index.get<std::string>());
  }
  if (!stream.indices.empty()) next.streams[name] = std::move(stream);
}

void CatalogImpl::adopt_stream(const std::string& name, const Json& stored) {
  const std::lock_guard lock(change_mutex_);
  CatalogState next = *state();
  if (next.streams.contains(name)) return;
  add_stored_stream(next, name, stored);
  const auto found = next.streams.find(name);
  if (found == next.streams.end()) return;
  engine_.store().write_meta({{kKind, name, to_text(found->second.to_json())}});
  next.rebuild_stream_table();
  publish(std::move(next));
}

void CatalogState::rebuild_stream_table() {
  stream_of_index.clear();
  for (const auto& [name, stream] : streams) {
    for (const std::string& index : stream.indices) stream_of_index[index] = name;
  }
}

std::shared_ptr<Index> CatalogImpl::add_backing_index(CatalogState& next, DataStream stream) {
  const auto* found = find_index_template(next.templates, stream.name, false);
  if (!found || !found->second.contains("data_stream")) {
    throw ApiError(illegal_argument(fmt::format("no matching index template found for data stream [{}]", stream.name)));
  }
  ComposedTemplate composed = compose_index_template(next.templates, found->second);
  Json flat = std::move(composed.settings);
  flat["index.hidden"] = "true";
  Json mappings = stream_mappings(composed.mappings, stream.timestamp_field);
  check_timestamp_type(mappings, stream.timestamp_field);
  const std::string index_name = stream.indices.back();
  check_free_name(index_name);
  // The stream first: an index of it that does not exist is left out when the catalog loads.
  engine_.store().write_meta({{kKind, stream.name, to_text(stream.to_json())}});
  auto index = store_index(index_name, flat, mappings, {});
  next.streams[stream.name] = std::move(stream);
  next.rebuild_stream_table();
  publish(std::move(next));
  return index;
}

std::shared_ptr<Index> CatalogImpl::create_stream(const std::string& name) {
  const std::lock_guard lock(change_mutex_);
  CatalogState next = *state();
  if (next.streams.contains(name)) {
    throw ApiError(400, "resource_already_exists_exception", fmt::format("data_stream [{}] already exists", name));
  }
  check_stream_name(name);
  if (engine_.find(name) || next.indices_of_alias.contains(name)) {
    throw ApiError(500, "illegal_state_exception", fmt::format("data stream [{}] conflicts with {}", name, engine_.find(name) ? "index" : "alias"));
  }
  const auto* found = find_index_template(next.templates, name, false);
  if (!found) throw ApiError(illegal_argument(fmt::format("no matching index template found for data stream [{}]", name)));
  if (!found->second.contains("data_stream")) {
    throw ApiError(illegal_argument(fmt::format("matching index template [{}] for data stream [{}] has no data stream template", found->first, name)));
  }
  DataStream stream;
  stream.name = name;
  stream.timestamp_field = timestamp_field_of(found->second);
  stream.indices = {DataStream::backing_name(name, 1)};
  return add_backing_index(next, std::move(stream));
}

std::shared_ptr<Index> CatalogImpl::roll_stream(const std::string& name) {
  const std::lock_guard lock(change_mutex_);
  CatalogState next = *state();
  const auto found = next.streams.find(name);
  if (found == next.streams.end()) throw ApiError(illegal_argument(fmt::format("rollover target [{}] does not exist", name)));
  DataStream stream = found->second;
  stream.indices.push_back(next_backing_index(stream));
  ++stream.generation;
  return add_backing_index(next, std::move(stream));
}

void CatalogImpl::delete_streams(std::string_view expression) {
  const std::lock_guard lock(change_mutex_);
  CatalogState next = *state();
  std::vector<Store::MetaWrite> writes;
  std::vector<std::string> indices;
  for (const std::string& pattern : split_commas(expression)) {
    for (auto it = next.streams.begin(); it != next.streams.end();) {
      if (!matches_pattern(pattern == "_all" ? "*" : pattern, it->first)) {
        ++it;
        continue;
      }
      writes.push_back({kKind, it->first, std::nullopt});
      indices.insert(indices.end(), it->second.indices.begin(), it->second.indices.end());
      it = next.streams.erase(it);
    }
  }
  if (writes.empty()) return;
  for (const std::string& index : indices) check_index_block(*engine_.find(index), BlockLevel::kMetadataWrite, /*deleting=*/true);
  engine_.store().write_meta(writes);
  for (const std::string& index : indices) {
    engine_.delete_index(index);
    next.by_index.erase(index);
  }
  next.rebuild_stream_table();
  publish(std::move(next));
}

void CatalogImpl::check_deletable(const CatalogState& state, const std::string& index) {
  const auto found = state.stream_of_index.find(index);
  if (found == state.stream_of_index.end()) return;
  const DataStream& stream = state.streams.find(found->second)->second;
  if (stream.write_index() != index) return;
  throw ApiError(illegal_argument(fmt::format("index [{}] is the write index for data stream [{}] and cannot be deleted", index, stream.name)));
}

void CatalogImpl::forget_backing_index(CatalogState& next, const std::string& index, std::vector<Store::MetaWrite>& writes) {
  const auto found = next.stream_of_index.find(index);
  if (found == next.stream_of_index.end()) return;
  DataStream& stream = next.streams.find(found->second)->second;
  std::erase(stream.indices, index);
  writes.push_back({kKind, stream.name, to_text(stream.to_json())});
  next.rebuild_stream_table();
}

void CatalogImpl::check_template_unused(const CatalogState& state, const std::set<std::string>& doomed) {
  std::set<std::string> users, used;
  for (const auto& [name, stream] : state.streams) {
    const auto* found = find_index_template(state.templates, name, false);
    if (!found || !doomed.contains(found->first)) continue;
    users.insert(name);
    used.insert(found->first);
  }
  if (users.empty()) return;
  throw ApiError(illegal_argument(fmt::format("unable to remove composable templates [{}] as they are in use by a data streams [{}]",
                                              fmt::join(used, ", "), fmt::join(users, ", "))));
}

// ---- What others call

std::optional<DataStream> find_data_stream(const Catalog& catalog, std::string_view name) {
  const auto state = impl(catalog).published();
  const auto found = state->streams.find(name);
  if (found == state->streams.end()) return std::nullopt;
  return found->second;
}

std::vector<DataStream> find_data_streams(const Catalog& catalog, std::string_view expression) {
  const auto state = impl(catalog).published();
  std::map<std::string, DataStream> out;
  std::vector<std::string> names = split_commas(expression.empty() ? "*" : expression);
  for (const std::string& name : names) {
    const std::string pattern = name == "_all" ? "*" : name;
    bool any = false;
    for (const auto& [key, stream] : state->streams) {
      if (!matches_pattern(pattern, key)) continue;
      out.emplace(key, stream);
      any = true;
    }
    if (!any && !has_wildcard(pattern)) throw ApiError(index_not_found(name));
  }
  std::vector<DataStream> list;
  for (auto& [name, stream] : out) list.push_back(std::move(stream));
  return list;
}

std::optional<DataStream> data_stream_of(const Catalog& catalog, std::string_view index) {
  const auto state = impl(catalog).published();
  const auto found = state->stream_of_index.find(index);
  if (found == state->stream_of_index.end()) return std::nullopt;
  return state->streams.find(found->second)->second;
}

std::string template_of(const Catalog& catalog, const DataStream& stream) {
  const auto state = impl(catalog).published();
  const auto* found = find_index_template(state->templates, stream.name, false);
  return found ? found->first : std::string();
}

void create_data_stream(Catalog& catalog, const std::string& name) { impl(catalog).create_stream(name); }
void adopt_data_stream(Catalog& catalog, const std::string& name, const Json& stored) { impl(catalog).adopt_stream(name, stored); }
void delete_data_streams(Catalog& catalog, std::string_view expression) { impl(catalog).delete_streams(expression); }
std::shared_ptr<Index> rollover_data_stream(Catalog& catalog, const std::string& name) { return impl(catalog).roll_stream(name); }

std::shared_ptr<Index> resolve_write_op(Catalog& catalog, std::string_view name, WriteType type, bool conditional, bool auto_create,
                                        bool require_alias, std::string* routing) {
  const bool creates = type == WriteType::kCreate;
  const auto state = impl(catalog).published();
  if (!state->streams.empty()) {
    if (const auto found = state->streams.find(name); found != state->streams.end() && !require_alias) {
      if (!creates) throw ApiError(only_creations());
      return catalog.engine().find(found->second.write_index());
    }
    if (const auto found = state->stream_of_index.find(name); found != state->stream_of_index.end()) {
      if (creates) {
        throw ApiError(illegal_argument(fmt::format("index request with op_type=create targeting backing indices is disallowed, "
                                                    "target corresponding data stream [{}] instead", found->second)));
      }
      if (type == WriteType::kIndex && !conditional) {
        throw ApiError(illegal_argument(fmt::format("index request with op_type=index and no if_primary_term and if_seq_no set targeting "
                                                    "backing indices is disallowed, target corresponding data stream [{}] instead", found->second)));
      }
    }
  }
  if (auto_create && !require_alias && !catalog.engine().find(name) && !state->indices_of_alias.contains(name) && !name.starts_with('<')) {
    const auto* found = find_index_template(state->templates, name, false);
    if (found && found->second.contains("data_stream")) {
      if (!creates) throw ApiError(only_creations());
      try {
        return impl(catalog).create_stream(std::string(name));
      } catch (const ApiError& error) {
        if (error.error().type != "resource_already_exists_exception") throw;  // another request was quicker
        return catalog.engine().find(find_data_stream(catalog, name)->write_index());
      }
    }
  }
  return catalog.resolve_write(name, auto_create, require_alias, routing);
}

}  // namespace tarn

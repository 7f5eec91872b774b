#include "server/api/snapshot_service.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "indexer/base/id_generator.h"
#include "indexer/data_streams.h"
#include "indexer/index_names.h"
#include "server/api/snapshot_records.h"

namespace tarn::server {
namespace {

constexpr const char* kKind = "repository";
constexpr uint64_t kRowsOfBlob = 8192;        // blobs end at multiples, so that unchanged stretches of rows have the same content
constexpr size_t kBlobBytesMax = 32 << 20;
constexpr size_t kFetchBatch = 1000;

Error repository_missing(const std::string& name) { return Error(404, "repository_missing_exception", "[" + name + "] missing"); }

Error snapshot_missing(const std::string& repository, const std::string& name) {
  return Error(404, "snapshot_missing_exception", fmt::format("[{}:{}] is missing", repository, name));
}

Error invalid_name(const std::string& repository, const std::string& name, std::string_view why) {
  return Error(400, "invalid_snapshot_name_exception", fmt::format("[{0}:{1}] Invalid snapshot name [{1}], {2}", repository, name, why));
}

/// Folders that repositories may lie in: TARN_PATH_REPO (colon-separated), else snapshots/ in the data folder.
std::vector<std::filesystem::path> roots(const NodeInfo& node) {
  std::vector<std::filesystem::path> out;
  const char* given = std::getenv("TARN_PATH_REPO");
  std::string_view list = given != nullptr ? given : "";
  while (!list.empty()) {
    const size_t end = std::min(list.find(':'), list.size());
    if (end > 0) out.emplace_back(list.substr(0, end));
    list.remove_prefix(std::min(end + 1, list.size()));
  }
  if (out.empty()) out.push_back(std::filesystem::path(node.data_path.empty() ? "." : node.data_path) / "snapshots");
  for (auto& root : out) root = std::filesystem::weakly_canonical(std::filesystem::absolute(root));
  return out;
}

Error not_created(const std::string& name, const std::string& why) {
  const Error inner(500, "repository_exception", fmt::format("[{}] {}", name, why));
  return Error(500, "repository_exception", fmt::format("[{}] failed to create repository", name)).rooted_in(inner).caused_by(inner);
}

std::filesystem::path folder_of(const NodeInfo& node, const std::string& name, const Json& definition) {
  const Json settings = definition.contains("settings") ? definition["settings"] : Json::object();
  if (!settings.contains("location") || !settings["location"].is_string()) throw ApiError(not_created(name, "missing location"));
  const std::string location = settings["location"].get<std::string>();
  const auto allowed = roots(node);
  const std::filesystem::path given(location);
  const auto wanted = std::filesystem::weakly_canonical(given.is_absolute() ? given : allowed[0] / given);
  for (const auto& root : allowed) {
    const auto inside = wanted.lexically_relative(root);
    if (!inside.empty() && *inside.begin() != "..") return wanted;
  }
  throw ApiError(not_created(name, fmt::format("location [{}] doesn't match any of the locations specified by path.repo", location)));
}

bool is_readonly(const Json& definition) {
  if (!definition.contains("settings") || !definition["settings"].contains("readonly")) return false;
  const Json& flag = definition["settings"]["readonly"];
  return flag == true || flag == "true";
}

/// Throws 500 repository_exception for a repository that may only be read, 404 for a missing one.
void check_writable(const Services& services, const std::string& repository, std::string_view what) {
  const auto text = services.engine.store().read_meta(kKind, repository);
  if (!text) throw ApiError(repository_missing(repository));
  if (is_readonly(parse_json(*text))) {
    throw ApiError(500, "repository_exception", fmt::format("[{}] cannot {} a readonly repository", repository, what));
  }
}

void check_name(const std::string& repository, const std::string& name) {
  if (name.empty()) throw ApiError(invalid_name(repository, name, "cannot be empty"));
  if (name.find(' ') != std::string::npos) throw ApiError(invalid_name(repository, name, "must not contain whitespace"));
  if (name.find(',') != std::string::npos) throw ApiError(invalid_name(repository, name, "must not contain ','"));
  if (name.find('#') != std::string::npos) throw ApiError(invalid_name(repository, name, "must not contain '#'"));
  if (name[0] == '_') throw ApiError(invalid_name(repository, name, "must not start with '_'"));
  if (std::any_of(name.begin(), name.end(), [](unsigned char c) { return std::isupper(c); })) {
    throw ApiError(invalid_name(repository, name, "must be lowercase"));
  }
  if (name.find_first_of("\\/*?\"<>|") != std::string::npos) {
    throw ApiError(invalid_name(repository, name, "must not contain the following characters [ , \", *, \\, <, |, ,, >, /, ?]"));
  }
}

/// Packs the documents of one frozen index into blobs.
class Packer {
 public:
  Packer(SnapshotStore& store, SnapshotIndex& out) : store_(store), out_(out) {}

  void pack(const Searcher& searcher) {
    std::vector<DocRef> batch;
    uint64_t stretch = UINT64_MAX;
    for (uint32_t number = 0; number < searcher.segments().size(); ++number) {
      const SegmentReader& reader = searcher.segments()[number];
      const Bitset* segment_roots = reader.segment().roots();
      for (LocalDocId doc = 0; doc < reader.doc_count(); ++doc) {
        if ((segment_roots && !segment_roots->test(doc)) || !reader.is_live(doc)) continue;
        const uint64_t of = reader.segment().row(doc).value / kRowsOfBlob;
        if (of != stretch) {
          write(searcher, batch);
          finish_blob();
          stretch = of;
        }
        batch.push_back({number, doc});
        if (batch.size() == kFetchBatch) write(searcher, batch);
      }
    }
    write(searcher, batch);
    finish_blob();
  }

 private:
  void write(const Searcher& searcher, std::vector<DocRef>& batch) {
    if (batch.empty()) return;
    const auto documents = searcher.fetch_all(batch);
    for (size_t i = 0; i < batch.size(); ++i) {
      append_record(content_, documents[i], searcher.version(batch[i]));
      ++out_.documents;
      if (content_.size() > kBlobBytesMax) finish_blob();
    }
    batch.clear();
  }

  void finish_blob() {
    if (content_.empty()) return;
    const SnapshotStore::Blob blob = store_.put_blob(content_);
    content_.clear();
    out_.blobs.push_back(blob.name);
    out_.bytes += blob.bytes;
    if (blob.fresh) {
      out_.fresh_bytes += blob.bytes;
      ++out_.fresh_files;
    }
  }

  SnapshotStore& store_;
  SnapshotIndex& out_;
  std::string content_;
};

}  // namespace

// ---- Repositories

void SnapshotService::put_repository(const std::string& name, const Json& definition, bool verify) {
  if (!definition.contains("type") || !definition["type"].is_string()) {
    throw ApiError(400, "action_request_validation_exception", "Validation Failed: 1: type is missing;");
  }
  const std::string type = definition["type"].get<std::string>();
  if (type == "url" || type == "s3") throw ApiError(501, "not_implemented_exception", "repositories of type [" + type + "] are not implemented in Tarn yet");
  if (type != "fs") throw ApiError(500, "repository_exception", fmt::format("[{}] repository type [{}] does not exist", name, type));
  SnapshotStore store(name, folder_of(services_.node, name, definition));
  if (verify && !is_readonly(definition)) store.verify();
  services_.engine.store().write_meta({{kKind, name, to_text(definition)}});
}

std::vector<std::pair<std::string, Json>> SnapshotService::repositories(const std::string& expression) const {
  std::vector<std::pair<std::string, Json>> out;
  const auto all = services_.engine.store().scan_meta(kKind);
  std::vector<std::string> patterns = split_commas(expression);
  if (patterns.empty() || (patterns.size() == 1 && (patterns[0].empty() || patterns[0] == "_all"))) patterns = {"*"};
  for (const std::string& pattern : patterns) {
    bool any = false;
    for (const auto& [name, text] : all) {
      if (!matches_pattern(pattern, name)) continue;
      any = true;
      if (std::none_of(out.begin(), out.end(), [&](const auto& known) { return known.first == name; })) out.emplace_back(name, parse_json(text));
    }
    if (!any && !has_wildcard(pattern)) throw ApiError(repository_missing(pattern));
  }
  return out;
}

void SnapshotService::delete_repositories(const std::string& expression) {
  const auto found = repositories(expression);
  if (found.empty()) throw ApiError(repository_missing(expression));
  std::vector<Store::MetaWrite> writes;
  for (const auto& [name, definition] : found) writes.push_back({kKind, name, std::nullopt});
  services_.engine.store().write_meta(writes);
}

SnapshotStore SnapshotService::open(const std::string& repository) const {
  const auto text = services_.engine.store().read_meta(kKind, repository);
  if (!text) throw ApiError(repository_missing(repository));
  return SnapshotStore(repository, folder_of(services_.node, repository, parse_json(*text)));
}

void SnapshotService::verify(const std::string& repository) {
  SnapshotStore store = open(repository);
  const auto text = services_.engine.store().read_meta(kKind, repository);
  if (text && is_readonly(parse_json(*text))) {
    store.names();  // that it can be read is all there is to prove
  } else {
    store.verify();
  }
}

std::pair<int64_t, int64_t> SnapshotService::clean_up(const std::string& repository) {
  check_writable(services_, repository, "run cleanup on");
  SnapshotStore store = open(repository);
  const std::lock_guard turn(turn_);
  return store.clean_up();
}

// ---- Snapshots

void SnapshotService::check_new_name(const SnapshotStore& store, const std::string& repository, const std::string& name) const {
  check_name(repository, name);
  for (const auto& [known, uuid] : store.names()) {
    if (known == name) throw ApiError(invalid_name(repository, name, "snapshot with the same name already exists"));
  }
}

SnapshotService::Job SnapshotService::begin_snapshot(const SnapshotRequest& request) {
  check_writable(services_, request.repository, "create snapshot in");
  SnapshotStore store = open(request.repository);
  check_new_name(store, request.repository, request.name);
  SnapshotInfo info;
  info.name = request.name;
  info.uuid = generate_uuid();
  info.start_ms = now_ms();
  info.include_global_state = request.include_global_state;
  info.metadata = request.metadata;
  std::vector<std::shared_ptr<Index>> indices;
  std::vector<std::shared_ptr<const Searcher>> searchers;
  for (const auto& resolved : services_.catalog.resolve(request.indices, request.options)) {
    if (resolved.index->closed()) continue;
    resolved.index->refresh();
    indices.push_back(resolved.index);
    searchers.push_back(resolved.index->acquire_searcher());
    if (const auto stream = data_stream_of(services_.catalog, resolved.index->name())) info.streams[stream->name] = stream->to_json();
  }
  {
    const std::lock_guard lock(mutex_);
    if (!running_.emplace(request.repository, request.name).second) {
      throw ApiError(invalid_name(request.repository, request.name, "snapshot with the same name is already in-progress"));
    }
  }
  return {[this, request, info, indices, searchers] { return take(request, info, indices, searchers); }};
}

SnapshotInfo SnapshotService::take(const SnapshotRequest& request, SnapshotInfo info, const std::vector<std::shared_ptr<Index>>& indices,
                                   const std::vector<std::shared_ptr<const Searcher>>& searchers) {
  struct Running {
    SnapshotService& service;
    std::pair<std::string, std::string> key;
    ~Running() {
      const std::lock_guard lock(service.mutex_);
      service.running_.erase(key);
    }
  } running{*this, {request.repository, request.name}};
  const std::lock_guard turn(turn_);
  SnapshotStore store = open(request.repository);
  if (request.include_global_state) {
    info.global = Json::object();
    for (const char* kind : {"component", "index", "legacy"}) {
      Json& templates = info.global[kind] = Json::object();
      for (const auto& [name, body] : services_.catalog.templates(kind, "")) templates[name] = body;
    }
  }
  for (size_t i = 0; i < indices.size(); ++i) {
    SnapshotIndex index;
    index.name = indices[i]->name();
    index.settings = searchers[i]->settings().flat;
    index.mappings = searchers[i]->mapping().to_json();
    index.aliases = Json::object();
    for (const auto& alias : services_.catalog.aliases_of(index.name)) index.aliases[alias.name] = alias.to_json();
    index.shards = searchers[i]->settings().number_of_shards;
    Packer(store, index).pack(*searchers[i]);
    info.indices.push_back(std::move(index));
  }
  info.end_ms = now_ms();
  store.add(info);
  return info;
}

std::vector<SnapshotInfo> SnapshotService::snapshots(const std::string& repository, const std::string& expression, bool ignore_unavailable) {
  SnapshotStore store = open(repository);
  std::vector<SnapshotInfo> out;
  const auto names = store.names();
  std::set<std::string> taken;
  for (const std::string& pattern : split_commas(expression)) {
    if (pattern == "_current") continue;  // those under way have nothing to show yet
    bool any = false;
    for (const auto& [name, uuid] : names) {
      if (!matches_pattern(pattern == "_all" ? "*" : pattern, name)) continue;
      any = true;
      if (taken.insert(name).second) out.push_back(store.read(uuid));
    }
    if (!any && pattern != "_all" && !has_wildcard(pattern) && !ignore_unavailable) throw ApiError(snapshot_missing(repository, pattern));
  }
  std::stable_sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.start_ms < b.start_ms; });
  return out;
}

void SnapshotService::delete_snapshots(const std::string& repository, const std::string& expression) {
  check_writable(services_, repository, "delete snapshot from");
  std::vector<std::string> doomed;
  for (const SnapshotInfo& info : snapshots(repository, expression, false)) doomed.push_back(info.name);
  if (doomed.empty()) throw ApiError(snapshot_missing(repository, expression));
  const std::lock_guard turn(turn_);
  open(repository).remove(doomed);
}

void SnapshotService::clone(const std::string& repository, const std::string& source, const std::string& target,
                            const std::vector<std::string>& indices) {
  check_writable(services_, repository, "create snapshot in");
  SnapshotStore store = open(repository);
  check_new_name(store, repository, target);
  SnapshotInfo info = snapshots(repository, source, false).at(0);
  std::erase_if(info.indices, [&](const SnapshotIndex& index) {
    return std::none_of(indices.begin(), indices.end(), [&](const std::string& pattern) { return matches_pattern(pattern, index.name); });
  });
  if (info.indices.empty()) throw ApiError(index_not_found(indices[0]));
  info.name = target;
  info.uuid = generate_uuid();
  info.start_ms = info.end_ms = now_ms();
  const std::lock_guard turn(turn_);
  store.add(info);
}

}  // namespace tarn::server

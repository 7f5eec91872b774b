#include "server/api/snapshot_store.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>
#include <zstd.h>

#include <fstream>
#include <set>
#include <sstream>

#include "indexer/base/error.h"
#include "indexer/base/id_generator.h"
#include "indexer/pipeline/digest.h"

namespace tarn::server {

namespace {

constexpr const char* kNamesFile = "snapshots.json";
constexpr const char* kBlobFolder = "blobs";
constexpr int kLevel = 3;

std::string hex(std::string_view bytes) {
  std::string out;
  for (const char c : bytes) out += fmt::format("{:02x}", static_cast<unsigned char>(c));
  return out;
}

}  // namespace

Json SnapshotInfo::to_json() const {
  Json list = Json::array();
  for (const SnapshotIndex& index : indices) {
    list.push_back(Json{{"name", index.name}, {"settings", index.settings}, {"mappings", index.mappings}, {"aliases", index.aliases},
                        {"shards", index.shards}, {"documents", index.documents}, {"bytes", index.bytes},
                        {"fresh_bytes", index.fresh_bytes}, {"fresh_files", index.fresh_files}, {"blobs", index.blobs}});
  }
  return Json{{"name", name}, {"uuid", uuid}, {"state", state}, {"start_ms", start_ms}, {"end_ms", end_ms},
              {"include_global_state", include_global_state}, {"metadata", metadata}, {"global", global}, {"streams", streams},
              {"indices", std::move(list)}};
}

SnapshotInfo SnapshotInfo::from_json(const Json& json) {
  SnapshotInfo out;
  out.name = json.at("name").get<std::string>();
  out.uuid = json.at("uuid").get<std::string>();
  out.state = json.at("state").get<std::string>();
  out.start_ms = json.at("start_ms").get<int64_t>();
  out.end_ms = json.at("end_ms").get<int64_t>();
  out.include_global_state = json.at("include_global_state").get<bool>();
  out.metadata = json.at("metadata");
  out.global = json.at("global");
  out.streams = json.at("streams");
  for (const Json& one : json.at("indices")) {
    SnapshotIndex index;
    index.name = one.at("name").get<std::string>();
    index.settings = one.at("settings");
    index.mappings = one.at("mappings");
    index.aliases = one.at("aliases");
    index.shards = one.at("shards").get<int>();
    index.documents = one.at("documents").get<int64_t>();
    index.bytes = one.at("bytes").get<int64_t>();
    index.fresh_bytes = one.at("fresh_bytes").get<int64_t>();
    index.fresh_files = one.at("fresh_files").get<int64_t>();
    for (const Json& blob : one.at("blobs")) index.blobs.push_back(blob.get<std::string>());
    out.indices.push_back(std::move(index));
  }
  return out;
}

SnapshotStore::SnapshotStore(std::string repository, std::filesystem::path folder)
    : repository_(std::move(repository)), folder_(std::move(folder)) {}

void SnapshotStore::fail(const std::string& what) const {
  throw ApiError(500, "repository_exception", fmt::format("[{}] {}", repository_, what));
}

void SnapshotStore::write_file(const std::filesystem::path& path, std::string_view content) const {
  const std::filesystem::path temporary = path.string() + ".tmp";
  const int fd = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (fd < 0) fail("cannot write " + temporary.string());
  bool ok = true;
  for (size_t at = 0; ok && at < content.size();) {
    const ssize_t written = ::write(fd, content.data() + at, content.size() - at);
    ok = written > 0;
    if (ok) at += static_cast<size_t>(written);
  }
  ok = ok && ::fsync(fd) == 0;
  ::close(fd);
  std::error_code error;
  if (ok) std::filesystem::rename(temporary, path, error);
  if (!ok || error) fail("cannot write " + path.string());
  const int folder = ::open(path.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder >= 0) {
    ::fsync(folder);
    ::close(folder);
  }
}

std::string SnapshotStore::read_file(const std::filesystem::path& path) const {
  std::ifstream in(path, std::ios::binary);
  if (!in) fail("cannot read " + path.string());
  std::ostringstream out;
  out << in.rdbuf();
  return std::move(out).str();
}

void SnapshotStore::verify() {
  std::error_code error;
  std::filesystem::create_directories(folder_ / kBlobFolder, error);
  if (error) fail("cannot make " + folder_.string() + ": " + error.message());
  const auto probe = folder_ / ("probe-" + generate_uuid());
  write_file(probe, "tarn");
  std::filesystem::remove(probe, error);
}

std::vector<std::pair<std::string, std::string>> SnapshotStore::names() const {
  std::vector<std::pair<std::string, std::string>> out;
  if (!std::filesystem::exists(folder_ / kNamesFile)) return out;
  const Json list = parse_json(read_file(folder_ / kNamesFile));
  for (const Json& one : list) out.emplace_back(one.at("name").get<std::string>(), one.at("uuid").get<std::string>());
  return out;
}

SnapshotInfo SnapshotStore::read(const std::string& uuid) const { return SnapshotInfo::from_json(parse_json(read_file(info_path(uuid)))); }

void SnapshotStore::write_names(const std::vector<std::pair<std::string, std::string>>& names) const {
  Json list = Json::array();
  for (const auto& [name, uuid] : names) list.push_back(Json{{"name", name}, {"uuid", uuid}});
  write_file(folder_ / kNamesFile, to_text(list));
}

void SnapshotStore::add(const SnapshotInfo& info) {
  write_file(info_path(info.uuid), to_text(info.to_json()));
  auto list = names();
  list.emplace_back(info.name, info.uuid);
  write_names(list);
}

void SnapshotStore::remove(const std::vector<std::string>& doomed) {
  const std::set<std::string> gone(doomed.begin(), doomed.end());
  auto list = names();
  std::erase_if(list, [&](const auto& one) { return gone.contains(one.first); });
  write_names(list);
  clean_up();
}

std::pair<int64_t, int64_t> SnapshotStore::clean_up() {
  std::set<std::string> used = {kNamesFile};
  for (const auto& [name, uuid] : names()) {
    used.insert(info_path(uuid).filename());
    for (const SnapshotIndex& index : read(uuid).indices) used.insert(index.blobs.begin(), index.blobs.end());
  }
  int64_t bytes = 0, files = 0;
  for (const auto& folder : {folder_, folder_ / kBlobFolder}) {
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
      if (!entry.is_regular_file() || used.contains(entry.path().filename())) continue;
      bytes += static_cast<int64_t>(entry.file_size());
      ++files;
      std::filesystem::remove(entry.path(), error);
    }
  }
  return {bytes, files};
}

SnapshotStore::Blob SnapshotStore::put_blob(const std::string& content) {
  Blob out;
  out.name = hex(sha256(content));
  const auto path = folder_ / kBlobFolder / out.name;
  std::error_code error;
  if (const auto size = std::filesystem::file_size(path, error); !error) {
    out.bytes = static_cast<int64_t>(size);
    return out;
  }
  std::string packed(ZSTD_compressBound(content.size()), '\0');
  const size_t size = ZSTD_compress(packed.data(), packed.size(), content.data(), content.size(), kLevel);
  if (ZSTD_isError(size)) fail("cannot compress a blob");
  packed.resize(size);
  write_file(path, packed);
  out.bytes = static_cast<int64_t>(size);
  out.fresh = true;
  return out;
}

std::string SnapshotStore::read_blob(const std::string& name) const {
  const std::string packed = read_file(folder_ / kBlobFolder / name);
  const auto size = ZSTD_getFrameContentSize(packed.data(), packed.size());
  if (size == ZSTD_CONTENTSIZE_ERROR || size == ZSTD_CONTENTSIZE_UNKNOWN || size > (uint64_t{1} << 32)) fail("blob " + name + " is damaged");
  std::string out(size, '\0');
  const size_t got = ZSTD_decompress(out.data(), out.size(), packed.data(), packed.size());
  if (ZSTD_isError(got) || got != size || hex(sha256(out)) != name) fail("blob " + name + " is damaged");
  return out;
}

}  // namespace tarn::server

#include "indexer/manifest.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

#include "indexer/base/error.h"

namespace tarn {
namespace {

constexpr const char* kFileName = "manifest.json";

uint64_t fnv1a(std::string_view text) {
  uint64_t hash = 0xcbf29ce484222325ull;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ull;
  return hash;
}

[[noreturn]] void fail(const std::filesystem::path& file, std::string_view what) {
  if (errno == ENOSPC) {
    throw ApiError(429, "cluster_block_exception", fmt::format("{}: {}: no space left", file.string(), what));
  }
  throw ApiError(500, "store_exception", fmt::format("{}: {}: {}", file.string(), what, std::strerror(errno)));
}

void sync_path(const std::filesystem::path& path, int flags) {
  const int fd = ::open(path.c_str(), flags | O_CLOEXEC);
  if (fd < 0) fail(path, "cannot open to sync");
  const int failed = ::fsync(fd);
  ::close(fd);
  if (failed != 0) fail(path, "cannot sync");
}

void write_file(const std::filesystem::path& path, std::string_view text) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (fd < 0) fail(path, "cannot create");
  while (!text.empty()) {
    const ssize_t written = ::write(fd, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) {
      ::close(fd);
      fail(path, "cannot write");
    }
    text.remove_prefix(static_cast<size_t>(written));
  }
  const int failed = ::fsync(fd);
  ::close(fd);
  if (failed != 0) fail(path, "cannot sync");
}

Json to_json(const Manifest& manifest) {
  Json segments = Json::array();
  for (const Manifest::Entry& entry : manifest.segments) {
    segments.push_back(Json{{"name", entry.name},
                            {"first_row", entry.first_row.value},
                            {"last_row", entry.last_row.value},
                            {"live_generation", entry.live_generation},
                            {"patch_generation", entry.patch_generation}});
  }
  return Json{{"format", 1},
              {"persisted_seq_no", manifest.persisted.value},
              {"max_seq_no", manifest.max_seq_no.value},
              {"next_row", manifest.next_row.value},
              {"next_segment", manifest.next_segment},
              {"segments", std::move(segments)}};
}

Manifest from_json(const Json& json) {
  if (json.at("format").get<int>() != 1) throw std::runtime_error("unknown format");
  Manifest manifest;
  manifest.persisted = SeqNo(json.at("persisted_seq_no").get<int64_t>());
  manifest.max_seq_no = SeqNo(json.at("max_seq_no").get<int64_t>());
  manifest.next_row = RowId(json.at("next_row").get<uint64_t>());
  manifest.next_segment = json.at("next_segment").get<uint64_t>();
  for (const Json& segment : json.at("segments")) {
    Manifest::Entry entry;
    entry.name = segment.at("name").get<std::string>();
    entry.first_row = RowId(segment.at("first_row").get<uint64_t>());
    entry.last_row = RowId(segment.at("last_row").get<uint64_t>());
    entry.live_generation = segment.at("live_generation").get<uint64_t>();
    entry.patch_generation = segment.at("patch_generation").get<uint64_t>();
    manifest.segments.push_back(std::move(entry));
  }
  return manifest;
}

}  // namespace

void write_manifest(const std::filesystem::path& directory, const Manifest& manifest) {
  const std::filesystem::path file = directory / kFileName, beside = directory / "manifest.json.new";
  const std::string body = to_json(manifest).dump(1);
  write_file(beside, fmt::format("{:016x}\n{}\n", fnv1a(body), body));
  if (::rename(beside.c_str(), file.c_str()) != 0) fail(file, "cannot replace");
  sync_path(directory, O_RDONLY | O_DIRECTORY);
}

std::optional<Manifest> read_manifest(const std::filesystem::path& directory) {
  const std::filesystem::path file = directory / kFileName;
  std::ifstream in(file, std::ios::binary);
  if (!in) return std::nullopt;
  std::stringstream text;
  text << in.rdbuf();
  const std::string all = text.str();
  const auto damaged = [&] {
    return ApiError(500, "corrupt_index_exception", fmt::format("{} is damaged", file.string()));
  };
  if (all.size() < 18 || all[16] != '\n' || all.back() != '\n') throw damaged();
  const std::string body = all.substr(17, all.size() - 18);
  if (fmt::format("{:016x}", fnv1a(body)) != all.substr(0, 16)) throw damaged();
  try {
    return from_json(Json::parse(body));
  } catch (const std::exception&) {
    throw damaged();
  }
}

}  // namespace tarn

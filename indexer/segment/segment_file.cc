#include "indexer/segment/segment_file.h"

#include <fmt/format.h>

#include <system_error>

namespace tarn::segment {
namespace {

constexpr std::string_view kColumnFile = "columns.tarn";
constexpr std::string_view kXapianFile = "text.glass";

std::filesystem::path created(const std::filesystem::path& directory) {
  std::error_code error;
  std::filesystem::remove_all(directory, error);
  if (!error) std::filesystem::create_directories(directory, error);
  if (error) throw_io(directory, "cannot create", error.value());
  return directory;
}

Blob meta_blob(const SegmentMeta& meta, const FieldPrefixes& prefixes) {
  BlobWriter out;
  out.put(meta);
  out.put<uint64_t>(prefixes.size());
  for (const auto& [path, prefix] : prefixes) {
    out.put(static_cast<uint32_t>(path.size()));
    out.put(static_cast<uint32_t>(prefix.size()));
    out.append(path.data(), path.size());
    out.append(prefix.data(), prefix.size());
  }
  return out.finish();
}

SegmentMeta read_meta(const Part& part, FieldPrefixes& prefixes) {
  verify(part.blob, part.sum, "meta");
  BlobReader reader(part.blob);
  const auto meta = reader.get<SegmentMeta>();
  const auto count = reader.get<uint64_t>();
  for (uint64_t i = 0; i < count; ++i) {
    const auto path_size = reader.get<uint32_t>();
    const auto prefix_size = reader.get<uint32_t>();
    std::string path(reader.take(path_size), path_size);
    prefixes.emplace(std::move(path), std::string(reader.take(prefix_size), prefix_size));
  }
  if (meta.doc_count == 0 || meta.root_count > meta.doc_count || meta.first_row > meta.last_row) {
    reader.fail("bad segment meta");
  }
  return meta;
}

}  // namespace

std::filesystem::path xapian_file_of(const std::filesystem::path& directory) { return directory / kXapianFile; }

SegmentDirectoryWriter::SegmentDirectoryWriter(std::filesystem::path parent, std::string name)
    : parent_(std::move(parent)),
      temporary_(parent_ / (name + ".tmp")),
      final_(parent_ / name),
      file_(created(temporary_) / kColumnFile) {}

SegmentDirectoryWriter::~SegmentDirectoryWriter() {
  std::error_code ignored;
  if (!committed_) std::filesystem::remove_all(temporary_, ignored);
}

std::filesystem::path SegmentDirectoryWriter::xapian_file() const { return xapian_file_of(temporary_); }

void SegmentDirectoryWriter::commit(SegmentMeta meta, const FieldPrefixes& prefixes) {
  if (std::filesystem::exists(xapian_file())) {
    const Blob text = map_file(xapian_file());
    meta.xapian_bytes = text.size;
    meta.xapian_sum = checksum(text.data, text.size);
  }
  file_.add(PartKind::kMeta, "", meta_blob(meta, prefixes));
  file_.finish();
  sync_directory(temporary_);
  std::error_code error;
  std::filesystem::remove_all(final_, error);  // what a crash before the caller's commit may have left
  std::filesystem::rename(temporary_, final_, error);
  if (error) throw_io(final_, "cannot rename to", error.value());
  committed_ = true;
  sync_directory(parent_);
}

}  // namespace tarn::segment

namespace tarn {

using segment::Blob;
using segment::PackedSegment;
using segment::Part;
using segment::PartKind;

namespace {

void write_postings(const segment::PackedTextIndex& index, segment::PostingSink sink) {
  std::vector<segment::GlassWriter::Posting> postings;
  for (segment::TextDictionary::Walk walk(index.dictionary(), 0); !walk.done(); walk.next()) {
    postings.clear();
    index.read(walk.rank(), 0, index.dictionary().doc_count(), [&](LocalDocId doc, uint16_t freq, uint8_t norm) {
      postings.push_back({doc, segment::pack_wdf(freq, norm)});
    });
    sink.add(walk.term(), postings);
  }
  sink.finish();
}

}  // namespace

std::shared_ptr<const Segment> write_segment(const Segment& source, const std::filesystem::path& directory,
                                             PostingCache& cache) {
  const PackedSegment& young = segment::packed(source);
  segment::SegmentDirectoryWriter writer(directory, young.name());
  std::vector<std::string> text_paths;
  young.visit_parts([&](PartKind kind, const std::string& path, const Blob& blob) {
    if (kind == PartKind::kPostings) return;
    if (kind == PartKind::kDictionary) text_paths.push_back(path);
    writer.add(kind, path, blob);
  });
  const segment::FieldPrefixes prefixes = segment::assign_prefixes(text_paths);
  if (!text_paths.empty()) {
    segment::GlassWriter text(writer.xapian_file(), young.doc_count());
    for (const auto& [path, prefix] : segment::by_prefix(prefixes)) {
      write_postings(*young.packed_text(path), segment::PostingSink(text, prefix));
    }
    text.finish();
  }
  writer.commit(young.meta(), prefixes);
  return segment::open_written(directory, young.name(), cache);
}

namespace segment {
namespace {

std::shared_ptr<const Segment> open(const std::filesystem::path& directory, const std::string& name, PostingCache& cache,
                                    bool deep, bool just_written) {
  const std::filesystem::path path = directory / name;
  std::vector<Part> parts = segment::read_parts(path / segment::kColumnFile, deep);
  const Part* meta_part = nullptr;
  for (const Part& part : parts) {
    if (part.kind == PartKind::kMeta) meta_part = &part;
  }
  if (meta_part == nullptr) segment::throw_corrupt((path / segment::kColumnFile).string(), "no meta part");
  segment::FieldPrefixes prefixes;
  const segment::SegmentMeta meta = segment::read_meta(*meta_part, prefixes);
  uint64_t disk_bytes = std::filesystem::file_size(path / segment::kColumnFile);
  std::unique_ptr<segment::XapianReader> xapian;
  if (meta.xapian_bytes != 0) {
    const std::filesystem::path file = segment::xapian_file_of(path);
    const Blob text = segment::map_file(file);
    if (text.size != meta.xapian_bytes) segment::throw_corrupt(file.string(), "file size differs");
    xapian = std::make_unique<segment::XapianReader>(file, meta.xapian_sum, just_written, cache);
    xapian->prefixes = std::move(prefixes);
    if (deep) xapian->probe();
    disk_bytes += text.size;
  }
  return std::make_shared<PackedSegment>(name, meta, std::move(parts), std::move(xapian), disk_bytes);
}

}  // namespace

std::shared_ptr<const Segment> open_written(const std::filesystem::path& directory, const std::string& name,
                                            PostingCache& cache) {
  return open(directory, name, cache, false, true);
}

}  // namespace segment

std::shared_ptr<const Segment> open_segment(const std::filesystem::path& directory, const std::string& name,
                                            PostingCache& cache, bool deep) {
  return segment::open(directory, name, cache, deep, false);
}

namespace {

std::filesystem::path generation_file(const std::filesystem::path& directory, std::string_view stem, uint64_t generation) {
  return directory / fmt::format("{}-{}.tarn", stem, generation);
}

/// Writes a part file under a temporary name, then renames and syncs it.
template <class Fill>
void write_atomically(const std::filesystem::path& path, Fill&& fill) {
  const std::filesystem::path temporary = path.string() + ".tmp";
  {
    segment::PartFileWriter writer(temporary);
    fill(writer);
    writer.finish();
  }
  std::error_code error;
  std::filesystem::rename(temporary, path, error);
  if (error) segment::throw_io(path, "cannot rename to", error.value());
  segment::sync_directory(path.parent_path());
}

}  // namespace

void write_live_docs(const std::filesystem::path& segment_directory, uint64_t generation, const Bitset& live) {
  segment::BlobWriter out;
  out.put<uint64_t>(live.size());
  out.append(live.words(), live.word_count() * 8);
  write_atomically(generation_file(segment_directory, "live", generation),
                   [&](segment::PartFileWriter& file) { file.add(PartKind::kLive, "", out.finish()); });
}

std::shared_ptr<const Bitset> read_live_docs(const std::filesystem::path& segment_directory, uint64_t generation) {
  const auto path = generation_file(segment_directory, "live", generation);
  const std::vector<Part> parts = segment::read_parts(path, true);
  if (parts.size() != 1 || parts[0].kind != PartKind::kLive) segment::throw_corrupt(path.string(), "bad live docs");
  segment::BlobReader reader(parts[0].blob);
  const auto size = reader.get<uint64_t>();
  if (size > UINT32_MAX) reader.fail("bad live docs");
  auto live = std::make_shared<Bitset>(static_cast<uint32_t>(size));
  std::memcpy(live->words(), reader.take(live->word_count() * 8), live->word_count() * 8);
  return live;
}

void write_patches(const std::filesystem::path& segment_directory, uint64_t generation, const ColumnPatches& patches) {
  write_atomically(generation_file(segment_directory, "patches", generation), [&](segment::PartFileWriter& file) {
    segment::BlobWriter nothing;
    const Blob empty = nothing.finish();
    for (const auto& [path, column] : patches.numbers) {
      const auto* packed = static_cast<const segment::PackedNumericColumn*>(column.get());
      file.add(packed ? PartKind::kNumbers : PartKind::kNoNumbers, path, packed ? packed->blob() : empty);
    }
    for (const auto& [path, column] : patches.keywords) {
      const auto* packed = static_cast<const segment::PackedKeywordColumn*>(column.get());
      file.add(packed ? PartKind::kKeywords : PartKind::kNoKeywords, path, packed ? packed->blob() : empty);
    }
  });
}

std::shared_ptr<const ColumnPatches> read_patches(const std::filesystem::path& segment_directory, uint64_t generation) {
  const auto path = generation_file(segment_directory, "patches", generation);
  auto patches = std::make_shared<ColumnPatches>();
  for (Part& part : segment::read_parts(path, true)) {
    switch (part.kind) {
      case PartKind::kNumbers:
        patches->numbers[part.name] = std::make_shared<const segment::PackedNumericColumn>(std::move(part.blob));
        break;
      case PartKind::kKeywords:
        patches->keywords[part.name] = std::make_shared<const segment::PackedKeywordColumn>(std::move(part.blob));
        break;
      case PartKind::kNoNumbers: patches->numbers[part.name] = nullptr; break;
      case PartKind::kNoKeywords: patches->keywords[part.name] = nullptr; break;
      default: segment::throw_corrupt(path.string(), "unknown part");
    }
  }
  return patches;
}

}  // namespace tarn

#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "indexer/segment/segment_data.h"
#include "indexer/segment/xapian_text.h"

namespace tarn::segment {

/// A segment directory in the making: built as NAME.tmp, renamed to NAME once all of it is synced. Removed if commit() is
/// never reached.
class SegmentDirectoryWriter {
 public:
  SegmentDirectoryWriter(std::filesystem::path parent, std::string name);
  ~SegmentDirectoryWriter();
  SegmentDirectoryWriter(const SegmentDirectoryWriter&) = delete;
  SegmentDirectoryWriter& operator=(const SegmentDirectoryWriter&) = delete;

  void add(PartKind kind, std::string_view path, const Blob& blob) { file_.add(kind, path, blob); }
  std::filesystem::path xapian_file() const;
  /// Fills in what meta says of the Xapian file, if there is one.
  void commit(SegmentMeta meta, const FieldPrefixes& prefixes);

 private:
  std::filesystem::path parent_, temporary_, final_;
  PartFileWriter file_;
  bool committed_ = false;
};

/// open_segment() of a segment that this process has just written, so that its text needs no second look.
std::shared_ptr<const Segment> open_written(const std::filesystem::path& directory, const std::string& name,
                                            PostingCache& cache);

std::filesystem::path xapian_file_of(const std::filesystem::path& segment_directory);

}  // namespace tarn::segment

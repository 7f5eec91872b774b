#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "indexer/base/ids.h"

namespace tarn {

/// Which segments make up an index on disk, and up to which operation. One small JSON file with a checksum, replaced
/// atomically: written beside, synced, renamed, directory synced.
struct Manifest {
  struct Entry {
    std::string name;
    RowId first_row{}, last_row{};
    uint64_t live_generation = 0, patch_generation = 0;  ///< 0: no file
  };
  std::vector<Entry> segments;       ///< in row order
  SeqNo persisted{-1};               ///< every operation up to here is in them
  SeqNo max_seq_no{-1};
  RowId next_row{};
  uint64_t next_segment = 1;         ///< number of the next segment's name
};

/// Throws ApiError 500 naming the file.
void write_manifest(const std::filesystem::path& directory, const Manifest& manifest);
/// Nothing if there is none. Throws ApiError 500 corrupt_index_exception if it is damaged.
std::optional<Manifest> read_manifest(const std::filesystem::path& directory);

}  // namespace tarn

#pragma once

#include <cstring>
#include <functional>
#include <string>
#include <string_view>

#include "indexer/base/error.h"
#include "indexer/store/store.h"

namespace tarn::server {

// A blob of a snapshot is a run of records: version (8 bytes), then _id, routing and _source, each with its length in four
// bytes before it; numbers little-endian.

inline void append_part(std::string& out, std::string_view text) {
  const auto size = static_cast<uint32_t>(text.size());
  out.append(reinterpret_cast<const char*>(&size), sizeof size);
  out += text;
}

inline void append_record(std::string& out, const StoredDocument& document, Version version) {
  const auto number = static_cast<int64_t>(version);
  out.append(reinterpret_cast<const char*>(&number), sizeof number);
  append_part(out, document.id);
  append_part(out, document.routing);
  append_part(out, document.source);
}

struct SnapshotRecord {
  Version version = 0;
  std::string_view id, routing, source;   ///< into the blob
};

/// Calls `visit` with each record. Throws ApiError 500 where the blob ends too early.
inline void for_each_record(std::string_view blob, const std::function<void(const SnapshotRecord&)>& visit) {
  const auto take = [&](size_t size) {
    if (blob.size() < size) throw ApiError(500, "repository_exception", "a blob of the snapshot is damaged");
    const std::string_view out = blob.substr(0, size);
    blob.remove_prefix(size);
    return out;
  };
  const auto part = [&] {
    uint32_t size = 0;
    std::memcpy(&size, take(sizeof size).data(), sizeof size);
    return take(size);
  };
  while (!blob.empty()) {
    SnapshotRecord record;
    int64_t version = 0;
    std::memcpy(&version, take(sizeof version).data(), sizeof version);
    record.version = static_cast<Version>(version);
    record.id = part();
    record.routing = part();
    record.source = part();
    visit(record);
  }
}

}  // namespace tarn::server

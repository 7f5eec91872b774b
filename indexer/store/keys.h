#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "indexer/base/ids.h"
#include "indexer/store/store.h"

namespace tarn {

// Byte formats of the store's keys and small values. Integers in keys are big endian, so that byte order is number order.

inline void append_be32(std::string& out, uint32_t value) {
  const char bytes[4] = {static_cast<char>(value >> 24), static_cast<char>(value >> 16), static_cast<char>(value >> 8),
                         static_cast<char>(value)};
  out.append(bytes, 4);
}

inline void append_be64(std::string& out, uint64_t value) {
  append_be32(out, static_cast<uint32_t>(value >> 32));
  append_be32(out, static_cast<uint32_t>(value));
}

inline uint32_t read_be32(const char* bytes) {
  const auto* b = reinterpret_cast<const unsigned char*>(bytes);
  return uint32_t{b[0]} << 24 | uint32_t{b[1]} << 16 | uint32_t{b[2]} << 8 | b[3];
}

inline uint64_t read_be64(const char* bytes) {
  return uint64_t{read_be32(bytes)} << 32 | read_be32(bytes + 4);
}

inline void append_varint(std::string& out, uint64_t value) {
  while (value >= 0x80) {
    out.push_back(static_cast<char>(value | 0x80));
    value >>= 7;
  }
  out.push_back(static_cast<char>(value));
}

/// Takes a varint off the front of `in`; false if it is cut short.
inline bool take_varint(std::string_view& in, uint64_t& value) {
  value = 0;
  for (unsigned shift = 0; shift < 64 && !in.empty(); shift += 7) {
    const auto byte = static_cast<unsigned char>(in.front());
    in.remove_prefix(1);
    value |= uint64_t{byte & 0x7Fu} << shift;
    if (byte < 0x80) return true;
  }
  return false;
}

/// ids: index, _id.
inline void id_key(std::string& out, IndexKey index, std::string_view id) {
  out.clear();
  append_be32(out, index);
  out.append(id);
}

/// row_patches, oplog: index, number. rows: index, last row of the block, so that one seek forward finds the block of a row.
inline std::string number_key(IndexKey index, uint64_t number) {
  std::string key;
  append_be32(key, index);
  append_be64(key, number);
  return key;
}

constexpr size_t kNumberKeyBytes = 12;

/// The value of ids: row, seq_no, version as varints; a tombstone adds the second of its death.
inline void append_id_entry(std::string& out, const IdEntry& entry, uint64_t now_seconds) {
  append_varint(out, entry.row.value);
  append_varint(out, static_cast<uint64_t>(entry.seq_no.value));
  append_varint(out, static_cast<uint64_t>(entry.version));
  if (entry.deleted) append_varint(out, now_seconds);
}

/// False if the bytes are damaged. `died_seconds` is 0 for a live document.
inline bool parse_id_entry(std::string_view in, IdEntry& entry, uint64_t& died_seconds) {
  uint64_t row = 0, seq_no = 0, version = 0;
  if (!take_varint(in, row) || !take_varint(in, seq_no) || !take_varint(in, version)) return false;
  entry.row = RowId(row);
  entry.seq_no = SeqNo(static_cast<int64_t>(seq_no));
  entry.version = static_cast<Version>(version);
  entry.deleted = !in.empty();
  died_seconds = 0;
  return in.empty() || take_varint(in, died_seconds);
}

}  // namespace tarn

#include "indexer/segment/token_column.h"

namespace tarn::segment {
namespace {

constexpr uint32_t kMagic = 0x314b4f54;  // "TOK1"

uint64_t read_varint(const char*& at, const char* end) {
  uint64_t value = 0;
  for (int shift = 0; at < end && shift < 64; shift += 7) {
    const uint8_t byte = static_cast<uint8_t>(*at++);
    value |= static_cast<uint64_t>(byte & 0x7f) << shift;
    if (byte < 0x80) break;
  }
  return value;
}

}  // namespace

TokenColumn::TokenColumn(Blob blob) : blob_(std::move(blob)) {
  BlobReader reader(blob_);
  if (reader.get<uint64_t>() != kMagic) reader.fail("bad token column");
  begins_ = reader.packed();
  if (begins_.count == 0) reader.fail("bad token column");
  bytes_ = reader.take(begins_[begins_.count - 1]);
}

void TokenColumn::tokens(LocalDocId doc, std::vector<ColumnToken>& out) const {
  const char* at = bytes_ + begins_[doc];
  const char* end = bytes_ + begins_[doc + 1ull];
  int64_t position = -1;
  while (at < end) {
    uint64_t code = read_varint(at, end);
    if (code == 0) {
      position += static_cast<int64_t>(read_varint(at, end));
      code = read_varint(at, end);
    } else {
      ++position;
    }
    out.push_back({static_cast<uint32_t>(code - 1), static_cast<int32_t>(position)});
  }
}

Blob TokenColumnWriter::finish() {
  begin_document(doc_count_);
  BlobWriter out;
  out.put<uint64_t>(kMagic);
  out.put_packed(begins_, begins_.size());
  out.append(bytes_.data(), bytes_.size());
  return out.finish();
}

}  // namespace tarn::segment

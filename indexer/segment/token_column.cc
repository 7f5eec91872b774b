#include "indexer/segment/token_column.h"

#include "indexer/segment/token_bytes.h"

namespace tarn::segment {
namespace {

constexpr uint32_t kMagic = 0x314b4f54;  // "TOK1"

}  // namespace

TokenColumn::TokenColumn(Blob blob) : blob_(std::move(blob)) {
  BlobReader reader(blob_);
  if (reader.get<uint64_t>() != kMagic) reader.fail("bad token column");
  begins_ = reader.packed();
  if (begins_.count == 0) reader.fail("bad token column");
  bytes_ = reader.take(begins_[begins_.count - 1]);
}

void TokenColumn::tokens(LocalDocId doc, std::vector<ColumnToken>& out) const {
  for_each_token(bytes(doc), [&](uint32_t term, int32_t position) { out.push_back({term, position}); });
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

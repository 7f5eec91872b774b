#include "indexer/base/check.h"
#include "indexer/store/rocks.h"

namespace tarn {

StoreBatch::StoreBatch(const EngineStore& store) : impl_(std::make_unique<Impl>(store)) {}
StoreBatch::~StoreBatch() = default;
StoreBatch::StoreBatch(StoreBatch&&) noexcept = default;

void StoreBatch::put_id(IndexKey index, std::string_view id, const IdEntry& entry) {
  id_key(impl_->key, index, id);
  impl_->value.clear();
  append_id_entry(impl_->value, entry, impl_->now);
  impl_->batch.Put(impl_->families[kIds], impl_->key, impl_->value);
}

void StoreBatch::put_rows(IndexKey index, RowId first, std::string_view value) {
  RowBlockHeader header;
  CHECK(parse_row_block_header(value, header) && header.span > 0);
  impl_->batch.Put(impl_->families[kRows], number_key(index, first.value + header.span - 1), slice(value));
}

void StoreBatch::delete_rows(IndexKey index, RowId first, uint32_t span) {
  impl_->batch.Delete(impl_->families[kRows], number_key(index, first.value + span - 1));
}

void StoreBatch::put_patch(IndexKey index, RowId row, std::string_view delta) {
  impl_->batch.Put(impl_->families[kPatches], number_key(index, row.value), slice(delta));
  if (impl_->patched.empty() || impl_->patched.back() != index) impl_->patched.push_back(index);
}

void StoreBatch::delete_patch(IndexKey index, RowId row) {
  impl_->batch.Delete(impl_->families[kPatches], number_key(index, row.value));
}

void StoreBatch::delete_patch_if_any(IndexKey index, RowId row) {
  if (impl_->store.has_patches(index)) delete_patch(index, row);
}

void StoreBatch::put_oplog(IndexKey index, SeqNo first, std::string_view record) {
  impl_->batch.Put(impl_->families[kOplog], number_key(index, static_cast<uint64_t>(first.value)), slice(record));
}

void StoreBatch::put_meta(std::string_view kind, std::string_view name, std::string_view value) {
  impl_->batch.Put(impl_->families[kMeta], meta_key(kind, name), slice(value));
}

void StoreBatch::delete_meta(std::string_view kind, std::string_view name) {
  impl_->batch.Delete(impl_->families[kMeta], meta_key(kind, name));
}

size_t StoreBatch::bytes() const { return impl_->batch.GetDataSize(); }
bool StoreBatch::empty() const { return impl_->batch.Count() == 0; }
void StoreBatch::clear() {
  impl_->batch.Clear();
  impl_->patched.clear();
  impl_->now = now_seconds();
}

}  // namespace tarn

#include "indexer/base/check.h"
#include "indexer/store/rocks_store.h"
#include "indexer/store/source_merge.h"

namespace tarn {

std::shared_ptr<const RowDictionary> RocksStore::dictionary(IndexKey index, uint32_t id) const {
  const uint64_t key = uint64_t{index} << 32 | id;
  {
    std::shared_lock lock(dictionaries_mutex_);
    if (const auto it = dictionaries_.find(key); it != dictionaries_.end()) return it->second;
  }
  auto bytes = read_meta("dictionary", fmt::format("{:08x}/{:08x}", index, id));
  if (!bytes) throw ApiError(500, "store_exception", fmt::format("dictionary {} of index {} is missing", id, index));
  auto dictionary = std::make_shared<const RowDictionary>(id, std::move(*bytes));
  std::unique_lock lock(dictionaries_mutex_);
  return dictionaries_.emplace(key, std::move(dictionary)).first->second;
}

std::shared_ptr<const RowDictionary> RocksStore::dictionary(IndexKey index) const {
  {
    std::shared_lock lock(dictionaries_mutex_);
    if (const auto it = newest_dictionary_.find(index); it != newest_dictionary_.end()) return it->second;
  }
  const std::string prefix = meta_key("dictionary", fmt::format("{:08x}/", index));
  const auto it = iterate(kMeta, rocksdb::ReadOptions());
  it->SeekForPrev(prefix + "~");
  std::shared_ptr<const RowDictionary> newest;
  if (it->Valid() && it->key().starts_with(prefix)) {
    const std::string_view id = view(it->key()).substr(prefix.size());
    newest = dictionary(index, static_cast<uint32_t>(std::stoul(std::string(id), nullptr, 16)));
  }
  std::unique_lock lock(dictionaries_mutex_);
  return newest_dictionary_.emplace(index, std::move(newest)).first->second;
}

bool RocksStore::train_dictionary(IndexKey index, const std::vector<std::string>& samples) {
  const auto current = dictionary(index);
  std::string bytes = RowDictionary::train(samples);
  if (bytes.empty()) return false;
  const uint32_t id = current ? current->id() + 1 : 1;
  write_meta({{"dictionary", fmt::format("{:08x}/{:08x}", index, id), bytes}});
  auto dictionary = std::make_shared<const RowDictionary>(id, std::move(bytes));
  std::unique_lock lock(dictionaries_mutex_);
  dictionaries_[uint64_t{index} << 32 | id] = dictionary;
  newest_dictionary_[index] = std::move(dictionary);
  return true;
}

std::shared_ptr<const DecodedRowBlock> RocksStore::decode(IndexKey index, std::string_view value) const {
  RowBlockHeader header;
  if (!parse_row_block_header(value, header)) throw ApiError(500, "store_exception", "a block of rows is damaged");
  const auto named = header.dictionary == 0 ? nullptr : dictionary(index, header.dictionary);
  auto block = decode_row_block(value, header, named.get());
  if (!block) throw ApiError(500, "store_exception", "a block of rows is damaged");
  return block;
}

bool RocksStore::has_patches(IndexKey index) const {
  {
    std::shared_lock lock(patched_mutex_);
    if (const auto it = patched_.find(index); it != patched_.end()) return it->second;
  }
  const auto it = iterate(kPatches, rocksdb::ReadOptions());
  it->Seek(number_key(index, 0));
  const bool any = it->Valid() && read_be32(it->key().data()) == index;
  std::unique_lock lock(patched_mutex_);
  return patched_.emplace(index, any).first->second;
}

namespace {
/// The last row of the block at the iterator, which is its key; false if the iterator left the index.
bool block_end(const rocksdb::Iterator& it, IndexKey index, uint64_t& last) {
  if (!it.Valid() || it.key().size() != kNumberKeyBytes || read_be32(it.key().data()) != index) return false;
  last = read_be64(it.key().data() + 4);
  return true;
}

RowBlockHeader block_header(std::string_view value, uint64_t last) {
  RowBlockHeader header;
  if (!parse_row_block_header(value, header) || header.span == 0 || header.span > last + 1) {
    throw ApiError(500, "store_exception", "a block of rows is damaged");
  }
  return header;
}
}  // namespace

/// Calls visit(position in rows, row, delta) for each row that is there.
template <class Visit>
void RocksStore::visit_rows(IndexKey index, const std::vector<RowId>& rows, const StoreSnapshot* snapshot,
                            Visit&& visit) const {
  if (rows.empty()) return;
  const rocksdb::ReadOptions options = read_options(snapshot);
  const auto it = iterate(kRows, options);
  const bool patched = has_patches(index);
  static thread_local RowReader reader;  // its buffers are kept; what it points to is set anew below
  std::shared_ptr<const RowDictionary> dictionary;
  uint64_t first = 1, last = 0;  // of the block at hand: none
  rocksdb::PinnableSlice delta;
  for (size_t i = 0; i < rows.size(); ++i) {
    const uint64_t row = rows[i].value;
    if (row < first || row > last) {
      it->Seek(number_key(index, row));
      first = 1, last = 0;
      uint64_t end = 0;
      if (!block_end(*it, index, end)) {
        check_status(it->status(), "cannot read rows");
        continue;
      }
      const RowBlockHeader header = block_header(view(it->value()), end);
      if (row + header.span <= end) continue;
      if (header.dictionary == 0) {
        dictionary = nullptr;
      } else if (!dictionary || dictionary->id() != header.dictionary) {
        dictionary = this->dictionary(index, header.dictionary);
      }
      if (!reader.open(view(it->value()), header, dictionary.get())) {
        throw ApiError(500, "store_exception", "a block of rows is damaged");
      }
      first = end + 1 - header.span;
      last = end;
    }
    RowView found;
    switch (reader.find(static_cast<uint32_t>(row - first), found)) {
      case RowReader::Found::kYes: break;
      case RowReader::Found::kMissing: continue;
      case RowReader::Found::kDamaged: throw ApiError(500, "store_exception", "a block of rows is damaged");
    }
    delta.Reset();
    std::string_view patch;
    if (patched) {
      const rocksdb::Status status = db().Get(options, family(kPatches), number_key(index, row), &delta);
      if (!status.IsNotFound()) check_status(status, "cannot read row patches");
      if (status.ok()) patch = view(delta);
    }
    visit(i, found, patch);
  }
}

std::string merged(std::string_view source, std::string_view delta) {
  if (delta.empty()) return std::string(source);
  std::string out;
  if (!merge_source(source, delta, out)) throw ApiError(500, "store_exception", "a row patch does not fit its row");
  return out;
}

std::vector<std::optional<StoredDocument>> RocksStore::read_rows(IndexKey index, const std::vector<RowId>& rows,
                                                                 const StoreSnapshot* snapshot) const {
  std::vector<std::optional<StoredDocument>> out(rows.size());
  visit_rows(index, rows, snapshot, [&](size_t i, const RowView& row, std::string_view delta) {
    out[i] = StoredDocument{std::string(row.id), std::string(row.routing), merged(row.source, delta)};
  });
  return out;
}

std::optional<StoredDocument> RocksStore::read_row(IndexKey index, RowId row, const StoreSnapshot* snapshot) const {
  return std::move(read_rows(index, {row}, snapshot).front());
}

std::vector<std::optional<RawRow>> RocksStore::read_raw_rows(IndexKey index, const std::vector<RowId>& rows,
                                                             const StoreSnapshot* snapshot) const {
  std::vector<std::optional<RawRow>> out(rows.size());
  visit_rows(index, rows, snapshot, [&](size_t i, const RowView& row, std::string_view delta) {
    out[i] = RawRow{std::string(row.id), std::string(row.routing), std::string(row.source), std::string(delta)};
  });
  return out;
}

std::optional<std::string> RocksStore::read_patch(IndexKey index, RowId row) const {
  std::string delta;
  const rocksdb::Status status =
      db().Get(rocksdb::ReadOptions(), family(kPatches), number_key(index, row.value), &delta);
  if (status.IsNotFound()) return std::nullopt;
  check_status(status, "cannot read row patches");
  return delta;
}

std::vector<std::string> RocksStore::read_patches(IndexKey index, const std::vector<RowId>& rows) const {
  std::vector<std::string> out(rows.size());
  if (!has_patches(index)) return out;
  constexpr size_t kChunk = 256;
  std::vector<std::string> keys(kChunk);
  std::vector<rocksdb::Slice> slices(kChunk);
  std::vector<rocksdb::PinnableSlice> values(kChunk);
  std::vector<rocksdb::Status> statuses(kChunk);
  for (size_t begin = 0; begin < rows.size(); begin += kChunk) {
    const size_t n = std::min(kChunk, rows.size() - begin);
    for (size_t i = 0; i < n; ++i) {
      keys[i] = number_key(index, rows[begin + i].value);
      slices[i] = keys[i];
      values[i].Reset();
    }
    db().MultiGet(rocksdb::ReadOptions(), family(kPatches), n, slices.data(), values.data(), statuses.data(), true);
    for (size_t i = 0; i < n; ++i) {
      if (statuses[i].IsNotFound()) continue;
      check_status(statuses[i], "cannot read row patches");
      out[begin + i] = view(values[i]);
    }
  }
  return out;
}

void RocksStore::scan_blocks(IndexKey index, RowId from, RowId to, const StoreSnapshot* snapshot,
                             const std::function<bool(RowId, std::string_view)>& visit) const {
  rocksdb::ReadOptions options = read_options(snapshot);
  options.fill_cache = false;
  options.readahead_size = 256 << 10;
  const auto it = iterate(kRows, options);
  uint64_t last = 0;
  for (it->Seek(number_key(index, from.value)); block_end(*it, index, last); it->Next()) {
    const uint64_t first = last + 1 - block_header(view(it->value()), last).span;
    if (first >= to.value || !visit(RowId(first), view(it->value()))) return;
  }
  check_status(it->status(), "cannot read rows");
}

void RocksStore::scan_patches(IndexKey index, RowId from, RowId to, const StoreSnapshot* snapshot,
                              const std::function<bool(RowId, std::string_view)>& visit) const {
  const auto it = iterate(kPatches, read_options(snapshot));
  for (it->Seek(number_key(index, from.value)); it->Valid() && read_be32(it->key().data()) == index; it->Next()) {
    const uint64_t row = read_be64(it->key().data() + 4);
    if (row >= to.value || !visit(RowId(row), view(it->value()))) return;
  }
  check_status(it->status(), "cannot read row patches");
}

RowId RocksStore::end_row(IndexKey index) const {
  const auto it = iterate(kRows, rocksdb::ReadOptions());
  it->SeekForPrev(number_key(index, UINT64_MAX));
  check_status(it->status(), "cannot read rows");
  uint64_t last = 0;
  return block_end(*it, index, last) ? RowId(last + 1) : RowId(0);
}

}  // namespace tarn

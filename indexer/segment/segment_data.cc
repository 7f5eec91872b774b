#include "indexer/segment/segment_data.h"

#include "indexer/segment/doc_set.h"
#include "indexer/segment/xapian_text.h"

namespace tarn {

const NumericColumn* SegmentReader::numbers(std::string_view path) const {
  if (patches_ != nullptr) {
    if (const auto found = patches_->numbers.find(path); found != patches_->numbers.end()) return found->second.get();
  }
  return segment_->numbers(path);
}

const KeywordColumn* SegmentReader::keywords(std::string_view path) const {
  if (patches_ != nullptr) {
    if (const auto found = patches_->keywords.find(path); found != patches_->keywords.end()) return found->second.get();
  }
  return segment_->keywords(path);
}

}  // namespace tarn

namespace tarn::segment {

PackedSegment::PackedSegment(std::string name, SegmentBlobs blobs) : name_(std::move(name)), meta_(blobs.meta) {
  set_rows(blobs.rows, blobs.roots);
  for (auto& [path, field_blobs] : blobs.fields) {
    auto field = std::make_unique<Field>();
    field->numbers.blob = std::move(field_blobs.numbers);
    field->keywords.blob = std::move(field_blobs.keywords);
    field->dictionary.blob = std::move(field_blobs.text.dictionary);
    field->tokens.blob = std::move(field_blobs.text.tokens);
    field->postings.blob = std::move(field_blobs.text.postings);
    fields_.emplace(path, std::move(field));
  }
}

PackedSegment::PackedSegment(std::string name, SegmentMeta meta, std::vector<Part> parts,
                             std::unique_ptr<XapianReader> xapian, uint64_t disk_bytes)
    : name_(std::move(name)), meta_(meta), xapian_(std::move(xapian)), on_disk_(true), disk_bytes_(disk_bytes) {
  Blob rows, roots;
  for (Part& part : parts) {
    if (part.kind == PartKind::kRows || part.kind == PartKind::kRoots) {
      verify(part.blob, part.sum, part.name);  // small, and needed at once
      (part.kind == PartKind::kRows ? rows : roots) = part.blob;
      continue;
    }
    if (part.kind == PartKind::kMeta) continue;
    auto& field = fields_[part.name];
    if (field == nullptr) field = std::make_unique<Field>();
    LazyPart lazy{std::move(part.blob), part.sum, false};
    switch (part.kind) {
      case PartKind::kNumbers: field->numbers = std::move(lazy); break;
      case PartKind::kKeywords: field->keywords = std::move(lazy); break;
      case PartKind::kDictionary: field->dictionary = std::move(lazy); break;
      case PartKind::kTokens: field->tokens = std::move(lazy); break;
      default: throw_corrupt(lazy.blob.origin, "unknown part");
    }
  }
  set_rows(rows, roots);
}

PackedSegment::~PackedSegment() = default;

void PackedSegment::set_rows(const Blob& rows, const Blob& roots) {
  if (rows.data != nullptr) rows_ = std::make_unique<const PackedNumericColumn>(rows);
  if (roots.data != nullptr) {
    BlobReader reader(roots);
    const DocSet set(reader, meta_.doc_count);
    auto bits = std::make_unique<Bitset>(meta_.doc_count);
    set.or_into(*bits);
    roots_ = std::move(bits);
    roots_blob_ = roots;
  }
}

RowId PackedSegment::row(LocalDocId doc) const {
  return RowId(rows_ == nullptr ? meta_.first_row + doc : static_cast<uint64_t>(rows_->first(doc, 0)));
}

LocalDocId PackedSegment::find_row(RowId row) const {
  if (row.value < meta_.first_row || row.value > meta_.last_row) return kNoDoc;
  if (rows_ == nullptr) return static_cast<LocalDocId>(row.value - meta_.first_row);
  // Rows ascend with documents; the last document of a row is its root.
  LocalDocId from = 0, to = meta_.doc_count;
  while (from < to) {
    const LocalDocId middle = from + (to - from) / 2;
    if (this->row(middle) <= row) from = middle + 1; else to = middle;
  }
  return from > 0 && this->row(from - 1) == row ? from - 1 : kNoDoc;
}

std::vector<std::string> PackedSegment::field_paths() const {
  std::vector<std::string> paths;
  paths.reserve(fields_.size());
  for (const auto& [path, field] : fields_) paths.push_back(path);
  return paths;
}

size_t PackedSegment::memory_bytes() const {
  size_t bytes = sizeof(*this) + (rows_ == nullptr ? 0 : rows_->memory_bytes());
  if (roots_ != nullptr) bytes += roots_->memory_bytes();
  for (const auto& [path, field] : fields_) {
    bytes += sizeof(Field) + path.size();
    for (const LazyPart* part : {&field->numbers, &field->keywords, &field->dictionary, &field->tokens, &field->postings}) {
      bytes += part->blob.heap_bytes();
    }
  }
  return bytes;
}

PackedSegment::Field* PackedSegment::find(std::string_view path) const {
  const auto found = fields_.find(path);
  return found == fields_.end() ? nullptr : found->second.get();
}

const PackedNumericColumn* PackedSegment::packed_numbers(std::string_view path) const {
  Field* field = find(path);
  if (field == nullptr || field->numbers.blob.data == nullptr) return nullptr;
  std::call_once(field->numbers_once, [&] {
    field->numbers.check(path);
    field->numbers_column = std::make_unique<const PackedNumericColumn>(field->numbers.blob);
  });
  return field->numbers_column.get();
}

const PackedKeywordColumn* PackedSegment::packed_keywords(std::string_view path) const {
  Field* field = find(path);
  if (field == nullptr || field->keywords.blob.data == nullptr) return nullptr;
  std::call_once(field->keywords_once, [&] {
    field->keywords.check(path);
    field->keywords_column = std::make_unique<const PackedKeywordColumn>(field->keywords.blob);
  });
  return field->keywords_column.get();
}

const PackedTextIndex* PackedSegment::packed_text(std::string_view path) const {
  Field* field = find(path);
  if (field == nullptr || field->dictionary.blob.data == nullptr) return nullptr;
  std::call_once(field->text_once, [&] {
    field->dictionary.check(path);
    if (field->tokens.blob.data != nullptr) field->tokens.check(path);
    if (!on_disk_) {
      field->text_index = std::make_unique<const YoungTextIndex>(field->dictionary.blob, field->tokens.blob,
                                                                 field->postings.blob);
      return;
    }
    const auto prefix = xapian_ == nullptr ? FieldPrefixes::const_iterator() : xapian_->prefixes.find(path);
    if (xapian_ == nullptr || prefix == xapian_->prefixes.end()) {
      throw_corrupt(field->dictionary.blob.origin, "text field without prefix");
    }
    const auto number = static_cast<uint32_t>(std::distance(xapian_->prefixes.cbegin(), prefix));
    field->text_index = std::make_unique<const FlushedTextIndex>(field->dictionary.blob, field->tokens.blob, *xapian_,
                                                                 prefix->second, number);
  });
  return field->text_index.get();
}

void PackedSegment::release_pages(std::string_view path) const {
  const Field* field = find(path);
  if (field == nullptr) return;
  for (const LazyPart* part : {&field->numbers, &field->keywords, &field->dictionary, &field->tokens, &field->postings}) {
    segment::release_pages(part->blob);
  }
}

void PackedSegment::release_pages() const {
  for (const auto& [path, field] : fields_) release_pages(path);
}

}  // namespace tarn::segment

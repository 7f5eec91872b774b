#include <algorithm>
#include <map>

#include "indexer/base/error.h"
#include "indexer/segment/builder.h"
#include "indexer/segment/segment_data.h"

namespace tarn {
namespace {

/// What happens to one field: documents that lose their values, ascending and distinct, and the patch that wins there.
struct FieldPatch {
  std::vector<LocalDocId> docs;
  std::vector<const DocumentPatch*> patches;
};

/// Values of one field as patch_numbers() and patch_keywords() take them.
template <class Value, class Get>
std::pair<std::vector<uint32_t>, std::vector<Value>> values_of(const FieldPatch& patch, FieldId field, Get get) {
  std::vector<uint32_t> offsets{0};
  std::vector<Value> values;
  for (const DocumentPatch* document : patch.patches) {
    for (const FieldValue& value : document->values) {
      if (value.field == field) values.push_back(get(value));
    }
    offsets.push_back(static_cast<uint32_t>(values.size()));
  }
  return {std::move(offsets), std::move(values)};
}

std::map<FieldId, FieldPatch> group_by_field(const std::vector<DocumentPatch>& patches) {
  std::map<FieldId, FieldPatch> fields;
  for (const DocumentPatch& patch : patches) {
    const auto touch = [&](FieldId id) {
      FieldPatch& field = fields[id];
      if (!field.docs.empty() && field.docs.back() == patch.doc) {
        field.patches.back() = &patch;  // later ones win
      } else {
        field.docs.push_back(patch.doc);
        field.patches.push_back(&patch);
      }
    };
    for (const FieldId id : patch.touched) touch(id);
    // _seq_no and _version come as values; whoever gives a value replaces the old ones.
    for (const FieldValue& value : patch.values) touch(value.field);
  }
  return fields;
}

}  // namespace

std::shared_ptr<const ColumnPatches> apply_patches(const SegmentReader& reader, const Mapping& mapping,
                                                   const std::vector<DocumentPatch>& patches) {
  auto out = std::make_shared<ColumnPatches>();
  if (reader.shared_patches() != nullptr) *out = *reader.shared_patches();
  for (const auto& [id, patch] : group_by_field(patches)) {
    const FieldType& type = mapping.field(id);
    if (type.inverted) {
      throw ApiError(500, "illegal_state_exception", "text field [" + type.path + "] cannot be patched in place");
    }
    if (type.column == ColumnKind::kNone) continue;
    if (segment::is_numeric(type.column)) {
      auto [offsets, values] = values_of<int64_t>(patch, id, [](const FieldValue& value) { return value.number; });
      const auto* old = static_cast<const segment::PackedNumericColumn*>(reader.numbers(type.path));
      out->numbers[type.path] = segment::patch_numbers(old, reader.doc_count(), type.column == ColumnKind::kDouble,
                                                       patch.docs, offsets, std::move(values));
    } else {
      const auto [offsets, values] =
          values_of<std::string_view>(patch, id, [](const FieldValue& value) { return value.bytes(); });
      const auto* old = static_cast<const segment::PackedKeywordColumn*>(reader.keywords(type.path));
      out->keywords[type.path] = segment::patch_keywords(old, reader.doc_count(), patch.docs, offsets, values);
    }
  }
  return out;
}

}  // namespace tarn

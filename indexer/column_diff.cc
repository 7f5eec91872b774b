#include "indexer/column_diff.h"

namespace tarn {

ColumnDiff::ColumnDiff(const SegmentList& segments, SeqNo built)
    : segments_(segments), built_(built), columns_(segments.size()) {
  readers_.reserve(segments_.size());
  for (const SegmentState& state : segments_) readers_.push_back(state.reader());
}

const NumericColumn* ColumnDiff::column(size_t segment, FieldId field, const Mapping& mapping) {
  for (const Column& known : columns_[segment]) {
    if (known.field == field) return known.numbers;
  }
  const NumericColumn* numbers = readers_[segment].numbers(mapping.field(field).path);
  columns_[segment].push_back({field, numbers});
  return numbers;
}

bool ColumnDiff::surely_changes(const IdEntry& entry, const Mapping& mapping, const std::vector<FieldId>& touched,
                                const ParsedBatch& batch, const ParsedRoot& root, bool compare) {
  if (entry.seq_no > built_ || touched.empty()) return false;
  size_t segment = 0;
  LocalDocId doc = kNoDoc;
  if (!find_live(segments_, entry.row, segment, doc)) return false;
  const ParsedDocument& document = batch.documents[root.first_document + root.document_count - 1];
  const FieldValue* begin = batch.values.data() + document.first_value;
  bool changed = !compare;
  for (const FieldId field : touched) {
    const FieldType& type = mapping.field(field);
    // A malformed old value would stand in no column, but in _ignored.
    if (!type.is_numeric() || type.ignore_malformed) return false;
    const FieldValue* given = nullptr;
    for (const FieldValue* value = begin; value != begin + document.value_count; ++value) {
      if (value->field != field) continue;
      if (given != nullptr) return false;
      given = value;
    }
    if (given == nullptr) return false;
    values_.clear();
    if (const NumericColumn* numbers = column(segment, field, mapping)) numbers->values(doc, values_);
    if (values_.size() > 1) return false;
    // Equal texts have equal encodings; different texts may share one (1 and 1.0), which only the document can tell.
    changed = changed || values_.empty() || values_[0] != given->number;
  }
  return changed;
}

}  // namespace tarn

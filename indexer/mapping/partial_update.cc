#include <algorithm>

#include "indexer/mapping/document_parser_impl.h"

namespace tarn {

namespace {

using mapping::FieldPlan;

using mapping::Member;
using mapping::ObjectPlan;

/// Whether new values of the field can be patched into columns: no postings, nothing derived from it elsewhere.
bool is_patchable(const FieldPlan& plan) {
  if (plan.type->inverted || plan.type->column == ColumnKind::kNone || !plan.copy_to.empty() || plan.presence) return false;
  // What the whole document decides (relations, scores of features) is not patched.
  if (plan.kind == FieldKind::kJoin || plan.kind == FieldKind::kPercolator || plan.kind == FieldKind::kCompletion) return false;
  return std::all_of(plan.multi_fields.begin(), plan.multi_fields.end(), [](const FieldPlan* field) { return is_patchable(*field); });
}

void touch(const FieldPlan& plan, std::vector<FieldId>& touched) {
  const auto add = [&](FieldId id) {
    if (std::find(touched.begin(), touched.end(), id) == touched.end()) touched.push_back(id);
  };
  add(plan.id);
  for (const auto& [name, id] : plan.parts) add(id);
  for (const FieldPlan* field : plan.multi_fields) touch(*field, touched);
}

/// Walks a partial document: every leaf must be a patchable field below plain objects.
class PartialCheck {
 public:
  PartialCheck(JsonCursor& cursor, std::vector<FieldId>& touched) : cursor_(cursor), touched_(touched) {}

  bool object(const ObjectPlan& plan) {
    while (cursor_.next() != JsonToken::kEndObject) {
      const Member* member = plan.members.find(cursor_.text(), cursor_.name_hash());
      cursor_.next();
      if (member == nullptr || member->metadata || member->alias != nullptr) return false;
      if (member->object != nullptr) {
        const ObjectPlan& inner = *member->object;
        if (inner.nested != ParsedDocument::kRoot || cursor_.token() != JsonToken::kStartObject) return false;
        if (!inner.enabled) {
          cursor_.skip_children();
        } else if (!object(inner)) {
          return false;
        }
        continue;
      }
      if (!is_patchable(*member->field)) return false;
      // An object in the old source would be merged with this one, not replaced by it.
      if (cursor_.token() == JsonToken::kStartObject && member->field->kind != FieldKind::kGeoPoint) return false;
      if (cursor_.token() == JsonToken::kStartObject) return false;
      touch(*member->field, touched_);
      cursor_.skip_children();
    }
    return true;
  }

 private:
  JsonCursor& cursor_;
  std::vector<FieldId>& touched_;
};

}  // namespace

bool DocumentParser::Impl::parse_partial(const Mapping& mapping, std::string_view id, std::string_view partial, ParsedBatch& batch,
                                         std::vector<FieldId>& touched) {
  const mapping::MappingImpl& impl = mapping::impl_of(mapping);
  if (!impl.root().data_stream_timestamp.is_null()) return false;  // whole documents are checked for their timestamp
  touched.clear();
  cursor_.reset(partial);
  try {
    if (cursor_.next() != JsonToken::kStartObject || !impl.root_plan().enabled || !PartialCheck(cursor_, touched).object(impl.root_plan())) {
      touched.clear();
      return false;
    }
  } catch (const ApiError&) {
    // Whatever is wrong with it is told by the path that parses whole documents.
    touched.clear();
    return false;
  }
  const size_t values = batch.values.size(), documents = batch.documents.size(), roots = batch.roots.size();
  const MappingLimits limits;
  settled_ = true;
  if (!run(impl, limits, id, {}, partial, batch)) return false;
  if (!ignored_.empty()) {
    // _ignored is a column of the whole document: it cannot be patched by a part.
    batch.values.resize(values);
    batch.documents.resize(documents);
    batch.roots.resize(roots);
    touched.clear();
    return false;
  }
  return true;
}

}  // namespace tarn

#include "indexer/segment_list.h"

#include <algorithm>
#include <map>

namespace tarn {

DirectoryGuard::~DirectoryGuard() {
  if (!obsolete) return;
  std::error_code ignored;  // what is left is removed at the next start
  std::filesystem::remove_all(directory, ignored);
}

size_t SegmentState::memory_bytes() const {
  size_t bytes = segment->memory_bytes();
  if (live) bytes += live->memory_bytes();
  if (patches) {
    for (const auto& [path, column] : patches->numbers) bytes += column ? column->memory_bytes() : 0;
    for (const auto& [path, column] : patches->keywords) bytes += column ? column->memory_bytes() : 0;
  }
  return bytes;
}

SegmentState make_state(std::shared_ptr<const Segment> segment, const std::filesystem::path& directory) {
  SegmentState state;
  if (directory.empty()) {
    state.segment = std::move(segment);
    return state;
  }
  state.guard = std::make_shared<DirectoryGuard>(directory);
  // The segment goes before the guard: members are destroyed in reverse order.
  struct Owner {
    std::shared_ptr<DirectoryGuard> guard;
    std::shared_ptr<const Segment> segment;
  };
  auto owner = std::make_shared<Owner>(Owner{state.guard, std::move(segment)});
  const Segment* raw = owner->segment.get();
  state.segment = std::shared_ptr<const Segment>(std::move(owner), raw);
  return state;
}

size_t find_segment(const SegmentList& segments, RowId row) {
  const auto it = std::lower_bound(segments.begin(), segments.end(), row, [](const SegmentState& state, RowId wanted) {
    return state.segment->last_row() < wanted;
  });
  if (it == segments.end() || row < it->segment->first_row()) return segments.size();
  return static_cast<size_t>(it - segments.begin());
}

bool find_live(const SegmentList& segments, RowId row, size_t& segment, LocalDocId& doc) {
  segment = find_segment(segments, row);
  if (segment == segments.size()) return false;
  doc = segments[segment].segment->find_row(row);
  return doc != kNoDoc && (!segments[segment].live || segments[segment].live->test(doc));
}

LocalDocId first_of_block(const Segment& segment, LocalDocId root) {
  const Bitset* roots = segment.roots();
  if (roots == nullptr || root == 0) return root;
  const uint32_t before = roots->previous(root - 1);
  return before == UINT32_MAX ? 0 : before + 1;
}

namespace {

void apply_deaths(SegmentList& segments, std::vector<RowId> dead) {
  std::sort(dead.begin(), dead.end());
  size_t current = segments.size();
  std::shared_ptr<Bitset> live;
  const auto finish = [&] {
    if (!live) return;
    segments[current].live = std::move(live);
    segments[current].live_dirty = true;
    live = nullptr;
  };
  for (const RowId row : dead) {
    size_t at = 0;
    LocalDocId doc = kNoDoc;
    if (!find_live(segments, row, at, doc)) continue;
    const Segment& segment = *segments[at].segment;
    if (at != current || !live) {
      finish();
      current = at;
      live = segments[at].live ? std::make_shared<Bitset>(*segments[at].live)
                               : std::make_shared<Bitset>(segment.doc_count(), true);
    }
    for (LocalDocId d = first_of_block(segment, doc); d <= doc; ++d) live->reset(d);
  }
  finish();
}

FieldValue number_value(FieldId field, int64_t number) {
  FieldValue value{};
  value.field = field;
  value.number = number;
  return value;
}

DocumentPatch document_patch(LocalDocId doc, const PatchOp& op) {
  DocumentPatch patch;
  patch.doc = doc;
  const auto [begin, end] = op.set->ranges[op.root];
  patch.touched.assign(op.set->touched.begin() + begin, op.set->touched.begin() + end);
  patch.touched.push_back(kSeqNoField);
  patch.touched.push_back(kVersionField);
  const ParsedBatch& batch = op.set->batch;
  const ParsedRoot& root = batch.roots[op.root];
  const ParsedDocument& document = batch.documents[root.first_document + root.document_count - 1];
  const FieldValue* values = batch.values.data() + document.first_value;
  patch.values.assign(values, values + document.value_count);
  patch.values.push_back(number_value(kSeqNoField, op.seq_no.value));
  patch.values.push_back(number_value(kVersionField, op.version));
  return patch;
}

void apply_patch_ops(SegmentList& segments, const Mapping& mapping, const std::vector<PatchOp>& ops) {
  std::map<size_t, std::vector<DocumentPatch>> by_segment;
  for (const PatchOp& op : ops) {
    size_t at = 0;
    LocalDocId doc = kNoDoc;
    if (find_live(segments, op.row, at, doc)) by_segment[at].push_back(document_patch(doc, op));
  }
  for (auto& [at, patches] : by_segment) {
    std::stable_sort(patches.begin(), patches.end(),
                     [](const DocumentPatch& a, const DocumentPatch& b) { return a.doc < b.doc; });
    segments[at].patches = apply_patches(segments[at].reader(), mapping, patches);
    segments[at].patches_dirty = true;
  }
}

}  // namespace

void apply_changes(SegmentList& segments, const Mapping& mapping, const RowChanges& changes) {
  if (!changes.dead.empty()) apply_deaths(segments, changes.dead);
  if (!changes.patches.empty()) apply_patch_ops(segments, mapping, changes.patches);
}

}  // namespace tarn

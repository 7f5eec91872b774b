#include "indexer/segment/builder.h"

#include <algorithm>

#include "indexer/base/check.h"
#include "indexer/segment/doc_set.h"

namespace tarn::segment {

bool is_numeric(ColumnKind kind) {
  return kind == ColumnKind::kInt64 || kind == ColumnKind::kUnsigned || kind == ColumnKind::kDouble ||
         kind == ColumnKind::kGeoPoint;
}

TextOptions text_options(const FieldType& type) {
  // match_only_text counts nothing, but its phrases are checked in the token column rather than in _source.
  const bool positions = type.kind == FieldKind::kMatchOnlyText || (type.positions && type.freqs);
  return {type.norms, type.freqs, positions};
}

FieldBuilder::FieldBuilder(const FieldType& type)
    : numeric_(is_numeric(type.column)),
      doubles_(type.column == ColumnKind::kDouble),
      keyword_(!numeric_ && type.column != ColumnKind::kNone) {
  if (type.inverted) {
    CHECK(type.index_analyzer != nullptr);
    analyzer_ = type.index_analyzer;
    text_ = std::make_unique<TextBuilder>(text_options(type), type.position_increment_gap, type.discount_overlaps);
  }
}

void FieldBuilder::add_text(LocalDocId doc, std::string_view text, TokenBuffer& tokens) {
  analyzer_->analyze(text, tokens);
  text_->add(doc, tokens);
}

Blob FieldBuilder::finish_keywords(uint32_t doc_count) {
  const std::vector<std::string_view>& terms = table_.terms();
  const std::vector<uint32_t> order = sorted_order(terms);
  std::vector<Ordinal> ordinals(terms.size());
  std::vector<std::string_view> sorted(terms.size());
  for (Ordinal o = 0; o < order.size(); ++o) {
    ordinals[order[o]] = o;
    sorted[o] = terms[order[o]];
  }
  // Ordinals of one document become ascending and distinct, in place.
  size_t out = 0;
  for (size_t i = 0; i < docs_.size();) {
    size_t end = i + 1;
    while (end < docs_.size() && docs_[end] == docs_[i]) ++end;
    const size_t begin = out;
    for (size_t j = i; j < end; ++j) {
      docs_[out] = docs_[j];
      terms_[out++] = ordinals[terms_[j]];
    }
    if (end - i > 1) {
      std::sort(terms_.begin() + begin, terms_.begin() + out);
      out = std::unique(terms_.begin() + begin, terms_.begin() + out) - terms_.begin();
    }
    i = end;
  }
  docs_.resize(out);
  terms_.resize(out);
  return encode_keywords(doc_count, docs_, terms_, sorted);
}

void FieldBuilder::finish(uint32_t doc_count, FieldBlobs& out) {
  if (numeric_ && !docs_.empty()) {
    out.numbers = encode_numbers(doc_count, docs_.data(), numbers_.data(), numbers_.size(), doubles_);
  } else if (keyword_ && !docs_.empty()) {
    out.keywords = finish_keywords(doc_count);
  }
  if (text_ != nullptr) {
    TextBlobs blobs = text_->finish(doc_count);
    if (!text_->empty()) out.text = std::move(blobs);
  }
}

}  // namespace tarn::segment

namespace tarn {

using segment::FieldBlobs;
using segment::FieldBuilder;
using segment::SegmentBlobs;

namespace {

struct LiveRoot {
  const ParsedBatch* batch;
  const ParsedRoot* root;
};

std::vector<LiveRoot> live_roots(const std::vector<std::shared_ptr<const ParsedBatch>>& batches) {
  std::vector<LiveRoot> roots;
  bool sorted = true;
  for (const auto& batch : batches) {
    for (const ParsedRoot& root : batch->roots) {
      if (root.dead) continue;
      sorted = sorted && (roots.empty() || roots.back().root->row < root.row);
      roots.push_back({batch.get(), &root});
    }
  }
  if (!sorted) {
    std::sort(roots.begin(), roots.end(), [](const LiveRoot& a, const LiveRoot& b) { return a.root->row < b.root->row; });
  }
  return roots;
}

/// The fields of a segment in the making, by FieldId.
class Fields {
 public:
  explicit Fields(const Mapping& mapping) : mapping_(mapping) {}
  FieldBuilder& at(FieldId id) {
    if (id >= builders_.size()) builders_.resize(id + 1);
    if (builders_[id] == nullptr) builders_[id] = std::make_unique<FieldBuilder>(mapping_.field(id));
    return *builders_[id];
  }
  void finish(uint32_t doc_count, SegmentBlobs& out) {
    for (FieldId id = 0; id < builders_.size(); ++id) {
      if (builders_[id] == nullptr) continue;
      FieldBlobs blobs;
      builders_[id]->finish(doc_count, blobs);
      builders_[id].reset();  // the scratch of one field at a time
      if (blobs.numbers.data || blobs.keywords.data || blobs.text.dictionary.data) {
        out.fields.emplace(mapping_.field(id).path, std::move(blobs));
      }
    }
  }

 private:
  const Mapping& mapping_;
  std::vector<std::unique_ptr<FieldBuilder>> builders_;
};

/// Rows and roots of the documents, where they are not simply first_row + document.
void finish_rows(std::vector<int64_t>& rows, const std::vector<LocalDocId>& roots, SegmentBlobs& out) {
  const uint32_t doc_count = out.meta.doc_count;
  out.meta.root_count = static_cast<uint32_t>(roots.size());
  if (roots.size() != doc_count) {
    segment::BlobWriter writer;
    segment::write_doc_set(writer, roots.data(), roots.size(), doc_count);
    out.roots = writer.finish();
  }
  if (roots.size() != doc_count || out.meta.last_row - out.meta.first_row + 1 != doc_count) {
    out.rows = segment::encode_numbers(doc_count, nullptr, rows.data(), rows.size(), false);
  }
}

}  // namespace

std::shared_ptr<const Segment> build_segment(std::string name, const Mapping& mapping,
                                             const std::vector<std::shared_ptr<const ParsedBatch>>& batches) {
  const std::vector<LiveRoot> live = live_roots(batches);
  if (live.empty()) return nullptr;
  Fields fields(mapping);
  TokenBuffer tokens;
  SegmentBlobs out;
  std::vector<int64_t> rows;
  std::vector<LocalDocId> roots;
  rows.reserve(live.size());
  roots.reserve(live.size());
  FieldBuilder& seq_nos = fields.at(kSeqNoField);
  FieldBuilder& versions = fields.at(kVersionField);
  LocalDocId doc = 0;
  for (const auto& [batch, root] : live) {
    for (uint32_t d = 0; d < root->document_count; ++d, ++doc) {
      const ParsedDocument& document = batch->documents[root->first_document + d];
      const FieldValue* value = batch->values.data() + document.first_value;
      for (const FieldValue* end = value + document.value_count; value != end; ++value) {
        if (value->field <= kVersionField) continue;  // the engine's, below
        fields.at(value->field).add(doc, *value, tokens);
      }
      rows.push_back(static_cast<int64_t>(root->row.value));
    }
    roots.push_back(doc - 1);
    seq_nos.add_number(doc - 1, root->seq_no.value);
    versions.add_number(doc - 1, root->version);
    out.meta.max_seq_no = std::max(out.meta.max_seq_no, root->seq_no.value);
  }
  out.meta.doc_count = doc;
  out.meta.first_row = live.front().root->row.value;
  out.meta.last_row = live.back().root->row.value;
  finish_rows(rows, roots, out);
  fields.finish(doc, out);
  return std::make_shared<segment::PackedSegment>(std::move(name), std::move(out));
}

}  // namespace tarn

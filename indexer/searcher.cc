#include "indexer/searcher.h"

#include <algorithm>

#include "indexer/base/error.h"

namespace tarn {

namespace {
uint64_t live_roots(const SegmentReader& reader) {
  const Bitset* roots = reader.segment().roots();
  if (roots == nullptr) return reader.live_count();
  if (reader.live() == nullptr) return reader.segment().root_count();
  Bitset both = *roots;
  both &= *reader.live();
  return both.count();
}
}  // namespace

Searcher::Searcher(Parts parts) : parts_(std::move(parts)) {
  bases_.push_back(0);
  for (const SegmentReader& reader : parts_.segments) {
    bases_.push_back(bases_.back() + reader.doc_count());
    live_roots_ += live_roots(reader);
    live_docs_ += reader.live_count();
  }
}

FieldStatistics Searcher::statistics(std::string_view path) const {
  FieldStatistics total;
  for (const SegmentReader& reader : parts_.segments) {
    const TextIndex* text = reader.text(path);
    if (text == nullptr) continue;
    const FieldStatistics part = text->statistics();
    total.doc_count += part.doc_count;
    total.sum_total_term_freq += part.sum_total_term_freq;
    total.sum_doc_freq += part.sum_doc_freq;
  }
  return total;
}

uint64_t Searcher::doc_freq(std::string_view path, std::string_view term) const {
  uint64_t total = 0;
  for (const SegmentReader& reader : parts_.segments) {
    if (const TextIndex* text = reader.text(path)) total += text->doc_freq(term);
  }
  return total;
}

uint64_t Searcher::total_term_freq(std::string_view path, std::string_view term) const {
  uint64_t total = 0;
  for (const SegmentReader& reader : parts_.segments) {
    if (const TextIndex* text = reader.text(path)) total += text->total_term_freq(term);
  }
  return total;
}

std::optional<DocRef> Searcher::find(std::string_view id) const {
  if (parts_.store == nullptr) return std::nullopt;  // of percolated documents
  const auto entry = parts_.store->find_id(parts_.index_key, id, parts_.snapshot.get());
  if (!entry || entry->deleted) return std::nullopt;
  return find_row(entry->row);
}

std::optional<DocRef> Searcher::find_row(RowId row) const {
  const auto& segments = parts_.segments;
  const auto it = std::lower_bound(segments.begin(), segments.end(), row, [](const SegmentReader& reader, RowId wanted) {
    return reader.segment().last_row() < wanted;
  });
  if (it == segments.end()) return std::nullopt;
  const LocalDocId doc = it->segment().find_row(row);
  if (doc == kNoDoc || !it->is_live(doc)) return std::nullopt;
  return DocRef{static_cast<uint32_t>(it - segments.begin()), doc};
}

StoredDocument Searcher::fetch(DocRef root) const { return std::move(fetch_all(std::span(&root, 1)).front()); }

std::vector<StoredDocument> Searcher::fetch_all(std::span<const DocRef> roots) const {
  if (parts_.store == nullptr) {
    throw ApiError(501, "not_implemented_exception", "the _source of percolated documents cannot be read by their queries");
  }
  std::vector<std::pair<RowId, size_t>> order;
  order.reserve(roots.size());
  for (size_t i = 0; i < roots.size(); ++i) {
    order.emplace_back(parts_.segments[roots[i].segment].segment().row(roots[i].doc), i);
  }
  std::sort(order.begin(), order.end());
  std::vector<RowId> rows;
  rows.reserve(order.size());
  for (const auto& [row, position] : order) rows.push_back(row);
  auto documents = parts_.store->read_rows(parts_.index_key, rows, parts_.snapshot.get());
  std::vector<StoredDocument> out(roots.size());
  for (size_t i = 0; i < order.size(); ++i) {
    if (!documents[i]) {
      throw ApiError(500, "store_exception",
                     fmt::format("row {} of index [{}] is missing", order[i].first.value, parts_.index_name));
    }
    StoredDocument& document = *documents[i];
    if (!parts_.mapping->source_enabled()) {
      document.source.clear();
    } else if (parts_.source_filtered) {
      document.source = parts_.mapping->filter_source(document.source);
    }
    out[order[i].second] = std::move(document);
  }
  return out;
}

SeqNo Searcher::seq_no(DocRef root) const {
  const NumericColumn* column = parts_.segments[root.segment].numbers("_seq_no");
  return column != nullptr ? SeqNo(column->first(root.doc, kNoSeqNo.value)) : kNoSeqNo;
}

Version Searcher::version(DocRef root) const {
  const NumericColumn* column = parts_.segments[root.segment].numbers("_version");
  return column != nullptr ? column->first(root.doc, 1) : 1;
}

}  // namespace tarn

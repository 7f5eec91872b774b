#include "query/aggs/made_columns.h"

#include <algorithm>

#include "query/filter/list_column.h"

namespace tarn::query {
namespace {

/// A column in which every document has the same term.
class ConstantColumn final : public KeywordColumn {
 public:
  ConstantColumn(std::string term, uint32_t docs) : term_(std::move(term)), docs_(docs) {}
  uint32_t doc_count() const override { return docs_; }
  uint32_t present_count() const override { return docs_; }
  uint64_t value_count() const override { return docs_; }
  bool has(LocalDocId) const override { return true; }
  void or_presence_into(Bitset& out) const override { out.set_range(0, docs_); }
  Ordinal ordinal_count() const override { return 1; }
  std::string_view term(Ordinal) const override { return term_; }
  std::optional<Ordinal> find(std::string_view term) const override { return term == term_ ? std::optional<Ordinal>(0) : std::nullopt; }
  Ordinal lower_bound(std::string_view term) const override { return term <= term_ ? 0 : 1; }
  uint32_t doc_freq(Ordinal) const override { return docs_; }
  void or_docs_into(Ordinal begin, Ordinal end, Bitset& out) const override {
    if (begin < end) out.set_range(0, docs_);
  }
  Ordinal first(LocalDocId) const override { return 0; }
  void ordinals(LocalDocId, std::vector<Ordinal>& out) const override { out.push_back(0); }
  void gather(const LocalDocId*, size_t count, Ordinal* out) const override { std::fill(out, out + count, 0); }
  void gather_all(const LocalDocId*, size_t count, MultiValues<Ordinal>& out) const override {
    out.offsets.resize(count + 1);
    for (size_t i = 0; i <= count; ++i) out.offsets[i] = static_cast<uint32_t>(i);
    out.values.assign(count, 0);
  }
  void count_in(const Bitset& documents, uint32_t* counts) const override { counts[0] += documents.count(); }
  size_t memory_bytes() const override { return 0; }

 private:
  std::string term_;
  uint32_t docs_;
};

constexpr size_t kIdBatch = 512;   // documents are read with their sources

}  // namespace

std::unique_ptr<const KeywordColumn> constant_column(std::string term, uint32_t docs) { return std::make_unique<ConstantColumn>(std::move(term), docs); }

std::unique_ptr<const KeywordColumn> id_column(const Searcher& searcher, size_t segment) {
  const SegmentReader& reader = searcher.segments()[segment];
  const Bitset* roots = reader.segment().roots();
  std::vector<DocRef> refs;
  for (LocalDocId doc = 0; doc < reader.doc_count(); ++doc) {
    if (reader.is_live(doc) && (roots == nullptr || roots->test(doc))) refs.push_back({static_cast<uint32_t>(segment), doc});
  }
  auto out = std::make_unique<ListColumn>();
  std::vector<std::string> ids;
  std::vector<Ordinal> terms;
  LocalDocId next = 0;
  const auto skip_to = [&](LocalDocId doc) {
    terms.clear();
    for (; next < doc; ++next) out->add_document(terms);
  };
  for (size_t begin = 0; begin < refs.size(); begin += kIdBatch) {
    const auto batch = std::span(refs).subspan(begin, std::min(kIdBatch, refs.size() - begin));
    for (size_t i = 0; StoredDocument& stored : searcher.fetch_all(batch)) {
      skip_to(batch[i++].doc);
      terms.assign(1, static_cast<Ordinal>(ids.size()));
      ids.push_back(std::move(stored.id));
      out->add_document(terms);
      ++next;
    }
  }
  skip_to(reader.doc_count());
  out->finish(std::move(ids));
  return out;
}

}  // namespace tarn::query

#include "query/aggs/made_columns.h"

#include <algorithm>

#include "indexer/base/error.h"

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

constexpr size_t kValuesMax = size_t{64} << 20;   // (document, term) pairs of one segment

/// Terms of documents that were listed one after the other.
class ListColumn final : public KeywordColumn {
 public:
  /// The next document's terms, by number in any order.
  void add_document(std::vector<Ordinal>& terms) {
    offsets_.push_back(static_cast<uint32_t>(values_.size()));
    std::sort(terms.begin(), terms.end());
    terms.erase(std::unique(terms.begin(), terms.end()), terms.end());
    values_.insert(values_.end(), terms.begin(), terms.end());
    present_ += !terms.empty();
    if (values_.size() > kValuesMax) throw ApiError(Error(429, "circuit_breaking_exception", "[fielddata] Data too large"));
  }
  /// After the last document: what the numbers stand for.
  void finish(std::vector<std::string> terms) {
    offsets_.push_back(static_cast<uint32_t>(values_.size()));
    sort_terms(std::move(terms));
  }
  uint32_t doc_count() const override { return static_cast<uint32_t>(offsets_.size() - 1); }
  uint32_t present_count() const override { return present_; }
  uint64_t value_count() const override { return values_.size(); }
  bool has(LocalDocId doc) const override { return offsets_[doc] < offsets_[doc + 1]; }
  void or_presence_into(Bitset& out) const override {
    for (LocalDocId doc = 0; doc < doc_count(); ++doc) {
      if (has(doc)) out.set(doc);
    }
  }
  Ordinal ordinal_count() const override { return static_cast<Ordinal>(terms_.size()); }
  std::string_view term(Ordinal ordinal) const override { return terms_[ordinal]; }
  Ordinal lower_bound(std::string_view term) const override {
    return static_cast<Ordinal>(std::lower_bound(terms_.begin(), terms_.end(), term) - terms_.begin());
  }
  std::optional<Ordinal> find(std::string_view term) const override {
    const Ordinal at = lower_bound(term);
    return at < terms_.size() && terms_[at] == term ? std::optional<Ordinal>(at) : std::nullopt;
  }
  uint32_t doc_freq(Ordinal ordinal) const override { return static_cast<uint32_t>(std::count(values_.begin(), values_.end(), ordinal)); }
  void or_docs_into(Ordinal begin, Ordinal end, Bitset& out) const override {
    for (LocalDocId doc = 0; doc < doc_count(); ++doc) {
      for (uint32_t i = offsets_[doc]; i < offsets_[doc + 1]; ++i) {
        if (values_[i] >= begin && values_[i] < end) out.set(doc);
      }
    }
  }
  Ordinal first(LocalDocId doc) const override { return has(doc) ? values_[offsets_[doc]] : kNoOrdinal; }
  void ordinals(LocalDocId doc, std::vector<Ordinal>& out) const override {
    out.insert(out.end(), values_.begin() + offsets_[doc], values_.begin() + offsets_[doc + 1]);
  }
  void gather(const LocalDocId* docs, size_t count, Ordinal* out) const override {
    for (size_t i = 0; i < count; ++i) out[i] = first(docs[i]);
  }
  void gather_all(const LocalDocId* docs, size_t count, MultiValues<Ordinal>& out) const override {
    out.offsets.resize(count + 1);
    out.values.clear();
    for (size_t i = 0; i < count; ++i) {
      out.offsets[i] = static_cast<uint32_t>(out.values.size());
      ordinals(docs[i], out.values);
    }
    out.offsets[count] = static_cast<uint32_t>(out.values.size());
  }
  void count_in(const Bitset& documents, uint32_t* counts) const override {
    documents.for_each([&](uint32_t doc) {
      for (uint32_t i = offsets_[doc]; i < offsets_[doc + 1]; ++i) ++counts[values_[i]];
    });
  }
  size_t memory_bytes() const override { return (offsets_.size() + values_.size()) * 4; }

 private:
  void sort_terms(std::vector<std::string> terms) {
    std::vector<std::pair<std::string, Ordinal>> order;
    for (size_t i = 0; i < terms.size(); ++i) order.emplace_back(std::move(terms[i]), static_cast<Ordinal>(i));
    std::sort(order.begin(), order.end());
    std::vector<Ordinal> ranks(order.size());
    for (size_t rank = 0; rank < order.size(); ++rank) {
      ranks[order[rank].second] = static_cast<Ordinal>(rank);
      terms_.push_back(std::move(order[rank].first));
    }
    for (Ordinal& value : values_) value = ranks[value];
    for (size_t doc = 0; doc + 1 < offsets_.size(); ++doc) std::sort(values_.begin() + offsets_[doc], values_.begin() + offsets_[doc + 1]);
  }
  std::vector<std::string> terms_;
  std::vector<uint32_t> offsets_;
  std::vector<Ordinal> values_;
  uint32_t present_ = 0;
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

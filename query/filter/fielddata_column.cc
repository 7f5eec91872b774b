#include "query/filter/fielddata_column.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <unordered_map>
#include <vector>

#include "indexer/base/error.h"

namespace tarn::query {

namespace {

constexpr size_t kFielddataMax = size_t{64} << 20;   // (document, term) pairs of one segment

/// fielddata_frequency_filter: bounds above 1 are counts, others shares of the documents with the field.
struct FielddataFilter {
  double min = 0, max = 2147483647.0;
  uint64_t min_segment_size = 0;
};

FielddataFilter filter_of(const FieldType& field) {
  FielddataFilter out;
  const auto found = field.parameters.find("fielddata_frequency_filter");
  if (found == field.parameters.end() || !found->is_object()) return out;
  const auto number = [&](const char* key, double otherwise) {
    const auto at = found->find(key);
    return at != found->end() && at->is_number() ? at->get<double>() : otherwise;
  };
  out.min = number("min", out.min);
  out.max = number("max", out.max);
  out.min_segment_size = static_cast<uint64_t>(std::max(0.0, number("min_segment_size", 0)));
  return out;
}

class FielddataColumn final : public KeywordColumn {
 public:
  FielddataColumn(const TextIndex& text, uint32_t docs, const FielddataFilter& filter) {
    std::vector<ColumnToken> tokens;
    std::unordered_map<uint32_t, Ordinal> numbers;   // of the token dictionary -> in order of sight
    std::vector<uint32_t> seen;
    offsets_.reserve(docs + 1);
    for (LocalDocId doc = 0; doc < docs; ++doc) {
      offsets_.push_back(static_cast<uint32_t>(values_.size()));
      tokens.clear();
      text.tokens(doc, tokens);
      const size_t begin = values_.size();
      for (const ColumnToken& token : tokens) {
        const auto [it, fresh] = numbers.try_emplace(token.term, static_cast<Ordinal>(seen.size()));
        if (fresh) seen.push_back(token.term);
        values_.push_back(it->second);
      }
      std::sort(values_.begin() + static_cast<ptrdiff_t>(begin), values_.end());
      values_.erase(std::unique(values_.begin() + static_cast<ptrdiff_t>(begin), values_.end()), values_.end());
      present_ += values_.size() > begin;
      if (values_.size() > kFielddataMax) throw ApiError(Error(429, "circuit_breaking_exception", "[fielddata] Data too large"));
    }
    offsets_.push_back(static_cast<uint32_t>(values_.size()));
    sort_terms(text, seen);
    drop_terms(filter);
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
  void sort_terms(const TextIndex& text, const std::vector<uint32_t>& seen) {
    std::vector<std::pair<std::string, Ordinal>> order;
    for (size_t i = 0; i < seen.size(); ++i) order.emplace_back(text.token_term(seen[i]), static_cast<Ordinal>(i));
    std::sort(order.begin(), order.end());
    std::vector<Ordinal> ranks(order.size());
    for (size_t rank = 0; rank < order.size(); ++rank) {
      ranks[order[rank].second] = static_cast<Ordinal>(rank);
      terms_.push_back(std::move(order[rank].first));
    }
    for (Ordinal& value : values_) value = ranks[value];
    for (size_t doc = 0; doc + 1 < offsets_.size(); ++doc) std::sort(values_.begin() + offsets_[doc], values_.begin() + offsets_[doc + 1]);
  }
  /// Terms that are in too few or too many documents of the segment.
  void drop_terms(const FielddataFilter& filter) {
    if (present_ < filter.min_segment_size) return;
    const auto count_of = [&](double share) { return share > 1 ? share : std::floor(present_ * share); };
    const double low = count_of(filter.min), high = count_of(filter.max);
    if (low <= 1 && high >= present_) return;
    std::vector<uint32_t> freqs(terms_.size(), 0);
    for (const Ordinal value : values_) ++freqs[value];
    std::vector<Ordinal> renumbered(terms_.size(), kNoOrdinal);
    std::vector<std::string> kept;
    for (size_t i = 0; i < terms_.size(); ++i) {
      if (freqs[i] < low || freqs[i] > high) continue;
      renumbered[i] = static_cast<Ordinal>(kept.size());
      kept.push_back(std::move(terms_[i]));
    }
    terms_ = std::move(kept);
    size_t out = 0;
    present_ = 0;
    for (size_t doc = 0; doc + 1 < offsets_.size(); ++doc) {
      const size_t begin = out;
      const uint32_t first = offsets_[doc], last = offsets_[doc + 1];
      offsets_[doc] = static_cast<uint32_t>(begin);
      for (uint32_t i = first; i < last; ++i) {
        if (renumbered[values_[i]] != kNoOrdinal) values_[out++] = renumbered[values_[i]];
      }
      present_ += out > begin;
    }
    offsets_.back() = static_cast<uint32_t>(out);
    values_.resize(out);
  }
  std::vector<std::string> terms_;
  std::vector<uint32_t> offsets_;
  std::vector<Ordinal> values_;
  uint32_t present_ = 0;
};

}  // namespace

std::unique_ptr<KeywordColumn> make_fielddata_column(const SegmentReader& segment, const FieldType& field) {
  if (!field.positions) {
    throw ApiError(Error(501, "not_implemented_exception", "fielddata of a text field without positions is not implemented in Tarn yet"));
  }
  const TextIndex* text = segment.text(field.path);
  if (text == nullptr) return nullptr;
  return std::make_unique<FielddataColumn>(*text, segment.doc_count(), filter_of(field));
}

}  // namespace tarn::query

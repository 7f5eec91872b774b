#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "indexer/base/error.h"
#include "indexer/segment/column.h"

namespace tarn::query {

/// A keyword column that no segment holds, of terms of documents that are listed one after the other: for one search.
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
  /// Leaves out the terms that are in fewer documents than `low` or in more than `high`.
  void keep_terms(double low, double high) {
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
  static constexpr size_t kValuesMax = size_t{64} << 20;   // (document, term) pairs

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

}  // namespace tarn::query

#include <algorithm>
#include <limits>
#include <optional>

#include "query/filter/column_filters.h"

namespace tarn::query {

namespace {

constexpr size_t kBatch = 1024;

/// Removes every document of `documents` for which no value of `column` satisfies `accepts`. `refused`, if there is one, is a
/// value that `accepts` refuses: it stands for a missing one.
template <class Accepts>
void keep_where(const NumericColumn& column, Bitset& documents, std::optional<int64_t> refused, Accepts&& accepts) {
  LocalDocId docs[kBatch];
  int64_t values[kBatch];
  MultiValues<int64_t> multi;
  uint64_t* words = documents.words();
  const auto keep = [&](LocalDocId doc, bool stays) { words[doc >> 6] &= ~(uint64_t{!stays} << (doc & 63)); };
  const bool single = !column.multi_valued() && (column.dense() || refused);
  for (uint32_t from = 0; from < documents.size();) {
    const size_t n = documents.extract(from, docs, kBatch);
    if (n == 0) return;
    if (single) {
      column.gather(docs, n, refused.value_or(0), values);
      for (size_t i = 0; i < n; ++i) keep(docs[i], accepts(values[i]));
    } else {
      multi.offsets.clear();
      multi.values.clear();
      column.gather_all(docs, n, multi);
      for (size_t i = 0; i < n; ++i) {
        bool any = false;
        for (uint32_t v = multi.offsets[i]; v < multi.offsets[i + 1] && !any; ++v) any = accepts(multi.values[v]);
        keep(docs[i], any);
      }
    }
    if (n < kBatch) return;
    from = docs[n - 1] + 1;
  }
}

/// Checking a candidate costs about as much as scanning this many documents of a column.
constexpr uint64_t kCheckCost = 6;

class NumberRangePlan final : public ConstantPlan {
 public:
  NumberRangePlan(std::string path, int64_t low, int64_t high, float score)
      : ConstantPlan(score), path_(std::move(path)), low_(low), high_(high) {}

  uint64_t cost(const SegmentView& segment) const override {
    const NumericColumn* column = segment.reader.numbers(path_);
    if (column == nullptr || column->present_count() == 0) return 0;
    const int64_t min = column->min(), max = column->max();
    if (high_ < min || low_ > max) return 0;
    if (low_ <= min && high_ >= max) return column->present_count();
    const double width = static_cast<double>(max) - static_cast<double>(min) + 1;
    const double part = (static_cast<double>(std::min(high_, max)) - static_cast<double>(std::max(low_, min)) + 1) / width;
    return 1 + static_cast<uint64_t>(part * column->present_count());
  }
  void or_into(const SegmentView& segment, Bitset& out) const override {
    const NumericColumn* column = segment.reader.numbers(path_);
    if (column == nullptr || column->present_count() == 0) return;
    if (low_ <= column->min() && high_ >= column->max()) {
      column->or_presence_into(out);
    } else if (low_ <= column->max() && high_ >= column->min()) {
      column->or_range_into(low_, high_, out);
    }
  }
  void restrict_to(const SegmentView& segment, Bitset& documents) const override {
    const NumericColumn* column = segment.reader.numbers(path_);
    if (column == nullptr || uint64_t{documents.count()} * kCheckCost > column->doc_count()) {
      return Plan::restrict_to(segment, documents);
    }
    if (low_ > high_) {
      documents = Bitset(documents.size());
      return;
    }
    std::optional<int64_t> outside;
    if (low_ > std::numeric_limits<int64_t>::min()) outside = low_ - 1;
    else if (high_ < std::numeric_limits<int64_t>::max()) outside = high_ + 1;
    const auto low = static_cast<uint64_t>(low_), width = static_cast<uint64_t>(high_) - low;
    keep_where(*column, documents, outside,
               [=](int64_t value) { return static_cast<uint64_t>(value) - low <= width; });
  }
  std::string_view cache_path() const override { return path_; }
  std::string cache_key() const override {
    return "range\0" + path_ + '\0' + std::to_string(low_) + '\0' + std::to_string(high_);
  }

  std::string describe() const override {
    const std::string low = low_ == INT64_MIN ? "*" : std::to_string(low_), high = high_ == INT64_MAX ? "*" : std::to_string(high_);
    return path_ + ":[" + low + " TO " + high + "]";
  }
  bool may_match_nested(const Mapping& mapping) const override { return in_nested(mapping, path_); }
 private:
  std::string path_;
  int64_t low_, high_;
};

class NumberTermsPlan final : public ConstantPlan {
 public:
  NumberTermsPlan(std::string path, std::vector<int64_t> values, float score)
      : ConstantPlan(score), path_(std::move(path)), values_(std::move(values)) {}

  uint64_t cost(const SegmentView& segment) const override {
    const NumericColumn* column = segment.reader.numbers(path_);
    if (column == nullptr || column->present_count() == 0) return 0;
    if (values_.back() < column->min() || values_.front() > column->max()) return 0;
    return column->present_count() / 4 + 1;
  }
  void or_into(const SegmentView& segment, Bitset& out) const override {
    if (cost(segment) > 0) segment.reader.numbers(path_)->or_terms_into(values_, out);
  }
  void restrict_to(const SegmentView& segment, Bitset& documents) const override {
    const NumericColumn* column = segment.reader.numbers(path_);
    if (column == nullptr || uint64_t{documents.count()} * kCheckCost > column->doc_count()) {
      return Plan::restrict_to(segment, documents);
    }
    keep_where(*column, documents, std::nullopt,
               [this](int64_t value) { return std::binary_search(values_.begin(), values_.end(), value); });
  }
  std::string_view cache_path() const override { return path_; }
  std::string cache_key() const override {
    if (values_.size() > 16) return {};
    std::string key = "numbers\0" + path_;
    for (const int64_t value : values_) key += '\0' + std::to_string(value);
    return key;
  }

  std::string describe() const override {
    std::string out = path_ + ": [";
    for (size_t i = 0; i < values_.size(); ++i) out += (i > 0 ? ", " : "") + std::to_string(values_[i]);
    return out + "]";
  }
  bool may_match_nested(const Mapping& mapping) const override { return in_nested(mapping, path_); }
 private:
  std::string path_;
  std::vector<int64_t> values_;
};

class GeoPlan final : public ConstantPlan {
 public:
  GeoPlan(std::string path, double south, double north, std::function<bool(int64_t)> accepts, float score)
      : ConstantPlan(score), path_(std::move(path)), accepts_(std::move(accepts)) {
    // Latitude is the upper half of the encoding: a band of latitudes is a range of values.
    low_ = encode_geo(std::max(-90.0, south), -180) & ~int64_t{0xFFFFFFFF};
    high_ = encode_geo(std::min(90.0, north), 180) | int64_t{0xFFFFFFFF};
    if (low_ > high_) std::swap(low_, high_);
  }
  uint64_t cost(const SegmentView& segment) const override {
    const NumericColumn* column = segment.reader.numbers(path_);
    return column == nullptr ? 0 : column->present_count();  // dear: it is checked last
  }
  void or_into(const SegmentView& segment, Bitset& out) const override {
    const NumericColumn* column = segment.reader.numbers(path_);
    if (column == nullptr || column->present_count() == 0) return;
    Bitset candidates(segment.doc_count());
    column->or_range_into(low_, high_, candidates);
    keep_where(*column, candidates, std::nullopt, accepts_);
    out |= candidates;
  }
  void restrict_to(const SegmentView& segment, Bitset& documents) const override {
    const NumericColumn* column = segment.reader.numbers(path_);
    if (column == nullptr) {
      documents = Bitset(documents.size());
      return;
    }
    if (uint64_t{documents.count()} * kCheckCost > column->doc_count()) {
      Bitset band(segment.doc_count());
      column->or_range_into(low_, high_, band);
      documents &= band;
    }
    keep_where(*column, documents, std::nullopt, accepts_);
  }

 private:
  std::string path_;
  std::function<bool(int64_t)> accepts_;
  int64_t low_, high_;
};

class DocumentsPlan final : public ConstantPlan {
 public:
  DocumentsPlan(std::vector<DocRef> documents, float score) : ConstantPlan(score), documents_(std::move(documents)) {
    std::sort(documents_.begin(), documents_.end());
  }
  uint64_t cost(const SegmentView& segment) const override {
    const auto [first, last] = of_segment(segment);
    return static_cast<uint64_t>(last - first);
  }
  void or_into(const SegmentView& segment, Bitset& out) const override {
    const auto [first, last] = of_segment(segment);
    for (auto it = first; it != last; ++it) out.set(it->doc);
  }

 private:
  std::pair<std::vector<DocRef>::const_iterator, std::vector<DocRef>::const_iterator> of_segment(
      const SegmentView& segment) const {
    const auto index = static_cast<uint32_t>(segment.index);
    return {std::lower_bound(documents_.begin(), documents_.end(), DocRef{index, 0}),
            std::lower_bound(documents_.begin(), documents_.end(), DocRef{index + 1, 0})};
  }
  std::vector<DocRef> documents_;
};

}  // namespace

PlanPtr number_range_plan(std::string path, int64_t low, int64_t high, float score) {
  if (low > high) return match_none_plan();
  return std::make_shared<NumberRangePlan>(std::move(path), low, high, score);
}

PlanPtr number_terms_plan(std::string path, std::vector<int64_t> values, float score) {
  if (values.empty()) return match_none_plan();
  std::sort(values.begin(), values.end());
  values.erase(std::unique(values.begin(), values.end()), values.end());
  if (values.size() == 1) return number_range_plan(std::move(path), values[0], values[0], score);
  return std::make_shared<NumberTermsPlan>(std::move(path), std::move(values), score);
}

PlanPtr geo_plan(std::string path, double south, double north, std::function<bool(int64_t)> accepts, float score) {
  return std::make_shared<GeoPlan>(std::move(path), south, north, std::move(accepts), score);
}

PlanPtr documents_plan(std::vector<DocRef> documents, float score) {
  if (documents.empty()) return match_none_plan();
  return std::make_shared<DocumentsPlan>(std::move(documents), score);
}

}  // namespace tarn::query

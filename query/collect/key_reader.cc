#include "query/collect/key_reader.h"

#include <algorithm>
#include <cmath>

#include "query/bind/compound.h"
#include "query/filter/fielddata_column.h"

namespace tarn::query {

int64_t KeyReader::bound(LocalDocId, LocalDocId) const { return INT64_MIN; }

namespace {

/// Key space of numbers: as they are, or complemented where greater values come first.
int64_t directed(int64_t number, bool descending) { return descending ? ~number : number; }

class ScoreReader final : public KeyReader {
 public:
  explicit ScoreReader(bool descending) : descending_(descending) {}
  void read(const LocalDocId*, const float* scores, size_t count, int64_t* keys) override {
    for (size_t i = 0; i < count; ++i) keys[i] = directed(sortable_double(scores[i]), descending_);
  }
  SortValue value(int64_t key, LocalDocId) const override { return {directed(key, descending_), {}, false}; }
  int64_t place(const SortValue& value, bool& equal) const override {
    equal = true;
    return directed(value.number, descending_);
  }

 private:
  bool descending_;
};

class DocReader final : public KeyReader {
 public:
  DocReader(int64_t base, bool descending) : base_(base), descending_(descending) {}
  void read(const LocalDocId* docs, const float*, size_t count, int64_t* keys) override {
    for (size_t i = 0; i < count; ++i) keys[i] = directed(base_ + docs[i], descending_);
  }
  int64_t bound(LocalDocId begin, LocalDocId end) const override {
    return directed(base_ + (descending_ ? end : begin), descending_);
  }
  SortValue value(int64_t key, LocalDocId) const override { return {directed(key, descending_), {}, false}; }
  int64_t place(const SortValue& value, bool& equal) const override {
    equal = true;
    return directed(value.number, descending_);
  }

 private:
  int64_t base_;
  bool descending_;
};

/// Values of the nested children of roots, brought together at the root.
struct Children {
  Bitset members;
  const Bitset* roots;

  /// Calls visit(child) for those of `root`; a document within a root has none.
  template <class Visit>
  void each(LocalDocId root, Visit&& visit) const {
    if (roots != nullptr && !roots->test(root)) return;
    const uint32_t previous = root == 0 || roots == nullptr ? UINT32_MAX : roots->previous(root - 1);
    for (uint32_t child = members.next(previous == UINT32_MAX ? 0 : previous + 1); child < root; child = members.next(child + 1)) {
      visit(child);
    }
  }
};

class NumberReader final : public KeyReader {
 public:
  NumberReader(const BoundSort& sort, const NumericColumn* column, std::unique_ptr<Children> children)
      : sort_(sort), column_(column), children_(std::move(children)) {
    single_ = column_ != nullptr && !children_ && (sort_.mode == SortMode::kMin || !column_->multi_valued());
  }

  void read(const LocalDocId* docs, const float*, size_t count, int64_t* keys) override {
    if (column_ == nullptr) {
      std::fill_n(keys, count, directed(sort_.missing_number, sort_.descending));
      return;
    }
    if (single_ && sort_.convert == BoundSort::Convert::kNone) {
      column_->gather(docs, count, sort_.missing_number, keys);
    } else {
      gather_modes(docs, count, keys);
    }
    if (sort_.descending) {
      for (size_t i = 0; i < count; ++i) keys[i] = ~keys[i];
    }
  }

  int64_t bound(LocalDocId begin, LocalDocId end) const override {
    if (!single_ || sort_.convert != BoundSort::Convert::kNone || end <= begin) return INT64_MIN;
    const uint32_t first = begin / NumericColumn::kBlockDocs, last = (end - 1) / NumericColumn::kBlockDocs;
    int64_t best = INT64_MAX;
    for (uint32_t b = first; b <= last; ++b) {
      const NumericColumn::BlockRange range = column_->block(b);
      if (range.min <= range.max) best = std::min(best, directed(sort_.descending ? range.max : range.min, sort_.descending));
      const uint32_t docs = std::min(NumericColumn::kBlockDocs, column_->doc_count() - b * NumericColumn::kBlockDocs);
      if (range.present < docs) best = std::min(best, directed(sort_.missing_number, sort_.descending));
    }
    return best;
  }
  SortValue value(int64_t key, LocalDocId) const override { return {directed(key, sort_.descending), {}, false}; }
  int64_t place(const SortValue& value, bool& equal) const override {
    equal = true;
    return directed(value.number, sort_.descending);
  }

 private:
  int64_t converted(int64_t value) const {
    switch (sort_.convert) {
      case BoundSort::Convert::kNone: return value;
      case BoundSort::Convert::kScaledToDouble:
        return sortable_double(static_cast<double>(value) / sort_.field->scaling_factor);
      case BoundSort::Convert::kToDouble: return sortable_double(static_cast<double>(value));
      case BoundSort::Convert::kToLong: return static_cast<int64_t>(from_sortable_double(value));
      case BoundSort::Convert::kMsToNs: return value * 1000000;
      case BoundSort::Convert::kNsToMs: return value / 1000000;
    }
    return value;
  }
  int64_t reduce(std::vector<int64_t>& values) const {
    if (values.empty()) return sort_.missing_number;
    switch (sort_.mode) {
      case SortMode::kMax: return *std::max_element(values.begin(), values.end());
      case SortMode::kSum:
      case SortMode::kAvg: return sum_or_average(values);
      case SortMode::kMedian: return median(values);
      default: return *std::min_element(values.begin(), values.end());
    }
  }
  bool floating() const { return sort_.output == SortOutput::kDouble || sort_.output == SortOutput::kFloat; }
  int64_t sum_or_average(const std::vector<int64_t>& values) const {
    const auto n = static_cast<double>(values.size());
    const bool average = sort_.mode == SortMode::kAvg;
    if (floating()) {
      double sum = 0;
      for (const int64_t value : values) sum += from_sortable_double(value);
      return sortable_double(average ? sum / n : sum);
    }
    const bool is_unsigned = sort_.output == SortOutput::kUnsigned;
    const uint64_t sign = is_unsigned ? 1ull << 63 : 0;
    uint64_t wrapped = 0;  // as Java's longs do
    for (const int64_t value : values) wrapped += static_cast<uint64_t>(value) ^ sign;
    const auto sum = static_cast<int64_t>(wrapped ^ sign);
    if (!average || values.size() == 1) return sum;
    if (is_unsigned) {
      const uint64_t count = values.size(), rest = wrapped % count;
      return static_cast<int64_t>((wrapped / count + (rest * 2 >= count ? 1 : 0)) ^ sign);
    }
    return static_cast<int64_t>(std::floor(static_cast<double>(sum) / n + 0.5));
  }
  int64_t median(std::vector<int64_t>& values) const {
    std::sort(values.begin(), values.end());
    const size_t middle = values.size() / 2;
    if (values.size() % 2 == 1) return values[middle];
    if (floating()) {
      return sortable_double((from_sortable_double(values[middle - 1]) + from_sortable_double(values[middle])) / 2);
    }
    if (sort_.output == SortOutput::kUnsigned) {  // Java's arithmetic: the sum wraps
      constexpr uint64_t kSign = 1ull << 63;
      const uint64_t sum = (static_cast<uint64_t>(values[middle - 1]) ^ kSign) + (static_cast<uint64_t>(values[middle]) ^ kSign);
      return static_cast<int64_t>(((sum >> 1) + (sum & 1)) ^ kSign);
    }
    const double half = static_cast<double>(values[middle - 1]) / 2.0 + static_cast<double>(values[middle]) / 2.0;
    return half >= 9.2233720368547758e18 ? INT64_MAX : static_cast<int64_t>(std::floor(half + 0.5));
  }
  void gather_modes(const LocalDocId* docs, size_t count, int64_t* keys) {
    if (children_) {
      for (size_t i = 0; i < count; ++i) keys[i] = of_children(docs[i]);
      return;
    }
    multi_.offsets.clear();
    multi_.values.clear();
    column_->gather_all(docs, count, multi_);
    for (size_t i = 0; i < count; ++i) {
      values_.clear();
      for (uint32_t v = multi_.offsets[i]; v < multi_.offsets[i + 1]; ++v) values_.push_back(converted(multi_.values[v]));
      keys[i] = reduce(values_);
    }
  }
  int64_t of_children(LocalDocId root) {
    values_.clear();
    raw_.clear();
    uint32_t left = sort_.max_children;
    children_->each(root, [&](LocalDocId child) {
      if (left == 0) return;
      column_->values(child, raw_);
      --left;
    });
    for (const int64_t value : raw_) values_.push_back(converted(value));
    return reduce(values_);
  }

  const BoundSort& sort_;
  const NumericColumn* column_;
  std::unique_ptr<Children> children_;
  bool single_ = false;
  MultiValues<int64_t> multi_;
  std::vector<int64_t> values_, raw_;
};

/// Keys are twice the ordinal, so that a text between two ordinals has a place of its own.
class KeywordReader final : public KeyReader {
 public:
  /// Keeps a column that was made for it.
  KeywordReader(const BoundSort& sort, std::unique_ptr<KeywordColumn> column, std::unique_ptr<Children> children)
      : KeywordReader(sort, column.get(), std::move(children)) {
    own_column_ = std::move(column);
  }
  KeywordReader(const BoundSort& sort, const KeywordColumn* column, std::unique_ptr<Children> children)
      : sort_(sort), column_(column), children_(std::move(children)) {
    missing_ = sort_.missing_first ? INT64_MIN + 1 : INT64_MAX - 1;
    if (!sort_.prefix.empty() && column_ != nullptr) {
      begin_ = column_->lower_bound(sort_.prefix);
      std::string after = sort_.prefix;
      ++after.back();
      end_ = column_->lower_bound(after);
    }
    if (sort_.missing_text) {
      bool equal = false;
      missing_ = text_place(*sort_.missing_text, equal);
    }
  }
  void read(const LocalDocId* docs, const float*, size_t count, int64_t* keys) override {
    if (column_ == nullptr) {
      std::fill_n(keys, count, missing_);
      return;
    }
    if (!children_ && sort_.prefix.empty() && (sort_.mode == SortMode::kMin || !column_->multi_valued())) {
      ordinals_.resize(count);
      column_->gather(docs, count, ordinals_.data());
      for (size_t i = 0; i < count; ++i) keys[i] = key_of(ordinals_[i]);
      return;
    }
    for (size_t i = 0; i < count; ++i) keys[i] = key_of(best_of(docs[i]));
  }
  SortValue value(int64_t key, LocalDocId) const override {
    SortValue out;
    if (key == missing_) {
      out.text = sort_.missing_text;
      out.missing = !out.text;
      return out;
    }
    out.text = std::string(column_->term(static_cast<Ordinal>(directed(key, sort_.descending) / 2))).substr(sort_.prefix.size());
    return out;
  }
  int64_t place(const SortValue& value, bool& equal) const override {
    if (value.missing || !value.text) {
      equal = true;
      return missing_;
    }
    return text_place(*value.text, equal);
  }

 private:
  int64_t key_of(Ordinal ordinal) const {
    return ordinal == kNoOrdinal ? missing_ : directed(int64_t{ordinal} * 2, sort_.descending);
  }
  int64_t text_place(const std::string& given, bool& equal) const {
    const std::string text = sort_.prefix + given;
    const Ordinal at = column_ == nullptr ? 0 : column_->lower_bound(text);
    equal = column_ != nullptr && at < column_->ordinal_count() && column_->term(at) == text;
    return directed(int64_t{at} * 2 - (equal ? 0 : 1), sort_.descending);
  }
  Ordinal best_of(LocalDocId doc) {
    ordinals_.clear();
    if (children_) {
      children_->each(doc, [&](LocalDocId child) { column_->ordinals(child, ordinals_); });
    } else {
      column_->ordinals(doc, ordinals_);
    }
    if (!sort_.prefix.empty()) std::erase_if(ordinals_, [this](Ordinal o) { return o < begin_ || o >= end_; });
    if (ordinals_.empty()) return kNoOrdinal;
    return sort_.mode == SortMode::kMax ? *std::max_element(ordinals_.begin(), ordinals_.end())
                                        : *std::min_element(ordinals_.begin(), ordinals_.end());
  }
  const BoundSort& sort_;
  std::unique_ptr<KeywordColumn> own_column_;
  const KeywordColumn* column_;
  std::unique_ptr<Children> children_;
  int64_t missing_;
  Ordinal begin_ = 0, end_ = 0;  // of the terms with the prefix, where there is one
  std::vector<Ordinal> ordinals_;
};

class GeoReader final : public KeyReader {
 public:
  GeoReader(const BoundSort& sort, const NumericColumn* column, std::unique_ptr<Children> children)
      : sort_(sort), column_(column), children_(std::move(children)) {}
  void read(const LocalDocId* docs, const float*, size_t count, int64_t* keys) override {
    for (size_t i = 0; i < count; ++i) keys[i] = directed(distance(docs[i]), sort_.descending);
  }
  SortValue value(int64_t key, LocalDocId) const override { return {directed(key, sort_.descending), {}, false}; }
  int64_t place(const SortValue& value, bool& equal) const override {
    equal = true;
    return directed(value.number, sort_.descending);
  }

 private:
  int64_t distance(LocalDocId doc) {
    points_.clear();
    if (column_ != nullptr && children_) children_->each(doc, [&](LocalDocId child) { column_->values(child, points_); });
    else if (column_ != nullptr) column_->values(doc, points_);
    distances_.clear();
    for (const int64_t point : points_) {
      for (const GeoPoint& origin : sort_.origins) {
        const double lat = geo_latitude(point), lon = geo_longitude(point);
        const double metres = sort_.plane ? plane_metres(origin.latitude, origin.longitude, lat, lon)
                                          : haversine_metres(origin.latitude, origin.longitude, lat, lon);
        distances_.push_back(metres / sort_.unit_metres);
      }
    }
    if (distances_.empty()) return sort_.missing_number;
    std::sort(distances_.begin(), distances_.end());
    const size_t n = distances_.size();
    switch (sort_.mode) {
      case SortMode::kMax: return sortable_double(distances_.back());
      case SortMode::kAvg: {
        double sum = 0;
        for (const double d : distances_) sum += d;
        return sortable_double(sum / static_cast<double>(n));
      }
      case SortMode::kMedian:
        return sortable_double(n % 2 == 1 ? distances_[n / 2] : (distances_[n / 2 - 1] + distances_[n / 2]) / 2);
      default: return sortable_double(distances_.front());
    }
  }
  std::unique_ptr<Children> children_;
  const BoundSort& sort_;
  const NumericColumn* column_;
  std::vector<int64_t> points_;
  std::vector<double> distances_;
};

/// _id: read from the store, as no column holds it. Keys are ranks among the ids read so far, so it reads all at once.
class IdReader final : public KeyReader {
 public:
  IdReader(const SegmentView& segment, bool descending) : descending_(descending) {
    const Bitset live_roots = documents_of_path(segment, "");
    std::vector<DocRef> refs;
    live_roots.for_each([&](uint32_t doc) {
      if (segment.reader.is_live(doc)) refs.push_back({static_cast<uint32_t>(segment.index), doc});
    });
    const auto stored = segment.searcher.fetch_all(refs);
    for (size_t i = 0; i < refs.size(); ++i) ids_.push_back({stored[i].id, refs[i].doc});
    std::sort(ids_.begin(), ids_.end());
    ranks_.resize(segment.doc_count(), 0);
    for (size_t i = 0; i < ids_.size(); ++i) ranks_[ids_[i].second] = static_cast<int64_t>(i) * 2;
  }
  void read(const LocalDocId* docs, const float*, size_t count, int64_t* keys) override {
    for (size_t i = 0; i < count; ++i) keys[i] = directed(ranks_[docs[i]], descending_);
  }
  SortValue value(int64_t key, LocalDocId) const override {
    SortValue out;
    out.text = ids_[static_cast<size_t>(directed(key, descending_) / 2)].first;
    return out;
  }
  int64_t place(const SortValue& value, bool& equal) const override {
    const std::string text = value.text.value_or("");
    const auto at = std::lower_bound(ids_.begin(), ids_.end(), std::pair<std::string, LocalDocId>(text, 0));
    equal = at != ids_.end() && at->first == text;
    return directed((at - ids_.begin()) * 2 - (equal ? 0 : 1), descending_);
  }

 private:
  bool descending_;
  std::vector<std::pair<std::string, LocalDocId>> ids_;
  std::vector<int64_t> ranks_;
};

/// Numbers that a script makes.
class ScriptNumberReader final : public KeyReader {
 public:
  ScriptNumberReader(const BoundSort& sort, const SegmentView& segment) : descending_(sort.descending), script_(*sort.script, segment) {}
  void read(const LocalDocId* docs, const float* scores, size_t count, int64_t* keys) override {
    for (size_t i = 0; i < count; ++i) {
      script::Run& run = script_.at(docs[i]);
      if (scores != nullptr) run.set_score(scores[i]);
      keys[i] = directed(sortable_double(run.execute_double()), descending_);
    }
  }
  SortValue value(int64_t key, LocalDocId) const override { return {directed(key, descending_), {}, false}; }
  int64_t place(const SortValue& value, bool& equal) const override {
    equal = true;
    return directed(value.number, descending_);
  }

 private:
  bool descending_;
  SegmentScript script_;
};

/// Texts that a script makes: all documents at once, as ranks need. What a document fails with is thrown only if it is asked for.
class ScriptTextReader final : public KeyReader {
 public:
  ScriptTextReader(const BoundSort& sort, const SegmentView& segment) : descending_(sort.descending) {
    SegmentScript script(*sort.script, segment);
    const auto visible = scope_documents(segment, false);
    std::vector<std::pair<std::string, LocalDocId>> made;
    for (LocalDocId doc = 0; doc < segment.doc_count(); ++doc) {
      if (visible && !visible->test(doc)) continue;
      try {
        made.emplace_back(script::java_text(script.at(doc).execute()), doc);
      } catch (const ApiError& error) {
        failures_.emplace(doc, error.error());
      }
    }
    std::sort(made.begin(), made.end());
    ranks_.resize(segment.doc_count(), 0);
    for (auto& [text, doc] : made) {
      if (texts_.empty() || texts_.back() != text) texts_.push_back(text);
      ranks_[doc] = static_cast<int64_t>(texts_.size() - 1) * 2;
    }
  }
  void read(const LocalDocId* docs, const float*, size_t count, int64_t* keys) override {
    for (size_t i = 0; i < count; ++i) {
      if (const auto failed = failures_.find(docs[i]); failed != failures_.end()) throw ApiError(failed->second);
      keys[i] = directed(ranks_[docs[i]], descending_);
    }
  }
  SortValue value(int64_t key, LocalDocId) const override {
    SortValue out;
    out.text = texts_[static_cast<size_t>(directed(key, descending_) / 2)];
    return out;
  }
  int64_t place(const SortValue& value, bool& equal) const override {
    const std::string text = value.text.value_or("");
    const auto at = std::lower_bound(texts_.begin(), texts_.end(), text);
    equal = at != texts_.end() && *at == text;
    return directed((at - texts_.begin()) * 2 - (equal ? 0 : 1), descending_);
  }

 private:
  bool descending_;
  std::vector<std::string> texts_;
  std::vector<int64_t> ranks_;
  std::map<LocalDocId, Error> failures_;
};

class ConstantReader final : public KeyReader {
 public:
  explicit ConstantReader(const BoundSort& sort) : sort_(sort) {}
  void read(const LocalDocId*, const float*, size_t count, int64_t* keys) override { std::fill_n(keys, count, 0); }
  SortValue value(int64_t, LocalDocId) const override {
    SortValue out;
    out.text = sort_.constant;
    return out;
  }
  int64_t place(const SortValue& value, bool& equal) const override {
    const int order = value.text.value_or("").compare(sort_.constant);
    equal = order == 0;
    return directed(order < 0 ? -1 : order > 0 ? 1 : 0, sort_.descending);
  }

 private:
  const BoundSort& sort_;
};

std::unique_ptr<Children> children_of(const BoundSort& sort, const SegmentView& segment) {
  if (sort.nested_path.empty()) return nullptr;
  auto out = std::make_unique<Children>();
  out->members = documents_of_path(segment, sort.nested_path);
  if (sort.nested_filter) sort.nested_filter->restrict_to(segment, out->members);
  out->roots = segment.reader.segment().roots();
  return out;
}

}  // namespace

std::unique_ptr<KeyReader> make_key_reader(const BoundSort& sort, const SegmentView& segment) {
  using Kind = BoundSort::Kind;
  switch (sort.kind) {
    case Kind::kScore: return std::make_unique<ScoreReader>(sort.descending);
    case Kind::kDoc: return std::make_unique<DocReader>(sort.doc_offset + segment.searcher.doc_base(segment.index), sort.descending);
    case Kind::kNumber:
      return std::make_unique<NumberReader>(sort, sort.path.empty() ? nullptr : segment.reader.numbers(sort.path),
                                            children_of(sort, segment));
    case Kind::kKeyword:
      if (sort.field != nullptr && sort.field->inverted) {
        return std::make_unique<KeywordReader>(sort, make_fielddata_column(segment.reader, *sort.field), children_of(sort, segment));
      }
      return std::make_unique<KeywordReader>(sort, sort.path.empty() ? nullptr : segment.reader.keywords(sort.path),
                                             children_of(sort, segment));
    case Kind::kGeoDistance:
      return std::make_unique<GeoReader>(sort, sort.path.empty() ? nullptr : segment.reader.numbers(sort.path),
                                         children_of(sort, segment));
    case Kind::kId: return std::make_unique<IdReader>(segment, sort.descending);
    case Kind::kConstant: return std::make_unique<ConstantReader>(sort);
    case Kind::kScript:
      if (sort.output == SortOutput::kText) return std::make_unique<ScriptTextReader>(sort, segment);
      return std::make_unique<ScriptNumberReader>(sort, segment);
  }
  return nullptr;
}

}  // namespace tarn::query

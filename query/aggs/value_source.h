#pragma once

#include <bit>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "indexer/mapping/date_format.h"
#include "indexer/searcher.h"
#include "query/query.h"

namespace tarn::query {

/// How values print: the field's type and format, or the request's "format" and "time_zone".
struct ValueFormat {
  enum class Kind { kNumber, kLong, kUnsigned, kDate, kBoolean, kIp, kText };
  Kind kind = Kind::kNumber;
  bool nanos = false;                                ///< a date_nanos field
  std::shared_ptr<const DateFormat> date;
  std::shared_ptr<const TimeZone> zone;
  std::string pattern;                               ///< a decimal pattern ("0.00") of the request

  bool has_text() const { return kind == Kind::kDate || kind == Kind::kBoolean || !pattern.empty(); }
  /// The text of a number as value_as_string and key_as_string show it; dates in epoch ms.
  std::string text(double value) const;
};
/// Java's DecimalFormat for the common patterns ("0.0#", "#,##0.00", "000"). Throws 400 for what it does not know.
std::string format_decimal(const std::string& pattern, double value);

/// Where an aggregation takes its values: a field, as the request names it, bound to one searcher after another.
class ValueSource {
 public:
  enum class Kind { kUnmapped, kNumeric, kKeyword, kGeo };

  /// Reads field, missing, format, time_zone, script (501) of an aggregation's body. Throws 400 if there is no field and
  /// `field_required`.
  ValueSource(const std::string& aggregation_type, const Json& body, bool field_required);

  /// Finds the field in the mapping; throws 400 for text without fielddata and for fields without doc_values.
  void bind(const Searcher& searcher, const SearchContext& context);
  void begin_segment(const Searcher& searcher, size_t segment);

  Kind kind() const { return kind_; }
  const FieldType* field() const { return field_; }
  const std::string& field_name() const { return field_name_; }
  const ValueFormat& format() const { return format_; }
  bool has_missing() const { return missing_.has_value(); }
  const Json& missing() const { return *missing_; }
  const NumericColumn* numbers() const { return numbers_; }
  const KeywordColumn* keywords() const { return keywords_; }
  int64_t missing_encoded() const { return missing_encoded_; }
  /// Throws 400 "Field [x] of type [keyword] is not supported for aggregation [avg]" unless numeric or unmapped.
  void require_numeric() const;
  [[noreturn]] void refuse() const;

  /// Calls visit(i, encoded value) for every value of docs[i], in order of i; the missing value where there is none.
  template <class Visit>
  void for_each_number(const LocalDocId* docs, size_t count, Visit&& visit) {
    if (numbers_ == nullptr) {
      if (missing_) {
        for (size_t i = 0; i < count; ++i) visit(i, missing_encoded_);
      }
      return;
    }
    if (!numbers_->multi_valued()) {
      buffer_.resize(count);
      // Values rarely equal the sentinel; where one does, has() decides.
      numbers_->gather(docs, count, kSentinel, buffer_.data());
      const bool dense = numbers_->dense();
      for (size_t i = 0; i < count; ++i) {
        if (buffer_[i] != kSentinel || dense || numbers_->has(docs[i])) visit(i, buffer_[i]);
        else if (missing_) visit(i, missing_encoded_);
      }
      return;
    }
    multi_.offsets.clear();
    multi_.values.clear();
    numbers_->gather_all(docs, count, multi_);
    for (size_t i = 0; i < count; ++i) {
      if (multi_.offsets[i] == multi_.offsets[i + 1] && missing_) visit(i, missing_encoded_);
      for (uint32_t at = multi_.offsets[i]; at < multi_.offsets[i + 1]; ++at) visit(i, multi_.values[at]);
    }
  }

  /// The same for ordinals; kNoOrdinal stands for the missing value.
  template <class Visit>
  void for_each_ordinal(const LocalDocId* docs, size_t count, Visit&& visit) {
    if (keywords_ == nullptr) {
      if (missing_) {
        for (size_t i = 0; i < count; ++i) visit(i, kNoOrdinal);
      }
      return;
    }
    if (!keywords_->multi_valued()) {
      ordinals_.resize(count);
      keywords_->gather(docs, count, ordinals_.data());
      for (size_t i = 0; i < count; ++i) {
        if (ordinals_[i] != kNoOrdinal || missing_) visit(i, ordinals_[i]);
      }
      return;
    }
    multi_ordinals_.offsets.clear();
    multi_ordinals_.values.clear();
    keywords_->gather_all(docs, count, multi_ordinals_);
    for (size_t i = 0; i < count; ++i) {
      if (multi_ordinals_.offsets[i] == multi_ordinals_.offsets[i + 1] && missing_) visit(i, kNoOrdinal);
      for (uint32_t at = multi_ordinals_.offsets[i]; at < multi_ordinals_.offsets[i + 1]; ++at) {
        visit(i, multi_ordinals_.values[at]);
      }
    }
  }

  /// The number of an encoded value; dates in ms (those of date_nanos too).
  double number(int64_t encoded) const {
    switch (decoding_) {
      case Decoding::kPlain: return static_cast<double>(encoded);
      case Decoding::kDouble: return from_sortable(encoded);
      case Decoding::kScaled: return static_cast<double>(encoded) / scale_;
      case Decoding::kNanos: return static_cast<double>(encoded / 1000000);
      default: return static_cast<double>(static_cast<uint64_t>(encoded) ^ (1ull << 63));
    }
  }

 private:
  static constexpr int64_t kSentinel = INT64_MIN + 7;
  /// from_sortable_double, inlined.
  static double from_sortable(int64_t sortable) {
    return std::bit_cast<double>(sortable ^ ((sortable >> 63) & INT64_MAX));
  }
  enum class Decoding : uint8_t { kPlain, kDouble, kScaled, kNanos, kUnsigned };
  int64_t encode(const Json& value, const SearchContext& context) const;

  std::string aggregation_type_, field_name_, format_text_, zone_text_;
  std::optional<Json> missing_;
  int64_t missing_encoded_ = 0;
  Kind kind_ = Kind::kUnmapped;
  bool date_nanos_ = false;
  Decoding decoding_ = Decoding::kDouble;
  double scale_ = 1;
  const FieldType* field_ = nullptr;
  std::string column_path_;
  ValueFormat format_;
  const NumericColumn* numbers_ = nullptr;
  const KeywordColumn* keywords_ = nullptr;
  std::vector<int64_t> buffer_;
  std::vector<Ordinal> ordinals_;
  MultiValues<int64_t> multi_;
  MultiValues<Ordinal> multi_ordinals_;
};

}  // namespace tarn::query

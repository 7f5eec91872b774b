#pragma once

#include <bit>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "indexer/mapping/date_format.h"
#include "indexer/searcher.h"
#include "query/aggs/parse.h"
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

  bool has_text() const { return kind == Kind::kDate || kind == Kind::kBoolean || kind == Kind::kUnsigned || !pattern.empty(); }
  /// The text of a number as value_as_string and key_as_string show it; dates in epoch ms.
  std::string text(double value) const;
  /// The same as a JSON value: booleans are not quoted.
  std::string json_text(double value) const;
};
/// Java's DecimalFormat for the common patterns ("0.0#", "#,##0.00", "000"). Throws 400 for what it does not know.
std::string format_decimal(const std::string& pattern, double value);

/// The members of an aggregation's body that name its values.
struct SourceOptions {
  std::string field, format, time_zone, value_type;
  std::optional<Json> missing;
  bool has_script = false;

  enum Accept : unsigned { kFormat = 1, kTimeZone = 2, kScript = 4, kMissing = 8, kAll = kFormat | kScript | kMissing };
  /// Adds the members to `options`.
  void declare(Options& options, const AggregationNode& node, unsigned accept = kAll);
  /// Throws 400 unless the body names a field.
  static void require_field(const AggregationNode& node, bool scriptable = true);
};

/// Where an aggregation takes its values: a field, as the request names it, bound to one searcher after another.
class ValueSource {
 public:
  enum class Kind { kUnmapped, kNumeric, kKeyword, kGeo };

  ValueSource(std::string aggregation_type, SourceOptions options) : aggregation_type_(std::move(aggregation_type)), options_(std::move(options)) {}

  /// Finds the field in the mapping; throws 400 for text without fielddata and for fields without doc_values.
  void bind(const Searcher& searcher, const SearchContext& context);
  void begin_segment(const Searcher& searcher, size_t segment);

  Kind kind() const { return kind_; }
  const FieldType* field() const { return field_; }
  const std::string& field_name() const { return options_.field; }
  const SourceOptions& options() const { return options_; }
  const ValueFormat& format() const { return format_; }
  bool has_missing() const { return options_.missing.has_value(); }
  const Json& missing() const { return *options_.missing; }
  const NumericColumn* numbers() const { return numbers_; }
  const KeywordColumn* keywords() const { return keywords_; }
  const std::string& column_path() const { return column_path_; }
  /// Whether the segments hold the column; constants and fielddata are made for one segment after another.
  bool column_is_stored() const { return !constant_term_ && !fielddata_; }
  int64_t missing_encoded() const { return missing_encoded_; }
  /// The missing value of a keyword-like field as its column would hold it.
  const std::string& missing_term() const { return missing_term_; }
  /// A value as its column would hold it: of a request ("after" of composite), numbers encoded, texts as terms.
  int64_t encode_value(const Json& value, const SearchContext& context) const { return encode(value, context); }
  std::string term_of(const std::string& shown) const;
  /// A term as an answer shows it (addresses are 16 bytes in the column).
  std::string shown_term(std::string_view term) const;
  /// Throws 400 "Field [x] of type [keyword] is not supported for aggregation [avg]" unless numeric or unmapped.
  void require_numeric() const;
  void require_geo() const;
  [[noreturn]] void refuse() const;

  /// Calls visit(i, encoded value) for every value of docs[i], in order of i; the missing value where there is none.
  template <class Visit>
  void for_each_number(const LocalDocId* docs, size_t count, Visit&& visit) {
    const bool missing_ = has_missing();
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

  /// The values of `count` documents where each has exactly one, whole and below 2^42, so that sums of a batch are exact; else null.
  const int64_t* whole_numbers(const LocalDocId* docs, size_t count) {
    if (!small_wholes_) return nullptr;
    buffer_.resize(count);
    numbers_->gather(docs, count, 0, buffer_.data());
    return buffer_.data();
  }

  /// The same for ordinals; kNoOrdinal stands for the missing value.
  template <class Visit>
  void for_each_ordinal(const LocalDocId* docs, size_t count, Visit&& visit) {
    const bool missing_ = has_missing();
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

  /// number(), cut to a whole one.
  int64_t whole(int64_t encoded) const { return decoding_ == Decoding::kPlain ? encoded : static_cast<int64_t>(number(encoded)); }
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
  /// Whether the aggregation takes text, so that a text for missing needs no field.
  bool missing_may_be_text() const { return aggregation_type_ == "terms" || aggregation_type_ == "cardinality" || aggregation_type_ == "value_count" || aggregation_type_ == "missing" || aggregation_type_ == "multi_terms"; }

  std::string aggregation_type_;
  SourceOptions options_;
  std::string missing_term_;
  int64_t missing_encoded_ = 0;
  Kind kind_ = Kind::kUnmapped;
  bool date_nanos_ = false;
  Decoding decoding_ = Decoding::kDouble;
  double scale_ = 1;
  const FieldType* field_ = nullptr;
  std::string column_path_;
  ValueFormat format_;
  std::optional<std::string> constant_term_;
  bool fielddata_ = false;
  const NumericColumn* numbers_ = nullptr;
  bool small_wholes_ = false;                       ///< of the current segment, see whole_numbers()
  const KeywordColumn* keywords_ = nullptr;
  std::unique_ptr<const KeywordColumn> constant_;   ///< made here for one segment: a constant, or fielddata
  std::vector<int64_t> buffer_;
  std::vector<Ordinal> ordinals_;
  MultiValues<int64_t> multi_;
  MultiValues<Ordinal> multi_ordinals_;
};

}  // namespace tarn::query

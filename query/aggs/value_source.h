#pragma once

#include <bit>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "indexer/mapping/date_format.h"
#include "indexer/searcher.h"
#include "query/aggs/parse.h"
#include "query/aggs/script_values.h"
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
  std::optional<script::ScriptSpec> script;   ///< makes the values, or new ones of the field's (as _value)
  enum class Wants : uint8_t { kByType, kNumbers, kTexts, kDates };
  Wants wants = Wants::kByType;               ///< what a script makes where no value_type tells; by the aggregation's type unless set

  enum Accept : unsigned { kFormat = 1, kTimeZone = 2, kScript = 4, kMissing = 8, kAll = kFormat | kScript | kMissing };
  /// Adds the members to `options`.
  void declare(Options& options, const AggregationNode& node, unsigned accept = kAll);
  /// Throws 400 unless the body names a field (or has a script, where it may).
  static void require_field(const AggregationNode& node, bool scriptable = true);
};

/// Where an aggregation takes its values: a field, as the request names it, or a script; bound to one searcher after another.
class ValueSource {
 public:
  enum class Kind { kUnmapped, kNumeric, kKeyword, kGeo };

  /// `state` outlives the source; scripts see its scores.
  ValueSource(std::string aggregation_type, SourceOptions options, const RunState* state)
      : aggregation_type_(std::move(aggregation_type)), options_(std::move(options)), state_(state) {}

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
  /// The field's column in the current segment; null where a script makes the values.
  const NumericColumn* numbers() const { return scripted() ? nullptr : numbers_; }
  const KeywordColumn* keywords() const { return scripted() ? nullptr : keywords_; }
  const std::string& column_path() const { return column_path_; }
  /// Whether the segments hold the column; constants, ids, fielddata and what scripts make are there for one segment after another.
  bool column_is_stored() const { return !constant_term_ && !fielddata_ && !ids_ && !scripted(); }
  bool scripted() const { return bound_script_.has_value(); }
  /// The term of an ordinal of for_each_ordinal; the missing one of kNoOrdinal.
  std::string term(Ordinal ordinal) const {
    if (ordinal == kNoOrdinal) return missing_term_;
    return scripted() ? terms_[ordinal] : std::string(keywords_->term(ordinal));
  }
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
    if (scripted()) {
      for (size_t i = 0; i < count; ++i) {
        script_numbers(docs[i]);
        if (buffer_.empty() && missing_) visit(i, missing_encoded_);
        for (size_t at = 0; at < buffer_.size(); ++at) visit(i, buffer_[at]);
      }
      return;
    }
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
    if (scripted()) {
      for (size_t i = 0; i < count; ++i) {
        script_ordinals(docs[i]);
        if (ordinals_.empty() && missing_) visit(i, kNoOrdinal);
        for (size_t at = 0; at < ordinals_.size(); ++at) visit(i, ordinals_[at]);
      }
      return;
    }
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
  double number(int64_t encoded) const { return decode(decoding_, encoded); }

 private:
  static constexpr int64_t kSentinel = INT64_MIN + 7;
  /// from_sortable_double, inlined.
  static double from_sortable(int64_t sortable) {
    return std::bit_cast<double>(sortable ^ ((sortable >> 63) & INT64_MAX));
  }
  enum class Decoding : uint8_t { kPlain, kDouble, kScaled, kNanos, kUnsigned };
  double decode(Decoding decoding, int64_t encoded) const {
    switch (decoding) {
      case Decoding::kPlain: return static_cast<double>(encoded);
      case Decoding::kDouble: return from_sortable(encoded);
      case Decoding::kScaled: return static_cast<double>(encoded) / scale_;
      case Decoding::kNanos: return static_cast<double>(encoded / 1000000);
      default: return static_cast<double>(static_cast<uint64_t>(encoded) ^ (1ull << 63));
    }
  }
  int64_t encode(const Json& value, const SearchContext& context) const;
  SourceOptions::Wants wants() const;
  void bind_to_script(const SearchContext& context, ValueFormat& format);
  /// Fill buffer_ and ordinals_ with what the script makes of a document.
  void script_numbers(LocalDocId doc);
  void script_ordinals(LocalDocId doc);
  float score(LocalDocId doc) const { return state_ != nullptr && state_->scores != nullptr ? state_->scores[doc] : 0; }
  /// Whether the aggregation takes text, so that a text for missing needs no field.
  bool missing_may_be_text() const { return wants() == SourceOptions::Wants::kTexts; }

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
  bool fielddata_ = false, ids_ = false;
  const NumericColumn* numbers_ = nullptr;
  bool small_wholes_ = false;                       ///< of the current segment, see whole_numbers()
  const KeywordColumn* keywords_ = nullptr;
  std::unique_ptr<const KeywordColumn> constant_;   ///< made here for one segment: a constant, or fielddata
  std::vector<int64_t> buffer_;
  std::vector<Ordinal> ordinals_;
  MultiValues<int64_t> multi_;
  MultiValues<Ordinal> multi_ordinals_;
  const RunState* state_;
  // Scripts.
  const SearchContext* context_ = nullptr;
  std::optional<BoundScript> bound_script_;
  bool whole_ = false, dates_ = false;              ///< what it makes is cut to whole numbers; the aggregation reads longs
  Decoding input_decoding_ = Decoding::kDouble;     ///< of the field that the script sees
  std::unique_ptr<ScriptValues> values_;            ///< of the current segment
  ScriptTerms terms_;
  std::vector<double> script_numbers_;
  std::vector<std::string> script_texts_;
  std::vector<int64_t> inputs_;
  std::vector<Ordinal> input_ordinals_;
};

}  // namespace tarn::query

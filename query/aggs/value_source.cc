#include "query/aggs/value_source.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>

#include "indexer/base/error.h"

namespace tarn::query {
namespace {

double parse_number(const Json& value) {
  if (value.is_number()) return value.get<double>();
  const std::string text = value.is_string() ? value.get<std::string>() : to_text(value);
  double out = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error != std::errc() || end != text.data() + text.size() || text.empty()) {
    throw ApiError(Error(400, "number_format_exception", fmt::format("For input string: \"{}\"", text)));
  }
  return out;
}

}  // namespace

std::string format_decimal(const std::string& pattern, double value) {
  // prefix, integer digits with optional grouping, fraction digits 0 (shown) and # (shown if needed), suffix
  const size_t first = pattern.find_first_of("0#,.");
  const size_t last = pattern.find_last_of("0#,.");
  if (first == std::string::npos || pattern.find_first_of("E;", first) != std::string::npos) {
    throw ApiError(illegal_argument(fmt::format("Malformed pattern \"{}\"", pattern)));
  }
  const std::string prefix = pattern.substr(0, first), suffix = pattern.substr(last + 1);
  const std::string body = pattern.substr(first, last - first + 1);
  const size_t dot = body.find('.');
  const std::string whole = body.substr(0, dot), fraction = dot == std::string::npos ? "" : body.substr(dot + 1);
  const size_t comma = whole.rfind(',');
  const size_t group = comma == std::string::npos ? 0 : whole.size() - comma - 1;
  const auto digits_min = static_cast<size_t>(std::count(whole.begin(), whole.end(), '0'));
  const auto fraction_min = static_cast<size_t>(std::count(fraction.begin(), fraction.end(), '0'));
  if (suffix.find('%') != std::string::npos || prefix.find('%') != std::string::npos) value *= 100;
  // fmt rounds half to even on the exact binary value, as DecimalFormat's default HALF_EVEN does.
  std::string text = fmt::format("{:.{}f}", std::fabs(value), fraction.size());
  std::string integer = text.substr(0, text.find('.'));
  std::string decimals = text.find('.') == std::string::npos ? "" : text.substr(text.find('.') + 1);
  while (decimals.size() > fraction_min && decimals.ends_with('0')) decimals.pop_back();
  if (digits_min == 0 && integer == "0" && !decimals.empty()) integer.clear();
  while (integer.size() < digits_min) integer.insert(0, 1, '0');
  if (group > 0) {
    for (size_t at = integer.size(); at > group; at -= group) integer.insert(at - group, 1, ',');
  }
  const bool negative = value < 0 && text.find_first_not_of("0.") != std::string::npos;
  return (negative ? "-" : "") + prefix + integer + (decimals.empty() ? "" : "." + decimals) + suffix;
}

std::string ValueFormat::text(double value) const {
  if (kind == Kind::kDate && date) {
    const auto ms = static_cast<int64_t>(value);
    DateFormat::Instant instant;
    instant.epoch_seconds = ms >= 0 ? ms / 1000 : -((-ms + 999) / 1000);
    instant.nanos = static_cast<int32_t>(ms - instant.epoch_seconds * 1000) * 1000000;
    return date->format(instant, zone.get());
  }
  if (kind == Kind::kBoolean) return value == 0 ? "false" : "true";
  if (!pattern.empty()) return format_decimal(pattern, value);
  return double_text(value);
}

ValueSource::ValueSource(const std::string& aggregation_type, const Json& body, bool field_required)
    : aggregation_type_(aggregation_type) {
  if (body.contains("script")) {
    throw ApiError(Error(501, "not_implemented_exception",
                         fmt::format("[script] of the aggregation [{}] is not implemented in Tarn yet", aggregation_type)));
  }
  if (body.contains("field")) {
    if (!body["field"].is_string()) {
      throw ApiError(Error(400, "x_content_parse_exception", fmt::format("[{}] field doesn't support values of type: {}", aggregation_type, "START_OBJECT")));
    }
    field_name_ = body["field"].get<std::string>();
  } else if (field_required) {
    throw ApiError(illegal_argument("Required one of fields [field, script], but none were specified. "));
  }
  if (body.contains("missing") && !body["missing"].is_null()) missing_ = body["missing"];
  if (body.contains("format") && body["format"].is_string()) format_text_ = body["format"].get<std::string>();
  if (body.contains("time_zone") && body["time_zone"].is_string()) {
    zone_text_ = body["time_zone"].get<std::string>();
    TimeZone::create(zone_text_);  // refuses an unknown one at once
  }
}

int64_t ValueSource::encode(const Json& value, const SearchContext& context) const {
  if (field_ == nullptr) return sortable_double(parse_number(value));
  if (field_->is_date()) {
    if (value.is_number()) {
      const int64_t ms = value.get<int64_t>();
      return date_nanos_ ? ms * 1000000 : ms;
    }
    const auto instant = parse_date_math(value.get<std::string>(), *format_.date, context.now_ms, false, format_.zone.get());
    return date_nanos_ ? instant.epoch_ns() : instant.epoch_ms();
  }
  if (field_->kind == FieldKind::kBoolean) {
    if (value.is_boolean()) return value.get<bool>();
    if (value.is_string()) return value.get<std::string>() == "true";
    return value.get<double>() != 0;
  }
  switch (field_->column) {
    case ColumnKind::kDouble: return sortable_double(parse_number(value));
    case ColumnKind::kUnsigned: return static_cast<int64_t>(static_cast<uint64_t>(parse_number(value)) ^ (1ull << 63));
    default:
      return static_cast<int64_t>(std::llround(parse_number(value) *
                                               (field_->kind == FieldKind::kScaledFloat ? field_->scaling_factor : 1)));
  }
}

void ValueSource::bind(const Searcher& searcher, const SearchContext& context) {
  field_ = field_name_.empty() ? nullptr : searcher.mapping().find(field_name_);
  kind_ = Kind::kUnmapped;
  date_nanos_ = false;
  column_path_ = field_ != nullptr ? field_->path : field_name_;
  ValueFormat format;
  if (!zone_text_.empty()) format.zone = TimeZone::create(zone_text_);
  if (field_ == nullptr) {
    if (field_name_ == "_seq_no" || field_name_ == "_version") {
      kind_ = Kind::kNumeric;
      format.kind = ValueFormat::Kind::kLong;
    }
  } else {
    if (field_->inverted && !field_->fielddata) {
      throw ApiError(illegal_argument(fmt::format(
          "Text fields are not optimised for operations that require per-document field data like aggregations and sorting, so "
          "these operations are disabled by default. Please use a keyword field instead. Alternatively, set fielddata=true on "
          "[{}] in order to load field data by uninverting the inverted index. Note that this can use significant memory.", field_->path)));
    }
    if (field_->inverted) {
      throw ApiError(Error(501, "not_implemented_exception", "aggregations over fielddata of text fields are not implemented in Tarn yet"));
    }
    if (!field_->doc_values && field_->kind != FieldKind::kConstantKeyword) {
      throw ApiError(illegal_argument(fmt::format(
          "Can't load fielddata on [{}] because fielddata is unsupported on fields of type [{}]. Use doc values instead.",
          field_->path, kind_name(field_->kind))));
    }
    switch (field_->column) {
      case ColumnKind::kInt64:
      case ColumnKind::kUnsigned:
      case ColumnKind::kDouble: kind_ = Kind::kNumeric; break;
      case ColumnKind::kGeoPoint: kind_ = Kind::kGeo; break;
      case ColumnKind::kKeyword:
      case ColumnKind::kIp:
      case ColumnKind::kBytes: kind_ = Kind::kKeyword; break;
      default:
        if (field_->kind == FieldKind::kObject || field_->kind == FieldKind::kNested) field_ = nullptr;
        else refuse();
    }
  }
  if (field_ != nullptr) {
    if (field_->is_date()) {
      format.kind = ValueFormat::Kind::kDate;
      format.date = field_->date_format;
      date_nanos_ = field_->kind == FieldKind::kDateNanos;
      if (!format_text_.empty()) format.date = DateFormat::create(format_text_);
    } else if (field_->kind == FieldKind::kBoolean) format.kind = ValueFormat::Kind::kBoolean;
    else if (field_->kind == FieldKind::kIp) format.kind = ValueFormat::Kind::kIp;
    else if (field_->column == ColumnKind::kUnsigned) format.kind = ValueFormat::Kind::kUnsigned;
    else if (field_->column == ColumnKind::kInt64 && !field_->is_floating()) format.kind = ValueFormat::Kind::kLong;
    else if (kind_ == Kind::kKeyword) format.kind = ValueFormat::Kind::kText;
  }
  if (format.kind != ValueFormat::Kind::kDate && kind_ == Kind::kNumeric) format.pattern = format_text_;
  decoding_ = Decoding::kDouble;
  if (field_ == nullptr) decoding_ = kind_ == Kind::kNumeric ? Decoding::kPlain : Decoding::kDouble;
  else if (date_nanos_) decoding_ = Decoding::kNanos;
  else if (field_->column == ColumnKind::kUnsigned) decoding_ = Decoding::kUnsigned;
  else if (field_->column == ColumnKind::kInt64) {
    decoding_ = field_->kind == FieldKind::kScaledFloat ? Decoding::kScaled : Decoding::kPlain;
    scale_ = field_->scaling_factor;
  }
  // The format of an earlier index with the field holds on where this one lacks it.
  if (kind_ != Kind::kUnmapped || !format_.has_text()) format_ = std::move(format);
  if (missing_ && kind_ != Kind::kKeyword) missing_encoded_ = encode(*missing_, context);
}

void ValueSource::begin_segment(const Searcher& searcher, size_t segment) {
  const SegmentReader& reader = searcher.segments()[segment];
  numbers_ = kind_ == Kind::kNumeric || kind_ == Kind::kGeo ? reader.numbers(column_path_) : nullptr;
  keywords_ = kind_ == Kind::kKeyword ? reader.keywords(column_path_) : nullptr;
}

void ValueSource::refuse() const {
  throw ApiError(illegal_argument(fmt::format("Field [{}] of type [{}] is not supported for aggregation [{}]", field_name_,
                                              field_ != nullptr ? kind_name(field_->kind) : "object", aggregation_type_)));
}

void ValueSource::require_numeric() const {
  if (kind_ != Kind::kNumeric && kind_ != Kind::kUnmapped) refuse();
}

}  // namespace tarn::query

#include "query/aggs/value_source.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "indexer/base/error.h"
#include "query/aggs/made_columns.h"
#include "query/bind/values.h"
#include "query/filter/fielddata_column.h"

namespace tarn::query {
namespace {

constexpr std::string_view kValueTypes[] = {"string", "long", "integer", "short", "byte", "double", "float", "number", "numeric",
                                            "date", "ip", "boolean", "geopoint", "range", "unsigned_long"};

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
    // Java's cast of a double to a long: what is too large becomes the largest.
    const auto ms = value >= 9.2233720368547758e18 ? INT64_MAX : value <= -9.2233720368547758e18 ? INT64_MIN : static_cast<int64_t>(value);
    DateFormat::Instant instant;
    instant.epoch_seconds = ms / 1000 - (ms % 1000 < 0 ? 1 : 0);
    instant.nanos = static_cast<int32_t>(ms - instant.epoch_seconds * 1000) * 1000000;
    if (zone && !zone->is_fixed() && date->pattern().find("date_optional_time") != std::string::npos) {
      // These formats print the offset of the moment, not the zone's name.
      const int32_t offset = zone->offset_seconds_at_utc(ms);
      const int32_t minutes = std::abs(offset) / 60;
      return date->format(instant, TimeZone::create(fmt::format("{}{:02}:{:02}", offset < 0 ? '-' : '+', minutes / 60, minutes % 60)).get());
    }
    return date->format(instant, zone.get());
  }
  if (kind == Kind::kIp || kind == Kind::kText) return double_text(value);
  if (kind == Kind::kBoolean) return value == 0 ? "false" : "true";
  if (!pattern.empty()) return format_decimal(pattern, value);
  return double_text(value);
}

std::string ValueFormat::json_text(double value) const {
  if (kind == Kind::kBoolean) return text(value);
  std::string out;
  append_json_string(out, text(value));
  return out;
}

namespace {

/// Refuses an unknown zone with java.time's own exceptions.
void check_zone(const std::string& name) {
  try {
    TimeZone::create(name);
  } catch (const ApiError& error) {
    const std::string& reason = error.error().reason;
    if (reason.starts_with("Unknown time-zone ID")) throw ApiError(Error(400, "zone_rules_exception", reason));
    throw ApiError(Error(400, "date_time_exception", name.size() == 1 ? fmt::format("Invalid ID for ZoneOffset, invalid format: {}", name) : reason));
  }
}

}  // namespace

void SourceOptions::declare(Options& options, const AggregationNode& node, unsigned accept) {
  options.text("field", field);
  options.any("value_type", kTokenString, [this](const Json& json) {
    value_type = json.get<std::string>();
    if (std::find(std::begin(kValueTypes), std::end(kValueTypes), value_type) == std::end(kValueTypes)) {
      throw ApiError(illegal_argument(fmt::format("Unknown value type [{}]", value_type)));
    }
  });
  if ((accept & kMissing) != 0) {
    options.any("missing", kAnyScalar, [this, &node](const Json& json) {
      if (json.is_null()) throw ApiError(illegal_argument(fmt::format("[missing] must not be null: [{}]", node.name)));
      missing = json;
    });
  }
  if ((accept & kFormat) != 0) options.text("format", format);
  if ((accept & kTimeZone) != 0) {
    options.any("time_zone", kTokenString | kTokenNumber, [this](const Json& json) {
      if (json.is_number()) {
        const int64_t hours = read_long_option(json);
        if (hours < -18 || hours > 18) {
          throw ApiError(Error(400, "date_time_exception", fmt::format("Zone offset hours not in valid range: value {} is not in the range -18 to 18", hours)));
        }
        time_zone = fmt::format("{}{:02}:00", hours < 0 ? '-' : '+', std::abs(hours));
      } else {
        time_zone = json.get<std::string>();
      }
      check_zone(time_zone);
    });
  }
  if ((accept & kScript) != 0) {
    options.any("script", kTokenString | kTokenObject, [this](const Json& json) { script = script::parse_script(json); });
  }
}

void SourceOptions::require_field(const AggregationNode& node, bool scriptable) {
  if (node.body().contains("field") || (scriptable && node.body().contains("script"))) return;
  throw ApiError(illegal_argument(fmt::format("Required one of fields [{}], but none were specified. ", scriptable ? "field, script" : "field")));
}

std::string ValueSource::shown_term(std::string_view term) const {
  return format_.kind == ValueFormat::Kind::kIp ? ip_text(term) : std::string(term);
}

std::string ValueSource::term_of(const std::string& shown) const {
  return format_.kind == ValueFormat::Kind::kIp ? parse_ip(shown) : shown;
}

int64_t ValueSource::encode(const Json& value, const SearchContext& context) const {
  const auto parse_number = [](const Json& json) { return json.is_boolean() ? (json.get<bool>() ? 1.0 : 0.0) : read_double_option(json); };
  if (field_ == nullptr) {
    if (options_.value_type == "date" && value.is_string()) {
      const auto& format = format_.date ? format_.date : DateFormat::default_format();
      return sortable_double(static_cast<double>(parse_date_math(value.get<std::string>(), *format, context.now_ms, false, format_.zone.get()).epoch_ms()));
    }
    return sortable_double(parse_number(value));
  }
  if (field_->is_date()) {
    if (value.is_number()) {
      const int64_t ms = read_long_option(value);
      return date_nanos_ ? ms * 1000000 : ms;
    }
    const auto instant = parse_date_math(scalar_option_text(value), *format_.date, context.now_ms, false, format_.zone.get());
    return date_nanos_ ? instant.epoch_ns() : instant.epoch_ms();
  }
  if (field_->kind == FieldKind::kBoolean) {
    if (value.is_boolean()) return value.get<bool>();
    if (value.is_string()) return value.get_ref<const std::string&>() == "true";
    return parse_number(value) != 0;
  }
  switch (field_->column) {
    case ColumnKind::kDouble: return sortable_double(parse_number(value));
    case ColumnKind::kUnsigned: {
      const double number = std::clamp(parse_number(value), 0.0, 1.8446744073709550e19);
      return static_cast<int64_t>(static_cast<uint64_t>(number) ^ (1ull << 63));
    }
    default: {
      const double number = parse_number(value) * (field_->kind == FieldKind::kScaledFloat ? field_->scaling_factor : 1);
      if (std::isnan(number)) return 0;
      return std::fabs(number) < 9e18 ? static_cast<int64_t>(std::llround(number)) : number < 0 ? INT64_MIN : INT64_MAX;
    }
  }
}

void ValueSource::bind(const Searcher& searcher, const SearchContext& context) {
  const std::string& name = options_.field;
  field_ = name.empty() ? nullptr : searcher.mapping().find(name);
  context_ = &context;
  kind_ = Kind::kUnmapped;
  date_nanos_ = false;
  bound_script_.reset();
  constant_term_.reset();
  fielddata_ = false;
  column_path_ = field_ != nullptr ? field_->path : name;
  ValueFormat format;
  if (!options_.time_zone.empty()) format.zone = TimeZone::create(options_.time_zone);
  const std::string& format_text_ = options_.format;
  const std::string& field_name_ = name;
  if (name == "_index" || (field_ != nullptr && field_->kind == FieldKind::kConstantKeyword)) {
    constant_term_ = name == "_index" ? searcher.index_name() : field_->constant_value;
    kind_ = Kind::kKeyword;
    format.kind = ValueFormat::Kind::kText;
    format_ = std::move(format);
    if (options_.script) bound_script_ = bind_script(*options_.script, script::Context::kAggs, context);
    if (options_.missing) missing_term_ = scalar_option_text(*options_.missing);
    return;
  }
  static constexpr std::string_view kWithoutValues[] = {"_routing", "_version", "_source", "_field_names", "_ignored", "_nested_path", "_doc_count", "_data_stream_timestamp"};
  if (std::find(std::begin(kWithoutValues), std::end(kWithoutValues), name) != std::end(kWithoutValues)) {
    throw ApiError(illegal_argument(fmt::format("Fielddata is not supported on field [{0}] of type [{0}]", name)));
  }
  ids_ = name == "_id";
  if (ids_) field_ = nullptr;
  if (field_ == nullptr) {
    if (ids_) {
      kind_ = Kind::kKeyword;
      format.kind = ValueFormat::Kind::kText;
    } else if (field_name_ == "_seq_no") {
      kind_ = Kind::kNumeric;
      format.kind = ValueFormat::Kind::kLong;
    }
  } else {
    if (field_->kind == FieldKind::kPercolator) {
      throw ApiError(illegal_argument(fmt::format("Fielddata is not supported on field [{}] of type [percolator]", field_->path)));
    }
    if (field_->inverted && !field_->fielddata) {
      throw ApiError(illegal_argument(fmt::format(
          "Text fields are not optimised for operations that require per-document field data like aggregations and sorting, so "
          "these operations are disabled by default. Please use a keyword field instead. Alternatively, set fielddata=true on "
          "[{}] in order to load field data by uninverting the inverted index. Note that this can use significant memory.", field_->path)));
    }
    if (!field_->inverted && !field_->doc_values && field_->kind != FieldKind::kObject && field_->kind != FieldKind::kNested) {
      throw ApiError(illegal_argument(fmt::format(
          "Can't load fielddata on [{}] because fielddata is unsupported on fields of type [{}]. Use doc values instead.",
          field_->path, kind_name(field_->kind))));
    }
    if (field_->inverted) {
      kind_ = Kind::kKeyword;
      fielddata_ = true;
    } else switch (field_->column) {
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
  if (field_ == nullptr && options_.value_type == "date") {
    format.kind = ValueFormat::Kind::kDate;
    format.date = format_text_.empty() ? DateFormat::default_format() : DateFormat::create(format_text_);
  } else if (field_ == nullptr && options_.value_type == "boolean") {
    format.kind = ValueFormat::Kind::kBoolean;
  } else if (field_ == nullptr && (options_.value_type == "long" || options_.value_type == "integer")) {
    format.kind = ValueFormat::Kind::kLong;
  } else if (field_ == nullptr && options_.value_type == "ip") {
    format.kind = ValueFormat::Kind::kIp;
  }
  if (options_.script) bind_to_script(context, format);
  if (!format_text_.empty() && field_ != nullptr && (kind_ == Kind::kKeyword || kind_ == Kind::kGeo || field_->kind == FieldKind::kBoolean)) {
    throw ApiError(illegal_argument(fmt::format("Field [{}] of type [{}] does not support custom formats", field_->path, kind_name(field_->kind))));
  }
  if (format.kind != ValueFormat::Kind::kDate) format.pattern = format_text_;
  decoding_ = Decoding::kDouble;
  if (field_ == nullptr) decoding_ = kind_ == Kind::kNumeric ? Decoding::kPlain : Decoding::kDouble;
  else if (date_nanos_) decoding_ = Decoding::kNanos;
  else if (field_->column == ColumnKind::kUnsigned) decoding_ = Decoding::kUnsigned;
  else if (field_->column == ColumnKind::kInt64) {
    decoding_ = field_->kind == FieldKind::kScaledFloat ? Decoding::kScaled : Decoding::kPlain;
    scale_ = field_->scaling_factor;
  }
  input_decoding_ = decoding_;
  if (scripted()) decoding_ = whole_ ? Decoding::kPlain : Decoding::kDouble;
  // The format of an earlier index with the field holds on where this one lacks it.
  if (kind_ != Kind::kUnmapped || !format_.has_text()) format_ = std::move(format);
  if (!options_.missing) return;
  if (kind_ == Kind::kKeyword || (kind_ == Kind::kUnmapped && (options_.value_type == "string" || options_.value_type == "ip"))) {
    missing_term_ = scalar_option_text(*options_.missing);
    if (format_.kind == ValueFormat::Kind::kIp) missing_term_ = parse_ip(missing_term_);
  } else if (kind_ == Kind::kUnmapped && options_.value_type.empty() && options_.missing->is_string() && missing_may_be_text()) {
    missing_term_ = scalar_option_text(*options_.missing);
  } else if (kind_ != Kind::kGeo) {
    missing_encoded_ = encode(*options_.missing, context);
    if (!scripted()) return;
    const double number = field_ != nullptr ? decode(input_decoding_, missing_encoded_) : from_sortable(missing_encoded_);
    missing_encoded_ = whole_ ? static_cast<int64_t>(number) : sortable_double(number);
  }
}

void ValueSource::begin_segment(const Searcher& searcher, size_t segment) {
  const SegmentReader& reader = searcher.segments()[segment];
  if (scripted()) {
    values_ = std::make_unique<ScriptValues>(*bound_script_, SegmentView(searcher, segment, *context_));
    terms_.clear();
  }
  numbers_ = kind_ == Kind::kNumeric || kind_ == Kind::kGeo ? reader.numbers(column_path_) : nullptr;
  constexpr int64_t kSmall = int64_t{1} << 42;
  small_wholes_ = !scripted() && decoding_ == Decoding::kPlain && numbers_ != nullptr && !numbers_->multi_valued() && numbers_->dense() &&
                  numbers_->min() > -kSmall && numbers_->max() < kSmall;
  if (constant_term_) {
    constant_ = constant_column(*constant_term_, reader.doc_count());
    keywords_ = constant_.get();
    return;
  }
  if (ids_) {
    constant_ = id_column(searcher, segment);
    keywords_ = constant_.get();
    return;
  }
  if (fielddata_) {
    constant_ = make_fielddata_column(reader, *field_);
    keywords_ = constant_.get();
    return;
  }
  keywords_ = kind_ == Kind::kKeyword ? reader.keywords(column_path_) : nullptr;
}

SourceOptions::Wants ValueSource::wants() const {
  using Wants = SourceOptions::Wants;
  if (options_.wants != Wants::kByType) return options_.wants;
  static constexpr std::string_view kTexts[] = {"terms", "cardinality", "value_count", "missing", "multi_terms", "diversified_sampler", "ip_range"};
  static constexpr std::string_view kDates[] = {"date_histogram", "date_range", "auto_date_histogram"};
  if (std::find(std::begin(kTexts), std::end(kTexts), aggregation_type_) != std::end(kTexts)) return Wants::kTexts;
  return std::find(std::begin(kDates), std::end(kDates), aggregation_type_) != std::end(kDates) ? Wants::kDates : Wants::kNumbers;
}

void ValueSource::bind_to_script(const SearchContext& context, ValueFormat& format) {
  const std::string& hint = options_.value_type;
  dates_ = wants() == SourceOptions::Wants::kDates && aggregation_type_ != "date_range";
  whole_ = false;
  if (!options_.field.empty()) {
    if (field_ == nullptr && !ids_) return;  // no field, no values that a script could change
    if (kind_ == Kind::kGeo || (field_ != nullptr && field_->column == ColumnKind::kBytes)) return;
    if (format.kind == ValueFormat::Kind::kLong || (format.kind == ValueFormat::Kind::kUnsigned && wants() == SourceOptions::Wants::kTexts)) format.kind = ValueFormat::Kind::kNumber;
  } else {
    if (hint == "geopoint" || hint == "geo_point" || hint == "range") {
      throw ApiError(Error(500, "aggregation_execution_exception", fmt::format("value source of type [{}] is not supported by scripts", hint == "range" ? hint : "geopoint")));
    }
    const bool text = hint.empty() ? wants() == SourceOptions::Wants::kTexts : hint == "string" || hint == "ip";
    kind_ = text ? Kind::kKeyword : Kind::kNumeric;
    if (text && format.kind == ValueFormat::Kind::kNumber) format.kind = ValueFormat::Kind::kText;
    if (hint.empty() && wants() == SourceOptions::Wants::kDates && format.kind != ValueFormat::Kind::kDate) {
      format.kind = ValueFormat::Kind::kDate;
      format.date = options_.format.empty() ? DateFormat::default_format() : DateFormat::create(options_.format);
    }
    whole_ = wants() == SourceOptions::Wants::kTexts && kind_ == Kind::kNumeric && hint != "double" && hint != "float";
    if (whole_ && format.kind == ValueFormat::Kind::kNumber) format.kind = ValueFormat::Kind::kLong;
  }
  bound_script_ = bind_script(*options_.script, script::Context::kAggs, context);
}

void ValueSource::script_numbers(LocalDocId doc) {
  script_numbers_.clear();
  values_->at(doc, score(doc));
  if (options_.field.empty()) {
    values_->numbers(script_numbers_);
  } else if (numbers_ != nullptr) {
    inputs_.clear();
    numbers_->values(doc, inputs_);
    for (int64_t input : inputs_) {
      const double number = decode(input_decoding_, input);
      script_numbers_.push_back(values_->number(dates_ ? script::Value::long_value(static_cast<int64_t>(number)) : script::Value::real(number)));
    }
    std::sort(script_numbers_.begin(), script_numbers_.end());
  }
  buffer_.clear();
  for (double number : script_numbers_) buffer_.push_back(whole_ ? static_cast<int64_t>(number) : sortable_double(number));
}

void ValueSource::script_ordinals(LocalDocId doc) {
  script_texts_.clear();
  values_->at(doc, score(doc));
  if (options_.field.empty()) {
    values_->texts(script_texts_);
  } else if (keywords_ != nullptr) {
    input_ordinals_.clear();
    keywords_->ordinals(doc, input_ordinals_);
    for (Ordinal ordinal : input_ordinals_) script_texts_.push_back(values_->text(shown_term(keywords_->term(ordinal))));
    std::sort(script_texts_.begin(), script_texts_.end());
  }
  ordinals_.clear();
  for (std::string& text : script_texts_) ordinals_.push_back(terms_.of(std::move(text)));
}

void ValueSource::refuse() const {
  if (options_.script) {
    throw ApiError(illegal_argument(fmt::format("Script yielding [{}] is not supported for aggregation [{}]",
                                                options_.value_type.empty() ? "unknown type" : options_.value_type, aggregation_type_)));
  }
  throw ApiError(illegal_argument(fmt::format("Field [{}] of type [{}] is not supported for aggregation [{}]", options_.field,
                                              field_ != nullptr ? kind_name(field_->kind) : options_.field.starts_with('_') ? options_.field : "object", aggregation_type_)));
}

void ValueSource::require_geo() const {
  if (kind_ != Kind::kGeo && kind_ != Kind::kUnmapped) refuse();
}

void ValueSource::require_numeric() const {
  if (kind_ != Kind::kNumeric && kind_ != Kind::kUnmapped) refuse();
}

}  // namespace tarn::query

#include "query/fetch/doc_fields.h"

#include <algorithm>
#include <cmath>

#include "query/bind/field_queries.h"
#include "query/bind/values.h"
#include "query/dsl/clause.h"

namespace tarn::query {

namespace {

[[noreturn]] void refuse_format(const FieldType& field) {
  throw ApiError(illegal_argument("Field [" + field.path + "] of type [" + std::string(kind_name(field.kind)) +
                                  "] does not support custom formats"));
}

/// java.text.DecimalFormat for the patterns that are in use: literal text around one group of #, 0, comma and point.
std::string decimal_format(const std::string& pattern, double value) {
  const size_t first = pattern.find_first_of("#0.,"), last = pattern.find_last_of("#0.,");
  if (first == std::string::npos) return pattern + std::to_string(static_cast<int64_t>(std::nearbyint(value)));
  if (pattern.find_first_of("%E;'\xE2") != std::string::npos) not_implemented("number format [" + pattern + "] is not supported yet");
  const std::string core = pattern.substr(first, last - first + 1);
  const size_t point = core.find('.');
  const std::string whole = core.substr(0, point), fraction = point == std::string::npos ? "" : core.substr(point + 1);
  const auto zeros = [](const std::string& text) { return static_cast<size_t>(std::count(text.begin(), text.end(), '0')); };
  std::string digits = fmt::format("{:.{}f}", std::fabs(value), fraction.size());
  std::string after;
  if (const size_t dot = digits.find('.'); dot != std::string::npos) {
    after = digits.substr(dot + 1);
    digits.resize(dot);
  }
  while (after.size() > zeros(fraction) && after.ends_with('0')) after.pop_back();
  if (digits == "0" && zeros(whole) == 0) digits.clear();
  while (digits.size() < zeros(whole)) digits.insert(0, "0");
  if (const size_t comma = whole.rfind(','); comma != std::string::npos) {
    const size_t group = whole.size() - comma - 1;
    for (size_t at = digits.size(); group > 0 && at > group; at -= group) digits.insert(at - group, ",");
  }
  const bool negative = value < 0 && (digits + after).find_first_of("123456789") != std::string::npos;
  return (negative ? "-" : "") + pattern.substr(0, first) + digits + (after.empty() ? "" : "." + after) + pattern.substr(last + 1);
}

void write_date(const FieldType& field, int64_t value, const DateFormat& format, JsonWriter& w) {
  DateFormat::Instant instant;
  if (field.kind == FieldKind::kDateNanos) {
    instant.epoch_seconds = value >= 0 ? value / 1000000000 : -((-value + 999999999) / 1000000000);
    instant.nanos = static_cast<int32_t>(value - instant.epoch_seconds * 1000000000);
  } else {
    instant.epoch_seconds = value >= 0 ? value / 1000 : -((-value + 999) / 1000);
    instant.nanos = static_cast<int32_t>((value - instant.epoch_seconds * 1000) * 1000000);
  }
  w.string(format.format(instant));
}

void write_number(const FieldType& field, int64_t value, const std::string& format, const DateFormat* date_format,
                  JsonWriter& w) {
  if (field.is_date()) {
    // Doc values of date_nanos print milliseconds unless a format says otherwise.
    write_date(field, value, *date_format, w);
    return;
  }
  if (field.kind == FieldKind::kGeoPoint) {
    if (!format.empty()) refuse_format(field);
    w.string(double_text(geo_latitude(value)) + ", " + double_text(geo_longitude(value)));
    return;
  }
  if (field.kind == FieldKind::kBoolean) {
    if (!format.empty()) refuse_format(field);
    w.boolean(value != 0);
    return;
  }
  if (!format.empty()) {
    w.string(decimal_format(format, field.decode_double(value)));
  } else if (field.kind == FieldKind::kUnsignedLong) {
    w.unsigned_number(static_cast<uint64_t>(value) ^ (1ull << 63));
  } else if (field.is_floating()) {
    w.number(field.decode_double(value));
  } else {
    w.number(value);
  }
}

std::string column_values(const FieldType& field, const std::string& format, const SegmentReader& reader, LocalDocId doc) {
  std::string text;
  JsonWriter w(text);
  size_t count = 0;
  w.begin_array();
  if (const NumericColumn* numbers = reader.numbers(field.path)) {
    std::vector<int64_t> values;
    numbers->values(doc, values);
    std::shared_ptr<const DateFormat> own;
    const DateFormat* date_format = nullptr;
    if (field.is_date()) {
      if (!format.empty() && format != "use_field_mapping") own = DateFormat::create(format);
      date_format = own ? own.get() : field.date_format ? field.date_format.get() : DateFormat::default_format().get();
      if (!own && field.kind == FieldKind::kDateNanos) {
        for (int64_t& value : values) value = value / 1000000 * 1000000;
      }
    }
    for (const int64_t value : values) write_number(field, value, format, date_format, w);
    count = values.size();
  } else if (const KeywordColumn* keywords = reader.keywords(field.path)) {
    if (!format.empty() && format != "use_field_mapping") refuse_format(field);
    std::vector<Ordinal> ordinals;
    keywords->ordinals(doc, ordinals);
    for (const Ordinal ordinal : ordinals) {
      const std::string_view term = keywords->term(ordinal);
      w.string(field.kind == FieldKind::kIp ? ip_text(term) : std::string(term));
    }
    count = ordinals.size();
  }
  w.end_array();
  return count == 0 ? std::string() : text;
}

void add_values(std::vector<HitField>& out, const std::string& name, std::string values) {
  for (HitField& field : out) {
    if (field.name != name) continue;
    field.values.back() = ',';
    field.values += values.substr(1);
    return;
  }
  out.push_back({name, std::move(values)});
}

}  // namespace

void add_docvalue_fields(const std::vector<FieldAndFormat>& wanted, const BoundTarget& target, DocRef ref,
                         const StoredDocument& stored, std::vector<HitField>& out) {
  const Mapping& mapping = target.searcher().mapping();
  const SegmentReader& reader = target.searcher().segments()[ref.segment];
  for (const FieldAndFormat& entry : wanted) {
    if (entry.field == "_id") {
      std::string text = "[";
      append_json_string(text, stored.id);
      add_values(out, entry.field, text + "]");
      continue;
    }
    if (entry.field == "_seq_no") {
      add_values(out, entry.field, "[" + std::to_string(target.searcher().seq_no(ref).value) + "]");
      continue;
    }
    std::vector<std::pair<std::string, const FieldType*>> fields;
    if (entry.field.find('*') != std::string::npos) {
      for (const FieldType* field : mapping.match(entry.field)) fields.emplace_back(field->path, field);
    } else if (const FieldType* field = mapping.find(entry.field)) {
      fields.emplace_back(entry.field, field);
    }
    const bool pattern = entry.field.find('*') != std::string::npos;
    for (const auto& [name, field] : fields) {
      if (field->kind == FieldKind::kObject || field->kind == FieldKind::kNested) continue;
      if (field->kind == FieldKind::kPercolator && !pattern) {
        throw ApiError(illegal_argument("Fielddata is not supported on field [" + field->path + "] of type [percolator]"));
      }
      if (field->kind == FieldKind::kPercolator) continue;
      if (is_text_like(*field) || !field->doc_values) {
        if (pattern) continue;
        if (is_text_like(*field)) {
          throw ApiError(illegal_argument(
              "Text fields are not optimised for operations that require per-document field data like aggregations and "
              "sorting, so these operations are disabled by default. Please use a keyword field instead. Alternatively, set "
              "fielddata=true on [" + field->path + "] in order to load field data by uninverting the inverted index. Note that "
              "this can use significant memory."));
        }
        throw ApiError(illegal_argument("Can't load fielddata on [" + field->path + "] because fielddata is unsupported on fields of type [" +
                                        std::string(kind_name(field->kind)) + "]. Use doc values instead."));
      }
      if (std::string values = column_values(*field, entry.format, reader, ref.doc); !values.empty()) {
        add_values(out, name, std::move(values));
      }
    }
  }
}

}  // namespace tarn::query

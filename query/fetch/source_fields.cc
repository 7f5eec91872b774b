#include "query/fetch/source_fields.h"

#include <cmath>

#include "indexer/geo/geometry.h"
#include "query/bind/field_queries.h"
#include "query/bind/values.h"
#include "query/dsl/geo_value.h"
#include "query/join/relations.h"

namespace tarn::query {

void collect_source_values(const Json& source, std::string_view path, std::vector<const Json*>& out) {
  if (source.is_array()) {
    for (const Json& item : source) collect_source_values(item, path, out);
    return;
  }
  if (path.empty()) {
    out.push_back(&source);
    return;
  }
  if (!source.is_object()) return;
  for (const auto& [key, value] : source.items()) {
    if (path == key) {
      collect_source_values(value, {}, out);
    } else if (path.size() > key.size() && path.starts_with(key) && path[key.size()] == '.') {
      collect_source_values(value, path.substr(key.size() + 1), out);
    }
  }
}

namespace {

/// Where the field's values stand in _source: multi-fields read their parent's.
std::string source_path(const FieldType& field) {
  if (!field.is_multi_field) return field.path;
  return field.path.substr(0, field.path.rfind('.'));
}

std::string date_text(const FieldType& field, const std::string& text, const std::string& format) {
  const DateFormat* own = field.date_format ? field.date_format.get() : DateFormat::default_format().get();
  const auto instant = own->parse(text);
  if (!instant) throw ApiError(illegal_argument("failed to parse date field [" + text + "]"));
  DateFormat::Instant shown = *instant;
  if (format.empty()) {
    shown.nanos = shown.nanos / 1000000 * 1000000;  // nanoseconds show only where a format asks for them
    return own->format(shown);
  }
  return DateFormat::create(format)->format(shown);
}

/// Writes one value in the field's form; false where it has none.
bool write_value(const FieldType& field, const Json& value, const std::string& format, JsonWriter& w) {
  if (value.is_null()) {
    if (!field.null_value) return false;
    return write_value(field, *field.null_value, format, w);
  }
  if (is_text_like(field)) {
    if (value.is_object()) return false;
    w.string(scalar_text(value));
    return true;
  }
  if (field.kind == FieldKind::kPercolator || field.kind == FieldKind::kJoin) {
    w.value(value);
    return true;
  }
  if (is_keyword_like(field)) {
    if (value.is_object()) return false;
    const std::string text = scalar_text(value);
    if (text.size() > field.ignore_above) return false;
    w.string(normalized(field, text));
    return true;
  }
  if (field.is_date()) {
    w.string(date_text(field, scalar_text(value), format));
    return true;
  }
  switch (field.kind) {
    case FieldKind::kByte:
    case FieldKind::kShort:
    case FieldKind::kInteger:
    case FieldKind::kLong: w.number(scalar_integer(value, field.kind)); return true;
    case FieldKind::kUnsignedLong: {
      bool negative = false;
      w.unsigned_number(scalar_unsigned(value, negative));
      return true;
    }
    case FieldKind::kHalfFloat:
    case FieldKind::kFloat: w.number(static_cast<float>(scalar_double(value))); return true;
    case FieldKind::kDouble: w.number(scalar_double(value)); return true;
    case FieldKind::kScaledFloat:
      w.number(std::floor(scalar_double(value) * field.scaling_factor + 0.5) / field.scaling_factor);
      return true;
    case FieldKind::kBoolean:
      if (value.is_string() && value.get_ref<const std::string&>().empty()) {
        w.boolean(false);
      } else {
        w.boolean(scalar_boolean(value));
      }
      return true;
    case FieldKind::kIp: w.string(ip_text(parse_ip(scalar_text(value)))); return true;
    case FieldKind::kGeoPoint: {
      const GeoPoint point = parse_geo_point(value);
      if (format == "wkt") {
        w.string("POINT (" + double_text(point.longitude) + " " + double_text(point.latitude) + ")");
        return true;
      }
      w.begin_object().key("coordinates").begin_array().number(point.longitude).number(point.latitude).end_array();
      w.key("type").string("Point").end_object();
      return true;
    }
    case FieldKind::kGeoShape: {
      const geo::Geometry shape = geo::parse_shape(value, {geo::Dialect::kDocument, true, true, true});
      if (format == "wkt") {
        w.string(geo::to_wkt(shape));
      } else {
        w.value(geo::to_geojson(shape));
      }
      return true;
    }
    case FieldKind::kConstantKeyword:
      w.begin_array().string(field.constant_value).end_array();
      return true;
    default: w.value(value); return true;
  }
}

std::string values_of(const FieldType& field, const Json& source, const std::string& format) {
  std::vector<const Json*> values;
  const std::string path = source_path(field);
  collect_source_values(source, path, values);
  if (field.kind == FieldKind::kGeoPoint) {  // a point may be an array of numbers, which must stay together
    values.clear();
    std::vector<const Json*> numbers;
    const Json* at = &source;
    std::string_view rest = path;
    while (at != nullptr && !rest.empty() && at->is_object()) {
      const size_t dot = rest.find('.');
      const auto it = at->find(std::string(rest.substr(0, dot)));
      at = it == at->end() ? nullptr : &*it;
      rest = dot == std::string_view::npos ? std::string_view() : rest.substr(dot + 1);
    }
    if (at != nullptr && rest.empty()) {
      if (at->is_array() && !at->empty() && !(*at)[0].is_number()) {
        for (const Json& item : *at) values.push_back(&item);
      } else if (!at->is_null() && !(at->is_array() && at->empty())) {
        values.push_back(at);
      }
    }
  }
  std::string text;
  JsonWriter w(text);
  w.begin_array();
  size_t count = 0;
  for (const Json* value : values) {
    std::string one;
    JsonWriter single(one);
    try {
      if (!write_value(field, *value, format, single)) continue;
    } catch (const ApiError& error) {
      if (error.error().status == 501) throw;
      continue;  // a malformed value is not part of the field
    }
    w.raw(one);
    ++count;
  }
  w.end_array();
  return count == 0 ? std::string() : text;
}

template <class Visit>
void for_each_field(const std::string& name, const Mapping& mapping, Visit&& visit) {
  if (name.find('*') != std::string::npos) {
    for (const FieldType* field : mapping.match(name)) visit(field->path, *field);
    return;
  }
  const FieldType* field = mapping.find(name);
  if (field == nullptr || field->kind == FieldKind::kObject || field->kind == FieldKind::kNested ||
      field->kind == FieldKind::kMetadata) {
    return;
  }
  visit(name, *field);
}

/// The columns of ids beside a join field have no values to show.
void refuse_parent_ids(const std::string& wanted, const Mapping& mapping) {
  if (wanted.find_first_of("*#") == std::string::npos) return;
  const JoinRelations relations(mapping);
  for (const std::string& path : relations.id_paths()) {
    if (wildcard_matches(wanted, path)) {
      throw ApiError(500, "unsupported_operation_exception", "Cannot fetch values for internal field [parent].");
    }
  }
}

}  // namespace

void check_source_fields(const std::vector<FieldAndFormat>& wanted, const Mapping& mapping) {
  for (const FieldAndFormat& entry : wanted) {
    if (entry.format.empty()) continue;
    for_each_field(entry.field, mapping, [&](const std::string&, const FieldType& field) {
      if (field.kind == FieldKind::kGeoPoint || field.kind == FieldKind::kGeoShape) {
        if (entry.format == "wkt" || entry.format == "geojson") return;
        throw ApiError(illegal_argument("Unrecognized geometry format [" + entry.format + "]."));
      }
      if (!field.is_date()) {
        throw ApiError(illegal_argument("Field [" + field.path + "] of type [" + std::string(kind_name(field.kind)) +
                                        "] doesn't support formats."));
      }
    });
  }
}

void add_source_fields(const std::vector<FieldAndFormat>& wanted, const Mapping& mapping, const Json& source,
                       std::vector<HitField>& out) {
  for (const FieldAndFormat& entry : wanted) {
    refuse_parent_ids(entry.field, mapping);
    for_each_field(entry.field, mapping, [&](const std::string& name, const FieldType& field) {
      if (std::string values = values_of(field, source, entry.format); !values.empty()) out.push_back({name, std::move(values)});
    });
  }
}

void add_stored_fields(const std::vector<std::string>& wanted, const Mapping& mapping, const Json& source,
                       std::vector<HitField>& out) {
  for (const std::string& name : wanted) {
    for_each_field(name, mapping, [&](const std::string& shown, const FieldType& field) {
      if (!field.stored) return;
      if (std::string values = values_of(field, source, ""); !values.empty()) out.push_back({shown, std::move(values)});
    });
  }
}

}  // namespace tarn::query

#include <algorithm>
#include <cmath>
#include <limits>

#include "query/bind/field_queries.h"
#include "query/bind/values.h"
#include "query/collect/sort.h"
#include "query/dsl/clause.h"

namespace tarn::query {

namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

struct Extremes {
  int64_t least, greatest;
};

/// What a missing value counts as: the end of the type's range, as Lucene's sort fields.
Extremes extremes(const BoundSort& key, FieldKind kind) {
  switch (key.output) {
    case SortOutput::kDouble:
    case SortOutput::kFloat: return {sortable_double(-kInfinity), sortable_double(kInfinity)};
    default: break;
  }
  if (kind == FieldKind::kByte || kind == FieldKind::kShort || kind == FieldKind::kInteger) return {INT32_MIN, INT32_MAX};
  return {INT64_MIN, INT64_MAX};  // unsigned numbers are encoded so that these are 0 and 2^64 - 1
}

FieldKind unmapped_kind(const std::string& type) {
  static constexpr std::pair<std::string_view, FieldKind> kKinds[] = {
      {"long", FieldKind::kLong},       {"integer", FieldKind::kInteger}, {"short", FieldKind::kShort},
      {"byte", FieldKind::kByte},       {"double", FieldKind::kDouble},   {"float", FieldKind::kFloat},
      {"half_float", FieldKind::kHalfFloat}, {"date", FieldKind::kDate},  {"date_nanos", FieldKind::kDateNanos},
      {"boolean", FieldKind::kBoolean}, {"keyword", FieldKind::kKeyword}, {"ip", FieldKind::kIp},
      {"unsigned_long", FieldKind::kUnsignedLong}, {"text", FieldKind::kText}, {"geo_point", FieldKind::kGeoPoint},
  };
  for (const auto& [name, kind] : kKinds) {
    if (name == type) return kind;
  }
  throw ApiError(illegal_argument("No mapper found for type [" + type + "]"));
}

void refuse_unsortable(const FieldType& field) {
  if (is_text_like(field) && !field.fielddata) {
    throw ApiError(illegal_argument(
        "Text fields are not optimised for operations that require per-document field data like aggregations and sorting, "
        "so these operations are disabled by default. Please use a keyword field instead. Alternatively, set fielddata=true on [" +
        field.path + "] in order to load field data by uninverting the inverted index. Note that this can use significant memory."));
  }
  if (!field.doc_values && !is_text_like(field)) {
    throw ApiError(illegal_argument("Can't load fielddata on [" + field.path + "] because fielddata is unsupported on fields of type [" +
                                    std::string(kind_name(field.kind)) + "]. Use doc values instead."));
  }
}

void set_number_output(BoundSort& key, FieldKind kind, const std::string& numeric_type) {
  using Convert = BoundSort::Convert;
  const bool floating = kind >= FieldKind::kHalfFloat && kind <= FieldKind::kScaledFloat;
  key.output = SortOutput::kLong;
  if (kind == FieldKind::kUnsignedLong) key.output = SortOutput::kUnsigned;
  if (kind == FieldKind::kHalfFloat || kind == FieldKind::kFloat) key.output = SortOutput::kFloat;
  if (kind == FieldKind::kDouble || kind == FieldKind::kScaledFloat) key.output = SortOutput::kDouble;
  if (kind == FieldKind::kScaledFloat) key.convert = Convert::kScaledToDouble;
  if (numeric_type.empty()) return;
  const bool date = kind == FieldKind::kDate || kind == FieldKind::kDateNanos;
  if ((numeric_type == "date" || numeric_type == "date_nanos") && !date) {
    throw ApiError(illegal_argument("numeric_type [" + numeric_type + "] is only supported on date fields"));
  }
  if (numeric_type == "double") {
    if (!floating && kind != FieldKind::kUnsignedLong) key.convert = Convert::kToDouble;
    if (kind == FieldKind::kUnsignedLong) not_implemented("numeric_type [double] of unsigned_long is not supported yet");
    key.output = SortOutput::kDouble;
  } else if (numeric_type == "long") {
    if (kind == FieldKind::kScaledFloat) not_implemented("numeric_type [long] of scaled_float is not supported yet");
    if (floating) key.convert = Convert::kToLong;
    key.output = SortOutput::kLong;
  } else if (numeric_type == "date_nanos") {
    if (kind == FieldKind::kDate) key.convert = Convert::kMsToNs;
  } else if (numeric_type == "date") {
    if (kind == FieldKind::kDateNanos) key.convert = Convert::kNsToMs;
  } else {
    not_implemented("numeric_type [" + numeric_type + "] is not supported yet");
  }
}

/// The number that a text or number of the request means, in the key's encoding.
int64_t parse_key_number(const BoundSort& key, const Json& value, int64_t now_ms) {
  if (key.output == SortOutput::kDouble || key.output == SortOutput::kFloat) {
    const double number = scalar_double(value);
    return sortable_double(key.output == SortOutput::kFloat ? static_cast<float>(number) : number);
  }
  if (key.output == SortOutput::kUnsigned) {
    bool negative = false;
    return static_cast<int64_t>(scalar_unsigned(value, negative) ^ (1ull << 63));
  }
  if (key.field != nullptr && key.field->is_date() && value.is_string()) {
    return parse_date(*key.field, value.get_ref<const std::string&>(), nullptr, nullptr, false, now_ms);
  }
  if (value.is_boolean()) return value.get<bool>() ? 1 : 0;
  return scalar_integer(value, FieldKind::kLong);
}

void set_missing(BoundSort& key, const SortClause& clause, FieldKind kind, int64_t now_ms) {
  const bool first = clause.missing.is_string() && clause.missing == "_first";
  const bool last = clause.missing.is_null() || (clause.missing.is_string() && clause.missing == "_last");
  key.missing_first = first;
  const Extremes ends = extremes(key, kind);
  key.missing_number = first == key.descending ? ends.greatest : ends.least;
  if (first || last) return;
  if (key.kind == BoundSort::Kind::kKeyword) {
    key.missing_text = key.output == SortOutput::kIpText ? parse_ip(scalar_text(clause.missing)) : scalar_text(clause.missing);
  } else {
    key.missing_number = parse_key_number(key, clause.missing, now_ms);
  }
}

BoundSort bind_metadata(const SortClause& clause, Binder& binder) {
  BoundSort key;
  key.descending = clause.descending;
  if (clause.field == "_id") {
    key.kind = BoundSort::Kind::kId;
    key.output = SortOutput::kText;
  } else if (clause.field == "_index") {
    key.kind = BoundSort::Kind::kConstant;
    key.constant = binder.searcher.index_name();
    key.output = SortOutput::kText;
  } else if (clause.field == "_seq_no" || clause.field == "_version") {
    key.kind = BoundSort::Kind::kNumber;
    key.path = clause.field;
    key.missing_number = key.descending ? INT64_MIN : INT64_MAX;
  } else {
    key.kind = BoundSort::Kind::kKeyword;
    key.path = clause.field;
    key.output = SortOutput::kText;
    set_missing(key, clause, FieldKind::kKeyword, 0);
  }
  return key;
}

/// Only a "nested" object reaches children; without one, a nested field has no value at the root.
void bind_nested(BoundSort& key, const SortClause& clause, Binder& binder) {
  key.nested_path = clause.nested_path;
  key.max_children = clause.max_children;
  if (key.nested_path.empty()) return;
  const FieldType* object = binder.mapping().find_unresolved(key.nested_path);
  if (object == nullptr || (object->kind != FieldKind::kNested && object->kind != FieldKind::kObject)) {
    throw ApiError(400, "query_shard_exception", "[nested] failed to find nested object under path [" + key.nested_path + "]");
  }
  if (object->kind != FieldKind::kNested) {
    throw ApiError(400, "query_shard_exception", "[nested] nested object under path [" + key.nested_path + "] is not of nested type");
  }
  if (clause.mode == SortMode::kMedian) throw ApiError(illegal_argument("Unsupported sort mode: MEDIAN"));
  if (!clause.nested_filter) return;
  const std::string outer = binder.nested_scope;
  binder.nested_scope = key.nested_path;
  key.nested_filter = bind(*clause.nested_filter, binder);
  binder.nested_scope = outer;
}

BoundSort bind_geo(const SortClause& clause, Binder& binder) {
  BoundSort key;
  key.kind = BoundSort::Kind::kGeoDistance;
  key.descending = clause.descending;
  key.output = SortOutput::kDouble;
  key.origins = clause.origins;
  key.unit_metres = clause.unit_metres;
  key.plane = clause.plane;
  key.mode = clause.mode == SortMode::kDefault ? (clause.descending ? SortMode::kMax : SortMode::kMin) : clause.mode;
  key.missing_number = sortable_double(kInfinity);
  const FieldType* field = binder.mapping().find(clause.field);
  if (field == nullptr) {
    if (!clause.ignore_unmapped) {
      throw ApiError(illegal_argument("failed to find mapper for [" + clause.field + "] for geo distance based sort"));
    }
    key.path.clear();
    return key;
  }
  if (field->kind != FieldKind::kGeoPoint) {
    throw ApiError(illegal_argument("Expected geo_point type on field [" + field->path + "], but got [" +
                                    std::string(kind_name(field->kind)) + "]"));
  }
  key.path = field->path;
  key.field = field;
  bind_nested(key, clause, binder);
  return key;
}

BoundSort bind_script_sort(const SortClause& clause, Binder& binder) {
  BoundSort key;
  key.kind = BoundSort::Kind::kScript;
  key.descending = clause.descending;
  key.output = clause.script_text ? SortOutput::kText : SortOutput::kDouble;
  key.script = std::make_shared<const BoundScript>(
      bind_script(*clause.script, clause.script_text ? script::Context::kStringSort : script::Context::kNumberSort, binder.context));
  return key;
}

BoundSort bind_field(const SortClause& clause, Binder& binder) {
  if (clause.script) return bind_script_sort(clause, binder);
  const FieldType* field = binder.mapping().find(clause.field);
  if (field != nullptr && (field->kind == FieldKind::kObject || field->kind == FieldKind::kNested)) field = nullptr;
  if (clause.field.starts_with('_') && (field == nullptr || field->kind == FieldKind::kMetadata)) {
    static constexpr std::string_view kKnown[] = {"_id", "_index", "_seq_no", "_version", "_routing", "_ignored"};
    if (std::find(std::begin(kKnown), std::end(kKnown), clause.field) != std::end(kKnown)) return bind_metadata(clause, binder);
    field = nullptr;
  }
  if (field == nullptr && clause.unmapped_type.empty()) {
    throw ApiError(400, "query_shard_exception", "No mapping found for [" + clause.field + "] in order to sort on");
  }
  BoundSort key;
  key.descending = clause.descending;
  const FieldKind kind = field != nullptr ? field->kind : unmapped_kind(clause.unmapped_type);
  if (field != nullptr) {
    refuse_unsortable(*field);
    key.field = field;
    key.path = field->path;
  }
  key.mode = clause.mode == SortMode::kDefault ? (clause.descending ? SortMode::kMax : SortMode::kMin) : clause.mode;
  if (kind == FieldKind::kFlatObject && field != nullptr && clause.field != field->path) {
    key.kind = BoundSort::Kind::kKeyword;
    key.output = SortOutput::kText;
    key.path = field->path + "._valueAndPath";
    key.prefix = clause.field + "=";
  } else if (kind == FieldKind::kKeyword || kind == FieldKind::kIp || kind == FieldKind::kWildcard || kind == FieldKind::kText ||
      kind == FieldKind::kJoin) {
    if (key.mode != SortMode::kMin && key.mode != SortMode::kMax) {
      throw ApiError(400, "query_shard_exception", "we only support AVG, MEDIAN and SUM on number based fields");
    }
    if (!clause.numeric_type.empty()) {
      throw ApiError(illegal_argument("[numeric_type] option cannot be set on a non-numeric field, got " +
                                      std::string(kind_name(kind))));
    }
    key.kind = BoundSort::Kind::kKeyword;
    key.output = kind == FieldKind::kIp ? SortOutput::kIpText : SortOutput::kText;
  } else if (kind == FieldKind::kConstantKeyword) {
    key.kind = BoundSort::Kind::kConstant;
    key.constant = field->constant_value;
    key.output = SortOutput::kText;
  } else if (kind <= FieldKind::kDateNanos || kind == FieldKind::kTokenCount) {
    key.kind = BoundSort::Kind::kNumber;
    set_number_output(key, kind, clause.numeric_type);
  } else if (kind == FieldKind::kGeoPoint) {
    throw ApiError(illegal_argument("can't sort on geo_point field without using specific sorting feature, like geo_distance"));
  } else if (kind == FieldKind::kPercolator) {
    throw ApiError(illegal_argument("Fielddata is not supported on field [" + field->path + "] of type [percolator]"));
  } else {
    not_implemented("sorting by fields of type [" + std::string(kind_name(kind)) + "] is not supported yet");
  }
  bind_nested(key, clause, binder);
  set_missing(key, clause, kind, binder.context.now_ms);
  return key;
}

}  // namespace

std::vector<BoundSort> bind_sort(const std::vector<SortClause>& clauses, Binder& binder) {
  std::vector<BoundSort> out;
  for (const SortClause& clause : clauses) {
    if (!clause.origins.empty()) {
      out.push_back(bind_geo(clause, binder));
    } else if (clause.field == "_score" || clause.field == "_doc" || clause.field == "_shard_doc") {
      BoundSort key;
      key.kind = clause.field == "_score" ? BoundSort::Kind::kScore : BoundSort::Kind::kDoc;
      key.output = clause.field == "_score" ? SortOutput::kFloat : SortOutput::kLong;
      key.descending = clause.descending;
      key.shard_doc = clause.field == "_shard_doc";
      out.push_back(std::move(key));
    } else {
      out.push_back(bind_field(clause, binder));
    }
  }
  return out;
}

std::vector<SortValue> parse_search_after(const std::vector<Json>& values, const std::vector<BoundSort>& sort) {
  if (sort.empty()) throw ApiError(illegal_argument("Sort must contain at least one field."));
  if (values.size() != sort.size()) {
    throw ApiError(illegal_argument("search_after has " + std::to_string(values.size()) + " value(s) but sort has " +
                                    std::to_string(sort.size()) + "."));
  }
  std::vector<SortValue> out(values.size());
  for (size_t i = 0; i < values.size(); ++i) {
    const BoundSort& key = sort[i];
    const Json& value = values[i];
    const bool is_text = key.output == SortOutput::kText || key.output == SortOutput::kIpText;
    if (value.is_null()) {
      out[i].missing = is_text;
      out[i].number = key.missing_number;
      continue;
    }
    try {
      if (is_text) {
        if (!value.is_string() && !value.is_number() && !value.is_boolean()) {
          throw ApiError(illegal_argument("Can't handle [search_after] field value of type [" + std::string(token_name(value)) + "]"));
        }
        out[i].text = key.output == SortOutput::kIpText ? parse_ip(scalar_text(value)) : scalar_text(value);
      } else {
        out[i].number = parse_key_number(key, value, 0);
      }
    } catch (const ApiError& error) {
      const std::string name = key.field != nullptr ? key.field->path : !key.path.empty() ? key.path : key.kind == BoundSort::Kind::kDoc ? "_doc" : "_score";
      throw ApiError(Error(illegal_argument("Failed to parse search_after value for field [" + name + "].")).caused_by(error.error()));
    }
  }
  return out;
}

int compare(const BoundSort& key, const SortValue& a, const SortValue& b) {
  if (key.output == SortOutput::kText || key.output == SortOutput::kIpText) {
    if (a.missing || b.missing) {
      if (a.missing == b.missing) return 0;
      return a.missing == key.missing_first ? -1 : 1;
    }
    const int order = a.text->compare(*b.text);
    return key.descending ? -order : order;
  }
  if (a.number == b.number) return 0;
  return (a.number < b.number) != key.descending ? -1 : 1;
}

void write_sort_value(const BoundSort& key, const SortValue& value, JsonWriter& out) {
  switch (key.output) {
    case SortOutput::kLong: out.number(value.number); break;
    case SortOutput::kUnsigned: out.unsigned_number(static_cast<uint64_t>(value.number) ^ (1ull << 63)); break;
    case SortOutput::kDouble: out.number(from_sortable_double(value.number)); break;
    case SortOutput::kFloat: out.number(static_cast<float>(from_sortable_double(value.number))); break;
    case SortOutput::kText:
      value.text ? out.string(*value.text) : out.null();
      break;
    case SortOutput::kIpText:
      value.text ? out.string(ip_text(*value.text)) : out.null();
      break;
  }
}

}  // namespace tarn::query

#include "query/lucene/describe.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>

#include "indexer/base/base64.h"
#include "query/bind/values.h"

namespace tarn::query {
namespace {

/// BytesRef.toString: bytes in hexadecimal without leading zeros.
std::string hex_bytes(std::string_view bytes) {
  std::string out = "[";
  for (const char c : bytes) out += fmt::format("{}{:x}", out.size() > 1 ? " " : "", static_cast<unsigned char>(c));
  return out + "]";
}

/// InetAddress.getHostAddress
std::string address_text(std::string_view bytes) {
  const auto byte = [&](size_t i) { return static_cast<unsigned>(static_cast<unsigned char>(bytes[i])); };
  if (bytes.starts_with(std::string(10, '\0') + "\xFF\xFF")) return fmt::format("{}.{}.{}.{}", byte(12), byte(13), byte(14), byte(15));
  std::string out;
  for (size_t i = 0; i < 16; i += 2) out += fmt::format("{}{:x}", i > 0 ? ":" : "", byte(i) << 8 | byte(i + 1));
  return out;
}

/// Uid.encodeId: digits in nibbles, what could be base64 decoded, all else as it is.
std::string encoded_id(const std::string& id) {
  constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  if (!id.empty() && std::all_of(id.begin(), id.end(), [](unsigned char c) { return std::isdigit(c); })) {
    std::string out = "\xFE";
    for (size_t i = 0; i < id.size(); i += 2) out += static_cast<char>((id[i] - '0') << 4 | (i + 1 == id.size() ? 15 : id[i + 1] - '0'));
    return out;
  }
  const size_t rest = id.size() % 4;
  const std::string_view last = rest == 2 ? "AQgw" : "AEIMQUYcgkosw048";
  const bool base64 = !id.empty() && rest != 1 && (rest == 0 || last.find(id.back()) != last.npos) &&
                      std::all_of(id.begin(), id.end(), [&](char c) { return kAlphabet.find(c) != kAlphabet.npos; });
  if (!base64) return "\xFF" + id;
  const std::string out = decode_base64(id, Base64::kUrlSafe);
  return static_cast<unsigned char>(out[0]) >= 0xFD ? "\xFD" + out : out;
}

/// A value of a numeric column as Lucene's points and doc values show it.
struct NumberText {
  std::string point, doc_value;
};
NumberText number_text(const FieldType& field, int64_t encoded, bool is_low) {
  switch (field.kind) {
    case FieldKind::kUnsignedLong: {
      const std::string text = std::to_string(static_cast<uint64_t>(encoded) ^ (1ull << 63));
      return {text, text};
    }
    case FieldKind::kDouble: return {double_text(from_sortable_double(encoded)), std::to_string(encoded)};
    case FieldKind::kFloat: {
      const auto value = static_cast<float>(from_sortable_double(encoded));
      const auto bits = std::bit_cast<int32_t>(value);
      return {java_float(value), std::to_string(bits ^ (bits >> 31 & 0x7FFFFFFF))};
    }
    case FieldKind::kHalfFloat: {
      const double value = from_sortable_double(encoded);
      auto half = static_cast<int16_t>(float_to_half(static_cast<float>(value)));
      int sortable = half ^ (half >> 15 & 0x7FFF);
      const auto shown = [](int s) { return half_to_float(static_cast<uint16_t>(s ^ (s >> 15 & 0x7FFF))); };
      if (is_low && shown(sortable) < value) ++sortable;
      if (!is_low && shown(sortable) > value) --sortable;
      return {java_float(shown(sortable)), std::to_string(sortable)};
    }
    default: return {std::to_string(encoded), std::to_string(encoded)};
  }
}

std::string both(const std::string& index, const std::string& doc_values) {
  return "IndexOrDocValuesQuery(indexQuery=" + index + ", dvQuery=" + doc_values + ")";
}

/// A range of a numeric or date field; those that may stop early are wrapped.
LeafText interval_text(const FieldType& field, const ColumnInterval& interval, bool approximate) {
  const NumberText low = number_text(field, interval.low, true), high = number_text(field, interval.high, false);
  const auto text = [&](const std::string& from, const std::string& to) { return field.path + ":[" + from + " TO " + to + "]"; };
  const std::string point = text(low.point, high.point), doc_value = text(low.doc_value, high.doc_value);
  if (!field.indexed) return LeafText(doc_value, "SortedNumericDocValuesRangeQuery");
  const std::string plain = field.doc_values ? both(point, doc_value) : point;
  if (!approximate) return LeafText(plain, field.doc_values ? "IndexOrDocValuesQuery" : "PointRangeQuery", field.path);
  return LeafText("ApproximateScoreQuery(originalQuery=" + plain + ", approximationQuery=Approximate(" + point + "))", "ApproximateScoreQuery",
                  field.path);
}

std::string range_field_text(const FieldType& field, const std::string& low, const std::string& high) {
  return both(field.path + ":<ranges:[" + low + " : " + high + "]>", "BinaryDocValuesRangeQuery(fieldName=,from=" + low + ",to=" + high + ")");
}

std::string ip_text_of_range(const FieldType& field, const std::string& low, const std::string& high) {
  return both(field.path + ":[" + address_text(low) + " TO " + address_text(high) + "]",
              field.path + ":[" + hex_bytes(low) + " TO " + hex_bytes(high) + "]");
}

struct IpBounds {
  std::string low = std::string(16, '\0'), high = std::string(16, '\xFF');
  bool empty = false;
};
IpBounds ip_bounds(const RangeBounds& bounds) {
  IpBounds out;
  if (!bounds.low.is_null()) {
    out.low = parse_ip(scalar_text(bounds.low));
    out.empty = !bounds.include_low && !next_ip(out.low);
  }
  if (!bounds.high.is_null()) {
    out.high = parse_ip(scalar_text(bounds.high));
    out.empty |= !bounds.include_high && !previous_ip(out.high);
  }
  return out;
}

FieldType element_of(const FieldType& field) {
  FieldType out = field;
  switch (field.kind) {
    case FieldKind::kIntegerRange: out.kind = FieldKind::kInteger; break;
    case FieldKind::kLongRange: out.kind = FieldKind::kLong; break;
    case FieldKind::kFloatRange: out.kind = FieldKind::kFloat; break;
    case FieldKind::kDoubleRange: out.kind = FieldKind::kDouble; break;
    default: out.kind = FieldKind::kDate;
  }
  return out;
}

std::string range_type_text(Binder& binder, const FieldType& field, const RangeBounds& bounds) {
  if (field.kind == FieldKind::kIpRange) {
    const IpBounds ip = ip_bounds(bounds);
    return range_field_text(field, "/" + address_text(ip.low), "/" + address_text(ip.high));
  }
  const FieldType element = element_of(field);
  const ColumnInterval interval = range_interval(binder, element, bounds);
  return range_field_text(field, number_text(element, interval.low, true).point, number_text(element, interval.high, false).point);
}

bool has_interval(const FieldType& field) { return field.is_numeric() || field.is_date() || field.kind == FieldKind::kTokenCount; }

std::string fallback_text(const FieldType& field, std::string_view shown) { return field.path + ":" + std::string(shown); }

LuceneQueryPtr field_exists(const std::string& path, const LuceneLeaf::Make& make) {
  return lucene_leaf(make, LeafText("FieldExistsQuery [field=" + path + "]", "FieldExistsQuery"));
}

LuceneQueryPtr everything(LuceneLeaf::Make make) {
  static_cast<void>(make);
  return lucene_approximate_all();
}

/// Metadata fields and constants, whose clauses are known before a shard looks.
LuceneQueryPtr metadata_term(Binder& binder, std::string_view path, const std::string& text, const LuceneLeaf::Make& make) {
  if (path == "_id") return described_ids({text}, make);
  if (path == "_index") return wildcard_matches(text, binder.searcher.index_name()) ? everything(make) : lucene_match_none();
  if (path == "_seq_no") return lucene_leaf(make, LeafText("_seq_no:[" + text + " TO " + text + "]", "PointRangeQuery", "_seq_no"));
  if (path.starts_with('_')) return lucene_leaf(make, LeafText(std::string(path) + ":" + text, "TermQuery", std::string(path)));
  return lucene_match_none();
}

std::string escaped_wildcard(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '*' || c == '?' || c == '\\') out += '\\';
    out += c;
  }
  return out;
}

}  // namespace

LuceneQueryPtr lucene_match_none() { return lucene_none("User requested \"match_none\" query."); }

LeafText term_text(const FieldType& field, std::string_view term) {
  return LeafText(field.path + ":" + std::string(term), "TermQuery", field.path);
}

LeafText pattern_leaf(const FieldType* field, std::string shown, std::string_view pattern, std::string type) {
  if (field == nullptr || field->kind != FieldKind::kWildcard) return LeafText(std::move(shown), std::move(type));
  return LeafText("WildcardMatchingQuery(" + field->path + ":\"" + std::string(pattern) + "\")", "WildcardFieldQuery");
}

LuceneQueryPtr described_term(Binder& binder, std::string_view path, const Json& value, LuceneLeaf::Make make, bool is_term) {
  const std::string text = scalar_text(value);
  const FieldType* field = binder.mapping().find(path);
  if (field == nullptr || field->kind == FieldKind::kMetadata) return metadata_term(binder, path, text, make);
  if (field->kind == FieldKind::kObject || field->kind == FieldKind::kNested) return lucene_match_none();
  const auto leaf = [&](LeafText shown) { return lucene_leaf(make, std::move(shown), is_term); };
  if (field->kind == FieldKind::kFlatObject) {
    const bool whole = path == field->path;
    const std::string shown = whole ? field->path + "._value:" + text : field->path + "._valueAndPath:" + std::string(path) + "=" + text;
    return std::make_shared<LuceneConstant>(leaf(LeafText(shown, "TermQuery", field->path)));
  }
  if (field->kind == FieldKind::kMatchOnlyText) return std::make_shared<LuceneConstant>(leaf(term_text(*field, text)));
  if (is_text_like(*field)) return leaf(term_text(*field, text));
  if (field->kind == FieldKind::kWildcard) return leaf(pattern_leaf(field, "", escaped_wildcard(normalized(*field, text)), ""));
  if (field->kind == FieldKind::kJoin) return leaf(term_text(*field, text));
  if (is_keyword_like(*field)) {
    const std::string term = normalized(*field, text);
    if (!field->indexed) return leaf(LeafText(field->path + ":[" + hex_bytes(term) + " TO " + hex_bytes(term) + "]", "SortedSetDocValuesRangeQuery"));
    if (field->use_similarity) return leaf(term_text(*field, term));
    return std::make_shared<LuceneConstant>(lucene_leaf(make, term_text(*field, term)));
  }
  if (field->kind == FieldKind::kConstantKeyword) return field->constant_value == text ? everything(make) : lucene_match_none();
  if (field->kind == FieldKind::kBoolean) return leaf(term_text(*field, scalar_boolean(value) ? "T" : "F"));
  if (field->kind == FieldKind::kIp) {
    const IpRange range = text.find('/') == text.npos ? IpRange{parse_ip(text), parse_ip(text)} : parse_cidr(text);
    return leaf(LeafText(ip_text_of_range(*field, range.low, range.high), "IndexOrDocValuesQuery", field->path));
  }
  RangeBounds bounds;
  bounds.low = bounds.high = value;
  if (field->is_range()) return leaf(LeafText(range_type_text(binder, *field, bounds), "IndexOrDocValuesQuery"));
  if (has_interval(*field)) {
    const bool whole = field->is_numeric() && !field->is_floating();
    if (whole && has_fraction(value)) return lucene_none("Value [" + text + "] has a decimal part");
    if (field->kind == FieldKind::kScaledFloat) {
      const auto scaled = std::llround(std::floor(scalar_double(value) * field->scaling_factor + 0.5));
      return leaf(interval_text(*field, {scaled, scaled, false}, false));
    }
    return leaf(interval_text(*field, range_interval(binder, *field, bounds), field->is_date()));
  }
  return leaf(LeafText(fallback_text(*field, text)));
}

LuceneQueryPtr described_terms(Binder& binder, std::string_view path, const std::vector<Json>& values, LuceneLeaf::Make make) {
  const FieldType* field = binder.mapping().find(path);
  if (values.empty()) return lucene_match_none();
  if (path == "_id") {
    std::vector<std::string> ids;
    for (const Json& value : values) ids.push_back(scalar_text(value));
    return described_ids(ids, make);
  }
  if (path == "_index" || (field != nullptr && field->kind == FieldKind::kConstantKeyword)) {
    for (const Json& value : values) {
      if (LuceneQueryPtr one = described_term(binder, path, value, make); one->type() != "MatchNoDocsQuery") return one;
    }
    return lucene_match_none();
  }
  if (field == nullptr || field->kind == FieldKind::kObject || field->kind == FieldKind::kNested) return lucene_match_none();
  const auto joined = [](const std::vector<std::string>& parts, const char* between) { return fmt::format("{}", fmt::join(parts, between)); };
  if (is_text_like(*field) || field->kind == FieldKind::kKeyword || field->kind == FieldKind::kJoin) {
    std::vector<std::string> terms;
    for (const Json& value : values) terms.push_back(is_keyword_like(*field) ? normalized(*field, scalar_text(value)) : scalar_text(value));
    std::sort(terms.begin(), terms.end());
    terms.erase(std::unique(terms.begin(), terms.end()), terms.end());
    return lucene_leaf(make, LeafText(field->path + ":(" + joined(terms, " ") + ")", "TermInSetQuery", field->path));
  }
  if (field->kind == FieldKind::kWildcard) {
    std::vector<std::string> terms;
    for (const Json& value : values) terms.push_back(scalar_text(value));
    return lucene_leaf(make, pattern_leaf(field, "", joined(terms, "|"), ""));
  }
  if (field->kind == FieldKind::kBoolean) {
    const bool first = scalar_boolean(values[0]);
    const bool mixed = std::any_of(values.begin(), values.end(), [&](const Json& value) { return scalar_boolean(value) != first; });
    return mixed ? field_exists(field->path, make) : described_term(binder, path, values[0], make);
  }
  if (has_interval(*field) && !field->is_date()) {
    std::vector<int64_t> numbers;
    for (const Json& value : values) {
      if (field->is_numeric() && !field->is_floating() && has_fraction(value)) continue;
      RangeBounds bounds;
      bounds.low = bounds.high = value;
      numbers.push_back(field->kind == FieldKind::kScaledFloat ? std::llround(std::floor(scalar_double(value) * field->scaling_factor + 0.5))
                                                               : range_interval(binder, *field, bounds).low);
    }
    if (numbers.empty()) return lucene_none("All values have a decimal part");
    std::sort(numbers.begin(), numbers.end());
    numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
    std::vector<std::string> points, doc_values;
    for (const int64_t number : numbers) {
      NumberText text = number_text(*field, number, true);
      points.push_back(std::move(text.point));
      doc_values.push_back(std::move(text.doc_value));
    }
    const std::string point = field->path + ":{" + joined(points, " ") + "}";
    const std::string dv = (field->kind == FieldKind::kUnsignedLong ? "" : field->path) + ": [" + joined(doc_values, ", ") + "]";
    return lucene_leaf(make, LeafText(!field->indexed ? dv : field->doc_values ? both(point, dv) : point, "IndexOrDocValuesQuery"));
  }
  std::vector<LuceneClause> clauses;
  for (const Json& value : values) clauses.push_back({described_term(binder, path, value, make), Occur::kShould});
  return std::make_shared<LuceneConstant>(std::make_shared<LuceneBool>(std::move(clauses)));
}

LuceneQueryPtr described_range(Binder& binder, std::string_view path, const RangeBounds& bounds, LuceneLeaf::Make make) {
  const FieldType* field = binder.mapping().find(path);
  if (path == "_seq_no") {
    FieldType seq_no;
    seq_no.kind = FieldKind::kLong;
    const ColumnInterval interval = range_interval(binder, seq_no, bounds);
    return lucene_leaf(make, LeafText(fmt::format("_seq_no:[{} TO {}]", interval.low, interval.high), "PointRangeQuery", "_seq_no"));
  }
  if (field == nullptr || field->kind == FieldKind::kObject || field->kind == FieldKind::kNested) return lucene_match_none();
  if (bounds.low.is_null() && bounds.high.is_null() && !field->is_range()) return described_exists(binder, path, make);
  if (field->is_range()) return lucene_leaf(make, LeafText(range_type_text(binder, *field, bounds), "IndexOrDocValuesQuery"));
  if (field->kind == FieldKind::kIp) {
    const IpBounds ip = ip_bounds(bounds);
    if (ip.empty) return lucene_none("");
    return lucene_leaf(make, LeafText(ip_text_of_range(*field, ip.low, ip.high), "IndexOrDocValuesQuery", field->path));
  }
  if (has_interval(*field)) {
    const ColumnInterval interval = range_interval(binder, *field, bounds);
    if (interval.empty) return lucene_none("");
    return lucene_leaf(make, interval_text(*field, interval, true));
  }
  if (field->kind == FieldKind::kConstantKeyword) {
    return make(binder, 1)->matches_none() ? lucene_match_none() : everything(make);
  }
  if (field->kind == FieldKind::kBoolean) {
    const auto edge = [](const Json& value, bool fallback) { return value.is_null() ? fallback : scalar_boolean(value); };
    int low = edge(bounds.low, false), high = edge(bounds.high, true);
    if (!bounds.low.is_null() && !bounds.include_low) ++low;
    if (!bounds.high.is_null() && !bounds.include_high) --high;
    if (low == 0 && high == 1) return field_exists(field->path, make);
    if (low != high) return lucene_none("");
    return lucene_leaf(make, term_text(*field, low == 1 ? "T" : "F"));
  }
  const auto edge = [&](const Json& value) {
    return value.is_null() ? std::string("*") : is_keyword_like(*field) ? normalized(*field, scalar_text(value)) : scalar_text(value);
  };
  const bool open_low = bounds.low.is_null(), open_high = bounds.high.is_null();
  const std::string shown = field->path + ":" + (bounds.include_low && !open_low ? "[" : open_low ? "[" : "{") + edge(bounds.low) + " TO " +
                            edge(bounds.high) + (bounds.include_high || open_high ? "]" : "}");
  if (field->kind == FieldKind::kKeyword && field->doc_values) return lucene_leaf(make, LeafText(both(shown, shown), "IndexOrDocValuesQuery"));
  return lucene_leaf(make, LeafText(shown, "TermRangeQuery"));
}

LuceneQueryPtr described_exists(Binder& binder, std::string_view path, LuceneLeaf::Make make) {
  const Mapping& mapping = binder.mapping();
  const FieldType* field = mapping.find(path);
  const auto constant = [](LuceneQueryPtr query) { return std::make_shared<LuceneConstant>(std::move(query)); };
  if (path == "_id" || path == "_index" || path == "_type" || (field != nullptr && field->kind == FieldKind::kConstantKeyword)) return constant(lucene_all());
  if (path == "_seq_no" || path == "_version") return constant(field_exists(std::string(path), make));
  const auto by_name = [&](const std::string& name) { return lucene_leaf(make, LeafText("_field_names:" + name, "TermQuery", "_field_names")); };
  if (field == nullptr || field->kind == FieldKind::kMetadata) {
    if (path.find('*') == path.npos) return path.starts_with('_') ? constant(by_name(std::string(path))) : lucene_match_none();
  } else if (field->kind != FieldKind::kObject && field->kind != FieldKind::kNested) {
    if (field->kind == FieldKind::kRankFeature) return constant(lucene_leaf(make, LeafText("_feature:" + field->path, "TermQuery")));
    const bool column = field->kind != FieldKind::kMatchOnlyText && field->kind != FieldKind::kBinary && (is_text_like(*field) ? field->norms : field->doc_values);
    return constant(column ? field_exists(field->path, make) : by_name(field->path));
  }
  // An object exists where one of its fields does; a pattern is each of the fields that it names.
  const bool pattern = field == nullptr;
  std::vector<LuceneClause> clauses;
  for (const FieldType* one : mapping.match(pattern ? std::string(path) : std::string(path) + ".*")) {
    LuceneQueryPtr exists = described_exists(binder, one->path, make);
    if (const auto* inner = dynamic_cast<const LuceneConstant*>(exists.get()); inner != nullptr && !pattern) exists = inner->query();
    clauses.push_back({std::move(exists), Occur::kShould});
  }
  if (clauses.empty()) return lucene_match_none();
  return constant(std::make_shared<LuceneBool>(std::move(clauses)));
}

LuceneQueryPtr described_ids(const std::vector<std::string>& ids, LuceneLeaf::Make make) {
  if (ids.empty()) return lucene_match_none();
  std::vector<std::string> encoded;
  for (const std::string& id : ids) encoded.push_back(encoded_id(id));
  std::sort(encoded.begin(), encoded.end());
  encoded.erase(std::unique(encoded.begin(), encoded.end()), encoded.end());
  std::string text;
  for (const std::string& id : encoded) text += (text.empty() ? "" : " ") + hex_bytes(id);
  return lucene_leaf(std::move(make), LeafText("_id:(" + text + ")", "TermInSetQuery", "_id"));
}

}  // namespace tarn::query

#include "query/bind/field_queries.h"

#include <algorithm>
#include <cmath>

#include "indexer/base/ascii.h"
#include "query/bind/expensive.h"
#include "query/bind/values.h"
#include "query/filter/column_filters.h"
#include "query/text/term_plan.h"

namespace tarn::query {

bool is_keyword_like(const FieldType& field) {
  return field.kind == FieldKind::kKeyword || field.kind == FieldKind::kWildcard || field.kind == FieldKind::kJoin;
}

bool is_text_like(const FieldType& field) {
  return field.kind == FieldKind::kText || field.kind == FieldKind::kMatchOnlyText ||
         field.kind == FieldKind::kSearchAsYouType;
}

std::string normalized(const FieldType& field, std::string_view text) {
  return field.normalizer ? field.normalizer->normalize(text) : std::string(text);
}

bool wildcard_matches(std::string_view pattern, std::string_view text) {
  const auto width = [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x80 ? 1u : byte < 0xE0 ? 2u : byte < 0xF0 ? 3u : 4u;
  };
  size_t p = 0, t = 0, star = std::string_view::npos, retry = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      retry = t;
      continue;
    }
    if (p < pattern.size() && pattern[p] == '?') {
      ++p;
      t += width(text[t]);
      continue;
    }
    const bool escaped = p + 1 < pattern.size() && pattern[p] == '\\';
    if (p < pattern.size() && pattern[p + (escaped ? 1 : 0)] == text[t]) {
      p += escaped ? 2 : 1;
      ++t;
      continue;
    }
    if (star == std::string_view::npos) return false;
    p = star + 1;
    t = ++retry;
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

// The columns that hold the values are no fields of their own: as paths they are members that no document has.
std::optional<FlatColumn> flat_column(const FieldType& field, std::string_view path) {
  if (field.kind != FieldKind::kFlatObject) return std::nullopt;
  const std::string root = field.synthetic ? field.path.substr(0, field.path.rfind('.')) : field.path;
  const bool whole = !field.synthetic && path == field.path;
  FlatColumn out{field, whole ? std::string() : std::string(path) + "="};
  out.type.path = root + (whole ? "._value" : "._valueAndPath");
  out.type.kind = FieldKind::kKeyword;
  return out;
}

namespace {

void check_searchable(const FieldType& field) {
  if (field.indexed) return;
  if (field.inverted || !field.doc_values) {
    throw ApiError(illegal_argument(
        is_text_like(field) ? "Cannot search on field [" + field.path + "] since it is not indexed."
                            : "Cannot search on field [" + field.path +
                                  "] since it is both not indexed, and does not have doc_values enabled."));
  }
}

[[noreturn]] void refuse_exact(const FieldType& field) {
  if (field.kind == FieldKind::kGeoPoint || field.kind == FieldKind::kGeoShape) {
    throw ApiError(400, "query_shard_exception",
                   "Geometry fields do not support exact searching, use dedicated geometry queries instead: [" +
                       field.path + "]");
  }
  if (field.kind == FieldKind::kPercolator) {
    throw ApiError(400, "query_shard_exception", "Percolator fields are not searchable directly, use a percolate query instead");
  }
  if (field.kind == FieldKind::kBinary) {
    throw ApiError(400, "query_shard_exception", "Binary fields do not support searching");
  }
  if (field.kind == FieldKind::kRankFeature || field.kind == FieldKind::kRankFeatures) {
    throw ApiError(400, "illegal_argument_exception",
                   "Queries on [" + std::string(kind_name(field.kind)) + "] fields are not supported");
  }
  throw ApiError(501, "not_implemented_exception",
                 "searching fields of type [" + std::string(kind_name(field.kind)) + "] is not supported yet");
}

/// The encoded values that a number of the request stands for: one, or nothing where none can match.
std::optional<int64_t> encoded_number(const FieldType& field, const Json& value) {
  switch (field.kind) {
    case FieldKind::kByte:
    case FieldKind::kShort:
    case FieldKind::kInteger:
    case FieldKind::kLong:
    case FieldKind::kTokenCount:
      if (has_fraction(value)) return std::nullopt;
      return scalar_integer(value, field.kind);
    case FieldKind::kUnsignedLong: {
      if (has_fraction(value)) return std::nullopt;
      bool negative = false;
      const uint64_t number = scalar_unsigned(value, negative);
      if (negative) return std::nullopt;
      return static_cast<int64_t>(number ^ (1ull << 63));
    }
    case FieldKind::kScaledFloat:
      return static_cast<int64_t>(std::llround(std::floor(scalar_double(value) * field.scaling_factor + 0.5)));
    default:
      return sortable_double(round_to_kind(scalar_double(value), field.kind));
  }
}

PlanPtr metadata_term(Binder& binder, std::string_view path, const Json& value, float boost) {
  const std::string text = scalar_text(value);
  if (path == "_id") return ids_plan(binder, {text}, boost);
  if (path == "_index") {
    return text == binder.searcher.index_name() ||
                   (text.find_first_of("*?") != std::string::npos && wildcard_matches(text, binder.searcher.index_name()))
               ? match_all_plan(boost)
               : match_none_plan();
  }
  if (path == "_seq_no") {
    const int64_t number = scalar_integer(value, FieldKind::kLong);
    return number_range_plan("_seq_no", number, number, boost);
  }
  if (path == "_source") throw ApiError(400, "query_shard_exception", "The _source field is not searchable");
  if (path == "_version") {
    throw ApiError(400, "query_shard_exception",
                   "VersionField field [_version] is not searchable");
  }
  if (path == "_routing") return keyword_bm25_plan(binder, "_routing", text, boost);
  if (path == "_type") return match_none_plan();
  return keyword_terms_plan(std::string(path), {text}, boost);
}

PlanPtr ip_term(const FieldType& field, const std::string& text, float boost) {
  if (text.find('/') == std::string::npos) return keyword_terms_plan(field.path, {parse_ip(text)}, boost);
  const IpRange range = parse_cidr(text);
  return keyword_range_plan(field.path, KeywordBound{range.low}, KeywordBound{range.high}, boost);
}

PlanPtr text_term(Binder& binder, const FieldType& field, const std::string& text, bool case_insensitive, float boost) {
  if (case_insensitive) {
    const std::string folded = lower_ascii(text);
    return expanded_terms_plan(field.path, true, "", [folded](std::string_view term) { return lower_ascii(term) == folded; },
                               "ci", boost);
  }
  if (field.kind == FieldKind::kMatchOnlyText) return text_terms_plan(field.path, {text}, boost);
  return text_term_plan(binder, field, {text}, boost);
}

PlanPtr keyword_term(Binder& binder, const FieldType& field, const std::string& text, bool case_insensitive, float boost) {
  const std::string term = normalized(field, text);
  if (case_insensitive) {
    const std::string folded = lower_ascii(term);
    return expanded_terms_plan(field.path, false, "",
                               [folded](std::string_view t) { return lower_ascii(t) == folded; }, "", boost);
  }
  if (field.use_similarity) return keyword_bm25_plan(binder, field.path, term, boost);
  return keyword_terms_plan(field.path, {term}, boost);
}

/// Terms of constant_keyword fields are patterns.
bool constant_matches(const FieldType& field, const std::string& pattern, bool case_insensitive) {
  return case_insensitive ? matches_pattern(lower_ascii(pattern), lower_ascii(field.constant_value))
                          : matches_pattern(pattern, field.constant_value);
}

}  // namespace

PlanPtr term_plan(Binder& binder, std::string_view path, const Json& value, bool case_insensitive, float boost) {
  if (path.starts_with('_')) {
    const FieldType* known = binder.mapping().find(path);
    if (known == nullptr || known->kind == FieldKind::kMetadata) return metadata_term(binder, path, value, boost);
  }
  const FieldType* field = binder.mapping().find(path);
  if (field == nullptr || field->kind == FieldKind::kObject || field->kind == FieldKind::kNested) return match_none_plan();
  if (field->kind == FieldKind::kBinary) refuse_exact(*field);
  check_searchable(*field);
  const int64_t now_ms = binder.context.now_ms;
  if (const auto flat = flat_column(*field, path)) {
    return keyword_term(binder, flat->type, flat->head + scalar_text(value), case_insensitive, boost);
  }
  if (is_text_like(*field)) return text_term(binder, *field, scalar_text(value), case_insensitive, boost);
  if (is_keyword_like(*field)) return keyword_term(binder, *field, scalar_text(value), case_insensitive, boost);
  if (field->kind == FieldKind::kConstantKeyword) {
    return constant_matches(*field, scalar_text(value), case_insensitive) ? match_all_plan(boost) : match_none_plan();
  }
  if (case_insensitive) {
    throw ApiError(400, "query_shard_exception",
                   "[" + field->path + "] field which is of type [" + std::string(kind_name(field->kind)) +
                       "], does not support case insensitive term queries");
  }
  if (field->is_numeric() || field->kind == FieldKind::kTokenCount) {
    const auto number = encoded_number(*field, value);
    return number ? number_range_plan(field->path, *number, *number, boost) : match_none_plan();
  }
  if (field->kind == FieldKind::kBoolean) {
    const bool flag = scalar_boolean(value);
    return boolean_bm25_plan(binder, field->path, flag, boost);
  }
  if (field->is_date()) {
    const std::string text = scalar_text(value);
    return number_range_plan(field->path, parse_date(*field, text, nullptr, nullptr, false, now_ms),
                             parse_date(*field, text, nullptr, nullptr, true, now_ms), boost);
  }
  if (field->kind == FieldKind::kIp) return ip_term(*field, scalar_text(value), boost);
  if (field->is_range()) {
    RangeBounds point;
    point.low = point.high = value;
    return range_plan(binder, path, point, boost);
  }
  refuse_exact(*field);
}

PlanPtr terms_plan(Binder& binder, std::string_view path, const std::vector<Json>& values, float boost) {
  const int64_t limit = binder.searcher.settings().max_terms_count;
  if (static_cast<int64_t>(values.size()) > limit) {
    throw ApiError(illegal_argument("The number of terms [" + std::to_string(values.size()) +
                                    "] used in the Terms Query request has exceeded the allowed maximum of [" +
                                    std::to_string(limit) +
                                    "]. This maximum can be set by changing the [index.max_terms_count] index level setting."));
  }
  if (values.empty()) return match_none_plan();
  if (path == "_id") {
    std::vector<std::string> ids;
    for (const Json& value : values) ids.push_back(scalar_text(value));
    return ids_plan(binder, ids, boost);
  }
  const FieldType* field = binder.mapping().find(path);
  if (field == nullptr || field->kind == FieldKind::kMetadata) {
    if (!path.starts_with('_')) return match_none_plan();
    std::vector<PlanPtr> plans;
    for (const Json& value : values) plans.push_back(metadata_term(binder, path, value, 1));
    return union_plan(std::move(plans), boost);
  }
  check_searchable(*field);
  if (is_keyword_like(*field) || is_text_like(*field)) {
    std::vector<std::string> terms;
    for (const Json& value : values) {
      terms.push_back(is_keyword_like(*field) ? normalized(*field, scalar_text(value)) : scalar_text(value));
    }
    return is_keyword_like(*field) ? keyword_terms_plan(field->path, std::move(terms), boost)
                                   : text_terms_plan(field->path, std::move(terms), boost);
  }
  if (field->is_numeric() || field->kind == FieldKind::kTokenCount) {
    std::vector<int64_t> numbers;
    for (const Json& value : values) {
      if (field->kind == FieldKind::kUnsignedLong && value.is_number_integer() && !value.is_number_unsigned()) {
        // Lists of terms take a negative number for the bits that it is made of.
        numbers.push_back(static_cast<int64_t>(static_cast<uint64_t>(value.get<int64_t>()) ^ (1ull << 63)));
        continue;
      }
      if (const auto number = encoded_number(*field, value)) numbers.push_back(*number);
    }
    return number_terms_plan(field->path, std::move(numbers), boost);
  }
  std::vector<PlanPtr> plans;
  for (const Json& value : values) plans.push_back(term_plan(binder, path, value, false, 1));
  return union_plan(std::move(plans), boost);
}

PlanPtr ids_plan(Binder& binder, const std::vector<std::string>& ids, float boost) {
  std::vector<DocRef> documents;
  for (const std::string& id : ids) {
    if (const auto doc = binder.searcher.find(id)) documents.push_back(*doc);
  }
  return documents_plan(std::move(documents), boost);
}

namespace {

/// A member of a flat_object that has a value of its own, not only members.
PlanPtr flat_path_exists(const FieldType& field, std::string_view path, float boost) {
  const FlatColumn flat = *flat_column(field, path);
  return expanded_terms_plan(flat.type.path, false, flat.head, nullptr, "p", boost);
}

}  // namespace

PlanPtr exists_plan(Binder& binder, std::string_view path, float boost) {
  const Mapping& mapping = binder.mapping();
  std::vector<PresenceField> fields;
  const auto add = [&](const FieldType& field) {
    PresenceField presence{field.path};
    switch (field.column) {
      case ColumnKind::kInt64:
      case ColumnKind::kUnsigned:
      case ColumnKind::kDouble:
      case ColumnKind::kGeoPoint: presence.numeric = true; break;
      case ColumnKind::kKeyword:
      case ColumnKind::kIp:
      case ColumnKind::kBytes: presence.keyword = true; break;
      case ColumnKind::kNone: break;
    }
    presence.text = field.inverted;
    presence.by_name = field.column == ColumnKind::kNone && !field.inverted &&
                       (field.kind != FieldKind::kBinary || field.stored);
    fields.push_back(std::move(presence));
  };
  if (path == "_id" || path == "_index" || path == "_seq_no" || path == "_version" || path == "_source" ||
      path == "_type") {
    if (path == "_source") throw ApiError(400, "query_shard_exception", "The _source field is not searchable");
    return match_all_plan(boost);
  }
  if (path == "_routing" || path == "_ignored") {
    fields.push_back({std::string(path), false, true});
    return presence_plan(std::move(fields), boost);
  }
  if (path.find('*') == std::string_view::npos) {
    const FieldType* field = mapping.find(path);
    if (field == nullptr) return match_none_plan();
    if (field->kind == FieldKind::kConstantKeyword) return match_all_plan(boost);
    if (field->kind != FieldKind::kObject && field->kind != FieldKind::kNested) {
      if (field->kind == FieldKind::kFlatObject && (field->path != path || field->synthetic)) return flat_path_exists(*field, path, boost);
      add(*field);
      return presence_plan(std::move(fields), boost);
    }
    for (const FieldType* leaf : mapping.match(std::string(path) + ".*")) add(*leaf);
    return presence_plan(std::move(fields), boost);
  }
  for (const FieldType* field : mapping.match(path)) add(*field);
  return presence_plan(std::move(fields), boost);
}

const FieldType* pattern_field(Binder& binder, std::string_view path, std::string_view clause) {
  const FieldType* field = binder.mapping().find(path);
  if (field == nullptr || field->kind == FieldKind::kObject || field->kind == FieldKind::kNested) return nullptr;
  if (field->kind != FieldKind::kFlatObject && !is_keyword_like(*field) && !is_text_like(*field) && field->kind != FieldKind::kConstantKeyword) {
    throw ApiError(400, "query_shard_exception",
                   "Can only use " + std::string(clause) + " queries on keyword and text fields - not on [" + field->path +
                       "] which is of type [" + std::string(kind_name(field->kind)) + "]");
  }
  check_searchable(*field);
  if (field->kind != FieldKind::kWildcard && field->kind != FieldKind::kConstantKeyword) {
    const bool prefix = clause == "prefix";
    if (!prefix || field->kind != FieldKind::kSearchAsYouType) {
      check_expensive(binder, "[" + std::string(clause) + "] queries",
                      prefix ? " For optimised prefix queries on text fields please enable [index_prefixes]." : "");
    }
  }
  return field;
}

PlanPtr prefix_plan(Binder& binder, std::string_view path, const std::string& prefix, bool case_insensitive, float boost) {
  if (path == "_index") return binder.searcher.index_name().starts_with(prefix) ? match_all_plan(boost) : match_none_plan();
  if (path == "_id") {
    throw ApiError(400, "query_shard_exception",
                   "Can only use prefix queries on keyword and text fields - not on [_id] which is of type [_id]");
  }
  const FieldType* field = pattern_field(binder, path, "prefix");
  if (field == nullptr) return match_none_plan();
  if (field->kind == FieldKind::kConstantKeyword) {
    return constant_matches(*field, prefix + "*", case_insensitive) ? match_all_plan(boost) : match_none_plan();
  }
  const auto flat = flat_column(*field, path);
  if (flat) field = &flat->type;
  const std::string normal = flat ? flat->head + prefix : is_keyword_like(*field) ? normalized(*field, prefix) : prefix;
  if (!case_insensitive) return expanded_terms_plan(field->path, is_text_like(*field), normal, nullptr, "p", boost);
  const std::string folded = lower_ascii(normal);
  return expanded_terms_plan(field->path, is_text_like(*field), "",
                             [folded](std::string_view term) { return lower_ascii(term).starts_with(folded); }, "pi\1" + folded,
                             boost);
}

PlanPtr wildcard_plan(Binder& binder, std::string_view path, const std::string& given, bool case_insensitive, float boost) {
  if (path == "_index") {
    return wildcard_matches(given, binder.searcher.index_name()) ? match_all_plan(boost) : match_none_plan();
  }
  const FieldType* field = pattern_field(binder, path, "wildcard");
  if (field == nullptr) return match_none_plan();
  if (field->kind == FieldKind::kConstantKeyword) {
    return constant_matches(*field, given, case_insensitive) ? match_all_plan(boost) : match_none_plan();
  }
  const auto flat = flat_column(*field, path);
  if (flat) field = &flat->type;
  std::string pattern = flat ? flat->head + given : given;
  if (is_keyword_like(*field) && field->normalizer) {  // all but the wildcards is normalised
    pattern.clear();
    std::string literal;
    const auto flush = [&] {
      if (!literal.empty()) pattern += field->normalizer->normalize(literal);
      literal.clear();
    };
    for (size_t i = 0; i < given.size(); ++i) {
      if (given[i] == '*' || given[i] == '?') {
        flush();
        pattern += given[i];
      } else if (given[i] == '\\' && i + 1 < given.size()) {
        flush();
        pattern.append(given, i++, 2);
      } else {
        literal += given[i];
      }
    }
    flush();
  }
  if (case_insensitive) pattern = lower_ascii(pattern);
  const size_t literal = case_insensitive ? 0 : std::min(pattern.find_first_of("*?\\"), pattern.size());
  const auto accepts = [pattern, case_insensitive](std::string_view term) {
    return case_insensitive ? wildcard_matches(pattern, lower_ascii(term)) : wildcard_matches(pattern, term);
  };
  return expanded_terms_plan(field->path, is_text_like(*field), pattern.substr(0, literal), accepts,
                             (case_insensitive ? "wi\1" : "w\1") + pattern, boost);
}

}  // namespace tarn::query

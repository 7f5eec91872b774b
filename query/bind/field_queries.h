#pragma once

#include <optional>
#include <string>
#include <vector>

#include "indexer/base/json.h"
#include "query/tree.h"

namespace tarn::query {

// What term-level clauses mean for a field of a certain type. All throw ApiError where the field's type refuses the value;
// an unmapped field matches nothing. `path` is the field's name in the request; metadata fields (_id, _index, _routing ...)
// are understood.

PlanPtr term_plan(Binder& binder, std::string_view path, const Json& value, bool case_insensitive, float boost);
PlanPtr terms_plan(Binder& binder, std::string_view path, const std::vector<Json>& values, float boost);

struct RangeBounds {
  Json low, high;              ///< null: open
  bool include_low = true, include_high = true;
  std::string format, time_zone, relation;  ///< "" where not given
};
/// The bounds of a numeric or date range in the column's encoding, both included.
struct ColumnInterval {
  int64_t low = INT64_MIN, high = INT64_MAX;
  bool empty = false;
};
ColumnInterval range_interval(Binder& binder, const FieldType& field, const RangeBounds& bounds);
PlanPtr range_plan(Binder& binder, std::string_view path, const RangeBounds& bounds, float boost);
PlanPtr exists_plan(Binder& binder, std::string_view path, float boost);
/// Documents with one of these _ids.
PlanPtr ids_plan(Binder& binder, const std::vector<std::string>& ids, float boost);

/// The field of a pattern query, or null where it is unmapped; throws where its type has no terms to match.
const FieldType* pattern_field(Binder& binder, std::string_view path, std::string_view clause);
/// A pattern over terms: prefix, wildcard. `pattern` is normalised where the field's analysis does so.
PlanPtr prefix_plan(Binder& binder, std::string_view path, const std::string& prefix, bool case_insensitive, float boost);
PlanPtr wildcard_plan(Binder& binder, std::string_view path, const std::string& pattern, bool case_insensitive, float boost);

/// The terms of a flat_object that `path` (the object's own, or a member's) stands for: a keyword, and what stands before
/// every value in it. Nothing for other fields.
struct FlatColumn {
  FieldType type;
  std::string head;
};
std::optional<FlatColumn> flat_column(const FieldType& field, std::string_view path);

/// Whether the field is a string of whole terms, or of analyzed text.
bool is_keyword_like(const FieldType& field);
bool is_text_like(const FieldType& field);
/// The term of a keyword-like field that `text` stands for in a query.
std::string normalized(const FieldType& field, std::string_view text);
/// "*" and "?" with backslash escapes, code point by code point.
bool wildcard_matches(std::string_view pattern, std::string_view text);

}  // namespace tarn::query

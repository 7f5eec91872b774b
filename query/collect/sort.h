#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "query/dsl/geo_value.h"
#include "indexer/script/script.h"
#include "query/script/script_use.h"
#include "query/tree.h"

namespace tarn::query {

enum class SortMode { kDefault, kMin, kMax, kSum, kAvg, kMedian };

/// One key of "sort" as the request words it.
struct SortClause {
  std::string field;  ///< or _score, _doc, _geo_distance
  bool descending = false;
  SortMode mode = SortMode::kDefault;
  Json missing;       ///< null: _last
  std::string unmapped_type, numeric_type;
  std::string nested_path;
  QueryPtr nested_filter;
  uint32_t max_children = UINT32_MAX;
  // _geo_distance
  std::vector<GeoPoint> origins;
  double unit_metres = 1;
  bool plane = false, ignore_unmapped = false;
  // _script
  std::shared_ptr<const script::ScriptSpec> script;
  bool script_text = false;           ///< type string; else number
};

/// Any form of "sort". A lone {"_score": "desc"} gives nothing: that is how hits are ordered anyway.
std::vector<SortClause> parse_sort(const Json& value);
/// "a:desc,b" of the URL.
std::vector<SortClause> parse_uri_sort(std::string_view text);

/// One sort value of a hit, comparable across segments and indices.
struct SortValue {
  int64_t number = 0;          ///< numbers in an order-keeping encoding
  std::optional<std::string> text;
  bool missing = false;        ///< of texts; a missing number has a number of its own
};

/// How the number of a key prints.
enum class SortOutput { kLong, kUnsigned, kDouble, kFloat, kText, kIpText };

/// One sort key bound to an index.
struct BoundSort {
  enum class Kind { kScore, kDoc, kNumber, kKeyword, kGeoDistance, kId, kConstant, kScript };
  Kind kind = Kind::kScore;
  bool descending = false;
  bool missing_first = false;        ///< keywords
  SortMode mode = SortMode::kMin;
  std::string path;                  ///< of the column
  const FieldType* field = nullptr;
  SortOutput output = SortOutput::kLong;
  int64_t missing_number = 0;        ///< encoded as the keys are
  std::optional<std::string> missing_text;
  enum class Convert { kNone, kScaledToDouble, kToDouble, kToLong, kMsToNs, kNsToMs } convert = Convert::kNone;
  std::string constant;              ///< _index
  std::string nested_path;
  PlanPtr nested_filter;
  uint32_t max_children = UINT32_MAX;
  std::string prefix;                ///< of the terms that count, cut off in answers: a leaf of a flat_object
  std::vector<GeoPoint> origins;
  double unit_metres = 1;
  bool plane = false;
  bool shard_doc = false;            ///< _shard_doc: kDoc, told apart over several indices by `doc_offset`
  int64_t doc_offset = 0;
  std::shared_ptr<const BoundScript> script;
};

/// Throws ApiError as OpenSearch's shard would ("No mapping found for [x] in order to sort on").
std::vector<BoundSort> bind_sort(const std::vector<SortClause>& clauses, Binder& binder);
/// The "search_after" values, converted to the keys' types. Throws illegal_argument_exception.
std::vector<SortValue> parse_search_after(const std::vector<Json>& values, const std::vector<BoundSort>& sort);
/// Negative, zero, positive as `a` comes before, with, after `b` under the key's order.
int compare(const BoundSort& key, const SortValue& a, const SortValue& b);
void write_sort_value(const BoundSort& key, const SortValue& value, JsonWriter& out);

}  // namespace tarn::query

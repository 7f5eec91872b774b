#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "query/bind/plan.h"

namespace tarn::query {

/// Documents with some value of the numeric column in [low, high] (encoded).
PlanPtr number_range_plan(std::string path, int64_t low, int64_t high, float score);
/// Documents with some value among `values` (encoded; any order).
PlanPtr number_terms_plan(std::string path, std::vector<int64_t> values, float score);
/// Documents whose column holds some of `terms`.
PlanPtr keyword_terms_plan(std::string path, std::vector<std::string> terms, float score);

struct KeywordBound {
  std::string term;
  bool inclusive = true;
};
PlanPtr keyword_range_plan(std::string path, std::optional<KeywordBound> low, std::optional<KeywordBound> high, float score);

/// Tells whether a term belongs to the query. Thread-safe.
using TermPredicate = std::function<bool(std::string_view)>;
/// Documents with a term that begins with `prefix` and satisfies `accepts` (null: all do). `key` tells equal predicates
/// ("": not cached). Reads the column's dictionary, or the text index's if `text`.
PlanPtr expanded_terms_plan(std::string path, bool text, std::string prefix, TermPredicate accepts, std::string key,
                            float score);
/// Documents with some of `terms` in the text index of `path`; all score the same.
PlanPtr text_terms_plan(std::string path, std::vector<std::string> terms, float score);
/// Terms of the text index in a range.
PlanPtr text_range_plan(std::string path, std::optional<KeywordBound> low, std::optional<KeywordBound> high, float score);

/// Documents that have a value in any of the fields.
struct PresenceField {
  std::string path;
  bool numeric = false, keyword = false, text = false;
  bool by_name = false;  ///< only listed in _field_names
};
PlanPtr presence_plan(std::vector<PresenceField> fields, float score);
/// Exactly these documents.
PlanPtr documents_plan(std::vector<DocRef> documents, float score);

/// Documents with some geo point (encoded) for which `accepts` holds; only points whose latitude is within the bounds are
/// asked. `accepts` must be thread-safe.
PlanPtr geo_plan(std::string path, double south, double north, std::function<bool(int64_t)> accepts, float score);

}  // namespace tarn::query

#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "query/aggs/aggregations.h"
#include "query/collect/rescore.h"
#include "query/collect/sort.h"
#include "query/fetch/source_filter.h"
#include "query/search.h"
#include "query/tree.h"

namespace tarn::query {

constexpr int64_t kTrackAllHits = INT64_MAX;
constexpr int64_t kTrackNoHits = -1;

/// An entry of fields and docvalue_fields.
struct FieldAndFormat {
  std::string field, format;
};

/// An entry of script_fields.
struct ScriptField {
  std::string name;
  script::ScriptSpec spec;
  bool ignore_failure = false;
};

struct IndexBoost {
  std::string index;
  float boost;
};

/// One part of a scroll or a point in time that several clients share.
struct SliceClause {
  std::string field = "_id";
  int id = 0, max = 0;
};

struct HighlightClause;
struct InnerHitsClause;
struct SuggestClause;

/// See query/counted_query.h.
struct CountedQuery {
  enum class Kind { kAll, kTerm, kMatch, kExists } kind = Kind::kAll;
  std::string field;
};

/// A search body with its URL parameters; names follow OpenSearch's body.
struct SearchRequest {
  QueryPtr query;                    ///< null: match_all
  std::optional<CountedQuery> counted = CountedQuery();
  QueryPtr post_filter;              ///< null: none
  int64_t from = 0, size = 10;
  std::vector<SortClause> sort;      ///< empty: by score
  std::vector<Json> search_after;
  std::vector<RescoreClause> rescore;
  std::string collapse_field;        ///< "": not collapsed
  std::vector<std::shared_ptr<const InnerHitsClause>> collapse_inner_hits;
  int64_t track_total_hits = 10000;
  bool track_total_hits_given = false;
  bool track_scores = false, version = false, seq_no_primary_term = false, explain = false;
  bool include_named_queries_score = false;
  bool total_hits_as_int = false, typed_keys = false;
  std::optional<float> min_score;
  SourceFilter source;
  std::vector<FieldAndFormat> docvalue_fields, fields;
  std::optional<std::vector<std::string>> stored_fields;
  std::vector<ScriptField> script_fields;
  int64_t terminate_after = 0;
  int64_t timeout_ms = -1;
  std::vector<IndexBoost> indices_boost;
  std::shared_ptr<const Aggregations> aggregations;  ///< null: none
  std::shared_ptr<const HighlightClause> highlight;  ///< null: none
  std::shared_ptr<const SuggestClause> suggest;      ///< null: none
  bool profile = false;
  bool only_suggest = false;         ///< nothing but "suggest" was asked for: no hits are shown
  std::optional<SliceClause> slice;
  bool scroll = false;
  int64_t scroll_keep_alive_ms = 0;
  std::string scroll_keep_alive;     ///< as written
  std::string pit_id;                ///< "": no point in time
  bool has_pit = false;
  std::string pit_keep_alive;        ///< "": as it was
  bool request_cache_given = false;
  int batched_reduce_size = 512;     ///< answers of shards that are put together at a time; told by num_reduce_phases
};

}  // namespace tarn::query

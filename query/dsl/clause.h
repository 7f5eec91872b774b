#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "indexer/base/error.h"
#include "indexer/base/json_location.h"
#include "query/tree.h"

namespace tarn::query {

// What the clause parsers share. A parser gets the value beside the clause's name, {"term": <this>}.

using ClauseParser = std::shared_ptr<Query> (*)(const Json& body);
struct ClauseEntry {
  std::string_view name;
  ClauseParser parse;  ///< null: OpenSearch has the clause, Tarn not yet
};
const std::vector<ClauseEntry>& clause_table();

[[noreturn]] void fail_parse(std::string reason);                      ///< 400 parsing_exception
/// The same with "line" and "col" of a place in the request's text (of the value `at`, where it is known).
[[noreturn]] void fail_parse(std::string reason, JsonLocation at);
[[noreturn]] void fail_parse(std::string reason, const Json& at);
[[noreturn]] void not_implemented(std::string reason);                 ///< 501
/// "[match] query does not support [x]" at the member's value.
[[noreturn]] void unsupported_member(std::string_view clause, std::string_view member, const Json& value);
/// What OpenSearch's ObjectParser says: "[1:18] [ids] unknown field [value] did you mean [values]?"
Error unknown_member(std::string_view parser, std::string_view member, const Json& value,
                     const std::vector<std::string_view>& known);
/// "[1:26] [bool] must doesn't support values of type: VALUE_STRING"
Error unsupported_value(std::string_view parser, std::string_view member, const Json& value);
/// A parsing_exception of the same reason around an ObjectParser's error, as clauses with such a parser answer.
[[noreturn]] void fail_wrapped(Error cause, const Json& value);
/// Name of the first token of a value as OpenSearch's parser calls it: START_OBJECT, VALUE_STRING ...
std::string_view token_name(const Json& value);

float read_float(const Json& value);
int read_int(const Json& value);
bool read_bool(const Json& value);
std::string read_text(const Json& value);
/// boost and _name; true if `key` was one of them.
bool read_common(Query& query, std::string_view key, const Json& value);

/// The shape {"FIELD": scalar | {members}} of term-like clauses. Members other than boost and _name go to `on_member`, which
/// returns false for an unknown one; a scalar arrives as the member `short_name`.
void read_field_clause(std::string_view clause, const Json& body, std::string_view short_name, Query& query,
                       std::string& field, const std::function<bool(std::string_view, const Json&)>& on_member);
/// Refuses empty names as QueryBuilders do.
void require_field(std::string_view clause, const std::string& field);

/// Number of optional clauses that must match, of `optional` ones: "2", "-1", "75%", "3<90% 5<2".
int minimum_should_match(int optional, const std::string& spec);

// The parsers, one file a clause (or a family).
std::shared_ptr<Query> parse_match_all(const Json& body);
std::shared_ptr<Query> parse_match_none(const Json& body);
std::shared_ptr<Query> parse_term(const Json& body);
std::shared_ptr<Query> parse_terms(const Json& body);
std::shared_ptr<Query> parse_range(const Json& body);
std::shared_ptr<Query> parse_exists(const Json& body);
std::shared_ptr<Query> parse_ids(const Json& body);
std::shared_ptr<Query> parse_prefix(const Json& body);
std::shared_ptr<Query> parse_wildcard(const Json& body);
std::shared_ptr<Query> parse_bool(const Json& body);
std::shared_ptr<Query> parse_constant_score(const Json& body);
std::shared_ptr<Query> parse_dis_max(const Json& body);
std::shared_ptr<Query> parse_boosting(const Json& body);
std::shared_ptr<Query> parse_match(const Json& body);
std::shared_ptr<Query> parse_match_phrase(const Json& body);
std::shared_ptr<Query> parse_match_bool_prefix(const Json& body);
std::shared_ptr<Query> parse_match_phrase_prefix(const Json& body);
std::shared_ptr<Query> parse_fuzzy(const Json& body);
std::shared_ptr<Query> parse_terms_set(const Json& body);
std::shared_ptr<Query> parse_wrapper(const Json& body);
std::shared_ptr<Query> parse_template_query(const Json& body);
std::shared_ptr<Query> parse_regexp(const Json& body);
std::shared_ptr<Query> parse_multi_match(const Json& body);
std::shared_ptr<Query> parse_geo_distance(const Json& body);
std::shared_ptr<Query> parse_geo_bounding_box(const Json& body);
std::shared_ptr<Query> parse_geo_polygon(const Json& body);
std::shared_ptr<Query> parse_geo_shape(const Json& body);
std::shared_ptr<Query> parse_nested(const Json& body);
std::shared_ptr<Query> parse_query_string(const Json& body);
std::shared_ptr<Query> parse_combined_fields(const Json& body);
std::shared_ptr<Query> parse_common_terms(const Json& body);
std::shared_ptr<Query> parse_more_like_this(const Json& body);
std::shared_ptr<Query> parse_intervals(const Json& body);
std::shared_ptr<Query> parse_simple_query_string(const Json& body);
std::shared_ptr<Query> parse_span_containing(const Json& body);
std::shared_ptr<Query> parse_span_first(const Json& body);
std::shared_ptr<Query> parse_span_gap(const Json& body);
std::shared_ptr<Query> parse_span_masking(const Json& body);
std::shared_ptr<Query> parse_span_multi(const Json& body);
std::shared_ptr<Query> parse_span_near(const Json& body);
std::shared_ptr<Query> parse_span_not(const Json& body);
std::shared_ptr<Query> parse_span_or(const Json& body);
std::shared_ptr<Query> parse_span_term(const Json& body);
std::shared_ptr<Query> parse_span_within(const Json& body);
std::shared_ptr<Query> parse_function_score(const Json& body);
std::shared_ptr<Query> parse_distance_feature(const Json& body);
std::shared_ptr<Query> parse_rank_feature(const Json& body);
std::shared_ptr<Query> parse_script_query(const Json& body);
std::shared_ptr<Query> parse_script_score(const Json& body);

}  // namespace tarn::query

#include "query/validate_query.h"

#include <algorithm>

#include "query/collect/execute.h"
#include "query/lucene/describe_search.h"
#include "query/search_request.h"
#include "query/shard_failure.h"

namespace tarn::query {
namespace {

/// Packages of Java's exceptions; all others are OpenSearch's own, which show their causes themselves.
struct JavaPackage {
  std::string_view type, package;
};
constexpr JavaPackage kPackages[] = {
    {"illegal_argument_exception", "java.lang."},
    {"illegal_state_exception", "java.lang."},
    {"number_format_exception", "java.lang."},
    {"unsupported_operation_exception", "java.lang."},
    {"null_pointer_exception", "java.lang."},
    {"array_index_out_of_bounds_exception", "java.lang."},
    {"date_time_parse_exception", "java.time.format."},
    {"date_time_exception", "java.time."},
    {"parse_exception", "org.apache.lucene.queryparser.classic."},
    {"too_many_clauses", "org.apache.lucene.search.IndexSearcher$"},
    {"too_complex_to_determinize_exception", "org.apache.lucene.util.automaton."},
    {"x_content_parse_exception", "org.opensearch.core.xcontent."},
    {"named_object_not_found_exception", "org.opensearch.core.xcontent."},
    {"json_parse_exception", "org.opensearch.tools.jackson.core."},
    {"unexpected_end_of_input_exception", "org.opensearch.tools.jackson.core."},
    {"stream_read_exception", "org.opensearch.tools.jackson.core.exc."}};

/// "number_format_exception" is NumberFormatException.
std::string class_name(std::string_view type) {
  std::string out;
  bool upper = true;
  for (const char c : type) {
    if (c == '_') upper = true;
    else out += std::exchange(upper, false) ? static_cast<char>(std::toupper(static_cast<unsigned char>(c))) : c;
  }
  return out;
}

std::string chain(const Error& error) {
  std::string out;
  for (const Error* at = &error; at != nullptr; at = at->cause.get()) {
    out += class_name(at->type) + "[" + at->reason + "]";
    if (error.cause) out += at->cause ? "; nested: " : ";";
  }
  return out;
}

}  // namespace

std::string detailed_message(const Error& error) {
  const auto known = std::find_if(std::begin(kPackages), std::end(kPackages), [&](const JavaPackage& p) { return p.type == error.type; });
  if (known != std::end(kPackages)) return std::string(known->package) + class_name(error.type) + ": " + error.reason;
  std::string out;
  if (error.members.contains("index_uuid") && error.members.contains("index")) {
    out = "[" + error.members["index"].get<std::string>() + "/" + error.members["index_uuid"].get<std::string>() + "] ";
  }
  out += chain(error);
  return error.cause ? out + "; " + detailed_message(*error.cause) : out;
}

QueryValidity validate_query(const SearchRequest& request, const SearchTarget& target, const SearchContext& context, QueryWords words) {
  Binder binder{*target.searcher, context, {}, {}};
  QueryValidity out;
  try {
    bind_target_query(request.query, target, binder, 1);
    if (words != QueryWords::kNone) {
      LuceneQueryPtr query = search_query(request.query, target, binder);
      if (words == QueryWords::kRewritten) query = fully_rewritten(std::move(query));
      out.explanation = query->to_string();
    }
  } catch (const ApiError& error) {
    if (error.error().status == 501) throw;
    out.error = as_shard_error(error.error(), *target.searcher, true);
  }
  return out;
}

}  // namespace tarn::query

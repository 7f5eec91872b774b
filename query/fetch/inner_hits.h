#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "query/collect/top_docs.h"
#include "query/search_request.h"

namespace tarn::query {

/// "inner_hits" of a clause or of collapse, as worded.
struct InnerHitsClause {
  std::optional<std::string> name;         ///< none: the path, the relation, or the field
  bool ignore_unmapped = false;
  std::shared_ptr<const SearchRequest> options;  ///< from, size, sort, _source, fields, highlight ... ; query stays empty
  std::string collapse_field;              ///< of collapse inner hits that collapse again
};

/// Throws ApiError 400 as InnerHitBuilder does.
std::shared_ptr<const InnerHitsClause> parse_inner_hits(const Json& body);

/// inner_hits bound to one index: which documents belong to a hit, and how they are shown.
struct BoundInnerHits {
  std::string name;
  std::shared_ptr<const InnerHitsClause> clause;
  PlanPtr plan;                            ///< scores the documents
  std::string path;                        ///< of nested documents; "": they are roots
  /// The documents of hit `parent` that match, in order.
  std::function<std::vector<DocRef>(const Searcher&, const SearchContext&, DocRef parent)> documents;
  std::vector<BoundSort> sort;
  std::vector<NamedPlan> named;
  std::vector<std::shared_ptr<BoundInnerHits>> inner;  ///< of clauses within
};

/// Binds their sorts. Throws ApiError for a window that is too large and for a name that is there twice.
void finish_inner_hits(const std::vector<std::shared_ptr<BoundInnerHits>>& all, Binder& binder);
/// The nested documents of `path` below those of `parent_path` that match `children`.
std::shared_ptr<BoundInnerHits> nested_inner_hits(const std::shared_ptr<const InnerHitsClause>& clause, PlanPtr children,
                                                  const std::string& path, const std::string& parent_path);

/// Writes nested documents that were chosen already as the array "hits.hits"; `stored` are their roots, one a hit.
void write_nested_hits(const BoundInnerHits& bound, const Searcher& searcher, const SearchContext& context, const std::vector<Hit>& hits,
                       const std::vector<StoredDocument>& stored, JsonWriter& out);
/// Writes the member "inner_hits" of a hit. `source` is the text of the root document, `id` its _id.
void write_inner_hits(const std::vector<std::shared_ptr<BoundInnerHits>>& all, const Searcher& searcher, const SearchContext& context,
                      DocRef hit, const StoredDocument& stored, bool total_as_int, JsonWriter& out);
/// "total" of inner hits: an object, or a plain number (rest_total_hits_as_int).
void write_inner_total(uint64_t total, bool as_int, JsonWriter& out);

}  // namespace tarn::query

// _explain: why one document has its score under a query.
#include <fmt/format.h>

#include "query/fetch/explain_hit.h"
#include "query/fetch/source_fields.h"
#include "server/api/document.h"
#include "server/api/search_open.h"
#include "server/api/write_support.h"

namespace tarn::server {
namespace {

using Parameters = std::map<std::string, std::string, std::less<>>;

Parameters take(const RestRequest& request, std::initializer_list<const char*> names) {
  Parameters out;
  for (const char* name : names) {
    if (const auto value = request.find(name)) out.emplace(name, *value);
  }
  return out;
}

/// "get": the document's _source or stored fields, where the URL asks for them.
void write_get(const query::SearchTarget& target, const query::SearchRequest& shown, DocRef ref, JsonWriter& out) {
  const Searcher& searcher = *target.searcher;
  const StoredDocument stored = searcher.fetch(ref);
  out.key("get").begin_object();
  out.key("_seq_no").number(searcher.seq_no(ref).value).key("_primary_term").number(1).key("found").boolean(true);
  if (shown.source.given && shown.source.enabled && !stored.source.empty()) {
    out.key("_source").raw(query::filter_source(stored.source, shown.source.includes, shown.source.excludes));
  }
  if (shown.stored_fields && !stored.source.empty()) {
    std::vector<query::HitField> fields;
    query::add_stored_fields(*shown.stored_fields, searcher.mapping(), parse_json(stored.source), fields);
    if (!fields.empty()) {
      out.key("fields").begin_object();
      for (const query::HitField& field : fields) out.key(field.name).raw(field.values);
      out.end_object();
    }
  }
  out.end_object();
}

RestResponse explain(Services& services, RestRequest& request) {
  const std::string id = request.get("id"), name = request.get("index");
  std::string routing = request.get("routing");
  const Parameters query_parameters = take(request, {"q", "df", "analyzer", "analyze_wildcard", "default_operator", "lenient"});
  const Parameters shown_parameters = take(request, {"_source", "_source_includes", "_source_excludes", "stored_fields"});
  request.consume({"preference"});
  const Json body = request.has_body() || request.has("source") ? request.json_body() : Json();
  const auto asked = query::parse_count_request(body, query_parameters);
  const auto shown = query::parse_search_request(Json(), shown_parameters);
  request.check_parameters();
  if (!asked->query) {
    throw ApiError(400, "action_request_validation_exception", "Validation Failed: 1: query is missing;");
  }
  const auto index = services.catalog.resolve_single(name, &routing);
  check_read_block(*index);
  query::SearchTarget target;
  target.searcher = index->acquire_searcher();
  for (ResolvedIndex& resolved : services.catalog.resolve(name, {})) {
    if (resolved.index == index) target.alias_filters = std::move(resolved.alias_filters);
  }
  const auto explanation = query::explain_document(*asked, target, make_search_context(services, request), id);
  RestResponse response;
  JsonWriter out(response.body);
  out.begin_object().key("_index").string(index->name()).key("_id").string(id);
  out.key("matched").boolean(explanation && explanation->match);
  if (!explanation) {
    response.status = 404;
  } else {
    out.key("explanation");
    explanation->write(out);
    if (shown->source.given || shown->stored_fields) write_get(target, *shown, *target.searcher->find(id), out);
  }
  out.end_object();
  return response;
}

}  // namespace

void register_explain_handlers(Router& router, Services& services) {
  router.add({Method::kGet, Method::kPost}, "/{index}/_explain/{id}",
             [&services](RestRequest& request) { return explain(services, request); });
}

}  // namespace tarn::server

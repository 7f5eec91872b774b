#include "indexer/base/base64.h"
#include "query/dsl/clause.h"
#include "query/lucene/tree.h"

namespace tarn::query {

namespace {

struct WrapperQuery final : Query {
  QueryPtr inner;
  PlanPtr bind(Binder& binder, float boost) const override { return tarn::query::bind(*inner, binder, boost); }
  std::shared_ptr<const LuceneQuery> lucene(Binder& binder) const override { return lucene_of(*inner, binder); }
};

}  // namespace

std::shared_ptr<Query> parse_wrapper(const Json& body) {
  if (body.size() != 1 || body.begin().key() != "query") {
    fail_parse(body.empty() ? "[wrapper] query malformed" : "[wrapper] query malformed, expected `query` but was " + body.begin().key());
  }
  auto query = std::make_shared<WrapperQuery>();
  query->inner = parse_query(parse_json(decode_base64(read_text(body.begin().value()))));
  return query;
}

/// A query whose text search pipelines may fill in; no processor of OpenSearch's core does, so it is what it holds.
std::shared_ptr<Query> parse_template_query(const Json& body) {
  if (!body.is_object()) fail_parse("[template] query malformed, no start_object after query name", body);
  if (body.empty()) throw ApiError(illegal_argument("Template string cannot be empty. A valid template must be provided."));
  auto query = std::make_shared<WrapperQuery>();
  const Json copy = parse_json(to_text(body));
  try {
    query->inner = parse_query(copy);
  } catch (const ApiError& error) {
    throw ApiError(illegal_argument("Failed to rewrite template query: " + to_text(body)).caused_by(error.error()));
  }
  return query;
}

}  // namespace tarn::query

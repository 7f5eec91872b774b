#include <optional>

#include "indexer/base/base64.h"
#include "indexer/base/json_members.h"
#include "indexer/catalog.h"
#include "query/bind/field_queries.h"
#include "query/dsl/clause.h"
#include "query/dsl/roaring_values.h"
#include "query/filter/column_filters.h"
#include "query/lucene/describe.h"

namespace tarn::query {

namespace {

/// Values that lie in a document of another index.
struct TermsLookup {
  std::string index, id, path, routing;
  bool store = false;   ///< reads the stored field, which is a bitmap then; _source otherwise
};

struct TermsQuery final : Query {
  std::string field;
  std::vector<Json> values;
  std::optional<TermsLookup> lookup;
  bool bitmap = false;   ///< "value_type": "bitmap"

  PlanPtr bind(Binder& binder, float boost) const override {
    if (!lookup) return bitmap ? bitmap_plan(binder, values, boost) : terms_plan(binder, field, values, boost);
    const std::vector<Json> found = look_up(binder);
    return bitmap && lookup->store ? bitmap_plan(binder, found, boost) : terms_plan(binder, field, found, boost);
  }
  PlanPtr bitmap_plan(Binder& binder, const std::vector<Json>& encoded, float boost) const;
  LuceneQueryPtr lucene(Binder& binder) const override {
    bind(binder, 1);  // what does not fit is thrown now
    if (bitmap) {
      return lucene_leaf([this](Binder& b, float boost) { return bind(b, boost); }, LeafText("BitmapIndexQuery(field=" + field + ")", "BitmapIndexQuery"));
    }
    return described_terms(binder, field, lookup ? look_up(binder) : values, [this](Binder& b, float boost) { return bind(b, boost); });
  }
  std::vector<Json> look_up(Binder& binder) const;
};

PlanPtr TermsQuery::bitmap_plan(Binder& binder, const std::vector<Json>& encoded, float boost) const {
  if (encoded.size() != 1 || !encoded[0].is_string()) {
    throw ApiError(illegal_argument("Invalid value for bitmap type: Expected a single base64 encoded serialized bitmap."));
  }
  const FieldType* type = binder.mapping().find(field);
  if (type == nullptr) return match_none_plan();
  if (type->kind != FieldKind::kInteger && type->kind != FieldKind::kLong) {
    throw ApiError(illegal_argument("Field [" + type->path + "] of type [" + std::string(kind_name(type->kind)) +
                                    "] does not support bitmap queries"));
  }
  const std::string bytes = decode_base64(encoded[0].get_ref<const std::string&>());
  return number_terms_plan(type->path, roaring_values(bytes, type->kind == FieldKind::kLong), boost);
}

std::vector<Json> TermsQuery::look_up(Binder& binder) const {
  if (binder.context.catalog == nullptr) not_implemented("[terms] lookup is not available here");
  std::string routing = lookup->routing;
  const auto index = binder.context.catalog->resolve_single(lookup->index, &routing);
  std::vector<Json> out;
  const auto found = index->get(lookup->id);
  if (found) values_at_path(parse_json(found->source), lookup->path, out);
  return out;
}

TermsLookup parse_lookup(const Json& body) {
  TermsLookup out;
  for (const auto& [key, value] : body.items()) {
    if (key == "index") {
      out.index = read_text(value);
    } else if (key == "id") {
      out.id = read_text(value);
    } else if (key == "path") {
      out.path = read_text(value);
    } else if (key == "routing") {
      out.routing = value.is_null() ? std::string() : read_text(value);
    } else if (key == "store") {
      out.store = read_bool(value);
    } else if (key == "query") {
      not_implemented("[terms] lookup with [" + key + "] is not supported yet");
    } else {
      throw ApiError(unknown_member("terms_lookup", key, value, {"index", "id", "path", "routing", "store"}));
    }
  }
  if (out.index.empty() || out.id.empty() || out.path.empty()) {
    throw ApiError(illegal_argument("Required [" + std::string(out.index.empty() ? "index" : out.id.empty() ? "id" : "path") + "]"));
  }
  return out;
}

}  // namespace

std::shared_ptr<Query> parse_terms(const Json& body) {
  auto query = std::make_shared<TermsQuery>();
  for (const auto& [key, value] : body.items()) {
    if (value.is_array() || value.is_object()) {
      if (!query->field.empty()) {
        fail_parse("[terms] query does not support multiple fields");
      }
      query->field = key;
      if (value.is_object()) {
        query->lookup = parse_lookup(value);
        continue;
      }
      for (const Json& item : value) {
        if (item.is_null()) fail_parse("No value specified for terms query");
        query->values.push_back(item);
      }
    } else if (key == "value_type") {
      std::string type = read_text(value);
      for (char& c : type) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
      if (type != "default" && type != "bitmap") throw ApiError(illegal_argument(type + " is not valid " + key));
      query->bitmap = type == "bitmap";
    } else if (!read_common(*query, key, value)) {
      unsupported_member("terms", key, value);
    }
  }
  if (query->bitmap && !query->lookup && (query->values.size() != 1 || !query->values[0].is_string())) {
    throw ApiError(illegal_argument(
        "Invalid value for bitmap type: Expected a single-element array with a base64 encoded serialized bitmap."));
  }
  if (query->field.empty()) {
    fail_parse("[terms] query requires a field name, followed by array of terms or a document lookup specification");
  }
  return query;
}

}  // namespace tarn::query

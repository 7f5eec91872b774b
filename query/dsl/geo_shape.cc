#include <algorithm>
#include <optional>

#include "indexer/catalog.h"
#include "indexer/geo/relation.h"
#include "query/bind/compound.h"
#include "query/dsl/clause.h"
#include "query/dsl/geo_value.h"
#include "query/filter/column_filters.h"
#include "query/filter/shape_filter.h"

namespace tarn::query {

namespace {

using geo::Geometry;
using geo::Relation;

/// A shape that lies in a document of another index.
struct IndexedShape {
  std::string index = "shapes", id, path = "shape", routing;
};

constexpr std::pair<std::string_view, Relation> kRelations[] = {{"intersects", Relation::kIntersects},
                                                                {"disjoint", Relation::kDisjoint},
                                                                {"within", Relation::kWithin},
                                                                {"contains", Relation::kContains}};

std::string_view relation_name(Relation relation) {
  return std::find_if(std::begin(kRelations), std::end(kRelations), [&](const auto& known) { return known.second == relation; })->first;
}

std::string upper_case(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return out;
}

/// The shape in a document, read as GeometryParser does: the path may lead through objects only.
Geometry shape_in(const Json& source, const IndexedShape& from) {
  const Json* at = &source;
  std::string_view path = from.path;
  while (at->is_object() && !path.empty()) {
    const size_t dot = std::min(path.find('.'), path.size());
    const auto found = at->find(std::string(path.substr(0, dot)));
    if (found == at->end()) break;
    at = &*found;
    path = path.substr(std::min(dot + 1, path.size()));
    if (path.empty()) return geo::parse_shape(*at, {geo::Dialect::kDocument, true, true, true});
  }
  throw ApiError(500, "illegal_state_exception", "Shape with name [" + from.id + "] found but missing " + from.path + " field");
}

[[noreturn]] void fail_shard(std::string reason) { throw ApiError(400, "query_shard_exception", std::move(reason)); }

struct GeoShapeQuery final : Query {
  std::string field;
  std::optional<Geometry> shape;
  std::optional<IndexedShape> indexed;
  std::string key;   ///< tells equal shapes
  Relation relation = Relation::kIntersects;
  bool ignore_unmapped = false;

  PlanPtr bind(Binder& binder, float boost) const override {
    const Geometry geometry = shape ? *shape : look_up(binder);
    const FieldType* type = binder.mapping().find(field);
    if (type == nullptr) {
      if (ignore_unmapped) return match_none_plan();
      fail_shard("failed to find type for field [" + field + "]");
    }
    if (type->kind == FieldKind::kGeoPoint) return bind_points(*type, geometry, boost);
    if (type->kind != FieldKind::kGeoShape) {
      fail_shard("Field [" + field + "] is of unsupported type [" + std::string(kind_name(type->kind)) + "] for [geo_shape] query");
    }
    const auto query = std::make_shared<const geo::ShapeQuery>(geometry, relation);
    if (query->empty()) return match_none_plan();
    return shape_plan(type->path, query, relation, key.empty() ? key : std::string(relation_name(relation)) + key, boost);
  }

 private:
  Geometry look_up(Binder& binder) const {
    if (binder.context.catalog == nullptr) not_implemented("[geo_shape] with an indexed shape is not available here");
    std::string routing = indexed->routing;
    const auto index = binder.context.catalog->resolve_single(indexed->index, &routing);
    const auto found = index->get(indexed->id);
    if (!found) throw ApiError(illegal_argument("Shape with ID [" + indexed->id + "] not found"));
    return shape_in(parse_json(found->source), *indexed);
  }

  PlanPtr bind_points(const FieldType& type, const Geometry& geometry, float boost) const {
    if (relation != Relation::kIntersects) {
      fail_shard(upper_case(relation_name(relation)) + " query relation not supported for Field [" + field + "].");
    }
    if (geometry.kind == Geometry::Kind::kCollection) {
      // All parts, as OpenSearch has it.
      std::vector<PlanPtr> plans;
      for (const Geometry& part : geometry.parts) plans.push_back(bind_points(type, part, boost));
      if (plans.empty()) return match_none_plan();
      return constant_score_plan(bool_plan({}, std::move(plans), {}, {}, 0), boost);
    }
    using Kind = Geometry::Kind;
    if (geometry.kind != Kind::kPolygon && geometry.kind != Kind::kMultiPolygon && geometry.kind != Kind::kEnvelope &&
        geometry.kind != Kind::kCircle) {
      fail_shard("Field [" + field + "] does not support " + std::string(geo::kind_name(geometry.kind)) + " queries");
    }
    const auto query = std::make_shared<const geo::ShapeQuery>(geometry, relation);
    if (query->empty()) return match_none_plan();
    const auto accepts = [query](int64_t encoded) { return query->matches_point(geo_latitude(encoded), geo_longitude(encoded)); };
    return geo_plan(type.path, query->box().min_y, query->box().max_y, accepts, boost);
  }
};

IndexedShape read_indexed(const Json& body) {
  IndexedShape out;
  for (const auto& [name, value] : body.items()) {
    if (value.is_object() || value.is_array()) {
      fail_parse("unknown token [" + std::string(token_name(value)) + "] after [" + name + "]", value);
    }
    if (name == "id") out.id = read_text(value);
    if (name == "index") out.index = read_text(value);
    if (name == "path") out.path = read_text(value);
    if (name == "routing") out.routing = value.is_null() ? std::string() : read_text(value);
  }
  return out;
}

void read_relation(const Json& value, GeoShapeQuery& out) {
  const std::string text = read_text(value);
  std::string lower = text;
  for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  const auto known = std::find_if(std::begin(kRelations), std::end(kRelations), [&](const auto& r) { return r.first == lower; });
  if (known == std::end(kRelations)) fail_parse("Unknown shape operation [" + text + " ]", value);
  out.relation = known->second;
}

/// WKT's EMPTY is no shape for queries.
bool has_content(const Geometry& geometry) {
  return geometry.kind == Geometry::Kind::kCollection || geometry.kind == Geometry::Kind::kMultiPoint ||
         !geometry.points.empty() || !geometry.lines.empty() || !geometry.polygons.empty();
}

void read_field(const Json& body, GeoShapeQuery& out) {
  for (const auto& [name, value] : body.items()) {
    if (name == "relation") {
      read_relation(value, out);
    } else if (name == "shape") {
      if (value.is_null()) continue;
      Geometry shape = geo::parse_shape(value, {geo::Dialect::kQuery, true, false, true});
      if (!has_content(shape)) continue;
      out.shape = std::move(shape);
      const std::string text = to_text(value);
      if (text.size() <= 4096) out.key = text;
    } else if (name == "strategy") {
      const std::string text = read_text(value);
      if (text != "recursive" && text != "term") fail_parse("Unknown strategy [" + text + " ]", value);
    } else if (name == "indexed_shape") {
      if (value.is_object()) out.indexed = read_indexed(value);
    } else {
      fail_parse("query does not support [" + name + "]", value);
    }
  }
}

}  // namespace

std::shared_ptr<Query> parse_geo_shape(const Json& body) {
  auto query = std::make_shared<GeoShapeQuery>();
  query->boost = 0;  // unless the request gives one: OpenSearch's parser leaves it at that
  for (const auto& [name, value] : body.items()) {
    if (value.is_object()) {
      if (!query->field.empty()) fail_parse("point specified twice. [" + name + "]", value);
      query->field = name;
      read_field(value, *query);
    } else if (name == "ignore_unmapped") {
      query->ignore_unmapped = read_bool(value);
    } else if (!value.is_array() && !read_common(*query, name, value)) {
      fail_parse("query does not support [" + name + "]", value);
    }
  }
  if (query->field.empty()) throw ApiError(illegal_argument("fieldName is required"));
  if (!query->shape && (!query->indexed || query->indexed->id.empty())) {
    throw ApiError(illegal_argument("either shape or indexedShapeId is required"));
  }
  return query;
}

}  // namespace tarn::query

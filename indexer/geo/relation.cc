#include "indexer/geo/relation.h"

#include <algorithm>

namespace tarn::geo {

namespace {

Place place_of(const Cell& cell) { return {decode_longitude(cell.x), decode_latitude(cell.y)}; }

}  // namespace

ShapeQuery::ShapeQuery(const Geometry& geometry, Relation relation) : components_(components_of(geometry)), relation_(relation) {
  box_ = {1e9, -1e9, 1e9, -1e9};
  for (const ComponentPtr& component : components_) {
    const Box& own = component->box();
    box_ = {std::min(box_.min_x, own.min_x), std::max(box_.max_x, own.max_x), std::min(box_.min_y, own.min_y),
            std::max(box_.max_y, own.max_y)};
  }
}

bool ShapeQuery::intersects(const std::vector<Triangle>& triangles) const {
  for (const Triangle& t : triangles) {
    const Place a = place_of(t.a), b = place_of(t.b), c = place_of(t.c);
    for (const ComponentPtr& component : components_) {
      const bool found = t.kind == Triangle::Kind::kPoint  ? component->contains(a)
                         : t.kind == Triangle::Kind::kLine ? component->intersects_line(a, b)
                                                           : component->intersects_triangle(a, b, c);
      if (found) return true;
    }
  }
  return false;
}

bool ShapeQuery::within(const std::vector<Triangle>& triangles) const {
  return !triangles.empty() && std::all_of(triangles.begin(), triangles.end(), [&](const Triangle& t) {
    const Place a = place_of(t.a), b = place_of(t.b), c = place_of(t.c);
    return std::any_of(components_.begin(), components_.end(), [&](const ComponentPtr& component) {
      return t.kind == Triangle::Kind::kPoint  ? component->contains(a)
             : t.kind == Triangle::Kind::kLine ? component->contains_line(a, b)
                                               : component->contains_triangle(a, b, c);
    });
  });
}

bool ShapeQuery::contained(const Component& component, const std::vector<Triangle>& triangles) const {
  bool candidate = false;
  for (const Triangle& t : triangles) {
    const Place a = place_of(t.a), b = place_of(t.b), c = place_of(t.c);
    const Inside inside = t.kind == Triangle::Kind::kPoint  ? component.inside_point(a)
                          : t.kind == Triangle::Kind::kLine ? component.inside_line(a, b, t.ab)
                                                            : component.inside_triangle(a, b, c, t.ab, t.bc, t.ca);
    if (inside == Inside::kNot) return false;
    candidate = candidate || inside == Inside::kCandidate;
  }
  return candidate;
}

bool ShapeQuery::matches(std::string_view value) const {
  const Bounds bounds = encoded_bounds(value);
  const Box box{decode_longitude(bounds.min_x), decode_longitude(bounds.max_x), decode_latitude(bounds.min_y),
                decode_latitude(bounds.max_y)};
  if (bounds.min_x > bounds.max_x) return false;
  if (box_.disjoint(box)) return relation_ == Relation::kDisjoint;
  std::vector<Triangle> triangles;
  decode_triangles(value, triangles);
  switch (relation_) {
    case Relation::kIntersects: return intersects(triangles);
    case Relation::kDisjoint: return !intersects(triangles);
    case Relation::kWithin: return within(triangles);
    case Relation::kContains: break;
  }
  return std::all_of(components_.begin(), components_.end(),
                     [&](const ComponentPtr& component) { return contained(*component, triangles); });
}

bool ShapeQuery::matches_point(double latitude, double longitude) const {
  return std::any_of(components_.begin(), components_.end(),
                     [&](const ComponentPtr& component) { return component->contains({longitude, latitude}); });
}

bool intersects_box(const std::vector<Triangle>& triangles, const Component& rectangle) {
  return std::any_of(triangles.begin(), triangles.end(), [&](const Triangle& t) {
    const Place a = place_of(t.a), b = place_of(t.b), c = place_of(t.c);
    return t.kind == Triangle::Kind::kPoint  ? rectangle.contains(a)
           : t.kind == Triangle::Kind::kLine ? rectangle.intersects_line(a, b)
                                             : rectangle.intersects_triangle(a, b, c);
  });
}

}  // namespace tarn::geo

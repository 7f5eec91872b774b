#pragma once

#include <memory>
#include <vector>

#include "indexer/geo/triangles.h"

namespace tarn::geo {

struct Place {
  double x, y;
};
/// The box around some places.
struct Box {
  double min_x, max_x, min_y, max_y;
  bool disjoint(const Box& other) const {
    return max_x < other.min_x || min_x > other.max_x || max_y < other.min_y || min_y > other.max_y;
  }
  bool contains(const Place& p) const { return p.x >= min_x && p.x <= max_x && p.y >= min_y && p.y <= max_y; }
  bool covers(const Box& other) const {
    return other.min_x >= min_x && other.max_x <= max_x && other.min_y >= min_y && other.max_y <= max_y;
  }
};

/// How one part of an indexed shape bears on the question whether the shape contains the query's.
enum class Inside { kDisjoint, kNot, kCandidate };

/// One piece of a query's shape, with the predicates of Lucene's Component2D: planar, in degrees, borders included. The
/// parts of indexed shapes are put to it one by one. Immutable; any thread may call.
class Component {
 public:
  virtual ~Component() = default;
  const Box& box() const { return box_; }
  virtual bool contains(const Place& p) const = 0;
  virtual bool intersects_line(const Place& a, const Place& b) const = 0;
  virtual bool intersects_triangle(const Place& a, const Place& b, const Place& c) const = 0;
  virtual bool contains_line(const Place& a, const Place& b) const = 0;
  virtual bool contains_triangle(const Place& a, const Place& b, const Place& c) const = 0;
  virtual Inside inside_point(const Place& p) const { return contains(p) ? Inside::kNot : Inside::kDisjoint; }
  /// `own`: the side belongs to the outline of the indexed shape.
  virtual Inside inside_line(const Place& a, const Place& b, bool own) const = 0;
  virtual Inside inside_triangle(const Place& a, const Place& b, const Place& c, bool ab, bool bc, bool ca) const = 0;

 protected:
  Box box_{};
};
using ComponentPtr = std::unique_ptr<const Component>;

ComponentPtr make_rectangle(const Box& box);

/// The pieces of a query's shape. Throws ApiError for what OpenSearch refuses in queries.
std::vector<ComponentPtr> components_of(const Geometry& geometry);

enum class Relation { kIntersects, kDisjoint, kWithin, kContains };

/// A question put to encoded shapes.
class ShapeQuery {
 public:
  ShapeQuery(const Geometry& geometry, Relation relation);
  bool empty() const { return components_.empty(); }
  /// Whether the shape (a value of encode_triangles) fulfils the relation. A shape without parts fulfils none.
  bool matches(std::string_view value) const;
  /// Whether a point does, as an indexed geo_point: only kIntersects.
  bool matches_point(double latitude, double longitude) const;
  const Box& box() const { return box_; }

 private:
  bool intersects(const std::vector<Triangle>& triangles) const;
  bool within(const std::vector<Triangle>& triangles) const;
  bool contained(const Component& component, const std::vector<Triangle>& triangles) const;

  std::vector<ComponentPtr> components_;
  Relation relation_;
  Box box_{};
};

/// Whether the shape reaches into the box (degrees).
bool intersects_box(const std::vector<Triangle>& triangles, const Component& rectangle);

}  // namespace tarn::geo

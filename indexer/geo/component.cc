#include <algorithm>

#include "indexer/geo/relation.h"

namespace tarn::geo {

namespace {

int orient(const Place& a, const Place& b, const Place& c) {
  const double left = (b.x - a.x) * (c.y - a.y), right = (c.x - a.x) * (b.y - a.y);
  return left > right ? 1 : left < right ? -1 : 0;
}

bool lines_cross(const Place& a, const Place& b, const Place& c, const Place& d, bool borders) {
  const int one = orient(c, d, a) * orient(c, d, b), other = orient(a, b, c) * orient(a, b, d);
  return borders ? one <= 0 && other <= 0 : one < 0 && other < 0;
}

Box box_of(const Place& a, const Place& b) {
  return {std::min(a.x, b.x), std::max(a.x, b.x), std::min(a.y, b.y), std::max(a.y, b.y)};
}
Box box_of(const Place& a, const Place& b, const Place& c) {
  return {std::min({a.x, b.x, c.x}), std::max({a.x, b.x, c.x}), std::min({a.y, b.y, c.y}), std::max({a.y, b.y, c.y})};
}

bool in_triangle(const Place& p, const Place& a, const Place& b, const Place& c) {
  if (!box_of(a, b, c).contains(p)) return false;
  const int ab = orient(p, a, b), bc = orient(p, b, c);
  if (ab == 0 || bc == 0 || (ab > 0) == (bc > 0)) {
    const int ca = orient(p, c, a);
    return ab == 0 ? (bc == 0 || ca == 0 || (bc > 0) == (ca > 0))
                   : bc == 0 ? (ca == 0 || (ab > 0) == (ca > 0)) : ca == 0 || (ab > 0) == (ca > 0);
  }
  return false;
}

/// Sides of a ring or a line, by their lower end.
class Edges {
 public:
  explicit Edges(const std::vector<Place>& path) : first_(path.front()) {
    for (size_t i = 1; i < path.size(); ++i) edges_.push_back({path[i - 1], path[i]});
    if (edges_.empty()) edges_.push_back({path[0], path[0]});
    std::sort(edges_.begin(), edges_.end(), [](const Edge& a, const Edge& b) { return a.low() < b.low(); });
  }
  const Place& first() const { return first_; }

  /// Of a ring; the border is inside.
  bool surround(const Place& p) const {
    bool inside = false;
    for (const Edge& e : edges_) {
      if (e.low() > p.y) break;
      if (box_of(e.a, e.b).contains(p) && orient(e.a, e.b, p) == 0) return true;
      if ((e.a.y > p.y) != (e.b.y > p.y) && p.x < (e.b.x - e.a.x) * (p.y - e.a.y) / (e.b.y - e.a.y) + e.a.x) inside = !inside;
    }
    return inside;
  }
  bool on_line(const Place& p) const {
    return std::any_of(edges_.begin(), edges_.end(),
                       [&](const Edge& e) { return box_of(e.a, e.b).contains(p) && orient(e.a, e.b, p) == 0; });
  }
  bool cross_line(const Place& a, const Place& b, bool borders) const {
    const Box box = box_of(a, b);
    return any_near(box, [&](const Edge& e) { return lines_cross(e.a, e.b, a, b, borders); });
  }
  bool cross_triangle(const Place& a, const Place& b, const Place& c, bool borders) const {
    const Box box = box_of(a, b, c);
    return any_near(box, [&](const Edge& e) {
      return lines_cross(e.a, e.b, a, b, borders) || lines_cross(e.a, e.b, b, c, borders) || lines_cross(e.a, e.b, c, a, borders);
    });
  }

 private:
  struct Edge {
    Place a, b;
    double low() const { return std::min(a.y, b.y); }
  };
  template <class Test>
  bool any_near(const Box& box, Test&& test) const {
    for (const Edge& e : edges_) {
      if (e.low() > box.max_y) break;
      if (!box.disjoint(box_of(e.a, e.b)) && test(e)) return true;
    }
    return false;
  }
  Place first_;
  std::vector<Edge> edges_;
};

/// What sides of an indexed triangle say: one of its outline that meets the query's border excludes it.
template <class Meets>
Inside by_sides(const Place& a, const Place& b, const Place& c, bool ab, bool bc, bool ca, const Meets& meets) {
  Inside out = Inside::kDisjoint;
  const auto side = [&](const Place& p, const Place& q, bool own) {
    if (!meets(p, q)) return true;
    out = Inside::kCandidate;
    return !own;
  };
  if (!side(a, b, ab) || !side(b, c, bc) || !side(c, a, ca)) return Inside::kNot;
  return out;
}

class PointComponent final : public Component {
 public:
  explicit PointComponent(const Place& at) : at_(at) { box_ = {at.x, at.x, at.y, at.y}; }
  bool contains(const Place& p) const override { return p.x == at_.x && p.y == at_.y; }
  bool intersects_line(const Place& a, const Place& b) const override {
    return box_of(a, b).contains(at_) && orient(a, b, at_) == 0;
  }
  bool intersects_triangle(const Place& a, const Place& b, const Place& c) const override { return in_triangle(at_, a, b, c); }
  bool contains_line(const Place&, const Place&) const override { return false; }
  bool contains_triangle(const Place&, const Place&, const Place&) const override { return false; }
  Inside inside_point(const Place& p) const override { return contains(p) ? Inside::kCandidate : Inside::kDisjoint; }
  Inside inside_line(const Place& a, const Place& b, bool) const override {
    return intersects_line(a, b) ? Inside::kCandidate : Inside::kDisjoint;
  }
  Inside inside_triangle(const Place& a, const Place& b, const Place& c, bool, bool, bool) const override {
    return in_triangle(at_, a, b, c) ? Inside::kCandidate : Inside::kDisjoint;
  }

 private:
  Place at_;
};

class LineComponent final : public Component {
 public:
  explicit LineComponent(const std::vector<Place>& path) : edges_(path) {
    box_ = box_of(path[0], path[0]);
    for (const Place& p : path) {
      box_ = {std::min(box_.min_x, p.x), std::max(box_.max_x, p.x), std::min(box_.min_y, p.y), std::max(box_.max_y, p.y)};
    }
  }
  bool contains(const Place& p) const override { return box_.contains(p) && edges_.on_line(p); }
  bool intersects_line(const Place& a, const Place& b) const override {
    return !box_.disjoint(box_of(a, b)) && edges_.cross_line(a, b, true);
  }
  bool intersects_triangle(const Place& a, const Place& b, const Place& c) const override {
    if (box_.disjoint(box_of(a, b, c))) return false;
    return in_triangle(edges_.first(), a, b, c) || edges_.cross_triangle(a, b, c, true);
  }
  bool contains_line(const Place&, const Place&) const override { return false; }
  bool contains_triangle(const Place&, const Place&, const Place&) const override { return false; }
  Inside inside_line(const Place& a, const Place& b, bool own) const override {
    return own && intersects_line(a, b) ? Inside::kNot : Inside::kDisjoint;
  }
  Inside inside_triangle(const Place& a, const Place& b, const Place& c, bool ab, bool bc, bool ca) const override {
    if (box_.disjoint(box_of(a, b, c))) return Inside::kDisjoint;
    const Inside sides =
        by_sides(a, b, c, ab, bc, ca, [&](const Place& p, const Place& q) { return edges_.cross_line(p, q, true); });
    if (sides != Inside::kDisjoint) return sides;
    return in_triangle(edges_.first(), a, b, c) ? Inside::kCandidate : Inside::kDisjoint;
  }

 private:
  Edges edges_;
};

std::vector<Place> places_of(const Path& path) {
  std::vector<Place> out;
  for (const Position& at : path) out.push_back({at.x, at.y});
  return out;
}

class PolygonComponent final : public Component {
 public:
  explicit PolygonComponent(const Polygon& polygon) : edges_(places_of(polygon.shell)) {
    box_ = {1e9, -1e9, 1e9, -1e9};
    for (const Position& p : polygon.shell) {
      box_ = {std::min(box_.min_x, p.x), std::max(box_.max_x, p.x), std::min(box_.min_y, p.y), std::max(box_.max_y, p.y)};
    }
    for (const Path& hole : polygon.holes) holes_.push_back(std::make_unique<PolygonComponent>(Polygon{hole, {}}));
  }
  bool contains(const Place& p) const override {
    return box_.contains(p) && edges_.surround(p) && !in_holes([&](const Component& hole) { return hole.contains(p); });
  }
  bool intersects_line(const Place& a, const Place& b) const override {
    if (box_.disjoint(box_of(a, b))) return false;
    if (!contains(a) && !contains(b) && !edges_.cross_line(a, b, true)) return false;
    return !in_holes([&](const Component& hole) { return hole.contains_line(a, b); });
  }
  bool intersects_triangle(const Place& a, const Place& b, const Place& c) const override {
    if (box_.disjoint(box_of(a, b, c))) return false;
    if (!contains(a) && !contains(b) && !contains(c) && !in_triangle(edges_.first(), a, b, c) &&
        !edges_.cross_triangle(a, b, c, true)) {
      return false;
    }
    return !in_holes([&](const Component& hole) { return hole.contains_triangle(a, b, c); });
  }
  bool contains_line(const Place& a, const Place& b) const override {
    if (!contains(a) || !contains(b) || edges_.cross_line(a, b, false)) return false;
    return !in_holes([&](const Component& hole) { return hole.intersects_line(a, b); });
  }
  bool contains_triangle(const Place& a, const Place& b, const Place& c) const override {
    if (!contains(a) || !contains(b) || !contains(c) || edges_.cross_triangle(a, b, c, false)) return false;
    return !in_holes([&](const Component& hole) { return hole.intersects_triangle(a, b, c); });
  }
  Inside inside_line(const Place& a, const Place& b, bool own) const override {
    if (box_.disjoint(box_of(a, b))) return Inside::kDisjoint;
    return contains(a) || contains(b) || (own && edges_.cross_line(a, b, true)) ? Inside::kNot : Inside::kDisjoint;
  }
  Inside inside_triangle(const Place& a, const Place& b, const Place& c, bool ab, bool bc, bool ca) const override {
    if (box_.disjoint(box_of(a, b, c))) return Inside::kDisjoint;
    if (contains(a) || contains(b) || contains(c)) return Inside::kNot;
    const Inside sides =
        by_sides(a, b, c, ab, bc, ca, [&](const Place& p, const Place& q) { return edges_.cross_line(p, q, true); });
    if (sides != Inside::kDisjoint) return sides;
    return in_triangle(edges_.first(), a, b, c) ? Inside::kCandidate : Inside::kDisjoint;
  }

 private:
  template <class Test>
  bool in_holes(Test&& test) const {
    return std::any_of(holes_.begin(), holes_.end(), [&](const auto& hole) { return test(*hole); });
  }
  Edges edges_;
  std::vector<std::unique_ptr<const PolygonComponent>> holes_;
};

class RectangleComponent final : public Component {
 public:
  explicit RectangleComponent(const Box& box) { box_ = box; }
  bool contains(const Place& p) const override { return box_.contains(p); }
  bool intersects_line(const Place& a, const Place& b) const override {
    if (box_.disjoint(box_of(a, b))) return false;
    return contains(a) || contains(b) || meets(a, b);
  }
  bool intersects_triangle(const Place& a, const Place& b, const Place& c) const override {
    if (box_.disjoint(box_of(a, b, c))) return false;
    return contains(a) || contains(b) || contains(c) || in_triangle({box_.min_x, box_.min_y}, a, b, c) || meets(a, b) ||
           meets(b, c) || meets(c, a);
  }
  bool contains_line(const Place& a, const Place& b) const override { return box_.covers(box_of(a, b)); }
  bool contains_triangle(const Place& a, const Place& b, const Place& c) const override { return box_.covers(box_of(a, b, c)); }
  Inside inside_line(const Place& a, const Place& b, bool own) const override {
    if (box_.disjoint(box_of(a, b))) return Inside::kDisjoint;
    return contains(a) || contains(b) || (own && meets(a, b)) ? Inside::kNot : Inside::kDisjoint;
  }
  Inside inside_triangle(const Place& a, const Place& b, const Place& c, bool ab, bool bc, bool ca) const override {
    if (box_.disjoint(box_of(a, b, c))) return Inside::kDisjoint;
    if (contains(a) || contains(b) || contains(c)) return Inside::kNot;
    const Inside sides = by_sides(a, b, c, ab, bc, ca, [&](const Place& p, const Place& q) { return meets(p, q); });
    if (sides != Inside::kDisjoint) return sides;
    return in_triangle({box_.min_x, box_.min_y}, a, b, c) ? Inside::kCandidate : Inside::kDisjoint;
  }

 private:
  bool meets(const Place& a, const Place& b) const {
    if (box_.disjoint(box_of(a, b))) return false;
    const Place sw{box_.min_x, box_.min_y}, se{box_.max_x, box_.min_y}, ne{box_.max_x, box_.max_y}, nw{box_.min_x, box_.max_y};
    return lines_cross(a, b, nw, ne, true) || lines_cross(a, b, ne, se, true) || lines_cross(a, b, se, sw, true) ||
           lines_cross(a, b, sw, nw, true);
  }
};

/// Places within a distance, along the sphere.
class CircleComponent final : public Component {
 public:
  CircleComponent(const Place& centre, double metres) : centre_(centre), metres_(metres) {
    constexpr double kDegree = 6371008.7714 * M_PI / 180;
    const double up = metres / kDegree;
    const double widest = std::cos((std::abs(centre.y) + up) * M_PI / 180);
    const double across = widest > 0 ? std::min(360.0, up / widest * 1.01) : 360.0;
    box_ = {centre.x - across, centre.x + across, centre.y - up, centre.y + up};
    if (box_.min_x < -180 || box_.max_x > 180) box_.min_x = -180, box_.max_x = 180;
  }
  bool contains(const Place& p) const override { return haversine(p) <= metres_; }
  bool intersects_line(const Place& a, const Place& b) const override {
    return contains(a) || contains(b) || meets(a, b);
  }
  bool intersects_triangle(const Place& a, const Place& b, const Place& c) const override {
    return contains(a) || contains(b) || contains(c) || in_triangle(centre_, a, b, c) || meets(a, b) || meets(b, c) || meets(c, a);
  }
  bool contains_line(const Place& a, const Place& b) const override { return contains(a) && contains(b); }
  bool contains_triangle(const Place& a, const Place& b, const Place& c) const override {
    return contains(a) && contains(b) && contains(c);
  }
  Inside inside_line(const Place& a, const Place& b, bool own) const override {
    return contains(a) || contains(b) || (own && meets(a, b)) ? Inside::kNot : Inside::kDisjoint;
  }
  Inside inside_triangle(const Place& a, const Place& b, const Place& c, bool ab, bool bc, bool ca) const override {
    if (contains(a) || contains(b) || contains(c)) return Inside::kNot;
    if ((ab && meets(a, b)) || (bc && meets(b, c)) || (ca && meets(c, a))) return Inside::kNot;
    return in_triangle(centre_, a, b, c) ? Inside::kCandidate : Inside::kDisjoint;
  }

 private:
  double haversine(const Place& p) const {
    constexpr double kRadians = M_PI / 180;
    const double latitude = std::sin((p.y - centre_.y) * kRadians / 2), longitude = std::sin((p.x - centre_.x) * kRadians / 2);
    const double h = latitude * latitude + std::cos(p.y * kRadians) * std::cos(centre_.y * kRadians) * longitude * longitude;
    return 2 * 6371008.7714 * std::asin(std::min(1.0, std::sqrt(h)));
  }
  /// At the place of the line that is nearest in the plane.
  bool meets(const Place& a, const Place& b) const {
    const double dx = b.x - a.x, dy = b.y - a.y, length = dx * dx + dy * dy;
    const double at = ((centre_.x - a.x) * dx + (centre_.y - a.y) * dy) / length;
    return at >= 0 && at <= 1 && contains({a.x + dx * at, a.y + dy * at});
  }
  Place centre_;
  double metres_;
};

void check_place(const Position& at) {
  if (!(at.y >= -90 && at.y <= 90)) {
    throw ApiError(illegal_argument("invalid latitude " + double_text(at.y) + "; must be between -90.0 and 90.0"));
  }
  if (!(at.x >= -180 && at.x <= 180)) {
    throw ApiError(illegal_argument("invalid longitude " + double_text(at.x) + "; must be between -180.0 and 180.0"));
  }
}

void add_rectangle(const Position& top_left, const Position& bottom_right, std::vector<ComponentPtr>& out) {
  check_place(top_left);
  check_place(bottom_right);
  const double south = decode_latitude(encode_latitude_up(bottom_right.y)), north = decode_latitude(encode_latitude(top_left.y));
  const bool crosses = top_left.x > bottom_right.x && top_left.x != 180;
  const double west = decode_longitude(encode_longitude_up(top_left.x == 180 && top_left.x > bottom_right.x ? -180 : top_left.x));
  const double east = decode_longitude(encode_longitude(bottom_right.x));
  if (!crosses) {
    out.push_back(std::make_unique<RectangleComponent>(Box{west, east, south, north}));
    return;
  }
  out.push_back(std::make_unique<RectangleComponent>(Box{decode_longitude(INT32_MIN), east, south, north}));
  out.push_back(std::make_unique<RectangleComponent>(Box{west, decode_longitude(INT32_MAX), south, north}));
}

void add_components(const Geometry& geometry, std::vector<ComponentPtr>& out) {
  using Kind = Geometry::Kind;
  switch (geometry.kind) {
    case Kind::kPoint:
    case Kind::kMultiPoint:
      for (const Position& at : geometry.points) {
        check_place(at);
        out.push_back(std::make_unique<PointComponent>(
            Place{decode_longitude(encode_longitude(at.x)), decode_latitude(encode_latitude(at.y))}));
      }
      break;
    case Kind::kLine:
    case Kind::kMultiLine:
      for (const Path& line : geometry.lines) {
        for (const Path& part : cut_at_dateline(line)) {
          for (const Position& at : part) check_place(at);
          out.push_back(std::make_unique<LineComponent>(places_of(part)));
        }
      }
      break;
    case Kind::kPolygon:
    case Kind::kMultiPolygon:
      for (const Polygon& polygon : geometry.polygons) {
        for (const Polygon& part : cut_at_dateline(polygon, geometry.right)) {
          for (const Position& at : part.shell) check_place(at);
          out.push_back(std::make_unique<PolygonComponent>(part));
        }
      }
      break;
    case Kind::kCollection:
      for (const Geometry& part : geometry.parts) add_components(part, out);
      break;
    case Kind::kEnvelope:
      if (!geometry.points.empty()) add_rectangle(geometry.points[0], geometry.points[1], out);
      break;
    case Kind::kCircle:
      for (const Position& at : geometry.points) {
        check_place(at);
        out.push_back(std::make_unique<CircleComponent>(Place{at.x, at.y}, geometry.radius_metres));
      }
      break;
  }
}

}  // namespace

ComponentPtr make_rectangle(const Box& box) { return std::make_unique<RectangleComponent>(box); }

std::vector<ComponentPtr> components_of(const Geometry& geometry) {
  std::vector<ComponentPtr> out;
  add_components(geometry, out);
  return out;
}

}  // namespace tarn::geo

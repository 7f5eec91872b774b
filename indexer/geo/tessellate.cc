// Ear clipping on the grid, in the manner of Mapbox's earcut, which Lucene's Tessellator follows, too: holes are joined to
// the shell by bridges; ears are cut off as long as there are some; where none is left, the rest is split by a diagonal.

#include <algorithm>
#include <deque>

#include "indexer/geo/triangles.h"

namespace tarn::geo {

namespace {

using Wide = __int128;
constexpr int64_t kMaxSplitSteps = 100'000'000;

struct Node {
  Cell at;
  uint32_t id;              // of the vertex; copies share it
  Node* prev = nullptr;
  Node* next = nullptr;
  bool outline = true;      // the side to `next` is one of the shape's
};

/// Above 0 where a, b, c run counterclockwise.
Wide cross(const Cell& a, const Cell& b, const Cell& c) {
  return static_cast<Wide>(int64_t{b.x} - a.x) * (int64_t{c.y} - a.y) - static_cast<Wide>(int64_t{c.x} - a.x) * (int64_t{b.y} - a.y);
}
Wide cross(const Node* a, const Node* b, const Node* c) { return cross(a->at, b->at, c->at); }

int sign(Wide value) { return value > 0 ? 1 : value < 0 ? -1 : 0; }

bool in_triangle(const Cell& a, const Cell& b, const Cell& c, const Cell& p) {
  const Wide ab = cross(a, b, p), bc = cross(b, c, p), ca = cross(c, a, p);
  return (ab >= 0 && bc >= 0 && ca >= 0) || (ab <= 0 && bc <= 0 && ca <= 0);
}

struct Edge {
  Cell a, b;
  int32_t west() const { return std::min(a.x, b.x); }
  int32_t east() const { return std::max(a.x, b.x); }
};

/// Sides that cross (not those that only touch) have no inside.
void refuse_crossings(std::vector<Edge> edges) {
  std::sort(edges.begin(), edges.end(), [](const Edge& a, const Edge& b) { return a.west() < b.west(); });
  for (size_t i = 0; i < edges.size(); ++i) {
    const Edge& one = edges[i];
    const int32_t east = one.east(), low = std::min(one.a.y, one.b.y), high = std::max(one.a.y, one.b.y);
    for (size_t j = i + 1; j < edges.size() && edges[j].west() <= east; ++j) {
      const Edge& other = edges[j];
      if (std::max(other.a.y, other.b.y) < low || std::min(other.a.y, other.b.y) > high) continue;
      if (sign(cross(one.a, one.b, other.a)) * sign(cross(one.a, one.b, other.b)) < 0 &&
          sign(cross(other.a, other.b, one.a)) * sign(cross(other.a, other.b, one.b)) < 0) {
        throw ApiError(illegal_argument("Unable to Tessellate shape. Possible malformed shape detected."));
      }
    }
  }
}

class Tessellator {
 public:
  explicit Tessellator(const Polygon& polygon) {
    Node* shell = ring(polygon.shell, true);
    std::vector<Node*> holes;
    for (const Path& hole : polygon.holes) {
      if (Node* first = ring(hole, false)) holes.push_back(leftmost(first));
    }
    refuse_crossings(std::move(edges_));
    if (shell != nullptr) shell = filter(shell, nullptr);
    if (shell == nullptr || shell->next == shell->prev) {
      throw ApiError(illegal_argument("at least three non-collinear points required"));
    }
    std::stable_sort(holes.begin(), holes.end(), [](const Node* a, const Node* b) {
      return a->at.x != b->at.x ? a->at.x < b->at.x : a->at.y < b->at.y;
    });
    for (Node* hole : holes) shell = join(hole, shell);
    pending_.push_back(shell);
    while (!pending_.empty()) {
      Node* part = pending_.back();
      pending_.pop_back();
      clip(part);
    }
  }
  std::vector<Triangle> take() { return std::move(out_); }

 private:
  Node* add(const Cell& at, uint32_t id, Node* after) {
    nodes_.push_back({at, id});
    Node* node = &nodes_.back();
    if (after == nullptr) {
      node->prev = node->next = node;
    } else {
      node->next = after->next;
      node->prev = after;
      after->next->prev = node;
      after->next = node;
    }
    return node;
  }

  /// The ring as a list: shells counterclockwise, holes clockwise.
  Node* ring(const Path& path, bool counterclockwise) {
    std::vector<Cell> cells;
    for (size_t i = 0; i + 1 < path.size(); ++i) {
      if (!(path[i].y >= -90 && path[i].y <= 90)) {
        throw ApiError(illegal_argument("invalid latitude " + double_text(path[i].y) + "; must be between -90.0 and 90.0"));
      }
      if (!(path[i].x >= -180 && path[i].x <= 180)) {
        throw ApiError(illegal_argument("invalid longitude " + double_text(path[i].x) + "; must be between -180.0 and 180.0"));
      }
      const Cell cell{encode_longitude(path[i].x), encode_latitude(path[i].y)};
      if (cells.empty() || !(cells.back() == cell)) cells.push_back(cell);
    }
    while (cells.size() > 1 && cells.front() == cells.back()) cells.pop_back();
    if (cells.empty()) return nullptr;
    Wide area = 0;
    for (size_t i = 0; i < cells.size(); ++i) {
      const Cell &a = cells[i], &b = cells[(i + 1) % cells.size()];
      area += static_cast<Wide>(a.x) * b.y - static_cast<Wide>(b.x) * a.y;
      if (cells.size() > 1) edges_.push_back({a, b});
    }
    if ((area > 0) != counterclockwise) std::reverse(cells.begin(), cells.end());
    Node* last = nullptr;
    for (const Cell& cell : cells) last = add(cell, next_id_++, last);
    return last;
  }
  static Node* leftmost(Node* start) {
    Node* out = start;
    for (Node* p = start->next; p != start; p = p->next) {
      if (p->at.x < out->at.x || (p->at.x == out->at.x && p->at.y < out->at.y)) out = p;
    }
    return out;
  }
  static void remove(Node* node) {
    node->next->prev = node->prev;
    node->prev->next = node->next;
  }

  /// Without places that stand twice or on the line of their neighbours. Null if nothing is left.
  static Node* filter(Node* start, Node* end) {
    if (end == nullptr) end = start;
    Node* p = start;
    bool again = true;
    while (again || p != end) {
      again = false;
      const bool twice = p->at == p->next->at;
      if (twice || cross(p->prev, p, p->next) == 0) {
        if (!twice) {
          p->prev->outline = p->prev->outline && p->outline;
        } else {
          p->next->id = p->id;
        }
        remove(p);
        p = end = p->prev;
        if (p == p->next) break;
        again = true;
      } else {
        p = p->next;
      }
    }
    return end;
  }

  bool is_ear(const Node* ear) const {
    const Node *a = ear->prev, *c = ear->next;
    if (cross(a, ear, c) <= 0) return false;
    const auto [west, east] = std::minmax({a->at.x, ear->at.x, c->at.x});
    const auto [south, north] = std::minmax({a->at.y, ear->at.y, c->at.y});
    for (const Node* p = c->next; p != a; p = p->next) {
      if (p->at.x < west || p->at.x > east || p->at.y < south || p->at.y > north) continue;
      if (in_triangle(a->at, ear->at, c->at, p->at) && cross(p->prev, p, p->next) <= 0) return false;
    }
    return true;
  }
  void clip(Node* ear) {
    if (ear == nullptr) return;
    bool filtered = false;
    for (Node* stop = ear; ear->prev != ear->next;) {
      Node *prev = ear->prev, *next = ear->next;
      if (is_ear(ear)) {
        const bool closes = next->next == prev;  // the last triangle
        const bool third = closes && next->outline;
        out_.push_back({Triangle::Kind::kTriangle, prev->outline, ear->outline, third, prev->at, ear->at, next->at});
        prev->outline = third;
        remove(ear);
        ear = next->next;
        stop = next->next;
        continue;
      }
      ear = next;
      if (ear != stop) continue;
      if (!filtered) {
        filtered = true;
        ear = stop = filter(ear, nullptr);
        if (ear == nullptr) return;
        continue;
      }
      split(ear);
      return;
    }
  }

  void split(Node* start) {
    Node* a = start;
    do {
      for (Node* b = a->next->next; b != a->prev; b = b->next) {
        if (a->id == b->id || !is_diagonal(a, b)) continue;
        Node* c = cut(a, b);
        pending_.push_back(filter(a, a->next));
        pending_.push_back(filter(c, c->next));
        return;
      }
      a = a->next;
    } while (a != start);
    throw ApiError(illegal_argument("Unable to Tessellate shape. Possible malformed shape detected."));
  }
  bool is_diagonal(const Node* a, const Node* b) {
    if (a->next->id == b->id || a->prev->id == b->id || crosses_outline(a, b)) return false;
    if (a->at == b->at) return cross(a->prev, a, a->next) < 0 && cross(b->prev, b, b->next) < 0;
    return locally_inside(a, b) && locally_inside(b, a) && middle_inside(a, b) &&
           (cross(a->prev, a, b->prev) != 0 || cross(a, b->prev, b) != 0);
  }
  bool crosses_outline(const Node* a, const Node* b) {
    const Node* p = a;
    do {
      if (++split_steps_ > kMaxSplitSteps) {
        throw ApiError(illegal_argument("Unable to Tessellate shape. Possible malformed shape detected."));
      }
      if (p->id != a->id && p->next->id != a->id && p->id != b->id && p->next->id != b->id && touches(p, p->next, a, b)) return true;
      p = p->next;
    } while (p != a);
    return false;
  }
  static bool on_segment(const Node* p, const Node* q, const Node* r) {
    return q->at.x <= std::max(p->at.x, r->at.x) && q->at.x >= std::min(p->at.x, r->at.x) &&
           q->at.y <= std::max(p->at.y, r->at.y) && q->at.y >= std::min(p->at.y, r->at.y);
  }
  static bool touches(const Node* p1, const Node* q1, const Node* p2, const Node* q2) {
    const int o1 = sign(cross(p1, q1, p2)), o2 = sign(cross(p1, q1, q2)), o3 = sign(cross(p2, q2, p1)), o4 = sign(cross(p2, q2, q1));
    if (o1 != o2 && o3 != o4) return true;
    return (o1 == 0 && on_segment(p1, p2, q1)) || (o2 == 0 && on_segment(p1, q2, q1)) || (o3 == 0 && on_segment(p2, p1, q2)) ||
           (o4 == 0 && on_segment(p2, q1, q2));
  }
  static bool locally_inside(const Node* a, const Node* b) {
    return cross(a->prev, a, a->next) > 0 ? cross(a, b, a->next) <= 0 && cross(a, a->prev, b) <= 0
                                          : cross(a, b, a->prev) > 0 || cross(a, a->next, b) > 0;
  }
  static bool middle_inside(const Node* a, const Node* b) {
    const double x = (static_cast<double>(a->at.x) + b->at.x) / 2, y = (static_cast<double>(a->at.y) + b->at.y) / 2;
    bool inside = false;
    const Node* p = a;
    do {
      const Cell &u = p->at, &v = p->next->at;
      if ((u.y > y) != (v.y > y) && v.y != u.y &&
          x < (static_cast<double>(v.x) - u.x) * (y - u.y) / (static_cast<double>(v.y) - u.y) + u.x) {
        inside = !inside;
      }
      p = p->next;
    } while (p != a);
    return inside;
  }

  /// Links a and b both ways: one ring becomes two, or two become one. Returns b's copy in the other.
  Node* cut(Node* a, Node* b) {
    nodes_.push_back({a->at, a->id});
    Node* a2 = &nodes_.back();
    nodes_.push_back({b->at, b->id});
    Node* b2 = &nodes_.back();
    Node *an = a->next, *bp = b->prev;
    a2->outline = a->outline;
    a->outline = b2->outline = false;
    a->next = b;
    b->prev = a;
    a2->next = an;
    an->prev = a2;
    b2->next = a2;
    a2->prev = b2;
    bp->next = b2;
    b2->prev = bp;
    return b2;
  }

  Node* join(Node* hole, Node* shell) {
    Node* bridge = find_bridge(hole, shell);
    if (bridge == nullptr) return shell;
    Node* back = cut(bridge, hole);
    filter(back, back->next);
    return filter(bridge, bridge->next);
  }
  /// The place of the shell that the leftmost of a hole sees to its left (Eberly's algorithm).
  Node* find_bridge(const Node* hole, Node* shell) {
    const double hx = hole->at.x, hy = hole->at.y;
    double qx = -1e300;
    Node* found = nullptr;
    Node* p = shell;
    do {
      if (p->at == hole->at) return p;
      if (hy <= p->at.y && hy >= p->next->at.y && p->next->at.y != p->at.y) {
        const double x = p->at.x + (hy - p->at.y) * (static_cast<double>(p->next->at.x) - p->at.x) /
                                       (static_cast<double>(p->next->at.y) - p->at.y);
        if (x <= hx && x > qx) {
          qx = x;
          found = p->at.x < p->next->at.x ? p : p->next;
          if (x == hx) return found;
        }
      }
      p = p->next;
    } while (p != shell);
    if (found == nullptr) return nullptr;
    Node* const stop = found;
    const double mx = found->at.x, my = found->at.y;
    double least = 1e300;
    p = found;
    do {
      if (hx >= p->at.x && p->at.x >= mx && hx != p->at.x && seen(hx, hy, qx, mx, my, p->at)) {
        const double slope = std::abs(hy - p->at.y) / (hx - p->at.x);
        if (locally_inside(p, hole) &&
            (slope < least || (slope == least && (p->at.x > found->at.x || (p->at.x == found->at.x && covers(found, p)))))) {
          found = p;
          least = slope;
        }
      }
      p = p->next;
    } while (p != stop);
    return found;
  }
  /// Whether the place lies in the triangle of the hole's, the edge's and the candidate's.
  static bool seen(double hx, double hy, double qx, double mx, double my, const Cell& at) {
    const double px = at.x, py = at.y;
    const auto side = [&](double ax, double ay, double bx, double by) { return (bx - ax) * (py - ay) - (px - ax) * (by - ay); };
    const double a = side(hx, hy, mx, my), b = side(mx, my, qx, hy), c = side(qx, hy, hx, hy);
    return (a >= 0 && b >= 0 && c >= 0) || (a <= 0 && b <= 0 && c <= 0);
  }
  static bool covers(const Node* m, const Node* p) { return cross(m->prev, m, p->prev) > 0 && cross(p->next, m, m->next) > 0; }

  std::deque<Node> nodes_;   // stay where they are
  std::vector<Edge> edges_;
  std::vector<Node*> pending_;
  std::vector<Triangle> out_;
  uint32_t next_id_ = 0;
  int64_t split_steps_ = 0;
};

}  // namespace

std::vector<Triangle> tessellate(const Polygon& polygon) { return Tessellator(polygon).take(); }

}  // namespace tarn::geo

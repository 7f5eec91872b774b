// Shapes that reach over the dateline become several that do not.

#include <algorithm>

#include "indexer/geo/triangles.h"

namespace tarn::geo {

namespace {

constexpr double kDateline = 180;

/// Twice the area of the triangle; above 0 if it runs counterclockwise.
double turn(const Position& a, const Position& b, const Position& c) { return (b.x - a.x) * (c.y - a.y) - (c.x - a.x) * (b.y - a.y); }

Error invalid_shape(std::string reason) { return Error(400, "invalid_shape_exception", std::move(reason)); }

/// Whether a closed ring runs clockwise, told at its lowest place.
bool clockwise(const Path& ring) {
  const size_t size = ring.size() - 1;
  size_t low = 0;
  for (size_t i = 1; i < size; ++i) {
    if (ring[i].y < ring[low].y || (ring[i].y == ring[low].y && ring[i].x < ring[low].x)) low = i;
  }
  const double sign = turn(ring[(low + size - 1) % size], ring[low], ring[(low + 1) % size]);
  if (sign == 0) {
    throw ApiError(invalid_shape("Cannot determine orientation: edges adjacent to (" + double_text(ring[low].x) + "," +
                                 double_text(ring[low].y) + ") coincide"));
  }
  return sign < 0;
}

void check_hole(const Path& shell, const Path& hole) {
  size_t shared = 0;
  for (size_t i = 0; i + 1 < hole.size(); ++i) {
    const bool found = std::any_of(shell.begin(), shell.end(), [&](const Position& at) { return at.same_place(hole[i]); });
    const bool before = std::any_of(hole.begin(), hole.begin() + static_cast<ptrdiff_t>(i),
                                    [&](const Position& at) { return at.same_place(hole[i]); });
    shared += found && !before;
  }
  if (shared >= 2) {
    throw ApiError(illegal_argument("Invalid polygon, interior cannot share more than one point with the exterior"));
  }
}

bool inside(const Path& ring, const Position& at) {
  bool in = false;
  for (size_t i = 1; i < ring.size(); ++i) {
    const Position &a = ring[i - 1], &b = ring[i];
    const bool between = std::min(a.x, b.x) <= at.x && at.x <= std::max(a.x, b.x) && std::min(a.y, b.y) <= at.y && at.y <= std::max(a.y, b.y);
    if (between && turn(a, b, at) == 0) return true;
    if ((a.y > at.y) != (b.y > at.y) && at.x < (b.x - a.x) * (at.y - a.y) / (b.y - a.y) + a.x) in = !in;
  }
  return in;
}

void shift(Path& path, double by) {
  for (Position& at : path) at.x += by;
}

Position crossing(const Position& a, const Position& b, double x) {
  return {x, a.y + (b.y - a.y) * (x - a.x) / (b.x - a.x)};
}

/// The part of a closed ring on one side of the meridian; empty if there is none.
Path clip_ring(const Path& ring, double x, bool west) {
  const auto kept = [&](const Position& at) { return west ? at.x <= x : at.x >= x; };
  Path out;
  for (size_t i = 1; i < ring.size(); ++i) {
    const Position &a = ring[i - 1], &b = ring[i];
    if (kept(a) != kept(b)) {
      if (kept(a)) out.push_back(a);
      if (!a.same_place(crossing(a, b, x)) || !kept(a)) out.push_back(crossing(a, b, x));
    } else if (kept(a)) {
      out.push_back(a);
    }
  }
  if (out.size() < 3) return {};
  const auto [low, high] = std::minmax_element(out.begin(), out.end(), [](const Position& a, const Position& b) { return a.x < b.x; });
  if (low->x == high->x) return {};  // only touches the meridian
  out.push_back(out.front());
  return out;
}

Polygon clip(const Polygon& polygon, double x, bool west) {
  Polygon out;
  out.shell = clip_ring(polygon.shell, x, west);
  if (out.shell.empty()) return out;
  for (const Path& hole : polygon.holes) {
    if (Path part = clip_ring(hole, x, west); !part.empty()) out.holes.push_back(std::move(part));
  }
  return out;
}

void shift(Polygon& polygon, double by) {
  shift(polygon.shell, by);
  for (Path& hole : polygon.holes) shift(hole, by);
}

std::pair<double, double> extent(const Path& path) {
  const auto [low, high] = std::minmax_element(path.begin(), path.end(), [](const Position& a, const Position& b) { return a.x < b.x; });
  return {low->x, high->x};
}

void cut(Polygon polygon, std::vector<Polygon>& out) {
  const auto [west, east] = extent(polygon.shell);
  const bool beyond_east = east > kDateline;
  if (!beyond_east && west >= -kDateline) {
    out.push_back(std::move(polygon));
    return;
  }
  const double meridian = beyond_east ? kDateline : -kDateline;
  Polygon here = clip(polygon, meridian, beyond_east), there = clip(polygon, meridian, !beyond_east);
  if (!here.shell.empty()) out.push_back(std::move(here));
  if (there.shell.empty()) return;
  shift(there, beyond_east ? -2 * kDateline : 2 * kDateline);
  out.push_back(std::move(there));
}

}  // namespace

std::vector<Polygon> cut_at_dateline(const Polygon& polygon, bool right) {
  std::vector<Polygon> out;
  if (polygon.shell.empty()) return out;
  for (const Path& hole : polygon.holes) {
    if (!hole.empty()) check_hole(polygon.shell, hole);
  }
  Polygon work = polygon;
  std::erase_if(work.holes, [](const Path& hole) { return hole.empty(); });
  const auto [west, east] = extent(work.shell);
  const double range = east - west;
  const bool backwards = clockwise(work.shell) == right;
  if (backwards && range > kDateline && range != 2 * kDateline) {
    const auto wrap = [](Path& path) {
      for (Position& at : path) {
        if (at.x < 0) at.x += 2 * kDateline;
      }
    };
    wrap(work.shell);
    for (Path& hole : work.holes) wrap(hole);
  }
  for (const Path& hole : work.holes) {
    clockwise(hole);
    if (!inside(work.shell, hole[0])) throw ApiError(invalid_shape("Invalid shape: Hole is not within polygon"));
  }
  cut(std::move(work), out);
  return out;
}

std::vector<Path> cut_at_dateline(const Path& line) {
  std::vector<Path> out;
  if (line.empty()) return out;
  // Each turn around the globe is a sheet; a segment that leaves its sheet is cut at the meridian.
  const auto sheet_of = [](double x) { return std::ceil((x - kDateline) / (2 * kDateline)); };
  const auto on_sheet = [](Position at, double sheet) {
    at.x -= sheet * 2 * kDateline;
    return at;
  };
  double sheet = line[0].x == -kDateline ? 0 : sheet_of(line[0].x);
  Path part = {on_sheet(line[0], sheet)};
  for (size_t i = 1; i < line.size(); ++i) {
    const Position &a = line[i - 1], &b = line[i];
    for (int steps = 0; steps < 1000; ++steps) {
      const double low = sheet * 2 * kDateline - kDateline, high = low + 2 * kDateline;
      if (b.x >= low && b.x <= high) break;
      const double meridian = b.x > high ? high : low;
      const Position at = a.x == b.x ? b : crossing(a, b, meridian);
      part.push_back(on_sheet(at, sheet));
      if (part.size() > 1) out.push_back(std::move(part));
      sheet += b.x > high ? 1 : -1;
      part = {on_sheet(at, sheet)};
    }
    part.push_back(on_sheet(b, sheet));
  }
  if (part.size() > 1) out.push_back(std::move(part));
  return out;
}

}  // namespace tarn::geo

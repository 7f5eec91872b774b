#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "indexer/geo/triangles.h"

namespace tarn::geo {
namespace {

double ring_area(const Path& ring) {
  double sum = 0;
  for (size_t i = 1; i < ring.size(); ++i) sum += ring[i - 1].x * ring[i].y - ring[i].x * ring[i - 1].y;
  return std::abs(sum) / 2;
}

double area_of(const Triangle& t) {
  const double ax = decode_longitude(t.a.x), ay = decode_latitude(t.a.y);
  const double bx = decode_longitude(t.b.x), by = decode_latitude(t.b.y);
  const double cx = decode_longitude(t.c.x), cy = decode_latitude(t.c.y);
  return std::abs((bx - ax) * (cy - ay) - (cx - ax) * (by - ay)) / 2;
}

double area_of(const std::vector<Triangle>& triangles) {
  double sum = 0;
  for (const Triangle& t : triangles) sum += area_of(t);
  return sum;
}

/// A star: corners at random distances, in order around the centre.
Path star(std::mt19937& random, double x, double y, double least, double most, int corners) {
  std::uniform_real_distribution<double> radius(least, most);
  Path out;
  for (int i = 0; i < corners; ++i) {
    const double angle = 2 * M_PI * i / corners, r = radius(random);
    out.push_back({x + r * std::cos(angle), y + r * std::sin(angle)});
  }
  out.push_back(out.front());
  return out;
}

TEST(TessellateTest, triangles_cover_exactly_the_polygon) {
  std::mt19937 random(7);
  for (int round = 0; round < 200; ++round) {
    Polygon polygon;
    polygon.shell = star(random, 10, 20, 6, 12, 5 + round % 40);
    polygon.holes.push_back(star(random, 9, 20, 0.3, 1, 3 + round % 7));
    polygon.holes.push_back(star(random, 12, 20.5, 0.3, 1, 3 + round % 5));
    double expected = ring_area(polygon.shell);
    for (const Path& hole : polygon.holes) expected -= ring_area(hole);
    EXPECT_NEAR(area_of(tessellate(polygon)), expected, 1e-4) << "round " << round;
  }
}

TEST(TessellateTest, crossing_sides_and_flat_rings_are_refused) {
  EXPECT_THROW(tessellate({{{0, 0}, {10, 10}, {10, 0}, {0, 10}, {0, 0}}, {}}), ApiError);
  EXPECT_THROW(tessellate({{{0, 0}, {10, 0}, {20, 0}, {0, 0}}, {}}), ApiError);
}

TEST(TessellateTest, outline_sides_are_told_from_inner_ones) {
  const auto triangles = tessellate({{{0, 0}, {10, 0}, {10, 10}, {0, 10}, {0, 0}}, {}});
  ASSERT_EQ(triangles.size(), 2u);
  int outline = 0;
  for (const Triangle& t : triangles) outline += t.ab + t.bc + t.ca;
  EXPECT_EQ(outline, 4);
}

TEST(DatelineTest, a_wide_clockwise_ring_crosses_the_dateline) {
  const Polygon polygon{{{170, 0}, {170, 10}, {-170, 10}, {-170, 0}, {170, 0}}, {}};
  const auto wide = cut_at_dateline(polygon, true);
  ASSERT_EQ(wide.size(), 1u);   // counterclockwise when seen from below: 340 degrees wide
  Polygon turned = polygon;
  std::reverse(turned.shell.begin(), turned.shell.end());
  const auto parts = cut_at_dateline(turned, true);
  ASSERT_EQ(parts.size() + wide.size(), 3u);
}

TEST(DatelineTest, a_line_is_cut_where_it_crosses) {
  const auto parts = cut_at_dateline(Path{{170, 0}, {190, 20}});
  ASSERT_EQ(parts.size(), 2u);
  EXPECT_DOUBLE_EQ(parts[0].back().x, 180);
  EXPECT_DOUBLE_EQ(parts[1].front().x, -180);
  EXPECT_DOUBLE_EQ(parts[1].front().y, 10);
  EXPECT_DOUBLE_EQ(parts[1].back().x, -170);
}

}  // namespace
}  // namespace tarn::geo

#include "indexer/geo/relation.h"

#include <gtest/gtest.h>

namespace tarn::geo {
namespace {

std::string encoded(std::string_view wkt) { return encode_triangles(triangles_of(parse_wkt(wkt, {}))); }

bool matches(std::string_view shape, std::string_view query, Relation relation) {
  return ShapeQuery(parse_wkt(query, {Dialect::kQuery}), relation).matches(encoded(shape));
}

TEST(RelationTest, polygons) {
  constexpr const char* kBig = "POLYGON ((0 0, 20 0, 20 20, 0 20, 0 0), (8 8, 12 8, 12 12, 8 12, 8 8))";
  EXPECT_TRUE(matches("POINT (5 5)", kBig, Relation::kIntersects));
  EXPECT_FALSE(matches("POINT (10 10)", kBig, Relation::kIntersects));
  EXPECT_TRUE(matches("POINT (10 10)", kBig, Relation::kDisjoint));
  EXPECT_TRUE(matches("POLYGON ((1 1, 5 1, 5 5, 1 5, 1 1))", kBig, Relation::kWithin));
  EXPECT_FALSE(matches("POLYGON ((1 1, 11 1, 11 11, 1 11, 1 1))", kBig, Relation::kWithin));
  EXPECT_TRUE(matches("LINESTRING (1 1, 5 5)", kBig, Relation::kWithin));
  EXPECT_TRUE(matches(kBig, "POINT (5 5)", Relation::kContains));
  EXPECT_FALSE(matches(kBig, "POINT (10 10)", Relation::kContains));
  EXPECT_TRUE(matches(kBig, "POLYGON ((1 1, 5 1, 5 5, 1 5, 1 1))", Relation::kContains));
  EXPECT_FALSE(matches(kBig, "POLYGON ((1 1, 11 1, 11 11, 1 11, 1 1))", Relation::kContains));
  EXPECT_FALSE(matches(kBig, kBig, Relation::kContains));  // borders may not touch
  EXPECT_TRUE(matches(kBig, "BBOX (1, 5, 5, 1)", Relation::kContains));
}

TEST(RelationTest, all_of_a_multipoint_must_be_contained_or_within) {
  constexpr const char* kBox = "POLYGON ((0 0, 10 0, 10 10, 0 10, 0 0))";
  EXPECT_TRUE(matches(kBox, "MULTIPOINT ((1 1), (9 9))", Relation::kContains));
  EXPECT_FALSE(matches(kBox, "MULTIPOINT ((1 1), (19 9))", Relation::kContains));
  EXPECT_TRUE(matches("MULTIPOINT (1 1, 9 9)", kBox, Relation::kWithin));
  EXPECT_FALSE(matches("MULTIPOINT (1 1, 19 9)", kBox, Relation::kWithin));
  EXPECT_TRUE(matches("MULTIPOINT (1 1, 19 9)", kBox, Relation::kIntersects));
}

TEST(RelationTest, an_envelope_over_the_dateline_finds_both_sides) {
  constexpr const char* kBox = "BBOX (170, -170, 10, -10)";
  EXPECT_TRUE(matches("POINT (175 0)", kBox, Relation::kIntersects));
  EXPECT_TRUE(matches("POINT (-175 0)", kBox, Relation::kIntersects));
  EXPECT_FALSE(matches("POINT (0 0)", kBox, Relation::kIntersects));
}

}  // namespace
}  // namespace tarn::geo

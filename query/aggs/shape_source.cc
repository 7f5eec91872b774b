#include "query/aggs/shape_source.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "indexer/base/error.h"
#include "query/bind/plan.h"

namespace tarn::query {

namespace {

constexpr uint64_t kCellsMax = 1u << 20;

/// A cell from its first to its last place on the grid of coordinates: the next cell begins one step behind.
geo::Box hash_box(uint64_t hash, int length) {
  uint64_t lon = 0, lat = 0;
  int lon_bits = 0, lat_bits = 0;
  for (int bit = 0; bit < length * 5; ++bit) {
    const uint64_t value = hash >> (length * 5 - 1 - bit) & 1;
    if (bit % 2 == 0) {
      lon = lon << 1 | value;
      ++lon_bits;
    } else {
      lat = lat << 1 | value;
      ++lat_bits;
    }
  }
  const auto first = [](uint64_t cell, int bits) { return static_cast<int32_t>((cell << (32 - bits)) - 0x80000000ull); };
  const auto last = [](uint64_t cell, int bits) { return static_cast<int32_t>(((cell + 1) << (32 - bits)) - 1 - 0x80000000ull); };
  return {geo::decode_longitude(first(lon, lon_bits)), geo::decode_longitude(last(lon, lon_bits)),
          geo::decode_latitude(first(lat, lat_bits)), geo::decode_latitude(last(lat, lat_bits))};
}

/// A tile has its western and northern edges; those in the east and south are its neighbours'.
geo::Box tile_box(uint64_t x, uint64_t y, int zoom) {
  const double tiles = std::ldexp(1.0, zoom);
  const auto longitude = [&](uint64_t at) { return static_cast<double>(at) / tiles * 360 - 180; };
  const auto latitude = [&](uint64_t at) {
    return std::atan(std::sinh(std::numbers::pi * (1 - 2 * static_cast<double>(at) / tiles))) * 180 / std::numbers::pi;
  };
  const auto before = [](int32_t encoded) { return encoded == INT32_MIN ? encoded : encoded - 1; };
  const bool east = static_cast<double>(x + 1) >= tiles;
  return {geo::decode_longitude(geo::encode_longitude_up(longitude(x))),
          geo::decode_longitude(east ? INT32_MAX : before(geo::encode_longitude_up(longitude(x + 1)))),
          geo::decode_latitude(geo::encode_latitude(latitude(y + 1)) + 1),
          geo::decode_latitude(geo::encode_latitude(latitude(y)))};
}

}  // namespace

bool ShapeSource::bind(const Searcher& searcher, const std::string& field) {
  const FieldType* type = searcher.mapping().find(field);
  path_.clear();
  column_ = nullptr;
  if (type == nullptr || type->kind != FieldKind::kGeoShape) return false;
  if (!type->doc_values) {
    throw ApiError(Error(400, "illegal_argument_exception",
                         "Can't load fielddata on [" + type->path + "] because fielddata is unsupported on fields of type [geo_shape]. "
                         "Use doc values instead."));
  }
  path_ = type->path;
  return true;
}

void ShapeSource::begin_segment(const Searcher& searcher, size_t segment) { column_ = searcher.segments()[segment].keywords(path_); }

bool ShapeCells::wanted(const geo::Box& box) const {
  if (!bounds_) return true;
  if (box.max_y < bounds_->min_y || box.min_y > bounds_->max_y) return false;
  if (bounds_->min_x <= bounds_->max_x) return box.max_x >= bounds_->min_x && box.min_x <= bounds_->max_x;
  return box.max_x >= bounds_->min_x || box.min_x <= bounds_->max_x;
}

void ShapeCells::descend(const std::vector<geo::Triangle>& triangles, int level, uint64_t x, uint64_t y, uint64_t hash,
                         std::vector<int64_t>& out) {
  if (++steps_ % 1024 == 0) check_time(context_);
  const bool root = level == 0 && !tiles_;
  if (!root) {
    const geo::Box box = tiles_ ? tile_box(x, y, level) : hash_box(hash, level);
    if (!wanted(box) || !geo::intersects_box(triangles, *geo::make_rectangle(box))) return;
  }
  if (level == precision_) {
    if (++cells_ > kCellsMax) {
      throw ApiError(Error(400, "illegal_argument_exception",
                           "the shapes take more than " + std::to_string(kCellsMax) + " cells of the grid; use a lesser precision"));
    }
    out.push_back(tiles_ ? static_cast<int64_t>(uint64_t(level) << 58 | x << 29 | y)
                         : static_cast<int64_t>(hash << 4 | static_cast<uint64_t>(level)));
    return;
  }
  const uint64_t children = tiles_ ? 4 : 32;
  for (uint64_t child = 0; child < children; ++child) {
    descend(triangles, level + 1, x << 1 | (child & 1), y << 1 | (child >> 1 & 1), hash << 5 | child, out);
  }
}

std::vector<int64_t> ShapeCells::of(std::string_view shape) {
  std::vector<geo::Triangle> triangles;
  geo::decode_triangles(shape, triangles);
  std::vector<int64_t> out;
  descend(triangles, 0, 0, 0, 0, out);
  return out;
}

}  // namespace tarn::query

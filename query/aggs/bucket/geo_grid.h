#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "indexer/base/json.h"

namespace tarn::query {

// Cells of the two grids as integers, and their names. Follows: OpenSearch GeoTileUtils and Lucene Geohash.

/// "zoom/x/y" of a point, packed as GeoTileUtils.longEncodeTiles does.
int64_t geotile_of(double latitude, double longitude, int zoom);
std::string geotile_text(int64_t tile);
/// Throws 400 illegal_argument_exception.
int64_t parse_geotile(std::string_view text);
/// 0..29. Throws 400 illegal_argument_exception "Invalid geotile_grid precision of 30. Must be between 0 and 29."
int geotile_precision(const Json& json);

/// The first `length` characters of the point's geohash, five bits each, with the length in the lowest four bits.
int64_t geohash_of(double latitude, double longitude, int length);
std::string geohash_text(int64_t hash);
/// 1..12, or a distance whose cells are that small.
int geohash_precision(const Json& json);

}  // namespace tarn::query

#pragma once

#include "indexer/base/json.h"

namespace tarn::mapping {

/// Refuses what OpenSearch refuses when a geo_shape is indexed: unknown types, bad coordinates, open rings.
/// `shape` is GeoJSON or WKT text. Throws ApiError 400.
void check_geo_shape(const Json& shape, bool ignore_z);

}  // namespace tarn::mapping

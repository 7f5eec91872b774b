#pragma once

#include <span>

#include "server/api/cat_columns.h"

/// The widest tables of columns; private to cat_columns.
namespace tarn::server {

// Shorthands of the tables.
inline constexpr bool L = false, R = true;    ///< alignment
inline constexpr bool H = false, S = true;    ///< hidden, shown

std::span<const CatColumn> cat_indices_columns();
std::span<const CatColumn> cat_shards_columns();
std::span<const CatColumn> cat_segments_columns();

}  // namespace tarn::server

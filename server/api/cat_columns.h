#pragma once

#include <span>
#include <string_view>

#include "server/render/table.h"

namespace tarn::server {

/// One column of a _cat endpoint, as ?help describes it.
struct CatColumn {
  std::string_view name, aliases, description;
  bool right_aligned, shown;
};

/// The columns of "indices", "shards", "nodes" ...; empty for an unknown endpoint.
std::span<const CatColumn> cat_columns(std::string_view endpoint);
/// An empty table with those columns.
Table make_cat_table(std::string_view endpoint);

}  // namespace tarn::server

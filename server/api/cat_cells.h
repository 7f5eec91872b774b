#pragma once

#include <functional>
#include <optional>
#include <string_view>

#include "indexer/index.h"
#include "server/api/cat_columns.h"

namespace tarn::server {

/// The value of a statistics column ("flush.total", "pri.store.size" ...) of _cat/indices, _cat/shards and _cat/nodes;
/// nothing if the name is no such column. Figures of what does not exist here (fielddata, remote stores) are 0.
std::optional<TableCell> stats_cell(std::string_view column, const IndexStats& stats);

using CellOf = std::function<TableCell(std::string_view column)>;
/// One row: the value of each column of the endpoint.
std::vector<TableCell> make_cells(std::string_view endpoint, const CellOf& cell_of);

}  // namespace tarn::server

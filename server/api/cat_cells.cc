#include "server/api/cat_cells.h"

namespace tarn::server {
namespace {

enum class Unit { kNumber, kBytes, kTime };

struct Figure {
  std::string_view column;
  uint64_t IndexStats::*member;
  Unit unit = Unit::kNumber;
};
constexpr Figure kFigures[] = {
    {"docs.count", &IndexStats::docs},
    {"docs", &IndexStats::docs},
    {"docs.deleted", &IndexStats::deleted_docs},
    {"store.size", &IndexStats::store_bytes, Unit::kBytes},
    {"store", &IndexStats::store_bytes, Unit::kBytes},
    {"flush.total", &IndexStats::flush_total},
    {"flush.total_time", &IndexStats::flush_time_ms, Unit::kTime},
    {"get.time", &IndexStats::get_time_ms, Unit::kTime},
    {"get.total", &IndexStats::get_total},
    {"get.exists_total", &IndexStats::get_exists_total},
    {"get.missing_total", &IndexStats::get_missing_total},
    {"indexing.delete_time", &IndexStats::delete_time_ms, Unit::kTime},
    {"indexing.delete_total", &IndexStats::delete_total},
    {"indexing.index_current", &IndexStats::index_current},
    {"indexing.index_time", &IndexStats::index_time_ms, Unit::kTime},
    {"indexing.index_total", &IndexStats::index_total},
    {"indexing.index_failed", &IndexStats::index_failed},
    {"merges.current", &IndexStats::merge_current},
    {"merges.total", &IndexStats::merge_total},
    {"merges.total_docs", &IndexStats::merge_docs},
    {"merges.total_time", &IndexStats::merge_time_ms, Unit::kTime},
    {"refresh.total", &IndexStats::refresh_total},
    {"refresh.time", &IndexStats::refresh_time_ms, Unit::kTime},
    {"refresh.external_total", &IndexStats::refresh_total},
    {"refresh.external_time", &IndexStats::refresh_time_ms, Unit::kTime},
    {"search.fetch_time", &IndexStats::fetch_time_ms, Unit::kTime},
    {"search.fetch_total", &IndexStats::fetch_total},
    {"search.query_time", &IndexStats::query_time_ms, Unit::kTime},
    {"search.query_total", &IndexStats::query_total},
    {"segments.count", &IndexStats::segment_count},
    {"segments.memory", &IndexStats::memory_bytes, Unit::kBytes},
    {"memory.total", &IndexStats::memory_bytes, Unit::kBytes},
};

// Counters of these families exist in OpenSearch and count nothing here.
constexpr std::string_view kFamilies[] = {"completion.", "fielddata.", "query_cache.", "request_cache.", "flush.", "get.", "indexing.",
                                          "merges.",     "refresh.",   "search.",      "segments.",      "warmer.", "suggest.", "script."};

TableCell in_unit(uint64_t value, Unit unit) {
  if (unit == Unit::kBytes) return ByteSize{static_cast<int64_t>(value)};
  if (unit == Unit::kTime) return Duration{static_cast<int64_t>(value) * 1'000'000};
  return static_cast<int64_t>(value);
}

TableCell zero_of(std::string_view column) {
  if (column == "search.concurrent_avg_slice_count") return 0.0;
  if (column.ends_with("size") || column.ends_with("memory") || column.find("bytes") != std::string_view::npos) return ByteSize{0};
  if (column.ends_with("time")) return Duration{0};
  return int64_t{0};
}

}  // namespace

std::optional<TableCell> stats_cell(std::string_view column, const IndexStats& stats) {
  if (column.starts_with("pri.")) column.remove_prefix(4);
  for (const auto& figure : kFigures)
    if (figure.column == column) return in_unit(stats.*figure.member, figure.unit);
  if (column == "search.throttled") return false;
  for (const auto family : kFamilies)
    if (column.starts_with(family)) return zero_of(column);
  return std::nullopt;
}

std::vector<TableCell> make_cells(std::string_view endpoint, const CellOf& cell_of) {
  std::vector<TableCell> out;
  for (const auto& column : cat_columns(endpoint)) out.push_back(cell_of(column.name));
  return out;
}

}  // namespace tarn::server

#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "server/rest.h"

namespace tarn::server {

/// A column of a `_cat` table. `aliases` and `description` as the help shows them.
struct TableColumn {
  std::string name;
  std::string aliases;  ///< comma-separated
  std::string description;
  bool right_aligned = false;
  bool shown_by_default = true;
  /// For "pri.store.size" beside "store.size": the parameter ("pri") that adds the column "pri.<name>" behind this one.
  std::string sibling;
};

// Values that the parameters bytes, size and time print in another unit; else 1.2kb, 12.3k, 1.5m.
struct ByteSize { int64_t bytes; };
struct Count { int64_t value; };
struct Duration { int64_t nanos; };

/// A cell; monostate is an absent value (empty text, null in JSON). Cells of a column sort by value if they are of one
/// kind, else by their text.
using TableCell = std::variant<std::monostate, std::string, int64_t, double, bool, ByteSize, Count, Duration>;

/// What a `_cat` endpoint answers. Usage:
///   Table table;
///   table.column("index", "i,idx", "index name").right("docs.count", "dc", "available docs");
///   table.row({"places", int64_t{44}});
///   return render_table(request, table);
class Table {
 public:
  Table& column(std::string name, std::string aliases, std::string description) {
    return add({std::move(name), std::move(aliases), std::move(description)});
  }
  /// The same, right-aligned.
  Table& right(std::string name, std::string aliases, std::string description) {
    return add({std::move(name), std::move(aliases), std::move(description), true});
  }
  /// Shown only if `h` asks.
  Table& hidden(std::string name, std::string aliases, std::string description, bool right_aligned = false) {
    return add({std::move(name), std::move(aliases), std::move(description), right_aligned, false});
  }
  Table& add(TableColumn column);
  /// REQUIRES: as many cells as columns.
  void row(std::vector<TableCell> cells);

  const std::vector<TableColumn>& columns() const { return columns_; }
  const std::vector<std::vector<TableCell>>& rows() const { return rows_; }

 private:
  std::vector<TableColumn> columns_;
  std::vector<std::vector<TableCell>> rows_;
};

/// The table as the parameters v, h, s, help, format (or Accept), bytes, size, time, ts and pri ask; text/plain, or JSON
/// that the dispatch turns into what `format` says. Throws ApiError 500 unsupported_operation_exception for an unknown
/// sort key. A handler whose rows are dear answers `help` before it makes them: `if (request.get_bool("help", false))`.
/// Follows: OpenSearch's RestTable; differential family `cat`.
RestResponse render_table(const RestRequest& request, const Table& table);

/// "1.2kb", "5.5m" and "1.5s" as OpenSearch's ByteSizeValue, SizeValue and TimeValue print them.
std::string byte_size_text(int64_t bytes);
std::string count_text(int64_t value);
std::string duration_text(int64_t nanos);

}  // namespace tarn::server

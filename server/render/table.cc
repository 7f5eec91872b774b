#include "server/render/table.h"

#include <algorithm>
#include <cmath>

#include "indexer/base/ascii.h"
#include "indexer/base/check.h"
#include "server/render/filter_path.h"

namespace tarn::server {
namespace {

struct DisplayColumn {
  size_t index;
  std::string title;
};

std::vector<std::string> split_commas(std::string_view text) {
  std::vector<std::string> out;
  while (!text.empty()) {
    const size_t end = std::min(text.find(','), text.size());
    if (end > 0) out.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

/// Java's String.length(): UTF-16 units, which is what the columns are aligned by.
size_t java_length(std::string_view text) {
  size_t length = 0;
  for (const char c : text) length += (c & 0xC0) != 0x80 ? ((c & 0xF8) == 0xF0 ? 2 : 1) : 0;
  return length;
}

/// One decimal, cut off rather than rounded, and none if it is zero: Strings.format1Decimals.
std::string one_decimal(double value, std::string_view suffix) {
  std::string text = fmt::format("{}", value);
  if (text.find('e') != text.npos) text = fmt::format("{:.1f}", value);
  const size_t point = text.find('.');
  std::string out = text.substr(0, point);
  if (point != text.npos && text[point + 1] != '0') out += text.substr(point, 2);
  return out + std::string(suffix);
}

std::string in_unit(int64_t value, const std::string& unit,
                    std::initializer_list<std::pair<std::string_view, int64_t>> units, const std::string& natural) {
  for (const auto& [name, divisor] : units) {
    if (unit == name) return std::to_string(value / divisor);
  }
  return natural;
}

constexpr int64_t kKb = 1024;
constexpr int64_t kSecond = 1'000'000'000;

/// Units as the request asks for them; read once.
class Units {
 public:
  explicit Units(const RestRequest& request)
      : bytes_(request.get("bytes")), size_(request.find("size")), time_(request.get("time")) {}

  std::string bytes(int64_t value) const {
    constexpr int64_t kMb = kKb * kKb;
    constexpr int64_t kGb = kMb * kKb;
    return in_unit(value, bytes_,
                   {{"b", 1}, {"k", kKb}, {"kb", kKb}, {"m", kMb}, {"mb", kMb}, {"g", kGb}, {"gb", kGb},
                    {"t", kGb * kKb}, {"tb", kGb * kKb}, {"p", kGb * kMb}, {"pb", kGb * kMb}},
                   byte_size_text(value));
  }
  std::string count(int64_t value) const {
    if (!size_) return count_text(value);
    return in_unit(value, *size_,
                   {{"", 1}, {"k", 1000}, {"m", 1000'000}, {"g", 1000'000'000}, {"t", 1000'000'000'000},
                    {"p", 1000'000'000'000'000}},
                   count_text(value));
  }
  std::string time(int64_t nanos) const {
    return in_unit(nanos, time_,
                   {{"nanos", 1}, {"micros", 1000}, {"ms", 1000'000}, {"s", kSecond}, {"m", 60 * kSecond},
                    {"h", 3600 * kSecond}, {"d", 86400 * kSecond}},
                   duration_text(nanos));
  }

 private:
  std::string bytes_;
  std::optional<std::string> size_;
  std::string time_;
};

std::string cell_text(const TableCell& cell, const Units& units) {
  struct Visitor {
    const Units& units;
    std::string operator()(std::monostate) const { return ""; }
    std::string operator()(const std::string& text) const { return text; }
    std::string operator()(int64_t value) const { return std::to_string(value); }
    std::string operator()(double value) const { return double_text(value); }
    std::string operator()(bool value) const { return value ? "true" : "false"; }
    std::string operator()(ByteSize value) const { return units.bytes(value.bytes); }
    std::string operator()(Count value) const { return units.count(value.value); }
    std::string operator()(Duration value) const { return units.time(value.nanos); }
  };
  return std::visit(Visitor{units}, cell);
}

const TableColumn* column_named(const Table& table, std::string_view name, size_t& index) {
  for (index = 0; index < table.columns().size(); ++index) {
    if (table.columns()[index].name == name) return &table.columns()[index];
  }
  return nullptr;
}

bool has_alias(const TableColumn& column, std::string_view alias) {
  const auto aliases = split_commas(column.aliases);
  return std::find(aliases.begin(), aliases.end(), alias) != aliases.end();
}

/// The names in `h`, wildcards replaced by the columns that they match by name or alias, each once.
std::vector<std::string> asked_names(const RestRequest& request, const Table& table) {
  std::vector<std::string> out;
  const auto add = [&](const std::string& name) {
    if (std::find(out.begin(), out.end(), name) == out.end()) out.push_back(name);
  };
  for (const std::string& pattern : request.get_list("h")) {
    if (pattern.find('*') == pattern.npos) {
      add(pattern);
      continue;
    }
    for (const TableColumn& column : table.columns()) {
      const auto aliases = split_commas(column.aliases);
      const auto matches = [&](const std::string& name) { return matches_pattern(pattern, name); };
      if (matches(column.name) || std::any_of(aliases.begin(), aliases.end(), matches)) add(column.name);
    }
  }
  return out;
}

/// `name` as a column or an alias; the last column with the alias wins, as in OpenSearch.
bool find_display(const Table& table, const std::string& name, DisplayColumn& out) {
  out.title = name;
  if (column_named(table, name, out.index)) return true;
  bool found = false;
  for (size_t i = 0; i < table.columns().size(); ++i) {
    if (!has_alias(table.columns()[i], name)) continue;
    out.index = i;
    found = true;
  }
  return found;
}

bool shows_timestamp(const RestRequest& request, const std::string& column) {
  return (column != "timestamp" && column != "epoch") || request.get_bool("ts", true);
}

std::vector<DisplayColumn> display_columns(const RestRequest& request, const Table& table) {
  std::vector<DisplayColumn> out;
  if (!request.has("h")) {
    for (size_t i = 0; i < table.columns().size(); ++i) {
      const TableColumn& column = table.columns()[i];
      if (column.shown_by_default && shows_timestamp(request, column.name)) out.push_back({i, column.name});
    }
    return out;
  }
  for (const std::string& name : asked_names(request, table)) {
    DisplayColumn display;
    if (!find_display(table, name, display)) continue;
    const TableColumn& column = table.columns()[display.index];
    if (!shows_timestamp(request, column.name)) continue;
    out.push_back(display);
    size_t sibling = 0;
    if (!column.sibling.empty() && column_named(table, column.sibling + "." + column.name, sibling) &&
        request.get_bool(column.sibling, false)) {
      out.push_back({sibling, column.sibling + "." + display.title});
    }
  }
  return out;
}

int compare_cells(const TableCell& a, const TableCell& b, const Units& units) {
  const auto order = [](const auto& x, const auto& y) { return x < y ? -1 : y < x ? 1 : 0; };
  const bool a_absent = std::holds_alternative<std::monostate>(a);
  const bool b_absent = std::holds_alternative<std::monostate>(b);
  if (a_absent || b_absent) return static_cast<int>(b_absent) - static_cast<int>(a_absent);
  if (a.index() == b.index()) {
    if (const auto* value = std::get_if<int64_t>(&a)) return order(*value, std::get<int64_t>(b));
    if (const auto* value = std::get_if<double>(&a)) return order(*value, std::get<double>(b));
    if (const auto* value = std::get_if<ByteSize>(&a)) return order(value->bytes, std::get<ByteSize>(b).bytes);
    if (const auto* value = std::get_if<Count>(&a)) return order(value->value, std::get<Count>(b).value);
    if (const auto* value = std::get_if<Duration>(&a)) return order(value->nanos, std::get<Duration>(b).nanos);
  }
  return order(cell_text(a, units), cell_text(b, units));
}

std::vector<size_t> row_order(const RestRequest& request, const Table& table, const Units& units) {
  std::vector<size_t> order(table.rows().size());
  for (size_t i = 0; i < order.size(); ++i) order[i] = i;
  struct Key {
    size_t column;
    bool descending;
  };
  std::vector<Key> keys;
  for (std::string name : request.get_list("s")) {
    const bool descending = name.ends_with(":desc");
    if (descending) name.resize(name.size() - 5);
    if (name.ends_with(":asc")) name.resize(name.size() - 4);
    DisplayColumn display;
    if (!find_display(table, name, display)) {
      throw ApiError(500, "unsupported_operation_exception", "Unable to sort by unknown sort key `" + name + "`");
    }
    keys.push_back({display.index, descending});
  }
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    for (const Key& key : keys) {
      const int result = compare_cells(table.rows()[a][key.column], table.rows()[b][key.column], units);
      if (result != 0) return key.descending ? result > 0 : result < 0;
    }
    return false;
  });
  return order;
}

void append_padded(std::string& out, const std::string& text, size_t width, bool right, bool last) {
  // OpenSearch counts the blanks in a signed byte: a column wider by 128 or more is not padded at all.
  const auto signed_blanks = static_cast<int8_t>(width - java_length(text));
  const size_t blanks = signed_blanks > 0 ? static_cast<size_t>(signed_blanks) : 0;
  if (right) out.append(blanks, ' ');
  out += text;
  if (!right && !last) out.append(blanks, ' ');
}

RestResponse help(const Table& table) {
  const auto description = [](const TableColumn& c) { return c.description.empty() ? "not available" : c.description; };
  size_t width[3] = {};
  for (const TableColumn& column : table.columns()) {
    width[0] = std::max(width[0], java_length(column.name));
    width[1] = std::max(width[1], java_length(column.aliases));
    width[2] = std::max(width[2], java_length(description(column)));
  }
  std::string out;
  for (const TableColumn& column : table.columns()) {
    append_padded(out, column.name, width[0], false, false);
    out += " | ";
    append_padded(out, column.aliases, width[1], false, false);
    out += " | ";
    append_padded(out, description(column), width[2], false, false);
    out += '\n';
  }
  return RestResponse::text(std::move(out));
}

/// Whether `format`, or else Accept, names a structured type; "text" and what is unknown mean the table.
bool wants_structure(const RestRequest& request) {
  const auto format = request.find("format");
  std::string type = format ? *format : request.header("accept");
  type = type.substr(0, type.find(';'));
  type = lower_ascii(type);
  for (const std::string_view name : {"json", "yaml", "cbor", "smile"}) {
    if ((format && type == name) || type == "application/" + std::string(name)) return true;
  }
  return type == "application/*" || type == "application/x-ndjson" || type == "application/vnd.opensearch+json";
}

RestResponse structured(const RestRequest& request, const Table& table, const Units& units) {
  const std::vector<DisplayColumn> columns = display_columns(request, table);
  RestResponse response;
  JsonWriter writer(response.body);
  writer.begin_array();
  for (const size_t row : row_order(request, table, units)) {
    writer.begin_object();
    for (const DisplayColumn& column : columns) {
      const TableCell& cell = table.rows()[row][column.index];
      writer.key(column.title);
      if (std::holds_alternative<std::monostate>(cell)) {
        writer.null();
      } else {
        writer.string(cell_text(cell, units));
      }
    }
    writer.end_object();
  }
  writer.end_array();
  return response;
}

RestResponse plain(const RestRequest& request, const Table& table, const Units& units) {
  const bool with_header = request.get_bool("v", false);
  const std::vector<DisplayColumn> columns = display_columns(request, table);
  const std::vector<size_t> order = row_order(request, table, units);
  std::vector<size_t> widths(columns.size());
  std::vector<std::vector<std::string>> texts(table.rows().size(), std::vector<std::string>(columns.size()));
  for (size_t c = 0; c < columns.size(); ++c) {
    if (with_header) widths[c] = java_length(columns[c].title);
    for (size_t r = 0; r < texts.size(); ++r) {
      texts[r][c] = cell_text(table.rows()[r][columns[c].index], units);
      widths[c] = std::max(widths[c], java_length(texts[r][c]));
    }
  }
  std::string out;
  const auto line = [&](const auto& text_of) {
    for (size_t c = 0; c < columns.size(); ++c) {
      const bool last = c + 1 == columns.size();
      append_padded(out, text_of(c), widths[c], table.columns()[columns[c].index].right_aligned, last);
      if (!last) out += ' ';
    }
    out += '\n';
  };
  if (with_header) line([&](size_t c) { return columns[c].title; });
  for (const size_t r : order) line([&](size_t c) { return texts[r][c]; });
  return RestResponse::text(std::move(out));
}

}  // namespace

Table& Table::add(TableColumn column) {
  columns_.push_back(std::move(column));
  return *this;
}

void Table::row(std::vector<TableCell> cells) {
  CHECK(cells.size() == columns_.size());
  rows_.push_back(std::move(cells));
}

RestResponse render_table(const RestRequest& request, const Table& table) {
  // Read by the text form only, but known to both.
  request.consume({"h", "v", "s", "help", "ts", "pri", "format", "bytes", "size", "time"});
  if (request.get_bool("help", false)) return help(table);
  const Units units(request);
  return wants_structure(request) ? structured(request, table, units) : plain(request, table, units);
}

std::string byte_size_text(int64_t bytes) {
  static constexpr std::string_view kSuffixes[] = {"b", "kb", "mb", "gb", "tb", "pb"};
  double value = static_cast<double>(bytes);
  size_t unit = 0;
  for (; unit + 1 < std::size(kSuffixes) && value >= static_cast<double>(kKb); ++unit) value /= static_cast<double>(kKb);
  return one_decimal(value, kSuffixes[unit]);
}

std::string count_text(int64_t value) {
  static constexpr std::string_view kSuffixes[] = {"", "k", "m", "g", "t", "p"};
  double scaled = static_cast<double>(value);
  size_t unit = 0;
  for (; unit + 1 < std::size(kSuffixes) && scaled >= 1000; ++unit) scaled /= 1000;
  return one_decimal(scaled, kSuffixes[unit]);
}

std::string duration_text(int64_t nanos) {
  if (nanos < 0) return std::to_string(nanos);
  if (nanos == 0) return "0s";
  static constexpr std::pair<std::string_view, int64_t> kUnits[] = {
      {"d", 86400 * kSecond}, {"h", 3600 * kSecond}, {"m", 60 * kSecond}, {"s", kSecond}, {"ms", 1000'000},
      {"micros", 1000},       {"nanos", 1}};
  for (const auto& [suffix, unit] : kUnits) {
    if (nanos >= unit) return one_decimal(static_cast<double>(nanos) / static_cast<double>(unit), suffix);
  }
  return "0s";
}

}  // namespace tarn::server

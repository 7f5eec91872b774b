#include "server/cli/record_reader.h"

#include <algorithm>
#include <cstring>
#include <vector>

#include "indexer/base/json.h"
#include "server/cli/cli_error.h"

namespace tarn::cli {
namespace {

constexpr size_t kRecordBytesMax = 100 << 20;  // what a server takes in one request

/// A source with a window over what has been read and not yet used.
class Window {
 public:
  explicit Window(std::unique_ptr<ByteSource> source) : source_(std::move(source)) {
    if (more() && buffer_.starts_with("\xEF\xBB\xBF")) at_ = 3;
  }
  std::string_view rest() const { return std::string_view(buffer_).substr(at_); }
  void use(size_t count) { at_ += count; }
  /// Reads more behind rest(), which may move; false at the end of the input.
  bool more() {
    if (at_ > 0) {
      buffer_.erase(0, at_);
      at_ = 0;
    }
    if (buffer_.size() > kRecordBytesMax)
      throw CliError(kUnreachable, "a document is larger than 100 MB");
    return source_->read(buffer_);
  }
  uint64_t consumed() const { return source_->consumed(); }

 private:
  std::unique_ptr<ByteSource> source_;
  std::string buffer_;
  size_t at_ = 0;
};

class LineReader : public RecordReader {
 public:
  explicit LineReader(Window window) : window_(std::move(window)) {}

  bool next(Record& record) override {
    while (true) {
      const std::string_view rest = window_.rest();
      const void* found = scanned_ < rest.size()
                              ? std::memchr(rest.data() + scanned_, '\n', rest.size() - scanned_)
                              : nullptr;
      std::string_view text;
      if (found != nullptr) {
        const auto end = static_cast<size_t>(static_cast<const char*>(found) - rest.data());
        text = rest.substr(0, end);
        window_.use(end + 1);
      } else {
        scanned_ = rest.size();
        if (window_.more()) continue;
        text = window_.rest();
        if (text.empty()) return false;
        window_.use(text.size());
      }
      scanned_ = 0;
      ++line_;
      if (text.ends_with('\r')) text.remove_suffix(1);
      if (text.find_first_not_of(" \t") == std::string_view::npos) continue;
      record = {text, line_};
      return true;
    }
  }
  uint64_t consumed() const override { return window_.consumed(); }

 private:
  Window window_;
  size_t scanned_ = 0;
  uint64_t line_ = 0;
};

/// The elements of one JSON array, or JSON values one after the other.
class JsonReader : public RecordReader {
 public:
  explicit JsonReader(Window window) : window_(std::move(window)) {}

  bool next(Record& record) override {
    if (!skip_to_value()) return false;
    while (true) {
      const std::string_view rest = window_.rest();
      const size_t end = value_end(rest, 0);
      // A value at the very end of the window may go on behind it, if it is a number.
      if (end != std::string_view::npos &&
          (end < rest.size() || rest[0] == '{' || rest[0] == '[' || rest[0] == '"')) {
        take(rest.substr(0, end), record);
        return true;
      }
      if (!window_.more()) {
        if (end == std::string_view::npos)
          throw CliError(kUnreachable, "the JSON ends in the middle of a value, at line " +
                                           std::to_string(line_));
        take(window_.rest(), record);
        return true;
      }
    }
  }
  uint64_t consumed() const override { return window_.consumed(); }

 private:
  void take(std::string_view text, Record& record) {
    record.line = line_;
    const auto line_ends = static_cast<uint64_t>(std::count(text.begin(), text.end(), '\n'));
    line_ += line_ends;
    if (line_ends == 0) {
      record.text = text;
    } else {
      one_line_.assign(text);
      std::replace(one_line_.begin(), one_line_.end(), '\n', ' ');
      std::replace(one_line_.begin(), one_line_.end(), '\r', ' ');
      record.text = one_line_;
    }
    window_.use(text.size());
  }

  bool skip_to_value() {
    while (true) {
      const std::string_view rest = window_.rest();
      size_t at = 0;
      for (; at < rest.size(); ++at) {
        const char c = rest[at];
        if (c == '\n') ++line_;
        if (c == '[' && !begun_) {
          begun_ = true;
          continue;
        }
        if (c != ' ' && c != '\t' && c != '\n' && c != '\r' && c != ',' && c != ']') break;
      }
      window_.use(at);
      if (at < rest.size()) {
        begun_ = true;
        return true;
      }
      if (!window_.more()) return false;
    }
  }

  Window window_;
  std::string one_line_;
  uint64_t line_ = 1;
  bool begun_ = false;  // the opening bracket can only stand before the first value
};

class CsvReader : public RecordReader {
 public:
  CsvReader(Window window, char separator, const ImportMapping& mapping)
      : window_(std::move(window)), separator_(separator), mapping_(mapping) {
    std::vector<std::string> heading;
    if (!read_row(heading)) return;
    for (std::string& name : heading) {
      Column column;
      append_json_string(column.key, name);
      column.key += ':';
      column.type = mapping.type_of(name);
      columns_.push_back(std::move(column));
    }
  }

  bool next(Record& record) override {
    do {
      record.line = line_;
      if (!read_row(cells_)) return false;
    } while (cells_.size() == 1 && cells_[0].empty());
    json_ = "{";
    for (size_t i = 0; i < cells_.size() && i < columns_.size(); ++i) {
      const size_t before = json_.size();
      if (before > 1) json_ += ',';
      json_ += columns_[i].key;
      if (cells_[i].empty() || !append_cell(columns_[i], cells_[i])) json_.resize(before);
    }
    json_ += '}';
    record.text = json_;
    return true;
  }
  uint64_t consumed() const override { return window_.consumed(); }

 private:
  struct Column {
    std::string key;  // "name": as JSON
    std::optional<ImportMapping::Type> type;
  };

  bool append_cell(const Column& column, const std::string& cell) {
    if (column.type) return append_typed(json_, cell, *column.type);
    if (!mapping_.knows_types() && (is_json_number(cell) || cell == "true" || cell == "false")) {
      json_ += cell;
    } else {
      append_json_string(json_, cell);
    }
    return true;
  }

  /// One row, which may span lines inside quotes.
  bool read_row(std::vector<std::string>& cells) {
    size_t end = row_end();
    std::string_view row = window_.rest().substr(0, end);
    if (row.empty() && window_.rest().empty()) return false;
    const size_t used = std::min(end + 1, window_.rest().size());
    line_ += static_cast<uint64_t>(std::count(row.begin(), row.end(), '\n')) + 1;
    if (row.ends_with('\r')) row.remove_suffix(1);
    split(row, cells);
    window_.use(used);
    return true;
  }

  /// Where the row's line end stands, reading on as needed.
  size_t row_end() {
    bool quoted = false;
    for (size_t at = 0;; ++at) {
      if (at == window_.rest().size() && !window_.more()) return window_.rest().size();
      const char c = window_.rest()[at];
      if (c == '"') {
        quoted = !quoted;
      } else if (c == '\n' && !quoted) {
        return at;
      }
    }
  }

  void split(std::string_view row, std::vector<std::string>& cells) const {
    cells.clear();
    size_t at = 0;
    while (true) {
      std::string& cell = cells.emplace_back();
      if (at < row.size() && row[at] == '"') {
        for (++at; at < row.size(); ++at) {
          if (row[at] != '"') {
            cell += row[at];
          } else if (at + 1 < row.size() && row[at + 1] == '"') {
            cell += row[at++];
          } else {
            ++at;
            break;
          }
        }
      }
      const size_t end = std::min(row.find(separator_, at), row.size());
      cell += row.substr(at, end - at);
      if (end == row.size()) return;
      at = end + 1;
    }
  }

  Window window_;
  char separator_;
  const ImportMapping& mapping_;
  std::vector<Column> columns_;
  std::vector<std::string> cells_;
  std::string json_;
  uint64_t line_ = 1;
};

Format detect(std::string_view head, const std::string& path, char& separator) {
  const size_t first = head.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return Format::ndjson;
  if (head[first] == '[') return Format::json;
  if (head[first] == '{') {
    const size_t end = head.find('\n', first);
    const std::string_view line =
        head.substr(first, end == std::string_view::npos ? end : end - first);
    const size_t last = line.find_last_not_of(" \t\r");
    // A first line that is whole is NDJSON; one that goes on is a pretty-printed document.
    return end == std::string_view::npos || line[last] == '}' ? Format::ndjson : Format::json;
  }
  const std::string_view heading = head.substr(0, head.find('\n'));
  if (path.find(".tsv") != std::string::npos || heading.find('\t') != std::string_view::npos)
    return Format::tsv;
  separator =
      heading.find(',') == std::string_view::npos && heading.find(';') != std::string_view::npos
          ? ';'
          : ',';
  return Format::csv;
}

}  // namespace

std::unique_ptr<RecordReader> open_records(const std::string& path, Format format,
                                           const ImportMapping& mapping) {
  Window window(open_source(path));
  char separator = ',';
  if (format == Format::detect) format = detect(window.rest(), path, separator);
  switch (format) {
    case Format::json:
      return std::make_unique<JsonReader>(std::move(window));
    case Format::csv:
      return std::make_unique<CsvReader>(std::move(window), separator, mapping);
    case Format::tsv:
      return std::make_unique<CsvReader>(std::move(window), '\t', mapping);
    default:
      return std::make_unique<LineReader>(std::move(window));
  }
}

}  // namespace tarn::cli

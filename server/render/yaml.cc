#include "server/render/yaml.h"

#include <map>
#include <set>

#include "server/render/json_scanner.h"

namespace tarn::server {
namespace {

constexpr int kWidth = 80;             // SnakeYAML's best width
constexpr size_t kSimpleKeyMax = 128;  // longer keys are written with "? "

std::u32string decode(std::string_view text) {
  std::u32string out;
  for (size_t i = 0; i < text.size();) {
    const auto c = static_cast<unsigned char>(text[i]);
    const size_t length = c < 0x80 ? 1 : c < 0xE0 ? 2 : c < 0xF0 ? 3 : 4;
    char32_t code = length == 1 ? c : c & (0xFF >> (length + 1));
    for (size_t k = 1; k < length && i + k < text.size(); ++k) code = code << 6 | (text[i + k] & 0x3F);
    out += code;
    i += length;
  }
  return out;
}

void append_code(std::string& out, char32_t c) {
  if (c < 0x80) {
    out += static_cast<char>(c);
  } else if (c < 0x800) {
    out += {static_cast<char>(0xC0 | c >> 6), static_cast<char>(0x80 | (c & 63))};
  } else if (c < 0x10000) {
    out += {static_cast<char>(0xE0 | c >> 12), static_cast<char>(0x80 | (c >> 6 & 63)),
            static_cast<char>(0x80 | (c & 63))};
  } else {
    out += {static_cast<char>(0xF0 | c >> 18), static_cast<char>(0x80 | (c >> 12 & 63)),
            static_cast<char>(0x80 | (c >> 6 & 63)), static_cast<char>(0x80 | (c & 63))};
  }
}

bool is_printable(char32_t c) {
  return (c >= 0x20 && c <= 0x7E) || c == '\n' || c == '\r' || c == '\t' || c == 0x85 || (c >= 0xA0 && c <= 0xD7FF) ||
         (c >= 0xE000 && c <= 0xFFFD) || c >= 0x10000;
}

std::string escape(char32_t c) {
  static const std::map<char32_t, std::string_view> kShort = {
      {0, "\\0"},     {7, "\\a"},     {8, "\\b"},     {9, "\\t"},      {10, "\\n"},    {11, "\\v"},   {12, "\\f"},
      {13, "\\r"},    {27, "\\e"},    {'"', "\\\""},  {'\\', "\\\\"},  {0x85, "\\N"},  {0xA0, "\\_"}};
  if (const auto it = kShort.find(c); it != kShort.end()) return std::string(it->second);
  std::string out;
  if (is_printable(c)) {
    append_code(out, c);
    return out;
  }
  static constexpr char kHex[] = "0123456789abcdef";
  const int digits = c < 0x100 ? 2 : c < 0x10000 ? 4 : 8;
  out = digits == 2 ? "\\x" : digits == 4 ? "\\u" : "\\U";
  for (int shift = (digits - 1) * 4; shift >= 0; shift -= 4) out += kHex[c >> shift & 15];
  return out;
}

/// Names that YAML 1.1 would read as something else than a string; Jackson puts them in double quotes.
bool is_reserved_name(std::string_view name) {
  static const std::set<std::string_view> kWords = {
      "false", "False", "FALSE", "n",  "N",   "no",  "No",  "NO",   "null", "Null", "NULL", "on", "On",
      "ON",    "off",   "Off",   "OFF", "true", "True", "TRUE", "y",  "Y",    "yes",  "Yes",  "YES"};
  if (name.empty()) return true;
  const char first = name[0];
  return (first >= '0' && first <= '9') || first == '-' || first == '+' || first == '.' || first == '~' ||
         kWords.contains(name);
}

enum class NameStyle { kPlain, kSingle, kDouble };

/// SnakeYAML's analysis of a scalar in block context.
NameStyle style_of(std::string_view name) {
  if (is_reserved_name(name)) return NameStyle::kDouble;
  static constexpr std::string_view kIndicators = "#,[]{}&*!|>'\"%@`";
  bool plain = kIndicators.find(name[0]) == kIndicators.npos && name.front() != ' ' && name.back() != ' ';
  for (const char32_t c : decode(name)) {
    if (!is_printable(c) || c < 0x20) return NameStyle::kDouble;
  }
  for (size_t i = 0; i < name.size(); ++i) {
    const bool blank_follows = i + 1 == name.size() || name[i + 1] == ' ';
    if (name[i] == ':' && blank_follows) plain = false;
    if (name[i] == '#' && i > 0 && name[i - 1] == ' ') plain = false;
    if (i == 0 && name[i] == '?' && blank_follows) plain = false;
  }
  return plain ? NameStyle::kPlain : NameStyle::kSingle;
}

class YamlWriter {
 public:
  explicit YamlWriter(std::string_view json) : scanner_(json) {}

  std::string run() {
    out_ = "---";
    if (scanner_.at_end()) return out_ + "\n";
    const char first = scanner_.peek();
    if ((first == '{' || first == '[') && !next_is_empty()) {
      out_ += '\n';
      block(0);
    } else {
      out_ += ' ';
      leaf(0);
    }
    return std::move(out_);
  }

 private:
  /// Looks whether the container that comes next has no member.
  bool next_is_empty() const {
    JsonScanner ahead = scanner_;
    if (ahead.accept('{')) return ahead.peek() == '}';
    return ahead.accept('[') && ahead.peek() == ']';
  }

  /// The container that comes next; its first line begins where the output stands, the others at `indent`.
  void block(int indent) {
    const bool object = scanner_.peek() == '{';
    const char close = object ? '}' : ']';
    scanner_.accept(object ? '{' : '[');
    bool first = true;
    while (!scanner_.at_end() && !scanner_.accept(close)) {
      if (!first) out_.append(static_cast<size_t>(indent), ' ');
      first = false;
      if (object) {
        member(indent);
      } else {
        item(indent);
      }
      scanner_.accept(',');
    }
  }

  void member(int indent) {
    const std::string name = unquote_json(scanner_.scalar());
    scanner_.accept(':');
    const bool simple = !name.empty() && name.size() < kSimpleKeyMax && name.find('\n') == name.npos;
    if (!simple) out_ += "? ";
    append_name(name, indent);
    if (!simple) {
      out_ += '\n';
      out_.append(static_cast<size_t>(indent), ' ');
    }
    out_ += ':';
    const char first = scanner_.peek();
    if ((first != '{' && first != '[') || next_is_empty()) {
      out_ += ' ';
      leaf(indent);
      return;
    }
    const int below = first == '{' ? indent + 2 : indent;
    out_ += '\n';
    out_.append(static_cast<size_t>(below), ' ');
    block(below);
  }

  void item(int indent) {
    out_ += "- ";
    const char first = scanner_.peek();
    if ((first == '{' || first == '[') && !next_is_empty()) {
      block(indent + 2);
    } else {
      leaf(indent);
    }
  }

  /// A scalar or an empty container, and the end of the line.
  void leaf(int indent) {
    const char first = scanner_.peek();
    if (first == '"') {
      append_quoted(unquote_json(scanner_.scalar()), indent + 2, true);
    } else if (first == '{' || first == '[') {
      scanner_.value();
      out_ += first == '{' ? "{}" : "[]";
    } else {
      append_scalar(out_, scanner_.scalar());
    }
    out_ += '\n';
  }

  void append_name(const std::string& name, int indent) {
    switch (style_of(name)) {
      case NameStyle::kPlain: out_ += name; return;
      case NameStyle::kDouble: append_quoted(name, indent + 2, false); return;
      case NameStyle::kSingle:
        out_ += '\'';
        for (const char c : name) out_ += c == '\'' ? std::string("''") : std::string(1, c);
        out_ += '\'';
    }
  }

  /// SnakeYAML's writeDoubleQuoted: folds at a blank (or an escape) once the line is wider than kWidth.
  void append_quoted(const std::string& text, int indent, bool fold) {
    int column = current_column() + 1;
    out_ += '"';
    const std::u32string codes = decode(text);
    std::string run;  // plain characters not yet counted in `column`
    for (size_t end = 0; end < codes.size(); ++end) {
      const char32_t c = codes[end];
      const bool special = c < 0x20 || c > 0x7E || c == '"' || c == '\\';
      if (special) {
        column += static_cast<int>(run.size());
        out_ += run;
        run.clear();
        const std::string data = escape(c);
        column += data.size() > 1 && data[0] == '\\' ? static_cast<int>(data.size()) : c >= 0x10000 ? 2 : 1;
        out_ += data;
      }
      const bool inside = end > 0 && end + 1 < codes.size();
      const int pending = special ? -1 : static_cast<int>(run.size());  // SnakeYAML counts from behind the escape
      if (fold && inside && (c == ' ' || special || run.empty()) && column + pending > kWidth) {
        out_ += run + "\\\n";
        run.clear();
        out_.append(static_cast<size_t>(indent), ' ');
        column = indent;
        const char32_t next = special ? codes[end + 1] : c;
        if (next == ' ') {
          out_ += '\\';
          ++column;
        }
      }
      if (!special) run += static_cast<char>(c);
    }
    out_ += run;
    out_ += '"';
  }

  int current_column() const {
    const size_t line = out_.rfind('\n');
    const size_t start = line == out_.npos ? 0 : line + 1;
    return static_cast<int>(decode(std::string_view(out_).substr(start)).size());
  }

  JsonScanner scanner_;
  std::string out_;
};

}  // namespace

std::string json_to_yaml(std::string_view json) { return YamlWriter(json).run(); }

}  // namespace tarn::server

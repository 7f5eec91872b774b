// Well-known text, as the two parsers of OpenSearch read it: that of documents takes no brackets around the members of a
// multipoint and stops at the end of the shape; that of queries takes them and wants the text to end.

#include <algorithm>
#include <charconv>

#include "indexer/geo/geometry.h"

namespace tarn::geo {

namespace {

using Kind = Geometry::Kind;
constexpr int kMaxDepth = 100;

class WktReader {
 public:
  WktReader(std::string_view text, const ShapeOptions& options)
      : text_(text), options_(options), document_(options.dialect == Dialect::kDocument) {}

  Geometry read() {
    Geometry out = geometry(0);
    if (!document_) {
      const std::string rest = next();
      if (!rest.empty()) throw ApiError(parse_error("expected end of WKT string but found additional text: " + rest));
    }
    return out;
  }

 private:
  static bool is_word(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '+' || c == '.' || static_cast<unsigned char>(c) >= 160;
  }
  /// A word, or one other character; "" at the end.
  std::string next() {
    while (at_ < text_.size() && (static_cast<unsigned char>(text_[at_]) <= ' ' || text_[at_] == '#')) {
      if (text_[at_] == '#') {
        while (at_ < text_.size() && text_[at_] != '\n') ++at_;
      } else {
        ++at_;
      }
    }
    if (at_ == text_.size()) return {};
    const size_t begin = at_++;
    if (is_word(text_[begin])) {
      while (at_ < text_.size() && is_word(text_[at_])) ++at_;
    }
    return std::string(text_.substr(begin, at_ - begin));
  }
  std::string peek() {
    const size_t at = at_;
    std::string out = next();
    at_ = at;
    return out;
  }
  static std::string shown(const std::string& token) {
    if (token.empty()) return "END-OF-STREAM";
    return is_word(token[0]) ? token : "'" + token + "'";
  }
  static bool is_empty(const std::string& word) {
    return word.size() == 5 && std::equal(word.begin(), word.end(), "EMPTY", [](char a, char b) { return std::toupper(a) == b; });
  }
  std::string next_word() {
    const std::string token = next();
    if (token.empty() || (!is_word(token[0]) && token != "(" && token != ")" && token != ",")) {
      throw ApiError(parse_error("expected word but found: " + shown(token)));
    }
    return token;
  }
  /// Whether the shape is empty; else its bracket is open.
  bool empty_or_open() {
    const std::string word = next_word();
    if (is_empty(word)) return true;
    if (word == "(") return false;
    throw ApiError(parse_error("expected EMPTY or ( but found: " + shown(word)));
  }
  void closer() {
    const std::string word = next_word();
    if (word != ")") throw ApiError(parse_error("expected ) but found: " + shown(word)));
  }
  void comma() {
    const std::string word = next_word();
    if (word != ",") throw ApiError(parse_error("expected , but found: " + shown(word)));
  }
  /// Whether more members follow.
  bool another() {
    const std::string word = next_word();
    if (word == ",") return true;
    if (word == ")") return false;
    throw ApiError(parse_error("expected , or ) but found: " + shown(word)));
  }
  double number() {
    const std::string token = next();
    if (token.empty() || !is_word(token[0])) throw ApiError(parse_error("expected number but found: " + shown(token)));
    if (token == "NaN") return std::nan("");
    double value = 0;
    const char* begin = token.data() + (token[0] == '+' ? 1 : 0);
    const auto parsed = std::from_chars(begin, token.data() + token.size(), value);
    if (parsed.ec != std::errc() || parsed.ptr != token.data() + token.size()) {
      throw ApiError(parse_error("invalid number found: " + token));
    }
    return value;
  }
  bool number_next() {
    const std::string token = peek();
    return !token.empty() && is_word(token[0]);
  }
  Position position() {
    Position out;
    out.x = number();
    out.y = number();
    if (!number_next()) return out;
    out.z = number();
    if (!options_.ignore_z) {
      throw ApiError(parse_error((document_ ? "found Z value [" : "Exception parsing coordinates: found Z value [") +
                                 double_text(out.z) + "] but [ignore_z_value] parameter is [false]"));
    }
    return out;
  }
  Path positions() {
    Path out;
    do {
      const bool bracketed = !document_ && peek() == "(";
      if (bracketed) next();
      out.push_back(position());
      if (bracketed) closer();
    } while (another());
    return out;
  }
  Path line() {
    if (empty_or_open()) return {};
    Path out = positions();
    if (out.size() >= 2) return out;
    if (document_) throw ApiError(illegal_argument("at least two points in the line is required"));
    throw ApiError(illegal_argument("invalid number of points in LineString (found [" + std::to_string(out.size()) +
                                    "] - must be >= 2)"));
  }
  Path ring() {
    if (empty_or_open()) return {};
    Path out = positions();
    if (document_) {
      if (options_.coerce && !out.front().same_place(out.back())) out.push_back(out.front());
      check_document_ring(out);
      return out;
    }
    const size_t needed = options_.coerce ? 3 : 4;
    if (out.size() >= needed && !out.front().same_place(out.back())) {
      if (!options_.coerce) throw ApiError(parse_error("invalid LinearRing found (coordinates are not closed)"));
      out.push_back(out.front());
    }
    if (out.size() < 4) {
      throw ApiError(parse_error("invalid number of points in LinearRing (found [" + std::to_string(out.size()) + "] - must be >= 4)"));
    }
    return out;
  }
  static void check_document_ring(const Path& ring) {
    const Position &first = ring.front(), &last = ring.back();
    if (!first.same_place(last) || ring.size() < 2) {
      const std::string at = std::to_string(ring.size() - 1);
      throw ApiError(illegal_argument("first and last points of the linear ring must be the same (it must close itself): x[0]=" +
                                      double_text(first.x) + " x[" + at + "]=" + double_text(last.x) + " y[0]=" +
                                      double_text(first.y) + " y[" + at + "]=" + double_text(last.y)));
    }
    if (ring.size() < 4) throw ApiError(illegal_argument("at least 4 polygon points required"));
  }
  void polygon_into(std::vector<Polygon>& out) {
    if (empty_or_open()) return;
    Polygon polygon;
    polygon.shell = ring();
    while (another()) polygon.holes.push_back(ring());
    out.push_back(std::move(polygon));
  }
  void bbox(Geometry& out) {
    if (empty_or_open()) return;
    const double west = number();
    comma();
    const double east = number();
    comma();
    const double north = number();
    comma();
    const double south = number();
    closer();
    if (north < south) throw ApiError(illegal_argument("max y cannot be less than min x"));
    out.points = {{west, north}, {east, south}};
  }
  void circle(Geometry& out) {
    if (empty_or_open()) return;
    Position centre;
    centre.x = number();
    centre.y = number();
    out.radius_metres = number();
    if (number_next()) number();
    closer();
    out.points = {centre};
  }
  Kind kind_of(const std::string& word) const {
    std::string lower = word;
    std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) { return std::tolower(c); });
    if (lower == "bbox" || (!document_ && lower == "envelope")) return Kind::kEnvelope;
    for (const Kind kind : {Kind::kPoint, Kind::kMultiPoint, Kind::kLine, Kind::kMultiLine, Kind::kPolygon, Kind::kMultiPolygon,
                            Kind::kCollection, Kind::kCircle}) {
      if (kind_name(kind) != lower) continue;
      if (kind == Kind::kCircle && !document_) throw ApiError(illegal_argument("Unknown geometry type: circle"));
      return kind;
    }
    throw ApiError(illegal_argument(document_ ? "Unknown geometry type: " + lower : "unknown geo_shape [" + word + "]"));
  }
  Geometry geometry(int depth) {
    if (depth > kMaxDepth) throw ApiError(parse_error("too many nested geometry collections"));
    Geometry out;
    out.kind = kind_of(next_word());
    out.right = options_.right;
    switch (out.kind) {
      case Kind::kPoint:
        if (empty_or_open()) break;
        out.points = {position()};
        closer();
        break;
      case Kind::kMultiPoint:
        if (!empty_or_open()) out.points = positions();
        break;
      case Kind::kLine:
        if (Path path = line(); !path.empty()) out.lines = {std::move(path)};
        break;
      case Kind::kMultiLine:
        if (empty_or_open()) break;
        do out.lines.push_back(line());
        while (another());
        break;
      case Kind::kPolygon: polygon_into(out.polygons); break;
      case Kind::kMultiPolygon:
        if (empty_or_open()) break;
        do polygon_into(out.polygons);
        while (another());
        break;
      case Kind::kEnvelope: bbox(out); break;
      case Kind::kCircle: circle(out); break;
      case Kind::kCollection:
        if (empty_or_open()) break;
        do out.parts.push_back(geometry(depth + 1));
        while (another());
        break;
    }
    return out;
  }

  std::string_view text_;
  const ShapeOptions& options_;
  const bool document_;
  size_t at_ = 0;
};

void append_position(std::string& out, const Position& position) {
  append_double(out, position.x);
  out += ' ';
  append_double(out, position.y);
  if (!std::isnan(position.z)) {
    out += ' ';
    append_double(out, position.z);
  }
}

template <class Items, class One>
void append_list(std::string& out, const Items& items, One&& one) {
  out += '(';
  bool first = true;
  for (const auto& item : items) {
    if (!first) out += ", ";
    first = false;
    one(out, item);
  }
  out += ')';
}

void append_path(std::string& out, const Path& path) { append_list(out, path, append_position); }

void append_polygon(std::string& out, const Polygon& polygon) {
  std::vector<Path> rings = {polygon.shell};
  rings.insert(rings.end(), polygon.holes.begin(), polygon.holes.end());
  append_list(out, rings, append_path);
}

}  // namespace

Geometry parse_wkt(std::string_view text, const ShapeOptions& options) { return WktReader(text, options).read(); }

std::string to_wkt(const Geometry& geometry) {
  std::string out(geometry.kind == Kind::kEnvelope ? "BBOX" : kind_name(geometry.kind));
  std::transform(out.begin(), out.end(), out.begin(), [](unsigned char c) { return std::toupper(c); });
  out += ' ';
  if (geometry.points.empty() && geometry.lines.empty() && geometry.polygons.empty() && geometry.parts.empty()) return out + "EMPTY";
  switch (geometry.kind) {
    case Kind::kPoint:
    case Kind::kMultiPoint: append_path(out, geometry.points); break;
    case Kind::kLine: append_path(out, geometry.lines[0]); break;
    case Kind::kMultiLine: append_list(out, geometry.lines, append_path); break;
    case Kind::kPolygon: append_polygon(out, geometry.polygons[0]); break;
    case Kind::kMultiPolygon: append_list(out, geometry.polygons, append_polygon); break;
    case Kind::kCollection:
      append_list(out, geometry.parts, [](std::string& to, const Geometry& part) { to += to_wkt(part); });
      break;
    case Kind::kEnvelope: {
      out += '(' + double_text(geometry.points[0].x) + ", " + double_text(geometry.points[1].x) + ", " +
             double_text(geometry.points[0].y) + ", " + double_text(geometry.points[1].y) + ')';
      break;
    }
    case Kind::kCircle:
      out += '(';
      append_position(out, geometry.points[0]);
      out += ' ' + double_text(geometry.radius_metres) + ')';
      break;
  }
  return out;
}

}  // namespace tarn::geo

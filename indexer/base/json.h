#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace tarn {

/// A JSON value whose objects keep the order of their members. For requests, settings and answers of modest size;
/// documents are parsed with simdjson, and hits are written with JsonWriter.
using Json = nlohmann::ordered_json;

constexpr int kJsonDepthMax = 1000;  ///< nesting that OpenSearch's parser accepts

/// Parses JSON text as OpenSearch's parser does: comments and a byte order mark are accepted; duplicate keys,
/// single quotes, trailing commas, trailing text and a depth over kJsonDepthMax are refused.
/// Throws ApiError 400 in Jackson's words: json_parse_exception, unexpected_end_of_input_exception, stream_constraints_exception.
Json parse_json(std::string_view text);

/// Compact JSON text, numbers as Java prints them (1.0, 1.0E10, NaN as the text "NaN").
std::string to_text(const Json& value);

/// Double.toString and Float.toString of Java, which OpenSearch's answers use: shortest digits that read back,
/// at least one digit after the point, scientific from 1.0E7 and below 1.0E-3.
void append_double(std::string& out, double value);
void append_float(std::string& out, float value);
std::string double_text(double value);

/// Appends `text` (valid UTF-8, or bytes that are replaced by U+FFFD) as a JSON string with quotes.
void append_json_string(std::string& out, std::string_view text);

/// Writes JSON front to back into one string; commas are its own business. The caller balances begin and end.
///   JsonWriter w(out); w.begin_object(); w.key("took").number(3); w.key("hits").begin_array(); ...
class JsonWriter {
 public:
  explicit JsonWriter(std::string& out) : out_(out) {}
  JsonWriter& begin_object();
  JsonWriter& end_object();
  JsonWriter& begin_array();
  JsonWriter& end_array();
  JsonWriter& key(std::string_view name);
  JsonWriter& string(std::string_view value);
  JsonWriter& number(int64_t value);
  JsonWriter& number(int value) { return number(static_cast<int64_t>(value)); }
  JsonWriter& unsigned_number(uint64_t value);
  JsonWriter& number(double value);   ///< not finite: the strings "NaN", "Infinity", "-Infinity"
  JsonWriter& number(float value);
  JsonWriter& boolean(bool value);
  JsonWriter& null();
  JsonWriter& value(const Json& value);
  /// Bytes that are JSON already, such as a stored _source; taken as they are.
  JsonWriter& raw(std::string_view json);
  std::string& out() { return out_; }

 private:
  void separate();
  std::string& out_;
  bool comma_ = false;  // a value stands before, in the same array or object
};

}  // namespace tarn

#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "indexer/base/error.h"

namespace tarn {

enum class JsonToken : uint8_t {
  kNone, kStartObject, kEndObject, kStartArray, kEndArray, kFieldName, kString, kInteger, kFloat, kTrue, kFalse, kNull, kEnd
};
/// As Jackson names it in messages: START_OBJECT, VALUE_NUMBER_INT ...
std::string_view token_name(JsonToken token);
/// As XContentParser names it: VALUE_NUMBER, VALUE_BOOLEAN.
std::string_view xcontent_token_name(JsonToken token);

/// Pulls the tokens of one JSON document, front to back, with the checks, the messages and the error offsets of Jackson
/// (duplicate names, comments, depth), which clients see in OpenSearch's errors. A pull parser instead of simdjson's DOM:
/// one pass, the raw text of numbers and their offsets are at hand, integers of any size pass, and errors come in
/// document order. Reuse it from document to document; one thread.
class JsonCursor {
 public:
  /// Copies `source` behind which 64 bytes of padding are readable. Skips a byte order mark.
  void reset(std::string_view source);

  /// Moves to the next token. Throws ApiError 400 json_parse_exception and others in Jackson's words.
  JsonToken next();
  JsonToken token() const { return token_; }

  /// The field name, the unescaped string, the number as it was written, "true", "false", "null". Valid until reset().
  std::string_view text() const { return text_; }
  /// Hash of the field name (kFieldName only).
  uint64_t name_hash() const { return name_hash_; }
  /// kInteger: whether it fits int64; then integer() is its value.
  bool fits_int64() const { return fits_int64_; }
  int64_t integer() const { return integer_; }

  bool is_value() const { return token_ >= JsonToken::kString && token_ <= JsonToken::kNull; }
  bool is_number() const { return token_ == JsonToken::kInteger || token_ == JsonToken::kFloat; }

  /// At the start of an object or array: moves to its end. Else does nothing.
  void skip_children();

  /// Bytes consumed so far, as Jackson counts them in error locations.
  size_t position() const { return static_cast<size_t>(at_ - begin_); }
  size_t token_start() const { return static_cast<size_t>(start_ - begin_); }
  /// Line and column (from 1) of the token's start.
  std::pair<int, int> token_line_column() const;
  /// The bytes from `from` to the current position.
  std::string_view raw(size_t from) const { return {begin_ + from, position() - from}; }
  int depth() const { return static_cast<int>(frames_.size()); }
  /// Whether the last failure came from inside a string value.
  bool failed_in_string() const { return failed_in_string_; }

  static uint64_t hash_name(std::string_view name);

  /// "... at [Source: REDACTED ...; byte offset: #N]" appended, with the doubled cause that Jackson's wrapper has.
  Error located(const char* type, const char* cause_type, const std::string& message, size_t offset) const;
  /// input_coercion_exception at the current position.
  Error coercion(const std::string& message) const;

 private:
  struct Name {
    uint64_t hash;
    std::string_view text;
  };
  struct Frame {
    bool object;
    bool first = true;
    uint32_t names_begin = 0;
    uint64_t bloom[4] = {0, 0, 0, 0};
  };

  JsonToken begin_value();
  JsonToken read_string_value();
  std::string_view read_string();            // at_ behind the opening quote
  std::string_view read_escaped(const char* from);
  JsonToken read_number();
  JsonToken read_literal(const char* word, JsonToken token);
  JsonToken read_name();
  void check_duplicate(Frame& frame);
  void skip_space();
  void skip_comment();
  JsonToken pop(bool object);
  const char* check_utf8(const char* p);
  [[noreturn]] void fail(const std::string& message, size_t offset) const;
  [[noreturn]] void fail_end(const std::string& message) const;
  [[noreturn]] void unexpected(const std::string& expected) const;
  [[noreturn]] void bad_token() const;

  std::vector<char> buffer_;
  const char* begin_ = nullptr;
  const char* end_ = nullptr;
  const char* at_ = nullptr;
  const char* start_ = nullptr;
  JsonToken token_ = JsonToken::kNone;
  bool name_pending_ = false;   // a name was read, its value comes
  bool fits_int64_ = false;
  bool failed_in_string_ = false;
  bool in_string_value_ = false;
  int64_t integer_ = 0;
  uint64_t name_hash_ = 0;
  std::string_view text_;
  std::string unescaped_;       // never grows beyond its reserve, so that views into it stay
  std::vector<Frame> frames_;
  std::vector<Name> names_;     // of the open objects
  std::unordered_set<uint64_t> many_names_;
};

}  // namespace tarn

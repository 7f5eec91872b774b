#pragma once

#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "indexer/base/error.h"
#include "indexer/base/json.h"

namespace tarn::query {

/// JSON tokens that an option accepts, as OpenSearch's ObjectParser.ValueType groups them.
enum TokenMask : unsigned {
  kTokenString = 1, kTokenNumber = 2, kTokenBoolean = 4, kTokenNull = 8, kTokenObject = 16, kTokenArray = 32,
  kAnyNumber = kTokenNumber | kTokenString,
  kAnyBoolean = kTokenBoolean | kTokenString,
  kAnyScalar = kTokenString | kTokenNumber | kTokenBoolean | kTokenNull,
  kStructure = kTokenObject | kTokenArray,
};

/// The members that one object of a request may have, each with the tokens it accepts and where its value goes. One table is
/// both the declaration and the reader. Errors are those of ObjectParser: "[1:1] [terms] unknown field [sise] did you mean
/// [size]?", "[1:1] [terms] size doesn't support values of type: START_OBJECT", "[1:1] [terms] failed to parse field [size]"
/// caused by what the setter threw (400 x_content_parse_exception all; 501 goes through as it is).
class Options {
 public:
  using Setter = std::function<void(const Json&)>;
  explicit Options(std::string parser) : parser_(std::move(parser)) {}

  Options& text(std::string_view name, std::string& out);
  Options& text(std::string_view name, std::optional<std::string>& out);
  Options& integer(std::string_view name, int64_t& out);        ///< a Java int; fractions are cut
  Options& integer(std::string_view name, std::function<void(int64_t)> set);
  Options& whole(std::string_view name, int64_t& out);          ///< a Java long
  Options& whole(std::string_view name, std::function<void(int64_t)> set);
  Options& number(std::string_view name, double& out);
  Options& number(std::string_view name, std::function<void(double)> set);
  Options& flag(std::string_view name, bool& out);
  Options& flag(std::string_view name, std::function<void(bool)> set);
  Options& any(std::string_view name, unsigned tokens, Setter set);
  /// Names that earlier options have too (deprecated spellings).
  Options& ignored(std::initializer_list<std::string_view> names, unsigned tokens);

  void read(const Json& object) const;
  std::vector<std::string_view> names() const;

 private:
  struct Option {
    std::string_view name;
    unsigned tokens;
    Setter set;
  };
  std::string parser_;
  std::vector<Option> options_;
};

/// OpenSearch's reading of one scalar. `json` must be a string or a number (a boolean for read_flag).
int64_t read_int_option(const Json& json);
int64_t read_long_option(const Json& json);
double read_double_option(const Json& json);
bool read_flag_option(const Json& json);
/// The text of a scalar as Java's toString prints it; "" for a structure.
std::string scalar_option_text(const Json& json);

/// VALUE_STRING, START_OBJECT ... of a value's first token.
std::string_view option_token(const Json& json);

/// 400 x_content_parse_exception "[1:1] reason"; `location` as value_location() gives it.
Error content_error(std::string reason);
Error content_error(std::string location, std::string reason);

}  // namespace tarn::query

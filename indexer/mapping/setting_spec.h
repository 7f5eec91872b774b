#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "indexer/base/error.h"
#include "indexer/base/json.h"

namespace tarn {

/// Who may change a setting, and when.
enum class SettingScope : uint8_t {
  kDynamic,   ///< any time
  kStatic,    ///< on a closed index (index settings), never (cluster settings)
  kFinal,     ///< only when the index is created
  kPrivate,   ///< never by a request; the server sets it
  kInternal,  ///< never by PUT _settings; another API sets it
};

enum class SettingType : uint8_t {
  kBool, kInt, kLong, kDouble, kTime, kBytes, kBytesOrPercent, kString, kList,
  kEnum,          ///< one of `values`, as written
  kEnumAnyCase,   ///< one of `values`, any case
  kEnumList,      ///< a list of `values`, any case
  kRatioOrBool,   ///< 0..1, true, false
  kAutoExpand,    ///< "0-5", "1-all", false
  kActiveShards,  ///< "all" or a number
  kSourceLimit,   ///< a number of characters, true, false
};

/// One known setting: its key, scope, type, default, bounds (texts, "" if none), and for enums the values joined by `|`
/// and the message for others (%v: the value, %U: in upper case, %k: the key).
struct SettingSpec {
  std::string_view key;
  SettingScope scope;
  SettingType type;
  std::string_view fallback = "";
  std::string_view min = "";
  std::string_view max = "";
  std::string_view values = "";
  std::string_view message = "";
};

/// The specification of `key` in a table sorted by key, or null.
const SettingSpec* find_setting(std::span<const SettingSpec> table, std::string_view key);
/// What is wrong with the value (a string, or an array of strings), in OpenSearch's words.
std::optional<Error> check_setting(const SettingSpec& spec, const Json& value);
/// The value that the specification gives if nobody set one: a string, or an array for lists.
Json default_setting(const SettingSpec& spec);
/// "unknown setting [x] did you mean [y]?" (settings_exception).
Error unknown_setting(std::span<const SettingSpec> table, std::string_view key);
/// Throws the first error with the others as "suppressed"; returns if there is none.
/// Follows: ExceptionsHelper.rethrowAndSuppress, through which OpenSearch validates all settings of a request.
void throw_first(std::vector<Error> errors);

/// "5s", "100ms", "1m", "-1", "0" as milliseconds. Throws ApiError 400 illegal_argument_exception as TimeValue does.
int64_t parse_time_setting(std::string_view text, std::string_view key);
/// "512mb", "10k", "0", "-1" as bytes. Throws ApiError 400 as ByteSizeValue does.
int64_t parse_bytes_setting(std::string_view text, std::string_view key);

/// Values of one JSON settings object as a sorted flat object: nested keys joined by dots, numbers and booleans as strings,
/// lists as arrays of strings, null kept. No prefix is added.
Json flatten_settings(const Json& settings);
/// Nested objects from flat keys; a key whose parent has a value itself stays flat, as in OpenSearch.
Json nest_settings(const Json& flat);


}  // namespace tarn

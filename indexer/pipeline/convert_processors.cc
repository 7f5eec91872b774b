// Processors that change types: convert, json.
#include <arpa/inet.h>

#include <charconv>

#include "indexer/base/ascii.h"
#include "indexer/pipeline/processor.h"

namespace tarn {
namespace {

Error number_format(std::string_view text) {
  return Error(
      400, "number_format_exception",
      text.empty() ? std::string("empty String") : fmt::format("For input string: \"{}\"", text));
}

Error cannot_convert(const std::string& text, std::string_view type, bool integer) {
  return illegal_argument(fmt::format("unable to convert [{}] to {}", text, type))
      .caused_by(integer ? Error(400, "number_format_exception",
                                 fmt::format("For input string: \"{}\"", text))
                         : number_format(text));
}

/// Integer.parseInt and Long.parseLong; with 0x, Integer.decode.
std::optional<int64_t> parse_whole(std::string_view text, int64_t least, int64_t most) {
  bool negative = false;
  if (text.starts_with('-') || text.starts_with('+')) {
    negative = text[0] == '-';
    text.remove_prefix(1);
  }
  int base = 10;
  if (text.starts_with("0x")) {
    base = 16;
    text.remove_prefix(2);
  }
  if (text.empty() || text[0] == '-') return std::nullopt;
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  if (value > static_cast<uint64_t>(INT64_MAX) + (negative ? 1 : 0)) return std::nullopt;
  const int64_t out = negative ? static_cast<int64_t>(0 - value) : static_cast<int64_t>(value);
  if (out < least || out > most) return std::nullopt;
  return out;
}

/// Double.parseDouble: surrounding blanks and a type letter at the end are allowed.
std::optional<double> parse_real(std::string_view text) {
  while (!text.empty() && static_cast<unsigned char>(text.front()) <= ' ') text.remove_prefix(1);
  while (!text.empty() && static_cast<unsigned char>(text.back()) <= ' ') text.remove_suffix(1);
  if (text == "NaN") return std::nan("");
  if (text.starts_with('+')) text.remove_prefix(1);
  if (text == "Infinity") return INFINITY;
  if (text == "-Infinity") return -INFINITY;
  if (text.size() > 1 && std::string_view("fFdD").find(text.back()) != std::string_view::npos)
    text.remove_suffix(1);
  if (text.empty() || std::isalpha(static_cast<unsigned char>(text.back())) ||
      text.find_first_of("nN") != std::string_view::npos) {
    return std::nullopt;
  }
  std::string digits(text);
  if (digits.ends_with('.')) digits += '0';
  double value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (end != digits.data() + digits.size()) return std::nullopt;
  if (error == std::errc::result_out_of_range)
    return std::abs(value) > 1 ? value : std::strtod(digits.c_str(), nullptr);
  if (error != std::errc()) return std::nullopt;
  return value;
}

/// A Java float as the double that prints with the same digits.
Json float_value(double value) {
  const auto narrow = static_cast<float>(value);
  if (!std::isfinite(narrow)) return static_cast<double>(narrow);
  std::string digits;
  append_float(digits, narrow);
  return std::strtod(digits.c_str(), nullptr);
}

bool is_ip(const std::string& text) {
  unsigned char buffer[16];
  return inet_pton(AF_INET, text.c_str(), buffer) == 1 ||
         inet_pton(AF_INET6, text.c_str(), buffer) == 1;
}

class ConvertProcessor : public Processor {
 public:
  ConvertProcessor(ProcessorConfig& config, const BuildContext&) : field_(config.text("field")) {
    std::string type = config.text("type");
    target_ = config.text("target_field", field_);
    type = lower_ascii(type);
    for (const auto& [name, convert] : {std::pair{"integer", &to_integer},
                                        {"long", &to_long},
                                        {"float", &to_float},
                                        {"double", &to_double},
                                        {"boolean", &to_boolean},
                                        {"ip", &to_ip},
                                        {"string", &to_string},
                                        {"auto", &to_auto}}) {
      if (type == name) convert_ = convert;
    }
    if (convert_ == nullptr) {
      throw ApiError(config.error(
          "type", fmt::format("type [{}] not supported, cannot convert field.", type)));
    }
    type_ = std::move(type);
    ignore_missing_ = config.boolean("ignore_missing", false);
  }

  bool execute(WorkDocument& document) const override {
    const Json* value = ignore_missing_ ? document.find(field_) : &document.get(field_);
    if (value == nullptr || value->is_null()) {
      if (ignore_missing_) return true;
      throw ApiError(illegal_argument(
          fmt::format("Field [{}] is null, cannot be converted to type [{}]", field_, type_)));
    }
    if (value->is_array()) {
      Json out = Json::array();
      for (const Json& one : *value) out.push_back(convert_(one));
      document.set(target_, std::move(out));
    } else {
      document.set(target_, convert_(*value));
    }
    return true;
  }

 private:
  static Json to_integer(const Json& value) {
    const std::string text = java_text(value);
    const auto whole = parse_whole(text, INT32_MIN, INT32_MAX);
    if (!whole) throw ApiError(cannot_convert(text, "integer", true));
    return *whole;
  }
  static Json to_long(const Json& value) {
    const std::string text = java_text(value);
    const auto whole = parse_whole(text, INT64_MIN, INT64_MAX);
    if (!whole) throw ApiError(cannot_convert(text, "long", true));
    return *whole;
  }
  static Json to_double(const Json& value) {
    const std::string text = java_text(value);
    const auto real = parse_real(text);
    if (!real) throw ApiError(cannot_convert(text, "double", false));
    return *real;
  }
  static Json to_float(const Json& value) {
    const std::string text = java_text(value);
    const auto real = parse_real(text);
    if (!real) throw ApiError(cannot_convert(text, "float", false));
    return float_value(*real);
  }
  static Json to_boolean(const Json& value) {
    const std::string text = java_text(value);
    std::string lower = lower_ascii(text);
    if (lower == "true") return true;
    if (lower == "false") return false;
    throw ApiError(illegal_argument(
        fmt::format("[{}] is not a boolean value, cannot convert to boolean", text)));
  }
  static Json to_ip(const Json& value) {
    const std::string text = java_text(value);
    if (is_ip(text)) return text;
    throw ApiError(illegal_argument(fmt::format("[{}] is not a valid ipv4/ipv6 address", text)));
  }
  static Json to_string(const Json& value) { return java_text(value); }
  static Json to_auto(const Json& value) {
    if (!value.is_string()) return value;
    const auto& text = value.get_ref<const std::string&>();
    for (const auto convert : {&to_boolean, &to_integer, &to_long, &to_float, &to_double}) {
      try {
        return convert(value);
      } catch (const ApiError&) {  // the next type, then
      }
    }
    return text;
  }

  std::string field_;
  std::string target_;
  std::string type_;
  Json (*convert_)(const Json&) = nullptr;
  bool ignore_missing_ = false;
};

class JsonProcessor : public Processor {
 public:
  JsonProcessor(ProcessorConfig& config, const BuildContext&) : field_(config.text("field")) {
    const auto target = config.optional_text("target_field");
    add_to_root_ = config.boolean("add_to_root", false);
    if (add_to_root_ && target) {
      throw ApiError(config.error(
          "target_field", "Cannot set a target field while also setting `add_to_root` to true"));
    }
    target_ = target.value_or(field_);
  }

  bool execute(WorkDocument& document) const override {
    Json value = parse(document.get(field_));
    if (!add_to_root_) {
      document.set(target_, std::move(value));
      return true;
    }
    if (!value.is_object())
      throw ApiError(illegal_argument("cannot add non-map fields to root of document"));
    for (auto& [key, member] : value.items()) document.fields()[key] = std::move(member);
    return true;
  }

 private:
  static Json parse(const Json& value) {
    if (!value.is_string()) {
      if (value.is_structured()) {
        throw ApiError(illegal_argument(
            fmt::format("field [{}] of type [{}] cannot be cast to [java.lang.String]",
                        java_text(value), java_type(value))));
      }
      return value;
    }
    try {
      return parse_json(value.get_ref<const std::string&>());
    } catch (const ApiError& failure) {
      const std::string& reason = failure.error().reason;
      Error parse_error(400, "json_parse_exception", reason);
      parse_error.caused_by(Error(400, "stream_read_exception", reason));
      throw ApiError(
          illegal_argument("org.opensearch.tools.jackson.core.JsonParseException: " + reason)
              .caused_by(std::move(parse_error)));
    }
  }

  std::string field_;
  std::string target_;
  bool add_to_root_ = false;
};

}  // namespace

void add_convert_processors(std::map<std::string, ProcessorFactory, std::less<>>& table) {
  table["convert"] = make_processor<ConvertProcessor>;
  table["json"] = make_processor<JsonProcessor>;
}

}  // namespace tarn

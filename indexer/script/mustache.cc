#include "indexer/script/mustache.h"

#include <fmt/format.h>
#include <unicode/locid.h>
#include <unicode/unistr.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <optional>

#include "indexer/base/error.h"
#include "indexer/script/java_map.h"
#include "indexer/script/mustache_parser.h"
#include "indexer/script/value.h"

namespace tarn::script {
namespace {

constexpr size_t kOutputMax = 32u << 20;
constexpr int64_t kRoundsMax = 1'000'000;

/// URLEncoder.encode, UTF-8
void append_url(std::string& out, std::string_view text) {
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) || c == '.' || c == '-' || c == '*' || c == '_') out += c;
    else if (c == ' ') out += '+';
    else out += fmt::format("%{:02X}", byte);
  }
}

/// The inside of a JSON string.
void append_json_escaped(std::string& out, std::string_view text) {
  std::string quoted;
  append_json_string(quoted, text);
  out.append(quoted, 1, quoted.size() - 2);
}

/// What {{x}} prints: toString(), but a list as the map of its positions that mustachejava sees.
std::string text_of(const Json& value) {
  std::string out;
  if (!value.is_array()) {
    append_java_text(out, value);
    return out;
  }
  out = "{";
  for (size_t i = 0; i < value.size(); ++i) {
    out += fmt::format("{}{}=", i > 0 ? ", " : "", i);
    append_java_text(out, value[i]);
  }
  return out += "}";
}

/// Methods of java.lang.String without parameters, which reflection finds by their names.
std::optional<Json> string_member(const std::string& text, std::string_view name) {
  const auto unicode = [&] { return icu::UnicodeString::fromUTF8(text); };
  const auto utf8 = [](const icu::UnicodeString& changed) {
    std::string out;
    changed.toUTF8String(out);
    return Json(out);
  };
  if (name == "length") return Json(static_cast<int64_t>(to_utf16(text).size()));
  if (name == "empty" || name == "isEmpty") return Json(text.empty());
  if (name == "hashCode") return Json(static_cast<int64_t>(string_hash(text)));
  if (name == "toString" || name == "intern") return Json(text);
  if (name == "toUpperCase") return utf8(unicode().toUpper(icu::Locale::getRoot()));
  if (name == "toLowerCase") return utf8(unicode().toLower(icu::Locale::getRoot()));
  const auto is_blank = [](unsigned char c) { return c <= ' '; };
  const auto first = std::find_if_not(text.begin(), text.end(), is_blank);
  if (name == "blank" || name == "isBlank") return Json(first == text.end());
  if (name == "trim" || name == "strip") return Json(std::string(first, std::find_if_not(text.rbegin(), std::make_reverse_iterator(first), is_blank).base()));
  return std::nullopt;
}

}  // namespace

/// One rendering.
class MustacheRun {
 public:
  using Part = Mustache::Part;
  using Kind = Mustache::Kind;
  MustacheRun(const Mustache::Scope& scope, Mustache::Escape escape) : scope_(scope), escape_(escape) {}

  void run(const std::vector<Part>& parts, std::string& out) {
    for (const Part& part : parts) {
      run(part, out);
      if (out.size() > kOutputMax) fail_size();
    }
  }

 private:
  /// A value that a path leads to: a part of the parameters, or one made on the way.
  struct Found {
    const Json* value = nullptr;
    Json made;
    bool known = false;   ///< something of that name exists, be it null
  };

  [[noreturn]] static void fail_size() {
    throw ApiError(429, "circuit_breaking_exception", "[template] Data too large: the output of a template is limited to 32mb and a million rounds");
  }

  [[noreturn]] static void fail_position(const Part& part, Error cause) {
    const std::string at = fmt::format(" @[query-template:{}]", part.line);
    const std::string reason = cause.reason + at;
    Error error(500, "mustache_exception", reason);
    error.caused_by(std::move(cause));
    if (part.kind != Kind::kValue) throw ApiError(std::move(error));
    Error outer(500, "mustache_exception", fmt::format("Failed to get value for {}{}", part.name, at));
    outer.caused_by(std::move(error));
    throw ApiError(std::move(outer));
  }

  static Found step(const Json& from, const std::string& name, const Part& part) {
    Found out;
    if (from.is_object()) {
      const auto it = from.find(name);
      if (it != from.end()) out = {&*it, {}, true};
    } else if (from.is_array()) {
      if (name == "size") return {nullptr, Json(from.size()), true};
      std::string_view digits = name;
      if (digits.starts_with('+')) digits.remove_prefix(1);
      int32_t position = 0;
      const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), position);
      if (digits.empty() || error != std::errc() || end != digits.data() + digits.size()) return out;
      if (position < 0) fail_position(part, Error(400, "illegal_argument_exception", "position >= 0"));
      if (static_cast<size_t>(position) >= from.size()) {
        fail_position(part, Error(500, "index_out_of_bounds_exception", std::to_string(position)));
      }
      const Json& element = from[static_cast<size_t>(position)];
      out = {&element, {}, !element.is_null()};
    } else if (from.is_string()) {
      if (auto member = string_member(from.get_ref<const std::string&>(), name)) return {nullptr, std::move(*member), true};
    } else if (from.is_number() && (name == "intValue" || name == "longValue" || name == "doubleValue" || name == "toString")) {
      if (name == "doubleValue") return {nullptr, Json(from.get<double>()), true};
      return {nullptr, name == "toString" || from.is_number_integer() ? from : Json(from.get<int64_t>()), true};
    }
    return out;
  }

  Found root_step(const std::string& name, const Part& part) const {
    for (const auto& [extra, value] : scope_.extras) {
      if (extra == name) return {value, {}, true};
    }
    return step(scope_.root, name, part);
  }

  /// Innermost scope first; once the first name is found, the rest has to be below it.
  Found look_up(const Part& part) {
    if (part.name == ".") return here();
    for (size_t i = scopes_.size() + 1; i-- > 0;) {
      const auto first = [&](const std::string& name) { return i == 0 ? root_step(name, part) : step(*scopes_[i - 1], name, part); };
      if (part.path.size() > 1) {
        if (Found whole = first(part.name); whole.known) return whole;
      }
      Found found = first(part.path[0]);
      if (!found.known) continue;
      for (size_t k = 1; k < part.path.size() && found.known; ++k) {
        const Json from = found.value == nullptr ? std::move(found.made) : Json();
        Found next = step(found.value == nullptr ? from : *found.value, part.path[k], part);
        if (found.value == nullptr && next.value != nullptr) next = {nullptr, *next.value, true};
        found = std::move(next);
      }
      return found;
    }
    return {};
  }

  Found here() const {
    if (!scopes_.empty()) return {scopes_.back(), {}, true};
    if (scope_.extras.empty()) return {&scope_.root, {}, true};
    Json all = scope_.root;
    for (const auto& [name, value] : scope_.extras) all[std::string(name)] = *value;
    return {nullptr, std::move(all), true};
  }

  static bool is_false(const Json& value) {
    return value.is_null() || value == false || (value.is_array() && value.empty()) ||
           (value.is_string() && value.get_ref<const std::string&>().empty());
  }

  void within(const Json& scope, const Part& part, std::string& out) {
    if (++rounds_ > kRoundsMax) fail_size();
    if (scope.is_null()) return run(part.inner, out);  // is no scope: names mean what they meant around it
    scopes_.push_back(&scope);
    run(part.inner, out);
    scopes_.pop_back();
  }

  void append_escaped(std::string& out, std::string_view text) const {
    switch (escape_) {
      case Mustache::Escape::kJson: return append_json_escaped(out, text);
      case Mustache::Escape::kUrl: return append_url(out, text);
      case Mustache::Escape::kNone: out += text;
    }
  }

  void run(const Part& part, std::string& out) {
    switch (part.kind) {
      case Kind::kText: out += part.name; return;
      case Kind::kNothing: return;
      case Kind::kBlock: return run(part.inner, out);
      case Kind::kUrl: {
        std::string inner;
        run(part.inner, inner);
        return append_url(out, inner);
      }
      default: break;
    }
    const Found found = look_up(part);
    const Json& value = found.value == nullptr ? found.made : *found.value;
    switch (part.kind) {
      case Kind::kValue:
        if (value.is_null()) return;
        if (part.escaped) append_escaped(out, text_of(value));
        else out += text_of(value);
        return;
      case Kind::kSection:
        if (is_false(value)) return;
        if (!value.is_array()) return within(value, part, out);
        for (const Json& one : value) within(one, part, out);
        return;
      case Kind::kInverted:
        if (is_false(value)) run(part.inner, out);
        return;
      case Kind::kToJson:
        if (value.is_structured()) append_java_json(out, value);
        else if (!value.is_null()) append_java_text(out, value);
        return;
      case Kind::kJoin: return join(part, value, out);
      case Kind::kPartial:
        if (value.is_string()) {
          throw ApiError(500, "mustache_exception",
                         fmt::format("Partial templates are not supported in OpenSearch Mustache scripts: [{}]", value.get<std::string>()));
        }
        if (!value.is_null()) throw ApiError(500, "class_cast_exception", "the name of a partial template must be a string");
        return;
      default: return;
    }
  }

  void join(const Part& part, const Json& value, std::string& out) {
    if (!value.is_array()) return run(part.inner, out);
    for (size_t i = 0; i < value.size(); ++i) {
      if (i > 0) out += part.delimiter;
      append_java_text(out, value[i]);
    }
  }

  const Mustache::Scope& scope_;
  const Mustache::Escape escape_;
  std::vector<const Json*> scopes_;
  int64_t rounds_ = 0;
};

Mustache::Mustache(std::string_view text, Escape escape) : parts_(MustacheParser(text).parse()), escape_(escape) {}

Mustache::Escape Mustache::escape_of(std::string_view content_type) {
  if (content_type == "application/json" || content_type == "application/json; charset=UTF-8") return Escape::kJson;
  if (content_type == "text/plain") return Escape::kNone;
  if (content_type == "application/x-www-form-urlencoded") return Escape::kUrl;
  throw ApiError(illegal_argument(fmt::format("No encoder found for MIME type [{}]", content_type)));
}

std::string Mustache::render(const Scope& scope) const {
  std::string out;
  MustacheRun(scope, escape_).run(parts_, out);
  return out;
}

}  // namespace tarn::script

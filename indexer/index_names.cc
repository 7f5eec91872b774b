#include "indexer/index_names.h"

#include <algorithm>
#include <cctype>
#include <chrono>
#include <memory>
#include <optional>

#include <fmt/format.h>

#include "indexer/mapping/date_format.h"

namespace tarn {
namespace {

// Strings.INVALID_FILENAME_CHARS prints its set in the order of a Java HashSet.
constexpr std::string_view kForbidden = " \"*\\<|,>/?";
constexpr std::string_view kForbiddenText = "must not contain the following characters [ , \", *, \\, <, |, ,, >, /, ?]";
constexpr size_t kNameBytesMax = 255;

/// What is wrong with a name of an index or an alias, or nothing.
std::optional<std::string> name_problem(std::string_view name) {
  if (name.find_first_of(kForbidden) != std::string_view::npos) return std::string(kForbiddenText);
  if (name.empty()) return "must not be empty";
  if (name.find('#') != std::string_view::npos) return "must not contain '#'";
  if (name.find(':') != std::string_view::npos) return "must not contain ':'";
  if (name[0] == '_' || name[0] == '-' || name[0] == '+') return "must not start with '_', '-', or '+'";
  if (name.size() > kNameBytesMax) return fmt::format("index name is too long, ({} > {})", name.size(), kNameBytesMax);
  if (name == "." || name == "..") return "must not be '.' or '..'";
  return std::nullopt;
}

[[noreturn]] void bad_expression(std::string_view expression, std::string_view why) {
  throw ApiError(400, "parse_exception", fmt::format("invalid dynamic name expression [{}]. {}", expression, why));
}

/// One placeholder's text: "now/d{yyyy.MM|+01:00}" to the date it stands for.
std::string placeholder_value(std::string_view expression, std::string_view text, int64_t now) {
  std::string pattern = "yyyy.MM.dd";
  std::shared_ptr<const TimeZone> zone;
  std::string_view math = text;
  if (const size_t brace = text.find('{'); brace != std::string_view::npos) {
    if (text.back() != '}')
      bad_expression(expression, fmt::format("missing closing `}}` for date math format"));
    if (brace + 2 == text.size()) bad_expression(expression, "missing date format");
    math = text.substr(0, brace);
    pattern = std::string(text.substr(brace + 1, text.size() - brace - 2));
    if (const size_t bar = pattern.find('|'); bar != std::string::npos) {
      zone = TimeZone::create(pattern.substr(bar + 1));
      pattern.resize(bar);
    }
  }
  const auto format = DateFormat::create(pattern);
  return format->format(parse_date_math(math, *format, now, false, zone.get()), zone.get());
}

}  // namespace

int64_t now_ms() {
  using namespace std::chrono;
  return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
}

bool patterns_overlap(std::string_view a, std::string_view b) {
  // reachable[j]: some name is read by the first i characters of a and the first j of b.
  std::vector<std::vector<bool>> reachable(a.size() + 1, std::vector<bool>(b.size() + 1, false));
  reachable[0][0] = true;
  for (size_t i = 0; i <= a.size(); ++i) {
    for (size_t j = 0; j <= b.size(); ++j) {
      if (!reachable[i][j]) continue;
      const bool star_a = i < a.size() && a[i] == '*', star_b = j < b.size() && b[j] == '*';
      if (star_a) reachable[i + 1][j] = true;
      if (star_b) reachable[i][j + 1] = true;
      if (star_a && j < b.size()) reachable[i][j + 1] = true;
      if (star_b && i < a.size()) reachable[i + 1][j] = true;
      if (i < a.size() && j < b.size() && a[i] == b[j]) reachable[i + 1][j + 1] = true;
    }
  }
  return reachable[a.size()][b.size()];
}

std::vector<std::string> split_commas(std::string_view text) {
  std::vector<std::string> out;
  size_t from = 0;
  while (true) {
    const size_t comma = text.find(',', from);
    out.emplace_back(text.substr(from, comma == std::string_view::npos ? comma : comma - from));
    if (comma == std::string_view::npos) break;
    from = comma + 1;
  }
  while (out.size() > 1 && out.back().empty()) out.pop_back();  // as Java's String.split
  return out;
}

Error invalid_index_name(std::string_view name, std::string_view why) {
  Error error(400, "invalid_index_name_exception", fmt::format("Invalid index name [{}], {}", name, why));
  return error.with("index", std::string(name)).with("index_uuid", "_na_");
}

Error index_closed(std::string_view name, std::string_view uuid) {
  return Error(400, "index_closed_exception", "closed").with("index", std::string(name)).with("index_uuid", std::string(uuid));
}

Error index_not_found(std::string_view name) {
  Error error(404, "index_not_found_exception", fmt::format("no such index [{}]", name));
  return error.with("index", std::string(name))
      .with("resource.id", std::string(name))
      .with("resource.type", "index_or_alias")
      .with("index_uuid", "_na_");
}

Error index_not_found(std::string_view name, std::string_view reason) {
  Error error(404, "index_not_found_exception", fmt::format("no such index [{}] and {}", name, reason));
  return error.with("index", std::string(name)).with("index_uuid", "_na_");
}

void check_index_name(std::string_view name) {
  if (const auto problem = name_problem(name)) throw ApiError(invalid_index_name(name, *problem));
  if (std::any_of(name.begin(), name.end(), [](unsigned char c) { return std::isupper(c); }))
    throw ApiError(invalid_index_name(name, "must be lowercase"));
}

void check_alias_name(std::string_view name) {
  if (const auto problem = name_problem(name))
    throw ApiError(400, "invalid_alias_name_exception", fmt::format("Invalid alias name [{}]: {}", name, *problem));
}

std::string resolve_date_math(std::string_view name, int64_t now) {
  if (name.size() < 2 || name.front() != '<' || name.back() != '>') return std::string(name);
  const std::string_view text = name.substr(1, name.size() - 2);
  std::string out, placeholder;
  bool escaped = false, inside = false, in_format = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool literal = escaped;
    if (c == '\\' && !escaped) {
      escaped = true;
      continue;
    }
    escaped = false;
    if (inside) {
      if (c == '{' && !literal) {
        if (in_format) bad_expression(text, fmt::format("invalid character in placeholder at position [{}]", i));
        in_format = true;
        placeholder += c;
      } else if (c == '}' && !literal) {
        if (in_format) {
          in_format = false;
          placeholder += c;
          continue;
        }
        if (placeholder.empty()) bad_expression(text, "nothing captured");
        out += placeholder_value(text, placeholder, now);
        placeholder.clear();
        inside = false;
      } else {
        placeholder += c;
      }
    } else if (c == '{' && !literal) {
      inside = true;
    } else if (c == '}' && !literal) {
      bad_expression(text, fmt::format("invalid character at position [{}]. `{{` and `}}` are reserved characters and should be "
                                       "escaped when used as part of the index name using `\\` (e.g. `\\{{text\\}}`)", i));
    } else {
      out += c;
    }
  }
  if (inside) bad_expression(name.substr(1), "date math placeholder is open ended");
  if (out.empty()) bad_expression(text, "nothing captured");
  return out;
}

}  // namespace tarn

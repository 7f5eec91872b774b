#include "query/fetch/source_filter.h"

#include <string_view>

#include "query/dsl/clause.h"
#include "query/search.h"

namespace tarn::query {

std::vector<std::string> split_commas(std::string_view text) {
  std::vector<std::string> out;
  while (!text.empty()) {
    const size_t comma = text.find(',');
    std::string_view part = text.substr(0, comma);
    while (!part.empty() && part.front() == ' ') part.remove_prefix(1);
    while (!part.empty() && part.back() == ' ') part.remove_suffix(1);
    if (!part.empty()) out.emplace_back(part);
    if (comma == std::string_view::npos) break;
    text.remove_prefix(comma + 1);
  }
  return out;
}

SourceFilter parse_source_filter(const Json& value) {
  SourceFilter out;
  out.given = true;
  const auto read_list = [](const Json& list, std::vector<std::string>& into) {
    if (list.is_string()) {
      into.push_back(list.get<std::string>());
      return;
    }
    if (!list.is_array()) fail_parse("Unknown key for a " + std::string(token_name(list)) + " in [_source].");
    for (const Json& item : list) {
      if (!item.is_string()) fail_parse("Unknown key for a " + std::string(token_name(item)) + " in [includes].");
      into.push_back(item.get<std::string>());
    }
  };
  if (value.is_boolean()) {
    out.enabled = value.get<bool>();
  } else if (value.is_string()) {
    out.includes.push_back(value.get<std::string>());
  } else if (value.is_array()) {
    read_list(value, out.includes);
  } else if (value.is_object()) {
    for (const auto& [key, member] : value.items()) {
      if (key == "includes" || key == "include") {
        read_list(member, out.includes);
      } else if (key == "excludes" || key == "exclude") {
        read_list(member, out.excludes);
      } else {
        fail_parse("Unknown key for a " + std::string(token_name(member)) + " in [" + key + "].");
      }
    }
  } else {
    fail_parse("Expected one of [VALUE_BOOLEAN, VALUE_STRING, START_ARRAY, START_OBJECT] but found [" +
               std::string(token_name(value)) + "]");
  }
  return out;
}

namespace {

/// How a path stands to a pattern such as "a.*.c".
enum class Reach { kNo, kPartly, kYes };  // partly: something below the path may match

/// Matches glob `pattern` against `path`; "yes" also where the pattern names a parent of the path.
bool glob(std::string_view pattern, std::string_view text) {
  size_t p = 0, t = 0, star = std::string_view::npos, retry = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      retry = t;
    } else if (p < pattern.size() && pattern[p] == text[t]) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++retry;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

/// Could some path below `path` match?
bool glob_below(std::string_view pattern, std::string_view path) {
  size_t i = 0;
  for (; i < path.size(); ++i) {
    if (i >= pattern.size()) return false;
    if (pattern[i] == '*') return true;
    if (pattern[i] != path[i]) return false;
  }
  return i < pattern.size() && (pattern[i] == '.' || pattern[i] == '*');
}

Reach reach(const std::vector<std::string>& patterns, std::string_view path) {
  Reach best = Reach::kNo;
  for (const std::string& pattern : patterns) {
    if (glob(pattern, path)) return Reach::kYes;
    if (glob_below(pattern, path)) best = Reach::kPartly;
  }
  return best;
}

class Filter {
 public:
  Filter(const std::vector<std::string>& includes, const std::vector<std::string>& excludes)
      : includes_(includes), excludes_(excludes) {}

  Json object(const Json& in, const std::string& prefix, bool included) const {
    Json out = Json::object();
    for (const auto& [key, value] : in.items()) {
      const std::string path = prefix.empty() ? key : prefix + "." + key;
      if (reach(excludes_, path) == Reach::kYes) continue;
      Reach inside = included ? Reach::kYes : reach(includes_, path);
      if (inside == Reach::kNo) continue;
      if (value.is_object()) {
        Json member = object(value, path, inside == Reach::kYes);
        if (inside == Reach::kYes || !member.empty()) out[key] = std::move(member);
      } else if (value.is_array()) {
        Json member = array(value, path, inside == Reach::kYes);
        if (inside == Reach::kYes || !member.empty()) out[key] = std::move(member);
      } else if (inside == Reach::kYes) {
        out[key] = value;
      }
    }
    return out;
  }

 private:
  Json array(const Json& in, const std::string& path, bool included) const {
    Json out = Json::array();
    for (const Json& value : in) {
      if (value.is_object()) {
        Json member = object(value, path, included);
        if (included || !member.empty()) out.push_back(std::move(member));
      } else if (value.is_array()) {
        Json member = array(value, path, included);
        if (included || !member.empty()) out.push_back(std::move(member));
      } else if (included) {
        out.push_back(value);
      }
    }
    return out;
  }
  const std::vector<std::string>& includes_;
  const std::vector<std::string>& excludes_;
};

}  // namespace

std::string filter_source(std::string_view source, const std::vector<std::string>& includes,
                          const std::vector<std::string>& excludes) {
  if (includes.empty() && excludes.empty()) return std::string(source);
  const Json parsed = parse_json(source);
  if (!parsed.is_object()) return std::string(source);
  return to_text(Filter(includes, excludes).object(parsed, "", includes.empty()));
}

}  // namespace tarn::query

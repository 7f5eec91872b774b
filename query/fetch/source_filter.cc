#include "query/fetch/source_filter.h"

#include <array>
#include <cstring>
#include <string_view>

#include "indexer/base/ascii.h"
#include "indexer/base/deprecation.h"
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
    if (!list.is_array()) fail_parse("Unknown key for a " + std::string(token_name(list)) + " in [_source].", list);
    for (const Json& item : list) {
      if (!item.is_string()) fail_parse("Unknown key for a " + std::string(token_name(item)) + " in [includes].", item);
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
        if (key == "include") Deprecations::field(key, "includes");
        read_list(member, out.includes);
      } else if (key == "excludes" || key == "exclude") {
        if (key == "exclude") Deprecations::field(key, "excludes");
        read_list(member, out.excludes);
      } else {
        fail_parse("Unknown key for a " + std::string(token_name(member)) + " in [" + key + "].", member);
      }
    }
  } else {
    fail_parse("Expected one of [VALUE_BOOLEAN, VALUE_STRING, START_ARRAY, START_OBJECT] but found [" +
               std::string(token_name(value)) + "]",
               value);
  }
  return out;
}

namespace {

/// How a path stands to a pattern such as "a.*.c".
enum class Reach { kNo, kPartly, kYes };  // partly: something below the path may match

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

/// The patterns of a request, once for all hits of a page: names without "*" are compared as they are.
struct Pattern {
  std::string_view text;
  bool plain;
};

Reach reach(const std::vector<Pattern>& patterns, std::string_view path) {
  Reach best = Reach::kNo;
  for (const Pattern& pattern : patterns) {
    if (pattern.plain) {
      if (pattern.text.size() < path.size() || std::memcmp(pattern.text.data(), path.data(), path.size()) != 0) continue;
      if (pattern.text.size() == path.size()) return Reach::kYes;
      if (pattern.text[path.size()] == '.') best = Reach::kPartly;
      continue;
    }
    if (matches_pattern(pattern.text, path)) return Reach::kYes;
    if (glob_below(pattern.text, path)) best = Reach::kPartly;
  }
  return best;
}

std::vector<Pattern> patterns_of(const std::vector<std::string>& texts) {
  std::vector<Pattern> out;
  for (const std::string& text : texts) out.push_back({text, text.find('*') == std::string::npos});
  return out;
}

/// Bytes that end a number or a literal.
constexpr auto kEndsScalar = [] {
  std::array<bool, 256> table{};
  for (const unsigned char c : {',', ']', '}', ' ', '\t', '\n', '\r'}) table[c] = true;
  return table;
}();

/// Filters the text of a document in one pass: what stays is copied, what goes is skipped, nothing is built in between.
/// Numbers in other notations than Java's own are rewritten, as OpenSearch's map of the document prints them.
class TextFilter {
 public:
  TextFilter(std::string_view text, const std::vector<Pattern>& includes, const std::vector<Pattern>& excludes)
      : text_(text), includes_(includes), excludes_(excludes) {}

  /// Appends the filtered object at the cursor; returns whether anything is in it. REQUIRES: valid JSON.
  bool object(std::string& out, bool included) {
    bool any = false;
    out += '{';
    ++at_;  // the brace
    while (next() != '}') {
      const std::string_view name = string_token();
      const size_t path_size = path_.size();
      if (!path_.empty()) path_ += '.';
      append_name(name);
      next();  // the colon
      ++at_;
      next();
      any = member(out, name, included, any) || any;
      path_.resize(path_size);
      if (next() == ',') ++at_;
    }
    ++at_;
    out += '}';
    return any;
  }
  char next() {
    while (at_ < text_.size() && static_cast<unsigned char>(text_[at_]) <= ' ') ++at_;
    return at_ < text_.size() ? text_[at_] : '}';
  }

 private:
  /// The value of member `name` at the cursor, if it stays; true if something was written.
  bool member(std::string& out, std::string_view name, bool included, bool comma) {
    if (!excludes_.empty() && reach(excludes_, path_) == Reach::kYes) {
      skip();
      return false;
    }
    const Reach inside = included ? Reach::kYes : reach(includes_, path_);
    if (inside == Reach::kNo) {
      skip();
      return false;
    }
    const size_t before = out.size();
    if (comma) out += ',';
    (out += name) += ':';
    if (value(out, inside == Reach::kYes)) return true;
    out.resize(before);
    return false;
  }

  /// Appends what stays of the value at the cursor; false if nothing does.
  bool value(std::string& out, bool included) {
    const bool container = text_[at_] == '{' || text_[at_] == '[';
    if (included && (!container || !excluded_below())) {
      copy(out);
      return true;
    }
    if (!container) {
      skip();
      return false;
    }
    const bool any = text_[at_] == '{' ? object(out, included) : array(out, included);
    return included || any;
  }

  bool array(std::string& out, bool included) {
    bool any = false;
    out += '[';
    ++at_;
    while (next() != ']') {
      const size_t before = out.size();
      if (any) out += ',';
      if (value(out, included)) any = true;
      else out.resize(before);
      if (next() == ',') ++at_;
    }
    ++at_;
    out += ']';
    return any;
  }

  bool excluded_below() const { return !excludes_.empty() && reach(excludes_, path_) != Reach::kNo; }

  /// The token of a string with its quotes; the cursor goes behind it.
  std::string_view string_token() {
    const size_t begin = at_;
    size_t quote = begin;
    while (true) {
      quote = text_.find('"', quote + 1);
      if (quote == std::string_view::npos) {
        at_ = text_.size();
        break;
      }
      // A quote behind an odd number of backslashes is a part of the string.
      size_t backslashes = 0;
      while (text_[quote - backslashes - 1] == '\\') ++backslashes;
      if (backslashes % 2 != 0) continue;
      at_ = quote + 1;
      break;
    }
    return text_.substr(begin, at_ - begin);
  }
  void append_name(std::string_view token) {
    if (token.find('\\') == std::string_view::npos) path_ += token.substr(1, token.size() - 2);
    else path_ += parse_json(token).get<std::string>();
  }

  /// Goes behind the value at the cursor. `rewrite` tells whether a number in it needs Java's notation.
  void skip(bool* rewrite = nullptr) {
    int depth = 0;
    do {
      switch (next()) {
        case '"': string_token(); break;
        case '{': case '[': ++depth; ++at_; break;
        case '}': case ']': --depth; ++at_; break;
        case ',': case ':': ++at_; break;
        default:
          for (; at_ < text_.size() && !kEndsScalar[static_cast<unsigned char>(text_[at_])]; ++at_) {
            if (rewrite == nullptr) continue;
            if (text_[at_] == '.' || text_[at_] == 'E') *rewrite = true;
            if (text_[at_] == 'e' && text_[at_ - 1] >= '0' && text_[at_ - 1] <= '9') *rewrite = true;
          }
      }
    } while (depth > 0 && at_ < text_.size());
  }
  void copy(std::string& out) {
    const size_t begin = at_;
    bool rewrite = false;
    skip(&rewrite);
    const std::string_view raw = text_.substr(begin, at_ - begin);
    if (rewrite) out += to_text(parse_json(raw));
    else out += raw;
  }

  std::string_view text_;
  const std::vector<Pattern>& includes_;
  const std::vector<Pattern>& excludes_;
  size_t at_ = 0;
  std::string path_;
};

void filter_source(std::string_view source, const std::vector<Pattern>& includes, const std::vector<Pattern>& excludes,
                   std::string& out) {
  TextFilter filter(source, includes, excludes);
  if (filter.next() != '{') {
    out.append(source);
  } else {
    filter.object(out, includes.empty());
  }
}

}  // namespace

std::string filter_source(std::string_view source, const std::vector<std::string>& includes,
                          const std::vector<std::string>& excludes) {
  if (includes.empty() && excludes.empty()) return std::string(source);
  std::string out;
  filter_source(source, patterns_of(includes), patterns_of(excludes), out);
  return out;
}

}  // namespace tarn::query

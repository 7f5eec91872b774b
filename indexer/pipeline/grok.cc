// grok: named regular expressions over a dictionary.
#include <algorithm>

#include "indexer/pipeline/grok_patterns.h"
#include "indexer/pipeline/processor.h"
#include "indexer/pipeline/regex.h"

namespace tarn {
namespace {

using Dictionary = std::map<std::string, std::string, std::less<>>;

const Dictionary& built_in() {
  static const auto table = [] {
    Dictionary out;
    for (size_t i = 0; i < kGrokPatternCount; ++i)
      out.emplace(kGrokPatterns[i].first, kGrokPatterns[i].second);
    return out;
  }();
  return table;
}

struct Capture {
  size_t group;  // index into Regex::find's groups
  std::string name;
  std::string type;
};

/// Replaces %{NAME}, %{NAME:field} and %{NAME:field:type} by the dictionary's expressions.
class Expander {
 public:
  explicit Expander(const Dictionary& own) : own_(own) {}

  std::string expand(std::string_view pattern, int depth = 0) const {
    if (depth > 500)
      throw ApiError(
          illegal_argument("circular reference in pattern [" + std::string(pattern) + "]"));
    std::string out;
    while (true) {
      const size_t open = pattern.find("%{");
      if (open == std::string_view::npos) return out += pattern;
      const size_t close = pattern.find('}', open);
      if (close == std::string_view::npos) return out += pattern;
      out += pattern.substr(0, open);
      const std::string_view inside = pattern.substr(open + 2, close - open - 2);
      pattern.remove_prefix(close + 1);
      const size_t colon = inside.find(':');
      const std::string_view name = inside.substr(0, colon);
      const std::string inner = expand(find(name), depth + 1);
      if (colon == std::string_view::npos) {
        out += "(?:" + inner + ")";
      } else {
        out += fmt::format("(?<{}>{})", inside.substr(colon + 1), inner);
      }
    }
  }

 private:
  std::string_view find(std::string_view name) const {
    if (const auto it = own_.find(name); it != own_.end()) return it->second;
    if (const auto it = built_in().find(name); it != built_in().end()) return it->second;
    throw ApiError(illegal_argument(
        fmt::format("Unable to find pattern [{}] in Grok's pattern dictionary", name)));
  }
  const Dictionary& own_;
};

/// ICU's named groups allow letters and digits only, so all become numbered; unnamed ones stop
/// capturing, as in Oniguruma.
std::string number_groups(std::string_view pattern, std::vector<Capture>& captures,
                          size_t& groups) {
  std::string out;
  bool in_class = false;
  for (size_t i = 0; i < pattern.size(); ++i) {
    const char c = pattern[i];
    if (c == '\\' && i + 1 < pattern.size()) {
      if (pattern[i + 1] == 'h') {  // a hexadecimal digit for Oniguruma, a blank for ICU
        out += in_class ? "0-9a-fA-F" : "[0-9a-fA-F]";
        ++i;
        continue;
      }
      out += c;
      out += pattern[++i];
    } else if (in_class) {
      if (c == ']') in_class = false;
      // A bracket inside a class is itself for Oniguruma, a nested set for ICU.
      if (c == '[' && !pattern.substr(i).starts_with("[:")) out += '\\';
      if (pattern.substr(i).starts_with("[:")) {
        const size_t end = pattern.find(":]", i);
        if (end != std::string_view::npos) {
          out += pattern.substr(i, end + 2 - i);
          i = end + 1;
          continue;
        }
      }
      out += c;
    } else if (c == '[') {
      in_class = true;
      out += c;
      if (i + 1 < pattern.size() && pattern[i + 1] == '^') out += pattern[++i];
      if (i + 1 < pattern.size() && pattern[i + 1] == ']') {
        out += "\\]";
        ++i;
      }
    } else if (c == '{') {
      // A brace that opens no repetition is itself for Oniguruma, an error for ICU.
      size_t end = i + 1;
      while (end < pattern.size() &&
             (std::isdigit(static_cast<unsigned char>(pattern[end])) || pattern[end] == ','))
        ++end;
      if (end > i + 1 && end < pattern.size() && pattern[end] == '}') {
        out += pattern.substr(i, end + 1 - i);
        i = end;
      } else {
        out += "\\{";
      }
    } else if (c == '}') {
      out += "\\}";
    } else if (c == '?' && i > 0 && pattern[i - 1] != '(' && i + 1 < pattern.size() &&
               pattern[i + 1] == '*') {
      continue;  // x?* is x*
    } else if (c != '(') {
      out += c;
    } else if (i + 1 < pattern.size() && pattern[i + 1] != '?') {
      out += "(?:";
    } else if (pattern.substr(i).starts_with("(?<") && i + 3 < pattern.size() &&
               pattern[i + 3] != '=' && pattern[i + 3] != '!') {
      const size_t end = pattern.find('>', i);
      const std::string_view inside = pattern.substr(i + 3, end - i - 3);
      const size_t colon = inside.find(':');
      captures.push_back(
          {groups++, std::string(inside.substr(0, colon)),
           colon == std::string_view::npos ? "" : std::string(inside.substr(colon + 1))});
      out += '(';
      i = end;
    } else {
      out += c;
    }
  }
  return out;
}

Json typed(const std::string& text, const std::string& type) {
  try {
    if (type == "int") return std::stoi(text);
    if (type == "long") return static_cast<int64_t>(std::stoll(text));
    if (type == "double") return std::stod(text);
    if (type == "float") {
      std::string digits;
      append_float(digits, std::stof(text));
      return std::stod(digits);
    }
  } catch (const std::exception&) {
    throw ApiError(
        Error(400, "number_format_exception", fmt::format("For input string: \"{}\"", text)));
  }
  if (type == "boolean") return text == "true" || text == "TRUE" || text == "True";
  return text;
}

class GrokProcessor : public Processor {
 public:
  GrokProcessor(ProcessorConfig& config, const BuildContext&) : field_(config.text("field")) {
    const std::vector<std::string> patterns = config.text_list("patterns");
    trace_match_ = config.boolean("trace_match", false);
    ignore_missing_ = config.boolean("ignore_missing", false);
    const bool capture_all = config.boolean("capture_all_matches", false);
    if (capture_all)
      throw ApiError(501, "not_implemented_exception",
                     "grok option [capture_all_matches] is not supported");
    if (patterns.empty())
      throw ApiError(config.error("patterns", "List of patterns must not be empty"));
    Dictionary own;
    if (const auto definitions = config.optional_object("pattern_definitions")) {
      for (const auto& [name, pattern] : definitions->items()) own[name] = java_text(pattern);
    }
    std::string whole;
    try {
      for (const std::string& pattern : patterns) {
        pattern_groups_.push_back(groups_++);
        whole += (whole.empty() ? "(" : "|(") +
                 number_groups(Expander(own).expand(pattern), captures_, groups_) + ")";
      }
      regex_ = std::make_unique<Regex>(whole);
    } catch (const ApiError& failure) {
      std::string list;
      for (const std::string& pattern : patterns) list += (list.empty() ? "" : ", ") + pattern;
      throw ApiError(config.error(
          "patterns",
          fmt::format("Invalid regex pattern found in: [{}]. {}", list, failure.error().reason)));
    }
  }

  bool execute(WorkDocument& document) const override {
    const Json* value = ignore_missing_ ? document.find(field_) : &document.get(field_);
    const std::string* text = value == nullptr ? nullptr : cast_to_string(field_, *value);
    if (text == nullptr) {
      if (ignore_missing_) return true;
      throw ApiError(
          illegal_argument(fmt::format("field [{}] is null, cannot process it.", field_)));
    }
    std::vector<std::pair<bool, std::string>> groups;
    if (!regex_->find(*text, groups)) {
      throw ApiError(illegal_argument(
          fmt::format("Provided Grok expressions do not match field value: [{}]", *text)));
    }
    std::vector<std::string_view> done;
    for (const Capture& capture : captures_) {
      const auto& [matched, part] = groups[capture.group];
      if (!matched || std::find(done.begin(), done.end(), capture.name) != done.end()) continue;
      done.push_back(capture.name);
      document.set(capture.name, typed(part, capture.type));
    }
    if (trace_match_) {
      for (size_t i = 0; i < pattern_groups_.size(); ++i) {
        if (groups[pattern_groups_[i]].first)
          document.ingest()["_grok_match_index"] = std::to_string(i);
      }
    }
    return true;
  }

 private:
  std::string field_;
  std::unique_ptr<Regex> regex_;
  std::vector<Capture> captures_;
  std::vector<size_t> pattern_groups_;
  size_t groups_ = 0;
  bool trace_match_ = false;
  bool ignore_missing_ = false;
};

}  // namespace

Json grok_pattern_list(bool sorted) {
  Json patterns = Json::object();
  if (sorted) {
    for (const auto& [name, pattern] : built_in()) patterns[name] = pattern;
  } else {
    auto& members = patterns.get_ref<Json::object_t&>();
    for (size_t i = 0; i < kGrokPatternCount; ++i)
      members.push_back({kGrokPatterns[i].first, Json(kGrokPatterns[i].second)});
  }
  return Json{{"patterns", std::move(patterns)}};
}

void add_grok_processor(std::map<std::string, ProcessorFactory, std::less<>>& table) {
  table["grok"] = make_processor<GrokProcessor>;
}

}  // namespace tarn

#include "indexer/pipeline/dissect.h"

#include <algorithm>
#include <charconv>
#include <map>

#include "indexer/pipeline/fast_plan.h"
#include "indexer/pipeline/processor.h"

namespace tarn {
namespace {

using Modifier = DissectPattern::Modifier;

[[noreturn]] void refuse_key(std::string_view key, std::string_view reason) {
  throw ApiError(500, "key_parse", fmt::format("Unable to parse key: {} Reason: {}", key, reason));
}

DissectPattern::Key parse_key(std::string_view text) {
  DissectPattern::Key key;
  const std::string_view whole = text;
  if (text.ends_with("->")) {
    key.skip_right_padding = true;
    text.remove_suffix(2);
  }
  if (text.empty()) {
    key.modifier = Modifier::skip;
    return key;
  }
  switch (text[0]) {
    case '?':
      key.modifier = Modifier::skip;
      break;
    case '+':
      key.modifier = Modifier::append;
      break;
    case '*':
      key.modifier = Modifier::name;
      break;
    case '&':
      key.modifier = Modifier::value;
      break;
    default:
      key.name = text;
      return key;
  }
  text.remove_prefix(1);
  if (key.modifier == Modifier::append) {
    if (const size_t slash = text.rfind('/'); slash != std::string_view::npos) {
      const std::string_view digits = text.substr(slash + 1);
      const auto [end, error] =
          std::from_chars(digits.data(), digits.data() + digits.size(), key.order);
      if (error != std::errc() || end != digits.data() + digits.size())
        refuse_key(whole, "The key name could be determined");
      key.modifier = Modifier::append_with_order;
      text = text.substr(0, slash);
    }
  }
  key.name = text;
  if (key.name.empty() && key.modifier != Modifier::skip)
    refuse_key(whole, "The key name could be determined");
  return key;
}

}  // namespace

DissectPattern::DissectPattern(std::string pattern, std::string append_separator)
    : pattern_(std::move(pattern)), append_separator_(std::move(append_separator)) {
  const auto refuse = [this](std::string_view reason) {
    throw ApiError(500, "pattern_parse",
                   fmt::format("Unable to parse pattern: {} Reason: {}", pattern_, reason));
  };
  std::string_view rest = pattern_;
  size_t open = rest.find("%{");
  if (open == std::string_view::npos) refuse("Unable to find any keys or delimiters.");
  leading_ = rest.substr(0, open);
  while (open != std::string_view::npos) {
    rest.remove_prefix(open + 2);
    const size_t close = rest.find('}');
    if (close == std::string_view::npos) break;
    Key key = parse_key(rest.substr(0, close));
    rest.remove_prefix(close + 1);
    open = rest.find("%{");
    key.delimiter = rest.substr(0, open);
    keys_.push_back(std::move(key));
  }
  if (std::all_of(keys_.begin(), keys_.end(), [](const Key& key) { return key.skips(); })) {
    refuse("Unable to find any keys or delimiters.");
  }
  std::map<std::string, int> references;
  for (Key& key : keys_) {
    // A name that is appended to anywhere is appended everywhere.
    const bool appended = std::any_of(keys_.begin(), keys_.end(), [&](const Key& other) {
      return other.name == key.name &&
             (other.modifier == Modifier::append || other.modifier == Modifier::append_with_order);
    });
    if (key.modifier == Modifier::none && appended) key.modifier = Modifier::append;
    if (key.modifier == Modifier::name || key.modifier == Modifier::value) ++references[key.name];
  }
  for (const auto& [name, count] : references) {
    if (count != 2) {
      refuse(
          fmt::format("Found invalid key/reference associations: '{}' Please ensure each '*<key>' "
                      "is matched with a matching "
                      "'&<key>",
                      name));
    }
  }
}

bool DissectPattern::match(std::string_view text, std::vector<std::string_view>& values) const {
  values.clear();
  if (text.size() <= leading_.size() || !text.starts_with(leading_)) return false;
  size_t key = 0;
  size_t at = leading_.size();
  const std::string* delimiter = &keys_[0].delimiter;
  while (!delimiter->empty()) {
    const size_t found = text.find(*delimiter, at);
    if (found == std::string_view::npos) return false;
    values.push_back(text.substr(at, found - at));
    at = found + delimiter->size();
    // Delimiters in a row make empty values, unless this key swallows them.
    while (text.substr(at).starts_with(*delimiter)) {
      at += delimiter->size();
      if (keys_[key].skip_right_padding) continue;
      if (key + 1 == keys_.size()) break;
      ++key;
      values.push_back({});
    }
    if (key + 1 == keys_.size()) return values.size() == keys_.size();
    ++key;
    delimiter = &keys_[key].delimiter;
  }
  values.push_back(text.substr(at));
  return values.size() == keys_.size();
}

std::vector<std::pair<std::string, std::string>> DissectPattern::parse(
    std::string_view text) const {
  std::vector<std::string_view> values;
  if (!match(text, values)) {
    throw ApiError(500, "find_match",
                   fmt::format("Unable to find match for dissect pattern: {} against source: {}",
                               pattern_, text));
  }
  std::vector<std::pair<std::string, std::string>> out;
  const auto slot = [&](const std::string& name) -> std::string& {
    for (auto& [key, value] : out) {
      if (key == name) return value;
    }
    return out.emplace_back(name, "").second;
  };
  std::map<std::string, std::vector<std::pair<int, std::string_view>>> appended;
  std::map<std::string, std::pair<std::string, std::string>> references;
  for (size_t i = 0; i < keys_.size(); ++i) {
    const Key& key = keys_[i];
    switch (key.modifier) {
      case Modifier::skip:
        break;
      case Modifier::none:
        slot(key.name) = values[i];
        break;
      case Modifier::append:
      case Modifier::append_with_order: {
        slot(key.name);
        auto& parts = appended[key.name];
        const int order = key.modifier == Modifier::append_with_order
                              ? key.order
                              : static_cast<int>(parts.size()) - 1000;
        parts.emplace_back(order, values[i]);
        break;
      }
      case Modifier::name:
        references[key.name].first = values[i];
        break;
      case Modifier::value:
        references[key.name].second = values[i];
        break;
    }
  }
  for (auto& [name, parts] : appended) {
    std::stable_sort(parts.begin(), parts.end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
    std::string& value = slot(name);
    for (size_t i = 0; i < parts.size(); ++i) {
      if (i > 0) value += append_separator_;
      value += parts[i].second;
    }
  }
  for (auto& [name, pair] : references) slot(pair.first) = pair.second;
  return out;
}

namespace {

class DissectProcessor : public Processor {
 public:
  DissectProcessor(ProcessorConfig& config, const BuildContext&) : field_(config.text("field")) {
    const std::string pattern = config.text("pattern");
    const std::string separator = config.text("append_separator", "");
    ignore_missing_ = config.boolean("ignore_missing", false);
    try {
      pattern_ = std::make_unique<DissectPattern>(pattern, separator);
    } catch (const ApiError& failure) {
      const Error& inner = failure.error();
      const std::string_view name = inner.type == "key_parse" ? "KeyParse" : "PatternParse";
      Error error(
          500, "exception",
          fmt::format("org.opensearch.dissect.DissectException${}: {}", name, inner.reason));
      error.with("processor_type", "dissect");
      throw ApiError(std::move(error.caused_by(inner)));
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
    for (auto& [name, part] : pattern_->parse(*text)) document.set(name, std::move(part));
    return true;
  }

  bool add_to(FastPlan& plan) const override {
    const int input = plan.add_input(field_);
    if (input < 0) return false;
    std::vector<std::string> prefixes;
    for (const auto& key : pattern_->keys()) {
      if (key.modifier != Modifier::none && !key.skips()) return false;
      if (!key.skips() && (key.name == field_ || !plan.add_target(key.name))) return false;
      prefixes.push_back(key.skips() ? "" : member_prefix(key.name));
    }
    plan.add_step([this, input, prefixes](const FastPlan::Inputs& inputs, std::string& out) {
      const FastPlan::Value& value = inputs[static_cast<size_t>(input)];
      thread_local std::vector<std::string_view> parts;
      if (value.kind != FastPlan::Value::Kind::text || !pattern_->match(value.text, parts))
        return false;
      for (size_t i = 0; i < parts.size(); ++i) {
        if (prefixes[i].empty()) continue;
        out += prefixes[i];
        append_json_string(out, parts[i]);
      }
      return true;
    });
    return true;
  }

 private:
  std::string field_;
  std::unique_ptr<DissectPattern> pattern_;
  bool ignore_missing_ = false;
};

}  // namespace

void add_dissect_processor(std::map<std::string, ProcessorFactory, std::less<>>& table) {
  table["dissect"] = make_processor<DissectProcessor>;
}

}  // namespace tarn

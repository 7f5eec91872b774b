#include "indexer/analysis/char_filters.h"

#include <algorithm>
#include <map>

#include "indexer/analysis/java_regex.h"
#include "indexer/analysis/rule_text.h"
#include "indexer/analysis/text.h"
#include "indexer/base/error.h"

namespace tarn::analysis {

namespace {

class MappingFilter final : public CharFilter {
 public:
  void add(const std::u16string& from, const std::u16string& to) {
    if (from.empty()) throw ApiError(illegal_argument("cannot match the empty string"));
    if (!rules_.emplace(from, to).second) {
      throw ApiError(illegal_argument("match \"" + to_utf8(from) + "\" was already added"));
    }
    longest_ = std::max(longest_, from.size());
    firsts_.insert(firsts_.end(), from[0]);
  }
  void finish() {
    std::sort(firsts_.begin(), firsts_.end());
    firsts_.erase(std::unique(firsts_.begin(), firsts_.end()), firsts_.end());
  }

  void apply(FilteredText& text) const override {
    std::u16string_view in = text.text;
    std::u16string out;
    FilteredText::Corrections corrections;
    int32_t difference = 0;  // input offset minus output offset, so far
    for (size_t at = 0; at < in.size();) {
      const auto* rule = match(in, at);
      if (rule == nullptr) {
        out += in[at++];
        continue;
      }
      at += rule->first.size();
      auto shrinks = static_cast<int32_t>(rule->first.size()) - static_cast<int32_t>(rule->second.size());
      auto input = static_cast<int32_t>(at);
      if (shrinks > 0) {
        add_correction(corrections, input - shrinks - difference, difference + shrinks);
        difference += shrinks;
      } else if (shrinks < 0) {
        int32_t output_start = input - difference;
        for (int32_t extra = 0; extra < -shrinks; ++extra) add_correction(corrections, output_start + extra, difference - extra - 1);
        difference += shrinks;
      }
      out += rule->second;
    }
    text.replace(std::move(out), std::move(corrections));
  }

 private:
  using Rules = std::map<std::u16string, std::u16string, std::less<>>;

  const Rules::value_type* match(std::u16string_view in, size_t at) const {
    if (!std::binary_search(firsts_.begin(), firsts_.end(), in[at])) return nullptr;
    for (size_t size = std::min(longest_, in.size() - at); size > 0; --size) {
      auto it = rules_.find(in.substr(at, size));
      if (it != rules_.end()) return &*it;
    }
    return nullptr;
  }

  Rules rules_;
  std::vector<char16_t> firsts_;
  size_t longest_ = 0;
};

class PatternReplaceCharFilter final : public CharFilter {
 public:
  PatternReplaceCharFilter(const std::string& pattern, const std::string& flags, const std::string& replacement)
      : regex_(pattern, flags), replacement_(to_utf16(replacement)) {}

  void apply(FilteredText& text) const override {
    std::u16string out;
    FilteredText::Corrections corrections;
    int32_t difference = 0;
    {
      std::u16string_view in = text.text;
      JavaRegex::Matcher matcher(regex_, in);
      size_t copied = 0;
      while (matcher.find()) {
        auto start = static_cast<size_t>(matcher.start());
        auto end = static_cast<size_t>(matcher.end());
        out.append(in.substr(copied, start - copied));
        copied = end;
        auto before = static_cast<int32_t>(out.size());
        matcher.append_replacement(replacement_, out);
        auto matched = static_cast<int32_t>(end - start);
        auto replaced = static_cast<int32_t>(out.size()) - before;
        if (replaced < matched) {
          difference += matched - replaced;
          add_correction(corrections, before + replaced, difference);
        }
        for (int32_t i = matched; i < replaced; ++i) add_correction(corrections, before + i, --difference);
      }
      out.append(in.substr(copied));
    }
    text.replace(std::move(out), std::move(corrections));
  }

 private:
  JavaRegex regex_;
  std::u16string replacement_;
};

class PersianCharFilter final : public CharFilter {
 public:
  void apply(FilteredText& text) const override { std::replace(text.text.begin(), text.text.end(), u'\u200C', u' '); }
};

}  // namespace

MappingRule parse_mapping_rule(const std::string& rule) {
  const auto sides = split_rule(rule);
  if (!sides) throw ApiError(500, "runtime_exception", "Invalid mapping rule : [" + rule + "]");
  return {unescape_rule(sides->first), unescape_rule(sides->second)};
}

CharFilterPtr make_mapping_filter(const std::vector<MappingRule>& rules) {
  auto filter = std::make_shared<MappingFilter>();
  for (const MappingRule& rule : rules) filter->add(rule.first, rule.second);
  filter->finish();
  return filter;
}

CharFilterPtr make_pattern_replace_char_filter(const std::string& pattern, const std::string& flags,
                                               const std::string& replacement) {
  return std::make_shared<PatternReplaceCharFilter>(pattern, flags, replacement);
}

CharFilterPtr make_persian_char_filter() { return std::make_shared<PersianCharFilter>(); }

}  // namespace tarn::analysis

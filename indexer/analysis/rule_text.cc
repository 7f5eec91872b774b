#include "indexer/analysis/rule_text.h"

#include "indexer/analysis/text.h"
#include "indexer/base/error.h"

namespace tarn::analysis {

std::optional<std::pair<std::string_view, std::string_view>> split_rule(std::string_view rule) {
  const size_t arrow = rule.rfind("=>");
  if (arrow == std::string_view::npos) return std::nullopt;
  return std::pair(trim(rule.substr(0, arrow)), trim(rule.substr(arrow + 2)));
}

std::u16string unescape_rule(std::string_view text) {
  std::u16string in = to_utf16(text);
  std::u16string out;
  for (size_t i = 0; i < in.size(); ++i) {
    if (in[i] != u'\\') {
      out += in[i];
      continue;
    }
    if (++i >= in.size()) throw ApiError(500, "runtime_exception", "Invalid escaped char in [" + std::string(text) + "]");
    switch (in[i]) {
      case u'\\': out += u'\\'; break;
      case u'n': out += u'\n'; break;
      case u't': out += u'\t'; break;
      case u'r': out += u'\r'; break;
      case u'b': out += u'\b'; break;
      case u'f': out += u'\f'; break;
      case u'u': {
        if (i + 4 >= in.size()) throw ApiError(500, "runtime_exception", "Invalid escaped char in [" + std::string(text) + "]");
        char16_t unit = 0;
        for (int digit = 0; digit < 4; ++digit) {
          char16_t h = in[++i];
          int value = h >= u'0' && h <= u'9' ? h - u'0' : (h | 32) >= u'a' && (h | 32) <= u'f' ? (h | 32) - u'a' + 10 : -1;
          if (value < 0) {
            const std::u16string digits = in.substr(i - static_cast<size_t>(digit), 4);
            throw ApiError(400, "number_format_exception", "For input string: \"" + to_utf8(digits) + "\" under radix 16");
          }
          unit = static_cast<char16_t>(unit * 16 + value);
        }
        out += unit;
        break;
      }
      default: out += in[i];
    }
  }
  return out;
}

}  // namespace tarn::analysis

#include "indexer/pipeline/html_text.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <optional>

namespace tarn {
namespace {

constexpr std::string_view kInline[] = {
    "a",      "abbr", "acronym", "b",        "basefont", "bdo",   "big",   "cite",
    "code",   "dfn",  "em",      "font",     "i",        "img",   "input", "kbd",
    "label",  "q",    "s",       "samp",     "select",   "small", "span",  "strike",
    "strong", "sub",  "sup",     "textarea", "tt",       "u",     "var"};

/// Names of U+00A0 to U+00FF, in order.
constexpr std::array<std::string_view, 96> kLatin1 = {
    "nbsp",   "iexcl",  "cent",   "pound",  "curren", "yen",    "brvbar", "sect",   "uml",
    "copy",   "ordf",   "laquo",  "not",    "shy",    "reg",    "macr",   "deg",    "plusmn",
    "sup2",   "sup3",   "acute",  "micro",  "para",   "middot", "cedil",  "sup1",   "ordm",
    "raquo",  "frac14", "frac12", "frac34", "iquest", "Agrave", "Aacute", "Acirc",  "Atilde",
    "Auml",   "Aring",  "AElig",  "Ccedil", "Egrave", "Eacute", "Ecirc",  "Euml",   "Igrave",
    "Iacute", "Icirc",  "Iuml",   "ETH",    "Ntilde", "Ograve", "Oacute", "Ocirc",  "Otilde",
    "Ouml",   "times",  "Oslash", "Ugrave", "Uacute", "Ucirc",  "Uuml",   "Yacute", "THORN",
    "szlig",  "agrave", "aacute", "acirc",  "atilde", "auml",   "aring",  "aelig",  "ccedil",
    "egrave", "eacute", "ecirc",  "euml",   "igrave", "iacute", "icirc",  "iuml",   "eth",
    "ntilde", "ograve", "oacute", "ocirc",  "otilde", "ouml",   "divide", "oslash", "ugrave",
    "uacute", "ucirc",  "uuml",   "yacute", "thorn",  "yuml"};

const std::map<std::string_view, uint32_t>& named_entities() {
  static const auto table = [] {
    std::map<std::string_view, uint32_t> out{
        {"amp", '&'},       {"AMP", '&'},       {"lt", '<'},       {"LT", '<'},
        {"gt", '>'},        {"GT", '>'},        {"quot", '"'},     {"QUOT", '"'},
        {"apos", '\''},     {"OElig", 0x152},   {"oelig", 0x153},  {"Scaron", 0x160},
        {"scaron", 0x161},  {"Yuml", 0x178},    {"fnof", 0x192},   {"circ", 0x2C6},
        {"tilde", 0x2DC},   {"ensp", 0x2002},   {"emsp", 0x2003},  {"thinsp", 0x2009},
        {"zwnj", 0x200C},   {"zwj", 0x200D},    {"lrm", 0x200E},   {"rlm", 0x200F},
        {"ndash", 0x2013},  {"mdash", 0x2014},  {"lsquo", 0x2018}, {"rsquo", 0x2019},
        {"sbquo", 0x201A},  {"ldquo", 0x201C},  {"rdquo", 0x201D}, {"bdquo", 0x201E},
        {"dagger", 0x2020}, {"Dagger", 0x2021}, {"bull", 0x2022},  {"hellip", 0x2026},
        {"permil", 0x2030}, {"prime", 0x2032},  {"Prime", 0x2033}, {"lsaquo", 0x2039},
        {"rsaquo", 0x203A}, {"euro", 0x20AC},   {"trade", 0x2122}, {"larr", 0x2190},
        {"uarr", 0x2191},   {"rarr", 0x2192},   {"darr", 0x2193},  {"minus", 0x2212},
        {"le", 0x2264},     {"ge", 0x2265},     {"ne", 0x2260},    {"infin", 0x221E},
        {"alpha", 0x3B1},   {"beta", 0x3B2},    {"gamma", 0x3B3},  {"delta", 0x3B4},
        {"pi", 0x3C0},      {"omega", 0x3C9},   {"Omega", 0x3A9}};
    for (size_t i = 0; i < kLatin1.size(); ++i) out[kLatin1[i]] = static_cast<uint32_t>(0xA0 + i);
    return out;
  }();
  return table;
}

void append_utf8(std::string& out, uint32_t c) {
  if (c < 0x80) {
    out += static_cast<char>(c);
  } else if (c < 0x800) {
    out += static_cast<char>(0xC0 | (c >> 6));
    out += static_cast<char>(0x80 | (c & 0x3F));
  } else if (c < 0x10000) {
    out += static_cast<char>(0xE0 | (c >> 12));
    out += static_cast<char>(0x80 | ((c >> 6) & 0x3F));
    out += static_cast<char>(0x80 | (c & 0x3F));
  } else {
    out += static_cast<char>(0xF0 | (c >> 18));
    out += static_cast<char>(0x80 | ((c >> 12) & 0x3F));
    out += static_cast<char>(0x80 | ((c >> 6) & 0x3F));
    out += static_cast<char>(0x80 | (c & 0x3F));
  }
}

/// The code point of an entity's inside ("amp", "#39", "#x27").
std::optional<uint32_t> entity(std::string_view name) {
  if (name.empty()) return std::nullopt;
  if (name[0] != '#') {
    const auto it = named_entities().find(name);
    if (it == named_entities().end()) return std::nullopt;
    return it->second;
  }
  name.remove_prefix(1);
  const bool hex = !name.empty() && (name[0] == 'x' || name[0] == 'X');
  if (hex) name.remove_prefix(1);
  if (name.empty() || name.size() > 7) return std::nullopt;
  uint32_t value = 0;
  for (const char c : name) {
    const int digit = c >= '0' && c <= '9'          ? c - '0'
                      : hex && c >= 'a' && c <= 'f' ? c - 'a' + 10
                      : hex && c >= 'A' && c <= 'F' ? c - 'A' + 10
                                                    : -1;
    if (digit < 0) return std::nullopt;
    value = value * (hex ? 16 : 10) + static_cast<uint32_t>(digit);
  }
  if (value == 0 || value > 0x10FFFF || (value >= 0xD800 && value < 0xE000)) return std::nullopt;
  return value;
}

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

/// Where the tag that begins at `at` ends (behind its '>'), quotes respected; npos if it never
/// does.
size_t tag_end(std::string_view html, size_t at) {
  char quote = 0;
  for (size_t i = at + 1; i < html.size(); ++i) {
    if (quote != 0) {
      if (html[i] == quote) quote = 0;
    } else if (html[i] == '"' || html[i] == '\'') {
      quote = html[i];
    } else if (html[i] == '>') {
      return i + 1;
    }
  }
  return std::string_view::npos;
}

std::string tag_name(std::string_view html, size_t at) {
  std::string name;
  for (; at < html.size() && (is_letter(html[at]) || (html[at] >= '0' && html[at] <= '9')); ++at) {
    name += static_cast<char>(html[at] | 0x20);
  }
  return name;
}

/// Behind `</name>` from `from` on, or the end of the text.
size_t behind_closing(std::string_view html, size_t from, const std::string& name) {
  for (size_t at = html.find("</", from); at != std::string_view::npos;
       at = html.find("</", at + 2)) {
    if (tag_name(html, at + 2) == name) {
      const size_t end = html.find('>', at);
      return end == std::string_view::npos ? html.size() : end + 1;
    }
  }
  return html.size();
}

}  // namespace

std::string strip_html(std::string_view html) {
  std::string out;
  for (size_t i = 0; i < html.size();) {
    if (html[i] == '&') {
      const size_t end = html.find(';', i);
      const auto code = end == std::string_view::npos || end - i > 12
                            ? std::nullopt
                            : entity(html.substr(i + 1, end - i - 1));
      if (code) {
        append_utf8(out,
                    *code == 0xA0 ? ' ' : *code);  // Lucene turns a no-break space into a space
        i = end + 1;
        continue;
      }
    } else if (html[i] == '<') {
      if (html.substr(i).starts_with("<!--")) {
        const size_t end = html.find("-->", i + 4);
        if (end != std::string_view::npos) {
          i = end + 3;
          continue;
        }
      }
      const bool closing = i + 1 < html.size() && html[i + 1] == '/';
      const size_t name_at = i + 1 + (closing ? 1 : 0);
      const bool special = i + 1 < html.size() && (html[i + 1] == '!' || html[i + 1] == '?');
      const size_t end = tag_end(html, i);
      if (end != std::string_view::npos &&
          (special || (name_at < html.size() && is_letter(html[name_at])))) {
        const std::string name = special ? "" : tag_name(html, name_at);
        i = end;
        if (!closing && (name == "script" || name == "style")) i = behind_closing(html, end, name);
        if (!special &&
            std::find(std::begin(kInline), std::end(kInline), name) == std::end(kInline))
          out += '\n';
        continue;
      }
    }
    out += html[i++];
  }
  return out;
}

}  // namespace tarn

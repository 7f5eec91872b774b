#include <unicode/uchar.h>

#include "indexer/analysis/automaton.h"
#include "indexer/analysis/char_filters.h"
#include "indexer/analysis/html_entities.h"
#include "indexer/analysis/text.h"
#include "indexer/analysis/word_set.h"

namespace tarn::analysis {

namespace {

// A tag or string that is not closed within so many units is taken as text; it keeps the work linear.
constexpr size_t kLookAheadMax = 65536;

bool is_space(char16_t c) { return c == ' ' || (c >= '\t' && c <= '\r') || c == 0x85 || c == 0x2028 || c == 0x2029 || u_isspace(c); }

CharSet set_without(std::u32string_view chars) { return CharSet::of(chars).complement(); }

// What may follow a tag's name: ( "=" \s* content | content )? \s* "/"? ">", content being attributes and all but < >.
const Automaton& tag_tail() {
  static const Automaton automaton = [] {
    Re space = re_set(CharSet::icu("[[:White_Space:]]"));
    Re spaces = re_star(space);
    auto quoted = [](char32_t quote) {
      std::u32string q(1, quote);
      Re mark = re_set(CharSet::of(q));
      return re_seq({mark, re_star(re_alt({re_seq({re_text("\\"), mark}), re_set(set_without(q))})), mark});
    };
    Re any_quoted = re_alt({quoted('\''), quoted('"')});
    Re name = re_seq({re_set(CharSet::icu("[_\\:[:ID_Start:]]")), re_star(re_set(CharSet::icu("[\\-._\\:[:ID_Continue:]]")))});
    Re attribute = re_seq({re_plus(space), name, spaces, re_text("="), spaces, any_quoted});
    Re include = re_seq({re_text("<!--#"), re_star(re_alt({re_set(set_without(U"'\"")), any_quoted})), re_text("-->")});
    Re content = re_star(re_alt({re_set(set_without(U"<>")), include, attribute}));
    Re all = re_seq({re_optional(re_seq({re_optional(re_seq({re_text("="), spaces})), content})), spaces,
                     re_optional(re_text("/")), re_text(">")});
    return Automaton({all});
  }();
  return automaton;
}

bool is_inline(const std::string& name) {
  static const WordSet names({"a",   "b",    "i",    "q",     "s",     "u",      "abbr",   "acronym", "basefont", "bdo",    "big",
                              "cite", "code", "dfn", "em",    "font",  "img",    "input",  "kbd",     "label",    "samp",   "select",
                              "small", "span", "strike", "strong", "sub", "sup", "textarea", "tt", "var"});
  return names.contains(name);
}

/// One pass over one text.
class Stripper {
 public:
  Stripper(std::u16string_view in, const WordSet& escaped) : in_(in), escaped_(escaped) {}

  void run() {
    while (at_ < in_.size()) {
      if (in_[at_] == '<') {
        tag();
      } else if (in_[at_] == '&') {
        reference();
      } else {
        out += in_[at_++];
      }
    }
  }

  std::u16string out;
  FilteredText::Corrections corrections;

 private:
  bool more(size_t i) const { return i < in_.size(); }
  size_t skip_spaces(size_t i) const {
    while (more(i) && is_space(in_[i])) ++i;
    return i;
  }
  // Case-insensitive for ASCII.
  bool looking_at(size_t i, std::string_view text) const {
    if (in_.size() - i < text.size()) return false;
    for (size_t k = 0; k < text.size(); ++k) {
      char16_t c = in_[i + k];
      if (c >= 'A' && c <= 'Z') c = static_cast<char16_t>(c + 32);
      if (c != static_cast<char16_t>(text[k])) return false;
    }
    return true;
  }

  /// Gives the input up to `end` as it stands.
  void keep_until(size_t end) {
    out.append(in_.substr(at_, end - at_));
    at_ = end;
  }
  /// Drops the input up to `end`, giving `instead`.
  void replace_until(size_t end, std::u16string_view instead = {}) {
    difference_ += static_cast<int32_t>(end - at_) - static_cast<int32_t>(instead.size());
    out += instead;
    add_correction(corrections, static_cast<int32_t>(out.size()), difference_);
    at_ = end;
  }

  size_t name_end(size_t i) const {
    size_t end = i;
    while (more(end)) {
      size_t next = end;
      UChar32 c;
      U16_NEXT(in_.data(), next, in_.size(), c);
      bool ok = c == ':' || c == '_' ||
                (end == i ? u_hasBinaryProperty(c, UCHAR_ID_START)
                          : c == '-' || c == '.' || u_hasBinaryProperty(c, UCHAR_ID_CONTINUE));
      if (!ok) break;
      end = next;
    }
    return end;
  }

  // The end of the longest tail of a start tag, or 0.
  size_t tail_end(size_t i) const {
    const Automaton& automaton = tag_tail();
    size_t limit = std::min(in_.size(), i + kLookAheadMax);
    uint32_t state = Automaton::kStart;
    size_t accepted = 0;
    while (i < limit) {
      UChar32 c;
      U16_NEXT(in_.data(), i, limit, c);
      state = automaton.next(state, automaton.class_of(static_cast<char32_t>(c)));
      if (state == Automaton::kDead) break;
      if (automaton.accepts(state) >= 0) accepted = i;
    }
    return accepted;
  }

  void tag() {
    if (!more(at_ + 1)) return keep_until(at_ + 1);
    switch (in_[at_ + 1]) {
      case '/': return end_tag();
      case '!': return bang();
      case '?': return processing_instruction();
      default: return start_tag();
    }
  }

  void end_tag() {
    size_t name = skip_spaces(at_ + 2);
    if (looking_at(name, "br")) {
      size_t close = skip_spaces(name + 2);
      if (more(close) && in_[close] == '>') {
        if (escaped_.contains("br")) return keep_until(close + 1);
        return replace_until(close + 1, u"\n");
      }
    }
    size_t end = name_end(name);
    if (end == name) return keep_until(name);
    std::string tag_name = lower(to_utf8(in_.substr(name, end - name)));
    bool keep = escaped_.contains(tag_name);
    size_t close = skip_spaces(end);
    if (end == in_.size()) return keep ? keep_until(end) : replace_until(end);
    if (!more(close) || in_[close] != '>') return keep_until(end);
    if (keep) return keep_until(close + 1);
    replace_until(close + 1, is_inline(tag_name) ? u"" : u"\n");
  }

  void start_tag() {
    size_t name = skip_spaces(at_ + 1);
    if (looking_at(name, "br")) {
      if (size_t end = tail_end(name + 2)) {
        return escaped_.contains("br") ? keep_until(end) : replace_until(end, u"\n");
      }
    }
    for (std::string_view element : {std::string_view("script"), std::string_view("style")}) {
      if (!looking_at(name, element)) continue;
      if (size_t end = tail_end(name + element.size())) return raw_element(element, end);
    }
    size_t end = name_end(name);
    if (end == name) return keep_until(name);
    std::string tag_name = lower(to_utf8(in_.substr(name, end - name)));
    bool keep = escaped_.contains(tag_name);
    if (end == in_.size()) return keep ? keep_until(end) : replace_until(end);
    size_t close = tail_end(end);
    if (close == 0) return keep_until(end);
    if (keep) return keep_until(close);
    replace_until(close, is_inline(tag_name) ? u"" : u"\n");
  }

  // script and style: what they hold goes with them.
  void raw_element(std::string_view element, size_t content) {
    bool keep = escaped_.contains(std::string(element));
    if (keep) keep_until(content);
    size_t i = content;
    while (more(i)) {
      if (looking_at(i, "<!--")) {
        i = comment_end(i + 4, true);
        continue;
      }
      if (looking_at(i, "</")) {
        size_t name = skip_spaces(i + 2);
        if (looking_at(name, element)) {
          size_t close = skip_spaces(name + element.size());
          if (more(close) && in_[close] == '>') {
            if (!keep) return replace_until(close + 1, u"\n");
            replace_until(i);
            return keep_until(close + 1);
          }
        }
      }
      ++i;
    }
    replace_until(in_.size());
  }

  size_t quoted_end(size_t i, char16_t quote) const {
    while (more(i) && in_[i] != quote) i += in_[i] == '\\' ? 2 : 1;
    return std::min(i + 1, in_.size());
  }

  // Behind the "-->" that closes a comment whose inside begins at `i`. Server side includes close for themselves.
  size_t comment_end(size_t i, bool with_strings) const {
    while (more(i)) {
      if (looking_at(i, "<!--#")) {
        i = comment_end_in_include(i + 5);
      } else if (looking_at(i, "-->")) {
        return i + 3;
      } else if (with_strings && (in_[i] == '\'' || in_[i] == '"')) {
        i = quoted_end(i + 1, in_[i]);
      } else {
        ++i;
      }
    }
    return in_.size();
  }
  size_t comment_end_in_include(size_t i) const {
    while (more(i)) {
      if (looking_at(i, "-->")) return i + 3;
      i = in_[i] == '\'' || in_[i] == '"' ? quoted_end(i + 1, in_[i]) : i + 1;
    }
    return in_.size();
  }

  void bang() {
    size_t i = at_ + 2;
    if (looking_at(i, "--")) return replace_until(comment_end(i + 2, false));
    if (looking_at(i, "[cdata[") && in_[i + 1] == 'C') {
      replace_until(i + 7);
      size_t end = std::min(in_.find(u"]]>", at_), in_.size());
      keep_until(end);
      if (more(at_)) replace_until(at_ + 3);
      return;
    }
    size_t close = in_.find(u'>', i);
    if (close == std::u16string_view::npos) return keep_until(in_.size());
    replace_until(close + 1);
  }

  void processing_instruction() {
    size_t close = in_.find(u'>', at_ + 2);
    if (close != std::u16string_view::npos && close > at_ + 2 && (in_[close - 1] == '/' || in_[close - 1] == '?')) {
      return replace_until(close + 1);
    }
    keep_until(at_ + 1);
  }

  void reference() {
    if (more(at_ + 1) && in_[at_ + 1] == '#') return numeric_reference();
    std::string name;
    size_t i = at_ + 1;
    while (more(i) && in_[i] < 0x80 && isalnum(in_[i]) && name.size() < kEntityNameMax) name += static_cast<char>(in_[i++]);
    // The longest name counts; what it is followed by must be a semicolon or the end.
    for (; !name.empty(); name.pop_back(), --i) {
      char16_t value = find_html_entity(name);
      if (value == 0) continue;
      if (more(i) && in_[i] != ';') break;
      return replace_until(more(i) ? i + 1 : i, std::u16string_view(&value, 1));
    }
    keep_until(at_ + 1);
  }

  // The number at `i` (behind "&#"); moves behind its digits. Not a character: above 10FFFF.
  uint32_t number(size_t& i) const {
    bool hex = more(i) && (in_[i] | 32) == 'x';
    if (hex) ++i;
    size_t first = i;
    uint32_t value = 0;
    for (; more(i); ++i) {
      char16_t c = in_[i];
      uint32_t digit = c >= '0' && c <= '9' ? c - '0' : hex && (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10u : 99;
      if (digit == 99) break;
      if (value <= 0x10FFFF) value = value * (hex ? 16 : 10) + digit;
    }
    size_t digits = i - first;
    return digits == 0 || digits > (hex ? 5u : 7u) ? 0x110000 : value;
  }

  void numeric_reference() {
    size_t i = at_ + 2;
    uint32_t c = number(i);
    if (c > 0x10FFFF || (more(i) && in_[i] != ';')) return keep_until(c > 0x10FFFF ? std::max(i, at_ + 2) : i);
    size_t end = more(i) ? i + 1 : i;
    if (c >= 0xD800 && c < 0xDC00 && looking_at(end, "&#")) {
      size_t k = end + 2;
      uint32_t low = number(k);
      if (low >= 0xDC00 && low < 0xE000 && more(k) && in_[k] == ';') {
        char16_t pair[] = {static_cast<char16_t>(c), static_cast<char16_t>(low)};
        return replace_until(k + 1, std::u16string_view(pair, 2));
      }
    }
    if (c >= 0xD800 && c < 0xE000) c = 0xFFFD;
    replace_until(end, to_utf16(to_utf8(std::u32string(1, c))));
  }

  std::u16string_view in_;
  const WordSet& escaped_;
  size_t at_ = 0;
  int32_t difference_ = 0;
};

class HtmlStripFilter final : public CharFilter {
 public:
  explicit HtmlStripFilter(const std::vector<std::string>& escaped) : escaped_(escaped, true) {}

  void apply(FilteredText& text) const override {
    Stripper stripper(text.text, escaped_);
    stripper.run();
    text.replace(std::move(stripper.out), std::move(stripper.corrections));
  }

 private:
  WordSet escaped_;
};

}  // namespace

CharFilterPtr make_html_strip_filter(const std::vector<std::string>& escaped_tags) {
  return std::make_shared<HtmlStripFilter>(escaped_tags);
}

}  // namespace tarn::analysis

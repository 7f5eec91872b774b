#include "indexer/analysis/hyphenation_tree.h"

#include <unicode/ucnv.h>
#include <unicode/uchar.h>

#include <stdexcept>

#include "indexer/analysis/text.h"

namespace tarn::analysis {

namespace {

[[noreturn]] void fail(const char* why) { throw std::runtime_error(why); }

/// The value of `name="..."` in a tag or declaration; empty where there is none.
std::u16string_view attribute(std::u16string_view tag, std::u16string_view name) {
  for (size_t at = tag.find(name); at != std::u16string_view::npos; at = tag.find(name, at + 1)) {
    size_t quote = at + name.size();
    while (quote < tag.size() && (tag[quote] == u' ' || tag[quote] == u'=')) ++quote;
    if (quote >= tag.size() || (tag[quote] != u'"' && tag[quote] != u'\'')) continue;
    const size_t end = tag.find(tag[quote], quote + 1);
    if (end == std::u16string_view::npos) fail("attribute without end");
    return tag.substr(quote + 1, end - quote - 1);
  }
  return {};
}

std::u16string decode(std::string_view bytes) {
  std::string encoding = "UTF-8";
  if (bytes.starts_with("\xEF\xBB\xBF")) bytes.remove_prefix(3);
  if (bytes.starts_with("<?xml")) {
    const std::u16string declaration = to_utf16(bytes.substr(0, bytes.find("?>")));
    const std::u16string_view given = attribute(declaration, u"encoding");
    if (!given.empty()) encoding = to_utf8(given);
  }
  UErrorCode status = U_ZERO_ERROR;
  UConverter* converter = ucnv_open(encoding.c_str(), &status);
  if (U_FAILURE(status)) fail("unknown encoding");
  std::u16string text(bytes.size() + 16, u'\0');
  const int32_t size = ucnv_toUChars(converter, text.data(), static_cast<int32_t>(text.size()), bytes.data(),
                                     static_cast<int32_t>(bytes.size()), &status);
  ucnv_close(converter);
  if (U_FAILURE(status)) fail("not in its encoding");
  text.resize(static_cast<size_t>(size));
  return text;
}

std::u16string unescape(std::u16string_view text) {
  static const std::unordered_map<std::u16string_view, char16_t> named = {
      {u"amp", u'&'}, {u"lt", u'<'}, {u"gt", u'>'}, {u"quot", u'"'}, {u"apos", u'\''}};
  std::u16string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != u'&') {
      out += text[i];
      continue;
    }
    const size_t end = text.find(u';', i);
    if (end == std::u16string_view::npos) fail("entity without end");
    const std::u16string_view name = text.substr(i + 1, end - i - 1);
    if (name.starts_with(u'#')) {
      const bool hex = name.size() > 1 && name[1] == u'x';
      out += static_cast<char16_t>(std::strtoul(to_utf8(name.substr(hex ? 2 : 1)).c_str(), nullptr, hex ? 16 : 10));
    } else if (auto it = named.find(name); it != named.end()) {
      out += it->second;
    } else {
      fail("unknown entity");
    }
    i = end;
  }
  return out;
}

bool is_blank(char16_t c) { return is_java_whitespace(c); }

}  // namespace

/// The elements of the file as they come; well-formedness is checked as far as tags must close.
class HyphenationReader {
 public:
  explicit HyphenationReader(HyphenationTree& tree) : tree_(tree) {}

  void read(std::u16string_view xml) {
    while (!xml.empty()) {
      const size_t open = xml.find(u'<');
      text(unescape(xml.substr(0, open)));
      if (open == std::u16string_view::npos) break;
      xml.remove_prefix(open);
      xml.remove_prefix(markup(xml));
    }
    if (!open_.empty()) fail("element without end");
    if (!seen_element_) fail("no element");
  }

 private:
  enum class Part { kNone, kClasses, kExceptions, kPatterns, kHyphen };

  /// Returns its size.
  size_t markup(std::u16string_view xml) {
    auto until = [&xml](std::u16string_view end) {
      const size_t at = xml.find(end);
      if (at == std::u16string_view::npos) fail("markup without end");
      return at + end.size();
    };
    if (xml.starts_with(u"<!--")) return until(u"-->");
    if (xml.starts_with(u"<?")) return until(u"?>");
    if (xml.starts_with(u"<!DOCTYPE")) {
      const size_t inner = xml.find(u'['), end = until(u">");
      return inner < end ? until(u"]>") : end;
    }
    const size_t size = until(u">");
    std::u16string_view tag = xml.substr(1, size - 2);
    if (tag.starts_with(u'/')) {
      close(tag.substr(1));
      return size;
    }
    const bool empty = tag.ends_with(u'/');
    if (empty) tag.remove_suffix(1);
    const std::u16string_view name = tag.substr(0, tag.find_first_of(u" \t\r\n"));
    if (name.empty()) fail("element without name");
    open(name, tag);
    if (empty) close(name);
    return size;
  }

  void open(std::u16string_view name, std::u16string_view tag) {
    seen_element_ = true;
    open_.emplace_back(name);
    if (name == u"hyphen-char") {
      const std::u16string_view value = attribute(tag, u"value");
      if (value.size() == 1) hyphen_ = value[0];
    } else if (name == u"classes") {
      part_ = Part::kClasses;
    } else if (name == u"patterns") {
      part_ = Part::kPatterns;
    } else if (name == u"exceptions") {
      part_ = Part::kExceptions;
      exception_.clear();
    } else if (name == u"hyphen") {
      if (!token_.empty()) exception_ += token_;
      exception_ += hyphen_;
      part_ = Part::kHyphen;
    }
    token_.clear();
  }

  void close(std::u16string_view name) {
    name = name.substr(0, name.find_first_of(u" \t\r\n"));
    if (open_.empty() || open_.back() != name) fail("wrong end of element");
    open_.pop_back();
    if (!token_.empty()) {
      word();
      if (part_ != Part::kHyphen) token_.clear();
    }
    part_ = part_ == Part::kHyphen ? Part::kExceptions : Part::kNone;
  }

  void text(const std::u16string& chars) {
    for (const char16_t c : chars) {
      if (!is_blank(c)) {
        token_ += c;
      } else if (!token_.empty()) {
        word();
        token_.clear();
      }
    }
  }

  void word() {
    if (part_ == Part::kClasses) tree_.add_class(token_);
    if (part_ == Part::kPatterns) tree_.add_pattern(token_);
    if (part_ != Part::kExceptions) return;
    exception_ += token_;
    std::u16string whole;
    std::vector<int> parts(1, 0);
    for (const char16_t c : exception_) {
      if (c == hyphen_) {
        parts.push_back(0);
      } else {
        whole += c;
        ++parts.back();
      }
    }
    tree_.exceptions_[whole] = parts;
    exception_.clear();
  }

  HyphenationTree& tree_;
  std::vector<std::u16string> open_;
  Part part_ = Part::kNone;
  std::u16string token_, exception_;
  char16_t hyphen_ = u'-';
  bool seen_element_ = false;
};

HyphenationTree::HyphenationTree(std::string_view xml) { HyphenationReader(*this).read(decode(xml)); }

void HyphenationTree::add_class(std::u16string_view group) {
  for (const char16_t c : group) classes_[c] = group[0];
}

void HyphenationTree::add_pattern(std::u16string_view text) {
  std::u16string letters;
  std::vector<uint8_t> levels(1, 0);
  for (const char16_t c : text) {
    if (u_isdigit(c)) {
      levels.back() = static_cast<uint8_t>((c - u'0') & 0xF);
    } else {
      letters += c;
      levels.push_back(0);
    }
  }
  longest_ = std::max(longest_, letters.size());
  patterns_[letters] = std::move(levels);
}

void HyphenationTree::search(const std::u16string& word, size_t from, std::vector<uint8_t>& levels) const {
  for (size_t size = 1; size <= longest_ && from + size <= word.size(); ++size) {
    const auto it = patterns_.find(word.substr(from, size));
    if (it == patterns_.end()) continue;
    for (size_t i = 0; i < it->second.size() && from + i < levels.size(); ++i) {
      levels[from + i] = std::max(levels[from + i], it->second[i]);
    }
  }
}

std::vector<int> HyphenationTree::hyphenate(std::u16string_view given) const {
  std::u16string word;
  int skipped = 0;  // characters that are no letters, at the beginning
  bool ended = false;
  for (const char16_t c : given) {
    const auto letter = classes_.find(c);
    if (letter == classes_.end()) {
      if (word.empty()) ++skipped;
      else ended = true;
    } else {
      if (ended) return {};
      word += letter->second;
    }
  }
  const int size = static_cast<int>(word.size());
  if (size < 2) return {};
  std::vector<int> points = {0};
  if (const auto exception = exceptions_.find(word); exception != exceptions_.end()) {
    int at = 0;
    for (const int part : exception->second) {
      at += part;
      if (part > 0 && at >= 1 && at < size - 1) points.push_back(at + skipped);
    }
  } else {
    const std::u16string marked = u"." + word + u".";
    std::vector<uint8_t> levels(marked.size() + 1);
    for (size_t i = 0; i <= word.size(); ++i) search(marked, i, levels);
    for (int i = 1; i < size; ++i) {
      if (levels[static_cast<size_t>(i) + 1] & 1) points.push_back(i + skipped);
    }
  }
  if (points.size() == 1) return {};
  points.push_back(size);
  return points;
}

}  // namespace tarn::analysis

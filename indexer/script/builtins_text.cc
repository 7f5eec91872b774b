#include <unicode/locid.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>

#include <algorithm>

#include "indexer/base/base64.h"
#include "indexer/script/builtins.h"
#include "indexer/script/regexes.h"

namespace tarn::script {

PatternObject::PatternObject(std::string pattern, std::string flags)
    : Object(ClassId::kPattern), pattern(std::move(pattern)), regex(this->pattern, flags) {}

MadePattern make_pattern(const std::string& pattern, const std::string& letters) {
  static constexpr std::pair<char, std::string_view> kFlags[] = {{'i', "CASE_INSENSITIVE"}, {'m', "MULTILINE"}, {'s', "DOTALL"}, {'u', "UNICODE_CASE"},
                                                                 {'x', "COMMENTS"}, {'U', "UNICODE_CHARACTER_CLASS"}, {'l', "LITERAL"}, {'c', "CANON_EQ"}};
  std::string flags;
  for (const auto& [letter, name] : kFlags) {
    if (letters.find(letter) != std::string::npos) flags.append(flags.empty() ? "" : "|").append(name);
  }
  try {
    return {std::make_unique<PatternObject>(pattern, flags), {}};
  } catch (const ApiError& error) {
    return {nullptr, error.error().reason};
  }
}

namespace {

using C = ClassId;

/// A match in progress; positions are UTF-16.
class MatcherObject final : public Object {
 public:
  MatcherObject(PatternObject* pattern, const std::string& text)
      : Object(C::kMatcher), pattern(pattern), text(to_utf16(text)), matcher(pattern->regex, this->text) {}
  void trace(Marker& marker) override { marker.mark(pattern); }
  PatternObject* pattern;
  std::u16string text;
  analysis::JavaRegex::Matcher matcher;
  bool matched = false;
};

MatcherObject& matcher_of(const Value& value) { return *static_cast<MatcherObject*>(value.o); }
PatternObject& pattern_of(const Value& value) {
  if (class_of(value) != C::kPattern) throw_null();
  return *static_cast<PatternObject*>(value.o);
}

PatternObject& pattern_of_text(Run& run, const std::string& pattern) {
  run.count_steps(500);
  MadePattern made = make_pattern(pattern, "");
  if (!made.object) throw_java(C::kPatternSyntaxException, made.problem);
  auto* kept = run.heap().make<PatternHolder>(std::move(made.object));
  return *kept->pattern;
}

const StringObject& string_of(const Value& value) {
  if (!is_text(value)) throw_null();
  return *static_cast<StringObject*>(value.o);
}

std::string char_sequence(const Value& value) {
  if (value.is_null()) throw_null();
  return java_text(value);
}

Value substring(Run& run, const StringObject& text, int64_t begin, int64_t end) {
  const auto length = static_cast<int64_t>(text.ascii ? text.text.size() : utf16_length(text.text));
  if (end == INT64_MAX) end = length;
  if (begin < 0 || end > length || begin > end) {
    throw_java(C::kStringIndexOutOfBoundsException, "Range [" + std::to_string(begin) + ", " + std::to_string(end) + ") out of bounds for length " + std::to_string(length));
  }
  if (text.ascii) return text_value(run, text.text.substr(static_cast<size_t>(begin), static_cast<size_t>(end - begin)));
  return text_value(run, to_utf8(std::u16string_view(to_utf16(text.text)).substr(static_cast<size_t>(begin), static_cast<size_t>(end - begin))));
}

char16_t char_at(const StringObject& text, int64_t index) {
  const auto length = static_cast<int64_t>(text.ascii ? text.text.size() : utf16_length(text.text));
  if (index < 0 || index >= length) throw_java(C::kStringIndexOutOfBoundsException, "Index " + std::to_string(index) + " out of bounds for length " + std::to_string(length));
  return text.ascii ? static_cast<unsigned char>(text.text[static_cast<size_t>(index)]) : to_utf16(text.text)[static_cast<size_t>(index)];
}

/// A String or char argument, as text.
std::u16string needle(const Value& value) {
  if (value.is_whole()) return std::u16string(1, static_cast<char16_t>(value.i));
  return to_utf16(text_of(value));
}

Value index_of(const Value& in, const Value& what, int64_t from, bool last) {
  const std::u16string text = to_utf16(text_of(in)), part = needle(what);
  const size_t at = last ? (from < 0 ? std::u16string::npos : text.rfind(part, static_cast<size_t>(from)))
                         : text.find(part, static_cast<size_t>(std::max<int64_t>(0, from)));
  return Value::integer(at == std::u16string::npos ? -1 : static_cast<int64_t>(at));
}

std::string with_case(const std::string& text, bool upper) {
  if (std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; })) {
    std::string out = text;
    for (char& c : out) {
      if (upper ? (c >= 'a' && c <= 'z') : (c >= 'A' && c <= 'Z')) c = static_cast<char>(c ^ 0x20);
    }
    return out;
  }
  auto unicode = icu::UnicodeString::fromUTF8(text);
  upper ? unicode.toUpper(icu::Locale::getRoot()) : unicode.toLower(icu::Locale::getRoot());
  std::string out;
  unicode.toUTF8String(out);
  return out;
}

std::string trimmed(const std::string& text) {
  size_t begin = 0, end = text.size();
  while (begin < end && static_cast<unsigned char>(text[begin]) <= ' ') ++begin;
  while (end > begin && static_cast<unsigned char>(text[end - 1]) <= ' ') --end;
  return text.substr(begin, end - begin);
}

std::string replaced(Run& run, const std::string& text, const std::string& from, const std::string& to) {
  if (from.empty()) {
    std::u16string wide = to_utf16(text);
    std::string out = to;
    for (const char16_t c : wide) {
      out += to_utf8(std::u16string_view(&c, 1)) + to;
      if (out.size() > (16u << 20)) run.heap().charge(out.size());
    }
    return out;
  }
  std::string out;
  size_t at = 0;
  for (size_t found; (found = text.find(from, at)) != std::string::npos; at = found + from.size()) {
    out.append(text, at, found - at).append(to);
    if (out.size() > (32u << 20)) run.heap().charge(out.size());
  }
  return out.append(text, at);
}

Value split(Run& run, PatternObject& pattern, const std::string& given, int64_t limit) {
  const std::u16string text = to_utf16(given);
  auto* out = run.heap().make<ListObject>(C::kArray);
  size_t from = 0;
  analysis::JavaRegex::Matcher matcher(pattern.regex, text);
  while (!text.empty() && matcher.find()) {
    if (limit > 0 && static_cast<int64_t>(out->items.size()) == limit - 1) break;
    const auto begin = static_cast<size_t>(matcher.start()), end = static_cast<size_t>(matcher.end());
    if (begin == 0 && end == 0) continue;
    out->items.push_back(text_value(run, to_utf8(std::u16string_view(text).substr(from, begin - from))));
    from = end;
  }
  out->items.push_back(text_value(run, to_utf8(std::u16string_view(text).substr(from))));
  if (limit == 0) {
    while (out->items.size() > 1 && text_of(out->items.back()).empty()) out->items.pop_back();
    if (from > 0 && out->items.size() == 1 && text_of(out->items[0]).empty()) out->items.clear();
  }
  run.heap().charge(out->items.size() * sizeof(Value));
  return Value::object(out);
}

Value split_on_token(Run& run, const std::string& text, const std::string& token, int64_t limit) {
  auto* out = run.heap().make<ListObject>(C::kArray);
  if (token.empty()) {
    out->items.push_back(text_value(run, text));
    return Value::object(out);
  }
  size_t at = 0;
  for (size_t found; (found = text.find(token, at)) != std::string::npos; at = found + token.size()) {
    if (limit > 0 && static_cast<int64_t>(out->items.size()) == limit - 1) break;
    out->items.push_back(text_value(run, text.substr(at, found - at)));
  }
  out->items.push_back(text_value(run, text.substr(at)));
  if (limit == 0) {
    while (!out->items.empty() && text_of(out->items.back()).empty()) out->items.pop_back();
  }
  return Value::object(out);
}

std::string replace_function(Run& run, PatternObject& pattern, const std::string& given, const Value& function, bool all) {
  auto* matcher = run.heap().make<MatcherObject>(&pattern, given);
  std::u16string out;
  size_t at = 0;
  while (matcher->matcher.find()) {
    matcher->matched = true;
    const auto begin = static_cast<size_t>(matcher->matcher.start()), end = static_cast<size_t>(matcher->matcher.end());
    out.append(matcher->text, at, begin - at);
    out += to_utf16(java_text(call1(run, function, Value::object(matcher))));
    at = end;
    if (out.size() > (16u << 20)) run.heap().charge(out.size());
    if (!all) break;
  }
  return to_utf8(out.append(matcher->text, at));
}

BuilderObject& builder_of(const Value& value) { return *static_cast<BuilderObject*>(value.o); }

void check_group(MatcherObject& m, int64_t group) {
  if (!m.matched) throw_java(C::kIllegalStateException, "No match found");
  if (group < 0 || group > m.matcher.group_count()) throw_java(C::kIndexOutOfBoundsException, "No group " + std::to_string(group));
}
Value group_text(Run& run, MatcherObject& m, int64_t group) {
  check_group(m, group);
  const int begin = m.matcher.start(static_cast<int>(group));
  if (begin < 0) return {};
  return text_value(run, to_utf8(std::u16string_view(m.text).substr(static_cast<size_t>(begin), static_cast<size_t>(m.matcher.end(static_cast<int>(group)) - begin))));
}

std::string from_base64(const std::string& text) {
  try {
    return decode_base64(text);
  } catch (const ApiError& error) {
    throw_java(C::kIllegalArgumentException, error.error().reason);
  }
}

void add_strings(std::vector<Method>& t) {
  constexpr auto kStatic = Method::kStatic;
  t.insert(t.end(), {
      {C::kCharSequence, "length", "I:", [](Run&, Value* a, size_t) { return Value::integer(static_cast<int64_t>(utf16_length(char_sequence(a[0])))); }},
      {C::kCharSequence, "charAt", "C:I", [](Run&, Value* a, size_t) { return Value::character(char_at(StringObject(char_sequence(a[0])), a[1].i)); }},
      {C::kCharSequence, "isEmpty", "Z:", [](Run&, Value* a, size_t) { return Value::boolean(char_sequence(a[0]).empty()); }},
      {C::kCharSequence, "subSequence", "S:II", [](Run& r, Value* a, size_t) { return substring(r, StringObject(char_sequence(a[0])), a[1].i, a[2].i); }},
      {C::kCharSequence, "chars", "O:", [](Run& r, Value* a, size_t) {
         auto* out = r.heap().make<StreamObject>(C::kIntStream);
         for (const char16_t c : to_utf16(char_sequence(a[0]))) out->items.push_back(Value::integer(c));
         r.heap().charge(out->items.size() * sizeof(Value));
         return Value::object(out);
       }},
      {C::kCharSequence, "replaceAll", "S:OO", [](Run& r, Value* a, size_t) { return text_value(r, replace_function(r, pattern_of(a[1]), char_sequence(a[0]), a[2], true)); }},
      {C::kCharSequence, "replaceFirst", "S:OO", [](Run& r, Value* a, size_t) { return text_value(r, replace_function(r, pattern_of(a[1]), char_sequence(a[0]), a[2], false)); }},
      {C::kString, "new", "S:", [](Run& r, Value*, size_t) { return text_value(r, ""); }, kStatic},
      {C::kString, "new", "S:O", [](Run& r, Value* a, size_t) { return text_value(r, java_text(a[0])); }, kStatic},
      {C::kString, "length", "I:", [](Run&, Value* a, size_t) {
         const StringObject& s = string_of(a[0]);
         return Value::integer(static_cast<int64_t>(s.ascii ? s.text.size() : utf16_length(s.text)));
       }},
      {C::kString, "charAt", "C:I", [](Run&, Value* a, size_t) { return Value::character(char_at(string_of(a[0]), a[1].i)); }},
      {C::kString, "codePointAt", "I:I", [](Run&, Value* a, size_t) { return Value::integer(char_at(string_of(a[0]), a[1].i)); }},
      {C::kString, "substring", "S:I", [](Run& r, Value* a, size_t) { return substring(r, string_of(a[0]), a[1].i, INT64_MAX); }},
      {C::kString, "substring", "S:II", [](Run& r, Value* a, size_t) { return substring(r, string_of(a[0]), a[1].i, a[2].i); }},
      {C::kString, "contains", "Z:O", [](Run&, Value* a, size_t) { return Value::boolean(text_of(a[0]).find(char_sequence(a[1])) != std::string::npos); }},
      {C::kString, "startsWith", "Z:S", [](Run&, Value* a, size_t) { return Value::boolean(text_of(a[0]).starts_with(text_of(a[1]))); }},
      {C::kString, "startsWith", "Z:SI", [](Run&, Value* a, size_t) {
         const std::u16string text = to_utf16(text_of(a[0]));
         return Value::boolean(a[2].i >= 0 && a[2].i <= static_cast<int64_t>(text.size()) && std::u16string_view(text).substr(static_cast<size_t>(a[2].i)).starts_with(to_utf16(text_of(a[1]))));
       }},
      {C::kString, "endsWith", "Z:S", [](Run&, Value* a, size_t) { return Value::boolean(text_of(a[0]).ends_with(text_of(a[1]))); }},
      {C::kString, "indexOf", "I:O", [](Run&, Value* a, size_t) { return index_of(a[0], a[1], 0, false); }},
      {C::kString, "indexOf", "I:OI", [](Run&, Value* a, size_t) { return index_of(a[0], a[1], a[2].i, false); }},
      {C::kString, "lastIndexOf", "I:O", [](Run&, Value* a, size_t) { return index_of(a[0], a[1], INT64_MAX, true); }},
      {C::kString, "lastIndexOf", "I:OI", [](Run&, Value* a, size_t) { return index_of(a[0], a[1], a[2].i, true); }},
      {C::kString, "isEmpty", "Z:", [](Run&, Value* a, size_t) { return Value::boolean(text_of(a[0]).empty()); }},
      {C::kString, "toLowerCase", "S:", [](Run& r, Value* a, size_t) { return text_value(r, with_case(text_of(a[0]), false)); }},
      {C::kString, "toUpperCase", "S:", [](Run& r, Value* a, size_t) { return text_value(r, with_case(text_of(a[0]), true)); }},
      {C::kString, "toLowerCase", "S:O", [](Run& r, Value* a, size_t) { return text_value(r, with_case(text_of(a[0]), false)); }},
      {C::kString, "toUpperCase", "S:O", [](Run& r, Value* a, size_t) { return text_value(r, with_case(text_of(a[0]), true)); }},
      {C::kString, "trim", "S:", [](Run& r, Value* a, size_t) { return text_value(r, trimmed(text_of(a[0]))); }},
      {C::kString, "concat", "S:S", [](Run& r, Value* a, size_t) { return text_value(r, text_of(a[0]) + text_of(a[1])); }},
      {C::kString, "equalsIgnoreCase", "Z:S", [](Run&, Value* a, size_t) { return Value::boolean(!a[1].is_null() && with_case(with_case(text_of(a[0]), true), false) == with_case(with_case(text_of(a[1]), true), false)); }},
      {C::kString, "compareTo", "I:S", [](Run&, Value* a, size_t) { return Value::integer(java_compare(a[0], a[1])); }},
      {C::kString, "compareToIgnoreCase", "I:S", [](Run& r, Value* a, size_t) { return Value::integer(java_compare(text_value(r, with_case(text_of(a[0]), false)), text_value(r, with_case(text_of(a[1]), false)))); }},
      {C::kString, "replace", "S:OO", [](Run& r, Value* a, size_t) { return text_value(r, replaced(r, text_of(a[0]), char_sequence(a[1]), char_sequence(a[2]))); }},
      {C::kString, "toCharArray", "O:", [](Run& r, Value* a, size_t) {
         auto* out = r.heap().make<ListObject>(C::kArray);
         out->element = Tag::kChar;
         r.heap().charge(text_of(a[0]).size() * sizeof(Value));
         for (const char16_t c : to_utf16(text_of(a[0]))) out->items.push_back(Value::character(c));
         r.heap().charge(out->items.size() * sizeof(Value));
         return Value::object(out);
       }},
      {C::kString, "splitOnToken", "O:S", [](Run& r, Value* a, size_t) { return split_on_token(r, text_of(a[0]), text_of(a[1]), -1); }},
      {C::kString, "splitOnToken", "O:SI", [](Run& r, Value* a, size_t) { return split_on_token(r, text_of(a[0]), text_of(a[1]), a[2].i); }},
      {C::kString, "encodeBase64", "S:", [](Run& r, Value* a, size_t) { return text_value(r, encode_base64(text_of(a[0]))); }},
      {C::kString, "decodeBase64", "S:", [](Run& r, Value* a, size_t) { return text_value(r, from_base64(text_of(a[0]))); }},
      {C::kString, "valueOf", "S:O", [](Run& r, Value* a, size_t) { return text_value(r, java_text(a[0])); }, kStatic},
      {C::kString, "copyValueOf", "S:O", [](Run& r, Value* a, size_t) {
         std::string out;
         for (const Value& c : elements_of(r, a[0])) append_text(out, c);
         return text_value(r, out);
       }, kStatic},
      {C::kString, "join", "S:OO", [](Run& r, Value* a, size_t) {
         std::string out;
         const std::string separator = char_sequence(a[0]);
         bool first = true;
         for (const Value& item : elements_of(r, a[1])) {
           if (!first) out += separator;
           first = false;
           append_text(out, item);
         }
         return text_value(r, std::move(out));
       }, kStatic},
      {C::kStringBuilder, "new", "O:", [](Run& r, Value*, size_t) { return Value::object(r.heap().make<BuilderObject>()); }, kStatic},
      {C::kStringBuilder, "new", "O:O", [](Run& r, Value* a, size_t) {
         auto* out = r.heap().make<BuilderObject>();
         if (!a[0].is_whole()) out->text = char_sequence(a[0]);
         return Value::object(out);
       }, kStatic},
      {C::kStringBuilder, "append", "O:O", [](Run& r, Value* a, size_t) {
         std::string& text = builder_of(a[0]).text;
         const size_t before = text.size();
         append_text(text, a[1]);
         r.heap().charge(text.size() - before);
         return a[0];
       }},
      {C::kStringBuilder, "insert", "O:IO", [](Run& r, Value* a, size_t) -> Value {
         std::u16string text = to_utf16(builder_of(a[0]).text);
         if (a[1].i < 0 || a[1].i > static_cast<int64_t>(text.size())) throw_java(C::kStringIndexOutOfBoundsException, "offset " + std::to_string(a[1].i) + ", length " + std::to_string(text.size()));
         const std::u16string part = to_utf16(java_text(a[2]));
         r.heap().charge(part.size());
         builder_of(a[0]).text = to_utf8(text.insert(static_cast<size_t>(a[1].i), part));
         return a[0];
       }},
      {C::kStringBuilder, "reverse", "O:", [](Run&, Value* a, size_t) {
         std::u16string text = to_utf16(builder_of(a[0]).text);
         std::reverse(text.begin(), text.end());
         builder_of(a[0]).text = to_utf8(text);
         return a[0];
       }},
      {C::kStringBuilder, "setLength", "V:I", [](Run&, Value* a, size_t) {
         std::u16string text = to_utf16(builder_of(a[0]).text);
         text.resize(static_cast<size_t>(std::clamp<int64_t>(a[1].i, 0, static_cast<int64_t>(text.size()))));
         builder_of(a[0]).text = to_utf8(text);
         return Value();
       }},
      {C::kStringBuilder, "deleteCharAt", "O:I", [](Run&, Value* a, size_t) -> Value {
         std::u16string text = to_utf16(builder_of(a[0]).text);
         if (a[1].i < 0 || a[1].i >= static_cast<int64_t>(text.size())) throw_java(C::kStringIndexOutOfBoundsException, "index " + std::to_string(a[1].i) + ",length " + std::to_string(text.size()));
         builder_of(a[0]).text = to_utf8(text.erase(static_cast<size_t>(a[1].i), 1));
         return a[0];
       }},
      {C::kStringBuilder, "delete", "O:II", [](Run&, Value* a, size_t) -> Value {
         std::u16string text = to_utf16(builder_of(a[0]).text);
         const int64_t end = std::min<int64_t>(a[2].i, static_cast<int64_t>(text.size()));
         if (a[1].i < 0 || a[1].i > end) throw_java(C::kStringIndexOutOfBoundsException, "start " + std::to_string(a[1].i) + ", end " + std::to_string(end) + ", length " + std::to_string(text.size()));
         builder_of(a[0]).text = to_utf8(text.erase(static_cast<size_t>(a[1].i), static_cast<size_t>(end - a[1].i)));
         return a[0];
       }},
      {C::kStringBuilder, "indexOf", "I:S", [](Run&, Value* a, size_t) {
         const size_t at = to_utf16(builder_of(a[0]).text).find(to_utf16(text_of(a[1])));
         return Value::integer(at == std::u16string::npos ? -1 : static_cast<int64_t>(at));
       }},
      {C::kStringBuilder, "substring", "S:II", [](Run& r, Value* a, size_t) { return substring(r, StringObject(builder_of(a[0]).text), a[1].i, a[2].i); }},
      {C::kStringBuilder, "substring", "S:I", [](Run& r, Value* a, size_t) { return substring(r, StringObject(builder_of(a[0]).text), a[1].i, INT64_MAX); }},
  });
}

template <UBool (*F)(UChar32)>
Value char_test(Run&, Value* a, size_t) {
  return Value::boolean(F(static_cast<UChar32>(a[0].i)) != 0);
}

void add_characters(std::vector<Method>& t) {
  constexpr auto kStatic = Method::kStatic;
  t.insert(t.end(), {
      {C::kCharacter, "isDigit", "Z:I", char_test<u_isdigit>, kStatic},
      {C::kCharacter, "isLetter", "Z:I", char_test<u_isalpha>, kStatic},
      {C::kCharacter, "isLetterOrDigit", "Z:I", char_test<u_isalnum>, kStatic},
      {C::kCharacter, "isAlphabetic", "Z:I", char_test<u_isUAlphabetic>, kStatic},
      {C::kCharacter, "isUpperCase", "Z:I", char_test<u_isupper>, kStatic},
      {C::kCharacter, "isLowerCase", "Z:I", char_test<u_islower>, kStatic},
      {C::kCharacter, "isWhitespace", "Z:I", char_test<u_isWhitespace>, kStatic},
      {C::kCharacter, "isSpaceChar", "Z:I", char_test<u_isspace>, kStatic},
      {C::kCharacter, "toUpperCase", "C:I", [](Run&, Value* a, size_t) { return Value::character(static_cast<char16_t>(u_toupper(static_cast<UChar32>(a[0].i)))); }, kStatic},
      {C::kCharacter, "toLowerCase", "C:I", [](Run&, Value* a, size_t) { return Value::character(static_cast<char16_t>(u_tolower(static_cast<UChar32>(a[0].i)))); }, kStatic},
      {C::kCharacter, "getNumericValue", "I:I", [](Run&, Value* a, size_t) { return Value::integer(u_charDigitValue(static_cast<UChar32>(a[0].i))); }, kStatic},
      {C::kCharacter, "toString", "S:C", [](Run& r, Value* a, size_t) { return text_value(r, java_text(a[0])); }, kStatic},
      {C::kCharacter, "valueOf", "C:C", [](Run&, Value* a, size_t) { return a[0]; }, kStatic},
      {C::kCharacter, "compare", "I:CC", [](Run&, Value* a, size_t) { return Value::integer(a[0].i - a[1].i); }, kStatic},
      {C::kCharacter, "charValue", "C:", [](Run&, Value* a, size_t) { return a[0]; }},
  });
}

void add_patterns(std::vector<Method>& t) {
  t.insert(t.end(), {
      {C::kPattern, "matcher", "O:O", [](Run& r, Value* a, size_t) { return Value::object(r.heap().make<MatcherObject>(&pattern_of(a[0]), char_sequence(a[1]))); }},
      {C::kPattern, "pattern", "S:", [](Run& r, Value* a, size_t) { return text_value(r, pattern_of(a[0]).pattern); }},
      {C::kPattern, "split", "O:O", [](Run& r, Value* a, size_t) { return split(r, pattern_of(a[0]), char_sequence(a[1]), 0); }},
      {C::kPattern, "split", "O:OI", [](Run& r, Value* a, size_t) { return split(r, pattern_of(a[0]), char_sequence(a[1]), a[2].i); }},
      {C::kPattern, "splitAsStream", "O:O", [](Run& r, Value* a, size_t) {
         const Value parts = split(r, pattern_of(a[0]), char_sequence(a[1]), 0);
         auto* out = r.heap().make<StreamObject>();
         out->items = static_cast<ListObject*>(parts.o)->items;
         return Value::object(out);
       }},
      {C::kPattern, "asPredicate", "O:", [](Run& r, Value* a, size_t) {
         const Value pattern = a[0];
         const Value out = native_lambda(r, 1, [pattern](Run& run, const Value* args, size_t) { return Value::boolean(regex_match(run, args[0], pattern, false)); });
         static_cast<LambdaObject*>(out.o)->captured.push_back(pattern);
         return out;
       }},
      {C::kMatcher, "find", "Z:", [](Run&, Value* a, size_t) { return Value::boolean(matcher_of(a[0]).matched = matcher_of(a[0]).matcher.find()); }},
      {C::kMatcher, "matches", "Z:", [](Run&, Value* a, size_t) { return Value::boolean(matcher_of(a[0]).matched = matcher_of(a[0]).matcher.matches()); }},
      {C::kMatcher, "group", "S:", [](Run& r, Value* a, size_t) { return group_text(r, matcher_of(a[0]), 0); }},
      {C::kMatcher, "group", "S:O", [](Run& r, Value* a, size_t) -> Value {
         if (is_text(a[1])) throw_java(C::kUnsupportedOperationException, "groups by name are not supported");
         return group_text(r, matcher_of(a[0]), convert_argument(a[1], 'I').i);
       }},
      {C::kMatcher, "groupCount", "I:", [](Run&, Value* a, size_t) { return Value::integer(matcher_of(a[0]).matcher.group_count()); }},
      {C::kMatcher, "start", "I:", [](Run&, Value* a, size_t) { return check_group(matcher_of(a[0]), 0), Value::integer(matcher_of(a[0]).matcher.start()); }},
      {C::kMatcher, "start", "I:I", [](Run&, Value* a, size_t) { return check_group(matcher_of(a[0]), a[1].i), Value::integer(matcher_of(a[0]).matcher.start(static_cast<int>(a[1].i))); }},
      {C::kMatcher, "end", "I:", [](Run&, Value* a, size_t) { return check_group(matcher_of(a[0]), 0), Value::integer(matcher_of(a[0]).matcher.end()); }},
      {C::kMatcher, "end", "I:I", [](Run&, Value* a, size_t) { return check_group(matcher_of(a[0]), a[1].i), Value::integer(matcher_of(a[0]).matcher.end(static_cast<int>(a[1].i))); }},
      {C::kMatcher, "replaceAll", "S:S", [](Run& r, Value* a, size_t) {
         MatcherObject& m = matcher_of(a[0]);
         return text_value(r, to_utf8(m.pattern->regex.replace_all(m.text, to_utf16(text_of(a[1])))));
       }},
      {C::kMatcher, "replaceFirst", "S:S", [](Run& r, Value* a, size_t) {
         MatcherObject& m = matcher_of(a[0]);
         return text_value(r, to_utf8(m.pattern->regex.replace_first(m.text, to_utf16(text_of(a[1])))));
       }},
  });
}

}  // namespace

bool regex_match(Run& run, const Value& text, const Value& pattern, bool whole) {
  static_cast<void>(run);
  if (text.is_null()) throw_java(ClassId::kNullPointerException, "Cannot invoke \"java.lang.CharSequence.length()\" because \"this.text\" is null");
  const std::u16string given = to_utf16(char_sequence(text));
  analysis::JavaRegex::Matcher matcher(pattern_of(pattern).regex, given);
  return whole ? matcher.matches() : matcher.find();
}

void add_text_methods(std::vector<Method>& t) {
  add_strings(t);
  add_characters(t);
  add_patterns(t);
  // String.split and replaceAll take patterns as text.
  t.insert(t.end(), {
      {C::kString, "split", "O:S", [](Run& r, Value* a, size_t) { return split(r, pattern_of_text(r, text_of(a[1])), text_of(a[0]), 0); }},
      {C::kString, "split", "O:SI", [](Run& r, Value* a, size_t) { return split(r, pattern_of_text(r, text_of(a[1])), text_of(a[0]), a[2].i); }},
  });
}

}  // namespace tarn::script

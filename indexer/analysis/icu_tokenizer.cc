// ICUTokenizer of Lucene: runs of one script, each broken into words by ICU's rules and dictionaries.
#include <unicode/rbbi.h>
#include <unicode/uchar.h>
#include <unicode/uniset.h>
#include <unicode/uscript.h>

#include "indexer/analysis/environment.h"
#include "indexer/analysis/icu_filters.h"
#include "indexer/analysis/icu_token_types.h"
#include "indexer/analysis/text.h"
#include "indexer/base/error.h"

namespace tarn::analysis {

namespace {

using Rules = std::unique_ptr<icu::RuleBasedBreakIterator>;

Rules compile_rules(std::string_view text) {
  UErrorCode status = U_ZERO_ERROR;
  UParseError where;
  auto rules = std::make_unique<icu::RuleBasedBreakIterator>(
      icu::UnicodeString::fromUTF8(icu::StringPiece(text.data(), static_cast<int32_t>(text.size()))), where, status);
  if (U_FAILURE(status)) throw ApiError(illegal_argument(std::string("rules of break iterator: ") + u_errorName(status)));
  return rules;
}

/// Word boundaries of Unicode (UAX #29), in ICU's notation, with the rule's number as status: 100 numbers, 200 letters, 300
/// kana, 400 ideographs. As in Lucene's tokenizer a colon ends a word, Hangul is words of letters, and only scripts that
/// are written without blanks (Thai, Khmer ...) go to a dictionary; Chinese and Japanese have rules of their own.
constexpr std::string_view kWordRules = R"rules(
!!chain;
$hangul = [\uac00-\ud7a3];
$kana = [\p{WB=Katakana}];
$cjk = [[:Han:] [:Hiragana:] $kana $hangul];
$dictionary = [[:LineBreak=Complex_Context:]];
$skip = [[\p{WB=Extend}-[:Han:]] \p{WB=Format} \p{WB=ZWJ}];
$letter = [\p{WB=ALetter}-$cjk [[:LineBreak=Complex_Context:]-[\p{WB=Extend}-[:Han:]]-\p{GCB=Control}]];
$hebrew = [\p{WB=Hebrew_Letter}];
$any = [$letter $hebrew];
$digit = [\p{WB=Numeric}];
$joiner = [\p{WB=ExtendNumLet}];
$quote = [\p{WB=Single_Quote}];
$midletter = [[\p{WB=MidLetter}-[\u003A \uFE55 \uFF1A]] \p{WB=MidNumLet} $quote];
$midnumber = [\p{WB=MidNum} \p{WB=MidNumLet} $quote];
$blank = [\p{WB=WSegSpace}];
$flag = [\p{WB=Regional_Indicator}];

[\p{WB=CR}] [\p{WB=LF}];
[\p{WB=ZWJ}] [\p{Extended_Pictographic}];
$blank $blank;
^$skip+;
[^\p{WB=CR} \p{WB=LF} \p{WB=Newline} $skip] $skip*;
^$flag $skip* $flag;

$digit $skip* {100};
$letter $skip* {200};
$hebrew $skip* {200};
$hangul {200};
$kana $skip* {300};
[:Hiragana:] $skip* {300};
[\p{Ideographic}] $skip* {400};

$any $skip* $any;
$any $skip* $midletter $skip* $any {200};
$hebrew $skip* $quote {200};
$hebrew $skip* [\p{WB=Double_Quote}] $skip* $hebrew;
$digit $skip* $digit;
$any $skip* $digit;
$digit $skip* $any;
$digit $skip* $midnumber $skip* $digit;
$kana $skip* $kana {300};
$hangul $hangul {200};

$any $skip* $joiner {200};
$digit $skip* $joiner {100};
$kana $skip* $joiner {300};
$joiner $skip* $joiner {200};
$joiner $skip* $any {200};
$joiner $skip* $digit {100};
$joiner $skip* $kana {300};
.;
)rules";

const icu::RuleBasedBreakIterator& default_rules() {
  static const Rules rules = compile_rules(kWordRules);
  return *rules;
}

const icu::BreakIterator& dictionary_rules() {
  static const std::unique_ptr<icu::BreakIterator> words = [] {
    UErrorCode status = U_ZERO_ERROR;
    std::unique_ptr<icu::BreakIterator> made(icu::BreakIterator::createWordInstance(icu::Locale::getRoot(), status));
    if (U_FAILURE(status)) throw ApiError(500, "exception", std::string("no word breaks: ") + u_errorName(status));
    return made;
  }();
  return *words;
}

bool is_mark(UChar32 c) {
  const int type = u_charType(c);
  return type == U_COMBINING_SPACING_MARK || type == U_NON_SPACING_MARK || type == U_ENCLOSING_MARK;
}

/// Chinese and Japanese are one script, the dictionary's; wide digits are not of it.
UScriptCode script_of(UChar32 c) {
  if (c >= 0xFF10 && c <= 0xFF19) return USCRIPT_LATIN;
  UErrorCode status = U_ZERO_ERROR;
  const UScriptCode script = uscript_getScript(c, &status);
  return script == USCRIPT_HAN || script == USCRIPT_HIRAGANA || script == USCRIPT_KATAKANA ? USCRIPT_JAPANESE : script;
}

struct ScriptRun {
  int32_t start, limit;
  UScriptCode script;
};

ScriptRun next_run(const char16_t* text, int32_t start, int32_t limit) {
  ScriptRun run{start, start, USCRIPT_COMMON};
  while (run.limit < limit) {
    int32_t next = run.limit;
    UChar32 c;
    U16_NEXT(text, next, limit, c);
    const UScriptCode script = script_of(c);
    const bool same = run.script == script || run.script <= USCRIPT_INHERITED || script <= USCRIPT_INHERITED ||
                      uscript_hasScript(c, run.script);
    if (!same && !is_mark(c)) break;
    if (run.script <= USCRIPT_INHERITED && script > USCRIPT_INHERITED) run.script = script;
    run.limit = next;
  }
  return run;
}

/// Signs that are emoji only where a selector follows.
bool is_ambiguous_emoji(UChar32 c) {
  return c == '*' || c == '#' || (c >= '0' && c <= '9') || c == 0xA9 || c == 0xAE || c == 0x2122 || c == 0x3030 || c == 0x303D;
}
bool is_emoji(const char16_t* text, int32_t start, int32_t end) {
  int32_t next = start;
  UChar32 c;
  U16_NEXT(text, next, end, c);
  if (!u_hasBinaryProperty(c, UCHAR_EMOJI) && !u_hasBinaryProperty(c, UCHAR_EXTENDED_PICTOGRAPHIC)) return false;
  return !is_ambiguous_emoji(c) || (next < end && (text[next] == 0xFE0F || text[next] == 0x20E3));
}

const char* type_of(UScriptCode script, int32_t status) {
  switch (status) {
    case UBRK_WORD_IDEO: return "<IDEOGRAPHIC>";
    case UBRK_WORD_KANA: return script == USCRIPT_HIRAGANA ? "<HIRAGANA>" : "<KATAKANA>";
    case UBRK_WORD_LETTER: return script == USCRIPT_HANGUL ? "<HANGUL>" : "<ALPHANUM>";
    case UBRK_WORD_NUMBER: return "<NUM>";
    default: return "<OTHER>";
  }
}

class IcuTokenizer final : public Tokenizer {
 public:
  using RulesByScript = std::map<UScriptCode, std::shared_ptr<const icu::RuleBasedBreakIterator>>;
  explicit IcuTokenizer(RulesByScript rules) : rules_(std::move(rules)) {}
  bool shows_script() const override { return true; }

  void tokenize(std::string_view text, TokenBuffer& out) const override {
    const std::u16string units = to_utf16(text);
    const UnitToByte bytes(text);
    Breakers breakers;
    const auto size = static_cast<int32_t>(units.size());
    for (int32_t at = 0; at < size;) {
      const int32_t end = part_end(units, at);
      for (int32_t start = at; start < end;) {
        const ScriptRun run = next_run(units.data(), start, end);
        break_run(units, run, text, bytes, breakers, out);
        start = run.limit;
      }
      at = end;
    }
  }

 private:
  using Breakers = std::map<UScriptCode, std::unique_ptr<icu::BreakIterator>>;
  static constexpr int32_t kBuffer = 4096;

  /// Lucene looks at so many units at a time, and parts them behind the last blank.
  static int32_t part_end(const std::u16string& units, int32_t at) {
    const auto size = static_cast<int32_t>(units.size());
    if (size - at < kBuffer) return size;
    for (int32_t i = at + kBuffer - 1; i >= at; --i) {
      if (u_isWhitespace(units[static_cast<size_t>(i)])) return i + 1;
    }
    return at + kBuffer;
  }

  icu::BreakIterator& breaker(UScriptCode script, Breakers& breakers) const {
    std::unique_ptr<icu::BreakIterator>& made = breakers[script];
    if (made == nullptr) {
      const auto own = rules_.find(script);
      made.reset(own != rules_.end() ? own->second->clone() : script == USCRIPT_JAPANESE ? dictionary_rules().clone() : default_rules().clone());
    }
    return *made;
  }

  void break_run(const std::u16string& units, const ScriptRun& run, std::string_view text, const UnitToByte& bytes,
                 Breakers& breakers, TokenBuffer& out) const {
    icu::BreakIterator& words = breaker(run.script, breakers);
    UErrorCode status = U_ZERO_ERROR;
    UText view = UTEXT_INITIALIZER;
    utext_openUChars(&view, units.data() + run.start, run.limit - run.start, &status);
    words.setText(&view, status);
    if (U_FAILURE(status)) throw ApiError(500, "exception", std::string("word breaks: ") + u_errorName(status));
    int32_t start = words.first();
    for (int32_t end = words.next(); end != icu::BreakIterator::DONE; start = end, end = words.next()) {
      const bool emoji = is_emoji(units.data(), run.start + start, run.start + end);
      const int32_t kind = emoji ? 0 : words.getRuleStatus();
      if (!emoji && kind == 0) continue;
      Token token;
      token.start_offset = bytes[static_cast<size_t>(run.start + start)];
      token.end_offset = bytes[static_cast<size_t>(run.start + end)];
      token.term = text.substr(token.start_offset, token.end_offset - token.start_offset);
      token.position = out.end_position++;
      token.type = icu_token_type(emoji ? "<EMOJI>" : type_of(run.script, kind), script_name(run.script));
      out.tokens.push_back(token);
    }
    utext_close(&view);
  }

  static const char* script_name(UScriptCode script) {
    return script == USCRIPT_JAPANESE ? "Chinese/Japanese" : uscript_getName(script);
  }

  RulesByScript rules_;
};

/// "Latn:file.rbbi": rules of the file for a script. Comments are whole lines.
std::pair<UScriptCode, std::shared_ptr<const icu::RuleBasedBreakIterator>> read_rules(const std::string& pair) {
  const size_t colon = pair.find(':');
  if (colon == std::string::npos || colon + 1 == pair.size()) {
    throw ApiError(illegal_argument("rule_files should contain comma-separated \"code:rulefile\" pairs"));
  }
  const std::string code(trim(std::string_view(pair).substr(0, colon)));
  const int32_t script = u_getPropertyValueEnum(UCHAR_SCRIPT, code.c_str());
  if (script == UCHAR_INVALID_CODE) throw ApiError(illegal_argument("Invalid name: " + code));
  std::string rules;
  for (const std::string& line : split_lines(read_config_file(std::string(trim(std::string_view(pair).substr(colon + 1))), "rule_files"), false)) {
    if (!line.starts_with('#')) rules += line + "\n";
  }
  return {static_cast<UScriptCode>(script), compile_rules(rules)};
}

}  // namespace

TokenizerPtr make_icu_tokenizer(const ComponentSettings& settings) {
  IcuTokenizer::RulesByScript rules;
  try {
    for (const std::string& pair : settings.list("rule_files")) rules.insert_or_assign(read_rules(pair).first, read_rules(pair).second);
  } catch (const ApiError& e) {
    Error failed(500, "exception", "failed to load ICU rule files");
    throw ApiError(failed.caused_by(e.error()));
  }
  return std::make_shared<IcuTokenizer>(std::move(rules));
}

}  // namespace tarn::analysis

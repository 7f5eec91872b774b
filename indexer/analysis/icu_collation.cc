#include "indexer/analysis/icu_collation.h"

#include <unicode/tblcoll.h>

#include "indexer/analysis/environment.h"
#include "indexer/analysis/icu_filters.h"
#include "indexer/analysis/text.h"
#include "indexer/base/error.h"

namespace tarn::analysis {

namespace {

class IcuCollation final : public Collation {
 public:
  explicit IcuCollation(std::unique_ptr<icu::Collator> collator) : collator_(std::move(collator)) {}

  std::string key(std::string_view text) const override {
    const icu::UnicodeString units = icu::UnicodeString::fromUTF8(icu::StringPiece(text.data(), static_cast<int32_t>(text.size())));
    std::string key(units.length() * 3 + 32, '\0');
    int32_t size = collator_->getSortKey(units, reinterpret_cast<uint8_t*>(key.data()), static_cast<int32_t>(key.size()));
    if (size > static_cast<int32_t>(key.size())) {
      key.resize(static_cast<size_t>(size));
      size = collator_->getSortKey(units, reinterpret_cast<uint8_t*>(key.data()), size);
    }
    key.resize(size > 0 ? static_cast<size_t>(size) : 0);
    return key;
  }

 private:
  std::unique_ptr<icu::Collator> collator_;
};

[[noreturn]] void invalid(const char* what, const std::string& value) {
  throw ApiError(illegal_argument("Invalid " + std::string(what) + ": " + value));
}

icu::UnicodeString unicode(const std::string& text) { return icu::UnicodeString::fromUTF8(text); }

std::unique_ptr<icu::Collator> collator_of_rules(const std::string& given) {
  std::string rules = given;
  bool resolved = true;
  try {
    rules = read_config_file(given, "rules");
  } catch (const ApiError&) {
    resolved = false;  // the setting is the rules themselves
  }
  UErrorCode status = U_ZERO_ERROR;
  auto collator = std::make_unique<icu::RuleBasedCollator>(unicode(rules), status);
  if (U_FAILURE(status)) {
    throw ApiError(illegal_argument(resolved ? "Failed to parse collation rules" : "Failed to resolve collation rules location"));
  }
  return collator;
}

std::unique_ptr<icu::Collator> make_collator(const ComponentSettings& s) {
  if (const auto rules = s.find_text("rules")) return collator_of_rules(*rules);
  icu::Locale locale = icu::Locale::getRoot();
  if (const auto language = s.find_text("language")) {
    const std::string country = s.text("country", ""), variant = country.empty() ? "" : s.text("variant", "");
    locale = icu::Locale(language->c_str(), country.c_str(), variant.c_str());
  }
  UErrorCode status = U_ZERO_ERROR;
  std::unique_ptr<icu::Collator> collator(icu::Collator::createInstance(locale, status));
  if (U_FAILURE(status)) throw ApiError(illegal_argument(std::string("collation: ") + u_errorName(status)));
  return collator;
}

/// One setting whose values are words.
struct Choice {
  const char* filter_name;
  const char* field_name;
  UColAttribute attribute;
  std::vector<std::pair<const char*, UColAttributeValue>> values;
};

const std::vector<Choice>& choices() {
  static const std::vector<Choice> all = {
      {"strength", "strength", UCOL_STRENGTH,
       {{"primary", UCOL_PRIMARY}, {"secondary", UCOL_SECONDARY}, {"tertiary", UCOL_TERTIARY}, {"quaternary", UCOL_QUATERNARY}, {"identical", UCOL_IDENTICAL}}},
      {"decomposition", "decomposition", UCOL_NORMALIZATION_MODE, {{"no", UCOL_OFF}, {"canonical", UCOL_ON}}},
      {"alternate", "alternate", UCOL_ALTERNATE_HANDLING, {{"shifted", UCOL_SHIFTED}, {"non-ignorable", UCOL_NON_IGNORABLE}}},
      {"caseFirst", "case_first", UCOL_CASE_FIRST, {{"lower", UCOL_LOWER_FIRST}, {"upper", UCOL_UPPER_FIRST}}}};
  return all;
}

struct Switch {
  const char* filter_name;
  const char* field_name;
  UColAttribute attribute;
};
constexpr Switch kSwitches[] = {{"caseLevel", "case_level", UCOL_CASE_LEVEL},
                                {"numeric", "numeric", UCOL_NUMERIC_COLLATION},
                                {"hiraganaQuaternaryMode", "hiragana_quaternary_mode", UCOL_HIRAGANA_QUATERNARY_MODE}};

}  // namespace

std::shared_ptr<const Collation> make_collation(const ComponentSettings& s, CollationNames names) {
  const bool filter = names == CollationNames::kFilter;
  std::unique_ptr<icu::Collator> collator = make_collator(s);
  UErrorCode status = U_ZERO_ERROR;
  for (const Choice& choice : choices()) {
    const char* name = filter ? choice.filter_name : choice.field_name;
    const auto given = s.find_text(name);
    if (!given) continue;
    const std::string word = lower(*given);
    const auto value = std::find_if(choice.values.begin(), choice.values.end(), [&word](const auto& v) { return word == v.first; });
    if (value == choice.values.end()) invalid(choice.filter_name, *given);
    collator->setAttribute(choice.attribute, value->second, status);
  }
  for (const Switch& one : kSwitches) {
    const char* name = filter ? one.filter_name : one.field_name;
    if (s.has(name)) collator->setAttribute(one.attribute, s.boolean(name, false) ? UCOL_ON : UCOL_OFF, status);
  }
  if (const auto top = s.find_text(filter ? "variableTop" : "variable_top")) {
    UErrorCode refused = U_ZERO_ERROR;
    const icu::UnicodeString text = unicode(*top);
    ucol_setVariableTop(collator->toUCollator(), text.getBuffer(), text.length(), &refused);
    if (U_FAILURE(refused)) {
      throw ApiError(illegal_argument("Variable top argument string must map to exactly one collation element"));
    }
  }
  if (U_FAILURE(status)) throw ApiError(illegal_argument(std::string("collation: ") + u_errorName(status)));
  return std::make_shared<IcuCollation>(std::move(collator));
}

namespace {

/// Fifteen bits of the key a character, then one that tells how much of the last one counts: IndexableBinaryStringTools.
std::u16string encode(std::string_view bytes) {
  std::u16string out;
  uint32_t bits = 0;
  int count = 0;
  for (const char byte : bytes) {
    bits = bits << 8 | static_cast<unsigned char>(byte);
    count += 8;
    if (count < 15) continue;
    count -= 15;
    out += static_cast<char16_t>(bits >> count & 0x7FFF);
    bits &= (1u << count) - 1;
  }
  if (bytes.empty()) return out;
  const size_t rest = bytes.size() * 8 % 15;
  if (count > 0) out += static_cast<char16_t>(bits << (15 - count) & 0x7FFF);
  // Full bytes in the last character: none only where less than a byte is left.
  out += static_cast<char16_t>(rest == 0 || rest >= 8 ? 1 : 0);
  return out;
}

class CollationFilter final : public TermFilter {
 public:
  explicit CollationFilter(std::shared_ptr<const Collation> collation) : collation_(std::move(collation)) {}

 protected:
  bool change(std::string_view term, std::string& out) const override {
    out = to_utf8(encode(collation_->key(term)));
    return true;
  }

 private:
  std::shared_ptr<const Collation> collation_;
};

}  // namespace

TokenFilterPtr make_icu_collation_filter(const ComponentSettings& s) {
  return std::make_shared<CollationFilter>(make_collation(s, CollationNames::kFilter));
}

}  // namespace tarn::analysis

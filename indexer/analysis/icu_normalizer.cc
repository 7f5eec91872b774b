#include <unicode/normalizer2.h>
#include <unicode/uniset.h>

#include <charconv>

#include "indexer/analysis/icu_filters.h"
#include "indexer/analysis/text.h"
#include "indexer/base/error.h"
#include "schemas/embedded.h"

namespace tarn::analysis {

namespace {

[[noreturn]] void fail(UErrorCode status) { throw ApiError(500, "exception", std::string("normalization: ") + u_errorName(status)); }

icu::UnicodeString text_of(std::string_view term) {
  return icu::UnicodeString::fromUTF8(icu::StringPiece(term.data(), static_cast<int32_t>(term.size())));
}

std::shared_ptr<const icu::UnicodeSet> parse_set(const ComponentSettings& s) {
  const auto pattern = s.find_text("unicode_set_filter");
  if (!pattern) return nullptr;
  UErrorCode status = U_ZERO_ERROR;
  auto set = std::make_shared<icu::UnicodeSet>(text_of(*pattern), status);
  if (U_FAILURE(status)) throw ApiError(illegal_argument("Error: malformed unicode set [" + *pattern + "]"));
  set->freeze();
  return set;
}

/// A normalizer of ICU, or one that leaves characters alone which are not of a set.
class NormalForm {
 public:
  NormalForm(const std::string& name, bool compose, const ComponentSettings& s) : set_(parse_set(s)) {
    UErrorCode status = U_ZERO_ERROR;
    normalizer_ = icu::Normalizer2::getInstance(nullptr, name.c_str(), compose ? UNORM2_COMPOSE : UNORM2_DECOMPOSE, status);
    if (U_FAILURE(status)) {
      throw ApiError(500, "missing_resource_exception", "could not locate data");
    }
    if (set_ != nullptr) {
      filtered_ = std::make_shared<icu::FilteredNormalizer2>(*normalizer_, *set_);
      normalizer_ = filtered_.get();
    }
  }
  const icu::Normalizer2& operator*() const { return *normalizer_; }
  const icu::Normalizer2* operator->() const { return normalizer_; }

 private:
  std::shared_ptr<const icu::UnicodeSet> set_;
  std::shared_ptr<icu::FilteredNormalizer2> filtered_;
  const icu::Normalizer2* normalizer_;
};

class NormalizerFilter final : public TermFilter {
 public:
  explicit NormalizerFilter(NormalForm form) : form_(std::move(form)) {}

 protected:
  bool change(std::string_view term, std::string& out) const override {
    UErrorCode status = U_ZERO_ERROR;
    const icu::UnicodeString text = text_of(term);
    if (form_->quickCheck(text, status) == UNORM_YES) return false;
    const icu::UnicodeString normal = form_->normalize(text, status);
    if (U_FAILURE(status)) fail(status);
    normal.toUTF8String(out);
    return out != term;
  }

 private:
  NormalForm form_;
};

/// Lucene's ICUNormalizer2CharFilter: normalizes from boundary to boundary, and corrects offsets at each.
class NormalizerCharFilter final : public CharFilter {
 public:
  explicit NormalizerCharFilter(NormalForm form) : form_(std::move(form)) {}

  void apply(FilteredText& text) const override {
    const icu::UnicodeString in(true, text.text.data(), static_cast<int32_t>(text.text.size()));
    UErrorCode status = U_ZERO_ERROR;
    std::u16string out;
    FilteredText::Corrections corrections;
    int32_t difference = 0;
    for (int32_t at = 0; at < in.length();) {
      const int32_t normal = normal_end(in, at, status);
      out.append(in.getBuffer() + at, static_cast<size_t>(normal - at));
      at = normal;
      if (at >= in.length()) break;
      const int32_t end = boundary_behind(in, at);
      const icu::UnicodeString part = form_->normalize(in.tempSubStringBetween(at, end), status);
      const int32_t shrinks = end - at - part.length();
      const auto begin = static_cast<int32_t>(out.size());
      out.append(part.getBuffer(), static_cast<size_t>(part.length()));
      if (shrinks < 0) {
        for (int32_t i = 1; i <= -shrinks; ++i) add_correction(corrections, begin + i, difference - i);
      } else if (shrinks > 0) {
        add_correction(corrections, begin + part.length(), difference + shrinks);
      }
      difference += shrinks;
      at = end;
    }
    if (U_FAILURE(status)) fail(status);
    text.replace(std::move(out), std::move(corrections));
  }

 private:
  /// How far the text is normal, backed off to a boundary.
  int32_t normal_end(const icu::UnicodeString& in, int32_t at, UErrorCode& status) const {
    const int32_t end = at + form_->spanQuickCheckYes(in.tempSubString(at), status);
    return end;
  }
  int32_t boundary_behind(const icu::UnicodeString& in, int32_t at) const {
    int32_t end = in.moveIndex32(at, 1);
    while (end < in.length() && !form_->hasBoundaryBefore(in.char32At(end))) end = in.moveIndex32(end, 1);
    return end;
  }

  NormalForm form_;
};

/// Search foldings after Unicode's withdrawn report 30, as Lucene's data file has them: characters to what they become,
/// then composed.
class FoldingTable {
 public:
  FoldingTable() {
    for (const EmbeddedFile& file : embedded_schemas()) {
      if (file.name == "icu_folding.txt") read(file.text());
    }
    UErrorCode status = U_ZERO_ERROR;
    nfc_ = icu::Normalizer2::getNFCInstance(status);
    if (U_FAILURE(status)) fail(status);
  }

  icu::UnicodeString fold(const icu::UnicodeString& text) const {
    icu::UnicodeString folded;
    for (int32_t i = 0; i < text.length(); i = text.moveIndex32(i, 1)) {
      const UChar32 c = text.char32At(i);
      const auto it = folds_.find(c);
      if (it != folds_.end()) folded.append(it->second);
      else folded.append(c);
    }
    UErrorCode status = U_ZERO_ERROR;
    icu::UnicodeString composed = nfc_->normalize(folded, status);
    if (U_FAILURE(status)) fail(status);
    return composed;
  }

 private:
  // Lines of code points in hexadecimal: a character and what it becomes.
  void read(std::string_view text) {
    while (!text.empty()) {
      const size_t end = std::min(text.find('\n'), text.size() - 1);
      std::string_view line = text.substr(0, end);
      text.remove_prefix(end + 1);
      if (line.empty() || line[0] == '#') continue;
      const UChar32 from = next_number(line);
      icu::UnicodeString to;
      while (!line.empty()) to.append(next_number(line));
      folds_.emplace(from, std::move(to));
    }
  }
  static UChar32 next_number(std::string_view& line) {
    uint32_t value = 0;
    const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), value, 16);
    line.remove_prefix(static_cast<size_t>(end - line.data()));
    if (!line.empty()) line.remove_prefix(1);
    return static_cast<UChar32>(value);
  }

  std::unordered_map<UChar32, icu::UnicodeString> folds_;
  const icu::Normalizer2* nfc_ = nullptr;
};

class FoldingFilter final : public TermFilter {
 public:
  explicit FoldingFilter(std::shared_ptr<const icu::UnicodeSet> set) : set_(std::move(set)) {}

 protected:
  bool change(std::string_view term, std::string& out) const override {
    static const FoldingTable table;
    const icu::UnicodeString text = text_of(term);
    if (set_ == nullptr) {
      table.fold(text).toUTF8String(out);
      return out != term;
    }
    for (int32_t at = 0; at < text.length();) {
      const int32_t outside = set_->span(text, at, USET_SPAN_NOT_CONTAINED);
      text.tempSubStringBetween(at, outside).toUTF8String(out);
      const int32_t inside = set_->span(text, outside, USET_SPAN_SIMPLE);
      table.fold(text.tempSubStringBetween(outside, inside)).toUTF8String(out);
      at = inside;
    }
    return out != term;
  }

 private:
  std::shared_ptr<const icu::UnicodeSet> set_;
};

}  // namespace

TokenFilterPtr make_icu_normalizer_filter(const ComponentSettings& s) {
  return std::make_shared<NormalizerFilter>(NormalForm(s.text("name", "nfkc_cf"), true, s));
}

CharFilterPtr make_icu_normalizer_char_filter(const ComponentSettings& s) {
  return std::make_shared<NormalizerCharFilter>(NormalForm(s.text("name", "nfkc_cf"), s.text("mode", "compose") != "decompose", s));
}

CharFilterPtr make_icu_analyzer_char_filter(const ComponentSettings& s) {
  const std::string mode = s.text("mode", "compose");
  if (mode != "compose" && mode != "decompose") {
    throw ApiError(illegal_argument("Unknown mode [" + mode + "] in analyzer [" + s.name() + "], expected one of [compose, decompose]"));
  }
  return std::make_shared<NormalizerCharFilter>(NormalForm(s.text("method", "nfkc_cf"), mode == "compose", s));
}

TokenFilterPtr make_icu_folding_filter(const ComponentSettings& s) { return std::make_shared<FoldingFilter>(parse_set(s)); }

}  // namespace tarn::analysis

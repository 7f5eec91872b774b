#include <unicode/translit.h>

#include "indexer/analysis/icu_filters.h"
#include "indexer/base/error.h"

namespace tarn::analysis {

namespace {

class TransformFilter final : public TermFilter {
 public:
  explicit TransformFilter(std::unique_ptr<icu::Transliterator> transform) : transform_(std::move(transform)) {}

 protected:
  bool change(std::string_view term, std::string& out) const override {
    icu::UnicodeString text = icu::UnicodeString::fromUTF8(icu::StringPiece(term.data(), static_cast<int32_t>(term.size())));
    transform_->transliterate(text);
    text.toUTF8String(out);
    return out != term;
  }

 private:
  std::unique_ptr<icu::Transliterator> transform_;
};

}  // namespace

TokenFilterPtr make_icu_transform_filter(const ComponentSettings& s) {
  const std::string id = s.text("id", "Null");
  const UTransDirection direction = s.text("dir", "forward") == "forward" ? UTRANS_FORWARD : UTRANS_REVERSE;
  UErrorCode status = U_ZERO_ERROR;
  UParseError where;
  std::unique_ptr<icu::Transliterator> transform(
      icu::Transliterator::createInstance(icu::UnicodeString::fromUTF8(id), direction, where, status));
  if (U_FAILURE(status) || transform == nullptr) {
    // The reverse of "A-B" is looked for under its own name.
    const size_t dash = id.find('-');
    const bool turned = direction == UTRANS_REVERSE && dash != std::string::npos;
    throw ApiError(illegal_argument("Illegal ID " + (turned ? id.substr(dash + 1) + "-" + id.substr(0, dash) : id)));
  }
  return std::make_shared<TransformFilter>(std::move(transform));
}

}  // namespace tarn::analysis

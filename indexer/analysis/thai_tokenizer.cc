#include <unicode/brkiter.h>
#include <unicode/utext.h>

#include "indexer/analysis/text.h"
#include "indexer/analysis/tokenizers.h"
#include "indexer/base/error.h"

namespace tarn::analysis {

namespace {

class ThaiTokenizer final : public Tokenizer {
 public:
  void tokenize(std::string_view text, TokenBuffer& out) const override {
    UErrorCode status = U_ZERO_ERROR;
    // An iterator holds a position, so each call has its own; they share their data.
    std::unique_ptr<icu::BreakIterator> words(icu::BreakIterator::createWordInstance(icu::Locale("th"), status));
    UText view = UTEXT_INITIALIZER;
    utext_openUTF8(&view, text.data(), static_cast<int64_t>(text.size()), &status);
    if (U_SUCCESS(status)) words->setText(&view, status);
    if (U_FAILURE(status)) throw ApiError(500, "exception", std::string("no word breaks for Thai: ") + u_errorName(status));
    int32_t start = words->first();
    for (int32_t end = words->next(); end != icu::BreakIterator::DONE; start = end, end = words->next()) {
      const char* p = text.data() + start;
      char32_t first = next_code_point(p, text.data() + text.size());
      if (!is_letter(first) && !is_digit(first)) continue;
      Token token;
      token.term = text.substr(static_cast<size_t>(start), static_cast<size_t>(end - start));
      token.position = out.end_position++;
      token.start_offset = static_cast<uint32_t>(start);
      token.end_offset = static_cast<uint32_t>(end);
      out.tokens.push_back(token);
    }
    utext_close(&view);
  }
};

}  // namespace

TokenizerPtr make_thai_tokenizer() { return std::make_shared<ThaiTokenizer>(); }

}  // namespace tarn::analysis

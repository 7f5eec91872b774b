#include "indexer/analysis/char_filters.h"
#include "indexer/analysis/filters.h"
#include "indexer/analysis/grammar_tokenizer.h"
#include "indexer/analysis/tokenizers.h"
#include "indexer/base/error.h"

namespace tarn::analysis {

namespace {
[[noreturn]] void refuse(const char* what) {
  throw ApiError(501, "not_implemented_exception", std::string("[") + what + "] is not supported");
}
}  // namespace

TokenFilterPtr make_min_hash_filter(int, int, int, bool) { refuse("min_hash"); }

}  // namespace tarn::analysis

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
TokenFilterPtr make_dictionary_decompounder_filter(CompoundSettings) { refuse("dictionary_decompounder"); }
TokenFilterPtr make_flatten_graph_filter() { refuse("flatten_graph"); }
TokenFilterPtr make_concatenate_graph_filter(std::string, bool, bool, int) { refuse("concatenate_graph"); }
TokenFilterPtr make_multiplexer_filter(std::vector<std::vector<TokenFilterPtr>>, bool) { refuse("multiplexer"); }
TokenizerPtr make_uax_url_email_tokenizer(int) { refuse("uax_url_email"); }
TokenizerPtr make_classic_tokenizer(int) { refuse("classic"); }
TokenizerPtr make_thai_tokenizer() { refuse("thai"); }

}  // namespace tarn::analysis

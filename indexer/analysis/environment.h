#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "indexer/base/json.h"

namespace tarn {

struct Token;

/// A script of the token filters `condition` and `predicate_token_filter`, compiled. One use of it, for one thread.
class TokenPredicate {
 public:
  virtual ~TokenPredicate() = default;
  /// `start`, `end`: offsets in UTF-16 units.
  virtual bool holds(const Token& token, int32_t increment, uint32_t start, uint32_t end) = 0;
};
using TokenPredicateFactory = std::function<std::unique_ptr<TokenPredicate>()>;

/// What analyzers take from the node around them.
struct AnalysisEnvironment {
  /// Where the files of `stopwords_path`, `synonyms_path` ... and the folder hunspell/ are. Empty: there are none.
  std::string config_folder;
  /// Compiles {"source":..,"lang":..} once; throws ApiError 400 script_exception. The script engine stands above this
  /// folder, so it is handed in.
  std::function<TokenPredicateFactory(const Json& script)> compile_predicate;
};

/// Set once at start, before the first index opens: settings of an index name files without saying where.
void set_analysis_environment(AnalysisEnvironment environment);
const AnalysisEnvironment& analysis_environment();

namespace analysis {

/// The whole file at `path` below the config folder. Throws ApiError 400 in OpenSearch's words: outside of the folder, not
/// readable, not UTF-8; `setting` is the name that the words mention.
std::string read_config_file(const std::string& path, std::string_view setting);
/// The bytes of a file. Throws std::runtime_error where it cannot be read.
std::string read_file_bytes(const std::string& file);
/// `path` below the config folder, or ApiError 400 if it leads out of it.
std::string resolve_config_path(const std::string& path);

}  // namespace analysis
}  // namespace tarn

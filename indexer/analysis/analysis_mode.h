#pragma once

#include <optional>
#include <string>
#include <vector>

#include "indexer/analysis/analyzer.h"

namespace tarn {

/// Why an analyzer with filters that may be reloaded ("updateable") is refused where documents are indexed; nullopt where it
/// has none. `mode`: "index time" or "all", as the words have it.
std::optional<std::string> refusal_in_mode(const Analyzer& analyzer, const std::string& name, const std::string& mode);

/// Reads the files of updateable filters again, for searches that come from now on. Returns the analyzers that have such
/// filters, by name. Throws ApiError where a file cannot be read; then all stay as they were.
std::vector<std::string> reload_search_analyzers(const AnalysisRegistry& registry);

/// While one of these lives, files of the config folder that cannot be read count as empty on its thread: an index that was
/// made with them must open, or the server would not start.
class MissingFilesAllowed {
 public:
  MissingFilesAllowed();
  ~MissingFilesAllowed();
  MissingFilesAllowed(const MissingFilesAllowed&) = delete;
  static bool now();
};

/// Refuses an _analyze request that is none, whatever index it is for. Throws ApiError 400.
void check_analyze_request(const Json& request, bool of_index);

}  // namespace tarn

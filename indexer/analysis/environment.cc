#include "indexer/analysis/environment.h"

#include <filesystem>
#include <fstream>
#include <sstream>

#include "indexer/analysis/analysis_mode.h"
#include "indexer/analysis/text.h"
#include "indexer/base/error.h"

namespace tarn {

namespace {

AnalysisEnvironment& environment() {
  static AnalysisEnvironment value;
  return value;
}

// A dictionary of a natural language takes a few megabytes.
constexpr uintmax_t kFileBytesMax = 256u << 20;

}  // namespace

void set_analysis_environment(AnalysisEnvironment value) { environment() = std::move(value); }
const AnalysisEnvironment& analysis_environment() { return environment(); }

namespace {
thread_local int missing_files_allowed = 0;
}
MissingFilesAllowed::MissingFilesAllowed() { ++missing_files_allowed; }
MissingFilesAllowed::~MissingFilesAllowed() { --missing_files_allowed; }
bool MissingFilesAllowed::now() { return missing_files_allowed > 0; }

namespace analysis {

namespace fs = std::filesystem;

std::string resolve_config_path(const std::string& path) {
  const fs::path folder = fs::absolute(environment().config_folder.empty() ? "/nonexistent" : environment().config_folder).lexically_normal();
  const fs::path file = (folder / path).lexically_normal();
  const auto [mismatch, unused] = std::mismatch(folder.begin(), folder.end(), file.begin(), file.end());
  if (path.find('\0') != std::string::npos || mismatch != folder.end()) {
    throw ApiError(illegal_argument("Resource path must be inside config directory: " + path));
  }
  return file.string();
}

std::string read_file_bytes(const std::string& file) {
  std::error_code error;
  const bool regular = fs::is_regular_file(file, error);
  std::ifstream in(file, std::ios::binary);
  if (!regular || !in || fs::file_size(file, error) > kFileBytesMax || error) throw std::runtime_error("not readable");
  std::ostringstream content;
  content << in.rdbuf();
  return std::move(content).str();
}

std::string read_config_file(const std::string& path, std::string_view setting) {
  const std::string file = resolve_config_path(path);
  std::string text;
  try {
    text = read_file_bytes(file);
  } catch (const std::runtime_error&) {
    if (MissingFilesAllowed::now()) return {};
    throw ApiError(illegal_argument("IOException while reading " + std::string(setting) + ": file not readable"));
  }
  if (!is_valid_utf8(text)) {
    throw ApiError(illegal_argument("Unsupported character encoding detected while reading " + std::string(setting) +
                                    ": files must be UTF-8 encoded"));
  }
  return text;
}

}  // namespace analysis
}  // namespace tarn

#pragma once

#include <stdexcept>
#include <string>

namespace tarn::cli {

enum ExitCode { kDone = 0, kSomeRefused = 1, kUsage = 2, kUnreachable = 3 };

/// Ends a command: the message goes to stderr, the code to the shell.
class CliError : public std::runtime_error {
 public:
  CliError(ExitCode code, const std::string& message) : std::runtime_error(message), code_(code) {}
  ExitCode code() const { return code_; }

 private:
  ExitCode code_;
};

}  // namespace tarn::cli

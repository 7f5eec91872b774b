#pragma once

#include <CLI/CLI.hpp>
#include <cstdio>
#include <functional>

#include "server/cli/cli_error.h"

namespace tarn::cli {

/// Parses with CLI11 and runs `body`; usage errors become exit code 2, CliErrors their own.
inline int run_command(CLI::App& app, int argc, char** argv, const std::function<int()>& body) {
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kDone : kUsage;
  }
  try {
    return body();
  } catch (const CliError& error) {
    std::fprintf(stderr, "%s: %s\n", app.get_name().c_str(), error.what());
    return error.code();
  }
}

}  // namespace tarn::cli

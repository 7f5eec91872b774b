// The `tarn` binary: one command a word, each with its own --help.
#include <cstdio>
#include <string_view>

#include "server/cli/commands.h"
#include "server/serve.h"
#include "server/version.h"

namespace {

struct Command {
  std::string_view name;
  int (*run)(int, char**);
  const char* help;
};

int run_version(int, char**) {
  std::printf("tarn %s (OpenSearch API %s)\n", tarn::server::kTarnVersion, tarn::server::kOpenSearchVersion);
  return 0;
}

constexpr Command kCommands[] = {
    {"serve", tarn::server::run_serve, "answer the OpenSearch API over HTTP"},
    {"import", tarn::cli::run_import, "send files of documents to a server"},
    {"export", tarn::cli::run_export, "write an index out as lines of JSON"},
    {"update-metrics", tarn::cli::run_update_metrics, "send {\"id\": ..., \"field\": value} lines as updates"},
    {"generate", tarn::cli::run_generate, "make sample events or listings"},
    {"schemas", tarn::cli::run_schemas, "list, show or apply the embedded templates and pipelines"},
    {"check", tarn::server::run_check, "verify the data of a stopped server"},
    {"rebuild", tarn::server::run_rebuild, "build the segments of an index anew from its stored documents"},
    {"version", run_version, "print the version"},
};

int usage(std::FILE* out, int code) {
  std::fputs("Tarn, a document store and search server that speaks the OpenSearch API.\n\nUsage: tarn COMMAND [OPTIONS]\n\nCommands:\n", out);
  for (const Command& command : kCommands) std::fprintf(out, "  %-16s%s\n", command.name.data(), command.help);
  std::fputs("\n`tarn COMMAND --help` explains one. To begin: tarn serve\n", out);
  return code;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return usage(stderr, 2);
  const std::string_view name = argv[1];
  if (name == "--help" || name == "-h" || name == "help") return usage(stdout, 0);
  if (name == "--version" || name == "-V") return run_version(0, nullptr);
  for (const Command& command : kCommands) {
    if (command.name == name) return command.run(argc - 1, argv + 1);
  }
  std::fprintf(stderr, "tarn: unknown command '%s'\n\n", argv[1]);
  return usage(stderr, 2);
}

#pragma once

namespace tarn::cli {

// The client commands of the binary. argv[0] is the command's own name as usage shows it
// ("import"), the rest its arguments; each knows --help. They speak HTTP to any OpenSearch and know
// nothing of the server beside them. Exit codes, for scripts: 0 done, 1 some documents were
// refused, 2 usage, 3 cannot reach the server or open a file.
int run_import(int argc, char** argv);
int run_export(int argc, char** argv);
int run_generate(int argc, char** argv);
int run_update_metrics(int argc, char** argv);
int run_schemas(int argc, char** argv);

}  // namespace tarn::cli

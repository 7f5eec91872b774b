// tarn update-metrics
#include "server/cli/command_line.h"
#include "server/cli/commands.h"
#include "server/cli/import_job.h"
#include "server/cli/progress.h"
#include "server/cli/server_kind.h"

namespace tarn::cli {
namespace {

struct Options {
  std::string url = "http://localhost:9200";
  std::string index;
  std::string id_field = "id";
  std::vector<std::string> paths;
  bool upsert = false;
  bool refresh = false;
  ImportOptions job;
};

int update(Options& options) {
  options.job.inputs = list_inputs(options.paths);
  const Url url = Url::parse(options.url);
  HttpClient client(url);
  ask_server(client);
  options.job.send.target =
      options.index.empty() ? "/_bulk" : "/" + url_encode(options.index) + "/_bulk";
  const ImportMapping mapping;
  const auto writer = make_update_writer(options.id_field, options.upsert);
  Checkpoint nothing("",
                     Json::object());  // updates may be sent twice, so there is nothing to remember
  const auto start = std::chrono::steady_clock::now();
  const ImportCounts counts = ImportJob(url, options.job, mapping, *writer, nothing).run();
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  if (options.refresh)
    client.request("POST", options.index.empty() ? "/_refresh"
                                                 : "/" + url_encode(options.index) + "/_refresh");
  if (!options.job.quiet) {
    std::fprintf(stderr,
                 "%s updates in %.1f s (%s/s): %s updated, %s created, %s unchanged, %s refused\n",
                 grouped(counts.documents()).c_str(), seconds,
                 grouped(static_cast<uint64_t>(static_cast<double>(counts.documents()) /
                                               std::max(seconds, 0.001)))
                     .c_str(),
                 grouped(counts.updated).c_str(), grouped(counts.created).c_str(),
                 grouped(counts.noop).c_str(), grouped(counts.refused).c_str());
  }
  return counts.refused > 0 ? kSomeRefused : kDone;
}

}  // namespace

int run_update_metrics(int argc, char** argv) {
  CLI::App app(
      "Changes fields of documents by id: each line {\"id\": \"...\", \"field\": value, ...} "
      "becomes a partial update.\n"
      "  tarn update-metrics --index listings scores.ndjson\n"
      "CSV with a column id works as well. The ids are those that tarn import --ids-out wrote.\n"
      "Exit codes: 0 done, 1 some updates refused (see --rejects), 2 usage, 3 server or file not "
      "reachable.",
      "tarn update-metrics");
  Options options;
  app.add_option("inputs", options.paths, "Files, folders, or - for standard input")->required();
  app.add_option("--index", options.index,
                 "Index of the documents (or a member _index in each line)");
  app.add_option("--url", options.url, "Server, http://[user:password@]host:port")
      ->envname("TARN_URL")
      ->capture_default_str();
  app.add_option("--id-field", options.id_field,
                 "Member that holds the id; _id is understood as well")
      ->capture_default_str();
  app.add_flag("--upsert", options.upsert, "Make a document of the fields where the id is unknown");
  app.add_option("--ids-out", options.job.ids_out,
                 "Write line, _id and result of each update here");
  app.add_option("--rejects", options.job.rejects,
                 "Write line and reason of each refused update here");
  app.add_option("--batch-bytes", options.job.batch_bytes, "Size of one request")
      ->transform(CLI::AsSizeValue(false))
      ->check(CLI::Range(size_t{1}, size_t{90} << 20))
      ->capture_default_str();
  app.add_option("--concurrency", options.job.concurrency, "Most requests under way")
      ->check(CLI::Range(1, 64))
      ->capture_default_str();
  app.add_option("--give-up", options.job.send.give_up_seconds,
                 "Seconds to try again while the server does not answer")
      ->capture_default_str();
  app.add_flag("--refresh", options.refresh, "Make everything searchable at the end");
  app.add_flag("-q,--quiet", options.job.quiet, "No progress, no summary");
  return run_command(app, argc, argv, [&] { return update(options); });
}

}  // namespace tarn::cli

// tarn import
#include <filesystem>
#include <fstream>
#include <sstream>

#include "indexer/base/error.h"
#include "indexer/base/json.h"
#include "server/cli/command_line.h"
#include "server/cli/commands.h"
#include "server/cli/import_job.h"
#include "server/cli/progress.h"
#include "server/cli/schema_set.h"
#include "server/cli/server_kind.h"

namespace tarn::cli {
namespace {

struct Options {
  std::string url = "http://localhost:9200";
  std::string index;
  std::string schema;
  std::string mapping;
  std::string id_field;
  std::string op = "index";
  std::string pipeline;
  std::string format = "auto";
  std::vector<std::string> paths;
  std::string checkpoint;
  bool resume = false;
  bool no_checkpoint = false;
  bool refresh = false;
  bool quiet = false;
  ImportOptions job;
};

Json read_json_file(const std::string& path) {
  std::ifstream file(path);
  if (!file) throw CliError(kUnreachable, "cannot open " + path);
  std::stringstream text;
  text << file.rdbuf();
  try {
    return parse_json(text.str());
  } catch (const ApiError& error) {
    throw CliError(kUsage, path + ": " + error.what());
  }
}

Format parse_format(const std::string& name) {
  if (name == "ndjson") return Format::ndjson;
  if (name == "json") return Format::json;
  if (name == "csv") return Format::csv;
  if (name == "tsv") return Format::tsv;
  return Format::detect;
}

/// Beside the first input, or here where that folder cannot be written to.
std::string default_checkpoint(const std::vector<InputFile>& inputs, const std::string& index) {
  namespace fs = std::filesystem;
  if (inputs.empty() || inputs[0].path == "-") return "";
  const fs::path first(inputs[0].path);
  const std::string name = first.filename().string() + "." + index + ".tarn-import";
  const fs::path folder = first.has_parent_path() ? first.parent_path() : fs::path(".");
  const fs::path beside = folder / name;
  std::error_code error;
  if (fs::exists(beside, error)) return beside.string();
  std::ofstream probe(beside, std::ios::app);
  if (!probe) return name;
  probe.close();
  fs::remove(beside, error);
  return beside.string();
}

Json describe(const Options& options) {
  Json inputs = Json::array();
  for (const InputFile& input : options.job.inputs) {
    inputs.push_back(
        Json{{"path", input.path}, {"bytes", input.bytes}, {"modified_ns", input.modified_ns}});
  }
  return Json{{"tarn_import", 1},
              {"target", Url::parse(options.url).text() + "/" + options.index},
              {"inputs", std::move(inputs)},
              {"schema", options.schema},
              {"mapping", options.mapping},
              {"id_field", options.id_field},
              {"op", options.op},
              {"pipeline", options.pipeline},
              {"ids_out", options.job.ids_out},
              {"rejects", options.job.rejects},
              {"batch_bytes", options.job.batch_bytes},
              {"limit", options.job.limit}};
}

void report(const ImportCounts& counts, double seconds, uint64_t refused,
            const std::string& rejects) {
  std::fprintf(stderr,
               "%s documents in %.1f s (%s/s): %s created, %s updated, %s unchanged or duplicate, "
               "%s refused\n",
               grouped(counts.documents()).c_str(), seconds,
               grouped(static_cast<uint64_t>(static_cast<double>(counts.documents()) /
                                             std::max(seconds, 0.001)))
                   .c_str(),
               grouped(counts.created).c_str(), grouped(counts.updated).c_str(),
               grouped(counts.noop).c_str(), grouped(counts.refused).c_str());
  if (refused > 0 && rejects.empty())
    std::fprintf(stderr, "run with --rejects FILE to see which lines were refused, and why\n");
}

ImportMapping make_mapping(const Options& options) {
  ImportMapping mapping;
  if (!options.mapping.empty()) {
    mapping = ImportMapping(read_json_file(options.mapping));
  } else if (!options.schema.empty()) {
    mapping = ImportMapping(SchemaSet(options.schema).import_mapping());
  }
  if (!options.id_field.empty()) mapping.set_id_field(options.id_field);
  return mapping;
}

int import(Options& options) {
  options.job.inputs = list_inputs(options.paths);
  options.job.format = parse_format(options.format);
  options.job.quiet = options.quiet;
  const ImportMapping mapping = make_mapping(options);
  const Url url = Url::parse(options.url);
  HttpClient client(url);
  const ServerKind server = ask_server(client);

  if (options.checkpoint.empty())
    options.checkpoint = default_checkpoint(options.job.inputs, options.index);
  if (options.no_checkpoint) options.checkpoint.clear();
  if (options.resume && options.checkpoint.empty())
    throw CliError(kUsage, "standard input cannot be resumed");
  Checkpoint checkpoint(options.checkpoint, describe(options));
  const bool resumed = options.resume && checkpoint.resume();
  if (options.resume && !resumed && !options.quiet)
    std::fprintf(stderr, "nothing to resume (no %s): from the beginning\n",
                 options.checkpoint.c_str());
  if (!resumed && !options.checkpoint.empty() && !checkpoint.begin()) {
    std::fprintf(stderr, "cannot write %s: this import could not be resumed\n",
                 options.checkpoint.c_str());
  }
  if (!options.schema.empty()) {
    for (const std::string& line : SchemaSet(options.schema).apply(client, options.index)) {
      if (!options.quiet) std::fprintf(stderr, "%s\n", line.c_str());
    }
  }

  options.job.send.target = "/" + url_encode(options.index) + "/_bulk";
  if (!options.pipeline.empty())
    options.job.send.target += "?pipeline=" + url_encode(options.pipeline);
  IndexWriterOptions writing{options.op == "create", ""};
  if (!checkpoint.run().empty() && server.is_tarn)
    options.job.send.idempotency_prefix = checkpoint.run();
  if (!checkpoint.run().empty() && !server.is_tarn && mapping.id_field().empty()) {
    // Elsewhere a document that is sent twice stays one only if it has the same id both times.
    writing.generated_id_run = checkpoint.run();
    options.job.send.conflicts_are_ours = true;
  }
  const auto writer = make_index_writer(mapping, writing);
  const uint64_t before = checkpoint.counts().documents();
  if (resumed && !options.quiet)
    std::fprintf(stderr, "resuming behind %s documents\n", grouped(before).c_str());
  const auto start = std::chrono::steady_clock::now();
  ImportCounts counts;
  try {
    counts = ImportJob(url, options.job, mapping, *writer, checkpoint).run();
  } catch (const CliError& error) {
    if (options.checkpoint.empty()) throw;
    throw CliError(error.code(),
                   std::string(error.what()) +
                       "\nwhat is done is remembered: run the same command with --resume to go on");
  }
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  checkpoint.remove();
  if (options.refresh) client.request("POST", "/" + url_encode(options.index) + "/_refresh");
  if (!options.quiet) report(counts, seconds, counts.refused, options.job.rejects);
  return counts.refused > 0 ? kSomeRefused : kDone;
}

}  // namespace

int run_import(int argc, char** argv) {
  CLI::App app(
      "Sends documents to an index of any OpenSearch: NDJSON, JSON arrays, CSV and TSV, plain or "
      "packed with gzip or zstd.\n"
      "  tarn import --index events --schema events events.ndjson.zst\n"
      "  tarn import --index listings --schema listings --ids-out ids.tsv listings/\n"
      "  cat rows.csv | tarn import --url http://search:9200 --index rows -\n"
      "An import that was stopped or killed goes on with the same command and --resume, without "
      "duplicates.\n"
      "Exit codes: 0 done, 1 some documents refused (see --rejects), 2 usage, 3 server or file not "
      "reachable.",
      "tarn import");
  Options options;
  app.add_option("inputs", options.paths, "Files, folders, or - for standard input")->required();
  app.add_option("--index", options.index,
                 "Index to write to; the server makes it if it is not there")
      ->required();
  app.add_option("--url", options.url, "Server, http://[user:password@]host:port")
      ->envname("TARN_URL")
      ->capture_default_str();
  app.add_option("--schema", options.schema,
                 "Apply this schema first (see tarn schemas list) and use its import mapping");
  app.add_option("--mapping", options.mapping,
                 "Import mapping of your own (see schemas/README.md); goes before the schema's");
  app.add_option("--id-field", options.id_field,
                 "Field whose value becomes _id; without it the server chooses ids");
  app.add_option("--op", options.op, "index replaces a document of the same id, create refuses it")
      ->check(CLI::IsMember({"index", "create"}))
      ->capture_default_str();
  app.add_option("--pipeline", options.pipeline,
                 "Ingest pipeline, instead of the index's default one");
  app.add_option("--format", options.format, "What the inputs are")
      ->check(CLI::IsMember({"auto", "ndjson", "json", "csv", "tsv"}))
      ->capture_default_str();
  app.add_option("--ids-out", options.job.ids_out,
                 "Write line, _id and result of each document here: tab-separated, or JSON lines "
                 "if the name has .ndjson");
  app.add_option("--rejects", options.job.rejects,
                 "Write line and reason of each refused document here");
  app.add_flag("--resume", options.resume, "Go on with this import where it was stopped");
  app.add_option("--checkpoint", options.checkpoint,
                 "Where progress is remembered (default: beside the first input)");
  app.add_flag("--no-checkpoint", options.no_checkpoint,
               "Remember nothing; the import cannot be resumed");
  app.add_option("--batch-bytes", options.job.batch_bytes, "Size of one request")
      ->transform(CLI::AsSizeValue(false))
      ->check(CLI::Range(size_t{1}, size_t{90} << 20))
      ->capture_default_str();
  app.add_option("--concurrency", options.job.concurrency,
                 "Most requests under way; fewer if the server slows down")
      ->check(CLI::Range(1, 64))
      ->capture_default_str();
  app.add_option("--limit", options.job.limit, "Stop after this many documents");
  app.add_option("--give-up", options.job.send.give_up_seconds,
                 "Seconds to try again while the server does not answer")
      ->capture_default_str();
  app.add_flag("--refresh", options.refresh, "Make everything searchable at the end");
  app.add_flag("-q,--quiet", options.quiet, "No progress, no summary");
  return run_command(app, argc, argv, [&] { return import(options); });
}

}  // namespace tarn::cli

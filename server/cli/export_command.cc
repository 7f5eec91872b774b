// tarn export
#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

#include "indexer/base/error.h"
#include "indexer/base/json.h"
#include "server/cli/command_line.h"
#include "server/cli/commands.h"
#include "server/cli/hit_pages.h"
#include "server/cli/json_members.h"
#include "server/cli/progress.h"
#include "server/cli/server_kind.h"

namespace tarn::cli {
namespace {

struct Options {
  std::string url = "http://localhost:9200";
  std::string index;
  std::string query;
  std::string out = "-";
  std::string form = "source";
  uint64_t limit = UINT64_MAX;
  int page_size = 1000;
  bool quiet = false;
};

Json parse_query(const std::string& text) {
  if (text.empty()) return Json{{"match_all", Json::object()}};
  std::string body = text;
  if (text[0] == '@') {
    std::ifstream file(text.substr(1));
    if (!file) throw CliError(kUnreachable, "cannot open " + text.substr(1));
    std::stringstream stream;
    stream << file.rdbuf();
    body = stream.str();
  }
  try {
    Json query = parse_json(body);
    return query.contains("query") ? query["query"] : query;
  } catch (const ApiError& error) {
    throw CliError(kUsage, std::string("--query: ") + error.what());
  }
}

/// One hit as a line, from its members as they stand in the answer: _source comes out byte for
/// byte.
void append_hit(const std::vector<JsonMember>& hit, const std::string& form, std::string& out) {
  const std::string_view source = find_member(hit, "_source");
  if (form == "source") {
    out.append(source.empty() ? "{}" : source).append("\n");
    return;
  }
  const bool bulk = form == "bulk";
  out += bulk ? "{\"index\":{\"_id\":" : "{\"_id\":";
  out += find_member(hit, "_id");
  if (const std::string_view routing = find_member(hit, "_routing"); !routing.empty()) {
    out.append(bulk ? ",\"routing\":" : ",\"_routing\":").append(routing);
  }
  out += bulk ? "}}\n" : ",\"_source\":";
  out.append(source.empty() ? "{}" : source).append(bulk ? "\n" : "}\n");
}

int export_index(const Options& options) {
  HttpClient client(Url::parse(options.url));
  ask_server(client);
  const bool to_stdout = options.out == "-";
  const Json query = parse_query(options.query);
  HitPages pages(client, options.index, query,
                 options.page_size);  // fails before the file is touched
  std::FILE* file = to_stdout ? stdout : std::fopen(options.out.c_str(), "w");
  if (file == nullptr)
    throw CliError(kUnreachable, "cannot write " + options.out + ": " + std::strerror(errno));
  uint64_t written = 0;
  std::string lines;
  std::vector<JsonMember> hit;
  {
    Progress progress(options.quiet, [&] {
      ProgressState state;
      state.documents = written;
      if (pages.total() > 0)
        state.done =
            std::min(1.0, static_cast<double>(written) / static_cast<double>(pages.total()));
      return state;
    });
    while (written < options.limit && pages.next()) {
      lines.clear();
      for (const std::string_view text : pages.hits()) {
        if (written == options.limit) break;
        if (!scan_members(text, hit))
          throw CliError(kUnreachable, "the server's answer cannot be understood");
        append_hit(hit, options.form, lines);
        ++written;
      }
      if (std::fwrite(lines.data(), 1, lines.size(), file) != lines.size()) {
        throw CliError(kUnreachable, "cannot write " + options.out + ": " + std::strerror(errno));
      }
    }
  }
  const bool closed = to_stdout ? std::fflush(file) == 0 : std::fclose(file) == 0;
  if (!closed)
    throw CliError(kUnreachable, "cannot write " + options.out + ": " + std::strerror(errno));
  if (!options.quiet) std::fprintf(stderr, "%s documents\n", grouped(written).c_str());
  return kDone;
}

}  // namespace

int run_export(int argc, char** argv) {
  CLI::App app(
      "Writes the documents of an index, one JSON object a line.\n"
      "  tarn export events --out events.ndjson\n"
      "  tarn export listings --query '{\"term\":{\"city\":\"Edinburgh\"}}' --form bulk | gzip > "
      "edinburgh.gz\n"
      "Exit codes: 0 done, 2 usage, 3 server or file not reachable.",
      "tarn export");
  Options options;
  app.add_option("index", options.index, "Index, alias or pattern")->required();
  app.add_option("--url", options.url, "Server, http://[user:password@]host:port")
      ->envname("TARN_URL")
      ->capture_default_str();
  app.add_option("--query", options.query, "Only what this query finds: JSON, or @FILE");
  app.add_option("--out", options.out, "File to write, or - for standard output")
      ->capture_default_str();
  app.add_option("--form", options.form,
                 "source: the documents; hits: with _id; bulk: lines for _bulk")
      ->check(CLI::IsMember({"source", "hits", "bulk"}))
      ->capture_default_str();
  app.add_option("--limit", options.limit, "Stop after this many documents");
  app.add_option("--page-size", options.page_size, "Documents a request")
      ->check(CLI::Range(1, 10000))
      ->capture_default_str();
  app.add_flag("-q,--quiet", options.quiet, "No progress, no summary");
  return run_command(app, argc, argv, [&] { return export_index(options); });
}

}  // namespace tarn::cli

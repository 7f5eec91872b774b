// tarn schemas list|show|apply
#include "indexer/base/json.h"
#include "server/cli/command_line.h"
#include "server/cli/commands.h"
#include "server/cli/schema_set.h"
#include "server/cli/server_kind.h"

namespace tarn::cli {

int run_schemas(int argc, char** argv) {
  CLI::App app(
      "Index templates, ingest pipelines and import mappings that come with Tarn. Nothing is "
      "applied unless you ask.\n"
      "  tarn schemas list\n"
      "  tarn schemas show events\n"
      "  tarn schemas apply events --url http://localhost:9200",
      "tarn schemas");
  app.require_subcommand(1);
  std::string name;
  std::string url = "http://localhost:9200";
  std::string index;
  auto* list = app.add_subcommand("list", "Names what there is");
  auto* show = app.add_subcommand("show", "Prints all parts of a schema as JSON");
  show->add_option("name", name, "Schema")->required();
  auto* apply =
      app.add_subcommand("apply", "Puts a schema's pipelines and index templates on a server");
  apply->add_option("name", name, "Schema")->required();
  apply->add_option("--url", url, "Server, http://[user:password@]host:port")
      ->envname("TARN_URL")
      ->capture_default_str();
  apply->add_option(
      "--index", index,
      "Make this index too, with the schema's settings and mappings whatever its name");
  return run_command(app, argc, argv, [&] {
    if (list->parsed()) {
      for (const std::string& one : SchemaSet::names())
        std::printf("%-16s %s\n", one.c_str(), SchemaSet(one).description().c_str());
    } else if (show->parsed()) {
      std::printf("%s\n", SchemaSet(name).show().dump(2).c_str());
    } else {
      HttpClient client(Url::parse(url));
      ask_server(client);
      for (const std::string& line : SchemaSet(name).apply(client, index))
        std::printf("%s\n", line.c_str());
    }
    return static_cast<int>(kDone);
  });
}

}  // namespace tarn::cli

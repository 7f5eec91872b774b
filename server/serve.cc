#include "server/serve.h"

#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>

#include "indexer/analysis/environment.h"
#include "indexer/base/id_generator.h"
#include "indexer/stored_queries.h"
#include "query/percolate/check.h"
#include "server/api/handlers.h"
#include "server/api/search_contexts.h"
#include "server/dispatch.h"
#include "server/http/http_server.h"
#include "server/pipeline_registry.h"
#include "server/script_registry.h"
#include "server/serve_options.h"
#include "server/services.h"
#include "server/tasks/task_registry.h"
#include "server/version.h"

namespace tarn::server {
namespace {

constexpr int kWaitingThreads = 16;  // they sleep most of the time
constexpr int kOk = 0, kProblems = 1, kUsage = 2, kCannotOpen = 3;

void set_up_log(const ServeOptions& options) {
  auto logger = spdlog::stderr_color_mt("tarn");
  if (options.log_format == "json") {
    logger->set_pattern(R"({"time":"%Y-%m-%dT%H:%M:%S.%e%z","level":"%l","message":"%v"})");
  } else {
    logger->set_pattern("%Y-%m-%d %H:%M:%S.%e %^%l%$ %v");
  }
  logger->set_level(spdlog::level::from_str(options.log_level));
  spdlog::set_default_logger(std::move(logger));
}

int64_t now_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

/// The node's id survives restarts.
std::string stored_node_id(Store& store) {
  if (auto id = store.read_meta("node", "id")) return *id;
  std::string id = generate_uuid();
  store.write_meta({{"node", "id", id}});
  return id;
}

http::HttpOptions http_options(const ServeOptions& options, size_t memory_bytes) {
  http::HttpOptions http;
  std::tie(http.address, http.port) = parse_listen(options.listen);
  const int threads = options.threads > 0 ? options.threads : static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
  http.pools.clear();
  for (int i = 0; i < kWorkClassCount; ++i) {
    const auto work_class = static_cast<WorkClass>(i);
    const bool many = work_class == WorkClass::kSearch || work_class == WorkClass::kWrite;
    const int size = work_class == WorkClass::kWaiting ? kWaitingThreads : many ? threads : 1;
    http.pools.push_back({std::string(work_class_name(work_class)), size, 1000});
  }
  // Bodies in flight are a part of the budget; a single one of the largest size always fits.
  http.body_bytes_in_flight_max = std::max<size_t>(http.body_bytes_max + (8 << 20), memory_bytes / 4);
  return http;
}

Engine::Options engine_options(const std::string& data, size_t memory_bytes) {
  Engine::Options options;
  options.data_directory = data;
  options.memory_bytes = memory_bytes;
  options.background_threads = static_cast<int>(std::max(2u, std::thread::hardware_concurrency()));
  options.log = [](std::string_view line) { spdlog::info("{}", line); };
  return options;
}

HttpFigures figures_of(const http::HttpStats& stats) {
  HttpFigures figures;
  figures.connections = stats.connections;
  figures.connections_total = stats.connections_total;
  figures.requests_total = stats.requests_total;
  figures.body_bytes_in_flight = stats.body_bytes_in_flight;
  for (const auto& pool : stats.pools) {
    figures.pools.push_back({pool.name, pool.threads, pool.queued, pool.active, pool.rejected, pool.completed});
  }
  return figures;
}

std::shared_ptr<ThreadPool> make_search_pool() {
  const unsigned cores = std::thread::hardware_concurrency();
  return cores < 2 ? nullptr : std::make_shared<ThreadPool>(static_cast<int>(cores - 1));
}

/// Waits for SIGINT or SIGTERM, which all threads have blocked.
void wait_for_signal(const sigset_t& signals) {
  int signal = 0;
  sigwait(&signals, &signal);
  spdlog::info("stopping on {}", signal == SIGINT ? "SIGINT" : "SIGTERM");
}

/// Analyzers of stored indices read files and compile scripts as the catalog opens.
void set_up_analysis(const std::string& config_folder, const std::string& data) {
  set_analysis_environment({config_folder.empty() ? data + "/config" : config_folder, {}});
}

int serve(const ServeOptions& options) {
  const auto begin = std::chrono::steady_clock::now();
  const size_t memory_bytes = options.memory.empty() ? default_memory() : parse_memory(options.memory);
  // Many threads free what others allocated; few arenas keep the resident size near what is used.
  mallopt(M_ARENA_MAX, 2);
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  signal(SIGPIPE, SIG_IGN);

  set_up_analysis(options.config_folder, options.data);
  std::unique_ptr<Engine> engine = Engine::open(engine_options(options.data, memory_bytes));
  std::unique_ptr<Catalog> catalog = Catalog::open(*engine);
  ScriptRegistry scripts(engine->store());
  PipelineRegistry pipelines(engine->store(), &scripts);
  NodeInfo node;
  node.name = options.node_name;
  node.cluster_name = options.cluster_name;
  node.identity = options.identity;
  node.node_id = stored_node_id(engine->store());
  node.started_ms = now_ms();
  node.memory_budget_bytes = memory_bytes;
  node.data_path = options.data;
  node.attributes = options.node_attributes;
  Services services{*engine, *catalog, pipelines, scripts, node, query::make_filter_cache(memory_bytes / 16),
                    query::make_term_numbers_cache(memory_bytes / 16),
                    {options.slow_query_ms, options.slow_bulk_ms}, make_search_pool(), std::make_shared<SearchContexts>()};
  services.tasks = std::make_shared<TaskRegistry>(*catalog, node.node_id);
  services.tasks->results().settle_cut_tasks();
  services.reindex_allowlist = options.reindex_allowlist;
  set_stored_query_check(*engine, [&](const Index& index, const IndexSettings& settings, const Mapping& mapping, std::string_view text) {
    query::SearchContext context;
    context.now_ms = now_ms();
    context.catalog = catalog.get();
    context.scripts = &scripts;
    return query::check_stored_query(index.name(), index.uuid(), mapping, settings, text, context);
  });
  Router router;
  register_handlers(router, services);
  Dispatch dispatch(router);
  const http::HttpOptions http = http_options(options, memory_bytes);
  http::HttpServer server(
      http, [&dispatch](RestRequest& request) { return dispatch(request); },
      [](const RestRequest& request) {
        return static_cast<size_t>(classify(request.method, std::string_view(request.uri).substr(0, request.uri.find('?'))));
      });
  node.http_figures = [&server] { return figures_of(server.stats()); };
  node.host = http.address;
  node.http_address = http.address + ":" + std::to_string(http.port);
  server.start();
  node.http_address = http.address + ":" + std::to_string(server.port());
  const auto ready_ms = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begin).count();
  spdlog::info("tarn {} listens on http://{}, data in {}, {} indices, ready in {} ms", kTarnVersion, node.http_address, options.data,
               engine->indices().size(), ready_ms);
  wait_for_signal(signals);
  services.tasks->stop();
  server.stop();
  node.http_figures = nullptr;
  services.search_contexts->clear();
  catalog.reset();
  engine.reset();
  spdlog::info("stopped");
  return kOk;
}

/// Opens the engine of a stopped node for `check` and `rebuild`, and runs `work` for each index named (all if none).
int with_indices(int argc, char** argv, const char* name, const char* description,
                 const std::function<int(Engine&, const std::string&)>& work) {
  CLI::App app{description, name};
  std::string data = "./tarn-data";
  std::vector<std::string> names;
  app.add_option("--data", data, "Folder of the server's data; the server must not run")->envname("TARN_DATA")->capture_default_str();
  app.add_option("INDEX", names, "Indices; default: all");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kOk : kUsage;
  }
  try {
    if (!std::filesystem::exists(data)) {
      std::fprintf(stderr, "%s: there is no folder %s\n", name, data.c_str());
      return kCannotOpen;
    }
    Engine::Options options = engine_options(data, default_memory());
    options.log = [](std::string_view line) { std::fprintf(stderr, "%.*s\n", static_cast<int>(line.size()), line.data()); };
    const auto engine = Engine::open(options);
    if (names.empty()) {
      for (const auto& index : engine->indices()) names.push_back(index->name());
    }
    int worst = kOk;
    for (const std::string& index : names) {
      if (!engine->find(index)) {
        std::fprintf(stderr, "%s: there is no index %s\n", name, index.c_str());
        return kCannotOpen;
      }
      worst = std::max(worst, work(*engine, index));
    }
    return worst;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s: %s\n", name, error.what());
    return kCannotOpen;
  }
}

}  // namespace

int run_serve(int argc, char** argv) {
  CLI::App app{"Answers the OpenSearch REST API over HTTP until it is told to stop (SIGINT, SIGTERM).", "tarn serve"};
  ServeOptions options;
  add_serve_options(app, options);
  try {
    app.parse(argc, argv);
    parse_listen(options.listen);
    if (!options.memory.empty()) parse_memory(options.memory);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kOk : kUsage;
  } catch (const std::invalid_argument& error) {
    std::fprintf(stderr, "tarn serve: %s\n", error.what());
    return kUsage;
  }
  set_up_log(options);
  try {
    return serve(options);
  } catch (const std::exception& error) {
    spdlog::critical("cannot start: {}", error.what());
    return kCannotOpen;
  }
}

int run_check(int argc, char** argv) {
  return with_indices(argc, argv, "tarn check", "Verifies that the segments of each index hold exactly what the store holds.",
                      [](Engine& engine, const std::string& index) {
                        const Engine::CheckReport report = engine.check(index);
                        for (const std::string& problem : report.problems) std::printf("%s: %s\n", index.c_str(), problem.c_str());
                        std::printf("%s: %llu documents, %zu problems\n", index.c_str(),
                                    static_cast<unsigned long long>(report.documents), report.problems.size());
                        return report.problems.empty() ? kOk : kProblems;
                      });
}

int run_rebuild(int argc, char** argv) {
  return with_indices(argc, argv, "tarn rebuild", "Builds the segments of each index anew from its stored documents.",
                      [](Engine& engine, const std::string& index) {
                        engine.rebuild(index);
                        std::printf("%s: rebuilt\n", index.c_str());
                        return kOk;
                      });
}

}  // namespace tarn::server

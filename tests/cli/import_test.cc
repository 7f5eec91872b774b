#include <gtest/gtest.h>

#include <set>

#include "indexer/base/json.h"
#include "server/cli/checkpoint.h"
#include "server/cli/cli_error.h"
#include "server/cli/commands.h"
#include "tests/cli/fake_server.h"
#include "tests/cli/temporary_folder.h"

namespace tarn::cli {
namespace {

/// An index that knows _bulk: keeps documents by id, honours Idempotency-Key where it plays Tarn.
class FakeIndex {
 public:
  explicit FakeIndex(bool is_tarn) : is_tarn_(is_tarn) {}

  FakeServer::Answer answer(const FakeServer::Request& request) {
    const std::lock_guard lock(mutex_);
    if (request.target == "/_tarn") return {.status = is_tarn_ ? 200 : 404};
    if (request.target.find("_bulk") == std::string::npos) return {};
    ++bulk_requests;
    if (before_bulk) {
      if (const auto answer = before_bulk(request)) return *answer;
    }
    const auto key = request.headers.find("idempotency-key");
    if (key != request.headers.end() && answers_.contains(key->second)) {
      if (after_bulk && after_bulk(request)) return {.hang_up = true};
      return {.body = answers_[key->second]};
    }
    Json items = Json::array();
    const auto lines = lines_of(request.body);
    for (size_t i = 0; i < lines.size(); i += 2) items.push_back(write(lines[i], lines[i + 1]));
    const std::string body = to_text(Json{{"errors", false}, {"items", std::move(items)}});
    if (key != request.headers.end()) answers_[key->second] = body;
    if (after_bulk && after_bulk(request)) return {.hang_up = true};
    return {.body = body};
  }

  std::map<std::string, std::string> documents;
  int bulk_requests = 0;
  std::function<std::optional<FakeServer::Answer>(const FakeServer::Request&)> before_bulk;
  std::function<bool(const FakeServer::Request&)> after_bulk;  ///< true: the answer is lost

 private:
  Json write(const std::string& action_line, const std::string& document) {
    const Json action = parse_json(action_line);
    const std::string op = action.begin().key();
    const std::string id = action.begin()->contains("_id")
                               ? (*action.begin())["_id"].get<std::string>()
                               : "auto" + std::to_string(next_++);
    if (document.find("bad") != std::string::npos) {
      return Json{{op,
                   {{"_id", id},
                    {"status", 400},
                    {"error", {{"type", "mapper_parsing_exception"}, {"reason", "bad"}}}}}};
    }
    if (op == "create" && documents.contains(id)) {
      return Json{
          {op,
           {{"_id", id},
            {"status", 409},
            {"error", {{"type", "version_conflict_engine_exception"}, {"reason", "exists"}}}}}};
    }
    const bool created = !documents.contains(id);
    documents[id] = document;
    return Json{{op,
                 {{"_id", id},
                  {"status", created ? 201 : 200},
                  {"result", created ? "created" : "updated"}}}};
  }

  const bool is_tarn_;
  std::mutex mutex_;
  std::map<std::string, std::string> answers_;
  int next_ = 0;
};

int import(const FakeServer& server, std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), {"import", "--url", server.url(), "--index", "i", "-q"});
  std::vector<char*> argv;
  for (std::string& one : arguments) argv.push_back(one.data());
  return run_import(static_cast<int>(argv.size()), argv.data());
}

std::string numbers(int count) {
  std::string out;
  for (int i = 0; i < count; ++i) out += "{\"n\":" + std::to_string(i) + "}\n";
  return out;
}

/// Every number once.
void expect_all(const FakeIndex& index, int count) {
  std::set<std::string> distinct;
  for (const auto& [id, document] : index.documents) distinct.insert(document);
  EXPECT_EQ(index.documents.size(), static_cast<size_t>(count));
  EXPECT_EQ(distinct.size(), static_cast<size_t>(count));
}

TEST(import, writes_ids_and_rejects_and_says_so_in_its_exit_code) {
  const TemporaryFolder folder;
  FakeIndex index(true);
  FakeServer server([&](const auto& request) { return index.answer(request); });
  const std::string input = folder.write("in.ndjson", "{\"a\":1}\n{\"bad\":1}\nnull\n{\"a\":2}\n");
  EXPECT_EQ(import(server, {"--ids-out", folder.file("ids.tsv"), "--rejects",
                            folder.file("rejects.tsv"), input}),
            1);
  EXPECT_EQ(folder.read("ids.tsv"), "1\tauto0\tcreated\n2\tauto1\trefused\n4\tauto2\tcreated\n");
  EXPECT_EQ(folder.read("rejects.tsv"), "2\tmapper_parsing_exception: bad\n3\tnot a JSON object\n");
  EXPECT_EQ(index.documents.size(), 2u);
  EXPECT_FALSE(std::filesystem::exists(folder.file("in.ndjson.i.tarn-import")));
}

TEST(import, waits_when_the_server_is_overloaded) {
  const TemporaryFolder folder;
  FakeIndex index(true);
  index.before_bulk = [&](const auto&) -> std::optional<FakeServer::Answer> {
    if (index.bulk_requests % 3 == 0) return std::nullopt;
    return FakeServer::Answer{.status = 429, .body = "{}", .headers = "Retry-After: 0\r\n"};
  };
  FakeServer server([&](const auto& request) { return index.answer(request); });
  EXPECT_EQ(import(server, {"--batch-bytes", "2000", folder.write("in", numbers(1000))}), 0);
  expect_all(index, 1000);
}

TEST(import, halves_a_request_that_is_refused_as_a_whole) {
  const TemporaryFolder folder;
  FakeIndex index(false);
  index.before_bulk = [&](const FakeServer::Request& request) -> std::optional<FakeServer::Answer> {
    if (request.body.find("\"n\":17}") == std::string::npos) return std::nullopt;
    return FakeServer::Answer{
        .status = 400, .body = R"({"error":{"type":"x_exception","reason":"17"},"status":400})"};
  };
  FakeServer server([&](const auto& request) { return index.answer(request); });
  EXPECT_EQ(import(server, {"--rejects", folder.file("rejects"), folder.write("in", numbers(100))}),
            1);
  EXPECT_EQ(index.documents.size(), 99u);
  EXPECT_EQ(folder.read("rejects"), "18\tx_exception: \"17\"\n");
}

TEST(import, one_broken_document_costs_only_itself_where_a_pipeline_blames_all) {
  const TemporaryFolder folder;
  FakeIndex index(false);
  index.before_bulk = [](const FakeServer::Request& request) -> std::optional<FakeServer::Answer> {
    if (request.body.find("{\"broken") == std::string::npos) return std::nullopt;
    Json items = Json::array();
    for (size_t i = 0; i < lines_of(request.body).size() / 2; ++i) {
      items.push_back(
          Json{{"create",
                {{"status", 400},
                 {"error",
                  {{"type", "parse_exception"}, {"reason", "Failed to parse content to map"}}}}}});
    }
    return FakeServer::Answer{.body = to_text(Json{{"errors", true}, {"items", std::move(items)}})};
  };
  FakeServer server([&](const auto& request) { return index.answer(request); });
  EXPECT_EQ(import(server, {"--rejects", folder.file("rejects"),
                            folder.write("in", numbers(500) + "{\"broken\n" + numbers(1))}),
            1);
  EXPECT_EQ(index.documents.size(), 501u);
  EXPECT_EQ(index.bulk_requests, 2);
  EXPECT_EQ(folder.read("rejects"), "501\tnot valid JSON\n");
}

void resumes_without_duplicates(bool is_tarn) {
  const TemporaryFolder folder;
  FakeIndex index(is_tarn);
  // Answers get lost from the tenth request on: the documents are there, but the client does not
  // know.
  index.after_bulk = [&](const auto&) { return index.bulk_requests >= 10; };
  FakeServer server([&](const auto& request) { return index.answer(request); });
  const std::string input = folder.write("in.ndjson", numbers(1000));
  const std::vector<std::string> arguments{
      "--batch-bytes", "1000", "--give-up", "0.3", "--ids-out", folder.file("ids.tsv"), input};
  EXPECT_EQ(import(server, arguments), 3);
  EXPECT_TRUE(std::filesystem::exists(folder.file("in.ndjson.i.tarn-import")));
  index.after_bulk = nullptr;
  std::vector<std::string> again = arguments;
  again.push_back("--resume");
  EXPECT_EQ(import(server, again), 0);
  expect_all(index, 1000);
  // Every line has its id, once, and it is the id under which the document is kept.
  std::set<std::string> lines;
  for (const std::string& line : lines_of(folder.read("ids.tsv"))) {
    const std::string number = line.substr(0, line.find('\t'));
    const std::string id = line.substr(number.size() + 1, line.rfind('\t') - number.size() - 1);
    lines.insert(number);
    EXPECT_EQ(index.documents[id], "{\"n\":" + std::to_string(std::stoi(number) - 1) + "}");
  }
  EXPECT_EQ(lines.size(), 1000u);
  EXPECT_EQ(lines_of(folder.read("ids.tsv")).size(), 1000u);
}

TEST(import, resumes_without_duplicates_by_idempotency_keys) { resumes_without_duplicates(true); }
TEST(import, resumes_without_duplicates_by_ids_of_its_own) { resumes_without_duplicates(false); }

TEST(import, refuses_to_resume_another_import) {
  const TemporaryFolder folder;
  Checkpoint first(folder.file("c"), Json{{"target", "a"}});
  ASSERT_TRUE(first.begin());
  EXPECT_THROW(Checkpoint(folder.file("c"), Json{{"target", "b"}}).resume(), CliError);
}

TEST(import, a_checkpoint_line_that_was_cut_does_not_count) {
  const TemporaryFolder folder;
  {
    Checkpoint one(folder.file("c"), Json{{"target", "a"}});
    ASSERT_TRUE(one.begin());
    one.record(0, {.created = 5}, 50, 0);
    one.record(2, {.created = 9}, 90, 0);
  }
  std::ofstream(folder.file("c"), std::ios::app) << "done 1 14 0 0 0 1";
  Checkpoint two(folder.file("c"), Json{{"target", "a"}});
  ASSERT_TRUE(two.resume());
  EXPECT_TRUE(two.is_done(0));
  EXPECT_FALSE(two.is_done(1));
  EXPECT_TRUE(two.is_done(2));
  EXPECT_EQ(two.counts().created, 9u);
  EXPECT_EQ(two.ids_size(), 90);
  two.record(1, {.created = 14}, 140, 0);
  Checkpoint three(folder.file("c"), Json{{"target", "a"}});
  ASSERT_TRUE(three.resume());
  EXPECT_EQ(three.counts().created, 14u);
}

TEST(import, exit_codes_are_for_scripts) {
  const TemporaryFolder folder;
  FakeIndex index(true);
  FakeServer server([&](const auto& request) { return index.answer(request); });
  EXPECT_EQ(import(server, {folder.file("missing.ndjson")}), 3);
  EXPECT_EQ(import(server, {"--nonsense"}), 2);
  EXPECT_EQ(import(server, {"--schema", "nonsense", folder.write("in", "{}\n")}), 2);
  EXPECT_EQ(import(server, {"--url", "http://127.0.0.1:1", folder.write("in", "{}\n")}),
            2);  // --url twice
}

}  // namespace
}  // namespace tarn::cli

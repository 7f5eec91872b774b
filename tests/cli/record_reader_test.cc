#include "server/cli/record_reader.h"

#include <gtest/gtest.h>
#include <zlib.h>
#include <zstd.h>

#include "server/cli/cli_error.h"
#include "tests/cli/temporary_folder.h"

namespace tarn::cli {
namespace {

using Records = std::vector<std::pair<uint64_t, std::string>>;

Records read_all(const std::string& path, const ImportMapping& mapping = {}) {
  const auto reader = open_records(path, Format::detect, mapping);
  Records out;
  Record record;
  while (reader->next(record)) out.emplace_back(record.line, record.text);
  return out;
}

TEST(record_reader, splits_lines_and_skips_blank_ones) {
  const TemporaryFolder folder;
  EXPECT_EQ(read_all(folder.write("a", "{\"a\":1}\r\n\n  \n{\"a\":2}")),
            (Records{{1, "{\"a\":1}"}, {4, "{\"a\":2}"}}));
  EXPECT_EQ(read_all(folder.write("b", "")), Records());
  EXPECT_EQ(read_all(folder.write("c", "\xEF\xBB\xBF{}\n")), (Records{{1, "{}"}}));
}

TEST(record_reader, takes_json_arrays_apart) {
  const TemporaryFolder folder;
  EXPECT_EQ(read_all(folder.write(
                "a", "[\n  {\"a\": \"]}\\\"\",\n   \"b\": [1, {}]},\n  {\"c\":1} , {}]\n")),
            (Records{{2, "{\"a\": \"]}\\\"\",    \"b\": [1, {}]}"}, {4, "{\"c\":1}"}, {4, "{}"}}));
  EXPECT_EQ(read_all(folder.write("b", "{\n\"a\":1\n}\n{\n\"a\":2}\n")),
            (Records{{1, "{ \"a\":1 }"}, {4, "{ \"a\":2}"}}));
  EXPECT_THROW(read_all(folder.write("c", "[{\"a\":1},{\"b\":")), CliError);
}

TEST(record_reader, reads_csv_and_tsv) {
  const TemporaryFolder folder;
  EXPECT_EQ(read_all(folder.write(
                "a.csv", "id,name,n,ok\n007,\"Ann, \"\"A\"\"\nB\",-1.5,true\n8,,1e3,no\n")),
            (Records{{2, R"({"id":"007","name":"Ann, \"A\"\nB","n":-1.5,"ok":true})"},
                     {4, R"({"id":8,"n":1e3,"ok":"no"})"}}));
  EXPECT_EQ(read_all(folder.write("b.tsv", "a\tb\nx, y\t2\n")),
            (Records{{2, R"({"a":"x, y","b":2})"}}));
  EXPECT_EQ(read_all(folder.write("c.csv", "a;b\n1;2\n")), (Records{{2, R"({"a":1,"b":2})"}}));
  const ImportMapping mapping(
      Json{{"cells", {{"n", "integer"}, {"ok", "boolean"}, {"tags", "list"}}}});
  EXPECT_EQ(
      read_all(folder.write("d.csv", "id,n,ok,tags\n1,3.0,t,\"{a,\"\"b c\"\"}\"\n2,N/A,,x;y\n"),
               mapping),
      (Records{{2, R"({"id":"1","n":3,"ok":true,"tags":["a","b c"]})"},
               {3, R"({"id":"2","n":"N/A","tags":["x","y"]})"}}));
}

TEST(record_reader, unpacks_gzip_and_zstd) {
  const TemporaryFolder folder;
  std::string text;
  for (int i = 0; i < 200000; ++i) text += "{\"number\":" + std::to_string(i) + "}\n";
  const gzFile gz = gzopen(folder.file("a.gz").c_str(), "wb");
  gzwrite(gz, text.data(), static_cast<unsigned>(text.size()));
  gzclose(gz);
  std::string packed(ZSTD_compressBound(text.size()), '\0');
  packed.resize(ZSTD_compress(packed.data(), packed.size(), text.data(), text.size(), 3));
  folder.write("a.zst", packed + packed);
  EXPECT_EQ(read_all(folder.file("a.gz")).size(), 200000u);
  const Records twice = read_all(folder.file("a.zst"));
  ASSERT_EQ(twice.size(), 400000u);
  EXPECT_EQ(twice[399999].second, "{\"number\":199999}");
  folder.write("cut.zst", packed.substr(0, packed.size() / 2));
  EXPECT_THROW(read_all(folder.file("cut.zst")), CliError);
}

TEST(record_reader, lists_the_data_files_of_a_folder) {
  const TemporaryFolder folder;
  folder.write("b.ndjson", "");
  folder.write("a.csv.gz", "");
  folder.write("notes.txt", "");
  const auto inputs = list_inputs({folder.file("")});
  ASSERT_EQ(inputs.size(), 2u);
  EXPECT_TRUE(inputs[0].path.ends_with("a.csv.gz"));
  EXPECT_THROW(list_inputs({folder.file("missing")}), CliError);
}

}  // namespace
}  // namespace tarn::cli

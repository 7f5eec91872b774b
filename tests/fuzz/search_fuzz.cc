// Whole searches, from the body to the answer, on an index that has a field of most types: whatever the body says, only an
// ApiError may come out. Seeds: seeds/search.ndjson.
#include <filesystem>
#include <fstream>

#include <unistd.h>

#include "indexer/base/error.h"
#include "indexer/catalog.h"
#include "indexer/base/json_location.h"
#include "query/search.h"
#include "tests/fuzz/target.h"

namespace tarn {
namespace {

constexpr const char* kIndexBody = R"({"settings":{"index.refresh_interval":"-1"},"mappings":{"properties":{
  "t":{"type":"text","fields":{"keyword":{"type":"keyword"}}},"v":{"type":"text","term_vector":"with_positions_offsets"},
  "k":{"type":"keyword"},"n":{"type":"long"},"d":{"type":"date"},"b":{"type":"boolean"},"ip":{"type":"ip"},
  "g":{"type":"geo_point"},"o":{"properties":{"x":{"type":"double"}}},"s":{"type":"completion"},
  "j":{"type":"join","relations":{"q":["a","r"],"a":"v"}},"p":{"type":"percolator"},"gs":{"type":"geo_shape"},"fo":{"type":"flat_object"},
  "ir":{"type":"integer_range"},"rf":{"type":"rank_feature"},"sy":{"type":"search_as_you_type"},"ck":{"type":"constant_keyword","value":"same"},
  "c":{"type":"nested","properties":{"t":{"type":"text","fields":{"keyword":{"type":"keyword"}}},"n":{"type":"integer"}}}}}})";

constexpr const char* kDocuments[] = {
    R"({"t":"the quick brown fox","v":"quick fox","k":["a","ab"],"n":1,"d":"2024-01-05","b":true,"ip":"10.1.2.3","g":"1,2","o":{"x":1.5},"s":"quick","c":[{"t":"fine thing","n":1},{"t":"bad","n":2}]})",
    R"({"t":"brown dog jumps","v":"dog","k":"b","n":[3,4],"d":"2024-02-29T12:00:00Z","b":false,"ip":"::1","g":[3,4],"s":{"input":["dog","quiet"],"weight":3}})",
    R"({"t":["quick quick fox","lazy cat"],"k":"a","n":9,"d":["2023-12-31","2024-03-10"],"o":{"x":[0,-2]},"c":{"t":"fine","n":5}})",
    R"({})",
    R"x({"t":"a question","j":"q","p":{"match":{"t":"fox"}},"gs":"POLYGON((0 0,4 0,4 4,0 4,0 0))","fo":{"a":{"b":"x"},"l":["y","z"]},"ir":{"gte":2,"lt":9},"rf":3.5,"sy":"quick brown fox"})x",
    R"({"t":"an answer","j":{"name":"a","parent":"5"},"p":{"bool":{"must_not":{"term":{"k":"a"}}}},"gs":{"type":"LineString","coordinates":[[-170,10],[170,-10]]},"fo":{"a":{"b":7}},"rf":1})",
    R"x({"n":4,"j":{"name":"v","parent":"6"},"gs":"POINT(1 2)","ir":[{"gte":-1,"lte":1},{"gt":5}]})x",
    R"({"t":"","k":"bb","n":-9223372036854775808,"b":true,"g":{"lat":-89.9,"lon":179.9},"o":{"x":1e300}})"};

/// The index, made once and removed at the end.
class Fixture {
 public:
  Fixture() : directory_(std::filesystem::temp_directory_path() / ("tarn_search_fuzz_" + std::to_string(getpid()))) {
    Engine::Options options;
    options.data_directory = directory_;
    options.memory_bytes = 64 << 20;
    engine_ = Engine::open(options);
    catalog_ = Catalog::open(*engine_);
    index_ = catalog_->create_index("fuzz", parse_json(kIndexBody));
    size_t i = 0;
    for (const char* document : kDocuments) {
      WriteOp op;
      op.index = index_;
      op.id = std::to_string(++i);
      op.source = texts_.emplace_back(document);
      if (op.source.find("\"parent\"") != std::string::npos) op.routing = "5";
      Engine::WriteRequest request;
      request.ops = std::span(&op, 1);
      if (const auto& error = engine_->write(request).front().error) throw ApiError(*error);
      if (i == 3) index_->refresh();  // two segments
    }
    index_->refresh();
    context_.now_ms = 1710000000000;
    context_.catalog = catalog_.get();
    context_.filter_cache = query::make_filter_cache(1 << 20);
    context_.max_buckets = 10000;
  }
  ~Fixture() {
    index_ = nullptr;
    catalog_ = nullptr;
    engine_ = nullptr;
    std::filesystem::remove_all(directory_);
  }
  void search(std::string_view body) {
    const auto request = query::parse_search_request(parse_request_json(body), {});
    std::string out;
    query::search(*request, {{index_->acquire_searcher(), {}, {}}}, context_, out, nullptr);
    parse_json(out);  // the answer is JSON
  }

 private:
  std::filesystem::path directory_;
  std::unique_ptr<Engine> engine_;
  std::unique_ptr<Catalog> catalog_;
  std::shared_ptr<Index> index_;
  std::vector<std::string> texts_;
  query::SearchContext context_;
};

}  // namespace
}  // namespace tarn

std::vector<std::string> fuzz_seeds() {
  std::ifstream file(TARN_FUZZ_SEEDS "/search.ndjson");
  std::vector<std::string> out;
  for (std::string line; std::getline(file, line);) out.push_back(line);
  return out;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static tarn::Fixture fixture;
  try {
    fixture.search({reinterpret_cast<const char*>(data), size});
  } catch (const tarn::ApiError&) {
  }
  return 0;
}

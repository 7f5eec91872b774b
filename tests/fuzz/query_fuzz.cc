// The search body: query, sort, aggregations and the rest.
#include "indexer/base/error.h"
#include "query/search.h"
#include "tests/fuzz/target.h"

std::vector<std::string> fuzz_seeds() {
  return {R"({"query":{"bool":{"must":[{"match":{"t":{"query":"a b","operator":"and"}}}],"filter":[{"range":{"n":{"gte":1,"lt":"now/d"}}}],"minimum_should_match":"2<75%"}},"size":5})",
          R"({"query":{"multi_match":{"query":"x","fields":["a^2","b"],"type":"most_fields"}},"sort":[{"p":{"order":"desc","missing":"_last"}},"_score"],"search_after":[1,2]})",
          R"({"aggs":{"t":{"terms":{"field":"k","size":3,"order":{"m":"desc"}},"aggs":{"m":{"avg":{"field":"n"}}}},"h":{"date_histogram":{"field":"d","calendar_interval":"month","time_zone":"Europe/Paris"}},"f":{"filters":{"filters":{"a":{"term":{"k":"v"}}}}}}})",
          R"({"query":{"geo_distance":{"distance":"5km","g":{"lat":1,"lon":2}}},"_source":{"includes":["a*"]},"track_total_hits":100})",
          R"({"query":{"constant_score":{"filter":{"terms":{"k":["a",1,true]}},"boost":2}},"post_filter":{"exists":{"field":"x"}},"min_score":0.5})"};
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  try {
    tarn::query::parse_search_request(tarn::parse_json({reinterpret_cast<const char*>(data), size}), {});
  } catch (const tarn::ApiError&) {
  }
  return 0;
}

// The bulk body, and the second line of updates.
#include <simdjson.h>

#include "indexer/base/error.h"
#include "server/api/bulk_request.h"
#include "tests/fuzz/target.h"

std::vector<std::string> fuzz_seeds() {
  return {"{\"index\":{\"_id\":\"1\",\"_index\":\"a\"}}\n{\"a\":1}\n", "{\"delete\":{\"_id\":\"1\"}}\n",
          "{\"update\":{\"_id\":\"1\",\"retry_on_conflict\":3,\"_source\":[\"a\"]}}\n{\"doc\":{\"a\":{\"b\":[1,2]}},\"doc_as_upsert\":true}\n",
          "{\"create\":{\"routing\":\"x\",\"version\":5,\"version_type\":\"external\"}}\n{\"a\":\"\\u00e9\"}\n\n{\"index\":{}}\r\n{}\r\n"};
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string body(reinterpret_cast<const char*>(data), size);
  body.reserve(size + simdjson::SIMDJSON_PADDING);
  try {
    tarn::server::parse_bulk(body, {});
  } catch (const tarn::ApiError&) {
  }
  try {
    tarn::server::parse_update_body(body);
  } catch (const tarn::ApiError&) {
  }
  return 0;
}

// Mappings, and documents against whatever mapping came out: the first line is the mapping, the rest documents.
#include <string_view>

#include "indexer/base/error.h"
#include "indexer/mapping/mapping.h"
#include "tests/fuzz/target.h"

std::vector<std::string> fuzz_seeds() {
  return {R"({"properties":{"t":{"type":"text","fields":{"k":{"type":"keyword","ignore_above":5}}},"d":{"type":"date","format":"yyyy-MM-dd||epoch_millis"},"g":{"type":"geo_point"},"n":{"type":"nested","properties":{"x":{"type":"integer"}}}}})"
          "\n" R"({"t":["a","b"],"d":"2024-02-29","g":"1,2","n":[{"x":1},{"x":"2"}]})",
          R"({"dynamic":"strict","properties":{"i":{"type":"ip"},"s":{"type":"scaled_float","scaling_factor":100},"f":{"type":"flat_object"},"b":{"type":"boolean"},"u":{"type":"unsigned_long"}}})"
          "\n" R"({"i":"::1","s":1.005,"f":{"a":{"b":1}},"b":"true","u":18446744073709551615})",
          R"({"dynamic_templates":[{"a":{"match":"*_s","mapping":{"type":"keyword"}}}],"date_detection":true,"numeric_detection":true})"
          "\n" R"({"a_s":"x","when":"2024-01-01","n":"5","o":{"p.q":[1,2.5]}})"};
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const size_t line = input.find('\n');
  const tarn::MappingLimits limits;
  try {
    auto mapping = tarn::Mapping::create(tarn::parse_json(input.substr(0, line)), tarn::AnalysisRegistry::built_in(), limits);
    if (line == std::string_view::npos) return 0;
    tarn::DocumentParser parser;
    tarn::ParsedBatch batch;
    const std::string_view document = input.substr(line + 1);
    const tarn::ParseOutcome outcome = parser.parse(*mapping, limits, "1", "", document, batch);
    if (!outcome.dynamic_update.is_null()) {
      mapping = mapping->merge(outcome.dynamic_update, limits);
      parser.parse(*mapping, limits, "1", "", document, batch);
    }
    std::vector<tarn::FieldId> touched;
    parser.parse_partial(*mapping, "1", document, batch, touched);
  } catch (const tarn::ApiError&) {
  }
  return 0;
}

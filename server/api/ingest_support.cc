#include "server/api/ingest_support.h"

#include <fmt/format.h>

#include "server/pipeline_registry.h"

namespace tarn::server {

IngestResult run_pipelines(const Services& services, const std::string* pipeline, const IndexSettings* settings,
                           std::string_view source, IngestDocument document) {
  IngestResult result;
  result.document = std::move(document);
  std::string first = pipeline != nullptr ? *pipeline : settings != nullptr ? settings->default_pipeline : "";
  std::string last = settings != nullptr ? settings->final_pipeline : "";
  for (const std::string& name : {first, last}) {
    if (name.empty() || name == "_none") continue;
    const auto found = services.pipelines.find(name);
    if (!found) throw ApiError(illegal_argument(fmt::format("pipeline with id [{}] does not exist", name)));
    std::string out;
    const std::string_view input = result.ran ? std::string_view(result.source) : source;
    result.dropped = found->run_on_text(input, result.document, out) == IngestOutcome::dropped;
    result.source = std::move(out);
    result.ran = true;
    if (result.dropped) break;
  }
  return result;
}

}  // namespace tarn::server

#pragma once

#include <string>
#include <string_view>

#include "indexer/pipeline/pipeline.h"
#include "server/services.h"

namespace tarn::server {

/// What running the pipelines of one document came to.
struct IngestResult {
  bool ran = false;          ///< some pipeline ran
  bool dropped = false;
  std::string source;        ///< the new document where `ran`
  IngestDocument document;   ///< its metadata afterwards: _index, _id, _routing may have changed
};

/// Runs the request's pipeline (or the index's default one) and then the final one. `pipeline` as the request gives it;
/// "_none" switches the default one off. Throws the ApiError of the processor that failed, and 400
/// "pipeline with id [x] does not exist".
IngestResult run_pipelines(const Services& services, const std::string* pipeline, const IndexSettings* settings,
                           std::string_view source, IngestDocument document);

}  // namespace tarn::server

#pragma once

#include <map>
#include <memory>
#include <string>

#include "indexer/script/script.h"

namespace tarn::server {

/// What processors of one search tell each other: "original_size" of oversample, with its prefix.
using PipelineContext = std::map<std::string, int64_t>;

/// One step of a search pipeline: of its request processors, it changes the body of the search, of its response processors
/// the answer. Immutable. Follows: OpenSearch's module search-pipeline-common.
class SearchProcessor {
 public:
  virtual ~SearchProcessor() = default;
  virtual void change_request(Json&, PipelineContext&) const {}
  virtual void change_response(Json&, const PipelineContext&) const {}
  bool ignore_failure = false;
};

/// Throws 400 illegal_argument_exception "Invalid processor type x", parse_exception "[field] required property is missing" and the like.
std::unique_ptr<SearchProcessor> make_search_processor(bool request, const std::string& type, const Json& config, const script::StoredScripts* scripts);

}  // namespace tarn::server

#pragma once

#include <memory>
#include <string>
#include <vector>

#include "server/api/search_processors.h"
#include "server/api/search_support.h"

namespace tarn::server {

/// Steps that change a search on its way in and its answer on the way out. Immutable; made from its JSON for each search.
class SearchPipeline {
 public:
  /// Throws 400 parse_exception and illegal_argument_exception "Invalid processor type x" as OpenSearch does.
  static SearchPipeline parse(const std::string& id, const Json& body, const script::StoredScripts* scripts);
  /// The pipeline that a call names in its URL or holds in its body (taken out of both); null: none.
  static std::unique_ptr<SearchPipeline> of_call(Services& services, SearchCall& call);
  /// The default that the searched indices agree on; null: none.
  static std::unique_ptr<SearchPipeline> of_indices(Services& services, const SearchCall& call);
  static bool is_switched_off(const SearchCall& call) { return call.pipeline_off; }

  bool changes_response() const { return !response_.empty(); }
  /// Changes the body of the search.
  void change_request(Json& body);
  /// Changes the answer. Throws 400 illegal_argument_exception where a step cannot do its work.
  void change_response(Json& answer) const;

 private:
  static std::unique_ptr<SearchPipeline> load(Services& services, const std::string& id);

  std::vector<std::shared_ptr<const SearchProcessor>> request_, response_;
  PipelineContext context_;   ///< what the steps of this search told each other
};

void register_search_pipeline_handlers(Router& router, Services& services);

}  // namespace tarn::server

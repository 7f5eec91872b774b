#include "query/percolate/check.h"

#include <algorithm>

#include "indexer/base/json_location.h"
#include "query/percolate/documents.h"
#include "query/percolate/extract_terms.h"
#include "query/tree.h"

namespace tarn::query {

std::vector<std::string> check_stored_query(const std::string& index_name, const std::string& index_uuid, const Mapping& mapping,
                                            const IndexSettings& settings, std::string_view text, const SearchContext& context) {
  // Neither outlives the call.
  const std::shared_ptr<const void> none;
  const std::shared_ptr<const Mapping> borrowed_mapping(none, &mapping);
  const std::shared_ptr<const IndexSettings> borrowed_settings(none, &settings);
  const Json json = parse_request_json(text);
  if (json.is_object() && json.empty()) {
    // The parser stands behind the whole object; where that is, the tree's root does not tell.
    const size_t at = text.rfind('}'), line = text.rfind('\n', at);
    const size_t lines = static_cast<size_t>(std::count(text.begin(), text.begin() + static_cast<ptrdiff_t>(at), '\n'));
    throw ApiError(illegal_argument("query malformed, empty clause found at [" + std::to_string(lines + 1) + ":" +
                                    std::to_string(at - (line == std::string_view::npos ? 0 : line + 1) + 1) + "]"));
  }
  const QueryPtr query = parse_query(json);
  const auto searcher = empty_searcher(index_name, index_uuid, borrowed_mapping, borrowed_settings);
  try {
    Binder binder{*searcher, context, {}, {}};
    bind(*query, binder);
  } catch (const ApiError& error) {
    Error located = error.error();
    if (located.type != "query_shard_exception") throw;
    located.with("index", index_name).with("index_uuid", index_uuid);
    throw ApiError(std::move(located));
  }
  return extract_terms(json, mapping);
}

}  // namespace tarn::query

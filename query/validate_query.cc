#include "query/validate_query.h"

#include "query/collect/execute.h"
#include "query/search_request.h"

namespace tarn::query {

std::optional<Error> validate_query(const SearchRequest& request, const SearchTarget& target, const SearchContext& context) {
  Binder binder{*target.searcher, context, {}, {}};
  try {
    bind_target_query(request.query, target, binder, 1);
  } catch (const ApiError& error) {
    if (error.error().status == 501) throw;
    return error.error();
  }
  return std::nullopt;
}

}  // namespace tarn::query

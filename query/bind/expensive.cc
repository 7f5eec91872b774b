#include "query/bind/expensive.h"

#include "indexer/base/error.h"
#include "indexer/catalog.h"

namespace tarn::query {

void check_expensive(const Binder& binder, std::string_view queries, std::string_view more) {
  if (binder.context.catalog == nullptr || binder.context.catalog->cluster_setting("search.allow_expensive_queries", "true") != "false") return;
  throw ApiError(500, "exception",
                 std::string(queries) + " cannot be executed when 'search.allow_expensive_queries' is set to false." + std::string(more));
}

}  // namespace tarn::query

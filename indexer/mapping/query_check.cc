#include "indexer/mapping/query_check.h"

namespace tarn {

namespace {
thread_local const QueryCheck* current_check = nullptr;
}

QueryCheckScope::QueryCheckScope(QueryCheck check) : check_(std::move(check)), outer_(current_check) { current_check = &check_; }
QueryCheckScope::~QueryCheckScope() { current_check = outer_; }
const QueryCheck* QueryCheckScope::current() { return current_check; }

}  // namespace tarn

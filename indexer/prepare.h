#pragma once

#include "indexer/engine_shared.h"
#include "indexer/write_request.h"

namespace tarn {

/// The part of a write that needs no order: ids, look-ups, updates computed from the present state, parsing, compression of
/// rows. Runs on the caller's thread, for the operations in request.order; the commit decides the rest.
/// Errors of single operations go to their outcomes.
void prepare(EngineShared& shared, PreparedRequest& request);

/// The conflict errors of OpenSearch's engine, with index, shard and index_uuid.
Error version_conflict(const Index& index, std::string_view id, std::string_view what);
Error seq_no_conflict(const Index& index, std::string_view id, int64_t seq_no, int64_t primary_term,
                      const std::optional<IdEntry>& current);

}  // namespace tarn

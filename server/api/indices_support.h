#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "indexer/catalog.h"
#include "server/api/search_support.h"
#include "server/rest.h"
#include "server/services.h"

namespace tarn::server {

/// Timeouts of the cluster manager mean nothing where there is no queue; they are read and checked all the same.
void read_timeouts(const RestRequest& request);

RestResponse acknowledged();
/// {"total", "successful", "failed"} over the shards of these indices, replicas that no node holds included in total.
Json shards_header(const std::vector<ResolvedIndex>& indices);
int shard_copies(const Index& index);        ///< shards * (1 + replicas)
int shard_count(const Index& index);         ///< primaries

/// Whether the copies asked for (URL, or the index's setting) are there: only primaries are, on one node.
/// Throws 400 for what cannot be parsed or never be.
bool active_shards_met(const RestRequest& request, const Index& index);

// Defaults of the options by kind of request, as OpenSearch's request classes have them.
IndicesOptions options_open();               ///< open indices; a closed one named is an error
IndicesOptions options_metadata();           ///< open indices; closed ones if named
IndicesOptions options_change();             ///< open and closed; nothing found is an error
IndicesOptions options_all();                ///< open, closed, hidden

/// {index} resolved with the options of the URL over `defaults`.
std::vector<ResolvedIndex> resolve_indices(Services& services, const RestRequest& request, IndicesOptions defaults);

/// The settings as GET shows them, flat; `human` adds the readable twins of dates and versions.
Json readable_settings(const Index& index, bool human);

/// Text of an ISO date and time in UTC with milliseconds: 2026-11-20T18:50:36.427Z.
std::string iso_time(int64_t epoch_ms);


[[noreturn]] void not_implemented(std::string_view what);

}  // namespace tarn::server

#pragma once

#include "server/rest.h"
#include "server/services.h"

namespace tarn::server {

/// The nodes that are not to vote: [{"node_id", "node_name"}], as _cluster/state shows them. Kept in the store; on one node they
/// change nothing else.
Json voting_exclusions(const Services& services);
/// POST and DELETE _cluster/voting_config_exclusions.
void register_voting_handlers(Router& router, Services& services);

}  // namespace tarn::server

#pragma once

#include "server/rest.h"
#include "server/services.h"

namespace tarn::server {

// Names and metadata: what is not about documents or searches. Each registers the routes of one family.
void register_index_handlers(Router& router, Services& services);      ///< create, delete, open, refresh, blocks ...
void register_resize_handlers(Router& router, Services& services);     ///< _clone, _shrink, _split, _rollover
void register_data_stream_handlers(Router& router, Services& services);  ///< _data_stream
void register_setting_handlers(Router& router, Services& services);    ///< _settings
void register_mapping_handlers(Router& router, Services& services);    ///< _mapping
void register_alias_handlers(Router& router, Services& services);      ///< _alias, _aliases
void register_template_handlers(Router& router, Services& services);   ///< _index_template, _component_template, _template
void register_stats_handlers(Router& router, Services& services);      ///< _stats, _segments, _recovery
void register_cluster_handlers(Router& router, Services& services);    ///< GET /, _cluster
void register_node_handlers(Router& router, Services& services);       ///< _nodes, metrics
void register_cat_handlers(Router& router, Services& services);        ///< _cat
void register_pipeline_handlers(Router& router, Services& services);   ///< _ingest
void register_script_handlers(Router& router, Services& services);     ///< _scripts
void register_analyze_handlers(Router& router, Services& services);    ///< _analyze

/// All of the above.
void register_metadata_handlers(Router& router, Services& services);

/// Paths of OpenSearch that no handler serves answer 501 instead of being mistaken for index names. Called last.
void register_missing_handlers(Router& router);

}  // namespace tarn::server

#include "query/aggs/types.h"

namespace tarn::query {

const std::vector<AggregationType>& aggregation_types() {
  static const std::vector<AggregationType> kTypes = {
      {"adjacency_matrix", check_adjacency_matrix, build_adjacency_matrix},
      {"auto_date_histogram", check_auto_date_histogram, build_auto_date_histogram},
      {"avg", check_metric, build_metric, false},
      {"cardinality", check_cardinality, build_cardinality, false},
      {"children", check_join, build_join},
      {"composite", check_composite, build_composite},
      {"date_histogram", check_date_histogram, build_date_histogram},
      {"date_range", check_range, build_range},
      {"diversified_sampler", check_diversified_sampler, build_diversified_sampler, true, true},
      {"extended_stats", check_metric, build_metric, false},
      {"filter", check_filter, build_filter},
      {"filters", check_filters, build_filters},
      {"geo_bounds", check_geo_metric, build_geo_metric, false},
      {"geo_centroid", check_geo_metric, build_geo_metric, false},
      {"geo_distance", check_range, build_range},
      {"geohash_grid", check_grid, build_grid},
      {"geotile_grid", check_grid, build_grid},
      {"global", check_global, build_global},
      {"histogram", check_histogram, build_histogram},
      {"ip_range", check_range, build_range},
      {"matrix_stats", check_matrix_stats, build_matrix_stats, false},
      {"max", check_metric, build_metric, false},
      {"median_absolute_deviation", check_percentiles, build_percentiles, false},
      {"min", check_metric, build_metric, false},
      {"missing", check_missing, build_missing},
      {"multi_terms", check_multi_terms, build_multi_terms},
      {"nested", check_nested, build_nested},
      {"parent", check_join, build_join},
      {"percentile_ranks", check_percentiles, build_percentiles, false},
      {"percentiles", check_percentiles, build_percentiles, false},
      {"range", check_range, build_range},
      {"rare_terms", check_terms, build_terms},
      {"reverse_nested", check_reverse_nested, build_reverse_nested},
      {"sampler", check_sampler, build_sampler, true, true},
      {"scripted_metric", check_scripted_metric, build_scripted_metric},
      {"significant_terms", check_significant, build_significant},
      {"significant_text", check_significant, build_significant},
      {"stats", check_metric, build_metric, false},
      {"sum", check_metric, build_metric, false},
      {"terms", check_terms, build_terms},
      {"top_hits", check_top_hits, build_top_hits, false, true},
      {"value_count", check_metric, build_metric, false},
      {"variable_width_histogram", check_variable_width_histogram, build_variable_width_histogram},
      {"weighted_avg", check_weighted_avg, build_weighted_avg, false},
  };
  return kTypes;
}

}  // namespace tarn::query

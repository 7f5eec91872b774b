#pragma once

#include <vector>

#include "query/aggs/parse.h"

namespace tarn::query {

// One check and one factory a family, in bucket/ and metric/.
#define TARN_AGGREGATION(family)                \
  void check_##family(const AggregationNode&);  \
  AggregatorPtr build_##family(const AggregationNode&, const BuildContext&)

TARN_AGGREGATION(metric);
TARN_AGGREGATION(cardinality);
TARN_AGGREGATION(percentiles);
TARN_AGGREGATION(weighted_avg);
TARN_AGGREGATION(matrix_stats);
TARN_AGGREGATION(geo_metric);
TARN_AGGREGATION(scripted_metric);
TARN_AGGREGATION(top_hits);
TARN_AGGREGATION(terms);
TARN_AGGREGATION(histogram);
TARN_AGGREGATION(date_histogram);
TARN_AGGREGATION(auto_date_histogram);
TARN_AGGREGATION(variable_width_histogram);
TARN_AGGREGATION(range);
TARN_AGGREGATION(filter);
TARN_AGGREGATION(filters);
TARN_AGGREGATION(adjacency_matrix);
TARN_AGGREGATION(global);
TARN_AGGREGATION(missing);
TARN_AGGREGATION(nested);
TARN_AGGREGATION(reverse_nested);
TARN_AGGREGATION(join);
TARN_AGGREGATION(composite);
TARN_AGGREGATION(sampler);
TARN_AGGREGATION(diversified_sampler);
TARN_AGGREGATION(grid);
TARN_AGGREGATION(multi_terms);
TARN_AGGREGATION(significant);

#undef TARN_AGGREGATION

/// All types that Tarn has, by name.
const std::vector<AggregationType>& aggregation_types();

}  // namespace tarn::query

#pragma once

#include <cstdint>

#include "query/aggs/parse.h"

namespace tarn::query {

/// How many buckets, and how frequent: what terms, multi_terms, significant_terms and significant_text declare alike.
struct CountOptions {
  size_t size = 10;
  size_t shard_size = 0;   ///< 0: not given
  uint64_t min_doc_count = 1, shard_min_doc_count = 0;

  void declare(Options& options, const AggregationNode& node);
};
/// "collect_mode", which changes nothing here.
void declare_collect_mode(Options& options);

}  // namespace tarn::query

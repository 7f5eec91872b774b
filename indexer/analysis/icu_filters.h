#pragma once

#include "indexer/analysis/component.h"
#include "indexer/analysis/settings.h"

namespace tarn::analysis {

// What OpenSearch's plugin analysis-icu adds, by the settings of its factories. Wrong settings throw ApiError as it does.

// icu_tokenizer.cc
TokenizerPtr make_icu_tokenizer(const ComponentSettings& settings);

// icu_normalizer.cc
TokenFilterPtr make_icu_normalizer_filter(const ComponentSettings& settings);  ///< name, unicode_set_filter
CharFilterPtr make_icu_normalizer_char_filter(const ComponentSettings& settings);  ///< name, mode, unicode_set_filter
CharFilterPtr make_icu_analyzer_char_filter(const ComponentSettings& settings);  ///< method, mode, unicode_set_filter
TokenFilterPtr make_icu_folding_filter(const ComponentSettings& settings);  ///< unicode_set_filter

// icu_transform_filter.cc
TokenFilterPtr make_icu_transform_filter(const ComponentSettings& settings);  ///< id, dir

// icu_collation_filter.cc
TokenFilterPtr make_icu_collation_filter(const ComponentSettings& settings);

}  // namespace tarn::analysis

#pragma once

#include <string_view>

#include "indexer/analysis/automaton.h"

namespace tarn::analysis {

/// Parses Lucene's RegExp syntax: | * + ? {n,m} [..] . # @ "..." <n-m> \d \s \w and escapes.
/// Throws ApiError 400 illegal_argument_exception in Lucene's words; & and ~ answer 501.
Re parse_lucene_regexp(std::string_view pattern);

}  // namespace tarn::analysis

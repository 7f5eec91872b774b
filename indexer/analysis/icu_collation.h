#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "indexer/analysis/settings.h"

namespace tarn::analysis {

/// Text to keys whose bytes order as a language orders its words. Immutable; any thread may call.
class Collation {
 public:
  virtual ~Collation() = default;
  /// The sort key, with the zero that ICU puts at its end.
  virtual std::string key(std::string_view text) const = 0;
};

/// The names of settings: the filter's are in camel case (caseLevel), the field's with underscores (case_level).
enum class CollationNames { kFilter, kField };
/// rules, or language with country and variant; strength, decomposition, alternate, case level, case first, numeric,
/// variable top, Hiragana. Throws ApiError 400 in OpenSearch's words.
std::shared_ptr<const Collation> make_collation(const ComponentSettings& settings, CollationNames names);

}  // namespace tarn::analysis

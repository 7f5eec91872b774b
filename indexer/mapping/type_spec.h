#pragma once

#include <span>
#include <string_view>

#include "indexer/mapping/field_type.h"

namespace tarn::mapping {

/// How the value of a mapping parameter is read, compared and shown.
enum class ParamType : uint8_t {
  kBool,
  kExplicitBool,    ///< shown whenever it was given, even if it is the default (coerce, ignore_malformed)
  kInt,
  kFloat,
  kDouble,
  kString,
  kNumberNull,      ///< null_value of a number: must parse as the field's type
  kAny,             ///< kept as given
  kAnalyzer,
  kSearchAnalyzer,
  kSearchQuoteAnalyzer,
  kNormalizer,
  kSimilarity,
  kIndexOptions,    ///< docs, freqs, positions, offsets
  kKeywordIndexOptions,
  kTermVector,
  kDateFormat,
  kMeta,
  kFrequencyFilter,
  kIndexPrefixes,
  kRelations,
  kOrientation,
  kNorms,           ///< may go from true to false
};

struct ParamSpec {
  std::string_view name;
  ParamType type;
  std::string_view default_json;
  bool updateable = false;
  bool always_shown = false;
  bool only_with_defaults = false;   ///< hidden from GET _mapping even if configured
};

/// One type of field: its parameters in the order in which OpenSearch shows them.
struct TypeSpec {
  std::string_view name;
  FieldKind kind;
  std::span<const ParamSpec> params;
  /// OpenSearch's newer mappers report conflicts and unknown parameters one way, the older ones another.
  bool parametrized = true;
  /// "fields" and "copy_to" are shown before this parameter; default: after all.
  size_t multi_fields_at = SIZE_MAX;
  bool multi_fields_allowed = true;

  int find(std::string_view param) const;
};

/// Null if there is no such type (objects, nested and aliases are no field types).
const TypeSpec* find_type(std::string_view name);
const TypeSpec& type_spec(FieldKind kind);

}  // namespace tarn::mapping

#pragma once

#include <memory>
#include <string>

#include "indexer/mapping/mapping.h"

namespace tarn::mapping_test {

inline std::string words(const Error& error) { return error.type + ": " + error.reason; }

/// type: reason of the innermost cause.
inline std::string inner_words(const Error& error) {
  const Error* at = &error;
  while (at->cause) at = at->cause.get();
  return words(*at);
}

/// One index's mapping, and documents parsed against it.
struct Index {
  explicit Index(const std::string& mappings, MappingLimits given = {})
      : limits(std::move(given)), mapping(Mapping::create(Json::parse(mappings), AnalysisRegistry::built_in(), limits)) {}

  void merge(const std::string& update) { mapping = mapping->merge(Json::parse(update), limits); }

  std::string merge_error(const std::string& update) {
    try {
      merge(update);
    } catch (const ApiError& error) {
      return words(error.error());
    }
    return "";
  }

  /// Parses as the engine does: merges what the document asks for, then parses again.
  void add(const std::string& source) {
    batch = {};
    for (int round = 0; round < 2; ++round) {
      const ParseOutcome outcome = parser.parse(*mapping, limits, "1", routing, source, batch);
      if (outcome.dynamic_update.is_null()) return;
      mapping = mapping->merge(outcome.dynamic_update, limits);
    }
  }

  std::string add_error(const std::string& source, bool inner = true) {
    try {
      add(source);
    } catch (const ApiError& error) {
      return inner ? inner_words(error.error()) : words(error.error());
    }
    return "";
  }

  /// The values of a field in one document of the batch, as text, joined by blanks. Default: the root.
  std::string values(const std::string& path, int document = -1) const {
    const ParsedDocument& parsed = document < 0 ? batch.documents.back() : batch.documents[static_cast<size_t>(document)];
    std::string out;
    for (uint32_t i = 0; i < parsed.value_count; ++i) {
      const FieldValue& value = batch.values[parsed.first_value + i];
      const FieldType& type = mapping->field(value.field);
      if (type.path != path) continue;
      if (!out.empty()) out += ' ';
      switch (type.column) {
        case ColumnKind::kInt64:
          out += type.kind == FieldKind::kScaledFloat ? double_text(type.decode_double(value.number)) : std::to_string(value.number);
          break;
        case ColumnKind::kUnsigned: out += std::to_string(static_cast<uint64_t>(value.number) ^ (1ULL << 63)); break;
        case ColumnKind::kDouble: out += double_text(type.decode_double(value.number)); break;
        case ColumnKind::kGeoPoint: out += double_text(geo_latitude(value.number)) + "," + double_text(geo_longitude(value.number)); break;
        default: out += value.bytes();
      }
    }
    return out;
  }

  MappingLimits limits;
  std::shared_ptr<const Mapping> mapping;
  DocumentParser parser;
  ParsedBatch batch;
  std::string routing;
};

inline std::string create_error(const std::string& mappings, MappingLimits limits = {}) {
  try {
    Index index(mappings, std::move(limits));
  } catch (const ApiError& error) {
    return words(error.error());
  }
  return "";
}

}  // namespace tarn::mapping_test

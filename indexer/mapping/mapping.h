#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "indexer/base/error.h"
#include "indexer/mapping/field_type.h"
#include "indexer/mapping/parsed_document.h"
#include "indexer/mapping/similarity.h"

namespace tarn {

/// Limits of the index settings index.mapping.*; a breach is 400 illegal_argument_exception as OpenSearch words it.
struct MappingLimits {
  int64_t total_fields = 1000;
  int64_t depth = 20;
  int64_t nested_fields = 50;
  int64_t nested_objects = 10000;   ///< in one document
  int64_t field_name_length = 50000;
  bool ignore_malformed = false;    ///< index.mapping.ignore_malformed, the default of fields
  bool coerce = true;               ///< index.mapping.coerce
  Similarities similarities;        ///< index.similarity.*
};

/// The schema of one index. Immutable: a change makes a new Mapping (fields keep their ids). Any thread may call.
class Mapping {
 public:
  virtual ~Mapping() = default;

  /// The mapping of a new index from the body's "mappings" object (null or {}: dynamic mapping of everything).
  /// Throws ApiError 400 mapper_parsing_exception / illegal_argument_exception with OpenSearch's reasons.
  static std::shared_ptr<const Mapping> create(const Json& mappings, std::shared_ptr<const AnalysisRegistry> analysis,
                                               const MappingLimits& limits);
  /// This mapping with `update` (the same form) merged in. `dynamic_update`: comes from a document, not from PUT mapping.
  /// Throws 400 illegal_argument_exception for a conflict ("mapper [x] cannot be changed from type [a] to [b]").
  virtual std::shared_ptr<const Mapping> merge(const Json& update, const MappingLimits& limits) const = 0;

  /// As GET _mapping shows it: {"properties": {...}, "dynamic": ..} with members sorted as OpenSearch sorts them.
  virtual Json to_json() const = 0;
  /// One field's definition as GET _mapping/field shows it under its leaf name; null if there is none.
  virtual Json field_json(std::string_view path) const = 0;
  /// The same with all parameters (GET _mapping/field?include_defaults=true).
  virtual Json field_json_with_defaults(std::string_view path) const = 0;

  /// The field of that full path, aliases resolved to their target; null if there is none. Objects are found too
  /// (kind kObject or kNested). Members of a flat_object ("flat.a.b") resolve to a kFlatObject type whose `path` is the
  /// flat_object's own.
  virtual const FieldType* find(std::string_view path) const = 0;
  /// The same without following an alias.
  virtual const FieldType* find_unresolved(std::string_view path) const = 0;
  virtual const FieldType& field(FieldId id) const = 0;
  virtual FieldId field_count() const = 0;
  /// Leaf fields (multi-fields included, metadata not) whose full path matches the pattern with `*`; sorted by path.
  virtual std::vector<const FieldType*> match(std::string_view pattern) const = 0;
  /// Paths of nested objects, in order of appearance; ParsedDocument::nested indexes it.
  virtual const std::vector<std::string>& nested_paths() const = 0;
  /// Parsers of dates in "dynamic" detection and so on are the mapping's own business.

  virtual bool source_enabled() const = 0;
  virtual bool routing_required() const = 0;   ///< "_routing": {"required": true}
  /// "_source" includes and excludes applied at index time; the text itself if there are none.
  virtual std::string filter_source(std::string_view source) const = 0;
  virtual const AnalysisRegistry& analysis() const = 0;
};

/// What parsing a document found beside its values.
struct ParseOutcome {
  Json dynamic_update;   ///< null, or a mapping update that must be merged before the document is parsed again
};

/// Parses documents against a mapping. One thread; reuse it from document to document (it owns a simdjson parser).
class DocumentParser {
 public:
  DocumentParser();
  ~DocumentParser();
  DocumentParser(DocumentParser&&) noexcept;

  /// Appends one root (row, seq_no and version left 0) to `batch`, with its nested children. If the mapping lacks fields,
  /// nothing is appended and the outcome holds the update; the caller merges it and calls again with the new mapping.
  /// `routing` becomes the metadata field _routing. `source` need not be padded.
  /// Throws ApiError 400 mapper_parsing_exception, strict_dynamic_mapping_exception ... worded for document `id`, with
  /// nothing appended.
  ParseOutcome parse(const Mapping& mapping, const MappingLimits& limits, std::string_view id, std::string_view routing,
                     std::string_view source, ParsedBatch& batch);

  /// Parses a partial document for an in-place update: appends its values as one root without the metadata fields.
  /// Returns false, with nothing appended, if the update cannot be done in place: a text field (or one with text
  /// multi-fields or copy_to), a nested object, a new field, or a value whose parent is no plain object.
  /// `touched` receives every field whose old values the update replaces (a field set to null or [] has no new value).
  bool parse_partial(const Mapping& mapping, std::string_view id, std::string_view partial, ParsedBatch& batch,
                     std::vector<FieldId>& touched);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

// Metadata fields that are columns of every index. Their FieldIds are these constants in each mapping.
constexpr FieldId kSeqNoField = 0;       ///< "_seq_no", kInt64
constexpr FieldId kVersionField = 1;     ///< "_version", kInt64
constexpr FieldId kRoutingField = 2;     ///< "_routing", kKeyword, only where given
constexpr FieldId kIgnoredField = 3;     ///< "_ignored", kKeyword: fields whose values were malformed or too long
constexpr FieldId kNestedPathField = 4;  ///< "_nested_path", kKeyword: on children only
constexpr FieldId kFieldNamesField = 5;  ///< "_field_names": fields that have a value but neither column nor postings
constexpr FieldId kFirstUserField = 6;

}  // namespace tarn

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "indexer/pipeline/pipeline.h"

namespace tarn {

class WorkDocument;
struct ProcessorNode;

/// Hears what each processor did: the results of a verbose simulation.
class ProcessorTrace {
 public:
  virtual ~ProcessorTrace() = default;
  virtual void skipped(const ProcessorNode& node) = 0;
  virtual void succeeded(const ProcessorNode& node, const WorkDocument& document, bool kept) = 0;
  virtual void failed(const ProcessorNode& node, const WorkDocument& document,
                      const Error& error) = 0;
};

/// A document inside a pipeline: source and metadata (_index, _id, _routing ...) as members of one
/// object, as processors and conditions address them, and beside it what stands below `_ingest`.
class WorkDocument {
 public:
  explicit WorkDocument(IngestDocument document);
  /// Takes the metadata out again; everything else is the source.
  void move_to(IngestDocument& document) &&;

  Json& fields() { return fields_; }
  const Json& fields() const { return fields_; }
  Json& ingest() { return ingest_; }
  const Json& ingest() const { return ingest_; }

  /// The paths are OpenSearch's: names joined by dots, list positions as numbers, an optional first
  /// part `_source` or `_ingest`. Throw 400 illegal_argument_exception in IngestDocument's words.
  const Json& get(std::string_view path) const;
  /// Null pointer if the path leads nowhere (and only then).
  const Json* find(std::string_view path) const;
  /// `fail_out_of_range`: a list position beyond the end is an error, not a missing field.
  bool has(std::string_view path, bool fail_out_of_range = false) const;
  void set(std::string_view path, Json value);
  void append(std::string_view path, const Json& value, bool allow_duplicates);
  Json remove(std::string_view path);

  /// Ids of the pipelines that run at this moment, outermost first: guards against cycles.
  std::vector<std::string> running;
  ProcessorTrace* trace = nullptr;

 private:
  Json fields_;
  Json ingest_;
};

bool is_metadata_field(std::string_view name);
/// "java.lang.Integer" and so on, which error texts name. A null has no type ("null").
std::string_view java_type(const Json& value);
/// Object.toString() of the value as Java holds it: lists as [a, b], objects as {a=b}.
std::string java_text(const Json& value);
/// "2024-02-03T04:05:06.123456789Z", as ZonedDateTime.toString writes it.
std::string ingest_timestamp_text(int64_t ns);

/// Strings are cast, a JSON null passes as nullptr, others throw 'field [x] of type [..] cannot be
/// cast to [..]'.
const std::string* cast_to_string(std::string_view path, const Json& value);

}  // namespace tarn

#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "indexer/base/error.h"
#include "indexer/base/json.h"

namespace tarn {

/// A document on its way into an index: what a pipeline may read and change.
/// Follows: OpenSearch org.opensearch.ingest.IngestDocument.
struct IngestDocument {
  Json source = Json::object();
  std::string index;
  std::optional<std::string> id;  ///< nothing: the index generates one after the pipeline has run
  std::optional<std::string> routing;
  std::optional<int64_t> version;
  std::optional<std::string> version_type;
  std::optional<int64_t> if_seq_no;
  std::optional<int64_t> if_primary_term;
  /// Start of ingestion, nanoseconds since 1970; 0 means now. Seen by templates as
  /// _ingest.timestamp.
  int64_t timestamp_ns = 0;
};

class Pipeline;
namespace script {
class StoredScripts;
}
/// Finds a stored pipeline by name when a `pipeline` processor runs; null if there is none. Must be
/// thread-safe.
using PipelineResolver = std::function<std::shared_ptr<const Pipeline>(std::string_view name)>;

enum class IngestOutcome { kept, dropped };

/// An ingest pipeline, compiled. Immutable; any thread may run it, each with its own document.
/// Follows: OpenSearch "Ingest pipelines"; differential families ingest and ingest-indexing.
class Pipeline {
 public:
  /// `definition` is the body of PUT _ingest/pipeline/ID: description, version, processors,
  /// on_failure. Throws ApiError 400 parse_exception in OpenSearch's words (with processor_type,
  /// property_name), or 501 not_implemented_exception for a processor or a script that Tarn does
  /// not have.
  static std::shared_ptr<const Pipeline> create(std::string id, const Json& definition,
                                                PipelineResolver resolver = {},
                                                const script::StoredScripts* scripts = nullptr);
  ~Pipeline();

  /// Runs all processors. `dropped`: the document must not be indexed (answer: result noop,
  /// _version -3). Throws the ApiError of the processor that failed if nothing handles it; the
  /// document is then unspecified.
  IngestOutcome run(IngestDocument& document) const;

  /// As run(), from the bytes of a _source to the bytes of the new one in `out` (replaced).
  /// `document.source` is neither read nor written; its other members are. Where every processor
  /// only adds members to the document, the bytes are kept as they came and the new members are
  /// written behind the last one.
  IngestOutcome run_on_text(std::string_view source, IngestDocument& document,
                            std::string& out) const;

  const std::string& id() const;
  /// Whether run_on_text() can do without building the document's tree.
  bool only_adds_members() const;

  struct Impl;
  const Impl& impl() const { return *impl_; }  ///< for this folder

 private:
  explicit Pipeline(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// Answers POST _ingest/pipeline[/ID]/_simulate: {"docs":[...]}. `body` holds docs and, without
/// `stored`, the pipeline. `stored` is the pipeline of the path (the caller refuses an unknown one:
/// 400 "pipeline [x] does not exist").
Json simulate_pipeline(const Json& body, std::shared_ptr<const Pipeline> stored, bool verbose,
                       const PipelineResolver& resolver,
                       const script::StoredScripts* scripts = nullptr);

/// The names of all processors that Pipeline::create knows, sorted: for _nodes/ingest.
std::vector<std::string> ingest_processor_names();
/// The body of GET _ingest/processor/grok: {"patterns": {...}}.
Json grok_pattern_list(bool sorted);

}  // namespace tarn

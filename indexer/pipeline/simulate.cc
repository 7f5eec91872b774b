// POST _ingest/pipeline/_simulate.
#include "indexer/pipeline/processor.h"

namespace tarn {
namespace {

Error property_error(std::string_view name, std::string_view reason) {
  return ProcessorConfig("", Json::object()).error(name, reason);
}

/// The document as the answer shows it: metadata, _source, _ingest.
Json document_json(const WorkDocument& document, bool verbose) {
  Json out = Json::object();
  Json source = Json::object();
  for (const char* name : {"_index", "_id", "_version", "_routing", "_version_type", "_if_seq_no",
                           "_if_primary_term"}) {
    const auto it = document.fields().find(name);
    if (it == document.fields().end() || it->is_null()) continue;
    out[name] = it->is_string() ? *it : Json(java_text(*it));
  }
  for (const auto& [key, value] : document.fields().items()) {
    if (!is_metadata_field(key)) source[key] = value;
  }
  out["_source"] = std::move(source);
  Json ingest = document.ingest();
  if (verbose && !document.running.empty()) ingest["pipeline"] = document.running.back();
  out["_ingest"] = std::move(ingest);
  return out;
}

Json error_json(const Error& error) { return error.to_body()["error"]; }

/// Collects one entry for each processor that ran.
class Recorder : public ProcessorTrace {
 public:
  explicit Recorder(Json& results) : results_(results) {}

  void skipped(const ProcessorNode& node) override {
    results_.push_back(head(node, "skipped", false));
  }
  void succeeded(const ProcessorNode& node, const WorkDocument& document, bool kept) override {
    Json entry = head(node, kept ? "success" : "dropped", true);
    if (kept) entry["doc"] = document_json(document, true);
    results_.push_back(std::move(entry));
  }
  void failed(const ProcessorNode& node, const WorkDocument& document,
              const Error& error) override {
    Json entry = head(node, node.ignore_failure ? "error_ignored" : "error", true);
    if (node.ignore_failure) {
      entry["ignored_error"] = Json{{"error", error_json(error)}};
      entry["doc"] = document_json(document, true);
    } else {
      entry["error"] = error_json(error);
    }
    results_.push_back(std::move(entry));
  }

 private:
  static Json head(const ProcessorNode& node, const char* status, bool condition_held) {
    Json entry{{"processor_type", node.type}, {"status", status}};
    if (!node.description.empty()) entry["description"] = node.description;
    if (!node.tag.empty()) entry["tag"] = node.tag;
    if (node.condition)
      entry["if"] = Json{{"condition", node.condition->source()}, {"result", condition_held}};
    return entry;
  }
  Json& results_;
};

std::optional<std::string> read_text(const Json& document, const char* name) {
  const auto it = document.find(name);
  if (it == document.end() || it->is_null()) return std::nullopt;
  if (it->is_string() || it->is_number_integer()) return java_text(*it);
  throw ApiError(property_error(
      name, fmt::format("property isn't a string or int, but of type [{}]", java_type(*it))));
}

std::optional<int64_t> read_long(const Json& document, const char* name) {
  const auto it = document.find(name);
  if (it == document.end() || it->is_null()) return std::nullopt;
  if (!it->is_number_integer()) {
    throw ApiError(property_error(
        name, fmt::format("property isn't a long, but of type [{}]", java_type(*it))));
  }
  return it->get<int64_t>();
}

IngestDocument read_document(const Json& json) {
  if (!json.is_object())
    throw ApiError(illegal_argument("malformed [docs] section, should include an inner object"));
  const auto source = json.find("_source");
  if (source == json.end())
    throw ApiError(property_error("_source", "required property is missing"));
  if (!source->is_object()) {
    throw ApiError(property_error(
        "_source", fmt::format("property isn't a map, but of type [{}]", java_type(*source))));
  }
  IngestDocument out;
  out.source = *source;
  out.index = read_text(json, "_index").value_or("_index");
  out.id = read_text(json, "_id").value_or("_id");
  out.routing = read_text(json, "_routing");
  out.version = read_long(json, "_version");
  out.version_type = read_text(json, "_version_type");
  out.if_seq_no = read_long(json, "_if_seq_no");
  out.if_primary_term = read_long(json, "_if_primary_term");
  return out;
}

Json simulate_one(const Pipeline& pipeline, IngestDocument document, bool verbose) {
  WorkDocument work(std::move(document));
  Json results = Json::array();
  Recorder recorder(results);
  if (verbose) work.trace = &recorder;
  Json out = Json::object();
  try {
    const bool kept = pipeline.impl().run(work);
    if (!verbose && !kept) return nullptr;
    if (!verbose) out["doc"] = document_json(work, false);
  } catch (const ApiError& failure) {
    if (!verbose) out["error"] = error_json(failure.error());
  }
  if (verbose) out["processor_results"] = std::move(results);
  return out;
}

}  // namespace

Json simulate_pipeline(const Json& body, std::shared_ptr<const Pipeline> stored, bool verbose,
                       const PipelineResolver& resolver, const script::StoredScripts* scripts) {
  if (!body.is_object()) throw ApiError(400, "parse_exception", "request body is required");
  if (!stored) {
    const auto definition = body.find("pipeline");
    if (definition == body.end())
      throw ApiError(property_error("pipeline", "required property is missing"));
    if (!definition->is_object()) {
      throw ApiError(property_error(
          "pipeline",
          fmt::format("property isn't a map, but of type [{}]", java_type(*definition))));
    }
    stored = Pipeline::create("_simulate_pipeline", *definition, resolver, scripts);
  }
  const auto docs = body.find("docs");
  if (docs == body.end()) throw ApiError(property_error("docs", "required property is missing"));
  if (!docs->is_array()) {
    throw ApiError(property_error(
        "docs", fmt::format("property isn't a list, but of type [{}]", java_type(*docs))));
  }
  if (docs->empty())
    throw ApiError(illegal_argument("must specify at least one document in [docs]"));
  std::vector<IngestDocument> documents;
  for (const Json& one : *docs) documents.push_back(read_document(one));
  Json results = Json::array();
  for (IngestDocument& one : documents)
    results.push_back(simulate_one(*stored, std::move(one), verbose));
  return Json{{"docs", std::move(results)}};
}

}  // namespace tarn

#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "indexer/pipeline/condition.h"
#include "indexer/pipeline/config.h"
#include "indexer/pipeline/document.h"

namespace tarn {

class FastPlan;

/// One kind of step of a pipeline, compiled from its settings. Immutable.
class Processor {
 public:
  virtual ~Processor() = default;
  /// False: the document is dropped. Throws ApiError if it cannot do its work on this document.
  virtual bool execute(WorkDocument& document) const = 0;
  /// Adds what this processor does to a plan that works on text, or answers false: see fast_plan.h.
  virtual bool add_to(FastPlan&) const { return false; }
};

/// A processor with what every processor has: condition, failure handling, tag and description.
struct ProcessorNode {
  std::string type;
  std::string tag;
  std::string description;
  std::unique_ptr<Processor> processor;
  std::optional<Condition> condition;
  bool ignore_failure = false;
  std::vector<ProcessorNode> on_failure;
};

/// What processors need from outside while they are built.
struct BuildContext {
  PipelineResolver resolver;
  std::string pipeline_id;
  const script::StoredScripts* scripts = nullptr;  ///< may be null
};

using ProcessorFactory = std::unique_ptr<Processor> (*)(ProcessorConfig& config,
                                                        const BuildContext& context);
/// All kinds by name.
const std::map<std::string, ProcessorFactory, std::less<>>& processor_factories();

/// Builds the processors of a `processors` or `on_failure` list.
std::vector<ProcessorNode> build_processors(const Json& list, const BuildContext& context);
ProcessorNode build_processor(const std::string& type, Json config, const BuildContext& context);

/// Runs nodes in order; a failure that no node handles goes to `on_failure`, or is thrown where
/// that is empty. `on_failure` seeing the error through _ingest.on_failure_message and its like.
/// False: dropped.
bool run_processors(const std::vector<ProcessorNode>& nodes,
                    const std::vector<ProcessorNode>& on_failure, WorkDocument& document);
bool run_node(const ProcessorNode& node, WorkDocument& document);

struct Pipeline::Impl {
  std::string id;
  std::vector<ProcessorNode> processors;
  std::vector<ProcessorNode> on_failure;
  std::unique_ptr<FastPlan> plan;  // null: the tree is needed

  bool run(WorkDocument& document) const;
};

// Factories, by file.
void add_field_processors(std::map<std::string, ProcessorFactory, std::less<>>& table);
void add_text_processors(std::map<std::string, ProcessorFactory, std::less<>>& table);
void add_convert_processors(std::map<std::string, ProcessorFactory, std::less<>>& table);
void add_parse_processors(std::map<std::string, ProcessorFactory, std::less<>>& table);
void add_dissect_processor(std::map<std::string, ProcessorFactory, std::less<>>& table);
void add_grok_processor(std::map<std::string, ProcessorFactory, std::less<>>& table);
void add_date_processors(std::map<std::string, ProcessorFactory, std::less<>>& table);
void add_flow_processors(std::map<std::string, ProcessorFactory, std::less<>>& table);
void add_fingerprint_processor(std::map<std::string, ProcessorFactory, std::less<>>& table);
void add_script_processor(std::map<std::string, ProcessorFactory, std::less<>>& table);
void add_community_id_processor(std::map<std::string, ProcessorFactory, std::less<>>& table);
void add_routing_processors(std::map<std::string, ProcessorFactory, std::less<>>& table);
void add_user_agent_processor(std::map<std::string, ProcessorFactory, std::less<>>& table);

/// A factory function of a class with a constructor (ProcessorConfig&, const BuildContext&).
template <class T>
std::unique_ptr<Processor> make_processor(ProcessorConfig& config, const BuildContext& context) {
  return std::make_unique<T>(config, context);
}

}  // namespace tarn

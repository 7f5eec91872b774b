#include "indexer/pipeline/pipeline.h"

#include "indexer/pipeline/fast_plan.h"
#include "indexer/pipeline/processor.h"
#include "indexer/pipeline/source_text.h"

namespace tarn {
namespace {

/// A plan if every processor has one and nothing but plain running in order is asked for. Failures
/// are the tree's: a plan that meets one gives up and the tree runs from the start.
std::unique_ptr<FastPlan> make_plan(const std::vector<ProcessorNode>& nodes) {
  if (nodes.empty()) return nullptr;
  auto plan = std::make_unique<FastPlan>();
  for (const ProcessorNode& node : nodes) {
    if (node.condition || !node.processor->add_to(*plan)) return nullptr;
  }
  return plan;
}

Json take_list(ProcessorConfig& config, std::string_view name) {
  auto list = config.optional_list(name);
  if (!list) throw ApiError(config.error(name, "required property is missing"));
  return std::move(*list);
}

}  // namespace

Pipeline::Pipeline(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Pipeline::~Pipeline() = default;
const std::string& Pipeline::id() const { return impl_->id; }
bool Pipeline::only_adds_members() const { return impl_->plan != nullptr; }

std::shared_ptr<const Pipeline> Pipeline::create(std::string id, const Json& definition,
                                                 PipelineResolver resolver,
                                                 const script::StoredScripts* scripts) {
  if (!definition.is_object()) throw ApiError(400, "parse_exception", "pipeline must be an object");
  ProcessorConfig config("", definition);
  config.optional_text("description");
  if (const auto version = config.optional_value("version");
      version && !version->is_number_integer()) {
    throw ApiError(config.error(
        "version", fmt::format("property isn't an int, but of type [{}]", java_type(*version))));
  }
  auto impl = std::make_unique<Impl>();
  const BuildContext context{std::move(resolver), id, scripts};
  impl->id = std::move(id);
  impl->processors = build_processors(take_list(config, "processors"), context);
  if (const auto list = config.optional_list("on_failure")) {
    if (list->empty()) {
      throw ApiError(
          400, "parse_exception",
          fmt::format("pipeline [{}] cannot have an empty on_failure option defined", impl->id));
    }
    impl->on_failure = build_processors(*list, context);
  }
  try {
    config.refuse_the_rest();
  } catch (const ApiError& failure) {
    std::string reason = failure.error().reason;
    reason.replace(0, std::string_view("processor []").size(),
                   fmt::format("pipeline [{}]", impl->id));
    throw ApiError(400, "parse_exception", std::move(reason));
  }
  impl->plan = make_plan(impl->processors);
  return std::shared_ptr<const Pipeline>(new Pipeline(std::move(impl)));
}

bool Pipeline::Impl::run(WorkDocument& document) const {
  if (std::find(document.running.begin(), document.running.end(), id) != document.running.end()) {
    throw ApiError(500, "illegal_state_exception",
                   fmt::format("Cycle detected for pipeline: {}", id));
  }
  document.running.push_back(id);
  bool kept = false;
  try {
    kept = run_processors(processors, on_failure, document);
  } catch (...) {
    document.running.pop_back();
    throw;
  }
  document.running.pop_back();
  return kept;
}

IngestOutcome Pipeline::run(IngestDocument& document) const {
  WorkDocument work(std::move(document));
  if (!impl_->run(work)) {
    std::move(work).move_to(document);
    return IngestOutcome::dropped;
  }
  std::move(work).move_to(document);
  return IngestOutcome::kept;
}

IngestOutcome Pipeline::run_on_text(std::string_view source, IngestDocument& document,
                                    std::string& out) const {
  if (impl_->plan && impl_->plan->execute(source, out)) return IngestOutcome::kept;
  document.source = parse_source(source);
  const IngestOutcome outcome = run(document);
  out = to_text(document.source);
  document.source = Json::object();
  return outcome;
}

}  // namespace tarn

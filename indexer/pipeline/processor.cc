#include "indexer/pipeline/processor.h"

namespace tarn {
namespace {

const std::map<std::string, ProcessorFactory, std::less<>>& factories() {
  static const auto table = [] {
    std::map<std::string, ProcessorFactory, std::less<>> out;
    add_field_processors(out);
    add_text_processors(out);
    add_convert_processors(out);
    add_parse_processors(out);
    add_dissect_processor(out);
    add_grok_processor(out);
    add_date_processors(out);
    add_flow_processors(out);
    add_fingerprint_processor(out);
    add_script_processor(out);
    add_community_id_processor(out);
    add_routing_processors(out);
    add_user_agent_processor(out);
    return out;
  }();
  return table;
}

/// Kinds that OpenSearch has and Tarn does not have yet.
bool is_unsupported(std::string_view type) {
  for (const std::string_view known :
       {"split_to_fields"}) {
    if (type == known) return true;
  }
  return false;
}

std::vector<ProcessorNode> build_on_failure(ProcessorConfig& config, const BuildContext& context) {
  const auto list = config.optional_list("on_failure");
  if (!list) return {};
  if (list->empty()) throw ApiError(config.error("on_failure", "processors list cannot be empty"));
  return build_processors(*list, context);
}

/// "if": a script.
std::optional<Condition> build_condition(ProcessorConfig& config, const BuildContext& context) {
  const auto value = config.optional_value("if");
  if (!value) return std::nullopt;
  try {
    return Condition(script::parse_script(*value), context.scripts);
  } catch (const ApiError& failure) {
    // The processor is named first among the error's members.
    Error error = failure.error();
    Json members{{"processor_type", config.type()}};
    for (const auto& [key, member] : error.members.items()) members[key] = member;
    error.members = std::move(members);
    throw ApiError(std::move(error));
  }
}

const Error& deepest(const Error& error) {
  const Error* at = &error;
  while (at->cause) at = at->cause.get();
  return *at;
}

/// Shows the failure to on_failure processors while it lives.
class FailureMetadata {
 public:
  FailureMetadata(WorkDocument& document, const ProcessorNode& node, const Error& error)
      : document_(document) {
    Json& ingest = document.ingest();
    ingest["on_failure_message"] = deepest(error).reason;
    ingest["on_failure_processor_type"] = node.type;
    ingest["on_failure_processor_tag"] = node.tag.empty() ? Json() : Json(node.tag);
    if (document.running.size() > 1) ingest["on_failure_pipeline"] = document.running.back();
  }
  ~FailureMetadata() {
    for (const char* name : {"on_failure_message", "on_failure_processor_type",
                             "on_failure_processor_tag", "on_failure_pipeline"}) {
      document_.ingest().erase(name);
    }
  }
  FailureMetadata(const FailureMetadata&) = delete;
  FailureMetadata& operator=(const FailureMetadata&) = delete;

 private:
  WorkDocument& document_;
};

}  // namespace

const std::map<std::string, ProcessorFactory, std::less<>>& processor_factories() {
  return factories();
}

ProcessorNode build_processor(const std::string& type, Json members, const BuildContext& context) {
  if (!members.is_object()) {
    throw ApiError(
        ProcessorConfig(type, Json::object())
            .error("", fmt::format("property isn't a map, but of type [{}]", java_type(members))));
  }
  ProcessorConfig config(type, std::move(members));
  const auto factory = factories().find(type);
  if (factory == factories().end()) {
    if (is_unsupported(type)) {
      throw ApiError(501, "not_implemented_exception",
                     fmt::format("ingest processor [{}] is not supported", type));
    }
    config.set_tag(config.optional_text("tag").value_or(""));
    throw ApiError(config.error("", fmt::format("No processor type exists with name [{}]", type)));
  }
  ProcessorNode node;
  node.type = type;
  node.tag = config.optional_text("tag").value_or("");
  config.set_tag(node.tag);
  node.description = config.optional_text("description").value_or("");
  node.ignore_failure = config.boolean("ignore_failure", false);
  node.condition = build_condition(config, context);
  node.on_failure = build_on_failure(config, context);
  try {
    node.processor = factory->second(config, context);
  } catch (const ApiError& failure) {
    Error error = failure.error();
    if (error.type != "script_exception" || error.members.contains("processor_type")) throw;
    error.with("processor_type", type);
    if (!node.tag.empty()) error.with("processor_tag", node.tag);
    throw ApiError(std::move(error));
  }
  config.refuse_the_rest();
  return node;
}

std::vector<ProcessorNode> build_processors(const Json& list, const BuildContext& context) {
  std::vector<ProcessorNode> out;
  for (const Json& one : list) {
    if (!one.is_object()) {
      throw ApiError(
          Error(400, "parse_exception",
                fmt::format("[processors] element isn't a map, but of type [{}]", java_type(one))));
    }
    // More than one kind in one object is allowed: they run in order.
    for (const auto& [type, members] : one.items())
      out.push_back(build_processor(type, members, context));
  }
  return out;
}

bool run_processors(const std::vector<ProcessorNode>& nodes,
                    const std::vector<ProcessorNode>& on_failure, WorkDocument& document) {
  for (const ProcessorNode& node : nodes) {
    if (on_failure.empty()) {
      if (!run_node(node, document)) return false;
      continue;
    }
    try {
      if (!run_node(node, document)) return false;
    } catch (const ApiError& failure) {
      const FailureMetadata metadata(document, node, failure.error());
      return run_processors(on_failure, {}, document);
    }
  }
  return true;
}

bool run_node(const ProcessorNode& node, WorkDocument& document) {
  if (node.condition && !node.condition->holds(document)) {
    if (document.trace) document.trace->skipped(node);
    return true;
  }
  try {
    const bool kept = node.processor->execute(document);
    if (document.trace) document.trace->succeeded(node, document, kept);
    return kept;
  } catch (const ApiError& failure) {
    if (document.trace) document.trace->failed(node, document, failure.error());
    if (node.ignore_failure) return true;
    if (node.on_failure.empty()) throw;
    const FailureMetadata metadata(document, node, failure.error());
    return run_processors(node.on_failure, {}, document);
  }
}

std::vector<std::string> ingest_processor_names() {
  std::vector<std::string> out;
  for (const auto& [name, factory] : factories()) out.push_back(name);
  return out;
}

}  // namespace tarn

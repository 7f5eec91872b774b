// Processors that steer: fail, drop, pipeline, foreach.
#include "indexer/pipeline/processor.h"

namespace tarn {
namespace {

class FailProcessor : public Processor {
 public:
  FailProcessor(ProcessorConfig& config, const BuildContext&)
      : message_(config.field_template("message")) {}
  bool execute(WorkDocument& document) const override {
    throw ApiError(500, "fail_processor_exception", message_.render(document));
  }

 private:
  Template message_;
};

class DropProcessor : public Processor {
 public:
  DropProcessor(ProcessorConfig&, const BuildContext&) {}
  bool execute(WorkDocument&) const override { return false; }
};

class PipelineProcessor : public Processor {
 public:
  PipelineProcessor(ProcessorConfig& config, const BuildContext& context)
      : name_(config.field_template("name")), resolver_(context.resolver) {}

  bool execute(WorkDocument& document) const override {
    const std::string name = name_.render(document);
    const auto pipeline = resolver_ ? resolver_(name) : nullptr;
    if (!pipeline) {
      throw ApiError(
          500, "illegal_state_exception",
          fmt::format("Pipeline processor configured for non-existent pipeline [{}]", name));
    }
    return pipeline->impl().run(document);
  }

 private:
  Template name_;
  PipelineResolver resolver_;
};

class ForeachProcessor : public Processor {
 public:
  ForeachProcessor(ProcessorConfig& config, const BuildContext& context)
      : field_(config.text("field")) {
    Json inner = config.object("processor");
    ignore_missing_ = config.boolean("ignore_missing", false);
    if (inner.size() != 1)
      throw ApiError(config.error("processor", "Must specify exactly one processor type"));
    const auto& [type, members] = *inner.get_ref<Json::object_t&>().begin();
    inner_.push_back(build_processor(type, members, context));
  }

  bool execute(WorkDocument& document) const override {
    const Json* found = ignore_missing_ ? document.find(field_) : &document.get(field_);
    if (found == nullptr || found->is_null()) {
      if (ignore_missing_) return true;
      throw ApiError(illegal_argument(
          fmt::format("field [{}] is null, cannot loop over its elements.", field_)));
    }
    if (!found->is_array()) {
      throw ApiError(
          illegal_argument(fmt::format("field [{}] of type [{}] cannot be cast to [java.util.List]",
                                       field_, java_type(*found))));
    }
    const Json list = *found;
    Json out = Json::array();
    for (const Json& one : list) {
      const Json outer =
          document.ingest().contains("_value") ? document.ingest()["_value"] : Json();
      document.ingest()["_value"] = one;
      bool kept = false;
      try {
        kept = run_node(inner_[0], document);
      } catch (...) {
        document.ingest()["_value"] = outer;
        throw;
      }
      out.push_back(document.ingest()["_value"]);
      document.ingest()["_value"] = outer;
      if (!kept) return false;
    }
    document.set(field_, std::move(out));
    return true;
  }

 private:
  std::string field_;
  std::vector<ProcessorNode> inner_;
  bool ignore_missing_ = false;
};

}  // namespace

void add_flow_processors(std::map<std::string, ProcessorFactory, std::less<>>& table) {
  table["fail"] = make_processor<FailProcessor>;
  table["drop"] = make_processor<DropProcessor>;
  table["pipeline"] = make_processor<PipelineProcessor>;
  table["foreach"] = make_processor<ForeachProcessor>;
}

}  // namespace tarn

#include <algorithm>
#include <cstdlib>
#include <limits>

#include "indexer/script/compiler.h"
#include "indexer/script/documents.h"
#include "indexer/script/script.h"

namespace tarn::script {

namespace {

constexpr size_t kStackValues = 16384;       // of locals, all calls together
constexpr uint32_t kStackDepth = 4000;       // nodes that may be nested while running: they use the thread's stack

}  // namespace

Run::Run(std::shared_ptr<const Script> script, const Json& params, size_t memory_limit)
    : script_(std::move(script)), heap_(memory_limit) {
  try {
    variables_[static_cast<size_t>(Variable::kParams)] = from_json(heap_, params.is_object() ? params : Json::object());
  } catch (const Thrown& thrown) {
    throw ApiError(script_->runtime_error(thrown, 0));
  }
  doc_slots_.resize(script_->field_names_.size());
  stack_ = static_cast<Value*>(std::malloc(kStackValues * sizeof(Value)));
  if (stack_ == nullptr) throw std::bad_alloc();
}

void Run::set_script(std::shared_ptr<const Script> script) {
  script_ = std::move(script);
  doc_slots_.assign(script_->field_names_.size(), nullptr);
  doc_generation_ = 0;
  at = 0;
}

Run::~Run() { std::free(stack_); }

void Run::set_documents(Documents* documents) {
  documents_ = documents;
  variables_[static_cast<size_t>(Variable::kDoc)] = Value::object(documents);
  if (documents != nullptr) documents->shared = true;
  doc_generation_ = 0;
}

void Run::set_param(const std::string& name, Value value) {
  static_cast<MapObject*>(variables_[static_cast<size_t>(Variable::kParams)].o)->put(make_text(heap_, name), value);
}

DocValues& Run::doc_field(uint32_t slot) {
  if (documents_ == nullptr) throw_java(ClassId::kIllegalStateException, "no document is at hand");
  if (doc_generation_ != documents_->generation()) {
    std::fill(doc_slots_.begin(), doc_slots_.end(), nullptr);
    doc_generation_ = documents_->generation();
  }
  DocValues*& field = doc_slots_[slot];
  if (field == nullptr) {
    auto values = documents_->field(script_->field_names_[slot]);
    field = values.get();
    keep(std::move(values));
  }
  return *field;
}

void Run::keep(std::shared_ptr<DocValues> values) {
  const size_t recent = kept_.size() > 16 ? kept_.size() - 16 : 0;
  for (size_t i = recent; i < kept_.size(); ++i) {
    if (kept_[i] == values) return;
  }
  kept_.push_back(std::move(values));
}

Value* Run::push(uint32_t slots, uint32_t depth) {
  if (stack_used_ + slots > kStackValues || depth_used_ + depth + 8 > kStackDepth) throw_java(ClassId::kStackOverflowError);
  Value* out = stack_ + stack_used_;
  std::fill_n(out, slots, Value());
  stack_used_ += slots;
  depth_used_ += depth + 8;
  return out;
}

void Run::pop(uint32_t slots, uint32_t depth) {
  stack_used_ -= slots;
  depth_used_ -= depth + 8;
}

void Run::fail_steps() const {
  throw_java(ClassId::kPainlessError, "The maximum number of statements that can be executed has been reached.");
}

Value Run::execute() {
  if (heap_.wants_collection()) {
    heap_.collect([this](Marker& marker) {
      for (const Value& value : variables_) marker.mark(value);
    });
  }
  stack_used_ = 0;
  depth_used_ = 0;
  steps_left_ = steps_limit_;
  emitted_.clear();
  try {
    return script_->execute(*this);
  } catch (const Thrown& thrown) {
    throw ApiError(script_->runtime_error(thrown, at));
  }
}

double Run::execute_double() {
  const Value value = execute();
  if (value.tag == Tag::kDouble) return value.d;
  if (value.is_number()) return value.as_double();
  try {
    return convert_argument(value, 'D').d;
  } catch (const Thrown& thrown) {
    throw ApiError(script_->runtime_error(thrown, at));
  }
}

bool Run::execute_bool() {
  const Value value = execute();
  try {
    return truth(value);
  } catch (const Thrown& thrown) {
    throw ApiError(script_->runtime_error(thrown, at));
  }
}

PainlessScript::PainlessScript(const std::string& source, Context context) {
  source_ = source;
  lang_ = "painless";
  context_ = context;
  mentions_source_ = source.find("_source") != std::string::npos;
  const AstScript ast = parse_painless(source);
  Compiler(*this, ast).run();
}

Value PainlessScript::execute(Run& run) const {
  Value* locals = run.push(main_.slots, main_.depth);
  const auto& variables = context_info(context_).variables;
  for (size_t i = 0; i < variables.size(); ++i) locals[i] = run.variable(variables[i].variable);
  Frame frame{run, locals};
  const Flow flow = main_.body->run(frame);
  if (flow != Flow::kReturn && main_.result.is_primitive()) {
    return main_.result.base == Type::Base::kBool ? Value::boolean(false) : Value::real(0);
  }
  return frame.result;
}

Error Script::runtime_error(const Thrown& thrown, uint32_t offset) const {
  offset = std::min<uint32_t>(offset, static_cast<uint32_t>(source_.size()));
  size_t begin = 0, end = source_.size();
  for (const uint32_t statement : statements_) {
    if (statement <= offset) begin = statement;
    if (statement > offset) {
      end = statement;
      break;
    }
  }
  Json stack = Json::array();
  for (const std::string& frame : thrown.java_stack) stack.push_back(frame);
  stack.push_back(source_.substr(begin, end - begin));
  stack.push_back(std::string(offset - begin, ' ') + "^---- HERE");
  Error error(400, "script_exception", "runtime error");
  for (const auto& [key, value] : thrown.members) error.with(key, value);
  error.with("script_stack", std::move(stack)).with("script", source_).with("lang", lang_);
  error.with("position", Json{{"offset", offset}, {"start", begin}, {"end", end}});
  Error cause(400, error_type(thrown.cls), thrown.message);
  if (!thrown.has_message) cause.with("reason", nullptr);
  return error.caused_by(std::move(cause));
}

}  // namespace tarn::script

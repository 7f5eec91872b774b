#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "indexer/base/error.h"
#include "indexer/base/json.h"
#include "indexer/script/value.h"

namespace tarn::script {

class Documents;
class DocValues;
struct Function;
struct Frame;

/// What a script is used for: its variables, its functions and what it returns. Names as GET _script_context lists them.
enum class Context : uint8_t {
  kTest,             ///< painless_test: params
  kScore,            ///< doc, params, _score -> double; saturation, decayNumericLinear ...
  kFilter,           ///< doc, params -> boolean
  kField,            ///< doc, params (with _source) -> any
  kNumberSort,       ///< doc, params, _score -> double
  kStringSort,       ///< doc, params, _score -> String
  kTermsSet,         ///< doc, params -> Number
  kUpdate,           ///< params, ctx
  kIngest,           ///< params, ctx
  kIngestCondition,  ///< params, ctx -> boolean
  kAggs,             ///< doc, params, _value, _score -> any
  kBucketAggs,       ///< params -> Number
  kBucketSelector,   ///< params -> boolean
  kMetricInit,       ///< params, state
  kMetricMap,        ///< params, state, doc, _score
  kMetricCombine,    ///< params, state -> any
  kMetricReduce,     ///< params, states -> any
  kMovingFunction,   ///< params, values -> double
  kHeuristic,        ///< params (with _subset_freq ...) -> double
  kDerivedField,     ///< params (with _source), doc; emit(value)
  kIntervals,        ///< interval (start, end, gaps) -> boolean
};

/// Variables that a run sets by hand; which of them a script sees is its context's business.
enum class Variable : uint8_t { kParams, kDoc, kScore, kCtx, kState, kStates, kValue, kValues, kCount };

/// A compiled script. Immutable and shared by threads. Follows: OpenSearch "Painless" and "Lucene expressions".
class Script {
 public:
  virtual ~Script() = default;
  const std::string& source() const { return source_; }
  const std::string& lang() const { return lang_; }
  Context context() const { return context_; }
  bool uses(Variable variable) const { return uses_ >> static_cast<int>(variable) & 1; }
  /// Whether the text mentions _source, which a caller then has to put into params.
  bool mentions_source() const { return mentions_source_; }
  virtual Value execute(Run& run) const = 0;
  /// The script_exception of something thrown at `offset`.
  Error runtime_error(const Thrown& thrown, uint32_t offset) const;

 protected:
  friend class Run;
  std::string source_, lang_;
  Context context_ = Context::kTest;
  uint32_t uses_ = 0;
  bool mentions_source_ = false;
  std::vector<uint32_t> statements_;         ///< offsets of statements, ascending: bounds of what an error shows
  std::vector<std::string> field_names_;     ///< of doc['x'], by slot
};

/// Compiles, or takes from a bounded cache. `lang`: "painless" or "expression" (the latter only where a number is asked).
/// Throws ApiError 400 script_exception "compile error", or illegal_argument_exception "script_lang not supported [x]".
std::shared_ptr<const Script> compile(std::string_view lang, const std::string& source, Context context);

/// A script as requests word it: "text", or {"source" | "id", "lang", "params", "options"}.
struct ScriptSpec {
  std::string lang = "painless";
  std::string source;
  std::string id;            ///< of a stored script; then source is empty
  Json params = Json::object();
  Json options;              ///< null if none
};
/// Throws ApiError 400 as OpenSearch's parser does (x_content_parse_exception, illegal_argument_exception).
ScriptSpec parse_script(const Json& value, std::string_view default_lang = "painless");
/// Looks stored scripts up. Throws ApiError 404 resource_not_found_exception for an unknown id.
class StoredScripts {
 public:
  virtual ~StoredScripts() = default;
  virtual std::optional<ScriptSpec> find(const std::string& id) const = 0;  ///< lang and source
};
/// `stored` may be null: then ids are unknown.
std::shared_ptr<const Script> compile(const ScriptSpec& spec, Context context, const StoredScripts* stored);

/// One use of a script: its parameters and variables, and the memory it works with. For one thread.
/// execute() throws ApiError 400 script_exception "runtime error". Bounded: a million rounds a loop, steps, memory, depth.
///   Run run(script, params); Documents docs(mapping); run.set_documents(&docs);
///   docs.begin_segment(reader); docs.set_document(doc); double score = run.execute_double();
class Run {
 public:
  Run(std::shared_ptr<const Script> script, const Json& params, size_t memory_limit = 64u << 20);
  ~Run();
  Run(const Run&) = delete;

  const Script& script() const { return *script_; }
  /// `documents` outlives the run.
  void set_documents(Documents* documents);
  void set_score(double score) { variables_[static_cast<size_t>(Variable::kScore)] = Value::real(score); }
  void set_variable(Variable variable, Value value) { variables_[static_cast<size_t>(variable)] = value; }
  Value variable(Variable v) const { return variables_[static_cast<size_t>(v)]; }
  /// Adds a member to params (_source, _fields, _interval ...).
  void set_param(const std::string& name, Value value);

  /// Objects made before stay alive only if variables reach them.
  Value execute();
  /// For contexts that return numbers; throws class_cast_exception as a runtime error for what is none.
  double execute_double();
  bool execute_bool();

  Heap& heap() { return heap_; }
  /// Goes on with another script of the same family; objects and variables stay.
  void set_script(std::shared_ptr<const Script> script);
  /// Statements and calls of one execution; 20 million unless said.
  void limit_steps(int64_t steps) { steps_limit_ = steps; }
  /// What emit() took during the last execution (kDerivedField).
  std::vector<std::vector<Value>>& emitted() { return emitted_; }

  // For the engine.
  uint32_t at = 0;  ///< offset of what runs now
  ClassId creating = ClassId::kObject;  ///< which class a shared constructor makes
  DocValues& doc_field(uint32_t slot);
  Documents* documents() const { return documents_; }
  void count_step() {
    if (--steps_left_ <= 0) fail_steps();
  }
  /// Work that grows with the size of what it looks at.
  void count_steps(size_t steps) {
    steps_left_ -= static_cast<int64_t>(steps);
    if (steps_left_ <= 0) fail_steps();
  }
  /// Keeps doc values alive that scripts may hold on to.
  void keep(std::shared_ptr<DocValues> values);
  Value* push(uint32_t slots, uint32_t depth);
  void pop(uint32_t slots, uint32_t depth);
  struct Mark {
    size_t stack;
    uint32_t depth;
  };
  Mark mark() const { return {stack_used_, depth_used_}; }
  void unwind(const Mark& mark) { stack_used_ = mark.stack, depth_used_ = mark.depth; }
  const std::shared_ptr<const Script>& shared_script() const { return script_; }

 private:
  [[noreturn]] void fail_steps() const;
  std::shared_ptr<const Script> script_;
  Heap heap_;
  Value variables_[static_cast<size_t>(Variable::kCount)];
  Documents* documents_ = nullptr;
  std::vector<DocValues*> doc_slots_;
  std::vector<std::shared_ptr<DocValues>> kept_;
  uint64_t doc_generation_ = 0;
  Value* stack_ = nullptr;
  size_t stack_used_ = 0;
  uint32_t depth_used_ = 0;
  int64_t steps_left_ = 0, steps_limit_ = 20'000'000;
  std::vector<std::vector<Value>> emitted_;
};

}  // namespace tarn::script

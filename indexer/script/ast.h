#pragma once

#include <memory>
#include <string>
#include <vector>

#include "indexer/base/error.h"
#include "indexer/script/value.h"

namespace tarn::script {

/// A node of a parsed script; what `text` and `children` hold is said beside each kind.
struct Ast {
  enum class Kind : uint8_t {
    // expressions
    kNumber,       ///< constant
    kText,         ///< text
    kTrue, kFalse, kNull,
    kRegex,        ///< text, extra = flags
    kName,         ///< text
    kMember,       ///< text; children[0]; safe: ?.
    kIndex,        ///< children[0][children[1]]
    kCall,         ///< text, children[0] the object, then the arguments; safe: ?.
    kCallFunction, ///< text, arguments
    kNew,          ///< text = class, arguments
    kNewArray,     ///< text = element type, children = sizes; `initialized`: children = elements
    kList, kMap,   ///< children; key, value, key, value
    kUnary,        ///< text = + - ! ~
    kBinary,       ///< text = operator
    kConditional, kElvis,
    kCast,         ///< text = type
    kInstanceOf,   ///< text = type
    kAssign,       ///< text = "=" or "+=" ...; target, value
    kIncrement,    ///< text = ++ or --; prefix
    kLambda,       ///< parameters; children[0] = block, or an expression
    kFunctionRef,  ///< text = class or "this", extra = method
    // statements
    kBlock, kIf, kWhile, kDo,
    kFor,          ///< initializer, condition, update, body; any but the body may be null
    kForEach,      ///< text = name, extra = type; collection, body
    kDeclare,      ///< extra = type; children: kName nodes, each with its value below, if any
    kReturn, kBreak, kContinue, kThrow,
    kTry,          ///< children[0] = block; then kCatch
    kCatch,        ///< text = name, extra = type; children[0] = block
    kExpression,   ///< children[0]
  };
  struct Parameter {
    std::string type, name;
  };
  Kind kind;
  uint32_t offset = 0;
  uint32_t depth = 1;
  bool safe = false, prefix = false, initialized = false;
  std::string text, extra;
  Value constant;
  std::vector<Parameter> parameters;
  std::vector<std::unique_ptr<Ast>> children;
};
using AstPtr = std::unique_ptr<Ast>;

struct AstFunction {
  std::string result, name;
  uint32_t offset = 0;
  std::vector<Ast::Parameter> parameters;
  AstPtr body;
};

struct AstScript {
  std::vector<AstFunction> functions;
  AstPtr body;  ///< kBlock
};

/// Why a script does not compile: turned into the compile error's script_exception.
struct CompileFailure {
  size_t offset;
  Error error;
};
[[noreturn]] void fail_compile(size_t offset, std::string reason);             ///< illegal_argument_exception
[[noreturn]] void fail_cast(size_t offset, std::string reason);                ///< class_cast_exception

/// Painless's grammar. Throws CompileFailure in ANTLR's words, as OpenSearch shows them.
/// Nesting is bounded: deeper than kDepthMax is refused.
constexpr uint32_t kDepthMax = 600;      ///< of the tree
constexpr uint32_t kNestingMax = 2500;   ///< of calls in the parser, about five a pair of parentheses
AstScript parse_painless(const std::string& source);

}  // namespace tarn::script

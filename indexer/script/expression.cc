#include "indexer/script/expression.h"

#include <cmath>

#include "indexer/script/compiler.h"
#include "indexer/mapping/geo_distance.h"
#include "indexer/script/ast.h"
#include "indexer/script/documents.h"
#include "indexer/script/nodes.h"
#include "indexer/script/times.h"

namespace tarn::script {

namespace {

/// What an expression asks of a field: value, empty, length, a statistic, or a part of a date or point.
enum class Ask : uint8_t {
  kValue, kEmpty, kLength, kMin, kMax, kAvg, kMedian, kSum, kCount, kLat, kLon,
  kCentury, kDayOfMonth, kDayOfWeek, kDayOfYear, kEra, kHour, kMilliOfDay, kMilliOfSecond, kMinuteOfDay, kMinute, kMonth,
  kSecondOfDay, kSecond, kWeek, kWeekYear, kYear, kDateMonth
};

struct AskName {
  std::string_view name;
  Ask ask;
};
constexpr AskName kMethods[] = {{"getValue", Ask::kValue}, {"isEmpty", Ask::kEmpty}, {"size", Ask::kLength}, {"min", Ask::kMin}, {"max", Ask::kMax}, {"avg", Ask::kAvg},
                                {"median", Ask::kMedian}, {"sum", Ask::kSum}, {"count", Ask::kCount}, {"empty", Ask::kEmpty}, {"length", Ask::kLength}, {"getLat", Ask::kLat}, {"getLon", Ask::kLon},
                                {"getYear", Ask::kYear}, {"getMonth", Ask::kMonth}, {"getDayOfMonth", Ask::kDayOfMonth}, {"getHourOfDay", Ask::kHour}, {"getMinutes", Ask::kMinute}, {"getSeconds", Ask::kSecond}};
constexpr AskName kVariables[] = {{"value", Ask::kValue}, {"empty", Ask::kEmpty}, {"length", Ask::kLength}, {"lat", Ask::kLat}, {"lon", Ask::kLon}, {"min", Ask::kMin}, {"max", Ask::kMax},
                                  {"avg", Ask::kAvg}, {"median", Ask::kMedian}, {"sum", Ask::kSum}, {"count", Ask::kCount}};
constexpr AskName kDateParts[] = {{"centuryOfEra", Ask::kCentury}, {"dayOfMonth", Ask::kDayOfMonth}, {"dayOfWeek", Ask::kDayOfWeek}, {"dayOfYear", Ask::kDayOfYear}, {"era", Ask::kEra},
                                  {"hourOfDay", Ask::kHour}, {"millisOfDay", Ask::kMilliOfDay}, {"millisOfSecond", Ask::kMilliOfSecond}, {"minuteOfDay", Ask::kMinuteOfDay}, {"minuteOfHour", Ask::kMinute},
                                  {"monthOfYear", Ask::kDateMonth}, {"secondOfDay", Ask::kSecondOfDay}, {"secondOfMinute", Ask::kSecond}, {"weekOfWeekyear", Ask::kWeek}, {"weekyear", Ask::kWeekYear}, {"year", Ask::kYear}, {"yearOfCentury", Ask::kYear}, {"yearOfEra", Ask::kYear}};

Error link_failure(const std::string& source, size_t offset, Error cause) {
  Error error(400, "script_exception", "link error");
  error.with("script_stack", Json::array({source, std::string(offset, ' ') + "^---- HERE"})).with("script", source).with("lang", "expression");
  return error.caused_by(std::move(cause));
}
Error parse_cause(std::string reason) { return Error(400, "parse_exception", std::move(reason)); }

struct Formula {
  virtual ~Formula() = default;
  virtual double eval(Run& run) const = 0;
};
using FormulaPtr = std::unique_ptr<Formula>;

struct NumberFormula final : Formula {
  explicit NumberFormula(double value) : value(value) {}
  double value;
  double eval(Run&) const override { return value; }
};

double date_part(const TimeObject& time, Ask ask);

struct FieldFormula final : Formula {
  uint32_t slot = 0;
  size_t offset = 0;
  const std::string* source = nullptr;
  std::string field, method;
  Ask ask = Ask::kValue;
  bool known = true;

  DocValues& values(Run& run) const {
    const FieldType* type = run.documents() == nullptr ? nullptr : run.documents()->mapping().find(field);
    if (type == nullptr) throw ApiError(link_failure(*source, offset, parse_cause("Field [" + field + "] does not exist in mappings")));
    const bool fits = type->is_numeric() || type->is_date() || type->kind == FieldKind::kGeoPoint || type->kind == FieldKind::kBoolean;
    if (!fits) throw ApiError(link_failure(*source, offset, parse_cause("Field [" + field + "] must be numeric, date, or geopoint")));
    if (!known) {
      const std::string_view kind = type->is_date() ? "date" : type->kind == FieldKind::kGeoPoint ? "geopoint" : "numeric";
      throw ApiError(link_failure(*source, 0, illegal_argument("Member method [" + method + "] does not exist for " + std::string(kind) + " field [" + field + "].")));
    }
    return run.doc_field(slot);
  }
  static double number(Run& run, DocValues& values, size_t i) {
    const Value value = values.get(run, i);
    if (value.tag == Tag::kBool) return static_cast<double>(value.i);
    if (const auto* time = value.is_object() ? dynamic_cast<const TimeObject*>(value.o) : nullptr) return static_cast<double>(time->epoch_ms());
    return value.as_double();
  }
  double eval(Run& run) const override {
    DocValues& all = values(run);
    const size_t n = all.size();
    switch (ask) {
      case Ask::kEmpty: return n == 0;
      case Ask::kLength:
      case Ask::kCount: return static_cast<double>(n);
      default: break;
    }
    if (n == 0) return 0;
    switch (ask) {
      case Ask::kValue:
      case Ask::kMin: return number(run, all, 0);
      case Ask::kMax: return number(run, all, n - 1);
      case Ask::kMedian: return n % 2 == 1 ? number(run, all, n / 2) : (number(run, all, n / 2 - 1) + number(run, all, n / 2)) / 2;
      case Ask::kSum:
      case Ask::kAvg: {
        double sum = 0;
        for (size_t i = 0; i < n; ++i) sum += number(run, all, i);
        return ask == Ask::kSum ? sum : sum / static_cast<double>(n);
      }
      default: break;
    }
    const Value first = all.get(run, 0);
    if (const auto* point = first.is_object() ? dynamic_cast<const GeoPointObject*>(first.o) : nullptr) {
      if (ask == Ask::kLat) return point->lat;
      if (ask == Ask::kLon) return point->lon;
    }
    if (const auto* time = first.is_object() ? dynamic_cast<const TimeObject*>(first.o) : nullptr) return date_part(*time, ask);
    throw ApiError(link_failure(*source, 0, illegal_argument("Member method [" + method + "] does not exist for numeric field [" + field + "].")));
  }
};

double date_part(const TimeObject& time, Ask ask) {
  std::string text;
  append_time_text(text, time);
  const auto part = [&](size_t at, size_t n) { return std::atof(text.substr(at, n).c_str()); };
  const int64_t second = ((time.seconds % 86400) + 86400) % 86400;
  switch (ask) {
    case Ask::kYear: return part(0, 4);
    case Ask::kCentury: return std::floor(part(0, 4) / 100);
    case Ask::kMonth: return part(5, 2) - 1;      // Calendar counts from 0
    case Ask::kDateMonth: return part(5, 2);
    case Ask::kDayOfMonth: return part(8, 2);
    case Ask::kHour: return static_cast<double>(second / 3600);
    case Ask::kMinute: return static_cast<double>(second / 60 % 60);
    case Ask::kMinuteOfDay: return static_cast<double>(second / 60);
    case Ask::kSecond: return static_cast<double>(second % 60);
    case Ask::kSecondOfDay: return static_cast<double>(second);
    case Ask::kMilliOfDay: return static_cast<double>(second * 1000 + time.nanos / 1000000);
    case Ask::kMilliOfSecond: return time.nanos / 1000000;
    case Ask::kEra: return 1;
    case Ask::kDayOfWeek: return static_cast<double>((((time.seconds - second) / 86400 + 3) % 7 + 7) % 7 + 1);
    default: throw ApiError(501, "not_implemented_exception", "this part of a date is not supported in expressions yet");
  }
}

struct ScoreFormula final : Formula {
  double eval(Run& run) const override { return run.variable(Variable::kScore).as_double(); }
};
struct ValueFormula final : Formula {
  double eval(Run& run) const override { return run.variable(Variable::kValue).as_double(); }
};

/// A parameter of the request; numbers only.
struct ParameterFormula final : Formula {
  std::string name;
  size_t offset = 0;
  const std::string* source = nullptr;
  double eval(Run& run) const override {
    StringObject key(name);
    const Value* found = static_cast<const MapObject*>(run.variable(Variable::kParams).o)->find(Value::object(&key));
    if (found == nullptr) throw ApiError(link_failure(*source, offset, parse_cause("Unknown variable [" + name + "]")));
    if (!found->is_number()) throw ApiError(link_failure(*source, offset, parse_cause("Parameter [" + name + "] must be a numeric type")));
    return found->as_double();
  }
};

using Function1 = double (*)(double);
using Function2 = double (*)(double, double);

struct CallFormula final : Formula {
  std::vector<FormulaPtr> inner;
  double (*code)(const double*) = nullptr;
  double eval(Run& run) const override {
    double values[4] = {};
    for (size_t i = 0; i < inner.size(); ++i) values[i] = inner[i]->eval(run);
    return code(values);
  }
};

struct ConditionFormula final : Formula {
  FormulaPtr condition, then, otherwise;
  double eval(Run& run) const override { return condition->eval(run) != 0 ? then->eval(run) : otherwise->eval(run); }
};

struct NamedFunction {
  std::string_view name;
  size_t arity;
  double (*code)(const double*);
};
constexpr NamedFunction kFunctions[] = {
    {"abs", 1, [](const double* a) { return std::fabs(a[0]); }},
    {"acos", 1, [](const double* a) { return std::acos(a[0]); }},
    {"acosh", 1, [](const double* a) { return std::acosh(a[0]); }},
    {"asin", 1, [](const double* a) { return std::asin(a[0]); }},
    {"asinh", 1, [](const double* a) { return std::asinh(a[0]); }},
    {"atan", 1, [](const double* a) { return std::atan(a[0]); }},
    {"atan2", 2, [](const double* a) { return std::atan2(a[0], a[1]); }},
    {"atanh", 1, [](const double* a) { return std::atanh(a[0]); }},
    {"ceil", 1, [](const double* a) { return std::ceil(a[0]); }},
    {"cos", 1, [](const double* a) { return std::cos(a[0]); }},
    {"cosh", 1, [](const double* a) { return std::cosh(a[0]); }},
    {"exp", 1, [](const double* a) { return std::exp(a[0]); }},
    {"floor", 1, [](const double* a) { return std::floor(a[0]); }},
    {"haversin", 4, [](const double* a) { return haversine_metres(a[0], a[1], a[2], a[3]) / 1000; }},
    {"ln", 1, [](const double* a) { return std::log(a[0]); }},
    {"log10", 1, [](const double* a) { return std::log10(a[0]); }},
    {"logn", 2, [](const double* a) { return std::log(a[1]) / std::log(a[0]); }},
    {"max", 2, [](const double* a) { return std::max(a[0], a[1]); }},
    {"min", 2, [](const double* a) { return std::min(a[0], a[1]); }},
    {"pow", 2, [](const double* a) { return std::pow(a[0], a[1]); }},
    {"sin", 1, [](const double* a) { return std::sin(a[0]); }},
    {"sinh", 1, [](const double* a) { return std::sinh(a[0]); }},
    {"sqrt", 1, [](const double* a) { return std::sqrt(a[0]); }},
    {"tan", 1, [](const double* a) { return std::tan(a[0]); }},
    {"tanh", 1, [](const double* a) { return std::tanh(a[0]); }},
};
constexpr NamedFunction kOperators[] = {
    {"+", 2, [](const double* a) { return a[0] + a[1]; }},
    {"-", 2, [](const double* a) { return a[0] - a[1]; }},
    {"*", 2, [](const double* a) { return a[0] * a[1]; }},
    {"/", 2, [](const double* a) { return a[0] / a[1]; }},
    {"%", 2, [](const double* a) { return std::fmod(a[0], a[1]); }},
    {"<", 2, [](const double* a) { return double(a[0] < a[1]); }},
    {"<=", 2, [](const double* a) { return double(a[0] <= a[1]); }},
    {">", 2, [](const double* a) { return double(a[0] > a[1]); }},
    {">=", 2, [](const double* a) { return double(a[0] >= a[1]); }},
    {"==", 2, [](const double* a) { return double(a[0] == a[1]); }},
    {"!=", 2, [](const double* a) { return double(a[0] != a[1]); }},
    {"&&", 2, [](const double* a) { return double(a[0] != 0 && a[1] != 0); }},
    {"||", 2, [](const double* a) { return double(a[0] != 0 || a[1] != 0); }},
    {"&", 2, [](const double* a) { return static_cast<double>(Value::real(a[0]).as_long() & Value::real(a[1]).as_long()); }},
    {"|", 2, [](const double* a) { return static_cast<double>(Value::real(a[0]).as_long() | Value::real(a[1]).as_long()); }},
    {"^", 2, [](const double* a) { return static_cast<double>(Value::real(a[0]).as_long() ^ Value::real(a[1]).as_long()); }},
    {"<<", 2, [](const double* a) { return static_cast<double>(static_cast<int64_t>(static_cast<uint64_t>(Value::real(a[0]).as_long()) << (Value::real(a[1]).as_long() & 63))); }},
    {">>", 2, [](const double* a) { return static_cast<double>(Value::real(a[0]).as_long() >> (Value::real(a[1]).as_long() & 63)); }},
    {">>>", 2, [](const double* a) { return static_cast<double>(static_cast<uint64_t>(Value::real(a[0]).as_long()) >> (Value::real(a[1]).as_long() & 63)); }},
    {"!", 1, [](const double* a) { return double(a[0] == 0); }},
    {"u-", 1, [](const double* a) { return -a[0]; }},
    {"u+", 1, [](const double* a) { return a[0]; }},
    {"~", 1, [](const double* a) { return static_cast<double>(~Value::real(a[0]).as_long()); }},
};

class ExpressionScript final : public Script {
 public:
  ExpressionScript(const std::string& source, Context context) {
    source_ = source;
    lang_ = "expression";
    context_ = context;
    uses_ = 1u << static_cast<int>(Variable::kDoc);
    const AstScript ast = parse_painless(source);
    if (!ast.functions.empty() || ast.body->children.size() != 1 || ast.body->children[0]->kind != Ast::Kind::kExpression) {
      throw CompileFailure{0, parse_cause("unexpected statement in an expression")};
    }
    root_ = build(*ast.body->children[0]->children[0]);
  }
  Value execute(Run& run) const override {
    const double value = root_->eval(run);
    if (context_ == Context::kBucketSelector) return Value::boolean(value == 1);
    return context_ == Context::kFilter ? Value::boolean(value != 0) : Value::real(value);
  }

 private:
  [[noreturn]] void fail(const Ast& ast, const std::string& what) const {
    throw CompileFailure{ast.offset, parse_cause("Invalid expression '" + source_ + "': " + what)};
  }
  FormulaPtr call(const Ast& ast, const NamedFunction& function, size_t first = 0) {
    auto out = std::make_unique<CallFormula>();
    out->code = function.code;
    for (size_t i = first; i < ast.children.size(); ++i) out->inner.push_back(build(*ast.children[i]));
    return out;
  }
  FormulaPtr operation(const Ast& ast, const std::string& name) {
    for (const NamedFunction& function : kOperators) {
      if (function.name == name) return call(ast, function);
    }
    fail(ast, "unknown operator (" + name + ").");
  }
  /// doc['x'] or doc.x is no value of its own, but may stand for one.
  bool field_name(const Ast& ast, std::string& name) const {
    if (ast.kind != Ast::Kind::kIndex || ast.children[0]->kind != Ast::Kind::kName || ast.children[0]->text != "doc") return false;
    if (ast.children[1]->kind != Ast::Kind::kText) return false;
    name = ast.children[1]->text;
    return true;
  }
  FormulaPtr field(const Ast& at, const std::string& name, Ask ask, bool known = true, std::string method = {}) {
    auto out = std::make_unique<FieldFormula>();
    auto it = std::find(field_names_.begin(), field_names_.end(), name);
    if (it == field_names_.end()) it = field_names_.insert(it, name);
    out->slot = static_cast<uint32_t>(it - field_names_.begin());
    out->offset = at.children.size() > 1 ? at.children[1]->offset : at.offset;
    out->source = &source_;
    out->field = name;
    out->ask = ask;
    out->known = known;
    out->method = std::move(method);
    return out;
  }
  template <size_t n>
  static const AskName* find(const AskName (&names)[n], std::string_view name) {
    for (const AskName& one : names) {
      if (one.name == name) return &one;
    }
    return nullptr;
  }

  FormulaPtr build(const Ast& ast) {
    using Kind = Ast::Kind;
    switch (ast.kind) {
      case Kind::kNumber: return std::make_unique<NumberFormula>(ast.constant.as_double());
      case Kind::kTrue: return std::make_unique<NumberFormula>(1);
      case Kind::kFalse: return std::make_unique<NumberFormula>(0);
      case Kind::kUnary: return operation(ast, ast.text == "-" || ast.text == "+" ? "u" + ast.text : ast.text);
      case Kind::kBinary: return operation(ast, ast.text);
      case Kind::kConditional: {
        auto out = std::make_unique<ConditionFormula>();
        out->condition = build(*ast.children[0]);
        out->then = build(*ast.children[1]);
        out->otherwise = build(*ast.children[2]);
        return out;
      }
      case Kind::kCallFunction:
        for (const NamedFunction& function : kFunctions) {
          if (function.name != ast.text) continue;
          if (function.arity != ast.children.size()) {
            fail(ast, "Expected (" + std::to_string(function.arity) + ") arguments for function call (" + ast.text + "), but found (" + std::to_string(ast.children.size()) + ").");
          }
          return call(ast, function);
        }
        fail(ast, "Unrecognized function call (" + ast.text + ").");
      case Kind::kName: {
        if (ast.text == "_score" && (context_ == Context::kScore || context_ == Context::kNumberSort || context_ == Context::kAggs)) {
          uses_ |= 1u << static_cast<int>(Variable::kScore);
          return std::make_unique<ScoreFormula>();
        }
        if (ast.text == "_value" && context_ == Context::kAggs) return std::make_unique<ValueFormula>();
        auto out = std::make_unique<ParameterFormula>();
        out->name = ast.text;
        out->offset = ast.offset;
        out->source = &source_;
        return out;
      }
      default: break;
    }
    std::string name;
    if (field_name(ast, name)) return field(ast, name, Ask::kValue);
    if (ast.kind == Kind::kMember && field_name(*ast.children[0], name)) {
      const AskName* ask = find(kVariables, ast.text);
      return field(*ast.children[0], name, ask == nullptr ? Ask::kValue : ask->ask, ask != nullptr, ast.text);
    }
    if (ast.kind == Kind::kCall && field_name(*ast.children[0], name)) {
      const AskName* ask = find(kMethods, ast.text);
      return field(*ast.children[0], name, ask == nullptr ? Ask::kValue : ask->ask, ask != nullptr, ast.text);
    }
    if (ast.kind == Kind::kMember && ast.children[0]->kind == Kind::kMember && ast.children[0]->text == "date" && field_name(*ast.children[0]->children[0], name)) {
      const AskName* ask = find(kDateParts, ast.text);
      return field(*ast.children[0]->children[0], name, ask == nullptr ? Ask::kValue : ask->ask, ask != nullptr, ast.text);
    }
    const Ast* root = &ast;
    while ((root->kind == Kind::kMember || root->kind == Kind::kIndex || root->kind == Kind::kCall) && !root->children.empty()) root = root->children[0].get();
    if (root->kind == Kind::kName) {
      throw ApiError(link_failure(source_, root->offset,
                                  parse_cause(root->text == "doc" ? "Variable 'doc' must be used with a specific field like: doc['myfield']" : "Unknown variable [" + root->text + "]")));
    }
    fail(ast, "unsupported construct.");
  }

  FormulaPtr root_;
};

}  // namespace

std::shared_ptr<const Script> compile_expression(const std::string& source, Context context) {
  switch (context) {
    case Context::kScore: case Context::kFilter: case Context::kField: case Context::kNumberSort: case Context::kTermsSet: case Context::kAggs:
    case Context::kBucketAggs: case Context::kBucketSelector: break;
    case Context::kMovingFunction: case Context::kHeuristic: case Context::kMetricInit: case Context::kMetricMap: case Context::kMetricCombine: case Context::kMetricReduce:
      throw ApiError(illegal_argument("expression engine does not know how to handle script context [" + std::string(context_info(context).name) + "]"));
    default:
      throw ApiError(illegal_argument("scripts of type [inline], operation [update] and lang [expression] are not supported"));
  }
  try {
    return std::make_shared<ExpressionScript>(source, context);
  } catch (const CompileFailure& failure) {
    Error cause = failure.error;
    if (cause.reason == "unexpected end of script.") cause = parse_cause("unexpected end of expression").caused_by(Error(400, "no_viable_alt_exception", "").with("reason", nullptr));
    cause.type = "parse_exception";
    Error error(400, "script_exception", "compile error");
    const size_t offset = std::min(failure.offset, source.size());
    error.with("script_stack", Json::array({source, std::string(offset, ' ') + "^---- HERE"})).with("script", source).with("lang", "expression");
    throw ApiError(error.caused_by(std::move(cause)));
  }
}

}  // namespace tarn::script

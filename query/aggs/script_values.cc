#include "query/aggs/script_values.h"

#include <fmt/format.h>

#include <algorithm>

#include "indexer/script/big_integer.h"
#include "indexer/script/builtins.h"
#include "indexer/script/times.h"

namespace tarn::query {
namespace {

constexpr size_t kTermBytesMax = size_t{256} << 20;

bool is_collection(const script::Value& value) {
  return value.is_object() && (value.o->cls == script::ClassId::kArray || script::is_subclass(value.o->cls, script::ClassId::kCollection));
}

std::string printed(const script::Value& value);

double to_number(const script::Value& value) {
  if (value.is_number() && value.tag != script::Tag::kChar) return value.as_double();
  if (value.tag == script::Tag::kBool) return value.i != 0 ? 1 : 0;
  if (value.is_object()) {
    if (value.o->cls == script::ClassId::kZonedDateTime) return static_cast<double>(static_cast<const script::TimeObject*>(value.o)->epoch_ms());
    if (value.o->cls == script::ClassId::kBigInteger) return static_cast<double>(static_cast<const script::BigIntegerObject*>(value.o)->value);
  }
  throw ApiError(Error(500, "aggregation_execution_exception",
                       fmt::format("Unsupported script value [{}], expected a number, date, or boolean", printed(value))));
}

[[noreturn]] void fail_null(const char* method) {
  throw ApiError(Error(500, "null_pointer_exception", fmt::format("Cannot invoke \"Object.{}()\" because \"o\" is null", method)));
}

/// toString, which a container that holds itself does not have.
std::string printed(const script::Value& value) {
  try {
    return script::java_text(value);
  } catch (const script::Thrown&) {
    throw ApiError(illegal_argument("Iterable object is self-referencing itself (ScriptBytesValues value)"));
  }
}

std::string to_term(const script::Value& value) {
  if (value.is_null()) fail_null("toString");
  return printed(value);
}

/// The elements of a collection, or the value itself; nothing for null.
template <class Out, class Convert>
void spread(script::Run& run, const script::Value& value, std::vector<Out>& out, Convert&& convert) {
  out.clear();
  if (value.is_null()) return;
  if (!is_collection(value)) {
    out.push_back(convert(value));
    return;
  }
  for (const script::Value& item : script::elements_of(run, value)) out.push_back(convert(item));
  std::sort(out.begin(), out.end());
}

}  // namespace

void ScriptValues::numbers(std::vector<double>& out) {
  script::Run& run = script_.run();
  spread(run, run.execute(), out, to_number);
}

void ScriptValues::texts(std::vector<std::string>& out) {
  script::Run& run = script_.run();
  spread(run, run.execute(), out, to_term);
}

double ScriptValues::number(script::Value value) {
  script::Run& run = script_.run();
  run.set_variable(script::Variable::kValue, value);
  const script::Value out = run.execute();
  if (out.is_null()) {
    throw ApiError(Error(500, "null_pointer_exception", "Cannot invoke \"java.lang.Number.doubleValue()\" because the return value of "
                                                        "\"org.opensearch.script.AggregationScript.execute()\" is null"));
  }
  const bool number = (out.is_number() && out.tag != script::Tag::kChar) || script::class_of(out) == script::ClassId::kBigInteger;
  if (!number) {
    throw ApiError(Error(500, "class_cast_exception",
                         fmt::format("class {0} cannot be cast to class java.lang.Number ({0} and java.lang.Number are in module java.base of loader 'bootstrap')",
                                     script::class_name(out))));
  }
  return to_number(out);
}

std::string ScriptValues::text(const std::string& value) {
  script::Run& run = script_.run();
  run.set_variable(script::Variable::kValue, script::make_text(run.heap(), value));
  const script::Value out = run.execute();
  if (out.is_null()) {
    throw ApiError(Error(500, "null_pointer_exception", "Cannot invoke \"Object.toString()\" because \"run\" is null"));
  }
  return printed(out);
}

uint32_t ScriptTerms::of(std::string term) {
  const size_t bytes = term.size() + 96;
  const auto [it, fresh] = numbers_.try_emplace(std::move(term), static_cast<uint32_t>(terms_.size()));
  if (fresh) {
    terms_.push_back(&it->first);
    bytes_ += bytes;
    if (bytes_ > kTermBytesMax) throw ApiError(Error(429, "circuit_breaking_exception", "[request] Data too large: the terms of a script"));
  }
  return it->second;
}

void ScriptTerms::clear() {
  numbers_.clear();
  terms_.clear();
  bytes_ = 0;
}

}  // namespace tarn::query

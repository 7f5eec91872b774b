#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "query/bind/plan.h"
#include "query/script/script_use.h"

namespace tarn::query {

/// The values that a script makes of the documents of one segment, or of a field's values. Follows: OpenSearch's ScriptDoubleValues,
/// ScriptBytesValues and ValuesSource.*.WithScript. One thread. Throws ApiError 400 script_exception, or 500
/// aggregation_execution_exception for what is no value.
class ScriptValues {
 public:
  ScriptValues(const BoundScript& bound, const SegmentView& segment) : script_(bound, segment) {}

  void at(LocalDocId doc, float score) {
    script_.at(doc).set_score(score);
  }
  /// Of the document: a number, a date, a boolean, or a collection of them; ascending. Empty for null.
  void numbers(std::vector<double>& out);
  /// Of the document: what anything prints as; ascending.
  void texts(std::vector<std::string>& out);
  /// Of one value of the field, which the script sees as _value.
  double number(script::Value value);
  std::string text(const std::string& value);

 private:
  SegmentScript script_;
};

/// Terms numbered in order of first sight, for sources that have no dictionary.
class ScriptTerms {
 public:
  /// Throws 429 circuit_breaking_exception where the terms of one segment take too much memory.
  uint32_t of(std::string term);
  const std::string& operator[](uint32_t number) const { return *terms_[number]; }
  void clear();

 private:
  std::unordered_map<std::string, uint32_t> numbers_;
  std::vector<const std::string*> terms_;   // keys of the map keep their address
  size_t bytes_ = 0;
};

}  // namespace tarn::query

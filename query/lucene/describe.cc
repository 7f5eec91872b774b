#include "query/lucene/describe.h"

#include "query/bind/values.h"

namespace tarn::query {

std::string describe_term(Binder& binder, std::string_view path, const Json& value) {
  const std::string text = scalar_text(value);
  const FieldType* field = binder.mapping().find(path);
  if (field == nullptr) return "MatchNoDocsQuery(\"unmapped field [" + std::string(path) + "]\")";
  if (is_text_like(*field)) return field->path + ":" + text;
  if (is_keyword_like(*field)) return "ConstantScore(" + field->path + ":" + normalized(*field, text) + ")";
  return field->path + ":" + text;
}

std::string describe_range(Binder& binder, std::string_view path, const RangeBounds& bounds) {
  static_cast<void>(binder);
  const auto bound = [](const Json& value) { return value.is_null() ? std::string("*") : scalar_text(value); };
  return std::string(path) + ":" + (bounds.include_low ? "[" : "{") + bound(bounds.low) + " TO " + bound(bounds.high) +
         (bounds.include_high ? "]" : "}");
}

std::string describe_exists(Binder& binder, std::string_view path) {
  static_cast<void>(binder);
  return "ConstantScore(FieldExistsQuery [field=" + std::string(path) + "])";
}

}  // namespace tarn::query

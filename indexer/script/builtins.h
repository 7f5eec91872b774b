#pragma once

#include <vector>

#include "indexer/script/big_integer.h"
#include "indexer/script/nodes.h"

namespace tarn::script {

// The method tables, one file a family of classes.
void add_object_methods(std::vector<Method>& table);      ///< Object, Boolean, Number, Integer ..., Math, Objects, Debug, exceptions
void add_text_methods(std::vector<Method>& table);        ///< String, StringBuilder, Character, Pattern, Matcher
void add_collection_methods(std::vector<Method>& table);  ///< List, Set, Iterator, Collections, Arrays; and maps
void add_map_methods(std::vector<Method>& table);         ///< Map, Map.Entry
void add_stream_methods(std::vector<Method>& table);      ///< streams, Collectors, Optional, Comparator
void add_time_methods(std::vector<Method>& table);        ///< java.time
void add_document_methods(std::vector<Method>& table);    ///< doc values, geo points
void add_moving_methods(std::vector<Method>& table);      ///< MovingFunctions

// What they share.
inline Value text_value(Run& run, std::string text) { return make_text(run.heap(), std::move(text)); }
/// Any list-like value as its elements: lists, arrays, sets, doc values, map views.
std::vector<Value> elements_of(Run& run, const Value& collection);
Value new_list(Run& run, std::vector<Value> items);
inline const std::string& text_of(const Value& value) {
  const std::string* text = as_text(value);
  if (text == nullptr) throw_null();
  return *text;
}
/// Sorts by a comparator, or by natural order where it is null; stable. Counts steps.
void sort_values(Run& run, std::vector<Value>& values, const Value& comparator);
Value native_lambda(Run& run, int arity, LambdaObject::Native native);
Value call1(Run& run, const Value& lambda, const Value& a);
Value call2(Run& run, const Value& lambda, const Value& a, const Value& b);

}  // namespace tarn::script

#pragma once

#include <functional>
#include <vector>

#include "indexer/script/builtins.h"

/// What the methods of java.util's collections are made of. Wrong classes and changes of fixed collections throw what Java
/// would. Private to the method tables.
namespace tarn::script {

ListObject& list_of(const Value& value);      ///< null_pointer_exception, or unsupported_operation_exception for doc values
ListObject& changed_list(const Value& value); ///< a list that may be changed
MapObject& map_of(const Value& value);
SetObject& set_of(const Value& value);        ///< `value` is a set
SetObject& changed_set(const Value& value);
/// `index` as a position in the list; `end_too` allows its end. Throws index_out_of_bounds_exception.
size_t index_in(const ListObject& list, int64_t index, bool end_too = false);
/// Of anything that has elements.
size_t size_of(Run& run, const Value& value);

/// Accounts for the memory of that many values.
void charge(Run& run, size_t values);

bool contains(Run& run, const Value& in, const Value& what);
/// Whether an element was removed.
bool remove_if(Run& run, const Value& from, const std::function<bool(const Value&)>& test);
/// False if a set held the item already.
bool add_one(Run& run, const Value& to, const Value& item);
Value new_set(Run& run, ClassId cls, const std::vector<Value>& items);

/// In the map's order, as are values.
std::vector<Value> keys_of(const MapObject& map);
std::vector<Value> values_of(const MapObject& map);
/// The value before, or null.
Value put(Run& run, MapObject& map, const Value& key, const Value& value);

}  // namespace tarn::script

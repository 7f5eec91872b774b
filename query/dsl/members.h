#pragma once

#include <functional>
#include <string>

#include "query/bind/compound.h"
#include "query/dsl/clause.h"

namespace tarn::query {

/// Members as the token loops of the older builders see them: null is passed over, an array's elements stand for the member
/// itself; so `visit` gets objects and scalars only.
void each_member(const Json& body, const std::function<void(const std::string& key, const Json& value)>& visit);

/// score_mode of nested and has_child. Throws illegal_argument_exception.
NestedScore parse_score_mode(const std::string& text);

// Clauses about other documents than those that are searched.
std::shared_ptr<Query> parse_has_child(const Json& body);
std::shared_ptr<Query> parse_has_parent(const Json& body);
std::shared_ptr<Query> parse_parent_id(const Json& body);
std::shared_ptr<Query> parse_percolate(const Json& body);

}  // namespace tarn::query

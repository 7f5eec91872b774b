#pragma once

#include <string>

#include "indexer/mapping/mapping_tree.h"

/// Reading definitions, in parts: field_definition.cc, object_definition.cc, and the root in mapping_parse.cc.
/// All throw ApiError in OpenSearch's words, without "Failed to parse mapping". Private to this folder.
namespace tarn::mapping {

/// A field of that type; `name` is the last part of its path. In a dynamic template's definition, parameters that the type
/// lacks are dropped, else they are an error.
NodePtr parse_field(const std::string& name, const TypeSpec& type, const Json& definition, const ParseContext& context);

/// `type` is object or nested.
NodePtr parse_object(const std::string& name, const std::string& type, const Json& definition, const ParseContext& context);

/// Takes a member that every object and the root know (dynamic, enabled, properties ...) into `node`; false if it is none.
/// "disable_objects" comes first: it says how the paths of "properties" are read.
bool parse_object_member(Node& node, const std::string& key, const Json& value, const ParseContext& context);

/// " [key : value]" for each member.
std::string unknown_parameters(const Json& left);

/// mapper_parsing_exception if a definition has members that nobody took.
void check_nothing_left(const std::string& field, const Json& left);

}  // namespace tarn::mapping

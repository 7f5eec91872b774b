#include "indexer/mapping/dynamic_fields.h"

#include <algorithm>
#include <charconv>
#include <map>

#include "indexer/mapping/date_format.h"
#include "indexer/mapping/mapping_error.h"
#include "indexer/mapping/number_text.h"

namespace tarn::mapping {
namespace {

constexpr const char* kSecondDateFormat = "yyyy/MM/dd HH:mm:ss||yyyy/MM/dd||epoch_millis";

bool is_java_long(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  int64_t number;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
  return code == std::errc() && end == text.data() + text.size() && !text.empty();
}

/// Where a value stands: an object that exists, or one that this document makes.
struct Place {
  const ObjectPlan* plan = nullptr;  // null: the object is new
  const Node* node = nullptr;        // a new object's definition (a template may give it members)
  std::string path;
  Dynamic dynamic = Dynamic::kTrue;
};

class Collector {
 public:
  Collector(const MappingImpl& mapping, const MappingLimits& limits)
      : mapping_(mapping), limits_(limits) {}

  Json collect(std::string_view source) {
    cursor_.reset(source);
    cursor_.next();
    const ObjectPlan& root = mapping_.root_plan();
    object({&root, nullptr, "", root.dynamic});
    if (added_.empty()) return Json();
    Root update;
    update.object = merge_added();
    return root_json(update);
  }

 private:
  static std::string join(const std::string& parent, std::string_view name) {
    return parent.empty() ? std::string(name) : parent + "." + std::string(name);
  }

  void object(const Place& place) {
    if (++depth_ > limits_.depth) {
      throw ApiError(wrap(mapper_parsing("failed to parse"),
                          Error(400, "parse_exception",
                                "The depth of the field has exceeded the allowed limit of [" + std::to_string(limits_.depth) +
                                    "]. This limit can be set by changing the [index.mapping.depth.limit] index level setting.")));
    }
    members(place, "");
    --depth_;
  }

  /// `prefix`: the names of the objects around, where the mapping keeps dotted names instead of objects.
  void members(const Place& place, const std::string& prefix) {
    while (cursor_.next() != JsonToken::kEndObject) {
      const std::string name(cursor_.text());
      cursor_.next();
      member(place, prefix.empty() ? name : prefix + "." + name);
    }
  }

  void member(const Place& place, const std::string& name) {
    try {
      validate_name(name);
    } catch (const ApiError& error) {
      throw ApiError(wrap(mapper_parsing("failed to parse"), error.error()));
    }
    const bool literal = keeps_dots(place);
    if (literal || name.find('.') == std::string::npos) {
      single(place, name);
      return;
    }
    const std::vector<std::string_view> parts = split_path(name);
    Place at = place;
    for (size_t i = 0; i + 1 < parts.size(); ++i) {
      std::optional<Place> inner = step_into(at, parts[i]);
      if (!inner) {
        cursor_.skip_children();
        return;
      }
      at = std::move(*inner);
    }
    single(at, std::string(parts.back()));
  }

  /// The object `name` in `place`, made if the mapping allows; nothing if values below it are to be ignored.
  std::optional<Place> step_into(const Place& place, std::string_view name) {
    const std::string path = join(place.path, name);
    if (place.plan != nullptr) {
      if (const Member* member = place.plan->members.find(name, JsonCursor::hash_name(name))) {
        if (member->object == nullptr || !member->object->enabled) return std::nullopt;
        return Place{member->object, nullptr, path, member->object->dynamic};
      }
    } else if (place.node != nullptr) {
      if (const auto child = place.node->children.find(name); child != place.node->children.end()) {
        if (child->second->shape != Node::Shape::kObject) return std::nullopt;
        return Place{nullptr, child->second.get(), path, inherited(place, *child->second)};
      }
    }
    if (place.dynamic == Dynamic::kFalse || cursor_.token() == JsonToken::kNull) return std::nullopt;
    NodePtr node = from_template(place, std::string(name), path, DynamicType::kObject);
    if (node == nullptr) {
      if (place.dynamic == Dynamic::kFalseAllowTemplates) return std::nullopt;
      node = new_object(std::string(name));
    }
    if (node->nested) {
      throw ApiError(mapper_parsing("It is forbidden to create dynamic nested objects ([" + path + "]) through `copy_to` or dots in field names"));
    }
    add(place, node);
    if (node->shape != Node::Shape::kObject) return std::nullopt;
    return Place{nullptr, node.get(), path, inherited(place, *node)};
  }

  static NodePtr new_object(const std::string& name) {
    auto node = std::make_shared<Node>();
    node->name = name;
    return node;
  }

  static Dynamic inherited(const Place& parent, const Node& node) {
    if (node.dynamic != Dynamic::kUnset) return node.dynamic;
    return parent.plan != nullptr ? parent.dynamic : Dynamic::kTrue;
  }

  void single(const Place& place, const std::string& name) {
    if (place.plan != nullptr) {
      if (const Member* member = place.plan->members.find(name, JsonCursor::hash_name(name))) {
        known(place, *member);
        return;
      }
    } else if (place.node != nullptr) {
      if (const auto child = place.node->children.find(name); child != place.node->children.end()) {
        known_new(place, *child->second);
        return;
      }
    }
    unknown(place, name);
  }

  void known(const Place& place, const Member& member) {
    if (member.object != nullptr) {
      if (!member.object->enabled) return cursor_.skip_children();
      each_object([&] { object({member.object, nullptr, join(place.path, member.name), member.object->dynamic}); });
      return;
    }
    if (member.field != nullptr && !member.field->copy_to.empty()) copy_targets(*member.field);
    cursor_.skip_children();
  }

  void known_new(const Place& place, const Node& node) {
    if (node.shape != Node::Shape::kObject || !node.enabled) return cursor_.skip_children();
    each_object([&] { object({nullptr, &node, join(place.path, node.name), inherited(place, node)}); });
  }

  template <class Visit>
  void each_object(const Visit& visit) {
    if (cursor_.token() == JsonToken::kStartObject) {
      visit();
    } else if (cursor_.token() == JsonToken::kStartArray) {
      while (cursor_.next() != JsonToken::kEndArray) each_object(visit);
    }
  }

  /// The targets of copy_to that are not mapped take the type of the value. Arrays count by their first value.
  void copy_targets(const FieldPlan& field) {
    if (cursor_.token() == JsonToken::kStartArray) {
      while (cursor_.next() != JsonToken::kEndArray) copy_targets(field);
      return;
    }
    if (!cursor_.is_value() || cursor_.token() == JsonToken::kNull) return cursor_.skip_children();
    for (const std::string& path : field.copy_to) {
      if (mapping_.find_unresolved(path) != nullptr) continue;
      const std::vector<std::string_view> parts = split_path(path);
      const ObjectPlan& root = mapping_.root_plan();
      std::optional<Place> at = Place{&root, nullptr, "", root.dynamic};
      for (size_t i = 0; i + 1 < parts.size() && at; ++i) at = step_into(*at, parts[i]);
      if (at) scalar(*at, std::string(parts.back()));
    }
  }

  static bool keeps_dots(const Place& place) {
    return place.plan != nullptr ? place.plan->disable_objects : place.node != nullptr && place.node->disable_objects.value_or(false);
  }

  void unknown(const Place& place, const std::string& name) {
    if (cursor_.token() == JsonToken::kStartObject && keeps_dots(place)) return members(place, name);
    switch (cursor_.token()) {
      case JsonToken::kNull: return;
      case JsonToken::kStartObject: return unknown_object(place, name);
      case JsonToken::kStartArray: return unknown_array(place, name);
      default: return scalar(place, name);
    }
  }

  void unknown_object(const Place& place, const std::string& name) {
    if (place.dynamic == Dynamic::kFalse) return cursor_.skip_children();
    const std::string path = join(place.path, name);
    NodePtr node = from_template(place, name, path, DynamicType::kObject);
    if (node == nullptr) {
      if (place.dynamic == Dynamic::kFalseAllowTemplates) return cursor_.skip_children();
      node = new_object(name);
    }
    add(place, node);
    if (node->shape != Node::Shape::kObject || !node->enabled) return cursor_.skip_children();
    object({nullptr, node.get(), path, inherited(place, *node)});
  }

  void unknown_array(const Place& place, const std::string& name) {
    if (place.dynamic == Dynamic::kFalse) return cursor_.skip_children();
    const NodePtr node = from_template(place, name, join(place.path, name), DynamicType::kObject);
    if (node == nullptr && place.dynamic == Dynamic::kFalseAllowTemplates) return cursor_.skip_children();
    if (node != nullptr && node->shape == Node::Shape::kField &&
        (node->type->kind == FieldKind::kGeoPoint || node->type->kind == FieldKind::kGeoShape || node->type->kind == FieldKind::kCompletion)) {
      add(place, node);
      return cursor_.skip_children();
    }
    while (cursor_.next() != JsonToken::kEndArray) unknown(place, name);
  }

  void scalar(const Place& place, const std::string& name) {
    if (place.dynamic == Dynamic::kFalse) return;
    const std::string path = join(place.path, name);
    switch (cursor_.token()) {
      case JsonToken::kTrue:
      case JsonToken::kFalse: return typed(place, name, path, DynamicType::kBoolean, {{"type", "boolean"}});
      case JsonToken::kInteger: return typed(place, name, path, DynamicType::kLong, {{"type", "long"}});
      case JsonToken::kFloat: return typed(place, name, path, DynamicType::kDouble, {{"type", "float"}});
      default: break;
    }
    const std::string_view text = cursor_.text();
    const bool is_long = is_java_long(text), is_double = parse_java_double(text).has_value();
    const Root& root = mapping_.root();
    if (root.numeric_detection.value_or(false)) {
      if (is_long) return typed(place, name, path, DynamicType::kLong, {{"type", "long"}});
      if (is_double) return typed(place, name, path, DynamicType::kDouble, {{"type", "float"}});
    }
    if (!is_long && !is_double && root.date_detection.value_or(true) && date(place, name, path, text)) return;
    typed(place, name, path, DynamicType::kString,
          {{"type", "text"}, {"fields", {{"keyword", {{"type", "keyword"}, {"ignore_above", 256}}}}}});
  }

  bool date(const Place& place, const std::string& name, const std::string& path, std::string_view text) {
    const std::string& usual = DateFormat::default_format()->pattern();
    std::vector<std::string> formats = {usual, kSecondDateFormat};
    if (mapping_.root().dynamic_date_formats) formats = *mapping_.root().dynamic_date_formats;
    for (const std::string& format : formats) {
      if (!DateFormat::create(format)->parse(text)) continue;
      date_format_ = format == usual ? "" : format;
      Json definition{{"type", "date"}};
      typed(place, name, path, DynamicType::kDate, definition);
      date_format_.clear();
      return true;
    }
    return false;
  }

  /// A field for a value of that type: by a template, or by `otherwise`.
  void typed(const Place& place, const std::string& name, const std::string& path, DynamicType type, const Json& otherwise) {
    NodePtr node = from_template(place, name, path, type);
    if (node == nullptr) {
      if (place.dynamic == Dynamic::kFalseAllowTemplates) return;
      node = build(name, otherwise["type"].get<std::string>(), otherwise);
    }
    add(place, node);
  }

  NodePtr build(const std::string& name, const std::string& type, const Json& definition) {
    const ParseContext context{mapping_.analysis(), limits_, date_format_, true};
    try {
      return parse_node(name, type, definition, context);
    } catch (const ApiError& error) {
      if (error.error().type == "mapper_parsing_exception") throw;
      throw ApiError(wrap(mapper_parsing("failed to parse"), error.error()));
    }
  }

  NodePtr from_template(const Place& place, const std::string& name, const std::string& path, DynamicType type) {
    if (mapping_.root().dynamic_templates) {
      for (const DynamicTemplate& rule : *mapping_.root().dynamic_templates) {
        if (!rule.matches(path, name, type)) continue;
        const std::string_view dynamic_type = default_mapping_type(type);
        const std::string mapping_type = rule.mapping_type(dynamic_type);
        if (!is_known_type(mapping_type)) {
          throw ApiError(mapper_parsing("failed to find type parsed [" + mapping_type + "] for [" + name + "]"));
        }
        return build(name, mapping_type, rule.mapping_for(name, dynamic_type));
      }
    }
    if (place.dynamic == Dynamic::kStrictAllowTemplates) {
      throw ApiError(Error(400, "strict_dynamic_mapping_exception",
                           "mapping set to strict_allow_templates, dynamic introduction of [" + name + "] within [" +
                               (place.path.empty() ? "_doc" : place.path) + "] is not allowed"));
    }
    return nullptr;
  }

  void add(const Place& place, const NodePtr& node) {
    added_.push_back({join(place.path, node->name), place.path, node});
    if (node->shape == Node::Shape::kObject) made_[added_.back().path] = node;
  }

  struct Added {
    std::string path, parent;
    NodePtr node;
  };

  /// All new nodes as one tree, merged in the order in which OpenSearch merges them, so that contradictions read alike.
  NodePtr merge_added() {
    std::stable_sort(added_.begin(), added_.end(), [](const Added& a, const Added& b) { return a.path < b.path; });
    auto root = std::make_shared<Node>();
    if (mapping_.root_plan().disable_objects) root->disable_objects = true;
    NodePtr update = root;
    const Added* previous = nullptr;
    for (size_t i = 0; i < added_.size(); ++i) {
      if (previous != nullptr && added_[i].path == previous->path) {
        merge_nodes(added_[i].node, previous->node, previous->path);
        continue;
      }
      if (i > 0) previous = &added_[i];
      update = merge_nodes(update, within_parents(added_[i]), "");
    }
    return update;
  }

  /// The node within the objects around it.
  NodePtr within_parents(const Added& added) {
    NodePtr node = added.node;
    const std::vector<std::string_view> parts = split_path(added.parent);
    for (size_t i = parts.size(); i-- > 0;) {
      const size_t length = static_cast<size_t>(parts[i].data() + parts[i].size() - added.parent.data());
      const std::string_view path = std::string_view(added.parent).substr(0, length);
      auto around = std::make_shared<Node>();
      const ObjectPlan* plan = mapping_.object_plan_of(path);
      const auto made = made_.find(path);
      if (const Node* like = plan != nullptr ? plan->node : made != made_.end() ? made->second.get() : nullptr) {
        around->nested = like->nested;
        around->include_in_parent = like->include_in_parent;
        around->include_in_root = like->include_in_root;
        around->enabled = like->enabled;
        around->disable_objects = like->disable_objects;
      }
      around->name = parts[i];
      around->children[node->name] = node;
      node = around;
    }
    auto chain = std::make_shared<Node>();
    if (mapping_.root_plan().disable_objects) chain->disable_objects = true;
    chain->children[node->name] = node;
    return chain;
  }

  const MappingImpl& mapping_;
  const MappingLimits& limits_;
  JsonCursor cursor_;
  std::vector<Added> added_;
  std::map<std::string, NodePtr, std::less<>> made_;
  int64_t depth_ = 0;
  std::string date_format_;
};

}  // namespace

Json collect_dynamic_fields(const MappingImpl& mapping, const MappingLimits& limits, std::string_view source) {
  return Collector(mapping, limits).collect(source);
}

}  // namespace tarn::mapping

#include <algorithm>
#include <set>

#include "indexer/mapping/date_format.h"
#include "indexer/mapping/mapping_error.h"
#include "indexer/mapping/mapping_tree.h"

namespace tarn::mapping {
namespace {

constexpr std::string_view kIndexOptions[] = {"positions", "docs", "freqs", "offsets"};
constexpr std::string_view kKeywordIndexOptions[] = {"docs", "freqs"};
constexpr std::string_view kTermVectors[] = {"no",
                                             "yes",
                                             "with_positions",
                                             "with_offsets",
                                             "with_positions_offsets",
                                             "with_positions_payloads",
                                             "with_positions_offsets_payloads"};

Json one_of(const std::string& param, std::span<const std::string_view> accepted, const Json& value) {
  const std::string text = java_text(value);
  if (std::find(accepted.begin(), accepted.end(), text) != accepted.end()) return text;
  std::string all;
  for (const std::string_view name : accepted) all += (all.empty() ? "" : ", ") + std::string(name);
  throw ApiError(mapper_parsing("Unknown value [" + text + "] for field [" + param + "] - accepted values are [" + all + "]"));
}

Json parse_meta(const std::string& field, const Json& value) {
  if (!value.is_object()) {
    throw ApiError(mapper_parsing("[meta] must be an object, got " + std::string(value.is_string() ? "String" : "Integer") +
                                  "[" + java_text(value) + "] for field [" + field + "]"));
  }
  if (value.size() > 5) {
    throw ApiError(mapper_parsing("[meta] can't have more than 5 entries, but got " + std::to_string(value.size()) +
                                  " on field [" + field + "]"));
  }
  std::map<std::string, Json> sorted;
  for (auto it = value.begin(); it != value.end(); ++it) {
    if (it.key().size() > 20) {
      throw ApiError(mapper_parsing("[meta] keys can't be longer than 20 chars, but got [" + it.key() + "] for field [" + field + "]"));
    }
    if (it->is_null()) {
      throw ApiError(mapper_parsing("[meta] values can't be null (field [" + field + "])"));
    }
    if (!it->is_string()) {
      const char* type = it->is_number_integer() ? "Integer" : it->is_number() ? "Double" : it->is_boolean() ? "Boolean"
                         : it->is_object()       ? "HashMap" : "ArrayList";
      throw ApiError(mapper_parsing("[meta] values can only be strings, but got " + std::string(type) + "[" +
                                    java_text(*it) + "] for field [" + field + "]"));
    }
    if (it->get_ref<const std::string&>().size() > 50) {
      throw ApiError(mapper_parsing("[meta] values can't be longer than 50 chars, but got [" + it->get<std::string>() +
                                    "] for field [" + field + "]"));
    }
    sorted[it.key()] = *it;
  }
  Json out = Json::object();
  for (auto& [key, text] : sorted) out[key] = std::move(text);
  return out;
}

std::string unknown_parameters(const Json& left) {
  std::string out;
  for (auto it = left.begin(); it != left.end(); ++it) out += " [" + it.key() + " : " + java_text(*it) + "]";
  return out;
}

void check_nothing_left(const std::string& field, const Json& left) {
  if (left.empty()) return;
  throw ApiError(mapper_parsing("Mapping definition for [" + field + "] has unsupported parameters: " + unknown_parameters(left)));
}

/// null_value of a number, as the number that the type would index.
Json parse_number_null(FieldKind kind, const Json& value) {
  if (value.is_null()) return value;
  const bool floating = kind >= FieldKind::kHalfFloat && kind <= FieldKind::kScaledFloat;
  if (floating) return node_double(value);
  if (kind == FieldKind::kUnsignedLong) {
    if (value.is_number_unsigned()) return value;
    const std::string text = java_text(value);
    if (!text.empty() && text[0] == '-') {
      throw ApiError(illegal_argument("Value [" + text + "] is out of range for an unsigned long"));
    }
    char* end = nullptr;
    const uint64_t number = std::strtoull(text.c_str(), &end, 10);
    if (text.empty() || *end != '\0') throw ApiError(number_format(text));
    return number;
  }
  if (kind == FieldKind::kLong && value.is_number_integer()) return value;
  const double number = node_double(value);
  const auto check = [&](double low, double high, const char* what) {
    if (number < low || number > high) {
      throw ApiError(illegal_argument("Value [" + java_text(value) + "] is out of range for " + what));
    }
  };
  if (kind == FieldKind::kByte) check(-128, 127, "a byte");
  if (kind == FieldKind::kShort) check(-32768, 32767, "a short");
  if (kind == FieldKind::kInteger || kind == FieldKind::kTokenCount) check(INT32_MIN, INT32_MAX, "an integer");
  return static_cast<int64_t>(number);
}

Json parse_filter(const Json& value) {
  Json out{{"min", 0.0}, {"max", 2147483647.0}, {"min_segment_size", 0}};
  if (!value.is_object()) throw ApiError(mapper_parsing("fielddata_frequency_filter must be an object"));
  Json left = value;
  if (left.contains("min")) out["min"] = node_double(left["min"]);
  if (left.contains("max")) out["max"] = node_double(left["max"]);
  if (left.contains("min_segment_size")) out["min_segment_size"] = node_integer(left["min_segment_size"]);
  for (const char* key : {"min", "max", "min_segment_size"}) left.erase(key);
  check_nothing_left("fielddata_frequency_filter", left);
  return out;
}

Json parse_prefixes(const Json& value) {
  if (value.is_null()) return value;
  Json left = value;
  const int64_t low = left.contains("min_chars") ? node_integer(left["min_chars"]) : 2;
  const int64_t high = left.contains("max_chars") ? node_integer(left["max_chars"]) : 5;
  if (low > high) {
    throw ApiError(illegal_argument("min_chars [" + std::to_string(low) + "] must be less than max_chars [" + std::to_string(high) + "]"));
  }
  if (low < 1) throw ApiError(illegal_argument("min_chars [" + std::to_string(low) + "] must be greater than zero"));
  if (high >= 20) throw ApiError(illegal_argument("max_chars [" + std::to_string(high) + "] must be less than 20"));
  left.erase("min_chars");
  left.erase("max_chars");
  check_nothing_left("index_prefixes", left);
  return Json{{"min_chars", low}, {"max_chars", high}};
}

Json parse_orientation(const Json& value) {
  std::string text = java_text(value);
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::tolower(c); });
  if (text == "right" || text == "ccw" || text == "counterclockwise") return "RIGHT";
  if (text == "left" || text == "cw" || text == "clockwise") return "LEFT";
  throw ApiError(illegal_argument("Unknown orientation [" + java_text(value) + "]"));
}

Json parse_relations(const Json& value) {
  Json out = Json::object();
  std::set<std::string> children_seen;
  if (!value.is_object()) throw ApiError(parsing_exception("Expected an object for relations"));
  for (auto it = value.begin(); it != value.end(); ++it) {
    const Json children = it->is_array() ? *it : Json::array({*it});
    for (const Json& child : children) {
      if (!children_seen.insert(java_text(child)).second) {
        throw ApiError(illegal_argument("[" + java_text(child) + "] cannot have multiple parents"));
      }
    }
    out[it.key()] = children.size() == 1 ? children[0] : children;
  }
  return out;
}

/// Reads one parameter. `field` is the simple name.
class FieldParser {
 public:
  FieldParser(const std::string& name, const TypeSpec& type, const ParseContext& context)
      : context_(context), node_(std::make_shared<Node>()) {
    node_->shape = Node::Shape::kField;
    node_->name = name;
    node_->type = &type;
    node_->params.resize(type.params.size());
    node_->ignore_malformed_default = context.limits.ignore_malformed;
    node_->coerce_default = context.limits.coerce;
  }

  NodePtr parse(const Json& definition) {
    const TypeSpec& type = *node_->type;
    Json left = Json::object();
    for (auto it = definition.begin(); it != definition.end(); ++it) {
      const std::string& key = it.key();
      if (key == "type") continue;
      if (type.kind == FieldKind::kFlatObject) {
        left[key] = *it;  // shows parameters, but takes none
      } else if (key == "fields") {
        parse_multi_fields(*it);
      } else if (key == "copy_to") {
        parse_copy_to(*it);
      } else if (const int at = type.find(key); at >= 0) {
        if (it->is_null() && !accepts_null(type.params[at].type)) refuse_null(key);
        node_->params[at] = {true, parse_param(type.params[at], *it)};
      } else {
        unknown(key, *it, left);
      }
    }
    if (!context_.from_template) check_nothing_left(node_->name, left);
    if (type.kind == FieldKind::kDate || type.kind == FieldKind::kDateNanos) {
      if (!context_.default_date_format.empty() && !definition.contains("format")) set_default_format();
    }
    check_whole();
    return node_;
  }

 private:
  static bool accepts_null(ParamType type) {
    return type == ParamType::kString || type == ParamType::kNumberNull || type == ParamType::kAny ||
           type == ParamType::kNormalizer || type == ParamType::kSimilarity || type == ParamType::kIndexPrefixes;
  }

  std::string type_name() const { return std::string(node_->type->name); }

  [[noreturn]] void refuse_null(const std::string& key) {
    throw ApiError(mapper_parsing("[" + key + "] on mapper [" + node_->name + "] of type [" + type_name() +
                                  "] must not have a [null] value"));
  }

  void unknown(const std::string& key, const Json& value, Json& left) {
    if (!node_->type->parametrized) {
      left[key] = value;
      return;
    }
    // Parameters that every type once took are dropped without effect.
    for (const char* old : {"store", "meta", "boost", "index", "doc_values", "index_options", "similarity"}) {
      if (key == old) return;
    }
    throw ApiError(mapper_parsing("unknown parameter [" + key + "] on mapper [" + node_->name + "] of type [" + type_name() + "]"));
  }

  Json parse_analyzer(const Json& value) {
    const std::string name = java_text(value);
    if (context_.analysis.find_analyzer(name) == nullptr) {
      throw ApiError(illegal_argument("analyzer [" + name + "] has not been configured in mappings"));
    }
    return name;
  }

  Json parse_null_value(const Json& value) {
    if (value.is_null()) return value;
    switch (node_->type->kind) {
      case FieldKind::kBoolean: return node_boolean(value);
      case FieldKind::kGeoPoint: return value;
      default: return node_string(value);
    }
  }

  Json parse_param(const ParamSpec& spec, const Json& value) {
    const std::string name(spec.name);
    switch (spec.type) {
      case ParamType::kBool:
      case ParamType::kNorms: return node_boolean(value);
      case ParamType::kExplicitBool: return node_boolean(value);
      case ParamType::kInt: return node_integer(value);
      case ParamType::kFloat:
      case ParamType::kDouble: return node_double(value);
      case ParamType::kString: return value.is_null() ? value : Json(node_string(value));
      case ParamType::kNumberNull: return parse_number_null(node_->type->kind, value);
      case ParamType::kAny:
        if (name == "null_value") return parse_null_value(value);
        return name == "contexts" ? parse_contexts(value) : value;
      case ParamType::kAnalyzer:
      case ParamType::kSearchAnalyzer:
      case ParamType::kSearchQuoteAnalyzer: return parse_analyzer(value);
      case ParamType::kNormalizer: return parse_normalizer(value);
      case ParamType::kSimilarity: return parse_similarity(value);
      case ParamType::kIndexOptions: return one_of(name, kIndexOptions, value);
      case ParamType::kKeywordIndexOptions: return one_of(name, kKeywordIndexOptions, value);
      case ParamType::kTermVector: return one_of(name, kTermVectors, value);
      case ParamType::kDateFormat: return parse_format(name, value);
      case ParamType::kMeta: return parse_meta(node_->name, value);
      case ParamType::kFrequencyFilter: return parse_filter(value);
      case ParamType::kIndexPrefixes: return parse_prefixes(value);
      case ParamType::kRelations: return parse_relations(value);
      case ParamType::kOrientation: return parse_orientation(value);
    }
    return value;
  }

  Json parse_normalizer(const Json& value) {
    if (value.is_null()) return "default";
    const std::string name = java_text(value);
    if (name != "default" && context_.analysis.find_normalizer(name) == nullptr) {
      throw ApiError(mapper_parsing("normalizer [" + name + "] not found for field [" + node_->name + "]"));
    }
    return name;
  }

  Json parse_similarity(const Json& value) {
    if (value.is_null()) return value;
    const std::string name = java_text(value);
    if (name == "BM25" || name == "boolean") return name;
    if (name == "default") return "BM25";
    if (std::find(context_.limits.similarities.begin(), context_.limits.similarities.end(), name) !=
        context_.limits.similarities.end()) {
      return name;
    }
    throw ApiError(mapper_parsing("Unknown Similarity type [" + name + "] for field [" + node_->name + "]"));
  }

  Json parse_format(const std::string& param, const Json& value) {
    const std::string pattern = java_text(value);
    try {
      DateFormat::create(pattern);
    } catch (const ApiError& error) {
      if (error.error().status != 400) throw;
      throw ApiError(wrap(illegal_argument("Error parsing [" + param + "] on field [" + node_->name + "]: " + error.error().reason),
                          error.error()));
    }
    return pattern;
  }

  Json parse_contexts(const Json& value) {
    Json out = Json::array();
    for (const Json& context : value.is_array() ? value : Json::array({value})) {
      if (!context.is_object() || !context.contains("name")) throw ApiError(parse_error("name is missing in context"));
      if (!context.contains("type")) throw ApiError(parse_error("type is missing in context"));
      std::string type = java_text(context["type"]);
      if (type != "category" && type != "geo") throw ApiError(parse_error("unknown context type[" + type + "]"));
      Json entry = context;
      entry["type"] = type == "geo" ? "GEO" : "CATEGORY";
      if (type == "geo" && !entry.contains("precision")) entry["precision"] = 6;
      out.push_back(std::move(entry));
    }
    if (out.size() > 10) {
      throw ApiError(illegal_argument("Limit of completion field contexts [10] has been exceeded"));
    }
    return out;
  }

  static Error parse_error(std::string reason) { return Error(400, "parse_exception", std::move(reason)); }

  void parse_multi_fields(const Json& fields) {
    if (fields.is_array() && fields.empty()) return;
    if (!fields.is_object()) {
      throw ApiError(mapper_parsing("expected map for property [fields] on field [fields] or [" + node_->name + "] but got a " +
                                    (fields.is_array() ? "class java.util.ArrayList" : "class java.lang.String")));
    }
    for (auto it = fields.begin(); it != fields.end(); ++it) {
      const std::string& name = it.key();
      if (name.find('.') != std::string::npos) {
        throw ApiError(mapper_parsing("Field name [" + name + "] which is a multi field of [" + node_->name + "] cannot contain '.'"));
      }
      if (!it->is_object()) throw ApiError(mapper_parsing("illegal field [" + name + "], only fields can be specified inside fields"));
      if (!it->contains("type")) throw ApiError(mapper_parsing("no type specified for property [" + name + "]"));
      const std::string type = java_text((*it)["type"]);
      if (type == "object" || type == "nested" || type == "alias" || type == "flat_object") {
        throw ApiError(mapper_parsing("Type [" + type + "] cannot be used in multi field"));
      }
      if (find_type(type) == nullptr) {
        throw ApiError(mapper_parsing("no handler for type [" + type + "] declared on field [" + name + "]"));
      }
      node_->multi_fields[name] = parse_node(name, type, *it, context_);
    }
  }

  void parse_copy_to(const Json& value) {
    if (value.is_array()) {
      for (const Json& target : value) node_->copy_to.push_back(java_text(target));
    } else {
      node_->copy_to.push_back(java_text(value));
    }
  }

  void set_default_format() {
    node_->params[node_->type->find("format")] = {true, context_.default_date_format};
    node_->params[node_->type->find("print_format")] = {true, context_.default_date_format.substr(0, context_.default_date_format.find("||"))};
  }

  /// What a builder checks once all parameters are known.
  void check_whole() {
    const std::string& name = node_->name;
    if (name.empty()) throw ApiError(illegal_argument("name cannot be empty string"));
    switch (node_->type->kind) {
      case FieldKind::kScaledFloat: {
        const Json& factor = node_->param("scaling_factor");
        if (factor.is_null()) throw ApiError(illegal_argument("Field [scaling_factor] is required"));
        if (!(factor.get<double>() > 0) || std::isinf(factor.get<double>())) {
          throw ApiError(illegal_argument("[scaling_factor] must be a positive number, got [" + java_text(factor) + "]"));
        }
        break;
      }
      case FieldKind::kTokenCount:
        if (node_->param("analyzer").is_null()) {
          throw ApiError(mapper_parsing("Analyzer must be set for field [" + name + "] but wasn't."));
        }
        break;
      case FieldKind::kConstantKeyword:
        if (node_->param("value").is_null()) {
          throw ApiError(parse_error("Field [" + name + "] is missing required parameter [value]"));
        }
        break;
      case FieldKind::kSearchAsYouType: {
        const int64_t size = node_->param("max_shingle_size").get<int64_t>();
        if (size < 2 || size > 4) {
          throw ApiError(mapper_parsing("[max_shingle_size] must be at least [2] and at most [4], got [" + std::to_string(size) + "]"));
        }
        break;
      }
      case FieldKind::kText:
      case FieldKind::kMatchOnlyText: check_text(); break;
      case FieldKind::kJoin: {
        const int at = node_->type->find("relations");
        if (!node_->params[at].given) node_->params[at] = {true, Json::object()};
        break;
      }
      default: break;
    }
  }

  void check_text() {
    const bool indexed = node_->flag("index");
    if (!indexed && node_->flag("index_phrases")) {
      throw ApiError(illegal_argument("Cannot set index_phrases on unindexed field [" + node_->name + "]"));
    }
    if (!indexed && !node_->param("index_prefixes").is_null()) {
      throw ApiError(illegal_argument("Cannot set index_prefixes on unindexed field [" + node_->name + "]"));
    }
    const std::string options = node_->text("index_options");
    if (node_->flag("index_phrases") && (options == "docs" || options == "freqs")) {
      throw ApiError(illegal_argument("Cannot set index_phrases on field [" + node_->name + "] if positions are not enabled"));
    }
    if (node_->param("position_increment_gap").get<int64_t>() != -1 && (options == "docs" || options == "freqs")) {
      throw ApiError(illegal_argument("Cannot set position_increment_gap on field [" + node_->name + "] without positions enabled"));
    }
  }

  const ParseContext& context_;
  std::shared_ptr<Node> node_;
};

/// Objects: the members that an object or the root may have.
class ObjectParser {
 public:
  ObjectParser(Node& node, const ParseContext& context) : node_(node), context_(context) {}

  /// Takes a member that objects know; false if it is none.
  bool member(const std::string& key, const Json& value) {
    if (key == "dynamic") {
      node_.dynamic = parse_dynamic(value);
    } else if (key == "enabled") {
      node_.enabled = node_boolean(value, "enabled.enabled");
    } else if (key == "disable_objects") {
      node_.disable_objects = node_boolean(value, "disable_objects.disable_objects");
    } else if (key == "properties") {
      if (value.is_array() && value.empty()) return true;
      if (!value.is_object()) throw ApiError(Error(400, "parse_exception", "properties must be a map type"));
      properties(value);
    } else if (key == "derived") {
      derived(value);
    } else if (key == "include_in_all") {
      // Accepted without effect since _all is gone.
    } else {
      return false;
    }
    return true;
  }

 private:
  static Dynamic parse_dynamic(const Json& value) {
    std::string text = java_text(value);
    std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::tolower(c); });
    if (text == "strict") return Dynamic::kStrict;
    if (text == "strict_allow_templates") return Dynamic::kStrictAllowTemplates;
    if (text == "false_allow_templates") return Dynamic::kFalseAllowTemplates;
    return node_boolean(value, "dynamic.dynamic") ? Dynamic::kTrue : Dynamic::kFalse;
  }

  void derived(const Json& value) {
    if (value.is_array() && value.empty()) return;
    if (!value.is_object()) throw ApiError(Error(400, "parse_exception", "derived must be a map type"));
    for (auto it = value.begin(); it != value.end(); ++it) {
      if (!it->is_object()) {
        throw ApiError(mapper_parsing("Expected map for property [derived_fields] on field [" + it.key() +
                                      "] but got a class java.lang.String"));
      }
      for (auto member = it->begin(); member != it->end(); ++member) {
        static const std::set<std::string_view> kKnown = {"type", "script", "properties", "prefilter_field", "format", "ignore_malformed"};
        if (!kKnown.contains(member.key())) {
          throw ApiError(mapper_parsing("unknown parameter [" + member.key() + "] on mapper [" + it.key() + "] of type [" +
                                        (it->contains("type") ? java_text((*it)["type"]) : "null") + "]"));
        }
      }
      node_.derived[it.key()] = *it;
    }
  }

  static std::string type_of(const std::string& name, const Json& definition) {
    const auto type = definition.find("type");
    if (type != definition.end() && !type->is_null()) return java_text(*type);
    if (definition.contains("properties") && !definition["properties"].is_null()) return "object";
    if (definition.size() == 1 && definition.contains("enabled")) return "object";
    throw ApiError(mapper_parsing("No type specified for field [" + name + "]"));
  }

  void properties(const Json& all) {
    for (auto it = all.begin(); it != all.end(); ++it) {
      const std::string& path = it.key();
      if (it->is_array() && it->empty()) continue;
      if (!it->is_object()) {
        throw ApiError(mapper_parsing("Expected map for property [fields] on field [" + path + "] but got a class java.lang.String"));
      }
      const std::string type = type_of(path, *it);
      if (!is_known_type(type)) {
        throw ApiError(mapper_parsing("No handler for type [" + type + "] declared on field [" + path + "]"));
      }
      if (node_.disable_objects.value_or(false)) {
        add(node_, parse_node(path, type, *it, context_), "");
      } else {
        add_path(path, type, *it);
      }
    }
  }

  /// "a.b.c": objects a and a.b around the field c.
  void add_path(const std::string& path, const std::string& type, const Json& definition) {
    std::vector<std::string> parts;
    for (size_t from = 0; from <= path.size();) {
      const size_t dot = std::min(path.find('.', from), path.size());
      parts.push_back(path.substr(from, dot - from));
      from = dot + 1;
    }
    while (parts.size() > 1 && parts.back().empty()) parts.pop_back();  // as String.split drops trailing empty parts
    if (path.find_first_not_of('.') == std::string::npos && !path.empty()) {
      throw ApiError(mapper_parsing("Invalid field name " + path));
    }
    NodePtr node = parse_node(parts.back(), type, definition, context_);
    for (size_t i = parts.size() - 1; i-- > 0;) {
      if (parts[i].empty()) throw ApiError(illegal_argument("name cannot be empty string"));
      auto around = std::make_shared<Node>();
      around->name = parts[i];
      around->children[node->name] = node;
      node = around;
    }
    add(node_, node, "");
  }

  static void add(Node& parent, const NodePtr& node, const std::string&) {
    const auto existing = parent.children.find(node->name);
    if (existing == parent.children.end()) {
      parent.children[node->name] = node;
    } else {
      existing->second = merge_nodes(existing->second, node, node->name);
    }
  }

  Node& node_;
  const ParseContext& context_;
};

NodePtr parse_object(const std::string& name, const std::string& type, const Json& definition,
                     const ParseContext& context) {
  if (name.empty()) throw ApiError(illegal_argument("name cannot be empty string"));
  auto node = std::make_shared<Node>();
  node->name = name;
  node->nested = type == "nested";
  ObjectParser parser(*node, context);
  Json left = Json::object();
  if (const auto flag = definition.find("disable_objects"); flag != definition.end()) parser.member("disable_objects", *flag);
  for (auto it = definition.begin(); it != definition.end(); ++it) {
    if (it.key() == "type" || it.key() == "disable_objects") continue;
    if (it.key() == "include_in_parent") {
      node->include_in_parent = node_boolean(*it, name + ".include_in_parent") && node->nested;
    } else if (it.key() == "include_in_root") {
      node->include_in_root = node_boolean(*it, name + ".include_in_root") && node->nested;
    } else if (!parser.member(it.key(), *it)) {
      left[it.key()] = *it;
    }
  }
  if (!context.from_template) check_nothing_left(name, left);
  return node;
}

NodePtr parse_alias(const std::string& name, const Json& definition) {
  auto node = std::make_shared<Node>();
  node->shape = Node::Shape::kAlias;
  node->name = name;
  Json left = Json::object();
  for (auto it = definition.begin(); it != definition.end(); ++it) {
    if (it.key() == "path") {
      node->alias_path = java_text(*it);
    } else if (it.key() != "type") {
      left[it.key()] = *it;
    }
  }
  if (node->alias_path.empty()) {
    throw ApiError(mapper_parsing("The [path] property must be specified for field [" + name + "]."));
  }
  check_nothing_left(name, left);
  return node;
}

// Root members that are not an object's.

Json string_list(const Json& value) {
  if (!value.is_array()) {
    throw ApiError(Error(400, "class_cast_exception",
                         "class java.lang.String cannot be cast to class java.util.List (java.lang.String and java.util.List "
                         "are in module java.base of loader 'bootstrap')"));
  }
  Json out = Json::array();
  for (const Json& item : value) out.push_back(java_text(item));
  return out;
}

[[noreturn]] void unknown_metadata_parameter(const std::string& mapper, const std::string& key) {
  throw ApiError(mapper_parsing("unknown parameter [" + key + "] on mapper [" + mapper + "] of type [null]"));
}

Json parse_source(const Json& definition) {
  Json out = Json::object();
  for (auto it = definition.begin(); it != definition.end(); ++it) {
    if (it.key() == "enabled") {
      if (!node_boolean(*it)) out["enabled"] = false;
    } else if (it.key() == "includes" || it.key() == "excludes") {
      Json list = string_list(*it);
      if (!list.empty()) out[it.key()] = std::move(list);
    } else if (it.key() == "recovery_source_enabled" || it.key() == "recovery_source_includes" ||
               it.key() == "recovery_source_excludes") {
      out[it.key()] = *it;  // of no meaning here: the store keeps the whole source for recovery
    } else if (it.key() != "type") {
      unknown_metadata_parameter("_source", it.key());
    }
  }
  return out;
}

bool parse_single_flag(const std::string& mapper, const Json& definition, const char* flag, bool fallback) {
  bool out = fallback;
  for (auto it = definition.begin(); it != definition.end(); ++it) {
    if (it.key() == flag) {
      out = node_boolean(*it);
    } else if (it.key() != "type") {
      unknown_metadata_parameter(mapper, it.key());
    }
  }
  return out;
}

void parse_date_formats(Root& root, const Json& value) {
  root.dynamic_date_formats.emplace();
  if (value.is_string() && value == "none") return;
  for (const Json& item : value.is_array() ? value : Json::array({value})) {
    const std::string pattern = java_text(item);
    if (value.is_array() && pattern.starts_with("epoch_")) {
      throw ApiError(mapper_parsing("Epoch [" + pattern + "] is not supported as dynamic date format"));
    }
    DateFormat::create(pattern);
    root.dynamic_date_formats->push_back(pattern);
  }
}

void parse_templates(Root& root, const Json& value) {
  if (!value.is_array()) {
    throw ApiError(mapper_parsing("Dynamic template syntax error. An array of named objects is expected."));
  }
  root.dynamic_templates.emplace();
  for (const Json& rule : value) {
    if (!rule.is_object() || rule.size() != 1) {
      throw ApiError(mapper_parsing("A dynamic template must be defined with a name"));
    }
    root.dynamic_templates->push_back(DynamicTemplate::parse(rule.begin().key(), rule.begin().value()));
  }
}

bool parse_metadata(Root& root, const std::string& key, const Json& value) {
  static const std::set<std::string_view> kFixed = {"_id", "_index", "_ignored", "_seq_no", "_version", "_nested_path", "_doc_count"};
  const bool configurable = key == "_source" || key == "_routing" || key == "_field_names" || key == "_data_stream_timestamp";
  if (!configurable && !kFixed.contains(key)) return false;
  if (!value.is_object()) throw ApiError(illegal_argument("[_parent] must be an object containing [type]"));
  if (key == "_source") {
    root.source = parse_source(value);
  } else if (key == "_routing") {
    root.routing_required = parse_single_flag(key, value, "required", false);
  } else if (key == "_field_names") {
    root.field_names_enabled = parse_single_flag(key, value, "enabled", true);
  } else if (key == "_data_stream_timestamp") {
    if (parse_single_flag(key, value, "enabled", false)) root.data_stream_timestamp = Json{{"enabled", true}};
  } else {
    throw ApiError(mapper_parsing(key + " is not configurable"));
  }
  return true;
}

bool parse_root_member(Root& root, const std::string& key, const Json& value) {
  if (key == "date_formats" || key == "dynamic_date_formats") {
    parse_date_formats(root, value);
  } else if (key == "dynamic_templates") {
    parse_templates(root, value);
  } else if (key == "date_detection") {
    root.date_detection = node_boolean(value, "date_detection");
  } else if (key == "numeric_detection") {
    root.numeric_detection = node_boolean(value, "numeric_detection");
  } else if (key == "dynamic_properties" || key == "composite" || key == "context_aware_grouping") {
    throw ApiError(Error(501, "not_implemented_exception", "mapping parameter [" + key + "] is not implemented"));
  } else {
    return false;
  }
  return true;
}

}  // namespace

bool is_known_type(std::string_view type) {
  return type == "object" || type == "nested" || type == "alias" || find_type(type) != nullptr;
}

NodePtr parse_node(const std::string& name, const std::string& type, const Json& definition, const ParseContext& context) {
  if (type == "object" || type == "nested") return parse_object(name, type, definition, context);
  if (type == "alias") return parse_alias(name, definition);
  const TypeSpec* spec = find_type(type);
  if (spec == nullptr) throw ApiError(mapper_parsing("No handler for type [" + type + "] declared on field [" + name + "]"));
  return FieldParser(name, *spec, context).parse(definition);
}

Root parse_root(const Json& mappings, const ParseContext& context) {
  Root root;
  auto object = std::make_shared<Node>();
  ObjectParser parser(*object, context);
  Json left = Json::object();
  if (mappings.is_object()) {
    if (const auto flag = mappings.find("disable_objects"); flag != mappings.end()) parser.member("disable_objects", *flag);
    for (auto it = mappings.begin(); it != mappings.end(); ++it) {
      const std::string& key = it.key();
      if (key == "_meta") {
        root.meta = *it;
      } else if (!parser.member(key, *it) && !parse_root_member(root, key, *it) && !parse_metadata(root, key, *it)) {
        left[key] = *it;
      }
    }
  }
  if (!left.empty()) {
    throw ApiError(mapper_parsing("Root mapping definition has unsupported parameters: " + unknown_parameters(left)));
  }
  root.object = object;
  return root;
}

}  // namespace tarn::mapping

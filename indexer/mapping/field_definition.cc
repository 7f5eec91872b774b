#include <algorithm>

#include "indexer/analysis/analysis_mode.h"
#include "indexer/mapping/date_format.h"
#include "indexer/mapping/definition.h"
#include "indexer/mapping/mapping_error.h"
#include "indexer/mapping/parameter_values.h"

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
      } else if (key == "fields" && type.multi_fields_allowed) {
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

  Json parse_analyzer(const Json& value, bool indexes) {
    const std::string name = java_text(value);
    const Analyzer* analyzer = context_.analysis.find_analyzer(name);
    if (analyzer == nullptr) throw ApiError(illegal_argument("analyzer [" + name + "] has not been configured in mappings"));
    if (indexes) {
      if (const auto refusal = refusal_in_mode(*analyzer, name, "index time")) throw ApiError(400, "mapper_exception", *refusal);
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
      case ParamType::kAnalyzer: return parse_analyzer(value, true);
      case ParamType::kSearchAnalyzer:
      case ParamType::kSearchQuoteAnalyzer: return parse_analyzer(value, false);
      case ParamType::kNormalizer: return parse_normalizer(value);
      case ParamType::kSimilarity: return parse_similarity(value);
      case ParamType::kIndexOptions: return one_of(name, kIndexOptions, value);
      case ParamType::kKeywordIndexOptions: return one_of(name, kKeywordIndexOptions, value);
      case ParamType::kTermVector: return one_of(name, kTermVectors, value);
      case ParamType::kDateFormat: return parse_format(name, value);
      case ParamType::kMeta: return parse_meta(node_->name, value);
      case ParamType::kFrequencyFilter: return parse_filter(value);
      case ParamType::kIndexPrefixes: return parse_prefixes(value);
      case ParamType::kRelations: return parse_relations(node_->name, value);
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
    if (name == "classic") {
      throw ApiError(illegal_argument("The [classic] similarity may not be used anymore. Please use the [BM25] similarity or "
                                      "build a custom [scripted] similarity instead."));
    }
    if (!name.empty() && find_similarity(context_.limits.similarities, name) != nullptr) return name;
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
          throw ApiError(Error(400, "parse_exception", "Field [" + name + "] is missing required parameter [value]"));
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

}  // namespace

NodePtr parse_field(const std::string& name, const TypeSpec& type, const Json& definition, const ParseContext& context) {
  return FieldParser(name, type, context).parse(definition);
}

}  // namespace tarn::mapping

#include "indexer/mapping/mapping.h"

#include <algorithm>

#include "indexer/base/check.h"
#include "indexer/mapping/date_format.h"
#include "indexer/mapping/mapping_error.h"
#include "indexer/mapping/own_analyzers.h"
#include "indexer/mapping/parse_plan.h"

namespace tarn {
namespace mapping {
namespace {

bool is_text(FieldKind kind) {
  return kind == FieldKind::kText || kind == FieldKind::kMatchOnlyText || kind == FieldKind::kSearchAsYouType;
}

bool is_number(FieldKind kind) { return kind >= FieldKind::kByte && kind <= FieldKind::kScaledFloat; }

/// The column that the values of such a field make, if the field has one at all.
ColumnKind column_of(FieldKind kind) {
  switch (kind) {
    case FieldKind::kUnsignedLong: return ColumnKind::kUnsigned;
    case FieldKind::kHalfFloat:
    case FieldKind::kFloat:
    case FieldKind::kDouble:
    case FieldKind::kRankFeature: return ColumnKind::kDouble;
    case FieldKind::kGeoPoint: return ColumnKind::kGeoPoint;
    case FieldKind::kKeyword:
    case FieldKind::kWildcard:
    case FieldKind::kJoin:
    case FieldKind::kFlatObject: return ColumnKind::kKeyword;
    case FieldKind::kIp: return ColumnKind::kIp;
    case FieldKind::kIntegerRange:
    case FieldKind::kLongRange:
    case FieldKind::kFloatRange:
    case FieldKind::kDoubleRange:
    case FieldKind::kDateRange:
    case FieldKind::kIpRange:
    case FieldKind::kBinary:
    case FieldKind::kRankFeatures:
    case FieldKind::kPercolator:
    case FieldKind::kGeoShape:
    case FieldKind::kCompletion: return ColumnKind::kBytes;
    case FieldKind::kText:
    case FieldKind::kMatchOnlyText:
    case FieldKind::kSearchAsYouType:
    case FieldKind::kConstantKeyword:
    case FieldKind::kAlias:
    case FieldKind::kObject:
    case FieldKind::kNested:
    case FieldKind::kMetadata:
    case FieldKind::kXyPoint:
    case FieldKind::kXyShape: return ColumnKind::kNone;
    default: return ColumnKind::kInt64;
  }
}

std::string join_path(const std::string& parent, const std::string& name) {
  return parent.empty() ? name : parent + "." + name;
}

bool is_left(std::string orientation) {
  for (char& c : orientation) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return orientation == "left" || orientation == "clockwise" || orientation == "cw";
}

bool flag_or(const Node& node, std::string_view name, bool otherwise) {
  const Json& value = node.param(name);
  return value.is_boolean() ? value.get<bool>() : otherwise;
}

void set_text(FieldType& type, const Node& node, const AnalysisRegistry& analysis) {
  const auto resolve = [&](const char* param, const char* search_default) -> const Analyzer* {
    const Json& name = node.param(param);
    if (!name.is_string()) return nullptr;
    if (name == "default" && search_default != nullptr) {
      if (const Analyzer* own = analysis.find_analyzer(search_default)) return own;
    }
    return analysis.find_analyzer(name.get_ref<const std::string&>());
  };
  type.index_analyzer = resolve("analyzer", nullptr);
  type.search_analyzer = resolve("search_analyzer", "default_search");
  type.search_quote_analyzer = resolve("search_quote_analyzer", "default_search_quoted");
  if (type.search_analyzer == nullptr) type.search_analyzer = type.index_analyzer;
  if (type.search_quote_analyzer == nullptr || (node.param("search_quote_analyzer") == "default" &&
                                                analysis.find_analyzer("default_search_quoted") == nullptr)) {
    type.search_quote_analyzer = type.search_analyzer;
  }
  type.index_analyzer_name = node.text("analyzer");
  type.search_analyzer_name = node.text("search_analyzer");
  if (!is_text(type.kind)) return;
  type.inverted = type.indexed;
  type.norms = flag_or(node, "norms", true) && type.kind != FieldKind::kMatchOnlyText;
  const std::string options = node.text("index_options");
  type.freqs = options != "docs" && type.kind != FieldKind::kMatchOnlyText;
  type.positions = options == "positions" || options == "offsets";
  type.fielddata = node.flag("fielddata");
  const Json& gap = node.param("position_increment_gap");
  const int64_t given = gap.is_number() ? gap.get<int64_t>() : -1;
  if (given >= 0) {
    type.position_increment_gap = static_cast<int>(given);
  } else if (type.index_analyzer != nullptr) {
    type.position_increment_gap = type.index_analyzer->position_increment_gap();
  }
}

void set_keyword(FieldType& type, const Node& node, const AnalysisRegistry& analysis) {
  type.normalizer_name = node.text("normalizer");
  if (type.normalizer_name == "default") type.normalizer_name.clear();
  if (!type.normalizer_name.empty()) type.normalizer = analysis.find_normalizer(type.normalizer_name);
  const Json& above = node.param("ignore_above");
  if (above.is_number()) type.ignore_above = static_cast<uint32_t>(std::max<int64_t>(0, above.get<int64_t>()));
  type.use_similarity = node.flag("use_similarity");
  type.split_queries_on_whitespace = node.flag("split_queries_on_whitespace");
  type.norms = node.flag("norms");
  type.freqs = node.text("index_options") == "freqs";
  type.positions = false;
  type.constant_value = node.text("value");
}

constexpr std::string_view kMetadataNames[] = {"_id",           "_index",       "_routing",     "_seq_no",
                                               "_version",      "_ignored",     "_nested_path", "_source",
                                               "_field_names",  "_doc_count",   "_feature",     "_data_stream_timestamp",
                                               "_primary_term"};

}  // namespace

void MemberTable::build(std::vector<Member> members) {
  members_ = std::move(members);
  slots_.clear();
  if (members_.empty()) return;
  size_t size = 8;
  while (size < members_.size() * 2) size *= 2;
  mask_ = size - 1;
  slots_.assign(size, UINT32_MAX);
  for (uint32_t i = 0; i < members_.size(); ++i) {
    members_[i].hash = JsonCursor::hash_name(members_[i].name);
    size_t at = members_[i].hash & mask_;
    while (slots_[at] != UINT32_MAX) at = (at + 1) & mask_;
    slots_[at] = i;
  }
}

MappingImpl::MappingImpl(Root root, std::shared_ptr<const AnalysisRegistry> analysis, const MappingLimits& limits,
                         const MappingImpl* previous)
    : root_(std::move(root)), analysis_(std::move(analysis)), previous_(previous), limits_(&limits) {
  validate_root(root_, limits);
  if (previous != nullptr) {
    ids_ = previous->ids_;
    nested_paths_ = previous->nested_paths_;
    own_analyzers_ = previous->own_analyzers_;
    fields_.resize(previous->fields_.size());
  }
  add_metadata(previous);
  root_plan_ = compile_object(root_.object, "", "", nullptr);
  previous_ = nullptr;
  limits_ = nullptr;
}

void MappingImpl::add_metadata(const MappingImpl* previous) {
  struct Column {
    FieldId id;
    const char* name;
    ColumnKind column;
  };
  constexpr Column kColumns[] = {{kSeqNoField, "_seq_no", ColumnKind::kInt64},
                                 {kVersionField, "_version", ColumnKind::kInt64},
                                 {kRoutingField, "_routing", ColumnKind::kKeyword},
                                 {kIgnoredField, "_ignored", ColumnKind::kKeyword},
                                 {kNestedPathField, "_nested_path", ColumnKind::kKeyword},
                                 {kFieldNamesField, "_field_names", ColumnKind::kKeyword}};
  if (fields_.size() < kFirstUserField) fields_.resize(kFirstUserField);
  for (const Column& column : kColumns) {
    std::shared_ptr<const FieldType> type;
    if (previous != nullptr) {
      type = previous->fields_[column.id];
    } else {
      auto made = std::make_shared<FieldType>();
      made->id = column.id;
      made->path = column.name;
      made->kind = FieldKind::kMetadata;
      made->column = column.column;
      made->doc_values = column.id != kFieldNamesField && column.id != kRoutingField;
      type = made;
    }
    fields_[column.id] = type;
    types_.emplace(type->path, type.get());
  }
  for (const char* name : {"_id", "_index", "_source"}) {
    auto made = std::make_shared<FieldType>();
    made->path = name;
    made->kind = FieldKind::kMetadata;
    made->doc_values = false;
    others_.push_back(made);
    types_.emplace(name, made.get());
  }
}

FieldId MappingImpl::assign_id(const std::string& path) {
  const auto found = ids_.find(path);
  if (found != ids_.end()) return found->second;
  const auto id = static_cast<FieldId>(fields_.size());
  fields_.emplace_back();
  ids_.emplace(path, id);
  return id;
}

const FieldType* MappingImpl::publish(const std::string& path, std::shared_ptr<const FieldType> type) {
  const FieldType* raw = type.get();
  if (type->id != kNoField) {
    fields_[type->id] = std::move(type);
  } else {
    others_.push_back(std::move(type));
  }
  types_[path] = raw;
  return raw;
}

std::shared_ptr<const FieldType> MappingImpl::make_type(const Node& node, const std::string& path,
                                                        const std::string& nested_path, bool multi_field) {
  auto type = std::make_shared<FieldType>();
  type->path = path;
  type->nested_path = nested_path;
  type->is_multi_field = multi_field;
  if (node.shape == Node::Shape::kAlias) {
    type->kind = FieldKind::kAlias;
    type->alias_target = node.alias_path;
    type->indexed = type->doc_values = false;
    type->parameters = node_json(node);
    return type;
  }
  type->id = assign_id(path);
  type->kind = node.type->kind;
  type->indexed = flag_or(node, "index", true);
  type->doc_values = flag_or(node, "doc_values", !is_text(type->kind));
  type->stored = node.flag("store");
  const int malformed = node.type->find("ignore_malformed");
  type->ignore_malformed = malformed >= 0 && node.params[malformed].given ? node.flag("ignore_malformed") : node.ignore_malformed_default;
  const int coerce = node.type->find("coerce");
  type->coerce = coerce >= 0 && node.params[coerce].given ? node.flag("coerce") : node.coerce_default;
  type->eager_global_ordinals = node.flag("eager_global_ordinals");
  type->similarity = node.text("similarity");
  if (const Similarity* similarity = find_similarity(limits_->similarities, type->similarity)) {
    type->discount_overlaps = similarity->discount_overlaps;
  }
  set_text(*type, node, *analysis_);
  if (!is_text(type->kind)) set_keyword(*type, node, *analysis_);
  if (is_text(type->kind)) type->doc_values = false;
  const bool always = type->kind == FieldKind::kCompletion || type->kind == FieldKind::kPercolator ||
                      type->kind == FieldKind::kRankFeature || type->kind == FieldKind::kRankFeatures ||
                      type->kind == FieldKind::kJoin || type->kind == FieldKind::kWildcard || type->kind == FieldKind::kGeoShape;
  const bool has_column = type->kind == FieldKind::kBinary ? type->doc_values : always || type->indexed || type->doc_values;
  if (type->kind == FieldKind::kBinary) type->indexed = false;
  if (has_column) type->column = column_of(type->kind);
  const Json& factor = node.param("scaling_factor");
  if (factor.is_number()) type->scaling_factor = factor.get<double>();
  if (type->is_date() || type->kind == FieldKind::kDateRange) type->date_format = DateFormat::create(node.text("format"));
  const Json& null_value = node.param("null_value");
  if (!null_value.is_null()) type->null_value = null_value;
  if (type->kind == FieldKind::kJoin) type->use_similarity = true;
  type->copy_to = node.copy_to;
  if (const Json& meta = node.param("meta"); !meta.is_null() && !meta.empty()) type->meta = meta;
  type->parameters = node_json(node);
  return type;
}

const FieldPlan* MappingImpl::compile_field(const NodePtr& node, const std::string& path, const std::string& nested_path,
                                            bool multi_field) {
  std::shared_ptr<const FieldType> type;
  if (previous_ != nullptr) {
    const auto known = previous_->by_node_.find(node.get());
    if (known != previous_->by_node_.end()) type = known->second;
  }
  if (type == nullptr) type = make_type(*node, path, nested_path, multi_field);
  by_node_.emplace(node.get(), type);
  node_owners_.push_back(node);
  publish(path, type);
  FieldPlan& plan = field_plans_.emplace_back();
  plan.type = type.get();
  plan.id = type->id;
  plan.kind = type->kind;
  plan.emits = type->inverted || type->column != ColumnKind::kNone;
  plan.presence = !plan.emits && (type->stored || type->kind == FieldKind::kBinary);
  plan.indexed_terms = type->indexed;
  plan.ignore_malformed = type->ignore_malformed;
  plan.own_ignored = is_number(type->kind) || type->is_date() || type->kind == FieldKind::kIp || type->kind == FieldKind::kGeoPoint;
  plan.coerce = type->coerce;
  plan.takes_arrays = type->kind == FieldKind::kGeoPoint || type->kind == FieldKind::kCompletion || type->kind == FieldKind::kGeoShape;
  if (type->kind == FieldKind::kGeoShape) plan.coerce = flag_or(*node, "coerce", false);
  plan.ignore_z = flag_or(*node, "ignore_z_value", true);
  plan.right = !is_left(node->text("orientation"));
  plan.positive = flag_or(*node, "positive_score_impact", true);
  plan.increments = flag_or(*node, "enable_position_increments", true);
  plan.ignore_above = type->ignore_above;
  plan.copy_to = node->copy_to;
  plan.relations = node->param("relations");
  plan.contexts = node->param("contexts");
  if (const Json& size = node->param("max_input_length"); size.is_number()) plan.max_input_length = size.get<int64_t>();
  if (type->kind == FieldKind::kFlatObject) {
    add_part(plan, *node, "._value", FieldKind::kFlatObject, ColumnKind::kKeyword);
    add_part(plan, *node, "._valueAndPath", FieldKind::kFlatObject, ColumnKind::kKeyword);
  }
  if (type->kind == FieldKind::kJoin && plan.relations.is_object()) {
    for (auto it = plan.relations.begin(); it != plan.relations.end(); ++it) {
      add_part(plan, *node, "#" + it.key(), FieldKind::kJoin, ColumnKind::kKeyword);
    }
  }
  if (type->kind == FieldKind::kPercolator) add_part(plan, *node, ".extracted_terms", FieldKind::kKeyword, ColumnKind::kKeyword);
  if (type->kind == FieldKind::kSearchAsYouType) add_shingles(plan, *node);
  for (const auto& [name, child] : node->multi_fields) {
    plan.multi_fields.push_back(compile_field(child, join_path(path, name), nested_path, true));
  }
  plan.simple = plan.multi_fields.empty() && plan.copy_to.empty();
  plans_[path] = &plan;
  return &plan;
}

void MappingImpl::add_part(FieldPlan& plan, const Node&, const std::string& suffix, FieldKind kind, ColumnKind column) {
  const std::string path = plan.type->path + suffix;
  std::shared_ptr<const FieldType> type;
  if (previous_ != nullptr) {
    if (const auto found = previous_->ids_.find(path); found != previous_->ids_.end()) type = previous_->fields_[found->second];
  }
  if (type == nullptr) {
    auto made = std::make_shared<FieldType>(*plan.type);
    made->path = path;
    made->id = assign_id(path);
    made->kind = kind;
    made->column = column;
    made->synthetic = true;
    made->copy_to.clear();
    type = made;
  }
  plan.parts.emplace_back(suffix.substr(1), type->id);
  publish(path, type);
}

void MappingImpl::add_shingles(FieldPlan& plan, const Node& node) {
  const int size_max = static_cast<int>(node.param("max_shingle_size").get<int64_t>());
  const FieldType& parent = *plan.type;
  if (parent.index_analyzer == nullptr) return;
  const auto add = [&](const std::string& suffix, const auto& wrap_analyzer) {
    const std::string path = parent.path + "." + suffix;
    std::shared_ptr<const FieldType> type;
    if (previous_ != nullptr) {
      if (const auto found = previous_->ids_.find(path); found != previous_->ids_.end()) type = previous_->fields_[found->second];
    }
    if (type == nullptr || type->search_analyzer == nullptr) {
      auto made = std::make_shared<FieldType>(parent);
      made->path = path;
      made->id = assign_id(path);
      made->synthetic = true;
      made->copy_to.clear();
      const auto own = [&](std::shared_ptr<const Analyzer> analyzer) {
        own_analyzers_.push_back(analyzer);
        return analyzer.get();
      };
      wrap_analyzer(*made, own);
      type = made;
    }
    plan.parts.emplace_back(suffix, type->id);
    publish(path, type);
  };
  for (int size = 2; size <= size_max; ++size) {
    add("_" + std::to_string(size) + "gram", [&](FieldType& type, const auto& own) {
      type.index_analyzer = own(make_shingle_analyzer(*parent.index_analyzer, size));
      type.search_analyzer = own(make_shingle_analyzer(*parent.search_analyzer, size));
      type.search_quote_analyzer = own(make_shingle_analyzer(*parent.search_quote_analyzer, size));
    });
  }
  add("_index_prefix", [&](FieldType& type, const auto& own) {
    type.index_analyzer = own(make_prefix_analyzer(*parent.index_analyzer, size_max));
    type.search_analyzer = own(make_shingle_analyzer(*parent.search_analyzer, size_max));
    type.search_quote_analyzer = type.search_analyzer;
    type.norms = false;
  });
}

const ObjectPlan* MappingImpl::compile_object(const NodePtr& node, const std::string& path, const std::string& nested_path,
                                              const ObjectPlan* parent) {
  ObjectPlan& plan = object_plans_.emplace_back();
  plan.path = path;
  plan.node = node.get();
  plan.parent = parent;
  plan.enabled = node->enabled;
  plan.own_dynamic = node->dynamic;
  plan.dynamic = node->dynamic != Dynamic::kUnset ? node->dynamic : parent != nullptr ? parent->dynamic : Dynamic::kTrue;
  plan.disable_objects = node->disable_objects.value_or(false);
  std::string inner_nested = nested_path;
  if (node->nested) {
    inner_nested = path;
    const auto found = std::find(nested_paths_.begin(), nested_paths_.end(), path);
    plan.nested = static_cast<uint32_t>(found - nested_paths_.begin());
    if (found == nested_paths_.end()) nested_paths_.push_back(path);
    plan.include_in_parent = node->include_in_parent;
    plan.include_in_root = node->include_in_root;
  }
  if (!path.empty()) {
    std::shared_ptr<const FieldType> type;
    if (previous_ != nullptr) {
      if (const auto known = previous_->by_node_.find(node.get()); known != previous_->by_node_.end()) type = known->second;
    }
    if (type == nullptr) {
      auto made = std::make_shared<FieldType>();
      made->path = path;
      made->kind = node->nested ? FieldKind::kNested : FieldKind::kObject;
      made->nested_path = inner_nested;
      made->doc_values = false;
      type = made;
    }
    by_node_.emplace(node.get(), type);
    node_owners_.push_back(node);
    publish(path, type);
    objects_[path] = &plan;
  }
  std::vector<Member> members;
  for (const auto& [name, child] : node->children) {
    Member member;
    member.name = name;
    const std::string child_path = join_path(path, name);
    switch (child->shape) {
      case Node::Shape::kObject: member.object = compile_object(child, child_path, inner_nested, &plan); break;
      case Node::Shape::kField: member.field = compile_field(child, child_path, inner_nested, false); break;
      case Node::Shape::kAlias:
        node_owners_.push_back(child);
        member.alias = publish(child_path, make_type(*child, child_path, inner_nested, false));
        break;
    }
    members.push_back(member);
  }
  if (parent == nullptr) {
    for (const std::string_view name : kMetadataNames) {
      if (!node->children.contains(name)) members.push_back({.name = name, .metadata = true});
    }
  }
  plan.members.build(std::move(members));
  return &plan;
}

namespace {

/// parse_root, where a value of a type that no check has foreseen is the sender's error.
Root read_root(const Json& mappings, const ParseContext& context) {
  try {
    return parse_root(mappings, context);
  } catch (const nlohmann::json::exception& error) {
    throw ApiError(mapper_parsing(std::string("Failed to parse mapping: ") + error.what()));
  }
}

}  // namespace

std::shared_ptr<const Mapping> MappingImpl::merge(const Json& update, const MappingLimits& limits) const {
  if (update.is_object() && update.size() == 1 && update.begin().key() == "_doc") {
    throw ApiError(illegal_argument("Types cannot be provided in put mapping requests"));
  }
  const ParseContext context{*analysis_, limits, {}};
  return std::make_shared<MappingImpl>(merge_roots(root_, read_root(update, context)), analysis_, limits, this);
}

}  // namespace mapping

std::shared_ptr<const Mapping> Mapping::create(const Json& mappings, std::shared_ptr<const AnalysisRegistry> analysis,
                                               const MappingLimits& limits) {
  if (mappings.is_object() && mappings.size() == 1 && mappings.begin().key() == "_doc") {
    throw ApiError(illegal_argument("The mapping definition cannot be nested under a type"));
  }
  const mapping::ParseContext context{*analysis, limits, {}};
  mapping::Root root;
  try {
    root = mapping::read_root(mappings, context);
  } catch (const ApiError& error) {
    if (error.error().status != 400) throw;
    throw ApiError(mapping::wrap(mapping::mapper_parsing("Failed to parse mapping [_doc]: " + error.error().reason), error.error()));
  }
  return std::make_shared<mapping::MappingImpl>(std::move(root), std::move(analysis), limits, nullptr);
}

}  // namespace tarn


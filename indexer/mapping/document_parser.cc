#include <algorithm>

#include "indexer/base/check.h"
#include "indexer/mapping/document_parser_impl.h"
#include "indexer/mapping/dynamic_fields.h"

namespace tarn {

using mapping::Dynamic;
using mapping::mapper_parsing;
using mapping::wrap;

namespace {

Error strict_error(Dynamic dynamic, const std::string& parent, std::string_view name) {
  return Error(400, "strict_dynamic_mapping_exception",
               "mapping set to " + std::string(mapping::dynamic_name(dynamic)) + ", dynamic introduction of [" + std::string(name) +
                   "] within [" + (parent.empty() ? "_doc" : parent) + "] is not allowed");
}

bool is_mapper_parsing(const Error& error) {
  return error.type == "mapper_parsing_exception" || error.type == "strict_dynamic_mapping_exception";
}

}  // namespace

namespace mapping {

std::vector<std::string_view> split_path(std::string_view path) {
  std::vector<std::string_view> parts;
  size_t from = 0;
  while (from <= path.size()) {
    const size_t dot = std::min(path.find('.', from), path.size());
    parts.push_back(path.substr(from, dot - from));
    from = dot + 1;
  }
  while (!parts.empty() && parts.back().empty()) parts.pop_back();  // as Java's String.split
  return parts;
}

void validate_name(std::string_view name) {
  if (name.empty()) throw ApiError(illegal_argument("field name cannot be an empty string"));
  if (name.find('.') == std::string_view::npos) return;
  std::vector<std::string_view> parts = split_path(name);
  if (parts.empty()) throw ApiError(illegal_argument("field name cannot contain only the character [.]"));
  for (const std::string_view part : parts) {
    if (part.empty()) {
      throw ApiError(illegal_argument("object field starting or ending with a [.] makes object resolution ambiguous: [" +
                                      std::string(name) + "]"));
    }
    if (part.find_first_not_of(" \t\n\r\f\v") == std::string_view::npos) {
      throw ApiError(illegal_argument("object field cannot contain only whitespace: ['" + std::string(name) + "']"));
    }
  }
}

}  // namespace mapping

ParseOutcome DocumentParser::Impl::parse(const Mapping& mapping, const MappingLimits& limits, std::string_view id,
                                         std::string_view routing, std::string_view source, ParsedBatch& batch) {
  const mapping::MappingImpl& impl = mapping::impl_of(mapping);
  settled_ = false;
  if (run(impl, limits, id, routing, source, batch)) return {};
  ParseOutcome outcome;
  outcome.dynamic_update = mapping::collect_dynamic_fields(impl, limits, source);
  settled_ = true;
  if (outcome.dynamic_update.is_null()) {
    run(impl, limits, id, routing, source, batch);
    return outcome;
  }
  // The document must be right under the new mapping too, before anyone makes that mapping the index's.
  const std::shared_ptr<const Mapping> merged = mapping.merge(outcome.dynamic_update, limits);
  ParsedBatch discarded;
  run(mapping::impl_of(*merged), limits, id, routing, source, discarded);
  return outcome;
}

namespace {

/// Whether the root of a document has exactly one value in the date field `path`.
bool has_one_value(const mapping::MappingImpl& mapping, const std::string& path, const std::vector<FieldValue>& values, size_t first) {
  const mapping::FieldPlan* plan = mapping.plan_of(path);
  if (plan == nullptr || plan->type->column != ColumnKind::kInt64) return false;
  return std::count_if(values.begin() + static_cast<ptrdiff_t>(first), values.end(),
                       [&](const FieldValue& value) { return value.field == plan->id; }) == 1;
}

}  // namespace

bool DocumentParser::Impl::run(const mapping::MappingImpl& mapping, const MappingLimits& limits, std::string_view id,
                               std::string_view routing, std::string_view source, ParsedBatch& batch) {
  mapping_ = &mapping;
  limits_ = &limits;
  batch_ = &batch;
  id_ = id;
  routing_ = routing;
  nested_count_ = 0;
  object_depth_ = 0;
  in_array_ = in_copy_ = unmapped_ = false;
  current_field_ = nullptr;
  ignored_.clear();
  deferred_.reset();
  if (targets_.empty()) targets_.emplace_back();
  open_targets_ = 1;
  Target& root = targets_[0];
  root.own.clear();
  root.presence.clear();
  // Without nested objects, the root's values go straight to the batch.
  root.values = mapping.has_nested() ? &root.own : &batch.values;
  target_ = &root;
  document_first_value_ = mapping.has_nested() ? 0 : batch.values.size();
  const size_t values_before = batch.values.size(), documents_before = batch.documents.size();
  const auto roll_back = [&] {
    batch.values.resize(values_before);
    batch.documents.resize(documents_before);
  };
  try {
    walk_document(source);
  } catch (const ApiError& error) {
    roll_back();
    if (is_mapper_parsing(error.error()) || error.error().status != 400) throw;
    if (current_field_ != nullptr && cursor_.failed_in_string()) {
      const std::string type(current_field_->kind == FieldKind::kTokenCount ? "integer" : kind_name(current_field_->kind));
      throw ApiError(wrap(mapper_parsing("failed to parse field [" + current_field_->type->path + "] of type [" + type +
                                         "] in document with id '" + std::string(id_) + "'. Preview of field's value: ''"),
                          error.error()));
    }
    throw ApiError(wrap(mapper_parsing("failed to parse"), error.error()));
  }
  if (unmapped_) {
    roll_back();
    return false;
  }
  if (deferred_) {
    roll_back();
    throw ApiError(*deferred_);
  }
  if (const Json& stream = mapping.root().data_stream_timestamp; !stream.is_null()) {
    const auto field = stream.find("timestamp_field");
    const std::string name = field == stream.end() ? "@timestamp" : (*field)["name"].get<std::string>();
    if (!has_one_value(mapping, name, *root.values, document_first_value_)) {
      roll_back();
      throw ApiError(wrap(mapper_parsing("failed to parse"),
                          illegal_argument("documents must contain a single-valued timestamp field '" + name + "' of date type")));
    }
  }
  for (const std::string& path : ignored_) {
    target_ = &root;
    add_bytes(kIgnoredField, path);
  }
  const size_t first_value = mapping.has_nested() ? batch.values.size() : values_before;
  if (mapping.has_nested()) batch.values.insert(batch.values.end(), root.own.begin(), root.own.end());
  root.values = &batch.values;
  target_ = &root;
  if (!routing.empty()) add_bytes(kRoutingField, routing);
  batch.documents.push_back({static_cast<uint32_t>(first_value), static_cast<uint32_t>(batch.values.size() - first_value), ParsedDocument::kRoot});
  ParsedRoot parsed;
  parsed.first_document = static_cast<uint32_t>(documents_before);
  parsed.document_count = static_cast<uint32_t>(batch.documents.size() - documents_before);
  batch.roots.push_back(parsed);
  return true;
}

void DocumentParser::Impl::walk_document(std::string_view source) {
  if (source.empty()) throw ApiError(mapper_parsing("failed to parse, document is empty"));
  cursor_.reset(source);
  const size_t first = source.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos || (source[first] != '{' && source[first] != '/' && source[first] != '\xef')) {
    throw ApiError(Error(400, "not_x_content_exception",
                         "Compressor detection can only be called on some xcontent bytes or compressed xcontent bytes"));
  }
  if (cursor_.next() != JsonToken::kStartObject) throw ApiError(mapper_parsing("Malformed content, must start with an object"));
  const ObjectPlan& root = mapping_->root_plan();
  if (root.enabled) {
    object_body(root);
  } else {
    cursor_.skip_children();
  }
  if (const JsonToken extra = cursor_.next(); extra != JsonToken::kEnd) {
    throw ApiError(illegal_argument("Malformed content, found extra data after parsing: " +
                                    std::string(xcontent_token_name(extra))));
  }
}

void DocumentParser::Impl::object_body(const ObjectPlan& plan) {
  if (++object_depth_ > limits_->depth) {
    throw ApiError(Error(400, "parse_exception",
                         "The depth of the field has exceeded the allowed limit of [" + std::to_string(limits_->depth) +
                             "]. This limit can be set by changing the [index.mapping.depth.limit] index level setting."));
  }
  while (cursor_.next() != JsonToken::kEndObject) {
    const std::string_view name = cursor_.text();
    named_value(plan, name, plan.members.find(name, cursor_.name_hash()));
  }
  --object_depth_;
}

void DocumentParser::Impl::named_value(const ObjectPlan& plan, std::string_view name, const Member* member) {
  if (member != nullptr) {
    current_field_ = member->field;
    cursor_.next();
    current_field_ = nullptr;
    in_array_ = false;
    member_value(*member, name);
    return;
  }
  mapping::validate_name(name);
  if (!plan.disable_objects && name.find('.') != std::string_view::npos) {
    dotted_value(plan, name);
    return;
  }
  cursor_.next();
  if (plan.disable_objects && cursor_.token() == JsonToken::kStartObject) {
    flattened_members(plan, std::string(name));
  } else {
    unknown_value(plan, name);
  }
}

/// Objects below one that keeps dotted names: "x": {"y": 1} is the field "x.y".
void DocumentParser::Impl::flattened_members(const ObjectPlan& plan, const std::string& prefix) {
  while (cursor_.next() != JsonToken::kEndObject) {
    const std::string name = prefix + "." + std::string(cursor_.text());
    named_value(plan, name, plan.members.find(name, JsonCursor::hash_name(name)));
  }
}

void DocumentParser::Impl::dotted_value(const ObjectPlan& plan, std::string_view name) {
  const std::vector<std::string_view> parts = mapping::split_path(name);
  const ObjectPlan* parent = &plan;
  for (size_t i = 0; i + 1 < parts.size(); ++i) {
    const Member* member = parent->members.find(parts[i], JsonCursor::hash_name(parts[i]));
    if (member == nullptr) {
      cursor_.next();
      unknown_value(*parent, parts[i]);
      return;
    }
    if (member->object == nullptr) {
      const JsonToken token = cursor_.next();
      if (token == JsonToken::kNull || member->metadata) return;
      if (settled_ || parent->dynamic == Dynamic::kFalse) {
        cursor_.skip_children();
        return;
      }
      const FieldType* type = member->field != nullptr ? member->field->type : member->alias;
      throw ApiError(mapper_parsing("Could not dynamically add mapping for field [" + std::string(name) + "]. Existing mapping for [" +
                                    type->path + "] must be of type object but found [" + std::string(kind_name(type->kind)) + "]."));
    }
    if (!member->object->enabled) {
      cursor_.next();
      cursor_.skip_children();
      return;
    }
    if (member->object->nested != ParsedDocument::kRoot) {
      throw ApiError(mapper_parsing("Cannot add a value for field [" + std::string(name) +
                                    "] since one of the intermediate objects is mapped as a nested object: [" + member->object->path + "]"));
    }
    parent = member->object;
  }
  const std::string_view last = parts.back();
  const Member* member = parent->members.find(last, JsonCursor::hash_name(last));
  current_field_ = member != nullptr ? member->field : nullptr;
  cursor_.next();
  current_field_ = nullptr;
  in_array_ = false;
  if (member != nullptr) {
    member_value(*member, name);
  } else {
    unknown_value(*parent, last);
  }
}

void DocumentParser::Impl::member_value(const Member& member, std::string_view name) {
  if (member.field != nullptr) {
    if (cursor_.token() == JsonToken::kStartArray && !member.field->takes_arrays) {
      current_field_ = member.field;
      while (cursor_.next() != JsonToken::kEndArray) {
        current_field_ = nullptr;
        in_array_ = true;
        member_value(member, name);
        current_field_ = member.field;
      }
      current_field_ = nullptr;
      return;
    }
    field(*member.field);
    return;
  }
  if (member.metadata) refuse_metadata(name);
  if (cursor_.token() == JsonToken::kStartArray) {
    while (cursor_.next() != JsonToken::kEndArray) {
      in_array_ = true;
      member_value(member, name);
    }
    return;
  }
  if (member.alias != nullptr) {
    throw ApiError(illegal_argument("Cannot write to a field alias [" + member.alias->path + "]."));
  }
  object_value(*member.object, name);
}

void DocumentParser::Impl::object_value(const ObjectPlan& plan, std::string_view name) {
  if (!plan.enabled) {
    cursor_.skip_children();
    return;
  }
  if (cursor_.token() == JsonToken::kNull) return;
  if (cursor_.token() != JsonToken::kStartObject) {
    throw ApiError(mapper_parsing("object mapping for [" + plan.path + "] tried to parse field [" +
                                  (in_array_ ? "null" : std::string(name)) + "] as object, but found a concrete value"));
  }
  if (plan.nested != ParsedDocument::kRoot) {
    nested_body(plan);
  } else {
    object_body(plan);
  }
}

void DocumentParser::Impl::nested_body(const ObjectPlan& plan) {
  if (++nested_count_ > limits_->nested_objects) {
    throw ApiError(mapper_parsing("The number of nested documents has exceeded the allowed limit of [" +
                                  std::to_string(limits_->nested_objects) +
                                  "]. This limit can be set by changing the [index.mapping.nested_objects.limit] index level setting."));
  }
  if (targets_.size() == open_targets_) targets_.emplace_back();
  Target& own = targets_[open_targets_++];
  own.own.clear();
  own.presence.clear();
  own.values = &own.own;
  own.nested = &plan;
  Target* const parent = target_;
  target_ = &own;
  add_bytes(kNestedPathField, plan.path);
  object_body(plan);
  target_ = parent;
  --open_targets_;
  const auto copy_into = [&](Target& to) { to.values->insert(to.values->end(), own.own.begin() + 1, own.own.end()); };
  if (plan.include_in_parent) copy_into(*parent);
  if (plan.include_in_root && !(plan.include_in_parent && parent == &targets_[0])) copy_into(targets_[0]);
  const auto first = static_cast<uint32_t>(batch_->values.size());
  batch_->values.insert(batch_->values.end(), own.own.begin(), own.own.end());
  batch_->documents.push_back({first, static_cast<uint32_t>(own.own.size()), plan.nested});
}

void DocumentParser::Impl::refuse_metadata(std::string_view name) {
  if (name == "_doc_count") {
    throw ApiError(Error(501, "not_implemented_exception", "the metadata field [_doc_count] is not implemented in documents"));
  }
  const std::string field(name);
  const Error cause = mapper_parsing("Field [" + field +
                                     "] is a metadata field and cannot be added inside a document. Use the index API request parameters.");
  throw ApiError(wrap(mapper_parsing("failed to parse field [" + field + "] of type [" + field + "] in document with id '" +
                                     std::string(id_) + "'. Preview of field's value: '" + preview_value() + "'"),
                      cause));
}

bool DocumentParser::Impl::array_holds_values() {
  bool found = false;
  const int depth = cursor_.depth() - 1;
  while (cursor_.depth() > depth) {
    const JsonToken token = cursor_.next();
    if (token == JsonToken::kStartObject || (cursor_.is_value() && token != JsonToken::kNull)) found = true;
  }
  return found;
}

void DocumentParser::Impl::unknown_value(const ObjectPlan& parent, std::string_view name) {
  const JsonToken token = cursor_.token();
  if (token == JsonToken::kNull) {
    if (parent.own_dynamic == Dynamic::kStrict || parent.own_dynamic == Dynamic::kStrictAllowTemplates) {
      throw ApiError(strict_error(parent.own_dynamic, parent.path, name));
    }
    return;
  }
  const bool structure = token == JsonToken::kStartObject || token == JsonToken::kStartArray;
  if (parent.dynamic == Dynamic::kStrict) throw ApiError(strict_error(parent.dynamic, parent.path, name));
  if (settled_ || parent.dynamic == Dynamic::kFalse) {
    if (structure) cursor_.skip_children();
    return;
  }
  if (token == JsonToken::kStartArray && parent.dynamic == Dynamic::kTrue && !mapping_->root().dynamic_templates) {
    if (array_holds_values()) unmapped_ = true;
    return;
  }
  unmapped_ = true;
  if (structure) cursor_.skip_children();
}

void DocumentParser::Impl::field(const FieldPlan& plan) {
  const int depth = cursor_.depth() - (cursor_.token() == JsonToken::kStartObject || cursor_.token() == JsonToken::kStartArray ? 1 : 0);
  const size_t values_before = target_->values->size();
  try {
    value(plan);
  } catch (const ApiError& error) {
    field_failed(plan, error.error(), depth, values_before);
  }
  if (plan.simple) return;
  for (const FieldPlan* sub_field : plan.multi_fields) field(*sub_field);
  if (!plan.copy_to.empty() && !in_copy_) copy_value(plan);
}

void DocumentParser::Impl::copy_value(const FieldPlan& plan) {
  Target* const home = target_;
  in_copy_ = true;
  for (const std::string& path : plan.copy_to) {
    // The innermost open document whose path the target's path begins with.
    for (size_t i = open_targets_; i-- > 0;) {
      const ObjectPlan* nested = targets_[i].nested;
      if (i == 0 || path.starts_with(nested->path + ".")) {
        target_ = &targets_[i];
        break;
      }
    }
    if (const FieldPlan* to = mapping_->plan_of(path)) {
      field(*to);
    } else if (const FieldType* type = mapping_->find_unresolved(path); type != nullptr && type->kind == FieldKind::kAlias) {
      throw ApiError(illegal_argument("Cannot copy to a field alias [" + path + "]."));
    } else if (cursor_.is_value() && cursor_.token() != JsonToken::kNull && !settled_) {
      unmapped_ = true;
    }
  }
  in_copy_ = false;
  target_ = home;
}

void DocumentParser::Impl::skip_to_depth(int depth) {
  while (cursor_.depth() > depth) cursor_.next();
}

void DocumentParser::Impl::field_failed(const FieldPlan& plan, const Error& error, int depth, size_t values_before) {
  if (error.status != 400) throw ApiError(error);  // refused by us, not malformed
  // These types read their values outside of what words the failures of fields (and forgives malformed ones).
  if (plan.kind == FieldKind::kJoin || plan.kind == FieldKind::kCompletion || plan.kind == FieldKind::kRankFeatures ||
      plan.kind == FieldKind::kPercolator) {
    throw ApiError(error);
  }
  const bool geo = plan.kind == FieldKind::kGeoPoint || plan.kind == FieldKind::kGeoShape;
  if (plan.ignore_malformed) {
    if (plan.own_ignored && (cursor_.is_value() || geo)) add_ignored(plan.type->path);
    if (plan.kind == FieldKind::kGeoPoint) {
      target_->values->resize(values_before);
      geo_points_after_failure(plan, depth);
    }
    skip_to_depth(depth);
    return;
  }
  const std::string type(plan.kind == FieldKind::kTokenCount ? "integer" : kind_name(plan.kind));
  const std::string what = "failed to parse field [" + plan.type->path + "] of type [" + type + "]";
  if (geo) throw ApiError(wrap(mapper_parsing(what), error));
  throw ApiError(wrap(mapper_parsing(what + " in document with id '" + std::string(id_) + "'. Preview of field's value: '" +
                                     preview(plan) + "'"),
                      error));
}

std::string DocumentParser::Impl::preview(const FieldPlan& plan) {
  if (cursor_.token() == JsonToken::kFloat && (plan.kind == FieldKind::kFloat || plan.kind == FieldKind::kHalfFloat)) {
    // The mapper read a float from the token, which is what Jackson then gives.
    std::string out;
    append_float(out, mapping::json_float(cursor_.text()));
    return out;
  }
  return preview_value();
}

std::string DocumentParser::Impl::preview_value() {
  switch (cursor_.token()) {
    case JsonToken::kString:
    case JsonToken::kInteger:
    case JsonToken::kTrue:
    case JsonToken::kFalse: return std::string(cursor_.text());
    case JsonToken::kFloat: return double_text(mapping::json_double(cursor_.text()));
    case JsonToken::kStartObject:
    case JsonToken::kStartArray: return mapping::java_text(json_value());
    default: return "null";
  }
}

void DocumentParser::Impl::add_presence(const FieldPlan& plan) {
  const std::string_view path = plan.type->path;
  if (std::find(target_->presence.begin(), target_->presence.end(), path) != target_->presence.end()) return;
  target_->presence.push_back(path);
  add_bytes(kFieldNamesField, path);
}

void DocumentParser::Impl::add_ignored(const std::string& path) {
  if (std::find(ignored_.begin(), ignored_.end(), path) == ignored_.end()) ignored_.push_back(path);
}

DocumentParser::DocumentParser() : impl_(std::make_unique<Impl>()) {}
DocumentParser::~DocumentParser() = default;
DocumentParser::DocumentParser(DocumentParser&&) noexcept = default;

ParseOutcome DocumentParser::parse(const Mapping& mapping, const MappingLimits& limits, std::string_view id,
                                   std::string_view routing, std::string_view source, ParsedBatch& batch) {
  return impl_->parse(mapping, limits, id, routing, source, batch);
}

bool DocumentParser::parse_partial(const Mapping& mapping, std::string_view id, std::string_view partial, ParsedBatch& batch,
                                   std::vector<FieldId>& touched) {
  return impl_->parse_partial(mapping, id, partial, batch, touched);
}

}  // namespace tarn

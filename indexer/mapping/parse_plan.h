#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "indexer/base/json_cursor.h"
#include "indexer/mapping/mapping_tree.h"

namespace tarn::mapping {

struct ObjectPlan;

/// What the document parser needs to know of one field, worked out once a mapping.
struct FieldPlan {
  const FieldType* type = nullptr;
  FieldId id = kNoField;
  FieldKind kind = FieldKind::kKeyword;
  bool emits = false;           ///< has a column or postings
  bool presence = false;        ///< has neither, but its presence must be known (_field_names)
  bool indexed_terms = false;   ///< Lucene would index its terms: immense ones are refused
  bool simple = true;           ///< neither multi-fields nor copy_to
  bool ignore_malformed = false;
  bool own_ignored = false;     ///< the type notes ignored values in _ignored itself
  bool coerce = true;
  bool takes_arrays = false;    ///< the type reads whole arrays itself (geo_point, completion ...)
  bool ignore_z = true;
  bool right = true;            ///< orientation of geo_shape
  bool positive = true;         ///< positive_score_impact
  bool increments = true;       ///< enable_position_increments of token_count
  uint32_t ignore_above = INT32_MAX;
  std::vector<const FieldPlan*> multi_fields;
  std::vector<std::string> copy_to;
  std::vector<std::pair<std::string, FieldId>> parts;  ///< synthetic fields: by the last part of their names
  Json relations;               ///< join
  Json contexts;                ///< completion
  int64_t max_input_length = 50;
};

struct Member {
  std::string_view name;
  uint64_t hash = 0;
  const FieldPlan* field = nullptr;    ///< one of these three
  const ObjectPlan* object = nullptr;
  const FieldType* alias = nullptr;
  bool metadata = false;               ///< a metadata field: refused in documents
};

/// Names to members, open addressing; the hot lookup of parsing.
class MemberTable {
 public:
  void build(std::vector<Member> members);
  const Member* find(std::string_view name, uint64_t hash) const {
    if (slots_.empty()) return nullptr;
    for (size_t at = hash & mask_;; at = (at + 1) & mask_) {
      const uint32_t index = slots_[at];
      if (index == UINT32_MAX) return nullptr;
      const Member& member = members_[index];
      if (member.hash == hash && member.name == name) return &member;
    }
  }
  const std::vector<Member>& members() const { return members_; }

 private:
  std::vector<Member> members_;
  std::vector<uint32_t> slots_;
  size_t mask_ = 0;
};

struct ObjectPlan {
  std::string path;                   ///< "" at the root
  const Node* node = nullptr;
  const ObjectPlan* parent = nullptr;
  bool enabled = true;
  uint32_t nested = ParsedDocument::kRoot;  ///< index of the nested path if this object is nested
  bool include_in_parent = false, include_in_root = false;
  Dynamic dynamic = Dynamic::kTrue;   ///< inherited
  Dynamic own_dynamic = Dynamic::kUnset;
  bool disable_objects = false;
  MemberTable members;
};

/// The published form of a mapping.
class MappingImpl final : public Mapping, public std::enable_shared_from_this<MappingImpl> {
 public:
  MappingImpl(Root root, std::shared_ptr<const AnalysisRegistry> analysis, const MappingLimits& limits,
              const MappingImpl* previous);

  std::shared_ptr<const Mapping> merge(const Json& update, const MappingLimits& limits) const override;
  Json to_json() const override { return root_json(root_); }
  Json field_json(std::string_view path) const override;
  Json field_json_with_defaults(std::string_view path) const override;
  const FieldType* find(std::string_view path) const override;
  const FieldType* find_unresolved(std::string_view path) const override;
  const FieldType& field(FieldId id) const override { return *fields_[id]; }
  FieldId field_count() const override { return static_cast<FieldId>(fields_.size()); }
  std::vector<const FieldType*> match(std::string_view pattern) const override;
  const std::vector<std::string>& nested_paths() const override { return nested_paths_; }
  bool source_enabled() const override;
  bool routing_required() const override { return root_.routing_required.value_or(false); }
  std::string filter_source(std::string_view source) const override;
  const AnalysisRegistry& analysis() const override { return *analysis_; }

  const Root& root() const { return root_; }
  const ObjectPlan& root_plan() const { return *root_plan_; }
  const FieldPlan* plan_of(std::string_view path) const;
  const ObjectPlan* object_plan_of(std::string_view path) const;
  std::shared_ptr<const AnalysisRegistry> shared_analysis() const { return analysis_; }
  bool has_nested() const { return !nested_paths_.empty(); }

 private:
  struct PathHash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const { return JsonCursor::hash_name(text); }
  };
  template <class Value>
  using ByPath = std::unordered_map<std::string, Value, PathHash, std::equal_to<>>;

  void add_metadata(const MappingImpl* previous);
  FieldId assign_id(const std::string& path);
  const ObjectPlan* compile_object(const NodePtr& node, const std::string& path, const std::string& nested_path,
                                   const ObjectPlan* parent);
  const FieldPlan* compile_field(const NodePtr& node, const std::string& path, const std::string& nested_path, bool multi_field);
  std::shared_ptr<const FieldType> make_type(const Node& node, const std::string& path, const std::string& nested_path, bool multi_field);
  void add_part(FieldPlan& plan, const Node& node, const std::string& suffix, FieldKind kind, ColumnKind column);
  void add_shingles(FieldPlan& plan, const Node& node);
  const FieldType* publish(const std::string& path, std::shared_ptr<const FieldType> type);
  const Node* find_node(std::string_view path) const;

  Root root_;
  std::shared_ptr<const AnalysisRegistry> analysis_;
  const MappingImpl* previous_ = nullptr;   // only while constructing
  const MappingLimits* limits_ = nullptr;    // only while constructing
  std::vector<std::shared_ptr<const FieldType>> fields_;   // by id
  std::vector<std::shared_ptr<const FieldType>> others_;   // objects, aliases: without ids
  ByPath<const FieldType*> types_;
  ByPath<FieldId> ids_;
  std::unordered_map<const Node*, std::shared_ptr<const FieldType>> by_node_;
  std::vector<NodePtr> node_owners_;
  std::deque<FieldPlan> field_plans_;
  std::deque<ObjectPlan> object_plans_;
  ByPath<const FieldPlan*> plans_;
  ByPath<const ObjectPlan*> objects_;
  std::vector<std::string> nested_paths_;
  std::vector<std::shared_ptr<const Analyzer>> own_analyzers_;
  const ObjectPlan* root_plan_ = nullptr;
};

inline const MappingImpl& impl_of(const Mapping& mapping) { return static_cast<const MappingImpl&>(mapping); }

}  // namespace tarn::mapping

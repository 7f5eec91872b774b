#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "indexer/mapping/mapping.h"

namespace tarn::query {

/// A mapping as the queries of percolator fields see it: a field that is not mapped is refused with query_shard_exception, or
/// stands for text (index.percolator.map_unmapped_fields_as_text). find_unresolved() asks without that.
class StoredQueryMapping final : public Mapping {
 public:
  StoredQueryMapping(std::shared_ptr<const Mapping> inner, bool unmapped_as_text)
      : inner_(std::move(inner)), unmapped_as_text_(unmapped_as_text) {}

  const FieldType* find(std::string_view path) const override;
  /// Without that.
  const std::shared_ptr<const Mapping>& plain() const { return inner_; }

  std::shared_ptr<const Mapping> merge(const Json& update, const MappingLimits& limits) const override { return inner_->merge(update, limits); }
  Json to_json() const override { return inner_->to_json(); }
  Json field_json(std::string_view path) const override { return inner_->field_json(path); }
  Json field_json_with_defaults(std::string_view path) const override { return inner_->field_json_with_defaults(path); }
  const FieldType* find_unresolved(std::string_view path) const override { return inner_->find_unresolved(path); }
  const FieldType& field(FieldId id) const override { return inner_->field(id); }
  FieldId field_count() const override { return inner_->field_count(); }
  std::vector<const FieldType*> match(std::string_view pattern) const override { return inner_->match(pattern); }
  const std::vector<std::string>& nested_paths() const override { return inner_->nested_paths(); }
  bool source_enabled() const override { return inner_->source_enabled(); }
  bool routing_required() const override { return inner_->routing_required(); }
  std::string filter_source(std::string_view source) const override { return inner_->filter_source(source); }
  const AnalysisRegistry& analysis() const override { return inner_->analysis(); }

 private:
  std::shared_ptr<const Mapping> inner_;
  bool unmapped_as_text_;
  mutable std::mutex mutex_;
  mutable std::map<std::string, std::unique_ptr<const FieldType>, std::less<>> texts_;  // of fields that are not mapped
};

/// Throws illegal_argument_exception where a clause that needs other documents is bound for a percolator field.
void refuse_in_stored_query(const Mapping& mapping, const std::string& clause);

}  // namespace tarn::query

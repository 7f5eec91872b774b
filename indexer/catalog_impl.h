#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "indexer/catalog.h"
#include "indexer/data_streams.h"
#include "indexer/index_templates.h"

namespace tarn {

/// Everything the catalog knows beside the engine's indices. Immutable once published.
struct CatalogState {
  using Aliases = std::map<std::string, Alias, std::less<>>;
  std::map<std::string, Aliases, std::less<>> by_index;                        ///< index -> its aliases
  std::map<std::string, std::set<std::string>, std::less<>> indices_of_alias;  ///< alias -> its indices
  TemplateSet templates;
  Json persistent = Json::object(), transient = Json::object();                ///< flat cluster settings

  std::map<std::string, DataStream, std::less<>> streams;
  std::map<std::string, std::string, std::less<>> stream_of_index;             ///< backing index -> its stream

  void rebuild_alias_table();
  void rebuild_stream_table();
};

/// Readers copy the pointer to the published state. Writers hold `change_mutex_` over check, store and publication, so that
/// two requests never decide on the same old state.
class CatalogImpl final : public Catalog {
 public:
  explicit CatalogImpl(Engine& engine);
  Engine& engine() override { return engine_; }

  std::vector<ResolvedIndex> resolve(std::string_view expression, const IndicesOptions& options) const override;
  std::shared_ptr<Index> resolve_write(std::string_view name, bool auto_create, bool require_alias,
                                       std::string* routing) override;
  std::shared_ptr<Index> resolve_single(std::string_view name, std::string* routing) const override;

  std::shared_ptr<Index> create_index(const std::string& name, const Json& body) override;
  std::shared_ptr<Index> create_like(const Index& source, const std::string& name, const Json& flat, const Json& aliases) override;
  void put_settings(const std::vector<ResolvedIndex>& indices, const Json& flat, bool preserve_existing) override;
  void put_mapping(const std::vector<ResolvedIndex>& indices, const Json& mapping) override;
  void delete_indices(std::string_view expression, const IndicesOptions& options) override;

  std::vector<Alias> aliases_of(std::string_view index) const override;
  bool is_alias(std::string_view name) const override;
  std::vector<std::string> indices_of_alias(std::string_view alias) const override;
  std::vector<std::string> alias_names() const override;
  void set_filter_check(FilterCheck check) override { filter_check_ = std::move(check); }
  void update_aliases(const Json& actions) override;

  void put_template(std::string_view kind, const std::string& name, const Json& body, bool create) override;
  bool delete_template(std::string_view kind, const std::string& name) override;
  std::vector<std::pair<std::string, Json>> templates(std::string_view kind, std::string_view pattern) const override;
  Json simulate_index(const std::string& name) const override;
  Json simulate_template(const std::string& name, const Json& body) const override;
  Json simulate_index_with(const std::string& name, const Json& body) const override;

  Json cluster_settings() const override;
  Json put_cluster_settings(const Json& body) override;
  std::string cluster_setting(std::string_view name, std::string_view fallback) const override;
  const std::string& cluster_uuid() const override { return cluster_uuid_; }

  // Data streams (catalog_streams.cc); see data_streams.h.
  std::shared_ptr<const CatalogState> published() const { return state(); }
  std::shared_ptr<Index> create_stream(const std::string& name);
  std::shared_ptr<Index> roll_stream(const std::string& name);
  void delete_streams(std::string_view expression);
  void adopt_stream(const std::string& name, const Json& stored);

 private:
  using StatePtr = std::shared_ptr<const CatalogState>;
  StatePtr state() const;
  void publish(CatalogState next);
  void load();
  void load_streams(CatalogState& next) const;
  void add_stored_stream(CatalogState& next, const std::string& name, const Json& stored) const;
  std::shared_ptr<Index> add_backing_index(CatalogState& next, DataStream stream);
  /// Throws for the write index of a data stream.
  static void check_deletable(const CatalogState& state, const std::string& index);
  static void forget_backing_index(CatalogState& next, const std::string& index, std::vector<Store::MetaWrite>& writes);
  static void check_template_unused(const CatalogState& state, const std::set<std::string>& doomed);

  /// Index and alias names (not yet indices) that the expression means; empty names and unknown ones throw.
  std::set<std::string> expand(const CatalogState& state, std::string_view expression, const IndicesOptions& options) const;
  std::set<std::string> expand_pattern(const CatalogState& state, std::string_view pattern, const IndicesOptions& options) const;
  void add_resolved(const CatalogState& state, const std::set<std::string>& names, const IndicesOptions& options,
                    std::vector<ResolvedIndex>& out) const;
  void check_auto_create(std::string_view name) const;
  std::shared_ptr<Index> write_index_of(const CatalogState& state, std::string_view alias) const;
  static void take_alias_routing(const Alias& alias, std::string_view name, std::string* routing);

  void check_free_name(const std::string& name) const;
  /// Stores aliases and index, in this order, and publishes. `flat` needs no order.
  std::shared_ptr<Index> store_index(const std::string& name, const Json& flat, const Json& mappings,
                                     const std::map<std::string, Json>& aliases);
  static std::vector<Store::MetaWrite> alias_writes(const CatalogState& state, const std::set<std::string>& indices);
  void check_new_alias(const CatalogState& state, const std::string& alias) const;
  static void check_alias_properties(const CatalogState& state, const std::string& alias, std::string_view newest);

  Engine& engine_;
  FilterCheck filter_check_;
  std::string cluster_uuid_;
  std::mutex change_mutex_;
  mutable std::shared_mutex state_mutex_;
  StatePtr state_;  // guarded by state_mutex_
};

Alias alias_from_json(const std::string& name, const Json& shown);

}  // namespace tarn

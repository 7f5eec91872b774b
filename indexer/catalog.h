#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <vector>

#include "indexer/engine.h"

namespace tarn {

/// How an expression of index names is read: the ignore_unavailable, allow_no_indices and expand_wildcards parameters.
struct IndicesOptions {
  bool ignore_unavailable = false;
  bool allow_no_indices = true;
  bool expand_open = true, expand_closed = false, expand_hidden = false;
  bool forbid_closed = true;       ///< a closed index named outright is 400 index_closed_exception
  bool ignore_aliases = false;
};

/// One index that an expression names, with what its alias adds.
struct ResolvedIndex {
  std::shared_ptr<Index> index;
  std::vector<Json> alias_filters;         ///< OR-ed; empty: no filter (or reached also without one)
  std::vector<std::string> search_routing; ///< from aliases
};

struct Alias {
  std::string name;
  Json filter;                             ///< null if none
  std::string index_routing, search_routing;
  std::optional<bool> is_write_index, is_hidden;
  Json to_json() const;                    ///< as GET _alias shows it
};

/// What a request is about to do to an index; an index block forbids some of it.
enum class BlockLevel { kRead, kWrite, kMetadataRead, kMetadataWrite };

/// Throws 403 (429 for read_only_allow_delete) cluster_block_exception "index [x] blocked by: [FORBIDDEN/8/index write
/// (api)];" if a block of its settings forbids it. `deleting`: read_only_allow_delete lets the index be deleted.
void check_index_block(const Index& index, BlockLevel level, bool deleting = false);
/// The same for several: nothing may be done if one of them is blocked.
void check_index_blocks(const std::vector<ResolvedIndex>& indices, BlockLevel level, bool deleting = false);

/// The settings of an index as GET _settings shows them, flat: its own and the private ones (uuid, creation_date ...).
Json shown_settings(const Index& index);

/// Names over the Engine: aliases, templates, component templates, cluster settings, date math in names, automatic creation.
/// State lives in the store's metadata. Thread-safe. Searches and writes only read it.
class Catalog {
 public:
  static std::unique_ptr<Catalog> open(Engine& engine);
  virtual ~Catalog() = default;
  virtual Engine& engine() = 0;

  /// Indices of "a,b*,-c,<logs-{now/d}>,alias,_all"; sorted by name. Throws 404 index_not_found_exception
  /// ("no such index [x]", members index, index_uuid "_na_", resource.type ...) and 400 index_closed_exception.
  virtual std::vector<ResolvedIndex> resolve(std::string_view expression, const IndicesOptions& options) const = 0;
  /// The one index that a document API means: an index, or an alias with one (write) index. Creates it from templates if
  /// `auto_create` and action.auto_create_index allow. `require_alias`: 404 unless the name is an alias.
  /// `routing`: takes the alias's index_routing where the request has none (400 if they differ).
  virtual std::shared_ptr<Index> resolve_write(std::string_view name, bool auto_create, bool require_alias,
                                               std::string* routing) = 0;
  /// The same for reads of one document (get, explain ...): 400 if the alias has several indices.
  virtual std::shared_ptr<Index> resolve_single(std::string_view name, std::string* routing) const = 0;

  /// Body of PUT /index: {"settings","mappings","aliases"}; templates are applied below it. Returns the index.
  virtual std::shared_ptr<Index> create_index(const std::string& name, const Json& body) = 0;
  /// A new, empty index with the mapping and settings of `source` (clone, shrink, split); `flat` overrides its settings,
  /// `aliases` as in create_index. Templates do not apply.
  virtual std::shared_ptr<Index> create_like(const Index& source, const std::string& name, const Json& flat, const Json& aliases) = 0;
  /// Changes settings of open or closed indices: `flat` as IndexSettings::flatten gives it, nulls reset.
  /// Throws 400 "Can't update non dynamic settings [[...]] for open indices [[x/uuid]]", "final x setting [..], not updateable".
  virtual void put_settings(const std::vector<ResolvedIndex>& indices, const Json& flat, bool preserve_existing) = 0;
  virtual void put_mapping(const std::vector<ResolvedIndex>& indices, const Json& mapping) = 0;
  virtual void delete_indices(std::string_view expression, const IndicesOptions& options) = 0;

  virtual std::vector<Alias> aliases_of(std::string_view index) const = 0;
  virtual bool is_alias(std::string_view name) const = 0;
  /// Names of the indices that an alias stands for, sorted; empty if there is no such alias.
  virtual std::vector<std::string> indices_of_alias(std::string_view alias) const = 0;
  virtual std::vector<std::string> alias_names() const = 0;   ///< sorted
  /// Parses the filter of an alias and throws what is wrong with it. Set once, before requests come: the query language is
  /// not the indexer's business.
  virtual void set_filter_check(std::function<void(const Json&)> check) = 0;
  /// Actions of POST _aliases: [{"add": {...}}, {"remove": {...}}, {"remove_index": {...}}]; all or nothing.
  virtual void update_aliases(const Json& actions) = 0;

  // Composable index templates ("index"), component templates ("component"), legacy templates ("legacy"): name -> body,
  // validated as OpenSearch validates. delete_template takes patterns; false if nothing fits.
  virtual void put_template(std::string_view kind, const std::string& name, const Json& body, bool create) = 0;
  virtual bool delete_template(std::string_view kind, const std::string& name) = 0;
  virtual std::vector<std::pair<std::string, Json>> templates(std::string_view kind, std::string_view pattern) const = 0;
  /// Settings, mappings and aliases that a new index of that name would get from templates.
  /// {"template": {...}, "overlapping": [...]}; {} if no composable template fits.
  virtual Json simulate_index(const std::string& name) const = 0;
  /// The same as if the template `body` were stored under `name` ("" for none); `body` null: the stored one.
  virtual Json simulate_template(const std::string& name, const Json& body) const = 0;
  /// As simulate_index, with `body` stored as a template first.
  virtual Json simulate_index_with(const std::string& name, const Json& body) const = 0;

  virtual Json cluster_settings() const = 0;                 ///< {"persistent": flat, "transient": flat}
  virtual Json put_cluster_settings(const Json& body) = 0;   ///< answers what PUT _cluster/settings answers
  virtual std::string cluster_setting(std::string_view name, std::string_view fallback) const = 0;
  virtual const std::string& cluster_uuid() const = 0;
};

}  // namespace tarn

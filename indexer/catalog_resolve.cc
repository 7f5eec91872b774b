// Expressions of index names. Follows OpenSearch's IndexNameExpressionResolver: date math first, then wildcards and
// exclusions from left to right, then names to indices.

#include <algorithm>

#include <fmt/format.h>

#include "indexer/catalog_impl.h"
#include "indexer/index_names.h"

namespace tarn {
namespace {

bool is_all(const std::vector<std::string>& names) {
  return names.empty() || (names.size() == 1 && (names[0].empty() || names[0] == "_all" || names[0] == "*"));
}

bool state_wanted(const Index& index, const IndicesOptions& options) {
  return index.closed() ? options.expand_closed : options.expand_open;
}

/// Hidden names show themselves to a pattern that begins with the same dot.
bool visible(bool hidden, std::string_view name, std::string_view pattern, const IndicesOptions& options) {
  return !hidden || options.expand_hidden || (pattern.starts_with(".") && name.starts_with("."));
}

bool alias_hidden(const CatalogState& state, const std::string& alias, const std::set<std::string>& indices) {
  const auto found = state.by_index.find(*indices.begin());
  if (found == state.by_index.end()) return false;
  const auto entry = found->second.find(alias);
  return entry != found->second.end() && entry->second.is_hidden.value_or(false);
}

Error alias_refused(std::string_view name) {
  return illegal_argument(fmt::format(
      "The provided expression [{}] matches an alias, specify the corresponding concrete indices instead.", name));
}

Error nothing_found(const std::vector<std::string>& names) {
  if (is_all(names)) {
    Error error(404, "index_not_found_exception", "no such index [_all] and no indices exist");
    return error.with("index", "_all").with("resource.id", "_all").with("resource.type", "index_expression").with("index_uuid", "_na_");
  }
  if (names.size() == 1) return index_not_found(names[0]);
  Error error(404, "index_not_found_exception", "no such index [null]");
  return error.with("resource.type", "index_expression").with("resource.id", names);
}

}  // namespace

std::set<std::string> CatalogImpl::expand_pattern(const CatalogState& state, std::string_view pattern,
                                                  const IndicesOptions& options) const {
  std::set<std::string> out;
  if (!options.expand_open && !options.expand_closed) return out;
  for (const auto& index : engine_.indices())
    if (matches_pattern(pattern, index->name()) && state_wanted(*index, options) &&
        visible(index->settings()->hidden, index->name(), pattern, options))
      out.insert(index->name());
  if (options.ignore_aliases) return out;
  for (const auto& [name, stream] : state.streams)
    if (matches_pattern(pattern, name)) out.insert(name);
  for (const auto& [alias, indices] : state.indices_of_alias) {
    if (!matches_pattern(pattern, alias) || !visible(alias_hidden(state, alias, indices), alias, pattern, options)) continue;
    const bool any = std::any_of(indices.begin(), indices.end(), [&](const std::string& name) {
      const auto index = engine_.find(name);
      return index && state_wanted(*index, options);
    });
    if (any) out.insert(alias);
  }
  return out;
}

std::set<std::string> CatalogImpl::expand(const CatalogState& state, std::string_view expression,
                                          const IndicesOptions& options) const {
  std::vector<std::string> names = split_commas(expression);
  std::set<std::string> out;
  if (is_all(names)) {
    IndicesOptions all = options;
    all.ignore_aliases = true;
    out = expand_pattern(state, "*", all);
    if (!options.ignore_aliases)
      for (const auto& [name, stream] : state.streams) out.insert(name);
    if (out.empty() && !options.allow_no_indices) throw ApiError(nothing_found(names));
    return out;
  }
  const int64_t now = now_ms();
  for (auto& name : names) name = resolve_date_math(name, now);
  bool wildcard_seen = false;
  for (const auto& name : names) {
    if (name.empty()) throw ApiError(index_not_found(name));
    if (name == "_all") {
      out.merge(expand_pattern(state, "*", options));
      continue;
    }
    if (name[0] == '_') throw ApiError(invalid_index_name(name, "must not start with '_'."));
    const bool known = engine_.find(name) || (!options.ignore_aliases && (state.indices_of_alias.contains(name) || state.streams.contains(name)));
    if (known) {
      out.insert(name);
      continue;
    }
    const bool exclude = wildcard_seen && name[0] == '-';
    const std::string wanted = exclude ? name.substr(1) : name;
    if (has_wildcard(wanted)) {
      const auto matches = expand_pattern(state, wanted, options);
      if (exclude)
        for (const auto& match : matches) out.erase(match);
      else
        out.insert(matches.begin(), matches.end());
      if (matches.empty() && !options.allow_no_indices) throw ApiError(index_not_found(wanted));
      wildcard_seen = true;
      continue;
    }
    if (exclude) {
      out.erase(wanted);
      continue;
    }
    if (options.ignore_unavailable) continue;
    if (options.ignore_aliases && state.indices_of_alias.contains(wanted)) throw ApiError(alias_refused(wanted));
    throw ApiError(index_not_found(wanted));
  }
  if (out.empty() && !options.allow_no_indices) throw ApiError(nothing_found(names));
  return out;
}

void CatalogImpl::add_resolved(const CatalogState& state, const std::set<std::string>& names, const IndicesOptions& options,
                               std::vector<ResolvedIndex>& out) const {
  struct Found {
    ResolvedIndex resolved;
    bool unfiltered = false, unrouted = false;
  };
  std::map<std::string, Found> found;
  for (const auto& name : names) {
    if (auto index = engine_.find(name)) {
      Found& entry = found[name];
      entry.resolved.index = std::move(index);
      entry.unfiltered = entry.unrouted = true;
      continue;
    }
    if (const auto stream = state.streams.find(name); stream != state.streams.end()) {
      for (const auto& index_name : stream->second.indices) {
        auto index = engine_.find(index_name);
        if (!index) continue;
        Found& entry = found[index_name];
        entry.resolved.index = std::move(index);
        entry.unfiltered = entry.unrouted = true;
      }
      continue;
    }
    const auto alias = state.indices_of_alias.find(name);
    if (alias == state.indices_of_alias.end()) continue;
    for (const auto& index_name : alias->second) {
      auto index = engine_.find(index_name);
      if (!index) continue;
      const Alias& definition = state.by_index.find(index_name)->second.find(name)->second;
      Found& entry = found[index_name];
      entry.resolved.index = std::move(index);
      if (definition.filter.is_null()) entry.unfiltered = true;
      else entry.resolved.alias_filters.push_back(definition.filter);
      if (definition.search_routing.empty()) entry.unrouted = true;
      else for (auto& routing : split_commas(definition.search_routing)) entry.resolved.search_routing.push_back(routing);
    }
  }
  for (auto& [name, entry] : found) {
    if (entry.unfiltered) entry.resolved.alias_filters.clear();
    if (entry.unrouted) entry.resolved.search_routing.clear();
    if (entry.resolved.index->closed() && options.forbid_closed) {
      if (options.ignore_unavailable) continue;
      throw ApiError(index_closed(name, entry.resolved.index->uuid()));
    }
    out.push_back(std::move(entry.resolved));
  }
}

std::vector<ResolvedIndex> CatalogImpl::resolve(std::string_view expression, const IndicesOptions& options) const {
  std::vector<ResolvedIndex> out;
  // The everyday case, one index by its name, needs no sets.
  if (auto index = engine_.find(expression)) {
    if (!index->closed() || !options.forbid_closed) {
      out.push_back({std::move(index), {}, {}});
      return out;
    }
  }
  const auto current = state();
  const auto names = expand(*current, expression, options);
  IndicesOptions named = options;
  if (is_all(split_commas(expression))) named.forbid_closed = false;  // expanded by state already
  add_resolved(*current, names, named, out);
  // Patterns reach aliases whose indices may be in a state that was not asked for.
  if (has_wildcard(expression)) {
    std::erase_if(out, [&](const ResolvedIndex& entry) {
      const auto explicit_name = split_commas(expression);
      const bool listed = std::find(explicit_name.begin(), explicit_name.end(), entry.index->name()) != explicit_name.end();
      return !listed && !state_wanted(*entry.index, options);
    });
  }
  if (out.empty() && !options.allow_no_indices) throw ApiError(nothing_found(split_commas(expression)));
  return out;
}

void CatalogImpl::take_alias_routing(const Alias& alias, std::string_view name, std::string* routing) {
  if (!routing || alias.index_routing.empty()) return;
  if (alias.index_routing.find(',') != std::string::npos)
    throw ApiError(illegal_argument(fmt::format(
        "index/alias [{}] provided with routing value [{}] that resolved to several routing values, rejecting operation",
        name, alias.index_routing)));
  if (!routing->empty() && *routing != alias.index_routing)
    throw ApiError(illegal_argument(fmt::format(
        "Alias [{}] has index routing associated with it [{}], and was provided with routing value [{}], rejecting operation",
        name, alias.index_routing, *routing)));
  *routing = alias.index_routing;
}

std::shared_ptr<Index> CatalogImpl::write_index_of(const CatalogState& state, std::string_view alias) const {
  const auto& indices = state.indices_of_alias.find(alias)->second;
  const auto& first_aliases = state.by_index.find(*indices.begin())->second;
  if (indices.size() == 1 && first_aliases.find(alias)->second.is_write_index.value_or(true)) return engine_.find(*indices.begin());
  for (const auto& index : indices)
    if (state.by_index.find(index)->second.find(alias)->second.is_write_index.value_or(false)) return engine_.find(index);
  throw ApiError(illegal_argument(fmt::format(
      "no write index is defined for alias [{}]. The write index may be explicitly disabled using is_write_index=false or the "
      "alias points to multiple indices without one being designated as a write index", alias)));
}

void CatalogImpl::check_auto_create(std::string_view name) const {
  const std::string rule = cluster_setting("action.auto_create_index", "true");
  if (rule == "true") return;
  if (rule == "false")
    throw ApiError(index_not_found(name, "[action.auto_create_index] is [false]"));
  for (auto& item : split_commas(rule)) {
    item.erase(0, item.find_first_not_of(' '));
    const bool forbids = item.starts_with("-");
    const std::string pattern = item.starts_with("-") || item.starts_with("+") ? item.substr(1) : item;
    if (!matches_pattern(pattern, name)) continue;
    if (!forbids) return;
    throw ApiError(index_not_found(name, fmt::format(
        "[action.auto_create_index] contains [{}] which forbids automatic creation of the index", item)));
  }
  throw ApiError(index_not_found(name, fmt::format("[action.auto_create_index] ([{}]) doesn't match", rule)));
}

std::shared_ptr<Index> CatalogImpl::resolve_write(std::string_view name, bool auto_create, bool require_alias,
                                                  std::string* routing) {
  std::string plain;
  if (name.starts_with('<')) {
    plain = resolve_date_math(name, now_ms());
    name = plain;
  }
  if (require_alias && !is_alias(name))
    throw ApiError(index_not_found(name, fmt::format("[require_alias] request flag is [true] and [{}] is not an alias", name)));
  for (int attempt = 0;; ++attempt) {
    if (auto index = engine_.find(name)) {
      if (index->closed()) throw ApiError(index_closed(index->name(), index->uuid()));
      return index;
    }
    const auto current = state();
    if (current->indices_of_alias.contains(name)) {
      if (auto index = write_index_of(*current, name)) {
        if (index->closed()) throw ApiError(index_closed(index->name(), index->uuid()));
        take_alias_routing(current->by_index.find(index->name())->second.find(name)->second, name, routing);
        return index;
      }
    }
    if (!auto_create || attempt > 0) throw ApiError(index_not_found(name));
    check_auto_create(name);
    try {
      return create_index(std::string(name), Json::object());
    } catch (const ApiError& error) {
      if (error.error().type != "resource_already_exists_exception") throw;  // another request was quicker
    }
  }
}

std::shared_ptr<Index> CatalogImpl::resolve_single(std::string_view name, std::string* routing) const {
  std::string plain;
  if (name.starts_with('<')) {
    plain = resolve_date_math(name, now_ms());
    name = plain;
  }
  std::shared_ptr<Index> index = engine_.find(name);
  if (!index) {
    const auto current = state();
    const auto alias = current->indices_of_alias.find(name);
    if (alias == current->indices_of_alias.end()) {
      if (current->streams.contains(name)) {
        Error error(404, "index_not_found_exception", "no such index [null]");
        throw ApiError(error.with("resource.id", std::string(name)).with("resource.type", "index_expression").with("excluded_ds", "true"));
      }
      if (name.starts_with('_')) throw ApiError(invalid_index_name(name, "must not start with '_'."));
      throw ApiError(index_not_found(name));
    }
    if (alias->second.size() > 1)
      throw ApiError(illegal_argument(fmt::format(
          "alias [{}] has more than one index associated with it [{}], can't execute a single index op", name,
          fmt::join(alias->second, ", "))));
    index = engine_.find(*alias->second.begin());
    if (!index) throw ApiError(index_not_found(name));
    take_alias_routing(current->by_index.find(index->name())->second.find(name)->second, name, routing);
  }
  if (index->closed()) throw ApiError(index_closed(index->name(), index->uuid()));
  return index;
}

}  // namespace tarn

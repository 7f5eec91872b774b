// _rollover: a new index behind an alias once the old one is old, large or full.
#include "server/api/indices_rollover.h"

#include <fmt/format.h>

#include <optional>

#include "indexer/data_streams.h"
#include "indexer/index_names.h"
#include "indexer/mapping/setting_spec.h"
#include "server/api/indices_support.h"

namespace tarn::server {
namespace {

/// The next name: logs-000001 to logs-000002; of date math, the expression is kept and counted on.
std::string next_name(const std::string& provided, const std::string& resolved) {
  const bool math = provided.starts_with('<') && provided.ends_with('>');
  const std::string name = math ? provided.substr(1, provided.size() - 2) : provided;
  const size_t dash = name.rfind('-');
  const std::string digits = dash == std::string::npos ? "" : name.substr(dash + 1);
  if (digits.empty() || digits.find_first_not_of("0123456789") != std::string::npos || digits.size() > 9)
    throw ApiError(illegal_argument(fmt::format("index name [{}] does not match pattern '^.*-\\d+$'", resolved)));
  const std::string next = fmt::format("{}-{:06}", name.substr(0, dash), std::stoi(digits) + 1);
  return math ? "<" + next + ">" : next;
}

struct Conditions {
  Json results = Json::object();   ///< "[max_docs: 1]" -> met
  bool any_met = false;
};

Conditions evaluate(const Json& asked, Index& index) {
  Conditions out;
  const auto note = [&](const std::string& text, bool met) {
    out.results[text] = met;
    out.any_met = out.any_met || met;
  };
  for (const auto& [key, value] : asked.items()) {
    const std::string text = value.is_string() ? value.get<std::string>() : to_text(value);
    if (key == "max_docs") {
      const SettingSpec number{"max_docs", SettingScope::kStatic, SettingType::kLong};
      if (auto error = check_setting(number, Json(text))) throw ApiError(*error);
      note(fmt::format("[max_docs: {}]", text), index.acquire_searcher()->live_root_count() >= static_cast<uint64_t>(std::stoll(text)));
    } else if (key == "max_age") {
      note(fmt::format("[max_age: {}]", text), now_ms() - index.creation_date_ms() >= parse_time_setting(text, "max_age"));
    } else if (key == "max_size") {
      note(fmt::format("[max_size: {}]", text), index.stats().store_bytes >= static_cast<uint64_t>(parse_bytes_setting(text, "max_size")));
    } else {
      const Error inner(400, "x_content_parse_exception", fmt::format("[1:16] [conditions] unknown field [{}]", key));
      throw ApiError(Error(400, "x_content_parse_exception", "[1:26] [rollover] failed to parse field [conditions]").rooted_in(inner).caused_by(inner));
    }
  }
  return out;
}

void move_alias(Catalog& catalog, const std::string& alias, const Alias& definition, const std::string& from, const std::string& to) {
  Json add{{"index", to}, {"alias", alias}};
  if (definition.is_hidden) add["is_hidden"] = *definition.is_hidden;
  if (definition.is_write_index.value_or(false)) {
    add["is_write_index"] = true;
    Json keep = definition.to_json();
    keep["index"] = from;
    keep["alias"] = alias;
    keep["is_write_index"] = false;
    catalog.update_aliases(Json::array({Json{{"add", std::move(keep)}}, Json{{"add", std::move(add)}}}));
  } else {
    catalog.update_aliases(Json::array({Json{{"add", std::move(add)}}, Json{{"remove", Json{{"index", from}, {"alias", alias}}}}}));
  }
}

/// The answer of a rollover; `roll` makes the new index.
RestResponse roll_if_met(const RestRequest& request, const Json& conditions, bool dry_run, Index& old, const std::string& new_index,
                         const std::function<std::shared_ptr<Index>()>& roll) {
  const Conditions outcome = evaluate(conditions, old);
  const bool rolls = !dry_run && (conditions.empty() || outcome.any_met);
  const bool met = rolls && active_shards_met(request, *roll());
  return RestResponse::json(Json{{"acknowledged", rolls}, {"shards_acknowledged", met}, {"old_index", old.name()}, {"new_index", new_index},
                                 {"rolled_over", rolls}, {"dry_run", dry_run}, {"conditions", outcome.results}});
}

RestResponse rollover_stream(Services& services, const RestRequest& request, const DataStream& stream, const std::string& new_name,
                             const Json& create, const Json& conditions, bool dry_run) {
  if (!new_name.empty()) throw ApiError(illegal_argument("new index name may not be specified when rolling over a data stream"));
  if (!create.empty()) {
    throw ApiError(illegal_argument("aliases, mappings, and index settings may not be specified when rolling over a data stream"));
  }
  const auto old = services.engine.find(stream.write_index());
  if (!old) throw ApiError(index_not_found(stream.write_index()));
  return roll_if_met(request, conditions, dry_run, *old, next_backing_index(stream),
                     [&] { return rollover_data_stream(services.catalog, stream.name); });
}

RestResponse rollover(Services& services, RestRequest& request) {
  read_timeouts(request);
  const bool dry_run = request.get_bool("dry_run", false);
  request.consume({"wait_for_active_shards", "include_type_name"});
  const std::string alias = request.get("index");
  std::string new_name = request.get("new_index");
  Json body = request.json_body_or_empty(), create = Json::object(), conditions = Json::object();
  for (const auto& [key, value] : body.items()) {
    if (key == "conditions") conditions = value;
    else if (key == "settings" || key == "mappings" || key == "aliases") create[key] = value;
    else throw ApiError(400, "x_content_parse_exception", fmt::format("[1:2] [rollover] unknown field [{}]", key));
  }
  request.check_parameters();
  if (services.engine.find(alias))
    throw ApiError(illegal_argument("rollover target is a [concrete index] but one of [alias,data_stream] was expected"));
  if (const auto stream = find_data_stream(services.catalog, alias))
    return rollover_stream(services, request, *stream, new_name, create, conditions, dry_run);
  if (!services.catalog.is_alias(alias)) throw ApiError(illegal_argument(fmt::format("rollover target [{}] does not exist", alias)));
  const auto behind = services.catalog.indices_of_alias(alias);
  std::shared_ptr<Index> old;
  std::optional<Alias> definition;
  for (const auto& name : behind)
    for (auto& one : services.catalog.aliases_of(name))
      if (one.name == alias && (one.is_write_index.value_or(false) || (behind.size() == 1 && one.is_write_index.value_or(true)))) {
        old = services.engine.find(name);
        definition = one;
      }
  if (!old) throw ApiError(illegal_argument(fmt::format("rollover target [{}] does not point to a write index", alias)));
  if (new_name.empty()) {
    const Json shown = shown_settings(*old);
    new_name = next_name(shown["index.provided_name"].get<std::string>(), old->name());
  }
  const std::string resolved = resolve_date_math(new_name, now_ms());
  check_index_name(resolved);
  if (const auto existing = services.engine.find(resolved)) {
    Error error(400, "resource_already_exists_exception", fmt::format("index [{}/{}] already exists", resolved, existing->uuid()));
    throw ApiError(error.with("index", resolved).with("index_uuid", existing->uuid()));
  }
  return roll_if_met(request, conditions, dry_run, *old, resolved, [&] {
    auto created = services.catalog.create_index(new_name, create);
    move_alias(services.catalog, alias, *definition, old->name(), created->name());
    return created;
  });
}

}  // namespace

void register_rollover_handlers(Router& router, Services& services) {
  for (const char* path : {"/{index}/_rollover", "/{index}/_rollover/{new_index}"})
    router.add(Method::kPost, path, [&services](RestRequest& request) { return rollover(services, request); });
}

}  // namespace tarn::server

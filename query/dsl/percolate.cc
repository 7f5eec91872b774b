#include <algorithm>
#include <optional>

#include "indexer/catalog.h"
#include "query/dsl/members.h"
#include "query/percolate/percolate_plan.h"

namespace tarn::query {

namespace {

/// A document of some index to percolate.
struct StoredDocumentPlace {
  std::string index, id, routing;
  std::optional<int64_t> version;
};

struct PercolateQuery final : Query {
  std::string field;
  std::optional<std::string> percolation_name;
  std::vector<std::string> sources;
  std::optional<StoredDocumentPlace> place;

  PlanPtr bind(Binder& binder, float) const override {
    const std::vector<std::string> documents = place ? std::vector<std::string>{stored_source(binder)} : sources;
    const FieldType* type = binder.mapping().find(field);
    if (type == nullptr) throw ApiError(400, "query_shard_exception", "field [" + field + "] does not exist");
    if (type->kind != FieldKind::kPercolator) {
      throw ApiError(400, "query_shard_exception", "expected field [" + field + "] to be of type [percolator], but is of type [" +
                                                       std::string(kind_name(type->kind)) + "]");
    }
    return std::make_shared<PercolatePlan>(type->path, percolation_name.value_or(field),
                                           std::make_shared<const PercolatedDocuments>(binder.searcher, documents), binder.context);
  }

 private:
  std::string stored_source(const Binder& binder) const {
    if (binder.context.catalog == nullptr) not_implemented("[percolate] of a stored document is not available here");
    std::string routing = place->routing;
    const auto index = binder.context.catalog->resolve_single(place->index, &routing);
    const auto found = index->get(place->id);
    const std::string name = "[" + index->name() + "/" + place->id + "]";
    if (!found) throw ApiError(404, "resource_not_found_exception", "indexed document " + name + " couldn't be found");
    if (place->version && *place->version != found->version) {
      throw ApiError(Error(409, "version_conflict_engine_exception",
                           "[" + place->id + "]: version conflict, current version [" + std::to_string(found->version) +
                               "] is different than the one provided [" + std::to_string(*place->version) + "]")
                         .with("index", index->name())
                         .with("shard", "0")
                         .with("index_uuid", index->uuid()));
    }
    if (found->source.empty()) throw ApiError(illegal_argument("indexed document " + name + " source disabled"));
    return found->source;
  }
};

constexpr std::string_view kMembers[] = {"document", "documents", "field", "name", "index", "id", "routing", "preference", "version",
                                         "boost", "_name"};

std::string text_member(const std::string& key, const Json& value) {
  if (!value.is_string()) throw ApiError(unsupported_value("percolate", key, value));
  return value.get<std::string>();
}

int64_t version_member(const Json& value) {
  if (!value.is_number() && !value.is_string()) throw ApiError(unsupported_value("percolate", "version", value));
  if (value.is_number_integer()) return value.get<int64_t>();
  return static_cast<int64_t>(value.is_string() ? std::strtoll(value.get_ref<const std::string&>().c_str(), nullptr, 10)
                                                : static_cast<int64_t>(value.get<double>()));
}

/// What ConstructingObjectParser asks of members that stand for one another.
void check_sets(bool document, bool documents, bool id) {
  if (!document && !documents && !id) {
    throw ApiError(illegal_argument("Required one of fields [document, documents, id], but none were specified. "));
  }
  std::string given;
  for (const auto& [name, there] : {std::pair{"document", document}, {"documents", documents}, {"id", id}}) {
    if (there) given += std::string(given.empty() ? "" : ", ") + name;
  }
  if (document + documents + id > 1) {
    throw ApiError(illegal_argument("The following fields are not allowed together: [" + given + "] "));
  }
}

std::string document_source(const Json& document) {
  if (document.is_object()) return to_text(document);
  Error error(400, "mapper_parsing_exception", "failed to parse");
  throw ApiError(error.caused_by(Error(400, "not_x_content_exception",
                                       "Compressor detection can only be called on some xcontent bytes or compressed xcontent bytes")));
}

}  // namespace

std::shared_ptr<Query> parse_percolate(const Json& body) {
  auto query = std::make_shared<PercolateQuery>();
  bool document = false, documents = false, has_field = false, has_index = false, has_id = false;
  StoredDocumentPlace place;
  for (const auto& [key, value] : body.items()) {
    if (key == "document") {
      if (!value.is_object()) throw ApiError(unsupported_value("percolate", key, value));
      document = true;
      query->sources = {to_text(value)};
    } else if (key == "documents") {
      documents = true;
      query->sources.clear();
      if (value.is_object()) query->sources.push_back(to_text(value));
      else if (!value.is_array()) throw ApiError(unsupported_value("percolate", key, value));
      else for (const Json& one : value) query->sources.push_back(document_source(one));
    } else if (key == "field") {
      query->field = text_member(key, value);
      has_field = true;
    } else if (key == "name") {
      query->percolation_name = text_member(key, value);
    } else if (key == "index") {
      place.index = text_member(key, value);
      has_index = true;
    } else if (key == "id") {
      place.id = text_member(key, value);
      has_id = true;
    } else if (key == "routing") {
      place.routing = text_member(key, value);
    } else if (key == "preference") {
      text_member(key, value);  // there is one copy of each document
    } else if (key == "version") {
      place.version = version_member(value);
    } else if (!read_common(*query, key, value)) {
      throw ApiError(unknown_member("percolate", key, value, {std::begin(kMembers), std::end(kMembers)}));
    }
  }
  check_sets(document, documents, has_id);
  if (!has_field) throw ApiError(illegal_argument("Required [field]"));
  if (has_id) {
    if (!has_index) {
      throw ApiError(Error(400, "x_content_parse_exception", "Failed to build [percolate] after last required field arrived")
                         .caused_by(illegal_argument("[index] is a required argument")));
    }
    query->place = std::move(place);
  } else if (query->sources.empty()) {
    throw ApiError(400, "action_request_validation_exception", "Validation Failed: 1: index is missing;2: id is missing;");
  }
  return query;
}

}  // namespace tarn::query

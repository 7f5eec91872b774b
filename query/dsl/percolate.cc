#include <algorithm>
#include <cmath>
#include <optional>

#include "indexer/catalog.h"
#include "query/bind/values.h"
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

[[noreturn]] void fail_member(const std::string& key, const Json& value, Error cause) {
  throw ApiError(Error(400, "x_content_parse_exception", value_location(value) + "[percolate] failed to parse field [" + key + "]")
                     .caused_by(std::move(cause)));
}

/// The value of a member that is a number, or text of one.
double number_member(const std::string& key, const Json& value) {
  if (!value.is_number() && !value.is_string()) throw ApiError(unsupported_value("percolate", key, value));
  try {
    return scalar_double(value);
  } catch (const ApiError& error) {
    fail_member(key, value, error.error());
  }
}

float boost_member(const Json& value) {
  const auto boost = static_cast<float>(number_member("boost", value));
  if (boost < 0) fail_member("boost", value, illegal_argument("negative [boost] are not allowed in [_na], use a value between 0 and 1 to deboost"));
  return boost;
}

[[noreturn]] void fail_request(const std::string& what) {
  throw ApiError(400, "action_request_validation_exception", "Validation Failed: 1: " + what + ";");
}

/// As GetRequest does.
int64_t version_member(const Json& value) {
  const double version = number_member("version", value);
  if (!(std::abs(version) < 9.2e18)) fail_member("version", value, illegal_argument("Value [" + scalar_text(value) + "] is out of range for a long"));
  return static_cast<int64_t>(version);
}

void check_place(const StoredDocumentPlace& place) {
  if (place.id.empty()) fail_request("id is missing");
  if (place.version && *place.version < 0) {
    fail_request("illegal version value [" + std::to_string(*place.version) + "] for version type [INTERNAL]");
  }
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
    } else if (key == "boost") {
      query->boost = boost_member(value);
    } else if (key == "_name") {
      query->name = text_member(key, value);
    } else {
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
    check_place(place);
    query->place = std::move(place);
  } else if (query->sources.empty()) {
    throw ApiError(400, "action_request_validation_exception", "Validation Failed: 1: index is missing;2: id is missing;");
  }
  return query;
}

}  // namespace tarn::query

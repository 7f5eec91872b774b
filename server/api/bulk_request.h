#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "indexer/base/error.h"
#include "indexer/index.h"

namespace tarn::server {

/// "_source" of an update or a get: whether to return it, and which of its parts.
struct SourceFilter {
  bool fetch = true;
  std::vector<std::string> includes, excludes;
};

/// The body of an update: POST _update, or the second line of a bulk update. Views into the request's body.
struct UpdateBody {
  bool has_doc = false, has_script = false;
  std::string_view doc, upsert;
  std::string script;                      ///< as JSON
  bool doc_as_upsert = false, scripted_upsert = false, detect_noop = true;
  std::optional<SourceFilter> source;      ///< nothing: the answer has no "get"
  std::optional<int64_t> if_seq_no, if_primary_term;
};

/// Parses the body of an update. `text` must have simdjson's padding behind it within the same buffer.
/// Throws ApiError 400 x_content_parse_exception "[1:2] [UpdateRequest] unknown field [x]" and the like.
UpdateBody parse_update_body(std::string_view text);

/// One action of a bulk body, as sent.
struct BulkItem {
  WriteType type = WriteType::kIndex;
  std::string index;                       ///< "": neither in the action nor in the path
  std::string id;
  bool has_id = false;
  std::string routing;
  std::string pipeline;
  bool has_pipeline = false;
  bool require_alias = false;
  VersionType version_type = VersionType::kInternal;
  std::optional<Version> version;
  std::optional<int64_t> if_seq_no, if_primary_term;
  int retry_on_conflict = 0;
  std::string_view source;                 ///< the document of index and create
  UpdateBody update;
};

/// What the URL gives to actions that do not say it themselves.
struct BulkDefaults {
  std::string index, routing, pipeline;
  bool has_pipeline = false;
  bool require_alias = false;
  std::optional<SourceFilter> source;
};

/// Splits a bulk body into its actions. `body` must have simdjson's padding behind it (capacity, not size).
/// Throws ApiError 400 illegal_argument_exception for what ends the whole request (a malformed action line).
/// Follows: OpenSearch BulkRequestParser; differential family bulk.
std::vector<BulkItem> parse_bulk(std::string_view body, const BulkDefaults& defaults);

/// "internal", "external", "external_gte"; throws 400 "No version type match [x]".
VersionType parse_version_type(std::string_view name);

}  // namespace tarn::server

#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "indexer/catalog.h"

namespace tarn {

/// An append-only series of hidden indices behind one name; documents go to the last of them.
struct DataStream {
  std::string name;
  std::string timestamp_field = "@timestamp";
  int64_t generation = 1;
  std::vector<std::string> indices;      ///< backing indices, the oldest first
  const std::string& write_index() const { return indices.back(); }
  /// ".ds-NAME-000001".
  static std::string backing_name(std::string_view name, int64_t generation);
  Json to_json() const;                  ///< as it is stored
};

// Data streams of a catalog, kept in the store's metadata. Thread-safe. Follows: OpenSearch's data stream APIs.

std::optional<DataStream> find_data_stream(const Catalog& catalog, std::string_view name);
/// Of "a,b*"; sorted by name. Throws 404 index_not_found_exception for a name that is none; "" and "*": all.
std::vector<DataStream> find_data_streams(const Catalog& catalog, std::string_view expression);
/// The stream that an index stands behind.
std::optional<DataStream> data_stream_of(const Catalog& catalog, std::string_view index);
/// Name of the index template that the stream would be made of today; "" if none.
std::string template_of(const Catalog& catalog, const DataStream& stream);

/// Makes the stream and its first index from the template that fits. Throws 400 illegal_argument_exception for a bad name or
/// no template, resource_already_exists_exception.
void create_data_stream(Catalog& catalog, const std::string& name);
/// Deletes the streams that the expression means, with their indices; a name that is none is no error, as in OpenSearch.
void delete_data_streams(Catalog& catalog, std::string_view expression);
/// Takes back a stream as DataStream::to_json() gave it (a restore): as many of its indices as there are. Nothing where the
/// stream is there already, or none of them is.
void adopt_data_stream(Catalog& catalog, const std::string& name, const Json& stored);
/// The name that the next index would have.
std::string next_backing_index(const DataStream& stream);
/// Puts a new index behind the stream. Throws 400 if the stream is gone.
std::shared_ptr<Index> rollover_data_stream(Catalog& catalog, const std::string& name);

/// Catalog::resolve_write for an operation on documents: data streams take only creations, which go to their write index (and
/// make the stream if a template says so); backing indices named outright take no plain index operation.
/// `conditional`: the operation has if_seq_no.
std::shared_ptr<Index> resolve_write_op(Catalog& catalog, std::string_view name, WriteType type, bool conditional, bool auto_create,
                                        bool require_alias, std::string* routing);

}  // namespace tarn

#pragma once

#include <memory>
#include <string>

#include "server/cli/import_mapping.h"
#include "server/cli/record_reader.h"

namespace tarn::cli {

/// Turns a record into the lines of a `_bulk` body.
class DocumentWriter {
 public:
  virtual ~DocumentWriter() = default;
  /// `ordinal` counts the records of the whole import from 0. False with a reason: the record
  /// cannot be sent; `body` is as it was.
  virtual bool append(const Record& record, uint64_t ordinal, std::string& body,
                      std::string& reason) = 0;
};

struct IndexWriterOptions {
  bool create = false;           ///< the action is create, not index
  std::string generated_id_run;  ///< documents without an id get one that the run and the ordinal
                                 ///< determine; empty: the server's
};

/// index and create actions.
std::unique_ptr<DocumentWriter> make_index_writer(const ImportMapping& mapping,
                                                  IndexWriterOptions options);
/// update actions from {id_field: id, field: value ...}; `_id` and `_index` members are understood
/// as well.
std::unique_ptr<DocumentWriter> make_update_writer(std::string id_field, bool upsert);

}  // namespace tarn::cli

#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "server/cli/byte_source.h"
#include "server/cli/import_mapping.h"

namespace tarn::cli {

/// One document of an input.
struct Record {
  std::string_view text;  ///< JSON; valid until the next call
  uint64_t line = 0;      ///< where it begins, from 1
};

/// Takes an input apart into documents.
class RecordReader {
 public:
  virtual ~RecordReader() = default;
  virtual bool next(Record& record) = 0;
  virtual uint64_t consumed() const = 0;  ///< bytes of the file read so far
};

enum class Format { detect, ndjson, json, csv, tsv };

/// Looks at the first bytes where `format` is `detect`: `[` is a JSON array, `{` NDJSON or JSON
/// documents one after the other, anything else CSV (comma or semicolon) or TSV with a heading. CSV
/// cells take the mapping's types; those it does not name are texts where the mapping names any,
/// else numbers and booleans where they look so.
std::unique_ptr<RecordReader> open_records(const std::string& path, Format format,
                                           const ImportMapping& mapping);

}  // namespace tarn::cli

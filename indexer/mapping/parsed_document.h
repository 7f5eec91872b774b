#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "indexer/base/arena.h"
#include "indexer/mapping/field_type.h"

namespace tarn {

/// One value of one field, in the encoding of the field's column (field_type.h), or the text to analyze.
struct FieldValue {
  FieldId field;
  uint32_t size;          ///< bytes of data; unused for numbers
  union {
    int64_t number;       ///< ColumnKind kInt64, kUnsigned, kDouble, kGeoPoint
    const char* data;     ///< kKeyword, kIp, kBytes, and text of inverted fields; lives in the batch's arena
  };
  std::string_view bytes() const { return {data, size}; }
};

/// A document as a segment sees it. A root document with nested objects is a run of entries: the children first
/// (innermost first, in document order), the root last, as Lucene orders a block.
struct ParsedDocument {
  static constexpr uint32_t kRoot = UINT32_MAX;
  uint32_t first_value = 0;   ///< into ParsedBatch::values
  uint32_t value_count = 0;
  uint32_t nested = kRoot;    ///< index into Mapping::nested_paths(), or kRoot
};

/// A write that a segment must hold: the run of parsed documents, and what the engine gave it.
struct ParsedRoot {
  uint32_t first_document = 0;  ///< into ParsedBatch::documents; the last of the run is the root
  uint32_t document_count = 0;
  RowId row{};
  SeqNo seq_no{};
  Version version = 0;
  bool dead = false;            ///< replaced or deleted before a segment was built of it: leave it out
};

/// Documents that wait in the memtable for the next segment: flat arrays, one allocation scheme, no pointers to the
/// request. Built by one thread (the request's worker), then handed to the memtable.
struct ParsedBatch {
  Arena arena;
  std::vector<FieldValue> values;
  std::vector<ParsedDocument> documents;
  std::vector<ParsedRoot> roots;
  size_t memory_bytes() const {
    return arena.memory_bytes() + values.capacity() * sizeof(FieldValue) +
           documents.capacity() * sizeof(ParsedDocument) + roots.capacity() * sizeof(ParsedRoot);
  }
};

}  // namespace tarn

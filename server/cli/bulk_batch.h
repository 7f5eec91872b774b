#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tarn::cli {

/// A `_bulk` body with what is needed to send parts of it again and to name its documents.
struct BulkBatch {
  struct Item {
    uint32_t begin = 0;  ///< in body: the action line and, behind it, the document
    uint32_t end = 0;
    uint32_t file = 0;
    uint64_t line = 0;
  };
  uint64_t number = 0;
  std::string body;
  std::vector<Item> items;

  std::string_view text(const Item& item) const {
    return std::string_view(body).substr(item.begin, item.end - item.begin);
  }
};

/// What became of one document.
struct BulkResult {
  enum class Kind { created, updated, noop, refused, retry } kind = Kind::refused;
  int status = 0;
  std::string id;
  std::string reason;
};

const char* result_name(BulkResult::Kind kind);

/// Reads the answer to a `_bulk` of `count` items. False: it is not such an answer.
bool parse_bulk_response(std::string_view body, size_t count, std::vector<BulkResult>& results);

/// Whether a document is whole JSON.
bool is_json(std::string_view document);

}  // namespace tarn::cli

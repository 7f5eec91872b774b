#include "server/cli/bulk_batch.h"

#include <simdjson.h>

namespace tarn::cli {
namespace {

using simdjson::dom::element;

std::string text_of(simdjson::simdjson_result<element> value) {
  std::string_view text;
  return value.get_string().get(text) == simdjson::SUCCESS ? std::string(text) : std::string();
}

/// "type: reason; caused by reason", the innermost cause alone being worth its place.
std::string reason_of(element error) {
  std::string_view plain;
  if (error.get_string().get(plain) == simdjson::SUCCESS) return std::string(plain);
  std::string out = text_of(error["type"]) + ": " + text_of(error["reason"]);
  element cause = error;
  element deeper;
  bool any = false;
  while (cause["caused_by"].get(deeper) == simdjson::SUCCESS) {
    cause = deeper;
    any = true;
  }
  if (any) out += "; caused by " + text_of(cause["type"]) + ": " + text_of(cause["reason"]);
  return out;
}

BulkResult result_of(element item) {
  BulkResult out;
  out.id = text_of(item["_id"]);
  int64_t status = 0;
  if (item["status"].get_int64().get(status) == simdjson::SUCCESS)
    out.status = static_cast<int>(status);
  element error;
  if (item["error"].get(error) == simdjson::SUCCESS) {
    out.kind = out.status == 429 || out.status == 503 ? BulkResult::Kind::retry
                                                      : BulkResult::Kind::refused;
    out.reason = reason_of(error);
    return out;
  }
  std::string_view result;
  if (item["result"].get_string().get(result) == simdjson::SUCCESS) {
    out.kind = result == "created"   ? BulkResult::Kind::created
               : result == "updated" ? BulkResult::Kind::updated
               : result == "noop"    ? BulkResult::Kind::noop
                                     : BulkResult::Kind::refused;
  }
  if (out.kind == BulkResult::Kind::refused) out.reason = std::string(result);
  return out;
}

}  // namespace

const char* result_name(BulkResult::Kind kind) {
  switch (kind) {
    case BulkResult::Kind::created:
      return "created";
    case BulkResult::Kind::updated:
      return "updated";
    case BulkResult::Kind::noop:
      return "noop";
    default:
      return "refused";
  }
}

bool is_json(std::string_view document) {
  thread_local simdjson::dom::parser parser;
  return parser.parse(document.data(), document.size(), true).error() == simdjson::SUCCESS;
}

bool parse_bulk_response(std::string_view body, size_t count, std::vector<BulkResult>& results) {
  thread_local simdjson::dom::parser parser;
  results.clear();
  simdjson::dom::array items;
  if (parser.parse(body.data(), body.size(), true)["items"].get_array().get(items) !=
      simdjson::SUCCESS)
    return false;
  results.reserve(count);
  for (const element item : items) {
    simdjson::dom::object action;
    if (item.get_object().get(action) != simdjson::SUCCESS || action.begin() == action.end())
      return false;
    results.push_back(result_of((*action.begin()).value));
  }
  return results.size() == count;
}

}  // namespace tarn::cli

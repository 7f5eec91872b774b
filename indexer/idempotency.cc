#include <chrono>

#include "indexer/commit.h"

namespace tarn {
namespace {

constexpr int64_t kKeptSeconds = 24 * 3600;

int64_t now_seconds() {
  return std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

Json error_json(const Error& error) {
  Json out{{"status", error.status}, {"type", error.type}, {"reason", error.reason}, {"members", error.members}};
  if (error.cause) out["cause"] = error_json(*error.cause);
  return out;
}

Error error_from(const Json& json) {
  Error error(json.at("status").get<int>(), json.at("type").get<std::string>(), json.at("reason").get<std::string>());
  error.members = json.at("members");
  if (const auto cause = json.find("cause"); cause != json.end()) error.caused_by(error_from(*cause));
  return error;
}

bool is_fresh(const Json& json) { return json.at("time").get<int64_t>() + kKeptSeconds > now_seconds(); }

}  // namespace

std::string encode_outcomes(const std::vector<WriteOutcome>& outcomes) {
  Json items = Json::array();
  for (const WriteOutcome& outcome : outcomes) {
    Json item{{"result", static_cast<int>(outcome.result)}, {"id", outcome.id},         {"routing", outcome.routing},
              {"version", outcome.version},                 {"seq_no", outcome.seq_no.value}, {"duplicate", outcome.duplicate}};
    if (outcome.error) item["error"] = error_json(*outcome.error);
    if (!outcome.source.empty()) item["source"] = outcome.source;
    items.push_back(std::move(item));
  }
  return Json{{"time", now_seconds()}, {"items", std::move(items)}}.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::vector<WriteOutcome> decode_outcomes(std::string_view text) {
  std::vector<WriteOutcome> outcomes;
  const Json json = Json::parse(text);
  for (const Json& item : json.at("items")) {
    WriteOutcome outcome;
    outcome.result = static_cast<WriteResult>(item.at("result").get<int>());
    outcome.id = item.at("id").get<std::string>();
    outcome.routing = item.at("routing").get<std::string>();
    outcome.version = item.at("version").get<Version>();
    outcome.seq_no = SeqNo(item.at("seq_no").get<int64_t>());
    outcome.duplicate = item.at("duplicate").get<bool>();
    if (const auto error = item.find("error"); error != item.end()) outcome.error = error_from(*error);
    if (const auto source = item.find("source"); source != item.end()) outcome.source = source->get<std::string>();
    outcomes.push_back(std::move(outcome));
  }
  return outcomes;
}

std::optional<std::vector<WriteOutcome>> find_idempotent(const Store& store, const std::string& key) {
  const auto stored = store.read_meta("idempotency", key);
  if (!stored || !is_fresh(Json::parse(*stored))) return std::nullopt;
  return decode_outcomes(*stored);
}

void expire_idempotent(Store& store) {
  std::vector<Store::MetaWrite> expired;
  for (const auto& [key, value] : store.scan_meta("idempotency")) {
    if (!is_fresh(Json::parse(value))) expired.push_back({"idempotency", key, std::nullopt});
  }
  if (!expired.empty()) store.write_meta(expired);
}

}  // namespace tarn

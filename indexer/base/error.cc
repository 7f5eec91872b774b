#include "indexer/base/error.h"

namespace tarn {

Error& Error::caused_by(Error inner) {
  cause = std::make_shared<const Error>(std::move(inner));
  return *this;
}

Error& Error::with(std::string key, Json value) {
  members[std::move(key)] = std::move(value);
  return *this;
}

Error& Error::rooted_in(Error root) {
  root_causes.push_back(std::move(root));
  return *this;
}

Json Error::to_json() const {
  Json out = Json::object();
  out["type"] = type;
  out["reason"] = reason;
  for (const auto& [key, value] : members.items()) out[key] = value;
  if (cause) out["caused_by"] = cause->to_json();
  return out;
}

Json Error::to_body() const {
  Json roots = Json::array();
  // Where no shard failed, as in a reduction, OpenSearch names no root.
  const auto shards = members.find("failed_shards");
  if (root_causes.empty() && !(shards != members.end() && shards->empty())) {
    Error self = *this;
    self.cause = nullptr;
    roots.push_back(self.to_json());
  }
  for (const Error& root : root_causes) roots.push_back(root.to_json());
  Json error = Json::object();
  error["root_cause"] = std::move(roots);
  const Json own = to_json();
  for (const auto& [key, value] : own.items()) error[key] = value;
  return Json{{"error", std::move(error)}, {"status", status}};
}

void throw_exception_from_error(const Error& error, const boost::source_location&) {
  throw ApiError(error);
}

Error illegal_argument(std::string reason) {
  return Error(400, "illegal_argument_exception", std::move(reason));
}

Error parsing_exception(std::string reason) {
  return Error(400, "parsing_exception", std::move(reason));
}

}  // namespace tarn

#include "server/cli/schema_set.h"

#include "indexer/base/error.h"
#include "schemas/embedded.h"
#include "server/cli/cli_error.h"

namespace tarn::cli {
namespace {

std::string reason_of(const HttpResponse& response) {
  try {
    const Json body = parse_json(response.body);
    const Json& error = body.at("error");
    return error.is_string() ? error.get<std::string>()
                             : error.at("root_cause").at(0).at("reason").get<std::string>();
  } catch (const std::exception&) {
    return "HTTP " + std::to_string(response.status) + " " + response.body.substr(0, 200);
  }
}

/// Removes settings.index.tarn.* of a template's or an index's body; false: there were none.
bool remove_own_settings(Json& body) {
  Json* settings = body.contains("template") ? &body["template"] : &body;
  if (!settings->contains("settings") || !(*settings)["settings"].contains("index")) return false;
  Json& index = (*settings)["settings"]["index"];
  Json rest = Json::object();
  for (const auto& [key, value] : index.items()) {
    if (!key.starts_with("tarn")) rest[key] = value;
  }
  const bool any = rest.size() != index.size();
  index = std::move(rest);
  return any;
}

/// PUT, and once more without Tarn's settings if those are what the server does not know. Answers
/// whether they were left out.
bool put(HttpClient& client, const std::string& target, Json body) {
  try {
    HttpResponse response = client.request("PUT", target, to_text(body));
    bool without = false;
    if (response.status == 400 && response.body.find("index.tarn.") != std::string::npos &&
        remove_own_settings(body)) {
      without = true;
      response = client.request("PUT", target, to_text(body));
    }
    if (!response.ok())
      throw CliError(kUnreachable, "the server refuses " + target + ": " + reason_of(response));
    return without;
  } catch (const ConnectionError& error) {
    throw CliError(kUnreachable, error.what());
  }
}

bool matches(std::string_view pattern, std::string_view name) {
  const size_t star = pattern.find('*');
  if (star == std::string_view::npos) return pattern == name;
  if (!name.starts_with(pattern.substr(0, star))) return false;
  for (size_t from = star; from <= name.size(); ++from) {
    if (matches(pattern.substr(star + 1), name.substr(from))) return true;
  }
  return false;
}

}  // namespace

Json embedded_json(std::string_view file) {
  for (const EmbeddedFile& one : embedded_schemas()) {
    if (one.name == file) return parse_json(one.text());
  }
  throw CliError(kUsage, "no schema file " + std::string(file));
}

std::vector<std::string> SchemaSet::names() {
  std::vector<std::string> out;
  const Json all = embedded_json("schemas.json");
  for (const auto& [name, parts] : all.items()) out.push_back(name);
  return out;
}

SchemaSet::SchemaSet(const std::string& name) : name_(name) {
  const Json all = embedded_json("schemas.json");
  if (!all.contains(name)) {
    std::string known;
    for (const std::string& one : names()) known += (known.empty() ? "" : ", ") + one;
    throw CliError(kUsage, "no schema [" + name + "]; there are: " + known);
  }
  const Json& parts = all[name];
  description_ = parts.value("description", "");
  default_pipeline_ = parts.value("default_pipeline", "");
  const auto with_pipeline = [this](Json body) {
    if (!default_pipeline_.empty() && body["template"].contains("settings") &&
        body["template"]["settings"]["index"].contains("default_pipeline")) {
      body["template"]["settings"]["index"]["default_pipeline"] = default_pipeline_;
    }
    return body;
  };
  templates_ = Json::object();
  for (const auto& [id, file] : parts["templates"].items())
    templates_[id] = with_pipeline(embedded_json(file.get<std::string>()));
  pipelines_ = Json::object();
  for (const auto& [id, file] : parts["pipelines"].items())
    pipelines_[id] = embedded_json(file.get<std::string>());
  import_ = embedded_json(parts["import"].get<std::string>());
  document_ = embedded_json(parts["document"].get<std::string>());
  index_ = with_pipeline(embedded_json(parts["index"].get<std::string>()));
}

Json SchemaSet::show() const {
  return Json{{"description", description_},
              {"index_templates", templates_},
              {"pipelines", pipelines_},
              {"import_mapping", import_},
              {"document", document_}};
}

std::vector<std::string> SchemaSet::apply(HttpClient& client, const std::string& index) const {
  std::vector<std::string> out;
  const std::string_view left_out =
      " (without the settings that only Tarn has: no deduplication by the server)";
  for (const auto& [id, body] : pipelines_.items()) {
    put(client, "/_ingest/pipeline/" + url_encode(id), body);
    out.push_back("pipeline " + id);
  }
  for (const auto& [id, body] : templates_.items()) {
    const bool without = put(client, "/_index_template/" + url_encode(id), body);
    out.push_back("index template " + id + (without ? std::string(left_out) : ""));
  }
  if (index.empty()) return out;
  HttpResponse exists;
  try {
    exists = client.request("HEAD", "/" + url_encode(index));
  } catch (const ConnectionError& error) {
    throw CliError(kUnreachable, error.what());
  }
  if (exists.status != 404) {
    out.push_back("index " + index + " is there and stays as it is");
    return out;
  }
  bool matched = false;
  for (const Json& pattern : index_["index_patterns"])
    matched = matched || matches(pattern.get<std::string>(), index);
  const bool without =
      put(client, "/" + url_encode(index), matched ? Json::object() : index_["template"]);
  out.push_back("index " + index + (without ? std::string(left_out) : ""));
  return out;
}

}  // namespace tarn::cli

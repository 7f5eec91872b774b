// user_agent: browser, system and device from a User-Agent header.
#include <set>

#include "indexer/pipeline/processor.h"
#include "indexer/pipeline/user_agents.h"

namespace tarn {
namespace {

constexpr std::string_view kProperties[] = {"NAME", "MAJOR", "MINOR", "PATCH", "OS", "OS_NAME", "OS_MAJOR", "OS_MINOR",
                                            "DEVICE", "BUILD", "ORIGINAL", "VERSION"};

class UserAgentProcessor final : public Processor {
 public:
  UserAgentProcessor(ProcessorConfig& config, const BuildContext&)
      : field_(config.text("field")), target_(config.text("target_field", "user_agent")), ignore_missing_(config.boolean("ignore_missing", false)),
        ecs_(config.boolean("ecs", true)) {
    const auto file = config.optional_text("regex_file");
    const auto properties = config.optional_list("properties");
    if (file && *file != "regexes.yml") {
      throw ApiError(config.error("regex_file", fmt::format("regex file [{}] doesn't exist (has to exist at node startup)", *file)));
    }
    if (!properties) {
      for (const std::string_view known : kProperties) properties_.emplace(known);
    } else {
      for (const Json& property : *properties) properties_.insert(read_property(config, java_text(property)));
    }
    agents_ = UserAgents::standard();
  }

  bool execute(WorkDocument& document) const override {
    const Json* value = document.find(field_);
    if (value == nullptr && !ignore_missing_) {
      throw ApiError(illegal_argument(fmt::format("field [{0}] not present as part of path [{0}]", field_)));
    }
    const std::string* header = value == nullptr ? nullptr : cast_to_string(field_, *value);
    if (header == nullptr) {
      if (ignore_missing_) return true;
      throw ApiError(illegal_argument(fmt::format("field [{}] is null, cannot parse user-agent.", field_)));
    }
    const UserAgent found = agents_->parse(*header);
    document.set(target_, ecs_ ? details(*header, found) : flat_details(found));
    return true;
  }

 private:
  static std::string read_property(const ProcessorConfig& config, const std::string& text) {
    std::string upper = text, all;
    for (char& c : upper) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    for (const std::string_view known : kProperties) {
      if (known == upper) return upper;
      all += (all.empty() ? "" : ", ") + std::string(known);
    }
    throw ApiError(config.error("properties", fmt::format("illegal property value [{}]. valid values are [{}]", text, all)));
  }

  bool wants(std::string_view property) const { return properties_.contains(property); }

  Json details(const std::string& header, const UserAgent& found) const {
    Json out = Json::object();
    if (wants("NAME")) out["name"] = found.agent ? found.agent->name : "Other";
    if (wants("ORIGINAL")) out["original"] = header;
    if (wants("OS") && found.os) {
      Json os{{"name", found.os->name}};
      if (found.os->major) {
        os["version"] = found.os->version();
        os["full"] = found.os->name + " " + found.os->version();
      }
      out["os"] = std::move(os);
    }
    if (wants("DEVICE")) out["device"] = Json{{"name", found.device ? found.device->name : "Other"}};
    if (wants("VERSION") && found.agent && found.agent->major) out["version"] = found.agent->version();
    return out;
  }

  /// "ecs": false, the older form.
  Json flat_details(const UserAgent& found) const {
    Json out = Json::object();
    const auto put = [&](std::string_view property, const char* name, const std::optional<std::string>& value) {
      if (wants(property) && value) out[name] = *value;
    };
    if (wants("NAME")) out["name"] = found.agent ? found.agent->name : "Other";
    if (found.agent) {
      put("MAJOR", "major", found.agent->major);
      put("MINOR", "minor", found.agent->minor);
      put("PATCH", "patch", found.agent->patch);
      put("BUILD", "build", found.agent->build);
    }
    if (wants("OS")) out["os"] = !found.os ? "Other" : found.os->major ? found.os->name + " " + found.os->version() : found.os->name;
    if (wants("OS_NAME")) out["os_name"] = found.os ? found.os->name : "Other";
    if (found.os) {
      put("OS_MAJOR", "os_major", found.os->major);
      put("OS_MINOR", "os_minor", found.os->minor);
    }
    if (wants("DEVICE")) out["device"] = found.device ? found.device->name : "Other";
    return out;
  }

  const std::string field_, target_;
  const bool ignore_missing_, ecs_;
  std::set<std::string, std::less<>> properties_;
  std::shared_ptr<const UserAgents> agents_;
};

}  // namespace

void add_user_agent_processor(std::map<std::string, ProcessorFactory, std::less<>>& table) {
  table["user_agent"] = make_processor<UserAgentProcessor>;
}

}  // namespace tarn

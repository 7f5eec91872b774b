#include "indexer/pipeline/user_agents.h"

#include <cstdlib>
#include <fstream>
#include <list>
#include <map>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "indexer/base/error.h"
#include "indexer/pipeline/regex.h"

namespace tarn {
namespace {

constexpr const char* kDefaultFile = "/usr/share/uap-core/regexes.yaml";
constexpr size_t kCacheMax = 1000;         // headers, as OpenSearch's ingest.user_agent.cache_size
constexpr size_t kHeaderBytesMax = 4096;   // of what is looked at: expressions may be slow on long texts

using Members = std::map<std::string, std::string>;

/// The value of a YAML scalar in single quotes, double quotes or none.
std::string scalar(std::string_view text) {
  std::string out;
  if (text.starts_with('\'')) {
    for (size_t i = 1; i < text.size(); ++i) {
      if (text[i] == '\'') {
        if (i + 1 >= text.size() || text[i + 1] != '\'') break;
        ++i;
      }
      out += text[i];
    }
    return out;
  }
  if (text.starts_with('"')) {
    for (size_t i = 1; i < text.size() && text[i] != '"'; ++i) {
      if (text[i] == '\\' && i + 1 < text.size()) ++i;
      out += text[i];
    }
    return out;
  }
  const size_t comment = text.find(" #");
  text = text.substr(0, comment);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return std::string(text);
}

/// Reads the lists of a file of the form that uap-core has: sections of "- regex: '..'" with members below.
std::map<std::string, std::vector<Members>> read_sections(std::istream& in) {
  std::map<std::string, std::vector<Members>> out;
  std::vector<Members>* section = nullptr;
  for (std::string line; std::getline(in, line);) {
    size_t at = line.find_first_not_of(' ');
    if (at == std::string::npos || line[at] == '#') continue;
    if (at == 0 && line[0] != '-') {
      section = &out[line.substr(0, line.find(':'))];
      continue;
    }
    if (section == nullptr) continue;
    if (line[at] == '-') {
      section->emplace_back();
      at = line.find_first_not_of(' ', at + 1);
    }
    const size_t colon = line.find(':', at);
    if (section->empty() || at == std::string::npos || colon == std::string::npos) continue;
    const size_t value = line.find_first_not_of(' ', colon + 1);
    if (value != std::string::npos) section->back()[line.substr(at, colon - at)] = scalar(std::string_view(line).substr(value));
  }
  return out;
}

/// One expression with what stands in for its groups.
class Pattern {
 public:
  Pattern(const Members& members, const char* name, const std::vector<std::string>& parts)
      : regex_((text(members, "regex_flag") == "i" ? "(?i)" : "") + text(members, "regex").value_or("")), name_(text(members, name)) {
    for (const std::string& part : parts) parts_.push_back(text(members, part.c_str()));
    parts_.resize(4);
  }

  std::optional<VersionedName> match(const std::string& header) const {
    std::vector<std::pair<bool, std::string>> groups;
    if (!regex_.find(header, groups)) return std::nullopt;
    const auto group = [&](size_t i) -> std::optional<std::string> {
      if (i >= groups.size() || !groups[i].first) return std::nullopt;
      return groups[i].second;
    };
    std::optional<std::string> name = name_ ? name_ : group(0);
    if (!name) return std::nullopt;
    if (name_) name = filled_in(*name_, group);
    const auto part = [&](size_t i) { return parts_[i] ? parts_[i] : group(i + 1); };
    return VersionedName{*name, part(0), part(1), part(2), part(3)};
  }

 private:
  /// $1 to $9 stand for groups; one that took no part leaves nothing.
  template <class Group>
  static std::string filled_in(const std::string& replacement, const Group& group) {
    std::string out;
    for (size_t i = 0; i < replacement.size(); ++i) {
      const bool reference = replacement[i] == '$' && i + 1 < replacement.size() && replacement[i + 1] >= '1' && replacement[i + 1] <= '9';
      if (!reference) {
        out += replacement[i];
        continue;
      }
      out += group(static_cast<size_t>(replacement[++i] - '1')).value_or("");
    }
    while (out.ends_with(' ')) out.pop_back();
    return out;
  }
  static std::optional<std::string> text(const Members& members, const char* name) {
    const auto it = members.find(name);
    return it == members.end() ? std::nullopt : std::optional<std::string>(it->second);
  }
  Regex regex_;
  std::optional<std::string> name_;
  std::vector<std::optional<std::string>> parts_;
};

class Patterns final : public UserAgents {
 public:
  explicit Patterns(std::istream& in) {
    const auto sections = read_sections(in);
    const auto add = [&](const char* section, std::vector<Pattern>& to, const char* name, const std::vector<std::string>& parts) {
      const auto found = sections.find(section);
      if (found == sections.end()) return;
      to.reserve(found->second.size());
      for (const Members& members : found->second) {
        if (members.contains("regex")) to.emplace_back(members, name, parts);
      }
    };
    add("user_agent_parsers", agents_, "family_replacement", {"v1_replacement", "v2_replacement", "v3_replacement", "v4_replacement"});
    add("os_parsers", systems_, "os_replacement", {"os_v1_replacement", "os_v2_replacement", "os_v3_replacement", "os_v4_replacement"});
    add("device_parsers", devices_, "device_replacement", {});
  }

  UserAgent parse(const std::string& header) const override {
    const std::string looked_at = header.substr(0, kHeaderBytesMax);
    {
      const std::lock_guard lock(mutex_);
      if (const auto it = cached_.find(looked_at); it != cached_.end()) {
        order_.splice(order_.begin(), order_, it->second);
        return it->second->second;
      }
    }
    UserAgent out{first_match(agents_, looked_at), first_match(systems_, looked_at), first_match(devices_, looked_at)};
    const std::lock_guard lock(mutex_);
    if (cached_.contains(looked_at)) return out;
    order_.emplace_front(looked_at, out);
    cached_[looked_at] = order_.begin();
    if (order_.size() > kCacheMax) {
      cached_.erase(order_.back().first);
      order_.pop_back();
    }
    return out;
  }

 private:
  static std::optional<VersionedName> first_match(const std::vector<Pattern>& patterns, const std::string& header) {
    for (const Pattern& pattern : patterns) {
      if (auto found = pattern.match(header)) return found;
    }
    return std::nullopt;
  }

  std::vector<Pattern> agents_, systems_, devices_;
  using Entry = std::pair<std::string, UserAgent>;
  mutable std::mutex mutex_;
  mutable std::list<Entry> order_;                                           // guarded by mutex_, the newest in front
  mutable std::unordered_map<std::string, std::list<Entry>::iterator> cached_;  // guarded by mutex_
};

}  // namespace

std::string VersionedName::version() const {
  std::string out = major.value_or("");
  for (const auto* part : {&minor, &patch, &build}) {
    if (*part) out += "." + **part;
  }
  return out;
}

std::shared_ptr<const UserAgents> UserAgents::standard() {
  static std::mutex mutex;
  static std::shared_ptr<const UserAgents> loaded;
  const std::lock_guard lock(mutex);
  if (loaded) return loaded;
  const char* given = std::getenv("TARN_USER_AGENT_REGEXES");
  const std::string path = given != nullptr ? given : kDefaultFile;
  std::ifstream in(path);
  if (!in) {
    throw ApiError(501, "not_implemented_exception",
                   "the processor [user_agent] needs the file [" + path + "] (Debian package uap-core, or TARN_USER_AGENT_REGEXES)");
  }
  loaded = std::make_shared<const Patterns>(in);
  return loaded;
}

}  // namespace tarn

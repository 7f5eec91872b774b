#pragma once

#include <memory>
#include <optional>
#include <string>

namespace tarn {

/// A name with up to four parts of a version; parts are missing from some place on.
struct VersionedName {
  std::string name;
  std::optional<std::string> major, minor, patch, build;
  /// "121.0", with the parts that are there.
  std::string version() const;
};

/// What a User-Agent header says.
struct UserAgent {
  std::optional<VersionedName> agent, os, device;
};

/// The expressions of the ua-parser project (regexes.yaml of uap-core), which know browsers, systems and devices. Immutable but
/// for a bounded cache; thread-safe. Follows: OpenSearch ingest-user-agent.
class UserAgents {
 public:
  virtual ~UserAgents() = default;
  virtual UserAgent parse(const std::string& header) const = 0;
  /// Reads TARN_USER_AGENT_REGEXES, or /usr/share/uap-core/regexes.yaml of the Debian package uap-core, when first called.
  /// Throws ApiError 501 where there is no such file.
  static std::shared_ptr<const UserAgents> standard();
};

}  // namespace tarn

#pragma once

#include <string>
#include <vector>

namespace tarn {

/// What the request that this thread works on uses and OpenSearch calls deprecated: texts of `Warning` headers. The server
/// takes them when the answer is ready.
class Deprecations {
 public:
  /// Each text is sent once.
  static void add(std::string text);
  /// "Deprecated field [x] used, expected [y] instead"
  static void field(const std::string& used, const std::string& expected);
  static std::vector<std::string> take();
};

}  // namespace tarn

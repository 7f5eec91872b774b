#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tarn::server {

/// The parameter filter_path: comma-separated paths of names with `*` in them, `**` for any depth, `\.` for a dot in
/// a name, and `-` in front for what is left out. Arrays are transparent.
/// Follows: OpenSearch's FilterPathBasedFilter over Jackson's filtering generator.
class FilterPath {
 public:
  FilterPath() = default;
  static FilterPath parse(std::string_view parameter);

  bool empty() const { return includes_.empty() && excludes_.empty(); }
  /// The filtered JSON, compact, its scalars rewritten. An object of which nothing is left is `{}`, an array is "".
  std::string apply(std::string_view json) const;

  using Path = std::vector<std::string>;

 private:
  std::vector<Path> includes_;
  std::vector<Path> excludes_;
};

}  // namespace tarn::server

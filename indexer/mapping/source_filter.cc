#include <vector>

#include "indexer/base/ascii.h"
#include "indexer/mapping/mapping_error.h"
#include "indexer/mapping/parse_plan.h"

namespace tarn::mapping {
namespace {

std::vector<std::string> patterns(const Json& source, const char* key) {
  return source.is_object() && source.contains(key) ? source[key].get<std::vector<std::string>>() : std::vector<std::string>();
}

bool covers(const std::string& pattern, const std::string& path) {
  // "a" covers all below it: "a" and "a.*".
  return matches_pattern(pattern, path) || matches_pattern(pattern + ".*", path);
}

bool covered(const std::vector<std::string>& all, const std::string& path) {
  for (const std::string& pattern : all) {
    if (covers(pattern, path)) return true;
  }
  return false;
}

/// Whether something below the object `path` could match.
bool may_match_below(const std::vector<std::string>& all, const std::string& path) {
  for (const std::string& pattern : all) {
    for (size_t dot = pattern.find('.'); dot != std::string::npos; dot = pattern.find('.', dot + 1)) {
      if (matches_pattern(pattern.substr(0, dot), path)) return true;
    }
    if (pattern.find('*') != std::string::npos && matches_pattern(pattern.substr(0, pattern.find('*') + 1), path)) return true;
  }
  return false;
}

class SourceFilter {
 public:
  SourceFilter(std::vector<std::string> includes, std::vector<std::string> excludes)
      : includes_(std::move(includes)), excludes_(std::move(excludes)) {}

  Json object(const Json& in, const std::string& path, bool included) const {
    Json out = Json::object();
    for (auto it = in.begin(); it != in.end(); ++it) {
      const std::string child = path.empty() ? it.key() : path + "." + it.key();
      if (covered(excludes_, child)) continue;
      const bool take = included || covered(includes_, child);
      if (it->is_object() || it->is_array()) {
        if (!take && !may_match_below(includes_, child)) continue;
        Json value = it->is_object() ? object(*it, child, take) : array(*it, child, take);
        if (take || !value.empty()) out[it.key()] = std::move(value);
      } else if (take) {
        out[it.key()] = *it;
      }
    }
    return out;
  }

 private:
  Json array(const Json& in, const std::string& path, bool included) const {
    Json out = Json::array();
    for (const Json& item : in) {
      if (item.is_object()) {
        Json value = object(item, path, included);
        if (included || !value.empty()) out.push_back(std::move(value));
      } else if (item.is_array()) {
        Json value = array(item, path, included);
        if (included || !value.empty()) out.push_back(std::move(value));
      } else if (included) {
        out.push_back(item);
      }
    }
    return out;
  }

  std::vector<std::string> includes_, excludes_;
};

}  // namespace

std::string MappingImpl::filter_source(std::string_view source) const {
  std::vector<std::string> includes = patterns(root_.source, "includes");
  std::vector<std::string> excludes = patterns(root_.source, "excludes");
  if (includes.empty() && excludes.empty()) return std::string(source);
  const bool all = includes.empty();
  const SourceFilter filter(std::move(includes), std::move(excludes));
  return to_text(filter.object(parse_json(source), "", all));
}

}  // namespace tarn::mapping

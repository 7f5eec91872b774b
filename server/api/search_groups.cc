#include "server/api/search_groups.h"

#include "indexer/index_names.h"

namespace tarn::server {

namespace {
constexpr size_t kGroupsMax = 10'000;  // of all indices; further ones are not counted
}

void SearchGroups::count(const std::string& index_uuid, const std::vector<std::string>& groups, uint64_t query_us, uint64_t fetch_us) {
  const std::lock_guard lock(mutex_);
  auto& of_index = by_index_[index_uuid];
  for (const std::string& group : groups) {
    auto it = of_index.find(group);
    if (it == of_index.end()) {
      if (count_ >= kGroupsMax) continue;
      it = of_index.emplace(group, Figures{}).first;
      ++count_;
    }
    Figures& figures = it->second;
    ++figures.queries;
    ++figures.fetches;
    figures.query_us += query_us;
    figures.fetch_us += fetch_us;
  }
}

void SearchGroups::add_to(const std::string& index_uuid, const std::vector<std::string>& patterns,
                          std::map<std::string, Figures>& sums) const {
  const std::lock_guard lock(mutex_);
  const auto found = by_index_.find(index_uuid);
  if (found == by_index_.end()) return;
  for (const auto& [group, figures] : found->second) {
    for (const std::string& pattern : patterns) {
      if (!matches_pattern(pattern == "_all" ? "*" : pattern, group)) continue;
      Figures& sum = sums[group];
      sum.queries += figures.queries;
      sum.query_us += figures.query_us;
      sum.fetches += figures.fetches;
      sum.fetch_us += figures.fetch_us;
      break;
    }
  }
}

Json SearchGroups::shown(const std::map<std::string, Figures>& groups) {
  Json out = Json::object();
  for (const auto& [group, f] : groups) {
    out[group] = Json{{"query_total", f.queries}, {"query_time_in_millis", f.query_us / 1000}, {"query_current", 0},
                      {"fetch_total", f.fetches}, {"fetch_time_in_millis", f.fetch_us / 1000}, {"fetch_current", 0},
                      {"scroll_total", 0}, {"scroll_time_in_millis", 0}, {"scroll_current", 0}};
  }
  return out;
}

}  // namespace tarn::server

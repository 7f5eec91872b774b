#include "indexer/base/did_you_mean.h"

#include <algorithm>

namespace tarn {

float name_similarity(std::string_view a, std::string_view b) {
  if (a.empty() && b.empty()) return 1;
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t above = row[j];
      row[j] = std::min({above + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)});
      diagonal = above;
    }
  }
  return 1.0F - static_cast<float>(row[b.size()]) / static_cast<float>(std::max(a.size(), b.size()));
}

std::string did_you_mean(std::string_view wrong, const std::vector<std::string_view>& known, float above) {
  std::vector<std::pair<float, std::string_view>> near;
  for (std::string_view name : known) {
    if (const float score = name_similarity(wrong, name); score > above) near.emplace_back(-score, name);
  }
  if (near.empty()) return "";
  std::sort(near.begin(), near.end());
  std::string names;
  for (const auto& [score, name] : near) names.append(names.empty() ? "" : ", ").append(name);
  return (near.size() == 1 ? " did you mean [" : " did you mean any of [") + names + "]?";
}

}  // namespace tarn

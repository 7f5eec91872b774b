#pragma once

#include <memory>
#include <vector>

#include "query/bind/plan.h"

namespace tarn::query {

/// Documents, ascending, with the score of each.
struct ListedScores {
  std::vector<LocalDocId> docs;
  std::vector<float> scores;
};

/// Null if the list is empty.
std::unique_ptr<Scorer> make_listed_scorer(ListedScores list);

}  // namespace tarn::query

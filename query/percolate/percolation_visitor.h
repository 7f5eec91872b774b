#pragma once

#include <string>
#include <utility>
#include <vector>

#include "query/bind/plan.h"

namespace tarn::query {

class PercolatePlan;

/// Collects the percolate clauses that a plan shows.
class PercolationVisitor final : public TermVisitor {
 public:
  std::vector<const PercolatePlan*> found;
  void term(const std::string&, const std::string&, float) override {}
  void phrase(const std::string&, const std::vector<std::pair<std::vector<std::string>, int>>&, int, float) override {}
  void pattern(const std::string&, const std::string&, const std::function<bool(std::string_view)>&, float) override {}
};

}  // namespace tarn::query

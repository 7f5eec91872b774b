#pragma once

#include <optional>
#include <span>

#include "indexer/script/script.h"
#include "query/query.h"

namespace tarn::query {

/// A script that a pipeline runs for each bucket. Its errors are those of the reduction.
class ScriptStep {
 public:
  ScriptStep(const script::ScriptSpec& spec, script::Context context, const SearchContext& search);

  /// A member of params for the next run; nothing for null.
  void set(const std::string& name, std::optional<double> value);
  std::optional<double> number();                       ///< nothing for null
  bool truth();
  double of_window(std::span<const double> values);     ///< of moving_fn

 private:
  template <class Use>
  auto guarded(Use&& use);
  std::optional<script::Run> run_;
};

}  // namespace tarn::query

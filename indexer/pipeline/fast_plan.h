#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace tarn {

/// A pipeline whose processors only add top-level members, as steps over the document's bytes: the
/// values that the steps read are found in one parse, and what they make is written behind the last
/// member. A document that is not of the everyday shape (a field is missing or of another type, a
/// target exists already, ...) is left to the tree.
class FastPlan {
 public:
  struct Value {
    enum class Kind { missing, text, integer, other } kind = Kind::missing;
    std::string_view text;
    int64_t integer = 0;
  };
  using Inputs = std::vector<Value>;
  /// Appends `,"name":value` for each target; false: this document needs the tree.
  using Step = std::function<bool(const Inputs& inputs, std::string& out)>;

  /// The slot of a top-level field in Inputs, or -1 where this plan cannot read it (a path,
  /// metadata, a target).
  int add_input(std::string_view field);
  /// Announces that a step adds this member; false where a plan cannot.
  bool add_target(std::string_view field);
  void add_step(Step step) { steps_.push_back(std::move(step)); }

  /// `source` is a JSON object. False: nothing is known about `out`, use the tree.
  bool execute(std::string_view source, std::string& out) const;

 private:
  std::vector<std::string> inputs_;
  std::vector<std::string> targets_;
  std::vector<Step> steps_;
};

/// Appends `,"name":` ready made, for steps.
std::string member_prefix(std::string_view name);

}  // namespace tarn

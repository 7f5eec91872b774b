#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "query/aggs/options.h"

namespace tarn::analysis {
class Automaton;
}

namespace tarn::query {

/// "include" and "exclude" of terms: exact values, a Lucene regular expression, or one of several partitions.
/// Follows: OpenSearch IncludeExclude.
class IncludeExclude {
 public:
  /// Adds the members to `options`; `with_partitions` only where the aggregation takes them.
  void declare(Options& options);
  bool empty() const { return include_.empty() && exclude_.empty() && partitions_ == 0; }
  bool has_pattern() const { return include_.pattern != nullptr || exclude_.pattern != nullptr; }
  /// Throws 400 for combinations that make no sense.
  void check() const;

  /// `term` as the column holds it, `shown` as the answer shows it.
  bool accepts_term(std::string_view term, std::string_view shown) const;
  /// `read` turns a listed text into a number where it is none by itself (dates).
  bool accepts_number(int64_t encoded, double value, const std::function<std::optional<double>(const std::string&)>& read = {}) const;

 private:
  struct Side {
    std::optional<std::set<std::string, std::less<>>> values;
    std::shared_ptr<const analysis::Automaton> pattern;
    bool empty() const { return !values && !pattern; }
    bool matches(std::string_view text) const;
    bool matches(double value, const std::function<std::optional<double>(const std::string&)>& read) const;
  };
  void read_side(Side& side, const Json& json);
  void read_partition(const Json& json);

  Side include_, exclude_;
  int64_t partition_ = 0, partitions_ = 0;
};

/// What aggregations over addresses say of a regular expression.
[[noreturn]] void refuse_ip_pattern(const std::string& aggregation);

}  // namespace tarn::query

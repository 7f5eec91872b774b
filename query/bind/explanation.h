#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "indexer/base/json.h"

namespace tarn::query {

/// Why a document has its score, in Lucene's words: a value, what it is, and what it is made of.
struct Explanation {
  float value = 0;
  std::string description;
  std::vector<Explanation> details;
  bool match = true;
  std::optional<uint64_t> count;   ///< the value where it is a whole number

  static Explanation yes(float value, std::string description, std::vector<Explanation> details = {}) {
    return {value, std::move(description), std::move(details), true, std::nullopt};
  }
  static Explanation no(std::string description, std::vector<Explanation> details = {}) {
    return {0, std::move(description), std::move(details), false, std::nullopt};
  }
  static Explanation of_count(uint64_t count, std::string description) {
    return {static_cast<float>(count), std::move(description), {}, true, count};
  }
  void write(JsonWriter& out) const;
};

/// A float as Java prints it.
std::string float_text(float value);
/// Lucene's "^2.0", nothing for 1.
std::string boost_text(float boost);

}  // namespace tarn::query

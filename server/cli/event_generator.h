#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace tarn::cli {

/// Invented events of a SaaS with a shop, 100 types, about 480 bytes each. Event i depends on the
/// seed and i alone.
class EventGenerator {
 public:
  struct Options {
    uint64_t seed = 42;
    double duplicates = 0;  ///< share of lines that repeat an earlier one, byte for byte
    double malformed = 0;   ///< share of lines that cannot be enriched or parsed
  };
  explicit EventGenerator(Options options) : options_(options) {}

  static constexpr size_t kLineBytesMax = 1024;
  /// Writes line `index` with its line end at `at`, which has room for kLineBytesMax; returns its
  /// end.
  char* write(uint64_t index, char* at) const;

  /// The 100 names, "area:object:action".
  static std::span<const std::string_view> event_names();

 private:
  char* write_event(uint64_t index, char* at) const;
  char* write_malformed(uint64_t index, char* at) const;
  Options options_;
};

}  // namespace tarn::cli

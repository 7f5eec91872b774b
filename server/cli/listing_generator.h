#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace tarn::cli {

/// Invented rental listings in the shape of Inside Airbnb's extracts, with prose from word lists;
/// about 2 kB each. Listing i depends on the seed and i alone.
class ListingGenerator {
 public:
  explicit ListingGenerator(uint64_t seed) : seed_(seed) {}
  /// Appends line `index` with its line end.
  void write(uint64_t index, std::string& out) const;

 private:
  uint64_t seed_;
};

/// A real listing again with another id, price and place: `round` 0 is the line as it is, others
/// change `id` (suffix -round), price_amount and price (0.8 to 1.2 times), latitude and longitude
/// (up to a kilometre). Fields that are missing stay missing; all other bytes stay. False: the line
/// is no JSON object.
bool jitter_listing(std::string_view line, uint64_t round, uint64_t seed, std::string& out);

}  // namespace tarn::cli

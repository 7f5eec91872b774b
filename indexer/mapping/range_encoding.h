#pragma once

#include <string>
#include <string_view>

#include "indexer/mapping/field_type.h"

namespace tarn {

/// A range as a value of a kBytes column: low then high, both inclusive, each 8 bytes (16 for ip) big-endian, so that
/// comparing bytes compares bounds. Integers, longs and dates (epoch ms) have their sign bit flipped; floats and doubles
/// are sortable_double with the sign bit flipped; addresses are their 16 bytes. Open ends are the type's extreme values.
std::string encode_range(int64_t low, int64_t high);
std::string encode_range(double low, double high);
std::string encode_ip_range(std::string_view low16, std::string_view high16);

struct NumericRange {
  int64_t low, high;  ///< of floats and doubles: sortable_double
};
NumericRange decode_range(std::string_view encoded);

}  // namespace tarn

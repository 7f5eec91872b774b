#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace tarn::query {

/// The numbers of a Roaring bitmap in its portable form, ascending; `wide`: of the 64-bit kind (a count, then for each upper
/// half a bitmap). Throws 400 illegal_argument_exception for bytes that are none and for more numbers than a query may hold.
/// Follows: the RoaringFormatSpec.
std::vector<int64_t> roaring_values(std::string_view bytes, bool wide);

}  // namespace tarn::query

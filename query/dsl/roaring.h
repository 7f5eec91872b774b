#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace tarn::query {

/// The numbers of a Roaring bitmap in its portable form, ascending. Throws ApiError 400 illegal_argument_exception for bytes
/// that are none. Source: https://github.com/RoaringBitmap/RoaringFormatSpec
std::vector<uint32_t> read_roaring(std::string_view bytes);

}  // namespace tarn::query

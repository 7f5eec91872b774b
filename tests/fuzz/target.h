#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

/// Feeds outside bytes to one parser; whatever they are, it may only answer or throw ApiError.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);
/// Inputs to begin from.
std::vector<std::string> fuzz_seeds();

#pragma once

#include <string>
#include <string_view>

namespace tarn {

// Message digests as raw bytes. For fingerprints, not for secrets.
std::string md5(std::string_view text);
std::string sha1(std::string_view text);
std::string sha256(std::string_view text);
std::string sha3_256(std::string_view text);

}  // namespace tarn

#pragma once

#include <string>
#include <string_view>

namespace tarn {

/// RFC 4648: with `+`, `/` and padding; or with `-` and `_`, written without padding.
enum class Base64 { kStandard, kUrlSafe };

std::string encode_base64(std::string_view bytes, Base64 alphabet = Base64::kStandard);

/// Padding ends the text and may be missing; bits that fill no byte are dropped. Throws ApiError 400
/// illegal_argument_exception "Illegal base64 character 21" (hexadecimal, as Java).
std::string decode_base64(std::string_view text, Base64 alphabet = Base64::kStandard);

/// The six bits that a character stands for; -1 if it is none of the alphabet's.
int base64_digit(char c, Base64 alphabet);

}  // namespace tarn

#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace tarn::http {

enum class Coding { kIdentity, kGzip, kDeflate };

/// What an Accept-Encoding header prefers of gzip and deflate; kIdentity if it wants neither.
Coding accepted_coding(std::string_view accept_encoding);
std::string_view coding_name(Coding coding);

/// `body` compressed. Uses one compressor a thread, which keeps its 256 kB.
std::string compress(std::string_view body, Coding coding, int level);

enum class Inflation { kDone, kMalformed, kTooLarge };

/// Decompresses gzip, zlib or raw deflate into `out`. kTooLarge as soon as `allow(bytes so far)` says no.
Inflation decompress(std::string_view body, Coding coding, const std::function<bool(size_t)>& allow, std::string& out);

}  // namespace tarn::http

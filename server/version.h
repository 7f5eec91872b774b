#pragma once

namespace tarn::server {

constexpr const char* kTarnVersion = "0.1.0";
constexpr const char* kOpenSearchVersion = "3.8.0";   ///< whose API is spoken
constexpr const char* kLuceneVersion = "10.5.0";      ///< that this OpenSearch reports

}  // namespace tarn::server

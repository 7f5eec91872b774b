#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tarn::query {

/// Tokens that follow each other, as the bytes of a token column: found without decoding the document.
class TokenPattern {
 public:
  /// Token ordinals; at least one.
  explicit TokenPattern(const std::vector<uint32_t>& ordinals);
  /// How often they stand in the document (TextIndex::token_bytes) one after the other. Nothing where the document has tokens
  /// that share a position: what follows what is then not to be seen from the bytes.
  std::optional<uint32_t> count(std::string_view document) const {
    return wide_ ? count_avx2(document) : count_sse2(document);
  }
  /// The two forms of count(); the wide one needs AVX2.
  std::optional<uint32_t> count_sse2(std::string_view document) const;
  std::optional<uint32_t> count_avx2(std::string_view document) const;

 private:
  static bool odd(const char* document, size_t at, uint32_t mask);
  uint32_t count_at(const char* document, size_t at, uint32_t mask) const;
  bool matches_at(const char* document, size_t at) const;
  std::string bytes_;
  const bool wide_ = __builtin_cpu_supports("avx2") != 0;
};

}  // namespace tarn::query

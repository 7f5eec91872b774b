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
  std::optional<uint32_t> count(std::string_view document) const;

 private:
  bool matches_at(const char* document, size_t at) const;
  std::string bytes_;
};

}  // namespace tarn::query

#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace tarn {

/// A file of schemas/ inside the binary: its name without the folder, and its bytes.
struct EmbeddedFile {
  std::string_view name;
  const unsigned char* bytes;
  size_t size;
  std::string_view text() const { return {reinterpret_cast<const char*>(bytes), size}; }
};

/// All JSON files of schemas/ and the dictionaries below it, sorted by path.
std::span<const EmbeddedFile> embedded_schemas();

}  // namespace tarn

#include "indexer/base/arena.h"

#include <gtest/gtest.h>

#include <string>

namespace tarn {
namespace {

// A young arena once gave a request of 33 KB a chunk of 4 KB.
TEST(Arena, a_chunk_is_never_smaller_than_what_was_asked_for) {
  for (size_t size : {1u, 5000u, 33000u, 65536u, 70000u, 300000u}) {
    Arena arena;
    arena.copy("x");
    const std::string bytes(size, 'y');
    EXPECT_EQ(arena.copy(bytes), bytes);
    EXPECT_GE(arena.memory_bytes(), size);
  }
}

}  // namespace
}  // namespace tarn

#pragma once

#include <string_view>

namespace tarn {

/// Prints the file, the line and the condition, and aborts: a broken invariant is our bug, not the caller's.
[[noreturn]] void check_failed(const char* file, int line, const char* condition);

}  // namespace tarn

#define CHECK(condition) \
  ((condition) ? static_cast<void>(0) : ::tarn::check_failed(__FILE__, __LINE__, #condition))

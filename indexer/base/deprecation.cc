#include "indexer/base/deprecation.h"

#include <algorithm>
#include <utility>

namespace tarn {
namespace {

constexpr size_t kTextsMax = 64;  // a header each

std::vector<std::string>& of_this_thread() {
  thread_local std::vector<std::string> texts;
  return texts;
}

}  // namespace

void Deprecations::add(std::string text) {
  std::vector<std::string>& texts = of_this_thread();
  if (texts.size() < kTextsMax && std::find(texts.begin(), texts.end(), text) == texts.end()) texts.push_back(std::move(text));
}

void Deprecations::field(const std::string& used, const std::string& expected) {
  add("Deprecated field [" + used + "] used, expected [" + expected + "] instead");
}

std::vector<std::string> Deprecations::take() { return std::exchange(of_this_thread(), {}); }

}  // namespace tarn

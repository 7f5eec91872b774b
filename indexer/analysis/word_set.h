#pragma once

#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "indexer/analysis/text.h"

namespace tarn::analysis {

struct StringHash {
  using is_transparent = void;
  size_t operator()(std::string_view s) const { return std::hash<std::string_view>()(s); }
};

/// Words to look terms up in; with `ignore_case` both sides are lower-cased, as Lucene's CharArraySet does.
class WordSet {
 public:
  WordSet() = default;
  explicit WordSet(const std::vector<std::string>& words, bool ignore_case = false) : ignore_case_(ignore_case) {
    for (const std::string& word : words) add(word);
  }

  void add(std::string_view word) {
    std::string key = ignore_case_ ? lower(word) : std::string(word);
    sizes_ |= size_bit(key.size());
    if (!key.empty()) first_bytes_[static_cast<unsigned char>(key[0])] = true;
    words_.insert(std::move(key));
  }

  bool contains(std::string_view word) const {
    if (ignore_case_) return words_.contains(lower(word));
    // Most terms are no stop words, which their size or first byte tells.
    if ((sizes_ & size_bit(word.size())) == 0) return false;
    if (!word.empty() && !first_bytes_[static_cast<unsigned char>(word[0])]) return false;
    return words_.contains(word);
  }
  bool empty() const { return words_.empty(); }
  const auto& words() const { return words_; }

 private:
  static uint64_t size_bit(size_t size) { return uint64_t{1} << (size < 63 ? size : 63); }

  bool ignore_case_ = false;
  uint64_t sizes_ = 0;
  bool first_bytes_[256] = {};
  std::unordered_set<std::string, StringHash, std::equal_to<>> words_;
};

}  // namespace tarn::analysis

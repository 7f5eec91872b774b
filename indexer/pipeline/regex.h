#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "indexer/base/error.h"

namespace tarn {

/// A regular expression of Java's kind over UTF-8 text (ICU inside). Immutable, thread-safe.
class Regex {
 public:
  /// Throws ApiError 500 pattern_syntax_exception with Java's reason where it is known.
  explicit Regex(const std::string& pattern);
  Regex(Regex&&) noexcept;
  ~Regex();

  /// String.split: the pieces between matches; `limit` 0 drops empty pieces at the end, -1 keeps
  /// them, n > 0 makes at most n.
  std::vector<std::string> split(const std::string& text, int limit) const;
  std::string replace_all(const std::string& text, const std::string& replacement) const;
  /// The first match anywhere: its groups from 1 on, with whether each took part. False: no match.
  bool find(const std::string& text, std::vector<std::pair<bool, std::string>>& groups) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tarn

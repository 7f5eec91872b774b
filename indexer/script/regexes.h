#pragma once

#include <memory>
#include <string>

#include "indexer/analysis/java_regex.h"
#include "indexer/script/value.h"

namespace tarn::script {

class PatternObject final : public Object {
 public:
  PatternObject(std::string pattern, std::string flags);
  std::string pattern;
  analysis::JavaRegex regex;
};

/// Keeps a pattern that was made while running.
class PatternHolder final : public Object {
 public:
  explicit PatternHolder(std::unique_ptr<PatternObject> pattern) : Object(ClassId::kObject), pattern(std::move(pattern)) { this->pattern->shared = true; }
  std::unique_ptr<PatternObject> pattern;
};

/// What java.util.regex.Pattern.compile makes of it; flags are Painless's letters. `problem` where it does not compile.
struct MadePattern {
  std::unique_ptr<PatternObject> object;
  std::string problem;
};
MadePattern make_pattern(const std::string& pattern, const std::string& letters);

}  // namespace tarn::script

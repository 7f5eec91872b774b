#include "indexer/analysis/icu_token_types.h"

#include <deque>
#include <map>
#include <mutex>
#include <string>

namespace tarn::analysis {

namespace {

/// Types by script, for ever: there are a few hundred of them at most.
struct Types {
  std::mutex mutex;
  std::map<std::pair<std::string, std::string>, const char*> by_names;
  std::map<const char*, const char*> scripts;
  std::deque<std::string> texts;

  const char* keep(const std::string& text) {
    texts.push_back(text);
    return texts.back().c_str();
  }
};

Types& types() {
  static Types all;
  return all;
}

}  // namespace

const char* icu_token_type(const char* type, const char* script) {
  std::lock_guard lock(types().mutex);
  auto [it, fresh] = types().by_names.try_emplace({type, script}, nullptr);
  if (fresh) {
    it->second = types().keep(type);
    types().scripts[it->second] = types().keep(script);
  }
  return it->second;
}

const char* icu_script_of(const char* type) {
  std::lock_guard lock(types().mutex);
  const auto it = types().scripts.find(type);
  return it == types().scripts.end() ? "Common" : it->second;
}

}  // namespace tarn::analysis

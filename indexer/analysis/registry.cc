#include "indexer/analysis/registry.h"

#include "indexer/analysis/filters.h"
#include "indexer/analysis/tokenizers.h"
#include "indexer/base/error.h"

namespace tarn {

std::shared_ptr<const AnalysisRegistry> AnalysisRegistry::create(const Json& analysis, const Json& index_settings) {
  return std::make_shared<analysis::Registry>(&analysis, index_settings);
}

std::shared_ptr<const AnalysisRegistry> AnalysisRegistry::built_in() {
  static const auto registry = std::make_shared<const analysis::Registry>(nullptr, Json::object());
  return registry;
}

}  // namespace tarn

namespace tarn::analysis {

namespace {

/// The analyzers that every index has, made when first asked for and kept for ever.
class BuiltInAnalyzers {
 public:
  const ChainAnalyzer* find(std::string_view name) {
    std::lock_guard lock(mutex_);
    auto it = analyzers_.find(name);
    if (it != analyzers_.end()) return it->second.get();
    std::string key(name);
    auto chain = make_preconfigured_analyzer(key);
    if (!chain) return nullptr;
    return analyzers_.emplace(key, std::make_unique<ChainAnalyzer>(key, std::move(*chain), false)).first->second.get();
  }

 private:
  std::mutex mutex_;
  std::map<std::string, std::unique_ptr<const ChainAnalyzer>, std::less<>> analyzers_;
};

BuiltInAnalyzers& built_in_analyzers() {
  static BuiltInAnalyzers analyzers;
  return analyzers;
}

const ChainNormalizer& lowercase_normalizer() {
  static const ChainNormalizer normalizer = [] {
    Chain chain;
    chain.tokenizer_name = "keyword";
    chain.tokenizer = make_keyword_tokenizer();
    chain.add(make_lowercase_filter());
    return ChainNormalizer(std::move(chain));
  }();
  return normalizer;
}

std::string type_of(const char* kind, const std::string& name, const Json& settings) {
  auto type = ComponentSettings(name, settings).find_text("type");
  if (type) return *type;
  throw ApiError(illegal_argument(std::string(kind) + " [" + name + "] must specify either an analyzer type, or a tokenizer"));
}

[[noreturn]] void unknown_type(const char* kind, const std::string& type, const std::string& name) {
  throw ApiError(illegal_argument(std::string("Unknown ") + kind + " type [" + type + "] for [" + name + "]"));
}

const Json& group(const Json& analysis, const char* name) {
  static const Json empty = Json::object();
  auto it = analysis.find(name);
  return it == analysis.end() || !it->is_object() ? empty : *it;
}

}  // namespace

Registry::Registry(const Json* analysis, const Json& index_settings)
    : of_index_(analysis != nullptr), limits_(IndexLimits::of(index_settings)) {
  max_token_count_ = ComponentSettings("index", index_settings).integer("index.analyze.max_token_count", max_token_count_);
  if (analysis == nullptr || !analysis->is_object()) return;
  read_parts(*analysis);
  read_normalizers(*analysis);
  read_analyzers(*analysis);
}

void Registry::read_parts(const Json& analysis) {
  for (const auto& [name, settings] : group(analysis, "char_filter").items()) {
    std::string type = type_of("char_filter", name, settings);
    auto made = make_char_filter(type, ComponentSettings(name, settings));
    if (!made) unknown_type("char_filter", type, name);
    char_filters_.emplace(name, std::move(*made));
  }
  for (const auto& [name, settings] : group(analysis, "tokenizer").items()) {
    std::string type = type_of("tokenizer", name, settings);
    TokenizerPtr made = make_tokenizer(type, ComponentSettings(name, settings), limits_);
    if (made == nullptr) unknown_type("tokenizer", type, name);
    tokenizers_.emplace(name, std::move(made));
  }
  for (const auto& [name, settings] : group(analysis, "filter").items()) {
    std::string type = type_of("filter", name, settings);
    FilterDefinitionPtr made = make_filter(type, ComponentSettings(name, settings), limits_);
    if (made == nullptr) unknown_type("filter", type, name);
    filters_.emplace(name, std::move(made));
  }
}

void Registry::read_analyzers(const Json& analysis) {
  const Json& all = group(analysis, "analyzer");
  for (const auto& [name, settings] : all.items()) {
    if (name.starts_with('_')) {
      throw ApiError(illegal_argument("analyzer name must not start with '_'. got \"" + name + "\""));
    }
    if (name == "default_index") {
      throw ApiError(illegal_argument("setting [index.analysis.analyzer.default_index] is not supported anymore, use "
                                      "[index.analysis.analyzer.default] instead"));
    }
    ComponentSettings s(name, settings);
    if (!s.has("type") && !s.has("tokenizer")) type_of("analyzer", name, settings);
  }
  // What is wrong in custom analyzers is told of all of them together.
  std::vector<std::string> failed;
  Json reasons = Json::array();
  for (const auto& [name, settings] : all.items()) {
    ComponentSettings s(name, settings);
    std::string type = s.text("type", "custom");
    if (type != "custom") {
      analyzers_.emplace(name, make_analyzer(name, s));
      continue;
    }
    try {
      analyzers_.emplace(name, make_custom_analyzer(name, s));
    } catch (const ApiError& e) {
      if (e.error().status == 501) throw;
      failed.push_back(name);
      Error suppressed(400, e.error().type, "[" + name + "] " + e.error().reason);
      suppressed.caused_by(e.error());
      reasons.push_back(suppressed.to_json());
    }
  }
  if (failed.empty()) return;
  std::string names;
  for (const std::string& name : failed) names += (names.empty() ? "" : ", ") + name;
  Error error = illegal_argument("Failed to build analyzers: [" + names + "]");
  throw ApiError(error.with("suppressed", reasons));
}

std::unique_ptr<ChainAnalyzer> Registry::make_analyzer(const std::string& name, const ComponentSettings& s) const {
  std::string type = s.text("type", "custom");
  auto chain = make_analyzer_chain(type, s);
  if (!chain) unknown_type("analyzer", type, name);
  return std::make_unique<ChainAnalyzer>(name, std::move(*chain), false, s.integer("position_increment_gap", 100));
}

std::unique_ptr<ChainAnalyzer> Registry::make_custom_analyzer(const std::string& name, const ComponentSettings& s) const {
  Chain chain;
  auto tokenizer_name = s.find_text("tokenizer");
  if (!tokenizer_name) throw ApiError(illegal_argument("Custom Analyzer [" + name + "] must be configured with a tokenizer"));
  auto failed = [&name](const char* kind, const std::string& part) {
    throw ApiError(illegal_argument("Custom Analyzer [" + name + "] failed to find " + kind + " under name [" + part + "]"));
  };
  chain.tokenizer_name = *tokenizer_name;
  chain.tokenizer = find_tokenizer(*tokenizer_name);
  if (chain.tokenizer == nullptr) failed("tokenizer", *tokenizer_name);
  for (const std::string& part : s.list("char_filter")) {
    auto definition = find_char_filter(part);
    if (!definition) failed("char_filter", part);
    chain.char_filters.push_back(definition->part);
    chain.char_filters.back().normalizes = definition->may_normalize;
  }
  std::vector<FilterDefinitionPtr> filters;
  for (const std::string& part : s.list("filter")) {
    filters.push_back(find_filter(part));
    if (filters.back() == nullptr) failed("filter", part);
  }
  add_filters(chain, filters);
  return std::make_unique<ChainAnalyzer>(name, std::move(chain), true, s.integer("position_increment_gap", 100));
}

void Registry::add_filters(Chain& chain, const std::vector<FilterDefinitionPtr>& filters, const FindFilter& find_part) const {
  std::vector<FilterDefinitionPtr> before;
  for (const FilterDefinitionPtr& definition : filters) {
    NamedTokenFilter part = definition->ready;
    part.name = definition->name;
    part.single = definition->single;
    part.search_only = definition->search_only;
    part.normalizes = definition->may_normalize;
    if (part.filter == nullptr) {
      part.filter = definition->build({chain, before, find_part ? find_part : [this](const std::string& name) { return find_filter(name); },
                                       [this](const std::string& name) { return find_chain_analyzer(name); }, &part});
    }
    chain.filters.push_back(std::move(part));
    before.push_back(definition);
  }
}

void Registry::read_normalizers(const Json& analysis) {
  for (const auto& [name, settings] : group(analysis, "normalizer").items()) {
    ComponentSettings s(name, settings);
    std::string type = s.text("type", "custom");
    if (type == "lowercase") continue;  // as the built-in one, found by name below
    if (type != "custom") unknown_type("normalizer", type, name);
    normalizers_.emplace(name, make_normalizer(name, s));
  }
}

std::unique_ptr<ChainNormalizer> Registry::make_normalizer(const std::string& name, const ComponentSettings& s) const {
  if (s.has("tokenizer")) throw ApiError(illegal_argument("Custom normalizer [" + name + "] cannot configure a tokenizer"));
  Chain chain;
  chain.tokenizer_name = "keyword";
  chain.tokenizer = make_keyword_tokenizer();
  for (const std::string& part : s.list("char_filter")) {
    auto definition = find_char_filter(part);
    if (!definition) {
      throw ApiError(illegal_argument("Custom normalizer [" + name + "] failed to find char_filter under name [" + part + "]"));
    }
    if (!definition->may_normalize) {
      throw ApiError(illegal_argument("Custom normalizer [" + name + "] may not use char filter [" + part + "]"));
    }
    chain.char_filters.push_back(definition->part);
  }
  std::vector<FilterDefinitionPtr> filters;
  for (const std::string& part : s.list("filter")) {
    FilterDefinitionPtr definition = find_filter(part);
    if (definition == nullptr) {
      throw ApiError(illegal_argument("Custom Analyzer [" + name + "] failed to find filter under name [" + part + "]"));
    }
    if (!definition->may_normalize) {
      throw ApiError(illegal_argument("Custom normalizer [" + name + "] may not use filter [" + part + "]"));
    }
    filters.push_back(std::move(definition));
  }
  add_filters(chain, filters);
  return std::make_unique<ChainNormalizer>(std::move(chain));
}

std::optional<CharFilterDefinition> Registry::find_char_filter(const std::string& name) const {
  auto it = char_filters_.find(name);
  return it != char_filters_.end() ? std::optional(it->second) : find_preconfigured_char_filter(name);
}

TokenizerPtr Registry::find_tokenizer(const std::string& name) const {
  auto it = tokenizers_.find(name);
  return it != tokenizers_.end() ? it->second : find_preconfigured_tokenizer(name);
}

FilterDefinitionPtr Registry::find_filter(const std::string& name) const {
  auto it = filters_.find(name);
  return it != filters_.end() ? it->second : find_preconfigured_filter(name);
}

const ChainAnalyzer* Registry::find_chain_analyzer(std::string_view name) const {
  auto it = analyzers_.find(name);
  return it != analyzers_.end() ? it->second.get() : built_in_analyzers().find(name);
}

const Analyzer* Registry::find_analyzer(std::string_view name) const { return find_chain_analyzer(name); }

const ChainNormalizer* Registry::find_chain_normalizer(std::string_view name) const {
  auto it = normalizers_.find(name);
  if (it != normalizers_.end()) return it->second.get();
  return name == "lowercase" ? &lowercase_normalizer() : nullptr;
}

const Normalizer* Registry::find_normalizer(std::string_view name) const { return find_chain_normalizer(name); }

}  // namespace tarn::analysis

#include "indexer/analysis/registry.h"

#include "indexer/analysis/analysis_mode.h"
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

std::vector<std::string> reload_search_analyzers(const AnalysisRegistry& registry) {
  const auto* own = dynamic_cast<const analysis::Registry*>(&registry);
  return own != nullptr ? own->reload_search_analyzers() : std::vector<std::string>{};
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
  if (!settings.is_object()) {
    const std::string prefix = std::string("index.analysis.") + kind + ".";
    throw ApiError(400, "settings_exception", "Failed to get setting group for [" + prefix + "] setting prefix and setting [" + prefix +
                                                  name + "] because of a missing '.'");
  }
  auto type = ComponentSettings(name, settings).find_text("type");
  if (type) return *type;
  throw ApiError(illegal_argument(std::string(kind) + " [" + name + "] must specify either an analyzer type, or a tokenizer"));
}

[[noreturn]] void unknown_type(const char* kind, const std::string& type, const std::string& name) {
  throw ApiError(illegal_argument(std::string("Unknown ") + kind + " type [" + type + "] for [" + name + "]"));
}

/// Whether a part's settings are refused by Lucene's class, which OpenSearch makes only when an analyzer is built of it.
bool is_late(const Error& error) {
  static constexpr std::string_view kReasons[] = {
      "minimum length must", "maximum length must", "minGram must", "maxTokenLength m", "maxTokenLen must", "language [",
      "Invalid stemmer class", "hashCount must", "bucketCount must", "hashSetSize must", "maxTokenCount must", "invalid group specified",
      "minWordSize cannot", "minSubwordSize cannot", "maxSubwordSize cannot", "limit must be -1", "Min shingle size", "Max shingle size"};
  return std::any_of(std::begin(kReasons), std::end(kReasons), [&error](std::string_view reason) { return error.reason.starts_with(reason); });
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
  analysis_ = *analysis;
  read_parts(analysis_);
  read_normalizers(analysis_);
  read_analyzers(analysis_);
}

void Registry::read_parts(const Json& analysis) {
  // `make` adds the part and returns false where there is no such type.
  auto read = [&](const char* kind, const auto& make) {
    for (const auto& [name, settings] : group(analysis, kind).items()) {
      const std::string type = type_of(kind, name, settings);
      try {
        if (!make(name, type, ComponentSettings(name, settings))) unknown_type(kind, type, name);
      } catch (const ApiError& e) {
        // The stemmer filter tries its language at once.
        if (!is_late(e.error()) || type == "stemmer") throw;
        late_errors_.emplace(std::string(kind) + "/" + name, e.error());
      }
    }
  };
  read("char_filter", [&](const std::string& name, const std::string& type, const ComponentSettings& s) {
    auto made = make_char_filter(type, s);
    if (made) char_filters_.emplace(name, std::move(*made));
    return made.has_value();
  });
  read("tokenizer", [&](const std::string& name, const std::string& type, const ComponentSettings& s) {
    TokenizerPtr made = make_tokenizer(type, s, limits_);
    return made != nullptr && tokenizers_.emplace(name, std::move(made)).second;
  });
  read("filter", [&](const std::string& name, const std::string& type, const ComponentSettings& s) {
    FilterDefinitionPtr made = make_filter(type, s, limits_);
    return made != nullptr && filters_.emplace(name, std::move(made)).second;
  });
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
  for (const auto& [name, settings] : all.items()) {
    ComponentSettings s(name, settings);
    if (s.text("type", "custom") == "custom") continue;
    try {
      analyzers_.emplace(name, make_analyzer(name, s));
    } catch (const ApiError& e) {
      if (!is_late(e.error())) throw;
      late_errors_.emplace("analyzer/" + name, e.error());
    }
  }
  // What is wrong in custom analyzers is told of all of them together.
  std::vector<std::string> failed;
  Json reasons = Json::array();
  for (const auto& [name, settings] : all.items()) {
    try {
      std::vector<std::string> path;
      if (const auto late = late_errors_.find("analyzer/" + name); late != late_errors_.end()) throw ApiError(late->second);
      build_custom(all, group(analysis, "filter"), name, path);
    } catch (const ApiError& e) {
      if (e.error().status == 501 || e.error().reason.starts_with("Circular analyzer dependency")) throw;
      failed.push_back(name);
      Error suppressed(400, e.error().type, "[" + name + "] " + e.error().reason);
      suppressed.caused_by(e.error());
      reasons.push_back(suppressed.to_json());
    }
  }
  if (const auto it = analyzers_.find("default"); it != analyzers_.end()) {
    if (const auto refusal = refusal_in_mode(*it->second, "default", "all")) throw ApiError(500, "mapper_exception", *refusal);
  }
  if (failed.empty()) return;
  std::string names;
  for (const std::string& name : failed) names += (names.empty() ? "" : ", ") + name;
  Error error = illegal_argument("Failed to build analyzers: [" + names + "]");
  throw ApiError(error.with("suppressed", reasons));
}

// Analyzers that parse the rules of a synonym filter (synonym_analyzer) come before those that use the filter.
void Registry::build_custom(const Json& all, const Json& filters, const std::string& name, std::vector<std::string>& path) {
  const auto settings = all.find(name);
  if (settings == all.end() || analyzers_.contains(name)) return;
  if (std::find(path.begin(), path.end(), name) != path.end()) {
    std::string cycle;
    for (const std::string& part : path) cycle += (cycle.empty() ? "" : ", ") + part;
    throw ApiError(illegal_argument("Circular analyzer dependency detected via synonym_analyzer: [" + cycle + "]"));
  }
  path.push_back(name);
  ComponentSettings s(name, *settings);
  for (const std::string& part : s.list("filter")) {
    const auto filter = filters.find(part);
    if (filter == filters.end()) continue;
    const auto other = ComponentSettings(part, *filter).find_text("synonym_analyzer");
    if (other && *other != name) build_custom(all, filters, *other, path);
  }
  path.pop_back();
  analyzers_.emplace(name, make_custom_analyzer(name, s));
}

std::vector<std::string> Registry::reload_search_analyzers() const {
  std::vector<std::string> names;
  std::vector<std::pair<const ChainAnalyzer*, std::shared_ptr<const Chain>>> made;
  for (const auto& [name, settings] : group(analysis_, "analyzer").items()) {
    const auto it = analyzers_.find(name);
    if (it == analyzers_.end() || it->second->search_only_filters().empty()) continue;
    names.push_back(name);
    made.emplace_back(it->second.get(), make_custom_analyzer(name, ComponentSettings(name, settings))->chain());
  }
  for (auto& [analyzer, chain] : made) analyzer->reload(std::move(chain));
  return names;
}

std::unique_ptr<ChainAnalyzer> Registry::make_analyzer(const std::string& name, const ComponentSettings& s) const {
  std::string type = s.text("type", "custom");
  auto chain = make_analyzer_chain(type, s);
  if (!chain) unknown_type("analyzer", type, name);
  return std::make_unique<ChainAnalyzer>(name, std::move(*chain), false);
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
    if (type == "lowercase") {
      normalizers_.emplace(name, std::make_unique<ChainNormalizer>(lowercase_normalizer().chain(), false));
      continue;
    }
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
  if (const auto late = late_errors_.find("tokenizer/" + name); late != late_errors_.end()) throw ApiError(late->second);
  auto it = tokenizers_.find(name);
  return it != tokenizers_.end() ? it->second : find_preconfigured_tokenizer(name);
}

std::optional<CharFilterDefinition> Registry::find_char_filter_by_type(const std::string& name) const {
  if (char_filters_.contains(name)) return char_filters_.at(name);
  static const Json no_settings = Json::object();
  auto made = make_char_filter(name, ComponentSettings(name, no_settings));
  return made ? made : find_preconfigured_char_filter(name);
}

FilterDefinitionPtr Registry::find_filter_by_type(const std::string& name) const {
  if (filters_.contains(name) || late_errors_.contains("filter/" + name)) return find_filter(name);
  static const Json no_settings = Json::object();
  FilterDefinitionPtr made = make_filter(name, ComponentSettings(name, no_settings), limits_);
  return made != nullptr ? made : find_preconfigured_filter(name);
}

FilterDefinitionPtr Registry::find_filter(const std::string& name) const {
  if (const auto late = late_errors_.find("filter/" + name); late != late_errors_.end()) throw ApiError(late->second);
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

// Filters that are made anew for each chain, because they look at the parts before them or at other filters by name.
#include "indexer/analysis/factories.h"
#include "indexer/analysis/filters.h"
#include "indexer/analysis/synonym_map.h"
#include "indexer/base/error.h"

namespace tarn::analysis {

namespace {

using Settings = ComponentSettings;
using InSynonyms = FilterDefinition::InSynonyms;

/// A chain that grows filter by filter, as those that are put into it see it.
class Nested {
 public:
  explicit Nested(const ChainSoFar& so_far) : so_far_(so_far), chain_(so_far.chain), filters_(so_far.filters) {}

  TokenFilterPtr add(const FilterDefinitionPtr& part) {
    NamedTokenFilter made = part->ready;
    if (made.filter == nullptr) made.filter = part->build({chain_, filters_, so_far_.find_filter, so_far_.find_analyzer, &made});
    if (so_far_.part != nullptr) {
      so_far_.part->shows_keyword |= made.shows_keyword;
      so_far_.part->shows_payload |= made.shows_payload;
      so_far_.part->shows_term_frequency |= made.shows_term_frequency;
      so_far_.part->search_only |= made.search_only || part->search_only;
    }
    TokenFilterPtr filter = made.filter;
    chain_.filters.push_back({part->name, filter});
    filters_.push_back(part);
    return filter;
  }

 private:
  const ChainSoFar& so_far_;
  Chain chain_;
  std::vector<FilterDefinitionPtr> filters_;
};

// The chain that turns the rules of a synonym filter into terms: all before it but what may not or need not be there.
Chain chain_for_synonyms(const ChainSoFar& so_far) {
  Chain chain = so_far.chain;
  chain.filters.clear();
  for (size_t i = 0; i < so_far.filters.size(); ++i) {
    const FilterDefinition& before = *so_far.filters[i];
    if (before.in_synonyms == InSynonyms::kRefused) {
      throw ApiError(illegal_argument("Token filter [" + before.name + "] cannot be used to parse synonyms"));
    }
    if (before.in_synonyms == InSynonyms::kSkipped) continue;
    chain.filters.push_back(so_far.chain.filters[i]);
    if (before.single != nullptr) chain.filters.back().filter = before.single;
  }
  return chain;
}

/// What a synonym filter is made of; rules are read when a chain is built, so that reloading sees files that changed.
struct SynonymFilterSettings {
  std::string name;
  SynonymSettings rules;
  Json json;
  std::string analyzer;  ///< synonym_analyzer, or empty
  bool graph = false;
};

std::vector<std::string> synonym_rules(const SynonymFilterSettings& f) {
  const Settings s(f.name, f.json);
  if (s.find_list("synonyms")) return *s.rules("synonyms");
  const auto path = s.find_text("synonyms_path");
  if (!path) throw ApiError(illegal_argument("synonym requires either `synonyms` or `synonyms_path` to be configured"));
  // The name that OpenSearch mentions has "_path" twice.
  try {
    return split_lines(read_config_file(*path, "synonyms_path_path"), false);
  } catch (const ApiError& e) {
    // It notices other encodings only while it reads the rules.
    if (e.error().reason.starts_with("Unsupported")) throw ApiError(illegal_argument("Failed to build synonyms"));
    throw;
  }
}

TokenFilterPtr build_synonyms(const SynonymFilterSettings& f, const ChainSoFar& so_far) {
  SynonymSettings settings = f.rules;
  const ChainAnalyzer* given = f.analyzer.empty() || !so_far.find_analyzer ? nullptr : so_far.find_analyzer(f.analyzer);
  const Chain chain = given != nullptr ? *given->chain() : chain_for_synonyms(so_far);
  settings.rules = synonym_rules(f);
  SynonymMap map = read_synonyms(settings, [&chain](std::string_view text, TokenBuffer& out) {
    run_chain(chain, chain.filters.size(), text, out);
  });
  return f.graph ? make_synonym_graph_filter(std::move(map)) : make_synonym_filter(std::move(map));
}

FilterDefinitionPtr make_synonyms(const std::string& type, const Settings& s) {
  auto definition = std::make_shared<FilterDefinition>();
  SynonymFilterSettings f;
  f.name = s.name();
  f.rules.expand = s.boolean("expand", true);
  f.rules.lenient = s.boolean("lenient", false);
  f.rules.wordnet = lower(s.text("format", "")) == "wordnet";
  f.json = s.json();
  f.analyzer = s.text("synonym_analyzer", "");
  f.graph = type == "synonym_graph";
  definition->name = s.name();
  // A graph filter takes part in the rules of the next one, a plain one does not.
  definition->in_synonyms = f.graph ? InSynonyms::kApplies : InSynonyms::kSkipped;
  definition->search_only = s.boolean("updateable", false);
  definition->build = [f](const ChainSoFar& so_far) { return build_synonyms(f, so_far); };
  return definition;
}

std::vector<std::string> names_in(std::string_view list) {
  std::vector<std::string> names;
  while (true) {
    const size_t comma = list.find(',');
    const std::string_view name = trim(list.substr(0, comma));
    if (!name.empty()) names.emplace_back(name);
    if (comma == std::string_view::npos) return names;
    list.remove_prefix(comma + 1);
  }
}

FilterDefinitionPtr make_multiplexer(const Settings& s) {
  auto definition = std::make_shared<FilterDefinition>();
  const std::string own_name = definition->name = s.name();
  definition->in_synonyms = InSynonyms::kRefused;
  const std::vector<std::string> lists = s.list("filters");
  const bool preserve = s.boolean("preserve_original", true);
  definition->build = [lists, preserve, own_name](const ChainSoFar& so_far) {
    std::vector<std::vector<TokenFilterPtr>> chains;
    for (const std::string& list : lists) {
      Nested nested(so_far);
      std::vector<TokenFilterPtr> parts;
      for (const std::string& name : names_in(list)) {
        FilterDefinitionPtr part = so_far.find_filter(name);
        if (part == nullptr) {
          throw ApiError(illegal_argument("Multiplexing filter [" + own_name + "] refers to undefined tokenfilter [" + name + "]"));
        }
        parts.push_back(nested.add(part));
      }
      chains.push_back(std::move(parts));
    }
    return make_multiplexer_filter(std::move(chains), preserve);
  };
  return definition;
}

/// The setting `script`: {"source":..,"lang":..,"params":..}. It is compiled once.
TokenPredicateFactory compile_script(const Settings& s) {
  const Json& json = s.json();
  const Json script = json.is_object() && json.contains("script") ? json["script"] : Json::object();
  const Settings parts("script", script);
  const auto id = parts.find_text("id"), source = parts.find_text("source");
  if (!id && !source) throw ApiError(illegal_argument("must specify either [source] for an inline script or [id] for a stored script"));
  if (id && source) throw ApiError(illegal_argument("must specify only one of [source] for an inline script or [id] for a stored script"));
  if (id) throw ApiError(illegal_argument("Cannot use stored scripts in tokenfilter [" + s.name() + "]"));
  if (!analysis_environment().compile_predicate) {
    throw ApiError(501, "not_implemented_exception", "scripts of token filter [" + s.name() + "] are not supported");
  }
  return analysis_environment().compile_predicate(script);
}

FilterDefinitionPtr make_predicate(const Settings& s) {
  auto definition = std::make_shared<FilterDefinition>();
  definition->name = s.name();
  definition->ready = {s.name(), make_predicate_filter(compile_script(s)), true};
  return definition;
}

FilterDefinitionPtr make_condition(const Settings& s) {
  auto definition = std::make_shared<FilterDefinition>();
  const std::string own_name = definition->name = s.name();
  const TokenPredicateFactory predicate = compile_script(s);
  const std::vector<std::string> names = s.list("filter");
  if (names.empty()) throw ApiError(illegal_argument("Empty list of filters provided to tokenfilter [" + own_name + "]"));
  definition->ready = {own_name, nullptr, true};
  definition->build = [names, predicate, own_name](const ChainSoFar& so_far) {
    Nested nested(so_far);
    std::vector<TokenFilterPtr> filters;
    for (const std::string& name : names) {
      FilterDefinitionPtr part = so_far.find_filter(name);
      if (part == nullptr) {
        throw ApiError(illegal_argument("ScriptedConditionTokenFilter [" + own_name + "] refers to undefined token filter [" + name + "]"));
      }
      filters.push_back(nested.add(part));
    }
    return make_condition_filter(predicate, std::move(filters));
  };
  return definition;
}

}  // namespace

FilterDefinitionPtr make_chain_filter(const std::string& type, const ComponentSettings& s) {
  if (type == "synonym" || type == "synonym_graph") return make_synonyms(type, s);
  if (type == "multiplexer") return make_multiplexer(s);
  if (type == "predicate_token_filter") return make_predicate(s);
  if (type == "condition") return make_condition(s);
  return nullptr;
}

}  // namespace tarn::analysis

#include <algorithm>
#include <set>

#include "indexer/analysis/analysis_mode.h"
#include "indexer/analysis/icu_token_types.h"
#include "indexer/analysis/registry.h"
#include "indexer/analysis/text.h"
#include "indexer/analysis/tokenizers.h"
#include "indexer/base/error.h"
#include "indexer/base/json_location.h"

namespace tarn::analysis {

namespace {

/// A filter, tokenizer or char filter as the request gives it: a name or a definition.
using NameOrDefinition = Json;

struct Request {
  std::optional<std::string> analyzer, normalizer, field;
  std::optional<NameOrDefinition> tokenizer;
  std::vector<NameOrDefinition> char_filters, filters;
  std::vector<std::string> texts;
  std::set<std::string> attributes;
  bool explain = false;
};

[[noreturn]] void refuse(const std::string& location, const std::string& what) {
  throw ApiError(400, "x_content_parse_exception", location + "[analyze_request] " + what);
}

/// What a part of a field's value is refused with stands within the refusal of the field.
[[noreturn]] void refuse_field(const std::string& key, const Json& part, const Error& inner) {
  Error outer(400, "x_content_parse_exception", value_location(part) + "[analyze_request] failed to parse field [" + key + "]");
  throw ApiError(inner.type == "x_content_parse_exception" ? outer.caused_by(inner).rooted_in(inner) : outer.caused_by(inner));
}

const char* token_name(const Json& value) {
  switch (value.type()) {
    case Json::value_t::object: return "START_OBJECT";
    case Json::value_t::array: return "START_ARRAY";
    case Json::value_t::string: return "VALUE_STRING";
    case Json::value_t::boolean: return "VALUE_BOOLEAN";
    case Json::value_t::null: return "VALUE_NULL";
    default: return "VALUE_NUMBER";
  }
}

[[noreturn]] void wrong_type(const std::string& key, const Json& value) {
  refuse(value_location(value), key + " doesn't support values of type: " + token_name(value));
}

std::vector<NameOrDefinition> parse_parts(const std::string& key, const Json& value) {
  if (value.is_object()) return {value};
  if (!value.is_array()) wrong_type(key, value);
  std::vector<NameOrDefinition> parts;
  for (const Json& part : value) {
    if (part.is_array()) refuse_field(key, part, Error(400, "illegal_state_exception", "expected value but got [START_ARRAY]"));
    if (!part.is_string() && !part.is_object()) {
      refuse_field(key, part, Error(400, "x_content_parse_exception", value_location(part) + "Expected [VALUE_STRING] or [START_OBJECT], got " + token_name(part)));
    }
    parts.push_back(part);
  }
  return parts;
}

std::vector<std::string> parse_strings(const std::string& key, const Json& value) {
  std::vector<std::string> out;
  if (value.is_string()) return {value.get<std::string>()};
  if (!value.is_array()) wrong_type(key, value);
  for (const Json& element : value) {
    if (element.is_object() || element.is_array()) {
      refuse_field(key, element, Error(400, "illegal_state_exception", std::string("expected value but got [") + token_name(element) + "]"));
    }
    if (element.is_null()) wrong_type(key, element);
    out.push_back(element.is_string() ? element.get<std::string>() : to_text(element));
  }
  return out;
}

bool parse_explain(const Json& value) {
  if (value.is_boolean()) return value.get<bool>();
  if (value.is_string() && value == "true") return true;
  if (value.is_string() && value == "false") return false;
  if (value.is_string()) {
    refuse_field("explain", value, illegal_argument("Failed to parse value [" + value.get<std::string>() + "] as only [true] or [false] are allowed."));
  }
  wrong_type("explain", value);
}

Request parse_request(const Json& json) {
  Request r;
  if (!json.is_object()) refuse("[1:1] ", std::string("Expected START_OBJECT but was: ") + token_name(json));
  for (const auto& [key, value] : json.items()) {
    auto text = [&key = key, &value = value]() -> std::string {
      if (!value.is_string()) wrong_type(key, value);
      return value.get<std::string>();
    };
    if (key == "text") {
      r.texts = parse_strings(key, value);
    } else if (key == "analyzer") {
      r.analyzer = text();
    } else if (key == "normalizer") {
      r.normalizer = text();
    } else if (key == "field") {
      r.field = text();
    } else if (key == "tokenizer") {
      if (!value.is_string() && !value.is_object()) wrong_type(key, value);
      r.tokenizer = value;
    } else if (key == "filter") {
      r.filters = parse_parts(key, value);
    } else if (key == "char_filter") {
      r.char_filters = parse_parts(key, value);
    } else if (key == "explain") {
      r.explain = parse_explain(value);
    } else if (key == "attributes") {
      for (const std::string& name : parse_strings(key, value)) r.attributes.insert(lower(name));
    } else {
      refuse(name_location(value), "unknown field [" + key + "]");
    }
  }
  return r;
}

void validate(const Request& r, bool of_index) {
  std::vector<const char*> problems;
  if (r.texts.empty()) problems.push_back("text is missing");
  if (!of_index && r.normalizer) problems.push_back("index is required if normalizer is specified");
  if (r.normalizer && (r.tokenizer || r.analyzer)) problems.push_back("tokenizer/analyze should be null if normalizer is specified");
  if (r.analyzer && (r.tokenizer || !r.char_filters.empty() || !r.filters.empty()))
    problems.push_back("cannot define extra components on a named analyzer");
  if (r.normalizer && (!r.char_filters.empty() || !r.filters.empty()))
    problems.push_back("cannot define extra components on a named normalizer");
  if (r.field && (r.tokenizer || !r.char_filters.empty() || !r.filters.empty()))
    problems.push_back("cannot define extra components on a field-specific analyzer");
  if (problems.empty()) return;
  std::string reason = "Validation Failed: ";
  for (size_t i = 0; i < problems.size(); ++i) reason += std::to_string(i + 1) + ": " + problems[i] + ";";
  throw ApiError(400, "action_request_validation_exception", reason);
}

[[noreturn]] void not_found(const char* kind, const std::string& name, bool of_index) {
  throw ApiError(illegal_argument("failed to find " + std::string(of_index ? "" : "global ") + kind + " under [" + name + "]"));
}

std::string anonymous_type(const char* kind, const Json& definition) {
  auto type = ComponentSettings("", definition).find_text("type");
  if (!type) {
    Json texts = Json::object();  // settings are texts
    for (const auto& [key, value] : definition.items()) texts[key] = value.is_string() || value.is_structured() ? value : Json(to_text(value));
    throw ApiError(illegal_argument(std::string("Missing [type] setting for anonymous ") + kind + ": " + to_text(texts)));
  }
  return *type;
}

/// The chain that the request puts together.
class CustomChain {
 public:
  CustomChain(const Registry& registry, bool of_index) : registry_(registry), of_index_(of_index) {}

  Chain build(const Request& r) {
    Chain chain;
    if (r.tokenizer) {
      add_tokenizer(chain, *r.tokenizer);
    } else {
      add_tokenizer(chain, "keyword");
    }
    for (const NameOrDefinition& part : r.char_filters) add_char_filter(chain, part);
    std::vector<FilterDefinitionPtr> filters;
    for (const NameOrDefinition& part : r.filters) {
      filters.push_back(find_filter(part));
      if (!r.tokenizer && !filters.back()->may_normalize) {
        throw ApiError(illegal_argument("Custom normalizer may not use filter [" + filters.back()->name + "]"));
      }
    }
    registry_.add_filters(chain, filters, [this](const std::string& name) { return find_filter(name); });
    return chain;
  }

 private:
  void add_tokenizer(Chain& chain, const NameOrDefinition& part) {
    if (part.is_string()) {
      chain.tokenizer_name = part.get<std::string>();
      chain.tokenizer = registry_.find_tokenizer(chain.tokenizer_name);
      if (chain.tokenizer == nullptr) not_found("tokenizer", chain.tokenizer_name, of_index_);
      return;
    }
    std::string type = anonymous_type("tokenizer", part);
    chain.tokenizer_name = "__anonymous__" + type;
    chain.tokenizer = make_tokenizer(type, ComponentSettings(chain.tokenizer_name, part), registry_.limits());
    if (chain.tokenizer == nullptr) not_found("tokenizer", type, false);
  }

  void add_char_filter(Chain& chain, const NameOrDefinition& part) {
    std::optional<CharFilterDefinition> definition;
    if (part.is_string()) {
      definition = of_index_ ? registry_.find_char_filter_by_type(part.get<std::string>()) : registry_.find_char_filter(part.get<std::string>());
      if (!definition) not_found("char_filter", part.get<std::string>(), of_index_);
    } else {
      std::string type = anonymous_type("char_filter", part);
      definition = make_char_filter(type, ComponentSettings("__anonymous__" + type, part));
      if (!definition) not_found("char_filter", type, false);
    }
    chain.char_filters.push_back(definition->part);
  }

  FilterDefinitionPtr find_filter(const NameOrDefinition& part) {
    FilterDefinitionPtr definition;
    if (part.is_string()) {
      definition = of_index_ ? registry_.find_filter_by_type(part.get<std::string>()) : registry_.find_filter(part.get<std::string>());
      if (definition == nullptr) not_found("filter", part.get<std::string>(), of_index_);
    } else {
      std::string type = anonymous_type("filter", part);
      definition = make_filter(type, ComponentSettings("__anonymous__" + type, part), registry_.limits());
      if (definition == nullptr && is_preconfigured_only(type)) {
        throw ApiError(500, "illegal_state_exception",
                       "[index.version.created] is not present in the index settings for index with UUID [null]");
      }
      if (definition == nullptr) not_found("filter", type, false);
    }
    return definition;
  }

  const Registry& registry_;
  bool of_index_;
};

std::string hex_bytes(std::string_view bytes) {
  std::string out = "[";
  for (size_t i = 0; i < bytes.size(); ++i) {
    if (i > 0) out += ' ';
    char digits[3];
    std::snprintf(digits, sizeof(digits), "%x", static_cast<unsigned char>(bytes[i]));
    out += digits;
  }
  return out + "]";
}

/// Which of Lucene's attributes a token stream shows in explain.
struct Shown {
  bool extended = false;  // explain at all
  bool keyword = false;
  bool payload = false;
  bool term_frequency = true;
  bool script = false;
  std::set<std::string> only;  // lower case; empty: all
};

/// Collects the tokens of one or several texts as the response lists them.
class TokenList {
 public:
  TokenList(int token_count_max, int position_gap) : left_(token_count_max), max_(token_count_max), gap_(position_gap) {}

  void add(std::string_view text, const TokenBuffer& buffer, const Shown& shown) {
    UnitToByte unused("");
    std::vector<uint32_t> units = units_of_bytes(text);
    auto unit = [&](uint32_t offset) { return units.empty() ? offset : units[std::min<size_t>(offset, units.size() - 1)]; };
    for (const Token& token : buffer.tokens) {
      if (left_-- <= 0) {
        throw ApiError(500, "illegal_state_exception",
                       "The number of tokens produced by calling _analyze has exceeded the allowed maximum of [" +
                           std::to_string(max_) + "]. This limit can be set by changing the [index.analyze.max_token_count] index level setting.");
      }
      Json t = Json::object();
      t["token"] = std::string(token.term);
      t["start_offset"] = offset_base_ + unit(token.start_offset);
      t["end_offset"] = offset_base_ + unit(token.end_offset);
      t["type"] = token.type;
      t["position"] = position_base_ + token.position;
      if (token.position_length > 1) t["positionLength"] = token.position_length;
      if (shown.extended) add_attributes(t, token, buffer, shown);
      tokens_.push_back(std::move(t));
    }
    position_base_ += buffer.end_position + gap_;
    offset_base_ += unit(buffer.end_offset) + 1;
  }

  Json take() { return std::move(tokens_); }

 private:
  // Empty for ASCII.
  static std::vector<uint32_t> units_of_bytes(std::string_view text) {
    std::vector<uint32_t> units;
    if (is_ascii(text)) return units;
    uint32_t count = 0;
    for (const char *p = text.data(), *end = p + text.size(); p < end;) {
      const char* at = p;
      bool pair = next_code_point(p, end) > 0xFFFF;
      units.insert(units.end(), static_cast<size_t>(p - at), count);
      count += pair ? 2 : 1;
    }
    units.push_back(count);
    return units;
  }

  static void add_attributes(Json& t, const Token& token, const TokenBuffer& buffer, const Shown& shown) {
    auto wanted = [&shown](const char* name) { return shown.only.empty() || shown.only.contains(lower(name)); };
    const TokenExtra* extra = buffer.extra_of(token);
    if (wanted("bytes")) t["bytes"] = hex_bytes(token.term);
    if (shown.keyword && wanted("keyword")) t["keyword"] = token.keyword;
    if (shown.payload && wanted("payload")) {
      t["payload"] = extra != nullptr && !extra->payload.empty() ? Json(hex_bytes(extra->payload)) : Json(nullptr);
    }
    if (wanted("positionLength")) t["positionLength"] = token.position_length;
    if (shown.script && wanted("script")) t["script"] = icu_script_of(token.type);
    if (shown.term_frequency && wanted("termFrequency")) t["termFrequency"] = extra != nullptr ? extra->term_frequency : 1;
  }

  int left_, max_, gap_;
  int32_t position_base_ = 0;
  uint32_t offset_base_ = 0;
  Json tokens_ = Json::array();
};

struct Limits {
  int tokens_max;
  int gap;
};

Json explain_custom(const Request& r, const Chain& chain, const Limits& limits) {
  Shown shown{true, false, false, chain.tokenizer->shows_term_frequency(), chain.tokenizer->shows_script(), r.attributes};
  TokenBuffer buffer;
  Json char_filters = Json::array();
  for (size_t i = 0; i < chain.char_filters.size(); ++i) {
    Json texts = Json::array();
    for (const std::string& text : r.texts) texts.push_back(filtered_text(chain, i + 1, text));
    char_filters.push_back({{"name", chain.char_filters[i].name}, {"filtered_text", std::move(texts)}});
  }
  auto list = [&](size_t filter_count) {
    TokenList tokens(limits.tokens_max, limits.gap);
    for (const std::string& text : r.texts) {
      run_chain(chain, filter_count, text, buffer);
      tokens.add(text, buffer, shown);
    }
    return tokens.take();
  };
  Json tokenizer = {{"name", chain.tokenizer_name}, {"tokens", list(0)}};
  Json filters = Json::array();
  for (size_t i = 0; i < chain.filters.size(); ++i) {
    shown.keyword = shown.keyword || chain.filters[i].shows_keyword;
    shown.payload = shown.payload || chain.filters[i].shows_payload;
    shown.term_frequency = shown.term_frequency || chain.filters[i].shows_term_frequency;
    filters.push_back({{"name", chain.filters[i].name}, {"tokens", list(i + 1)}});
  }
  Json detail = Json::object();
  detail["custom_analyzer"] = true;
  detail["charfilters"] = std::move(char_filters);
  detail["tokenizer"] = std::move(tokenizer);
  detail["tokenfilters"] = std::move(filters);
  return {{"detail", std::move(detail)}};
}

Json simple(const Request& r, const Analyzer& analyzer, const Limits& limits) {
  TokenBuffer buffer;
  TokenList tokens(limits.tokens_max, limits.gap);
  for (const std::string& text : r.texts) {
    analyzer.analyze(text, buffer);
    tokens.add(text, buffer, {});
  }
  Json response = Json::object();
  response["tokens"] = tokens.take();
  return response;
}

Json explain_named(const Request& r, const std::string& name, const Analyzer& analyzer, const Limits& limits) {
  Shown shown{true, false, false, true, false, r.attributes};
  if (const auto* chain = dynamic_cast<const ChainAnalyzer*>(&analyzer)) {
    const std::shared_ptr<const Chain> parts = chain->chain();
    if (chain->is_custom()) return explain_custom(r, *parts, limits);
    shown.term_frequency = parts->tokenizer->shows_term_frequency();
    shown.script = parts->tokenizer->shows_script();
    for (const NamedTokenFilter& part : parts->filters) shown.keyword = shown.keyword || part.shows_keyword;
  }
  TokenBuffer buffer;
  TokenList tokens(limits.tokens_max, limits.gap);
  for (const std::string& text : r.texts) {
    analyzer.analyze(text, buffer);
    tokens.add(text, buffer, shown);
  }
  Json detail = Json::object();
  detail["custom_analyzer"] = false;
  detail["analyzer"] = {{"name", name}, {"tokens", tokens.take()}};
  return {{"detail", std::move(detail)}};
}

}  // namespace

}  // namespace tarn::analysis

namespace tarn {
void check_analyze_request(const Json& request, bool of_index) { analysis::validate(analysis::parse_request(request), of_index); }
}  // namespace tarn

namespace tarn::analysis {

Json Registry::analyze_api(const Json& json, const Analyzer* field_analyzer, bool of_index) const {
  Request r = parse_request(json);
  validate(r, of_index);
  Limits limits{max_token_count_, 100};
  if (r.tokenizer || !r.filters.empty() || !r.char_filters.empty()) {
    ChainAnalyzer custom("custom", CustomChain(*this, of_index).build(r), true);
    // The chain shown part by part is not the one that was given a name and gaps between texts.
    return r.explain ? explain_custom(r, *custom.chain(), {max_token_count_, 0}) : simple(r, custom, limits);
  }
  auto answer = [&](const std::string& name, const Analyzer& analyzer) {
    return r.explain ? explain_named(r, name, analyzer, limits) : simple(r, analyzer, limits);
  };
  if (r.normalizer) {
    const ChainNormalizer* normalizer = find_chain_normalizer(*r.normalizer);
    if (normalizer == nullptr) throw ApiError(illegal_argument("failed to find normalizer under [" + *r.normalizer + "]"));
    return answer(*r.normalizer, ChainAnalyzer(*r.normalizer, normalizer->chain(), normalizer->is_custom()));
  }
  if (field_analyzer != nullptr) {
    const auto* chain = dynamic_cast<const ChainAnalyzer*>(field_analyzer);
    limits.gap = field_analyzer->position_increment_gap();
    return answer(chain != nullptr ? chain->name() : "default", *field_analyzer);
  }
  const std::string name = r.analyzer.value_or(of_index ? "default" : "standard");
  const ChainAnalyzer* analyzer = find_chain_analyzer(name);
  if (analyzer == nullptr) {
    throw ApiError(illegal_argument("failed to find " + std::string(of_index ? "" : "global ") + "analyzer [" + name + "]"));
  }
  limits.gap = of_index ? analyzer->position_increment_gap() : 0;
  return answer(explained_name(name, of_index), *analyzer);
}

}  // namespace tarn::analysis

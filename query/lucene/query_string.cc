#include "query/lucene/query_string.h"

#include <algorithm>

#include "indexer/analysis/normalize.h"
#include "indexer/analysis/text.h"
#include "query/bind/field_queries.h"
#include "query/bind/values.h"
#include "query/dsl/clause.h"
#include "query/lucene/describe.h"
#include "query/lucene/query_string_parser.h"
#include "query/lucene/spans.h"
#include "query/text/term_plan.h"

namespace tarn::query {

namespace {

bool is_pattern(const std::string& name) { return name.find('*') != std::string::npos; }

/// What the parts of a query string mean for the fields of one index. Follows OpenSearch's QueryStringQueryParser.
class BoundFields final : public QueryStringFields {
 public:
  BoundFields(Binder& binder, const QueryStringOptions& options) : binder_(binder), options_(options) {
    resolve_defaults();
    match_.clause = "query_string";
    match_.conjunction = options.conjunction;
    match_.lenient = lenient_;
    match_.zero_terms = ZeroTerms::kNull;
    match_.synonym_phrases = options.synonym_phrases;
    match_.position_increments = options.position_increments;
    match_.max_expansions = 50;
    if (!options.analyzer.empty()) forced_ = find_analyzer(options.analyzer, "analyzer");
    if (!options.quote_analyzer.empty()) find_analyzer(options.quote_analyzer, "quote_analyzer");
    rewrite_ = parse_rewrite(options.rewrite);
    tie_breaker_ = options.tie_breaker.value_or(tie_breaker_of(options.type));
  }
  const Field& default_field() const { return default_field_; }

  LuceneQueryPtr words(const Field& field, const std::string& text) override {
    if (field && *field == "_exists_") return lucene_exists(binder_, text);
    if (field && text.size() > 1 && (text[0] == '<' || text[0] == '>')) {
      const bool inclusive = text.size() > 2 && text[1] == '=';
      const std::string bound = text.substr(inclusive ? 2 : 1);
      if (text[0] == '>') return range(field, bound, std::nullopt, inclusive, true);
      return range(field, std::nullopt, bound, true, inclusive);
    }
    if (field && text.size() > 1 && !options_.time_zone.empty()) {
      const FieldType* type = binder_.mapping().find(*field);
      if (type != nullptr && type->is_date()) return range(field, text, text, true, true);
    }
    const FieldWeights fields = fields_of(field, false);
    if (fields.empty()) return unmapped(field);
    MatchOptions match = match_;
    match.analyzer = options_.analyzer;
    match.slop = options_.phrase_slop;
    return multi_match_query(binder_, options_.type, fields, text, match, tie_breaker_);
  }

  LuceneQueryPtr phrase(const Field& field, const std::string& text, std::optional<int> slop) override {
    if (field && *field == "_exists_") return lucene_exists(binder_, text);
    const FieldWeights fields = fields_of(field, true);
    if (fields.empty()) return unmapped(field);
    MatchOptions match = match_;
    match.analyzer = options_.quote_analyzer.empty() ? options_.analyzer : options_.quote_analyzer;
    match.slop = slop.value_or(options_.phrase_slop);
    return multi_match_query(binder_, MultiMatchType::kPhrase, fields, text, match, tie_breaker_);
  }

  LuceneQueryPtr range(const Field& field, const std::optional<std::string>& low, const std::optional<std::string>& high,
                       bool include_low, bool include_high) override {
    const FieldWeights fields = fields_of(field, false);
    if (fields.empty()) return unmapped(field);
    return each(fields, [&](const std::string& name, const FieldType& type) {
      RangeBounds bounds;
      const auto bound = [&](const std::optional<std::string>& text) {
        return text && *text != "*" ? Json(is_text_like(type) ? normalize(type, *text) : *text) : Json();
      };
      bounds.low = bound(low);
      bounds.high = bound(high);
      bounds.include_low = include_low;
      bounds.include_high = include_high;
      bounds.time_zone = options_.time_zone;
      range_plan(binder_, name, bounds, 1);  // throws here what does not fit
      return described_range(binder_, name, bounds, [name, bounds](Binder& b, float boost) { return range_plan(b, name, bounds, boost); });
    });
  }

  LuceneQueryPtr fuzzy(const Field& field, const std::string& text, const std::string& slop) override {
    FuzzyOptions fuzzy = options_.fuzzy;
    const Fuzziness wanted = slop.size() == 1 ? fuzzy.fuzziness : parse_fuzziness(slop.substr(1));
    fuzzy.fuzziness.automatic = false;
    fuzzy.fuzziness.edits = wanted.edits_for(analysis::code_point_count(text));
    const FieldWeights fields = fields_of(field, false);
    if (fields.empty()) return unmapped(field);
    return each(fields, [&](const std::string& name, const FieldType& type) {
      return lucene_fuzzy(binder_, name, is_text_like(type) ? normalize(type, text) : text, fuzzy);
    });
  }

  LuceneQueryPtr prefix(const Field& field, const std::string& text) override {
    const FieldWeights fields = fields_of(field, false);
    if (fields.empty()) return unmapped(text);
    return each(fields, [&](const std::string& name, const FieldType& type) -> LuceneQueryPtr {
      if (!is_text_like(type)) return lucene_prefix(binder_, name, text, rewrite_);
      if (!options_.analyze_wildcard.value_or(false)) return lucene_prefix(binder_, name, normalize(type, text), rewrite_);
      return analyzed_prefix(name, type, text);
    });
  }

  LuceneQueryPtr wildcard(const Field& field, const std::string& pattern) override {
    const Field actual = field ? field : default_field_;
    if (pattern == "*" && actual) return *actual == "*" ? lucene_all() : lucene_exists(binder_, *actual);
    const FieldWeights fields = fields_of(field, false);
    if (fields.empty()) return unmapped(pattern);
    return each(fields, [&](const std::string& name, const FieldType& type) {
      if (pattern == "*") return lucene_exists(binder_, name);
      if (!options_.allow_leading_wildcard.value_or(true) && (pattern[0] == '*' || pattern[0] == '?')) {
        throw SyntaxFailure{"parse_exception", "'*' or '?' not allowed as first character in WildcardQuery"};
      }
      const std::string normal = is_text_like(type) ? normalized_wildcard(analyzer_of(type), pattern) : pattern;
      return lucene_wildcard(binder_, name, normal, rewrite_);
    });
  }

  LuceneQueryPtr regexp(const Field& field, const std::string& pattern) override {
    const int64_t limit = binder_.searcher.settings().max_regex_length;
    const auto length = static_cast<int64_t>(analysis::utf16_length(pattern));
    if (length > limit) {
      throw ApiError(illegal_argument("The length of regex [" + std::to_string(length) +
                                      "] used in the [query_string] has exceeded the allowed maximum of [" +
                                      std::to_string(limit) +
                                      "]. This maximum can be set by changing the [index.max_regex_length] index level setting."));
    }
    const FieldWeights fields = fields_of(field, false);
    if (fields.empty()) return unmapped(pattern);
    return each(fields, [&](const std::string& name, const FieldType& type) -> LuceneQueryPtr {
      const bool text = is_text_like(type);
      const std::string normal = text ? normalize(type, pattern) : is_keyword_like(type) ? normalized(type, pattern) : pattern;
      const std::string shown = name + ":/" + normal + "/";
      const FieldType* field_type = &type;
      const Rewrite rewrite = rewrite_;
      const int states = options_.max_determinized_states;
      if (!text && !is_keyword_like(type)) return lucene_leaf([](Binder&, float) { return match_none_plan(); }, shown);
      const auto make = [field_type, normal, rewrite, states](Binder& b, float boost) {
        return regexp_plan(b, *field_type, normal, {"ALL", false, states}, rewrite, boost);
      };
      make(binder_, 1);
      return lucene_leaf(make, pattern_leaf(field_type, shown, "/" + normal + "/", "RegexpQuery"));
    });
  }

 private:
  const Analyzer* find_analyzer(const std::string& name, const char* member) const {
    const Analyzer* found = binder_.mapping().analysis().find_analyzer(name);
    if (found != nullptr) return found;
    throw ApiError(400, "query_shard_exception", "[query_string] " + std::string(member) + " [" + name + "] not found");
  }

  void resolve_defaults() {
    const bool given = options_.lenient.has_value();
    lenient_ = options_.lenient.value_or(false);
    if (options_.default_field) {
      default_field_ = options_.default_field;
      if (*default_field_ == "*" && !given) lenient_ = true;
      if (*default_field_ == "*") defaults_ = resolve_field(binder_, "*", 1, false, false, {});
      return;
    }
    const FieldWeights fields = options_.fields.empty() ? default_fields(binder_) : options_.fields;
    if (has_all_fields(fields) && !given) lenient_ = true;
    if (options_.fields.empty() && has_all_fields(fields)) {
      default_field_ = "*";
      defaults_ = resolve_field(binder_, "*", 1, false, false, {});
    } else {
      defaults_ = resolve_fields(binder_, fields);
    }
  }

  FieldWeights fields_of(const Field& field, bool quoted) const {
    const std::string suffix = quoted ? options_.quote_field_suffix : std::string();
    FieldWeights out;
    if (field) {
      const bool everything = *field == "*";
      if (everything && default_field_ == "*" && suffix.empty()) return defaults_;
      out = resolve_field(binder_, *field, 1, !everything, !is_pattern(*field), suffix);
    } else if (!suffix.empty()) {
      out = resolve_fields(binder_, defaults_, suffix);
    } else {
      out = defaults_;
    }
    return out;
  }

  LuceneQueryPtr unmapped(const Field& field) const { return unmapped_none(field ? *field : "null"); }

  const Analyzer* analyzer_of(const FieldType& type) const {
    if (forced_ != nullptr) return forced_;
    return type.search_analyzer != nullptr ? type.search_analyzer : type.index_analyzer;
  }
  std::string normalize(const FieldType& type, const std::string& text) const {
    const Analyzer* analyzer = analyzer_of(type);
    return analyzer != nullptr ? normalize_term(*analyzer, text) : text;
  }

  /// The same for every field; what one of them refuses matches nothing where that is forgiven.
  LuceneQueryPtr each(const FieldWeights& fields,
                      const std::function<LuceneQueryPtr(const std::string&, const FieldType&)>& make) const {
    std::vector<LuceneQueryPtr> queries;
    for (const auto& [name, weight] : fields) {
      const FieldType* type = binder_.mapping().find(name);
      if (type == nullptr) {
        queries.push_back(unmapped_none(name));
        continue;
      }
      auto query = tried(name, lenient_, [&] { return make(name, *type); });
      if (query) queries.push_back(lucene_boost(std::move(query), weight));
    }
    return queries.empty() ? nullptr : best_of(std::move(queries), tie_breaker_);
  }

  LuceneQueryPtr analyzed_prefix(const std::string& name, const FieldType& type, const std::string& text) const {
    TokenBuffer tokens;
    analyzer_of(type)->analyze(text, tokens);
    std::vector<std::vector<std::string>> places;
    int position = -1;
    for (const Token& token : tokens.tokens) {
      if (places.empty() || token.position != position) places.emplace_back();
      position = token.position;
      places.back().emplace_back(token.term);
    }
    if (places.empty()) return nullptr;
    const auto prefix = [&](const std::string& term) { return lucene_prefix(binder_, name, term, rewrite_); };
    if (places.size() == 1 && places[0].size() == 1) return prefix(places[0][0]);
    std::vector<LuceneClause> clauses;
    for (size_t i = 0; i < places.size(); ++i) {
      LuceneQueryPtr part;
      if (i + 1 == places.size()) {
        std::vector<LuceneClause> choices;
        for (const std::string& term : places[i]) choices.push_back({prefix(term), Occur::kShould});
        part = choices.size() == 1 ? choices[0].query : std::make_shared<LuceneBool>(std::move(choices));
      } else {
        const FieldType* field = &type;
        const std::vector<std::string> terms = places[i];
        std::string shown;
        for (const std::string& term : terms) shown += (shown.empty() ? "" : " ") + type.path + ":" + term;
        part = lucene_leaf([field, terms](Binder& b, float boost) { return text_term_plan(b, *field, terms, boost); },
                           terms.size() == 1 ? term_text(type, terms[0]) : LeafText("Synonym(" + shown + ")", "SynonymQuery"), terms.size() == 1);
      }
      clauses.push_back({std::move(part), options_.conjunction ? Occur::kMust : Occur::kShould});
    }
    return std::make_shared<LuceneBool>(std::move(clauses));
  }

  Binder& binder_;
  const QueryStringOptions& options_;
  MatchOptions match_;
  Field default_field_;
  FieldWeights defaults_;
  bool lenient_ = false;
  const Analyzer* forced_ = nullptr;
  Rewrite rewrite_;
  float tie_breaker_ = 0;
};

constexpr size_t kTextMax = 32000;  // search.query.max_query_string_length

[[noreturn]] void fail_query(const QueryStringOptions& options, const std::string& parsed, const SyntaxFailure& failure,
                             bool in_parser) {
  Error inner(400, failure.type, failure.message);
  Error cause = inner;
  if (in_parser) {
    cause = Error(400, "parse_exception", "Cannot parse '" + parsed + "': " + failure.message);
    cause.caused_by(inner);
  }
  Error error(400, "query_shard_exception", "Failed to parse query [" + options.text + "]");
  throw ApiError(error.caused_by(std::move(cause)));
}

}  // namespace

std::string escape_query_string(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (std::string_view("\\+-!():^[]\"{}~*?|&/").find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

LuceneQueryPtr query_string_query(Binder& binder, const QueryStringOptions& options) {
  if (options.default_field && !options.fields.empty()) {
    throw ApiError(400, "query_validation_exception",
                   "Validation Failed: 1: [query_string] cannot use [fields] parameter in conjunction with [default_field];");
  }
  const std::string text = options.escape ? escape_query_string(options.text) : options.text;
  BoundFields fields(binder, options);
  if (trim(text).empty()) return lucene_none("Matching no documents because no terms present");
  const size_t length = analysis::utf16_length(text);
  if (length > kTextMax) {
    fail_query(options, text,
               {"parse_exception", "Query string length exceeds max allowed length " + std::to_string(kTextMax) +
                                       " (search.query.max_query_string_length); actual length: " + std::to_string(length)},
               false);
  }
  LuceneQueryPtr query;
  try {
    query = parse_query_string(text, fields.default_field(), options.conjunction, fields);
  } catch (const SyntaxFailure& failure) {
    fail_query(options, text, failure, true);
  }
  std::vector<float> boosts;
  while (const auto* boost = dynamic_cast<const LuceneBoost*>(query.get())) {
    boosts.push_back(boost->boost());
    query = LuceneQueryPtr(boost->query());
  }
  query = with_minimum(fix_negative(std::move(query)), options.minimum_should_match);
  for (size_t i = boosts.size(); i-- > 0;) query = std::make_shared<LuceneBoost>(std::move(query), boosts[i]);
  return query;
}

std::string normalized_wildcard(const Analyzer* analyzer, const std::string& pattern) {
  if (analyzer == nullptr) return pattern;
  std::string out, literal;
  const auto flush = [&] {
    if (!literal.empty()) out += normalize_term(*analyzer, literal);
    literal.clear();
  };
  for (size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] == '*' || pattern[i] == '?') {
      flush();
      out += pattern[i];
    } else if (pattern[i] == '\\' && i + 1 < pattern.size()) {
      flush();
      out.append(pattern, i++, 2);
    } else {
      literal += pattern[i];
    }
  }
  flush();
  return out;
}

LuceneQueryPtr lucene_wildcard(Binder& binder, std::string_view given, const std::string& pattern, const Rewrite& rewrite) {
  const std::string path(given);
  const std::string shown = path + ":" + pattern;
  const FieldType* field = path == "_index" ? nullptr : pattern_field(binder, path, "wildcard");
  if (rewrite.kind == Rewrite::Kind::kConstant || field == nullptr) {
    return lucene_leaf([path, pattern](Binder& b, float boost) { return wildcard_plan(b, path, pattern, false, boost); },
                       pattern_leaf(field, shown, pattern, "WildcardQuery"));
  }
  return lucene_leaf(
      [field, pattern, rewrite](Binder& b, float boost) {
        const auto boost_of = [&](std::string_view term) {
          return wildcard_matches(pattern, term) ? std::optional<float>(1) : std::nullopt;
        };
        const std::string prefix = pattern.substr(0, pattern.find_first_of("*?\\"));
        return rewritten_plan(b, *field, expand_terms(b, *field, prefix, boost_of, SIZE_MAX), rewrite, boost);
      },
      pattern_leaf(field, shown, pattern, "WildcardQuery"));
}

LuceneQueryPtr lucene_exists(Binder& binder, const std::string& path) {
  return described_exists(binder, path, [path](Binder& b, float boost) { return exists_plan(b, path, boost); });
}

}  // namespace tarn::query

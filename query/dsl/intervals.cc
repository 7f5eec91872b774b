#include <optional>

#include "indexer/script/nodes.h"
#include "query/lucene/intervals.h"
#include "query/script/script_use.h"

#include <algorithm>

#include "indexer/analysis/normalize.h"
#include "query/bind/field_queries.h"
#include "query/bind/values.h"
#include "query/dsl/clause.h"
#include "query/lucene/query_string.h"
#include "query/lucene/token_graph.h"

namespace tarn::query {

namespace {

/// How the parts of a rule stand to each other.
enum class Mode { kOrdered, kUnordered, kUnorderedNoOverlap };

IntervalSourcePtr combined(std::vector<IntervalSourcePtr> parts, int max_gaps, Mode mode) {
  if (parts.empty()) return interval_none();
  if (parts.size() == 1) return parts[0];
  if (max_gaps == 0 && mode == Mode::kOrdered) return interval_block(std::move(parts));
  IntervalSourcePtr out;
  if (mode == Mode::kUnorderedNoOverlap) {
    out = parts[0];
    for (size_t i = 1; i < parts.size(); ++i) {
      out = interval_or({interval_ordered({out, parts[i]}), interval_ordered({parts[i], out})});
    }
  } else {
    out = mode == Mode::kOrdered ? interval_ordered(std::move(parts)) : interval_unordered(std::move(parts));
  }
  return max_gaps == -1 ? out : interval_max_gaps(std::move(out), max_gaps);
}

/// The texts of one query against one field. Follows OpenSearch's IntervalBuilder.
class TextIntervals {
 public:
  TextIntervals(const std::string& path, const Analyzer& analyzer) : path_(path), analyzer_(analyzer) {}

  IntervalSourcePtr analyzed(const std::string& text, int max_gaps, Mode mode) const {
    TokenBuffer buffer;
    analyzer_.analyze(text, buffer);
    std::vector<QueryToken> tokens;
    int position = -1;
    bool graph = false;
    for (const Token& token : buffer.tokens) {
      tokens.push_back({std::string(token.term), token.position - position, token.position_length});
      position = token.position;
      graph |= token.position_length > 1;
    }
    if (tokens.empty()) return interval_none();
    if (tokens.size() == 1) return term(tokens[0].term);
    return combined(graph ? of_graph(tokens) : of_tokens(tokens), max_gaps, mode);
  }

 private:
  IntervalSourcePtr term(const std::string& text) const { return interval_terms(path_, {text}, text); }

  std::vector<IntervalSourcePtr> of_tokens(const std::vector<QueryToken>& tokens) const {
    std::vector<IntervalSourcePtr> out;
    for (size_t i = 0; i < tokens.size();) {
      const int before = std::max(0, tokens[i].increment - 1);
      std::vector<IntervalSourcePtr> choices = {term(tokens[i].term)};
      for (++i; i < tokens.size() && tokens[i].increment == 0; ++i) choices.push_back(term(tokens[i].term));
      out.push_back(interval_extend(interval_or(std::move(choices)), before));
    }
    return out;
  }
  std::vector<IntervalSourcePtr> of_graph(const std::vector<QueryToken>& tokens) const {
    const TokenGraph graph(tokens);
    std::vector<int> ends = graph.articulation_points();
    ends.push_back(-1);
    std::vector<IntervalSourcePtr> out;
    int start = 0;
    for (const int end : ends) {
      const bool choice = graph.has_side_path(start);
      std::vector<IntervalSourcePtr> ways;
      graph.paths(start, end, [&](const std::vector<QueryToken>& path) {
        auto words = of_tokens(path);
        if (choice) {
          ways.push_back(combined(std::move(words), 0, Mode::kOrdered));
        } else {
          out.insert(out.end(), words.begin(), words.end());
        }
      });
      if (!ways.empty()) out.push_back(interval_or(std::move(ways)));
      start = end;
    }
    return out;
  }

  const std::string& path_;
  const Analyzer& analyzer_;
};

/// A rule of the request.
class Rule {
 public:
  virtual ~Rule() = default;
  virtual IntervalSourcePtr source(Binder& binder, const FieldType& field) const = 0;
  /// False where a field that the rule names is not mapped.
  virtual bool is_mapped(Binder&) const { return true; }
};
using RulePtr = std::shared_ptr<const Rule>;
RulePtr read_rule(const Json& json);
RulePtr read_rule(const std::string& type, const Json& body);

const FieldType& field_of(Binder& binder, const FieldType& field, const std::string& use_field) {
  const FieldType& out = use_field.empty() ? field : *binder.mapping().find(use_field);
  if (out.kind != FieldKind::kText && out.kind != FieldKind::kMatchOnlyText) {
    throw ApiError(illegal_argument("Can only use interval queries on text fields - not on [" + out.path + "] which is of type [" +
                                    std::string(kind_name(out.kind)) + "]"));
  }
  if (!out.positions || out.kind == FieldKind::kMatchOnlyText) {
    throw ApiError(illegal_argument("Cannot create intervals over field [" + out.path + "] with no positions indexed"));
  }
  return out;
}

const Analyzer& analyzer_of(Binder& binder, const FieldType& field, const std::string& name) {
  const Analyzer* found = name.empty() ? nullptr : binder.mapping().analysis().find_analyzer(name);
  if (found != nullptr) return *found;  // an unknown one counts as none given
  return field.search_analyzer != nullptr ? *field.search_analyzer : *field.index_analyzer;
}

struct Filter {
  std::string type;
  RulePtr by;
  std::optional<script::ScriptSpec> script;
  IntervalSourcePtr apply(IntervalSourcePtr input, Binder& binder, const FieldType& field) const {
    if (script) return kept_by_script(std::move(input), binder);
    using Kind = IntervalSource::Kind;
    static constexpr std::pair<std::string_view, Kind> kTypes[] = {
        {"containing", Kind::kContaining},           {"contained_by", Kind::kContainedBy},
        {"not_containing", Kind::kNotContaining},    {"not_contained_by", Kind::kNotContainedBy},
        {"overlapping", Kind::kOverlapping},         {"not_overlapping", Kind::kNotOverlapping},
        {"before", Kind::kBefore},                   {"after", Kind::kAfter}};
    auto source = by->source(binder, field);
    for (const auto& [name, kind] : kTypes) {
      if (name == type) return interval_filter(kind, std::move(input), std::move(source));
    }
    throw ApiError(illegal_argument("Unknown filter type [" + type + "]"));
  }
  IntervalSourcePtr kept_by_script(IntervalSourcePtr input, Binder& binder) const {
    const BoundScript bound = bind_script(*script, script::Context::kIntervals, binder.context);
    const auto make_filter = [bound]() -> IntervalSource::Keep {
      const auto run = std::make_shared<script::Run>(bound.script, bound.params);
      return [run](int start, int end, int gaps) {
        const Json interval = {{"start", start}, {"end", end}, {"gaps", gaps}};
        run->set_variable(script::Variable::kValue, script::from_json(run->heap(), interval));
        return run->execute_bool();
      };
    };
    return interval_script(std::move(input), make_filter, script_text(*script));
  }
};

/// Members of a rule, as ConstructingObjectParser reads them.
class Members {
 public:
  Members(std::string rule, const Json& body) : rule_(std::move(rule)), body_(body) {
    if (!body.is_object()) fail(value_location(body), "Expected START_OBJECT but was: " + std::string(token_name(body)));
  }
  ~Members() = default;
  void read(std::string_view name, std::string& out) const {
    if (const Json* value = find(name, false)) out = scalar_text(*value);
  }
  void read(std::string_view name, int& out) const {
    const Json* value = find(name, false);
    if (value == nullptr) return;
    try {
      out = read_int(*value);
    } catch (const ApiError& error) {
      throw ApiError(Error(400, "x_content_parse_exception", value_location(*value) + "[" + rule_ + "] failed to parse field [" + std::string(name) + "]")
                         .caused_by(error.error()));
    }
  }
  void read(std::string_view name, bool& out) const {
    if (const Json* value = find(name, false)) out = read_bool(*value);
  }
  const Json* structure(std::string_view name) const { return find(name, true); }
  std::string required(std::string_view name) const {
    if (!body_.contains(name)) throw ApiError(illegal_argument("Required [" + std::string(name) + "]"));
    std::string out;
    read(name, out);
    return out;
  }
  void refuse_others(std::initializer_list<std::string_view> known) const {
    for (const auto& [key, value] : body_.items()) {
      if (std::find(known.begin(), known.end(), key) == known.end()) fail(name_location(value), "unknown field [" + key + "]");
    }
  }

 private:
  [[noreturn]] void fail(const std::string& place, const std::string& what) const {
    throw ApiError(400, "x_content_parse_exception", place + "[" + rule_ + "] " + what);
  }
  const Json* find(std::string_view name, bool structured) const {
    const auto it = body_.find(name);
    if (it == body_.end() || it->is_null()) return nullptr;
    if (structured != it->is_structured()) {
      fail(value_location(*it), std::string(name) + " doesn't support values of type: " + std::string(token_name(*it)));
    }
    return &*it;
  }
  std::string rule_;
  const Json& body_;
};

std::shared_ptr<const Filter> read_filter(const Members& members) {
  const Json* body = members.structure("filter");
  if (body == nullptr) return nullptr;
  if (!body->is_object()) fail_parse("Expected [START_OBJECT] but got [START_ARRAY]");
  if (body->empty()) fail_parse("Expected [FIELD_NAME] but got [END_OBJECT]");
  if (body->size() > 1) fail_parse("Expected [END_OBJECT] but got [FIELD_NAME]");
  auto out = std::make_shared<Filter>();
  out->type = body->begin().key();
  if (out->type == "script") {
    out->script = script::parse_script(body->begin().value());
    return out;
  }
  out->by = read_rule(body->begin().value());
  return out;
}

Mode read_mode(const Members& members) {
  bool ordered = false;
  members.read("ordered", ordered);
  std::string mode;
  members.read("mode", mode);
  if (mode.empty()) return ordered ? Mode::kOrdered : Mode::kUnordered;
  if (mode == "ordered") return Mode::kOrdered;
  if (mode == "unordered") return Mode::kUnordered;
  if (mode == "unordered_no_overlap") return Mode::kUnorderedNoOverlap;
  throw ApiError(illegal_argument("mode must be one of [ordered, unordered, unordered_no_overlap], but was [" + mode + "]"));
}

class MatchRule final : public Rule {
 public:
  explicit MatchRule(const Members& m)
      : query_(m.required("query")), mode_(read_mode(m)), filter_(read_filter(m)) {
    m.read("max_gaps", max_gaps_);
    m.read("analyzer", analyzer_);
    m.read("use_field", use_field_);
    m.refuse_others({"query", "max_gaps", "ordered", "mode", "analyzer", "filter", "use_field"});
  }
  IntervalSourcePtr source(Binder& binder, const FieldType& given) const override {
    const FieldType& field = field_of(binder, given, use_field_);
    auto out = TextIntervals(field.path, analyzer_of(binder, field, analyzer_)).analyzed(query_, max_gaps_, mode_);
    return filter_ ? filter_->apply(std::move(out), binder, given) : out;
  }
  bool is_mapped(Binder& binder) const override { return use_field_.empty() || binder.mapping().find(use_field_) != nullptr; }

 private:
  std::string query_, analyzer_, use_field_;
  int max_gaps_ = -1;
  Mode mode_;
  std::shared_ptr<const Filter> filter_;
};

std::vector<RulePtr> read_rules(const Members& members) {
  const Json* list = members.structure("intervals");
  if (list == nullptr) throw ApiError(illegal_argument("Required [intervals]"));
  std::vector<RulePtr> out;
  if (list->is_array()) {
    for (const Json& rule : *list) out.push_back(read_rule(rule));
  } else {
    out.push_back(read_rule(*list));
  }
  check_clause_count(out.size());
  return out;
}

class ListRule final : public Rule {
 public:
  ListRule(const Members& m, bool all) : all_(all), rules_(read_rules(m)), mode_(read_mode(m)), filter_(read_filter(m)) {
    if (!all) {
      m.refuse_others({"intervals", "filter"});
      return;
    }
    m.read("max_gaps", max_gaps_);
    m.refuse_others({"intervals", "filter", "ordered", "mode", "max_gaps"});
  }
  IntervalSourcePtr source(Binder& binder, const FieldType& field) const override {
    std::vector<IntervalSourcePtr> parts;
    for (const RulePtr& rule : rules_) parts.push_back(rule->source(binder, field));
    IntervalSourcePtr out = parts.empty() ? interval_none()
                            : all_        ? combined(std::move(parts), max_gaps_, mode_)
                                          : interval_or(std::move(parts));
    return filter_ ? filter_->apply(std::move(out), binder, field) : out;
  }
  bool is_mapped(Binder& binder) const override {
    return std::all_of(rules_.begin(), rules_.end(), [&](const RulePtr& rule) { return rule->is_mapped(binder); });
  }

 private:
  bool all_;
  std::vector<RulePtr> rules_;
  int max_gaps_ = -1;
  Mode mode_;
  std::shared_ptr<const Filter> filter_;
};

/// prefix, wildcard, regexp and fuzzy: any of the terms that a pattern stands for.
class PatternRule final : public Rule {
 public:
  enum class Kind { kPrefix, kWildcard, kRegexp, kFuzzy };
  PatternRule(Kind kind, const Members& m) : kind_(kind) {
    m.read("analyzer", analyzer_);
    m.read("use_field", use_field_);
    switch (kind) {
      case Kind::kPrefix:
        pattern_ = m.required("prefix");
        m.refuse_others({"prefix", "analyzer", "use_field"});
        return;
      case Kind::kWildcard:
        pattern_ = m.required("pattern");
        m.read("max_expansions", max_expansions_);
        check_expansions();
        m.refuse_others({"pattern", "analyzer", "use_field", "max_expansions"});
        return;
      case Kind::kRegexp:
        pattern_ = m.required("pattern");
        m.read("flags", regexp_.flags);
        for (char& c : regexp_.flags) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
        m.read("case_insensitive", regexp_.case_insensitive);
        m.read("max_expansions", max_expansions_);
        check_expansions();
        m.refuse_others({"pattern", "flags", "flags_value", "use_field", "max_expansions", "case_insensitive"});
        return;
      case Kind::kFuzzy: {
        pattern_ = m.required("term");
        m.read("prefix_length", fuzzy_.prefix_length);
        m.read("transpositions", fuzzy_.transpositions);
        std::string fuzziness;
        m.read("fuzziness", fuzziness);
        if (!fuzziness.empty()) fuzzy_.fuzziness = parse_fuzziness(fuzziness);
        m.refuse_others({"term", "prefix_length", "transpositions", "fuzziness", "analyzer", "use_field"});
        return;
      }
    }
  }
  IntervalSourcePtr source(Binder& binder, const FieldType& given) const override {
    const FieldType& field = field_of(binder, given, use_field_);
    const Analyzer& analyzer = analyzer_of(binder, field, analyzer_);
    const auto boost_if = [](bool accepted) { return accepted ? std::optional<float>(1) : std::nullopt; };
    std::vector<ExpandedTerm> found;
    std::string text;
    const size_t limit = static_cast<size_t>(max_expansions_) + 1;
    switch (kind_) {
      case Kind::kPrefix: {
        const std::string prefix = normalize_term(analyzer, pattern_);
        found = expand_terms(binder, field, prefix, [&](std::string_view) { return boost_if(true); }, limit);
        text = prefix + "*";
        break;
      }
      case Kind::kWildcard: {
        text = normalized_wildcard(&analyzer, pattern_);
        found = expand_terms(binder, field, text.substr(0, text.find_first_of("*?\\")),
                             [&](std::string_view term) { return boost_if(wildcard_matches(text, term)); }, limit);
        break;
      }
      case Kind::kRegexp: {
        const TermMatcher matcher = regexp_matcher(binder, pattern_, regexp_);
        found = expand_terms(binder, field, matcher.prefix,
                             [&](std::string_view term) { return boost_if(matcher.accepts(term)); }, limit);
        text = pattern_;
        break;
      }
      case Kind::kFuzzy: {
        FuzzyOptions options = fuzzy_;
        options.max_expansions = max_expansions_ + 1;
        found = fuzzy_terms(binder, field, normalize_term(analyzer, pattern_), options, limit);
        text = pattern_ + "~";
        break;
      }
    }
    if (found.size() >= limit) {
      throw ApiError(500, "illegal_state_exception",
                     "Automaton [" + text + "] expanded to too many terms (limit " + std::to_string(max_expansions_) + ")");
    }
    std::vector<std::string> terms;
    for (ExpandedTerm& term : found) terms.push_back(std::move(term.term));
    return interval_terms(field.path, std::move(terms), "MultiTerm(" + text + ")");
  }
  bool is_mapped(Binder& binder) const override { return use_field_.empty() || binder.mapping().find(use_field_) != nullptr; }

 private:
  void check_expansions() {
    if (max_expansions_ <= 0) max_expansions_ = 128;
    if (max_expansions_ > static_cast<int>(kMaxClauses)) {
      throw ApiError(illegal_argument("max_expansions [" + std::to_string(max_expansions_) + "] cannot exceed maxClauseCount [1024]"));
    }
  }
  Kind kind_;
  std::string pattern_, analyzer_, use_field_;
  int max_expansions_ = 128;
  RegexpOptions regexp_;
  FuzzyOptions fuzzy_;
};

RulePtr read_rule(const std::string& type, const Json& body) {
  const Members members(type, body);
  if (type == "match") return std::make_shared<MatchRule>(members);
  if (type == "all_of" || type == "any_of") return std::make_shared<ListRule>(members, type == "all_of");
  if (type == "prefix") return std::make_shared<PatternRule>(PatternRule::Kind::kPrefix, members);
  if (type == "wildcard") return std::make_shared<PatternRule>(PatternRule::Kind::kWildcard, members);
  if (type == "regexp") return std::make_shared<PatternRule>(PatternRule::Kind::kRegexp, members);
  if (type == "fuzzy") return std::make_shared<PatternRule>(PatternRule::Kind::kFuzzy, members);
  fail_parse("Unknown interval type [" + type + "], expecting one of [match, any_of, all_of, prefix, wildcard, regexp]");
}

RulePtr read_rule(const Json& json) {
  if (!json.is_object()) fail_parse("Expected [START_OBJECT] but got [" + std::string(token_name(json)) + "]");
  if (json.empty()) fail_parse("Expected [FIELD_NAME] but got [END_OBJECT]");
  auto rule = read_rule(json.begin().key(), json.begin().value());
  if (json.size() > 1) fail_parse("Expected [END_OBJECT] but got [FIELD_NAME]");
  return rule;
}

struct IntervalsQuery final : Query {
  std::string field;
  RulePtr rule;
  PlanPtr bind(Binder& binder, float boost) const override { return lucene(binder)->plan(binder, boost); }
  LuceneQueryPtr lucene(Binder& binder) const override {
    const FieldType* type = binder.mapping().find(field);
    if (type == nullptr || !rule->is_mapped(binder)) return lucene_none("");
    return std::make_shared<LuceneIntervals>(type->path, rule->source(binder, *type));
  }
};

}  // namespace

std::shared_ptr<Query> parse_intervals(const Json& body) {
  auto query = std::make_shared<IntervalsQuery>();
  if (body.empty()) fail_parse("Expected [FIELD_NAME] but got [END_OBJECT]");
  query->field = body.begin().key();
  const Json& members = body.begin().value();
  if (!members.is_object()) fail_parse("Expected [START_OBJECT] but got [" + std::string(token_name(members)) + "]");
  std::string found;
  for (const auto& [key, value] : members.items()) {
    if (read_common(*query, key, value)) continue;
    if (!found.empty()) fail_parse("Only one interval rule can be specified, found [" + found + "] and [" + key + "]");
    found = key;
    query->rule = read_rule(key, value);
  }
  if (!query->rule) fail_parse("Missing intervals from interval query definition");
  if (body.size() > 1) fail_parse("Expected [END_OBJECT] but got [FIELD_NAME]");
  return query;
}

}  // namespace tarn::query

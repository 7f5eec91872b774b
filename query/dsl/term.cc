#include "indexer/analysis/text.h"
#include "indexer/base/ascii.h"
#include "query/bind/field_queries.h"
#include "query/bind/values.h"
#include "query/dsl/clause.h"
#include "query/dsl/multi_term.h"
#include "query/lucene/describe.h"
#include "query/lucene/match_builder.h"
#include "query/text/expansion.h"

namespace tarn::query {

namespace {

struct TermQuery final : Query {
  std::string field;
  Json value;
  bool case_insensitive = false;
  PlanPtr bind(Binder& binder, float boost) const override {
    return term_plan(binder, field, value, case_insensitive, boost);
  }
  LuceneQueryPtr lucene(Binder& binder) const override {
    bind(binder, 1);  // what does not fit is thrown now
    const auto make = [this](Binder& b, float boost) { return bind(b, boost); };
    if (case_insensitive && binder.mapping().find(field) != nullptr) {
      return lucene_leaf(make, LeafText(field + ":AutomatonQuery {\norg.apache.lucene.util.automaton.Automaton@0}", "AutomatonQuery"));
    }
    return described_term(binder, field, value, make);
  }
};

enum class PatternKind { kPrefix, kWildcard, kRegexp };

struct PatternQuery final : MultiTermClause {
  PatternKind kind = PatternKind::kPrefix;
  std::string pattern;
  RegexpOptions regexp;
  bool case_insensitive = false;

  PlanPtr bind(Binder& binder, float boost) const override {
    if (kind == PatternKind::kRegexp) {
      const FieldType* type = pattern_field(binder, field, "regexp");
      if (type == nullptr) return match_none_plan();
      if (type->kind == FieldKind::kConstantKeyword) {
        const TermMatcher matcher = regexp_matcher(binder, pattern, regexp_options());
        return matcher.accepts(type->constant_value) ? match_all_plan(boost) : match_none_plan();
      }
      if (const auto flat = flat_column(*type, field)) {
        return regexp_plan(binder, flat->type, flat->head + pattern, regexp_options(), rewrite, boost);
      }
      return regexp_plan(binder, *type, normal(*type), regexp_options(), rewrite, boost);
    }
    PlanPtr plan = kind == PatternKind::kWildcard ? wildcard_plan(binder, field, pattern, case_insensitive, boost)
                                                  : prefix_plan(binder, field, pattern, case_insensitive, boost);
    const FieldType* type = binder.mapping().find(field);
    if (rewrite.kind == Rewrite::Kind::kConstant || plan->matches_none() || type == nullptr) return plan;
    if (type->kind == FieldKind::kConstantKeyword) return plan;
    if (const auto flat = flat_column(*type, field)) {
      PatternQuery own = *this;
      own.pattern = flat->head + pattern;
      return rewritten_plan(binder, flat->type, own.expand(binder, flat->type, SIZE_MAX), rewrite, boost);
    }
    return rewritten_plan(binder, *type, expand(binder, *type, SIZE_MAX), rewrite, boost);
  }
  LuceneQueryPtr lucene(Binder& binder) const override {
    const FieldType* type = binder.mapping().find(field);
    bind(binder, 1);  // what does not fit is thrown now
    const auto make = [this](Binder& b, float boost) { return bind(b, boost); };
    if (type == nullptr || type->kind == FieldKind::kMetadata || type->kind == FieldKind::kConstantKeyword) {
      if (kind == PatternKind::kRegexp) return lucene_leaf(make, LeafText(field + ":/" + pattern + "/", "RegexpQuery"));
      return bind(binder, 1)->matches_all() ? lucene_approximate_all() : lucene_match_none();
    }
    static constexpr const char* kTypes[] = {"PrefixQuery", "WildcardQuery", "RegexpQuery"};
    if (case_insensitive && kind != PatternKind::kRegexp && type->kind != FieldKind::kWildcard) {
      return lucene_leaf(make, LeafText(type->path + ":AutomatonQuery {\norg.apache.lucene.util.automaton.Automaton@0}", "AutomatonQuery"));
    }
    if (kind == PatternKind::kPrefix && type->kind == FieldKind::kSearchAsYouType) {
      return std::make_shared<LuceneConstant>(lucene_leaf(make, LeafText(type->path + "._index_prefix:" + pattern, "TermQuery", type->path)));
    }
    const std::string shown = pattern_text(*type);
    return lucene_leaf(make, pattern_leaf(type, shown, shown.substr(type->path.size() + 1), kTypes[static_cast<int>(kind)]));
  }

  std::vector<ExpandedTerm> expand(Binder& binder, const FieldType& type, size_t limit) const override {
    const std::string wanted = normal(type);
    if (kind == PatternKind::kRegexp) {
      const TermMatcher matcher = regexp_matcher(binder, wanted, regexp_options());
      return expand_terms(binder, type, matcher.prefix, [&](std::string_view term) { return boost_if(matcher.accepts(term)); },
                          limit);
    }
    const std::string folded = case_insensitive ? lower_ascii(wanted) : wanted;
    const auto accepts = [&](std::string_view term) {
      const std::string own = case_insensitive ? lower_ascii(term) : std::string(term);
      return boost_if(kind == PatternKind::kPrefix ? own.starts_with(folded) : wildcard_matches(folded, own));
    };
    const size_t literal = case_insensitive                ? 0
                           : kind == PatternKind::kPrefix ? wanted.size()
                                                           : std::min(wanted.find_first_of("*?\\"), wanted.size());
    return expand_terms(binder, type, wanted.substr(0, literal), accepts, limit);
  }
  std::string pattern_text(const FieldType& type) const override {
    const std::string name = type.path + ":";
    if (kind == PatternKind::kRegexp) return name + "/" + normal(type) + "/";
    return name + normal(type) + (kind == PatternKind::kPrefix ? "*" : "");
  }

 private:
  static std::optional<float> boost_if(bool accepted) { return accepted ? std::optional<float>(1) : std::nullopt; }
  std::string normal(const FieldType& type) const { return is_keyword_like(type) ? normalized(type, pattern) : pattern; }
  RegexpOptions regexp_options() const {
    RegexpOptions out = regexp;
    out.case_insensitive = case_insensitive;
    return out;
  }
};

struct FuzzyQuery final : MultiTermClause {
  Json value;
  FuzzyOptions options;

  PlanPtr bind(Binder& binder, float boost) const override {
    const FieldType* type = binder.mapping().find(field);
    if (type == nullptr || type->kind == FieldKind::kObject || type->kind == FieldKind::kNested) return match_none_plan();
    if (const auto flat = flat_column(*type, field)) {
      return fuzzy_plan(binder, flat->type, flat->head + scalar_text(value), options, boost);
    }
    if ((!is_keyword_like(*type) && !is_text_like(*type)) || type->kind == FieldKind::kWildcard) {
      throw ApiError(illegal_argument("Can only use fuzzy queries on keyword and text fields - not on [" + type->path +
                                      "] which is of type [" + std::string(kind_name(type->kind)) + "]"));
    }
    return fuzzy_plan(binder, *type, text(*type), options, boost);
  }
  LuceneQueryPtr lucene(Binder& binder) const override {
    if (binder.mapping().find(field) == nullptr) return lucene_match_none();
    bind(binder, 1);  // what does not fit is thrown now
    return lucene_fuzzy(binder, field, scalar_text(value), options);
  }
  std::vector<ExpandedTerm> expand(Binder& binder, const FieldType& type, size_t limit) const override {
    return fuzzy_terms(binder, type, text(type), options, limit);
  }
  std::string pattern_text(const FieldType& type) const override {
    const std::string wanted = text(type);
    return type.path + ":" + wanted + "~" + std::to_string(options.fuzziness.edits_for(analysis::code_point_count(wanted)));
  }

 private:
  std::string text(const FieldType& type) const {
    const std::string given = scalar_text(value);
    return is_keyword_like(type) ? normalized(type, given) : given;
  }
};

}  // namespace

std::shared_ptr<Query> parse_term(const Json& body) {
  auto query = std::make_shared<TermQuery>();
  bool given = false;
  read_field_clause("term", body, "value", *query, query->field, [&](std::string_view key, const Json& value) {
    if (key == "value") {
      if (value.is_array() || value.is_object()) fail_parse("[term] query does not support array of values");
      query->value = value;
      given = !value.is_null();
      return true;
    }
    if (key == "case_insensitive") {
      query->case_insensitive = read_bool(value);
      return true;
    }
    return false;
  });
  if (!given) throw ApiError(illegal_argument(body.begin()->is_null() ? "field name is null or empty" : "value cannot be null"));
  return query;
}

namespace {

/// Reads a prefix or a wildcard; `other` is a second name of "value", or "".
std::shared_ptr<Query> parse_pattern(std::string_view clause, PatternKind kind, std::string_view other, const Json& body) {
  auto query = std::make_shared<PatternQuery>();
  query->kind = kind;
  bool given = false;
  read_field_clause(clause, body, "value", *query, query->field, [&](std::string_view key, const Json& value) {
    if (key == "value" || (key == other && !other.empty())) {
      if (!value.is_null()) query->pattern = read_text(value), given = true;
    } else if (key == "case_insensitive") {
      query->case_insensitive = read_bool(value);
    } else if (key == "rewrite") {
      if (!value.is_null()) query->rewrite = parse_rewrite(read_text(value));
    } else {
      return false;
    }
    return true;
  });
  if (!given) throw ApiError(illegal_argument("value cannot be null"));
  return query;
}

}  // namespace

std::shared_ptr<Query> parse_prefix(const Json& body) { return parse_pattern("prefix", PatternKind::kPrefix, "", body); }

std::shared_ptr<Query> parse_wildcard(const Json& body) { return parse_pattern("wildcard", PatternKind::kWildcard, "wildcard", body); }

std::shared_ptr<Query> parse_regexp(const Json& body) {
  auto query = std::make_shared<PatternQuery>();
  query->kind = PatternKind::kRegexp;
  bool given = false;
  read_field_clause("regexp", body, "value", *query, query->field, [&](std::string_view key, const Json& value) {
    if (key == "value") {
      if (!value.is_null()) query->pattern = read_text(value), given = true;
    } else if (key == "flags") {
      query->regexp.flags = read_text(value);
      for (char& c : query->regexp.flags) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    } else if (key == "case_insensitive") {
      query->case_insensitive = read_bool(value);
    } else if (key == "max_determinized_states") {
      query->regexp.max_states = read_int(value);
    } else if (key == "flags_value") {
      read_int(value);
    } else if (key == "rewrite") {
      if (!value.is_null()) query->rewrite = parse_rewrite(read_text(value));
    } else {
      return false;
    }
    return true;
  });
  if (!given) throw ApiError(illegal_argument("value cannot be null"));
  return query;
}

std::shared_ptr<Query> parse_fuzzy(const Json& body) {
  auto query = std::make_shared<FuzzyQuery>();
  bool given = false;
  read_field_clause("fuzzy", body, "value", *query, query->field, [&](std::string_view key, const Json& value) {
    if (key == "value") {
      query->value = value;
      given = !value.is_null();
    } else if (key == "fuzziness") {
      query->options.fuzziness = parse_fuzziness(value);
    } else if (key == "prefix_length") {
      query->options.prefix_length = read_int(value);
    } else if (key == "max_expansions") {
      query->options.max_expansions = read_int(value);
    } else if (key == "transpositions") {
      query->options.transpositions = read_bool(value);
    } else if (key == "rewrite") {
      if (!value.is_null()) query->options.rewrite = read_text(value);
    } else {
      return false;
    }
    return true;
  });
  if (!given) throw ApiError(illegal_argument("query value cannot be null"));
  return query;
}

}  // namespace tarn::query

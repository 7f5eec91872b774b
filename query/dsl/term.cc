#include "query/bind/field_queries.h"
#include "query/bind/values.h"
#include "query/dsl/clause.h"
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
};

enum class PatternKind { kPrefix, kWildcard, kRegexp };

struct PatternQuery final : Query {
  PatternKind kind = PatternKind::kPrefix;
  std::string field, pattern, flags;
  bool case_insensitive = false;
  Rewrite rewrite;

  PlanPtr bind(Binder& binder, float boost) const override {
    if (kind == PatternKind::kRegexp) {
      const FieldType* type = pattern_field(binder, field, "regexp");
      if (type == nullptr) return match_none_plan();
      return regexp_plan(binder, *type, is_keyword_like(*type) ? normalized(*type, pattern) : pattern, flags,
                         case_insensitive, rewrite, boost);
    }
    PlanPtr plan = kind == PatternKind::kWildcard ? wildcard_plan(binder, field, pattern, case_insensitive, boost)
                                                  : prefix_plan(binder, field, pattern, case_insensitive, boost);
    if (rewrite.kind == Rewrite::Kind::kConstant || plan->matches_none()) return plan;
    const FieldType* type = binder.mapping().find(field);
    if (case_insensitive || type == nullptr) not_implemented("case insensitive patterns with a scoring rewrite are not supported yet");
    const auto boost_of = [&](std::string_view term) {
      const bool accepts = kind == PatternKind::kPrefix || wildcard_matches(pattern, term);
      return accepts ? std::optional<float>(1) : std::nullopt;
    };
    const std::string prefix = kind == PatternKind::kPrefix ? pattern : pattern.substr(0, pattern.find_first_of("*?\\"));
    return rewritten_plan(binder, *type, expand_terms(binder, *type, prefix, boost_of, SIZE_MAX), rewrite, boost);
  }
};

struct FuzzyQuery final : Query {
  std::string field;
  Json value;
  FuzzyOptions options;

  PlanPtr bind(Binder& binder, float boost) const override {
    const FieldType* type = binder.mapping().find(field);
    if (type == nullptr || type->kind == FieldKind::kObject || type->kind == FieldKind::kNested) return match_none_plan();
    if (!is_keyword_like(*type) && !is_text_like(*type)) {
      throw ApiError(illegal_argument("Can only use fuzzy queries on keyword and text fields - not on [" + type->path +
                                      "] which is of type [" + std::string(kind_name(type->kind)) + "]"));
    }
    const std::string text = scalar_text(value);
    return fuzzy_plan(binder, *type, is_keyword_like(*type) ? normalized(*type, text) : text, options, boost);
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

std::shared_ptr<Query> parse_prefix(const Json& body) {
  auto query = std::make_shared<PatternQuery>();
  bool given = false;
  read_field_clause("prefix", body, "value", *query, query->field, [&](std::string_view key, const Json& value) {
    if (key == "value") {
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

std::shared_ptr<Query> parse_wildcard(const Json& body) {
  auto query = std::make_shared<PatternQuery>();
  query->kind = PatternKind::kWildcard;
  bool given = false;
  read_field_clause("wildcard", body, "value", *query, query->field, [&](std::string_view key, const Json& value) {
    if (key == "value" || key == "wildcard") {
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

std::shared_ptr<Query> parse_regexp(const Json& body) {
  auto query = std::make_shared<PatternQuery>();
  query->kind = PatternKind::kRegexp;
  bool given = false;
  read_field_clause("regexp", body, "value", *query, query->field, [&](std::string_view key, const Json& value) {
    if (key == "value") {
      if (!value.is_null()) query->pattern = read_text(value), given = true;
    } else if (key == "flags") {
      query->flags = read_text(value);
      for (char& c : query->flags) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    } else if (key == "case_insensitive") {
      query->case_insensitive = read_bool(value);
    } else if (key == "max_determinized_states" || key == "flags_value") {
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

#include <algorithm>

#include "query/bind/field_queries.h"
#include "query/bind/values.h"
#include "query/dsl/clause.h"
#include "query/dsl/multi_term.h"
#include "query/lucene/spans.h"

namespace tarn::query {

namespace {

/// A clause about places in a text; all of them nest in each other.
struct SpanClause : Query {
  PlanPtr bind(Binder& binder, float boost) const override {
    const auto query = span(binder);
    return query ? query->plan(binder, boost) : match_none_plan();
  }
  LuceneQueryPtr lucene(Binder& binder) const override { return span(binder); }
  virtual LuceneSpanPtr span(Binder& binder) const = 0;
};
using SpanClausePtr = std::shared_ptr<const SpanClause>;

[[noreturn]] void fail_bind(const std::string& reason) { throw ApiError(illegal_argument(reason)); }

struct SpanTermClause final : SpanClause {
  std::string field;
  Json value;
  LuceneSpanPtr span(Binder& binder) const override {
    const FieldType* type = binder.mapping().find(field);
    const std::string text = scalar_text(value);
    if (type == nullptr) return span_term(field, text);
    if (is_keyword_like(*type)) return span_term(type->path, normalized(*type, text));
    if (!is_text_like(*type)) {
      fail_bind("Cannot extract a term from a query of type class org.apache.lucene.search.IndexOrDocValuesQuery: "
                "IndexOrDocValuesQuery(indexQuery=" + field + ":[" + text + " TO " + text + "], dvQuery=" + field + ":[" + text +
                " TO " + text + "])");
    }
    return span_term(type->path, text);
  }
};

struct SpanGapClause final : SpanClause {
  std::string field;
  int width = 0;
  LuceneSpanPtr span(Binder&) const override {
    throw ApiError(500, "illegal_state_exception",
                   "provided query builder [class org.opensearch.index.query.SpanNearQueryBuilder$SpanGapQueryBuilder] class "
                   "should inherit from AbstractQueryBuilder, but it doesn't");
  }
};

struct SpanNearClause final : SpanClause {
  std::vector<SpanClausePtr> clauses;
  int slop = 0;
  bool in_order = true;
  LuceneSpanPtr span(Binder& binder) const override {
    if (clauses.size() == 1) return clauses[0]->span(binder);
    std::vector<LuceneSpanPtr> spans;
    std::string field;
    for (const SpanClausePtr& clause : clauses) {
      if (const auto* gap = dynamic_cast<const SpanGapClause*>(clause.get())) {
        if (!in_order) fail_bind("Gaps can only be added to ordered near queries");
        if (field.empty()) field = gap->field;
        spans.push_back(span_gap(gap->field, gap->width));
        continue;
      }
      spans.push_back(clause->span(binder));
      if (field.empty()) field = spans.back()->field();
      if (spans.back()->field() != field) {
        fail_bind("Cannot add clause " + spans.back()->to_string() + " to SpanNearQuery for field " + field);
      }
    }
    return span_near(std::move(spans), slop, in_order);
  }
};

void check_same_field(const LuceneSpan& a, const LuceneSpan& b) {
  if (a.field() != b.field()) fail_bind("Clauses must have same field.");
}

struct SpanOrClause final : SpanClause {
  std::vector<SpanClausePtr> clauses;
  LuceneSpanPtr span(Binder& binder) const override {
    std::vector<LuceneSpanPtr> spans;
    for (const SpanClausePtr& clause : clauses) {
      spans.push_back(clause->span(binder));
      check_same_field(*spans.front(), *spans.back());
    }
    return spans.size() == 1 ? spans[0] : span_or(std::move(spans));
  }
};

struct SpanNotClause final : SpanClause {
  SpanClausePtr include, exclude;
  int pre = 0, post = 0;
  LuceneSpanPtr span(Binder& binder) const override {
    auto in = include->span(binder), out = exclude->span(binder);
    check_same_field(*in, *out);
    return span_not(std::move(in), std::move(out), pre, post);
  }
};

struct SpanFirstClause final : SpanClause {
  SpanClausePtr match;
  int end = 0;
  LuceneSpanPtr span(Binder& binder) const override { return span_first(match->span(binder), end); }
};

struct SpanContainClause final : SpanClause {
  SpanClausePtr big, little;
  bool gives_big = true;
  LuceneSpanPtr span(Binder& binder) const override {
    auto outer = big->span(binder), inner = little->span(binder);
    check_same_field(*outer, *inner);
    return gives_big ? span_containing(std::move(outer), std::move(inner)) : span_within(std::move(outer), std::move(inner));
  }
};

struct SpanMaskingClause final : SpanClause {
  SpanClausePtr query;
  std::string field;
  LuceneSpanPtr span(Binder& binder) const override {
    const FieldType* type = binder.mapping().find(field);
    return span_masking(query->span(binder), type != nullptr ? type->path : field);
  }
};

struct SpanMultiClause final : SpanClause {
  std::shared_ptr<const MultiTermClause> match;
  LuceneSpanPtr span(Binder& binder) const override {
    const FieldType* type = binder.mapping().find(match->field);
    if (type == nullptr) return span_terms(match->field, {}, "SpanMultiTermQueryWrapper(" + match->field + ")");
    if (!is_text_like(*type)) {
      fail_bind("Can only use span prefix queries on text fields - not on [" + match->field + "] which is of type [" +
                std::string(kind_name(type->kind)) + "]");
    }
    const bool top = match->rewrite.kind != Rewrite::Kind::kConstant && match->rewrite.kind != Rewrite::Kind::kScoringBoolean;
    const size_t limit = top ? static_cast<size_t>(std::max(0, match->rewrite.top)) : kMaxClauses + 1;
    std::vector<std::string> terms;
    for (ExpandedTerm& term : match->expand(binder, *type, limit)) terms.push_back(std::move(term.term));
    if (terms.size() > kMaxClauses) {
      throw ApiError(500, "runtime_exception",
                     "[" + match->pattern_text(*type) + " ] exceeds maxClauseCount [ Boolean maxClauseCount is set to 1024]");
    }
    return span_terms(type->path, std::move(terms), "SpanMultiTermQueryWrapper(" + match->pattern_text(*type) + ")");
  }
};

/// A clause inside a span clause. `gap`: span_gap may stand there.
SpanClausePtr read_span(const std::string& clause, const std::string& member, const Json& value) {
  const QueryPtr query = parse_query(value);
  auto span = std::dynamic_pointer_cast<const SpanClause>(query);
  if (!span) fail_parse(clause + " [" + member + "] must be of type span query");
  if (span->boost != 1) {
    fail_parse(clause + " [" + member + "] as a nested span clause can't have non-default boost value [" +
               java_float(span->boost) + "]");
  }
  return span;
}

std::vector<SpanClausePtr> read_spans(const std::string& clause, const Json& value) {
  if (!value.is_array()) unsupported_member(clause, "clauses", value);
  std::vector<SpanClausePtr> out;
  for (const Json& item : value) out.push_back(read_span(clause, "clauses", item));
  check_clause_count(out.size());
  return out;
}

int not_negative(int value, const char* reason) {
  if (value < 0) fail_bind(reason);
  return value;
}

}  // namespace

std::shared_ptr<Query> parse_span_term(const Json& body) {
  auto query = std::make_shared<SpanTermClause>();
  bool given = false;
  read_field_clause("span_term", body, "value", *query, query->field, [&](std::string_view key, const Json& value) {
    if (key != "value" && key != "term") return false;
    if (value.is_object() || value.is_array()) unsupported_member("span_term", key, value);
    query->value = value;
    given = !value.is_null();
    return true;
  });
  if (!given) fail_bind("value cannot be null");
  return query;
}

std::shared_ptr<Query> parse_span_gap(const Json& body) {
  auto query = std::make_shared<SpanGapClause>();
  for (const auto& [key, value] : body.items()) {
    query->field = key;
    if (value.is_string()) {
      query->width = static_cast<int>(scalar_integer(value, FieldKind::kInteger));
    } else {
      query->width = read_int(value);
    }
  }
  return query;
}

std::shared_ptr<Query> parse_span_near(const Json& body) {
  auto query = std::make_shared<SpanNearClause>();
  for (const auto& [key, value] : body.items()) {
    if (key == "clauses") {
      query->clauses = read_spans("span_near", value);
    } else if (key == "slop") {
      query->slop = read_int(value);
    } else if (key == "in_order") {
      query->in_order = read_bool(value);
    } else if (!read_common(*query, key, value)) {
      unsupported_member("span_near", key, value);
    }
  }
  if (query->clauses.empty()) fail_parse("span_near must include [clauses]");
  return query;
}

std::shared_ptr<Query> parse_span_or(const Json& body) {
  auto query = std::make_shared<SpanOrClause>();
  for (const auto& [key, value] : body.items()) {
    if (key == "clauses") {
      query->clauses = read_spans("span_or", value);
    } else if (!read_common(*query, key, value)) {
      unsupported_member("span_or", key, value);
    }
  }
  if (query->clauses.empty()) fail_parse("span_or must include [clauses]");
  return query;
}

std::shared_ptr<Query> parse_span_not(const Json& body) {
  auto query = std::make_shared<SpanNotClause>();
  std::optional<int> dist, pre, post;
  for (const auto& [key, value] : body.items()) {
    if (key == "include") {
      query->include = read_span("span_not", "include", value);
    } else if (key == "exclude") {
      query->exclude = read_span("span_not", "exclude", value);
    } else if (key == "dist") {
      dist = read_int(value);
    } else if (key == "pre") {
      pre = read_int(value);
    } else if (key == "post") {
      post = read_int(value);
    } else if (!read_common(*query, key, value)) {
      unsupported_member("span_not", key, value);
    }
  }
  if (!query->include) fail_parse("span_not must have [include] span query clause");
  if (!query->exclude) fail_parse("span_not must have [exclude] span query clause");
  if (dist && (pre || post)) fail_parse("span_not can either use [dist] or [pre] & [post] (or none)");
  query->pre = std::max(0, dist ? *dist : pre.value_or(0));  // a negative distance counts as none
  query->post = std::max(0, dist ? *dist : post.value_or(0));
  return query;
}

std::shared_ptr<Query> parse_span_first(const Json& body) {
  auto query = std::make_shared<SpanFirstClause>();
  std::optional<int> end;
  for (const auto& [key, value] : body.items()) {
    if (key == "match") {
      query->match = read_span("span_first", "match", value);
    } else if (key == "end") {
      end = read_int(value);
    } else if (!read_common(*query, key, value)) {
      unsupported_member("span_first", key, value);
    }
  }
  if (!query->match) fail_parse("span_first must have [match] span query clause");
  if (!end) fail_parse("span_first must have [end] set for it");
  query->end = not_negative(*end, "parameter [end] needs to be positive.");
  return query;
}

namespace {

std::shared_ptr<Query> parse_contain(const std::string& clause, bool gives_big, const Json& body) {
  auto query = std::make_shared<SpanContainClause>();
  query->gives_big = gives_big;
  for (const auto& [key, value] : body.items()) {
    if (key == "big" || key == "little") {
      (key == "big" ? query->big : query->little) = read_span(clause, key, value);
    } else if (!read_common(*query, key, value)) {
      unsupported_member(clause, key, value);
    }
  }
  for (const char* member : {"big", "little"}) {
    if (member == std::string_view("big") ? query->big != nullptr : query->little != nullptr) continue;
    if (!gives_big) fail_parse("span_within must include [" + std::string(member) + "]");
    fail_bind("inner clause [" + std::string(member) + "] cannot be null.");
  }
  return query;
}

}  // namespace

std::shared_ptr<Query> parse_span_containing(const Json& body) { return parse_contain("span_containing", true, body); }
std::shared_ptr<Query> parse_span_within(const Json& body) { return parse_contain("span_within", false, body); }

std::shared_ptr<Query> parse_span_masking(const Json& body) {
  auto query = std::make_shared<SpanMaskingClause>();
  for (const auto& [key, value] : body.items()) {
    if (key == "query") {
      query->query = read_span("span_field_masking", "query", value);
    } else if (key == "field") {
      query->field = read_text(value);
    } else if (!read_common(*query, key, value)) {
      unsupported_member("span_field_masking", key, value);
    }
  }
  if (!query->query) fail_parse("span_field_masking must have [query] span query clause");
  if (query->field.empty()) fail_parse("span_field_masking must have [field] set for it");
  return query;
}

std::shared_ptr<Query> parse_span_multi(const Json& body) {
  auto query = std::make_shared<SpanMultiClause>();
  for (const auto& [key, value] : body.items()) {
    if (key == "match") {
      query->match = std::dynamic_pointer_cast<const MultiTermClause>(parse_query(value));
      if (!query->match) fail_parse("[span_multi] [match] must be of type multi term query");
    } else if (!read_common(*query, key, value)) {
      unsupported_member("span_multi", key, value);
    }
  }
  if (!query->match) fail_parse("[span_multi] must have [match] multi term query clause");
  return query;
}

}  // namespace tarn::query

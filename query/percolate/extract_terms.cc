#include "query/percolate/extract_terms.h"

#include <algorithm>
#include <optional>

#include "query/bind/field_queries.h"
#include "query/bind/values.h"

namespace tarn::query {

namespace {

/// More terms than this tell little and cost much to store.
constexpr size_t kTermsMax = 1024;
constexpr size_t kTokenBytesMax = 8191;

using Terms = std::vector<std::string>;
/// None: any document may match.
using Extracted = std::optional<Terms>;

Extracted extract(const Json& clause, const Mapping& mapping);

/// Of clauses that all must match, the one that names the fewest terms.
Extracted best(std::vector<Extracted> all) {
  Extracted out;
  for (Extracted& one : all) {
    if (one && (!out || one->size() < out->size())) out = std::move(one);
  }
  return out;
}

/// Of clauses of which one must match: all their terms.
Extracted any(std::vector<Extracted> all) {
  Terms out;
  for (Extracted& one : all) {
    if (!one) return std::nullopt;
    out.insert(out.end(), one->begin(), one->end());
    if (out.size() > kTermsMax) return std::nullopt;
  }
  return out;
}

std::vector<Extracted> each(const Json& clauses, const Mapping& mapping) {
  std::vector<Extracted> out;
  if (clauses.is_object()) out.push_back(extract(clauses, mapping));
  if (clauses.is_array()) {
    for (const Json& clause : clauses) out.push_back(extract(clause, mapping));
  }
  return out;
}

std::string term_of(const FieldType& field, std::string_view token) { return field.path + '\0' + std::string(token); }

/// The field of a clause if the terms of its documents can be compared byte by byte.
const FieldType* plain_field(const Mapping& mapping, const std::string& path) {
  if (path.starts_with('_')) return nullptr;
  const FieldType* field = mapping.find(path);
  if (field == nullptr) return nullptr;
  if (field->kind == FieldKind::kKeyword && field->column == ColumnKind::kKeyword) return field;
  const bool text = (field->kind == FieldKind::kText || field->kind == FieldKind::kMatchOnlyText) && field->inverted;
  return text ? field : nullptr;
}

Extracted exact(const Mapping& mapping, const std::string& path, const Json& values) {
  const FieldType* field = plain_field(mapping, path);
  if (field == nullptr) return std::nullopt;
  Terms out;
  for (const Json& value : values) {
    if (value.is_object() || value.is_array() || value.is_null() || out.size() >= kTermsMax) return std::nullopt;
    const std::string text = scalar_text(value);
    if (text.size() > kTokenBytesMax) return std::nullopt;
    out.push_back(term_of(*field, is_text_like(*field) ? text : normalized(*field, text)));
  }
  return out;
}

/// The tokens of `text` as the field is searched; `all`: each must be there, so the longest stands for them.
Extracted analyzed(const Mapping& mapping, const std::string& path, const Json& value, bool all) {
  const FieldType* field = plain_field(mapping, path);
  if (field == nullptr || value.is_object() || value.is_array() || value.is_null()) return std::nullopt;
  const std::string text = scalar_text(value);
  if (is_keyword_like(*field)) return exact(mapping, path, Json::array({value}));
  if (field->search_analyzer == nullptr) return std::nullopt;
  TokenBuffer tokens;
  field->search_analyzer->analyze(text, tokens);
  int32_t last = -1;
  Terms out;
  for (const Token& token : tokens.tokens) {
    if (token.term.size() > kTokenBytesMax || out.size() >= kTermsMax) return std::nullopt;
    // Synonyms and graphs stand at one place: then no single token is needed.
    if (token.position == last || token.position_length != 1) all = false;
    last = token.position;
    out.push_back(term_of(*field, token.term));
  }
  if (out.empty()) return std::nullopt;
  if (!all) return out;
  return Terms{*std::max_element(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.size() < b.size(); })};
}

/// {"FIELD": value} or {"FIELD": {member: value, ...}} with no members but `known`.
struct FieldClause {
  std::string field;
  Json value;
  const Json* members = nullptr;
};
std::optional<FieldClause> field_clause(const Json& body, const char* value_name, std::initializer_list<std::string_view> known) {
  if (!body.is_object() || body.size() != 1) return std::nullopt;
  FieldClause out;
  out.field = body.begin().key();
  const Json& value = body.begin().value();
  if (!value.is_object()) {
    out.value = value;
    return out;
  }
  out.members = &value;
  for (const auto& [key, member] : value.items()) {
    if (key == value_name) out.value = member;
    else if (key != "boost" && key != "_name" && std::find(known.begin(), known.end(), key) == known.end()) return std::nullopt;
  }
  return out;
}

Extracted extract_term(const Json& body, const Mapping& mapping) {
  const auto clause = field_clause(body, "value", {});
  return clause ? exact(mapping, clause->field, Json::array({clause->value})) : std::nullopt;
}

Extracted extract_terms_clause(const Json& body, const Mapping& mapping) {
  Extracted out;
  for (const auto& [key, value] : body.items()) {
    if (key == "boost" || key == "_name") continue;
    if (!value.is_array() || out) return std::nullopt;
    out = exact(mapping, key, value);
    if (!out) return std::nullopt;
  }
  return out;
}

Extracted extract_match(const Json& body, const Mapping& mapping) {
  const auto clause = field_clause(body, "query", {"operator"});
  if (!clause) return std::nullopt;
  bool all = false;
  if (clause->members != nullptr && clause->members->contains("operator")) {
    const Json& op = (*clause->members)["operator"];
    all = op == "and" || op == "AND";
  }
  return analyzed(mapping, clause->field, clause->value, all);
}

Extracted extract_phrase(const Json& body, const Mapping& mapping) {
  const auto clause = field_clause(body, "query", {"slop"});
  return clause ? analyzed(mapping, clause->field, clause->value, true) : std::nullopt;
}

Extracted extract_bool(const Json& body, const Mapping& mapping) {
  std::vector<Extracted> required;
  std::vector<Extracted> optional;
  bool has_required = false;
  for (const auto& [key, value] : body.items()) {
    if (key == "must" || key == "filter") {
      for (Extracted& one : each(value, mapping)) {
        required.push_back(std::move(one));
        has_required = true;
      }
    } else if (key == "should") {
      optional = each(value, mapping);
    } else if (key != "must_not" && key != "boost" && key != "_name" && key != "minimum_should_match" &&
               key != "adjust_pure_negative") {
      return std::nullopt;
    }
  }
  // Without required clauses one of the optional ones has to match, whatever minimum_should_match says.
  if (!has_required && !optional.empty()) return any(std::move(optional));
  return best(std::move(required));
}

Extracted extract_inside(const Json& body, const char* member, const Mapping& mapping) {
  return body.is_object() && body.contains(member) ? extract(body[member], mapping) : std::nullopt;
}

struct Entry {
  std::string_view clause;
  Extracted (*extract)(const Json& body, const Mapping& mapping);
};
constexpr Entry kClauses[] = {
    {"bool", extract_bool},
    {"boosting", [](const Json& body, const Mapping& mapping) { return extract_inside(body, "positive", mapping); }},
    {"constant_score", [](const Json& body, const Mapping& mapping) { return extract_inside(body, "filter", mapping); }},
    {"dis_max",
     [](const Json& body, const Mapping& mapping) {
       return body.is_object() && body.contains("queries") ? any(each(body["queries"], mapping)) : std::nullopt;
     }},
    {"function_score", [](const Json& body, const Mapping& mapping) { return extract_inside(body, "query", mapping); }},
    {"match", extract_match},
    {"match_phrase", extract_phrase},
    {"nested", [](const Json& body, const Mapping& mapping) { return extract_inside(body, "query", mapping); }},
    {"term", extract_term},
    {"terms", extract_terms_clause},
};

Extracted extract(const Json& clause, const Mapping& mapping) {
  if (!clause.is_object() || clause.empty()) return std::nullopt;
  const auto entry = std::find_if(std::begin(kClauses), std::end(kClauses),
                                  [&](const Entry& one) { return one.clause == clause.begin().key(); });
  return entry == std::end(kClauses) ? std::nullopt : entry->extract(clause.begin().value(), mapping);
}

}  // namespace

std::vector<std::string> extract_terms(const Json& clause, const Mapping& mapping) {
  Extracted found = extract(clause, mapping);
  if (!found || found->empty() || found->size() > kTermsMax) return {};
  std::sort(found->begin(), found->end());
  found->erase(std::unique(found->begin(), found->end()), found->end());
  return *found;
}

}  // namespace tarn::query

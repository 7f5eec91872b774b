#include "query/lucene/multi_match.h"

#include <algorithm>

#include "indexer/analysis/text.h"
#include "indexer/base/ascii.h"
#include "query/bind/compound.h"
#include "query/bind/field_queries.h"
#include "query/bind/values.h"
#include "query/dsl/clause.h"
#include "query/lucene/spans.h"
#include "query/text/blended.h"

namespace tarn::query {

MultiMatchType parse_multi_match_type(const std::string& text) {
  static constexpr std::pair<std::string_view, MultiMatchType> kTypes[] = {
      {"best_fields", MultiMatchType::kBestFields},     {"boolean", MultiMatchType::kBestFields},
      {"most_fields", MultiMatchType::kMostFields},     {"cross_fields", MultiMatchType::kCrossFields},
      {"phrase", MultiMatchType::kPhrase},              {"phrase_prefix", MultiMatchType::kPhrasePrefix},
      {"bool_prefix", MultiMatchType::kBoolPrefix},
  };
  std::string lower = lower_ascii(text);
  for (const auto& [name, type] : kTypes) {
    if (name == lower && name != "boolean") return type;
  }
  throw ApiError(400, "parse_exception", "failed to parse [multi_match] query type [" + text + "]. unknown type.");
}

float tie_breaker_of(MultiMatchType type) {
  return type == MultiMatchType::kMostFields || type == MultiMatchType::kBoolPrefix ? 1 : 0;
}

std::pair<std::string, float> split_weight(const std::string& field) {
  const size_t caret = field.find('^');
  if (caret == std::string::npos) return {field, 1};
  return {field.substr(0, caret), static_cast<float>(parse_java_double(field.substr(caret + 1)))};
}

void order_as_java(FieldWeights& fields) {
  size_t table = 16;
  while (fields.size() > table * 3 / 4) table *= 2;
  const auto bucket = [&](const std::string& name) {
    uint32_t hash = 0;
    for (const char32_t c : analysis::to_utf32(name)) {
      if (c < 0x10000) {
        hash = hash * 31 + static_cast<uint32_t>(c);
      } else {
        hash = hash * 31 + static_cast<uint32_t>(0xD800 + ((c - 0x10000) >> 10));
        hash = hash * 31 + static_cast<uint32_t>(0xDC00 + ((c - 0x10000) & 0x3FF));
      }
    }
    return (hash ^ (hash >> 16)) & (table - 1);
  };
  std::stable_sort(fields.begin(), fields.end(),
                   [&](const auto& a, const auto& b) { return bucket(a.first) < bucket(b.first); });
}

namespace {

bool is_pattern(const std::string& name) { return name.find('*') != std::string::npos; }

/// Whether a pattern may reach the field: types that no term query can ask are left out.
bool takes_terms(Binder& binder, const FieldType& field) {
  try {
    term_plan(binder, field.path, "", false, 1);
  } catch (const ApiError& error) {
    return error.error().type != "query_shard_exception" && error.error().status != 501;
  }
  return true;
}

void multiply(FieldWeights& fields, const std::string& name, float weight) {
  const auto same = std::find_if(fields.begin(), fields.end(), [&](const auto& f) { return f.first == name; });
  if (same == fields.end()) {
    fields.emplace_back(name, weight);
  } else {
    same->second *= weight;
  }
}

}  // namespace

FieldWeights resolve_field(Binder& binder, const std::string& pattern, float weight, bool all_types, bool metadata,
                           const std::string& suffix) {
  const Mapping& mapping = binder.mapping();
  std::vector<std::string> names;
  if (!is_pattern(pattern)) {
    names.push_back(pattern);
  } else {
    for (const FieldType* type : mapping.match(pattern)) names.push_back(type->path);
  }
  static_cast<void>(metadata);  // Mapping::match gives no metadata fields
  FieldWeights out;
  for (std::string name : names) {
    if (!suffix.empty() && mapping.find(name + suffix) != nullptr) name += suffix;
    const FieldType* type = mapping.find(name);
    const bool meta = name.starts_with('_') && (type == nullptr || type->kind == FieldKind::kMetadata);
    if (meta) {
      if (name == "_id" || name == "_index" || name == "_routing" || type != nullptr) multiply(out, name, weight);
      continue;
    }
    if (type == nullptr || type->kind == FieldKind::kObject || type->kind == FieldKind::kNested) continue;
    if (!all_types && !takes_terms(binder, *type)) continue;
    const bool has_own = type->kind != FieldKind::kFlatObject && std::find(names.begin(), names.end(), type->path) != names.end();
    multiply(out, has_own ? type->path : name, weight);
  }
  order_as_java(out);
  return out;
}

namespace {

void check_field_count(size_t count) {
  if (count <= kMaxClauses) return;
  throw ApiError(illegal_argument("field expansion matches too many fields, limit: 1024, got: " + std::to_string(count)));
}

}  // namespace

FieldWeights resolve_fields(Binder& binder, const FieldWeights& fields, const std::string& suffix) {
  FieldWeights out;
  for (const auto& [pattern, weight] : fields) {
    for (const auto& [name, boost] : resolve_field(binder, pattern, weight, !is_pattern(pattern), pattern != "*", suffix)) {
      multiply(out, name, boost);
    }
  }
  check_field_count(out.size());
  order_as_java(out);
  return out;
}

FieldWeights default_fields(Binder& binder) {
  FieldWeights out;
  for (const std::string& name : binder.searcher.settings().query_default_field) out.push_back(split_weight(name));
  return out;
}

bool has_all_fields(const FieldWeights& fields) {
  return std::any_of(fields.begin(), fields.end(), [](const auto& field) { return field.first == "*"; });
}

namespace {

MatchKind match_kind(MultiMatchType type) {
  switch (type) {
    case MultiMatchType::kPhrase: return MatchKind::kPhrase;
    case MultiMatchType::kPhrasePrefix: return MatchKind::kPhrasePrefix;
    case MultiMatchType::kBoolPrefix: return MatchKind::kBoolPrefix;
    default: return MatchKind::kBoolean;
  }
}

/// Fields of one analyzer, searched as if they were one (MultiMatchQuery's BlendedQueryBuilder).
class BlendedBuilder final : public MatchBuilder {
 public:
  BlendedBuilder(Binder& binder, std::vector<BlendedField> fields, const Analyzer* analyzer, const MatchOptions& options,
                 float tie_breaker)
      : MatchBuilder(binder, *fields[0].field, fields[0].field->path, analyzer, options), fields_(std::move(fields)),
        tie_breaker_(tie_breaker) {}

 protected:
  LuceneQueryPtr new_term(const std::string& term) override { return new_synonym({term}); }
  LuceneQueryPtr new_synonym(const std::vector<std::string>& terms) override {
    std::vector<BlendedTerm> blended;
    std::vector<LuceneQueryPtr> others;
    for (const BlendedField& field : fields_) {
      for (const std::string& term : terms) {
        if (is_text_like(*field.field)) {
          blended.push_back({field.field, term, field.boost});
          continue;
        }
        others.push_back(tried(field.field->path, options_.lenient, [&] {
          return lucene_boost(lucene_term(binder_, field.field->path, term), field.boost);
        }));
      }
    }
    if (!blended.empty()) {
      std::string text;
      for (const BlendedTerm& term : blended) {
        const std::string own = term.field->path + ":" + term.term;
        text += (text.empty() ? "" : ", ") + (term.boost == 1 ? own : "(" + own + ")^" + java_float(term.boost));
      }
      const float tie_breaker = tie_breaker_;
      others.push_back(lucene_leaf([blended, tie_breaker](Binder& b, float boost) {
        return blended_plan(b, blended, tie_breaker, boost);
      }, LeafText("blended(terms:[" + text + "])", "BlendedTermQuery")));
    }
    return best_of(std::move(others), tie_breaker_);
  }
  LuceneQueryPtr new_prefix(const std::string& term) override {
    std::vector<LuceneQueryPtr> queries;
    for (const BlendedField& field : fields_) {
      queries.push_back(lucene_boost(lucene_prefix(binder_, field.field->path, term, {}), field.boost));
    }
    return std::make_shared<LuceneDisMax>(std::move(queries), tie_breaker_);
  }
  LuceneQueryPtr new_phrase(const std::vector<QueryToken>& tokens, int slop) override {
    std::vector<LuceneQueryPtr> queries;
    for (const BlendedField& field : fields_) {
      std::vector<LucenePhrase::Place> places;
      int position = -1;
      for (const QueryToken& token : tokens) {
        position += token.increment;
        if (token.increment > 0 || places.empty()) places.push_back({{}, position});
        places.back().terms.push_back(token.term);
      }
      queries.push_back(lucene_boost(std::make_shared<LucenePhrase>(*field.field, std::move(places), slop), field.boost));
    }
    return std::make_shared<LuceneDisMax>(std::move(queries), tie_breaker_);
  }

 private:
  std::vector<BlendedField> fields_;
  float tie_breaker_;
};

std::vector<LuceneQueryPtr> cross_fields(Binder& binder, const FieldWeights& fields, const std::string& text,
                                         const MatchOptions& options, float tie_breaker) {
  struct Group {
    const Analyzer* analyzer;
    std::vector<BlendedField> fields;
  };
  std::vector<Group> groups;
  for (const auto& [name, boost] : fields) {
    const FieldType* field = binder.mapping().find(name);
    if (field == nullptr || field->kind == FieldKind::kMetadata) continue;
    const Analyzer* analyzer = match_analyzer(binder, *field, options);
    auto group = std::find_if(groups.begin(), groups.end(), [&](const Group& g) { return g.analyzer == analyzer; });
    if (group == groups.end()) group = groups.insert(groups.end(), Group{analyzer, {}});
    group->fields.push_back({field, boost});
  }
  std::vector<LuceneQueryPtr> out;
  for (const Group& group : groups) {
    LuceneQueryPtr query;
    if (group.fields.size() == 1) {
      const FieldType& field = *group.fields[0].field;
      query = MatchBuilder(binder, field, field.path, group.analyzer, options).build(text);
    } else {
      query = BlendedBuilder(binder, group.fields, group.analyzer, options, tie_breaker).build(text);
    }
    if (!query) query = zero_terms_query(options);
    if (!query) continue;
    query = with_minimum(std::move(query), options.minimum_should_match);
    out.push_back(group.fields.size() == 1 ? lucene_boost(std::move(query), group.fields[0].boost) : std::move(query));
  }
  return out;
}

}  // namespace

LuceneQueryPtr multi_match_query(Binder& binder, MultiMatchType type, const FieldWeights& fields, const std::string& text,
                                 const MatchOptions& given, std::optional<float> tie) {
  const auto is_mapped = [&](const std::string& name) { return name.starts_with('_') || binder.mapping().find(name) != nullptr; };
  if (std::none_of(fields.begin(), fields.end(), [&](const auto& field) { return is_mapped(field.first); })) {
    std::string names;
    for (const auto& [name, boost] : fields) names += (names.empty() ? "" : ", ") + name;
    return lucene_none("unmapped fields [" + names + "]");
  }
  const float tie_breaker = tie.value_or(tie_breaker_of(type));
  MatchOptions options = given;
  options.kind = match_kind(type);
  std::vector<LuceneQueryPtr> queries;
  if (type == MultiMatchType::kCrossFields && given.cutoff) {
    not_implemented("[multi_match] cutoff_frequency of [cross_fields] is not supported yet");
  }
  if (type == MultiMatchType::kCrossFields) {
    queries = cross_fields(binder, fields, text, options, tie_breaker);
  } else {
    for (const auto& [name, boost] : fields) {
      if (!is_mapped(name)) continue;
      auto query = match_query(binder, name, text, options);
      if (!query) continue;
      query = with_minimum(std::move(query), options.minimum_should_match);
      const bool none = dynamic_cast<const LuceneNone*>(query.get()) != nullptr;
      queries.push_back(none ? std::move(query) : lucene_boost(std::move(query), boost));
    }
  }
  return queries.empty() ? zero_terms_query(options) : best_of(std::move(queries), tie_breaker);
}

}  // namespace tarn::query

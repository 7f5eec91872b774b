#include "query/text/combined_fields.h"

#include "query/bind/field_queries.h"
#include "query/bind/values.h"
#include "query/dsl/clause.h"
#include "query/dsl/match_members.h"
#include "query/lucene/multi_match.h"

namespace tarn::query {

namespace {

using Fields = std::vector<std::pair<const FieldType*, float>>;

class CombinedBuilder final : public MatchBuilder {
 public:
  CombinedBuilder(Binder& binder, Fields fields, const Analyzer* analyzer, const MatchOptions& options)
      : MatchBuilder(binder, *fields[0].first, fields[0].first->path, analyzer, options), fields_(std::move(fields)) {}

 protected:
  LuceneQueryPtr new_synonym(const std::vector<std::string>& terms) override {
    std::vector<LuceneClause> clauses;
    for (const std::string& term : terms) clauses.push_back({new_term(term), Occur::kShould});
    return std::make_shared<LuceneBool>(std::move(clauses));
  }
  LuceneQueryPtr new_term(const std::string& term) override {
    std::string names;
    for (const auto& [field, weight] : fields_) {
      names += (names.empty() ? "" : " ") + field->path + (weight == 1 ? "" : "^" + java_float(weight));
    }
    const Fields fields = fields_;
    return lucene_leaf(
        [fields, term](Binder& binder, float boost) { return combined_fields_plan(binder, fields, {term}, boost); },
        LeafText("CombinedFieldQuery((" + names + ")(" + term + "))", "CombinedFieldQuery"));
  }
  LuceneQueryPtr new_phrase(const std::vector<QueryToken>& tokens, int slop) override {
    std::vector<LuceneClause> clauses;
    for (const auto& [field, weight] : fields_) {
      std::vector<LucenePhrase::Place> places;
      int position = -1;
      for (const QueryToken& token : tokens) {
        position += token.increment;
        if (token.increment > 0 || places.empty()) places.push_back({{}, position});
        places.back().terms.push_back(token.term);
      }
      clauses.push_back({lucene_boost(std::make_shared<LucenePhrase>(*field, std::move(places), slop), weight), Occur::kShould});
    }
    return std::make_shared<LuceneBool>(std::move(clauses));
  }

 private:
  Fields fields_;
};

struct CombinedFieldsClause final : Query {
  FieldWeights fields;
  std::string text;
  MatchOptions options;

  PlanPtr bind(Binder& binder, float boost) const override { return lucene(binder)->plan(binder, boost); }
  LuceneQueryPtr lucene(Binder& binder) const override {
    Fields found;
    const Analyzer* analyzer = nullptr;
    for (const auto& [name, weight] : resolve_fields(binder, fields)) {
      const FieldType* field = binder.mapping().find(name);
      if (field == nullptr) continue;
      if (field->kind != FieldKind::kText) {
        throw ApiError(illegal_argument("Field [" + field->path + "] of type [" + std::string(kind_name(field->kind)) +
                                        "] does not support [combined_fields] queries"));
      }
      const Analyzer* own = match_analyzer(binder, *field, options);
      if (analyzer != nullptr && own != analyzer) {
        throw ApiError(illegal_argument("All fields in [combined_fields] query must have the same search analyzer"));
      }
      analyzer = own;
      if (weight < 1) throw ApiError(illegal_argument("weight must be greater or equal to 1"));
      if (!found.empty() && found[0].first->norms != field->norms) {
        throw ApiError(illegal_argument("[CombinedFieldQuery] requires norms to be consistent across fields: some fields cannot "
                                        "have norms enabled, while others have norms disabled"));
      }
      found.emplace_back(field, weight);
    }
    if (found.empty()) return lucene_none("No fields with positive weights");
    auto query = CombinedBuilder(binder, std::move(found), analyzer, options).build(text);
    return query ? with_minimum(std::move(query), options.minimum_should_match) : zero_terms_query(options);
  }
};

}  // namespace

std::shared_ptr<Query> parse_combined_fields(const Json& body) {
  auto query = std::make_shared<CombinedFieldsClause>();
  query->options.clause = "combined_fields";
  query->options.synonym_phrases = false;  // the words of a synonym must all be there, in any order
  bool given = false;
  for (const auto& [key, value] : body.items()) {
    if (key == "query") {
      query->text = read_text(value);
      given = true;
    } else if (key == "fields") {
      if (value.is_string()) query->fields.push_back(split_weight(read_text(value)));
      if (value.is_array()) {
        for (const Json& field : value) query->fields.push_back(split_weight(read_text(field)));
      }
    } else if (key == "operator") {
      query->options.conjunction = read_operator(value);
    } else if (key == "minimum_should_match") {
      if (!value.is_null()) query->options.minimum_should_match = read_text(value);
    } else if (!read_common(*query, key, value)) {
      throw ApiError(400, "x_content_parse_exception", "[combined_fields] unknown field [" + key + "]");
    }
  }
  if (!given) throw ApiError(illegal_argument("Required [query]"));
  return query;
}

}  // namespace tarn::query

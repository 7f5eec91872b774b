#include "query/lucene/describe.h"
#include "query/lucene/more_like_this.h"

#include <algorithm>

#include "indexer/catalog.h"
#include "query/bind/field_queries.h"
#include "query/bind/values.h"
#include "query/dsl/clause.h"
#include "query/fetch/source_fields.h"
#include "query/lucene/match_builder.h"
#include "query/lucene/multi_match.h"

namespace tarn::query {

namespace {

/// A document that is named or given.
struct LikeItem {
  std::string index, id, routing;
  std::optional<Json> doc;
  std::vector<std::string> fields;
};

struct MoreLikeThisClause final : Query {
  std::optional<std::vector<std::string>> fields;
  std::vector<std::string> like_texts, unlike_texts;
  std::vector<LikeItem> like_items, unlike_items;
  MoreLikeThisOptions options;
  std::string analyzer;
  bool include = false, fail_on_unsupported = true;

  PlanPtr bind(Binder& binder, float boost) const override { return chosen_terms(binder)->plan(binder, boost); }
  LuceneQueryPtr lucene(Binder& binder) const override {
    LuceneQueryPtr terms = chosen_terms(binder);
    if (terms->type() == "MatchNoDocsQuery") return terms;
    const auto make = [this](Binder& b, float boost) { return bind(b, boost); };
    std::string shown = like_texts.empty() ? "like:null" : "like:[";
    for (size_t i = 0; i < like_texts.size(); ++i) shown += (i > 0 ? ", " : "") + like_texts[i];
    if (!like_texts.empty()) shown += ']';
    LeafText text(shown, "MoreLikeThisQuery");
    if (like_items.empty()) {
      text.rewritten = std::move(terms);
      return lucene_leaf(make, std::move(text));
    }
    std::vector<LuceneClause> clauses = {{lucene_leaf(make, std::move(text)), Occur::kShould}};
    const std::vector<std::string> excluded = excluded_ids(binder);
    if (!excluded.empty()) clauses.push_back({described_ids(excluded, make), Occur::kMustNot});
    return std::make_shared<LuceneBool>(std::move(clauses));
  }
  /// What finds documents like those: their best terms, themselves left out.
  LuceneQueryPtr chosen_terms(Binder& binder) const;
  std::vector<std::string> excluded_ids(Binder& binder) const {
    std::vector<std::string> out;
    for (const LikeItem& item : like_items) {
      const bool here = item.index.empty() || item.index == binder.searcher.index_name();
      if (!include && !item.doc && here) out.push_back(item.id);
    }
    return out;
  }

 private:
  std::vector<std::string> usable_fields(Binder& binder) const;
  std::map<std::string, TermCounts> terms_of(Binder& binder, const std::vector<LikeItem>& items,
                                             const std::vector<std::string>& names) const;
  void count_text(Binder& binder, const std::string& path, const std::string& text, TermCounts& counts) const;
};

bool is_supported(const FieldType& field) { return field.kind == FieldKind::kText || is_keyword_like(field); }

std::vector<std::string> MoreLikeThisClause::usable_fields(Binder& binder) const {
  std::vector<std::string> out;
  if (!fields) {
    for (const auto& [name, weight] : default_fields(binder)) out.push_back(name);
  } else {
    for (const std::string& name : *fields) {
      const FieldType* field = binder.mapping().find(name);
      out.push_back(field == nullptr ? name : field->path);
    }
  }
  std::erase_if(out, [&](const std::string& name) {
    const FieldType* field = binder.mapping().find(name);
    if (field == nullptr || is_supported(*field)) return false;
    if (fail_on_unsupported) throw ApiError(illegal_argument("more_like_this only supports text/keyword fields: [" + name + "]"));
    return true;
  });
  return out;
}

void count_tokens(const Analyzer* analyzer, const std::string& text, TermCounts& counts) {
  if (analyzer == nullptr) {
    ++counts[text];
    return;
  }
  constexpr int kTokensMax = 5000;  // MoreLikeThis.DEFAULT_MAX_NUM_TOKENS_PARSED
  TokenBuffer tokens;
  analyzer->analyze(text, tokens);
  int seen = 0;
  for (const Token& token : tokens.tokens) {
    if (++seen > kTokensMax) break;
    ++counts[std::string(token.term)];
  }
}

void MoreLikeThisClause::count_text(Binder& binder, const std::string& path, const std::string& text, TermCounts& counts) const {
  const FieldType* field = binder.mapping().find(path);
  const Analyzer* chosen = analyzer.empty() ? nullptr : binder.mapping().analysis().find_analyzer(analyzer);
  if (chosen == nullptr && field != nullptr && is_text_like(*field)) {
    chosen = field->search_analyzer != nullptr ? field->search_analyzer : field->index_analyzer;
  }
  const std::string own = field != nullptr && is_keyword_like(*field) && chosen == nullptr ? normalized(*field, text) : text;
  count_tokens(chosen, own, counts);
}

std::map<std::string, TermCounts> MoreLikeThisClause::terms_of(Binder& binder, const std::vector<LikeItem>& items,
                                                               const std::vector<std::string>& names) const {
  std::map<std::string, TermCounts> out;
  for (const LikeItem& item : items) {
    Json source;
    const Mapping* mapping = &binder.mapping();
    std::shared_ptr<const Searcher> other;
    if (item.doc) {
      source = *item.doc;
    } else {
      const bool same = item.index.empty() || item.index == binder.searcher.index_name();
      if (same) {
        const auto found = binder.searcher.find(item.id);
        if (!found) continue;
        source = parse_json(binder.searcher.fetch(*found).source);
      } else {
        if (binder.context.catalog == nullptr) continue;
        try {
          std::string routing = item.routing;
          const auto index = binder.context.catalog->resolve_single(item.index, &routing);
          const auto found = index->get(item.id);
          if (!found) continue;
          source = parse_json(found->source);
        } catch (const ApiError& error) {
          if (error.error().status == 404) continue;  // an index that is gone has no such document
          throw;
        }
      }
    }
    std::vector<std::string> wanted = item.fields.empty() ? names : item.fields;
    if (item.fields.empty() && !fields) wanted = {"*"};
    for (const std::string& pattern : wanted) {
      std::vector<const FieldType*> types;
      if (pattern.find('*') != std::string::npos) {
        types = mapping->match(pattern);
      } else if (const FieldType* type = mapping->find(pattern)) {
        types.push_back(type);
      }
      for (const FieldType* type : types) {
        if (!is_supported(*type)) continue;
        // A multi-field reads the values of the field around it.
        std::string path = type->path;
        if (type->is_multi_field) path = path.substr(0, path.rfind('.'));
        std::vector<const Json*> values;
        collect_source_values(source, path, values);
        for (const Json* value : values) {
          if (value->is_null() || value->is_object()) continue;
          const std::string text = scalar_text(*value);
          TermCounts& counts = out[type->path];
          if (is_keyword_like(*type)) {
            ++counts[normalized(*type, text)];
          } else {
            count_tokens(type->index_analyzer, text, counts);
          }
        }
      }
    }
  }
  return out;
}

LuceneQueryPtr MoreLikeThisClause::chosen_terms(Binder& binder) const {
  const std::vector<std::string> names = usable_fields(binder);
  if (names.empty()) return lucene_none("no fields");
  if (!like_texts.empty() && !fields) {
    const bool known = std::any_of(names.begin(), names.end(), [&](const std::string& name) { return binder.mapping().find(name); });
    if (!known) {
      throw ApiError(illegal_argument(
          "[more_like_this] query cannot infer the field to analyze the free text, you should update the "
          "[index.query.default_field] index setting to a field that exists in the mapping or set the [fields] option in the "
          "query."));
    }
  }
  std::map<std::string, TermCounts> skipped = terms_of(binder, unlike_items, names);
  for (const std::string& text : unlike_texts) count_text(binder, names[0], text, skipped[names[0]]);
  const auto without_skipped = [&](const std::string& field, TermCounts counts) {
    const auto skip = skipped.find(field);
    if (skip != skipped.end()) std::erase_if(counts, [&](const auto& entry) { return skip->second.contains(entry.first); });
    return counts;
  };
  std::vector<LuceneClause> likes;
  if (!like_items.empty()) {
    std::vector<TermCounts> counts;
    std::vector<std::vector<std::string>> fields_of;
    for (const auto& [field, terms] : terms_of(binder, like_items, names)) {
      counts.push_back(without_skipped(field, terms));
      fields_of.push_back({field});
    }
    likes.push_back({more_like_this_query(binder, counts, fields_of, options), Occur::kShould});
  }
  if (!like_texts.empty()) {
    TermCounts counts;
    for (const std::string& text : like_texts) count_text(binder, names[0], text, counts);
    likes.push_back({more_like_this_query(binder, {without_skipped(names[0], counts)}, {names}, options), Occur::kShould});
  }
  auto query = std::make_shared<LuceneBool>(std::move(likes));
  const std::vector<std::string> excluded = excluded_ids(binder);
  if (excluded.empty()) return query;
  auto ids = described_ids(excluded, [excluded](Binder& b, float boost) { return ids_plan(b, excluded, boost); });
  return std::make_shared<LuceneBool>(std::vector<LuceneClause>{{query, Occur::kShould}, {std::move(ids), Occur::kMustNot}});
}

LikeItem read_item(const Json& json) {
  LikeItem out;
  for (const auto& [key, value] : json.items()) {
    if (key == "_index") {
      out.index = read_text(value);
    } else if (key == "_id") {
      out.id = read_text(value);
    } else if (key == "doc") {
      out.doc = value;
    } else if (key == "fields") {
      if (!value.is_array()) {
        throw ApiError(400, "parse_exception", "failed to parse More Like This item. field [fields] must be an array");
      }
      for (const Json& field : value) out.fields.push_back(read_text(field));
    } else if (key == "routing" || key == "_routing") {
      out.routing = value.is_null() ? std::string() : read_text(value);
    } else if (key == "per_field_analyzer" || key == "perFieldAnalyzer" || key == "version" || key == "_version" ||
               key == "version_type" || key == "_version_type") {
      not_implemented("[more_like_this] items with [" + key + "] are not supported yet");
    } else {
      throw ApiError(400, "parse_exception", "failed to parse More Like This item. unknown field [" + key + "]");
    }
  }
  if (!out.id.empty() && out.doc) {
    throw ApiError(400, "parse_exception", "failed to parse More Like This item. either [id] or [doc] can be specified, but not both!");
  }
  return out;
}

void read_like(const Json& value, std::vector<std::string>& texts, std::vector<LikeItem>& items) {
  if (value.is_array()) {
    for (const Json& item : value) read_like(item, texts, items);
  } else if (value.is_object()) {
    items.push_back(read_item(value));
  } else if (!value.is_null()) {
    texts.push_back(scalar_text(value));
  } else {
    throw ApiError(illegal_argument("Content of 'like' parameter should either be a string or an object"));
  }
}

bool read_number(MoreLikeThisClause& query, std::string_view key, const Json& value) {
  MoreLikeThisOptions& o = query.options;
  const std::pair<std::string_view, int*> numbers[] = {
      {"max_query_terms", &o.max_query_terms}, {"min_term_freq", &o.min_term_freq},     {"min_doc_freq", &o.min_doc_freq},
      {"max_doc_freq", &o.max_doc_freq},       {"min_word_length", &o.min_word_length}, {"max_word_length", &o.max_word_length}};
  for (const auto& [name, out] : numbers) {
    if (name != key) continue;
    *out = read_int(value);
    return true;
  }
  return false;
}

}  // namespace

std::shared_ptr<Query> parse_more_like_this(const Json& body) {
  auto query = std::make_shared<MoreLikeThisClause>();
  for (const auto& [key, value] : body.items()) {
    if (key == "fields") {
      if (!value.is_array()) unsupported_member("mlt", key, value);
      query->fields.emplace();
      for (const Json& field : value) query->fields->push_back(read_text(field));
    } else if (key == "like") {
      read_like(value, query->like_texts, query->like_items);
    } else if (key == "unlike") {
      read_like(value, query->unlike_texts, query->unlike_items);
    } else if (key == "stop_words") {
      if (!value.is_array()) unsupported_member("mlt", key, value);
      for (const Json& word : value) query->options.stop_words.insert(read_text(word));
    } else if (read_number(*query, key, value)) {
      continue;
    } else if (key == "analyzer") {
      query->analyzer = read_text(value);
    } else if (key == "minimum_should_match") {
      query->options.minimum_should_match = read_text(value);
    } else if (key == "boost_terms") {
      query->options.boost_terms = read_float(value);
    } else if (key == "include") {
      query->include = read_bool(value);
    } else if (key == "fail_on_unsupported_field") {
      query->fail_on_unsupported = read_bool(value);
    } else if (!read_common(*query, key, value)) {
      unsupported_member("mlt", key, value);
    }
  }
  if (query->like_texts.empty() && query->like_items.empty()) {
    fail_parse("more_like_this requires 'like' to be specified");
  }
  if (query->fields && query->fields->empty()) fail_parse("more_like_this requires 'fields' to be non-empty");
  if (query->options.max_query_terms <= 0) {
    throw ApiError(illegal_argument("requires 'maxQueryTerms' to be greater than 0"));
  }
  if (query->options.boost_terms < 0) query->options.boost_terms = 0;
  return query;
}

}  // namespace tarn::query

#include "query/suggest/suggest.h"

#include "indexer/analysis/text.h"
#include "indexer/base/json_location.h"
#include "query/dsl/clause.h"
#include "query/suggest/clauses.h"

namespace tarn::query {

const FieldType& Suggester::require_field(const SearchTarget& target) const {
  const FieldType* type = target.searcher->mapping().find(field);
  if (type == nullptr) throw ApiError(illegal_argument("no mapping found for field [" + field + "]"));
  return *type;
}

void Suggester::require_text() const {
  if (!text && !prefix) throw ApiError(illegal_argument("The required text option is missing"));
}

bool read_suggester_option(const std::string& key, const Json& value, Suggester& out) {
  if (key == "field") {
    out.field = read_text(value);
  } else if (key == "analyzer") {
    out.analyzer = read_text(value);
  } else if (key == "size") {
    out.size = read_int(value);
    if (out.size <= 0) throw ApiError(illegal_argument("size must be positive"));
  } else if (key == "shard_size") {
    out.shard_size = read_int(value);
    if (out.shard_size <= 0) throw ApiError(illegal_argument("shardSize must be positive"));
  } else {
    return false;
  }
  return true;
}

const Analyzer& suggest_analyzer(const Suggester& suggester, const SearchTarget& target, const FieldType& field) {
  const AnalysisRegistry& analysis = target.searcher->mapping().analysis();
  if (!suggester.analyzer.empty()) {
    const Analyzer* named = analysis.find_analyzer(suggester.analyzer);
    if (named == nullptr) throw ApiError(illegal_argument("analyzer [" + suggester.analyzer + "] doesn't exists"));
    return *named;
  }
  if (field.search_analyzer != nullptr) return *field.search_analyzer;
  return *analysis.find_analyzer("keyword");
}

int64_t unit_offset(std::string_view text, size_t byte) {
  return static_cast<int64_t>(analysis::utf16_length(text.substr(0, byte)));
}

namespace {

std::unique_ptr<Suggester> parse_one(const std::string& name, const Json& body) {
  std::unique_ptr<Suggester> out;
  std::optional<std::string> text, prefix, regex;
  for (const auto& [key, value] : body.items()) {
    if (!value.is_object()) {
      if (value.is_array()) throw ApiError(parsing_exception("unexpected token [START_ARRAY] after [" + key + "]"));
      if (key == "text") text = read_text(value);
      else if (key == "prefix") prefix = read_text(value);
      else if (key == "regex") regex = read_text(value);
      else throw ApiError(illegal_argument("[suggestion] does not support [" + key + "]"));
    } else if (key == "term") {
      out = parse_term_suggester(value);
    } else if (key == "phrase") {
      out = parse_phrase_suggester(value);
    } else if (key == "completion") {
      out = parse_completion_suggester(value);
    } else {
      throw ApiError(400, "named_object_not_found_exception", value_location(value) + "unknown field [" + key + "]");
    }
  }
  if (!out) throw ApiError(parsing_exception("missing suggestion object"));
  if (out->field.empty()) throw ApiError(400, "parse_exception", "the required field option [field] is missing");
  out->name = name;
  out->text = std::move(text);
  out->prefix = std::move(prefix);
  out->regex = std::move(regex);
  return out;
}

}  // namespace

std::shared_ptr<const SuggestClause> parse_suggest(const Json& body) {
  auto out = std::make_shared<SuggestClause>();
  std::optional<std::string> text;
  for (const auto& [key, value] : body.items()) {
    if (value.is_object()) {
      out->suggesters.push_back(parse_one(key, value));
    } else if (key == "text" && !value.is_array()) {
      text = read_text(value);
    } else {
      throw ApiError(illegal_argument("[suggest] does not support [" + key + "]"));
    }
  }
  for (auto& suggester : out->suggesters) {
    if (!suggester->text && !suggester->prefix && !suggester->regex) suggester->text = text;
  }
  return out;
}

std::shared_ptr<const SuggestClause> parse_uri_suggest(const std::string& field, const std::string& text, int64_t size,
                                                       const std::string& mode) {
  Json body = Json::object();
  body[field] = {{"text", text}, {"term", {{"field", field}, {"size", size}, {"suggest_mode", mode}}}};
  return parse_suggest(body);
}

void check_suggest(const SuggestClause& clause, const SearchTarget& target) {
  for (const auto& suggester : clause.suggesters) suggester->check(target);
}

void write_suggest(const SearchRequest& request, const std::vector<SearchTarget>& targets, const SearchContext& context,
                   JsonWriter& out) {
  out.begin_object();
  for (const auto& suggester : request.suggest->suggesters) {
    out.key(request.typed_keys ? std::string(suggester->type()) + "#" + suggester->name : suggester->name);
    suggester->write(targets, request, context, out);
  }
  out.end_object();
}

}  // namespace tarn::query

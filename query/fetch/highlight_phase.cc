#include "query/fetch/highlight_phase.h"

#include <algorithm>

#include "indexer/analysis/text.h"
#include "query/bind/field_queries.h"
#include "query/bind/values.h"
#include "query/dsl/clause.h"
#include "query/fetch/source_fields.h"

namespace tarn::query {

namespace {

bool can_highlight(const FieldType& type) { return is_text_like(type) || is_keyword_like(type); }

std::string parameter(const FieldType& type, const char* name) {
  const auto it = type.parameters.find(name);
  return it != type.parameters.end() && it->is_string() ? it->get<std::string>() : std::string();
}

bool has_vectors(const FieldType& type) {
  const std::string vectors = parameter(type, "term_vector");
  return vectors.starts_with("with_positions_offsets");
}

bool has_offsets(const FieldType& type) {
  const std::string vectors = parameter(type, "term_vector");
  return parameter(type, "index_options") == "offsets" || vectors.find("offsets") != std::string::npos;
}

HighlightSettings settings_of(const HighlightOptions& given, const FieldType& type, const std::string& name) {
  HighlightSettings out;
  if (given.pre_tags && !given.pre_tags->empty()) out.pre_tags = *given.pre_tags;
  if (given.post_tags && !given.post_tags->empty()) out.post_tags = *given.post_tags;
  out.fragment_size = given.fragment_size.value_or(out.fragment_size);
  out.number_of_fragments = given.number_of_fragments.value_or(out.number_of_fragments);
  if (out.number_of_fragments < 0) out.number_of_fragments = 5;  // -1 stands for "not given"
  if (out.fragment_size < 0) out.fragment_size = 100;
  out.fragment_offset = given.fragment_offset.value_or(-1);
  out.no_match_size = given.no_match_size.value_or(0);
  out.boundary_max_scan = given.boundary_max_scan.value_or(20);
  out.phrase_limit = given.phrase_limit.value_or(256);
  out.score_ordered = given.score_ordered.value_or(false);
  out.html = given.html.value_or(false);
  out.boundary_chars = given.boundary_chars.value_or(out.boundary_chars);
  out.scanner = given.boundary_scanner.value_or(BoundaryScanner::kDefault);
  out.true_freqs = has_offsets(type);
  const std::string fragmenter = given.fragmenter.value_or("span");
  if (fragmenter != "simple" && fragmenter != "span") {
    throw ApiError(illegal_argument("unknown fragmenter option [" + fragmenter + "] for the field [" + name + "]"));
  }
  out.simple_fragmenter = fragmenter == "simple";
  return out;
}

}  // namespace

HighlightPhase::HighlightPhase(const HighlightClause& clause, const Plan& plan, Binder& binder)
    : index_(binder.searcher.index_name()) {
  const auto limit = binder.searcher.settings().flat.find("index.highlight.max_analyzed_offset");
  max_analyzed_offset_ = 1000000;
  if (limit != binder.searcher.settings().flat.end()) {
    max_analyzed_offset_ = std::strtoll(limit->is_string() ? limit->get<std::string>().c_str() : limit->dump().c_str(), nullptr, 10);
  }
  const QueryTerms terms(plan);
  for (const HighlightField& wanted : clause.fields) {
    std::vector<std::pair<std::string, const FieldType*>> names;
    const bool pattern = wanted.name.find('*') != std::string::npos;
    if (pattern) {
      for (const FieldType* type : binder.mapping().match(wanted.name)) {
        if (type->kind == FieldKind::kText || type->kind == FieldKind::kKeyword || type->kind == FieldKind::kMatchOnlyText) {
          names.emplace_back(type->path, type);
        }
      }
    } else if (const FieldType* type = binder.mapping().find(wanted.name)) {
      names.emplace_back(wanted.name, type);
    }
    for (const auto& [name, type] : names) {
      Field field;
      field.name = name;
      field.type = type;
      field.kind = wanted.options.type.value_or("unified");
      if (field.kind == "fast-vector-highlighter") field.kind = "fvh";
      if (field.kind != "unified" && field.kind != "plain" && field.kind != "fvh") {
        throw ApiError(illegal_argument("unknown highlighter type [" + field.kind + "] for the field [" + name + "]"));
      }
      if (field.kind == "fvh" && !has_vectors(*type)) {
        if (pattern) continue;
        throw ApiError(illegal_argument("the field [" + name + "] should be indexed with term vector with position offsets to be "
                                        "used with fast vector highlighter"));
      }
      if (!can_highlight(*type)) continue;
      field.settings = settings_of(wanted.options, *type, name);
      field.max_analyzer_offset = wanted.options.max_analyzer_offset.value_or(-1);
      const bool own_fields = wanted.options.require_field_match.value_or(true);
      std::optional<QueryTerms> other;
      if (wanted.options.query) {
        Binder fresh{binder.searcher, binder.context, {}, {}};
        fresh.nested_scope = binder.nested_scope;
        other.emplace(*bind(*wanted.options.query, fresh));
      }
      const QueryTerms& looked_for = other ? *other : terms;
      field.terms = own_fields ? looked_for.of(type->path) : looked_for.all();
      if (field.kind != "plain") {
        for (const std::string& matched : wanted.matched_fields) {
          for (const FieldType* one : matched.find('*') != std::string::npos
                                          ? binder.mapping().match(matched)
                                          : std::vector<const FieldType*>{binder.mapping().find(matched)}) {
            if (one == nullptr || one == type) continue;
            if (field.kind == "fvh" && !has_vectors(*one)) {
              throw ApiError(illegal_argument("the field [" + one->path + "] should be indexed with term vector with position offsets "
                                              "to be used with fast vector highlighter"));
            }
            field.matched.emplace_back(one, own_fields ? looked_for.of(one->path) : looked_for.all());
          }
        }
      }
      fields_.push_back(std::move(field));
    }
  }
}

std::vector<std::string> HighlightPhase::fragments(const Field& field, const Json& source, std::string_view prefix,
                                                   const std::string& id) const {
  std::string path = field.type->is_multi_field ? field.type->path.substr(0, field.type->path.rfind('.')) : field.type->path;
  if (!prefix.empty() && path.starts_with(prefix)) path.erase(0, prefix.size());
  std::vector<const Json*> found;
  collect_source_values(source, path, found);
  std::vector<std::string> values;
  for (const Json* value : found) {
    if (value->is_object() || value->is_null()) continue;
    std::string text = scalar_text(*value);
    if (is_keyword_like(*field.type) && analysis::utf16_length(text) > field.type->ignore_above) continue;
    const bool analyzes = field.kind == "plain" || (field.kind == "unified" && !field.settings.true_freqs);
    if (field.kind == "plain" && field.max_analyzer_offset >= 0) {
      text.resize(analysis::bytes_of_units(text, static_cast<size_t>(field.max_analyzer_offset)));
    }
    if (field.max_analyzer_offset < 0 && analyzes && !field.terms.empty()) {
      const auto length = static_cast<int64_t>(analysis::utf16_length(text));
      if (length > max_analyzed_offset_) {
        throw ApiError(illegal_argument(
            "The length of [" + field.name + "] field of [" + id + "] doc of [" + index_ + "] index has exceeded [" +
            std::to_string(max_analyzed_offset_) + "] - maximum allowed to be analyzed for highlighting. This maximum can be set by "
            "changing the [index.highlight.max_analyzed_offset] index level setting. For large texts, indexing with offsets or term "
            "vectors is recommended!"));
      }
    }
    values.push_back(std::move(text));
  }
  if (values.empty()) return {};
  const FieldText text = analyze_values(*field.type, values, field.max_analyzer_offset);
  if (field.kind == "plain") return highlight_plain(text, field.terms, field.settings);
  std::vector<FieldText> texts;
  texts.reserve(field.matched.size());
  std::vector<MatchedText> matched = {{&text, &field.terms}};
  for (const auto& [type, terms] : field.matched) {
    texts.push_back(analyze_values(*type, values, -1));
    matched.push_back({&texts.back(), &terms});
  }
  return field.kind == "unified" ? highlight_unified(matched, field.settings) : highlight_vectors(matched, field.settings);
}

std::vector<std::pair<std::string, std::vector<std::string>>> HighlightPhase::show(const Json& source, std::string_view prefix,
                                                                                   const std::string& id) const {
  std::vector<std::pair<std::string, std::vector<std::string>>> shown;
  for (const Field& field : fields_) {
    auto found = fragments(field, source, prefix, id);
    if (!found.empty()) shown.emplace_back(field.name, std::move(found));
  }
  return shown;
}

void HighlightPhase::write(const Json& source, std::string_view prefix, const std::string& id, JsonWriter& out) const {
  write_highlights(show(source, prefix, id), out);
}

void write_highlights(const std::vector<std::pair<std::string, std::vector<std::string>>>& shown, JsonWriter& out) {
  if (shown.empty()) return;
  out.key("highlight").begin_object();
  for (const auto& [name, texts] : shown) {
    out.key(name).begin_array();
    for (const std::string& text : texts) out.string(text);
    out.end_array();
  }
  out.end_object();
}

}  // namespace tarn::query

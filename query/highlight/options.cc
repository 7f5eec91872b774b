#include "query/highlight/options.h"

#include <algorithm>

#include "indexer/base/json_location.h"
#include "query/dsl/clause.h"

namespace tarn::query {

namespace {

constexpr std::string_view kWhole = "highlight", kField = "highlight_field";

[[noreturn]] void unknown(std::string_view parser, const std::string& key, const Json& value) {
  throw ApiError(unknown_member(parser, key, value, {}));
}

template <class Read>
auto guarded(std::string_view parser, const std::string& key, const Json& value, Read&& read) {
  try {
    return read();
  } catch (const ApiError& error) {
    if (error.error().status == 501 || error.error().type == "parsing_exception") throw;
    throw ApiError(Error(400, "x_content_parse_exception",
                         value_location(value) + "[" + std::string(parser) + "] failed to parse field [" + key + "]")
                       .caused_by(error.error()));
  }
}

std::vector<std::string> read_list(const Json& value) {
  std::vector<std::string> out;
  if (value.is_array()) {
    for (const Json& item : value) out.push_back(read_text(item));
  } else {
    out.push_back(read_text(value));
  }
  return out;
}

BoundaryScanner read_scanner(const Json& value) {
  std::string text = read_text(value);
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  if (text == "CHARS") return BoundaryScanner::kChars;
  if (text == "WORD") return BoundaryScanner::kWord;
  if (text == "SENTENCE") return BoundaryScanner::kSentence;
  throw ApiError(illegal_argument(
      "No enum constant org.opensearch.search.fetch.subphase.highlight.HighlightBuilder.BoundaryScannerType." + text));
}

bool read_order(const Json& value) {
  std::string text = read_text(value);
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  if (text == "SCORE") return true;
  if (text == "NONE") return false;
  throw ApiError(illegal_argument("No enum constant org.opensearch.search.fetch.subphase.highlight.HighlightBuilder.Order." + text));
}

void read_schema(const Json& value, HighlightOptions& out) {
  const std::string name = read_text(value);
  if (name == "default") {
    out.pre_tags = {"<em>"};
    out.post_tags = {"</em>"};
  } else if (name == "styled") {
    out.pre_tags.emplace();
    for (int i = 1; i <= 10; ++i) out.pre_tags->push_back("<em class=\"hlt" + std::to_string(i) + "\">");
    out.post_tags = {"</em>"};
  } else {
    throw ApiError(illegal_argument("Unknown tag schema [" + name + "]"));
  }
}

/// The members that the whole and its fields share; false if `key` is none of them.
bool read_member(std::string_view parser, const std::string& key, const Json& value, HighlightOptions& out) {
  return guarded(parser, key, value, [&] {
    if (key == "pre_tags") out.pre_tags = read_list(value);
    else if (key == "post_tags") out.post_tags = read_list(value);
    else if (key == "order") out.score_ordered = read_order(value);
    else if (key == "fragment_size") out.fragment_size = read_int(value);
    else if (key == "number_of_fragments") out.number_of_fragments = read_int(value);
    else if (key == "require_field_match") out.require_field_match = read_bool(value);
    else if (key == "boundary_scanner") out.boundary_scanner = read_scanner(value);
    else if (key == "boundary_max_scan") out.boundary_max_scan = read_int(value);
    else if (key == "boundary_chars") out.boundary_chars = read_text(value);
    else if (key == "boundary_scanner_locale") read_text(value);  // the rules of Java are those of one locale
    else if (key == "type") out.type = read_text(value);
    else if (key == "fragmenter") out.fragmenter = read_text(value);
    else if (key == "no_match_size") out.no_match_size = read_int(value);
    else if (key == "force_source") out.force_source = read_bool(value);
    else if (key == "phrase_limit") out.phrase_limit = read_int(value);
    else if (key == "max_analyzer_offset") out.max_analyzer_offset = read_int(value);
    else if (key == "options") {
      if (!value.is_object()) throw ApiError(illegal_argument("expected an object"));
    } else if (key == "highlight_query") out.query = parse_query(value);
    else return false;
    return true;
  });
}

void check_tags(const HighlightOptions& options) {
  if (options.pre_tags && !options.post_tags) fail_parse("pre_tags are set but post_tags are not set");
}

HighlightField read_field(const std::string& name, const Json& body) {
  HighlightField out;
  out.name = name;
  if (!body.is_object()) {
    throw ApiError(400, "x_content_parse_exception", "[highlight] failed to parse field [fields]");
  }
  for (const auto& [key, value] : body.items()) {
    if (key == "fragment_offset") out.options.fragment_offset = guarded(kField, key, value, [&, &v = value] { return read_int(v); });
    else if (key == "matched_fields") out.matched_fields = guarded(kField, key, value, [&, &v = value] { return read_list(v); });
    else if (!read_member(kField, key, value, out.options)) unknown(kField, key, value);
  }
  check_tags(out.options);
  return out;
}

void read_fields(const Json& value, std::vector<HighlightField>& out) {
  const auto add_object = [&](const Json& object) {
    for (const auto& [name, body] : object.items()) out.push_back(read_field(name, body));
  };
  if (value.is_object()) {
    add_object(value);
  } else if (value.is_array()) {
    for (const Json& item : value) {
      if (!item.is_object() || item.size() != 1) {
        throw ApiError(400, "x_content_parse_exception",
                       "[highlight] [fields] can be a single object with any number of fields or an array where each entry is an "
                       "object with a single field");
      }
      add_object(item);
    }
  } else {
    throw ApiError(400, "x_content_parse_exception",
                   "[highlight] [fields] can be a single object with any number of fields or an array where each entry is an object "
                   "with a single field");
  }
}

template <class T>
void take(std::optional<T>& own, const std::optional<T>& other) {
  if (!own) own = other;
}

}  // namespace

HighlightOptions HighlightOptions::over(const HighlightOptions& d) const {
  HighlightOptions out = *this;
  if (!out.pre_tags) {
    out.pre_tags = d.pre_tags;
    out.post_tags = d.post_tags;
  }
  take(out.fragment_size, d.fragment_size);
  take(out.number_of_fragments, d.number_of_fragments);
  take(out.fragment_offset, d.fragment_offset);
  take(out.no_match_size, d.no_match_size);
  take(out.boundary_max_scan, d.boundary_max_scan);
  take(out.phrase_limit, d.phrase_limit);
  take(out.max_analyzer_offset, d.max_analyzer_offset);
  take(out.score_ordered, d.score_ordered);
  take(out.require_field_match, d.require_field_match);
  take(out.html, d.html);
  take(out.force_source, d.force_source);
  take(out.type, d.type);
  take(out.fragmenter, d.fragmenter);
  take(out.boundary_chars, d.boundary_chars);
  take(out.boundary_scanner, d.boundary_scanner);
  if (!out.query) out.query = d.query;
  return out;
}

HighlightClause parse_highlight(const Json& body) {
  HighlightClause out;
  HighlightOptions whole;
  for (const auto& [key, value] : body.items()) {
    if (key == "fields") {
      read_fields(value, out.fields);
    } else if (key == "tags_schema") {
      guarded(kWhole, key, value, [&, &v = value] { read_schema(v, whole); });
    } else if (key == "encoder") {
      const std::string name = guarded(kWhole, key, value, [&, &v = value] { return read_text(v); });
      whole.html = name == "html";
    } else if (key == "use_explicit_field_order") {
      guarded(kWhole, key, value, [&, &v = value] { read_bool(v); });
    } else if (!read_member(kWhole, key, value, whole)) {
      unknown(kWhole, key, value);
    }
  }
  check_tags(whole);
  for (HighlightField& field : out.fields) field.options = field.options.over(whole);
  return out;
}

}  // namespace tarn::query

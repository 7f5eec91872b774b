#include "server/api/bulk_request.h"

#include <simdjson.h>

#include <charconv>

#include <fmt/format.h>

#include "indexer/base/did_you_mean.h"

namespace tarn::server {
namespace {

namespace od = simdjson::ondemand;

od::parser& action_parser() {
  thread_local od::parser parser;
  return parser;
}

simdjson::padded_string_view padded(std::string_view text) {
  return simdjson::padded_string_view(text.data(), text.size(), text.size() + simdjson::SIMDJSON_PADDING);
}

[[noreturn]] void malformed(size_t line, std::string_view expected, std::string_view found) {
  throw ApiError(illegal_argument(
      fmt::format("Malformed action/metadata line [{}], expected {} but found [{}]", line, expected, found)));
}

/// XContent's name of the token that begins a value.
std::string_view token_name(od::value& value) {
  od::json_type type;
  if (value.type().get(type) != simdjson::SUCCESS) return "null";
  switch (type) {
    case od::json_type::array: return "START_ARRAY";
    case od::json_type::object: return "START_OBJECT";
    case od::json_type::number: return "VALUE_NUMBER";
    case od::json_type::string: return "VALUE_STRING";
    case od::json_type::boolean: return "VALUE_BOOLEAN";
    default: return "VALUE_NULL";
  }
}

/// A scalar as text, as XContentParser.text() gives it.
std::string scalar_text(od::value& value) {
  od::json_type type;
  if (value.type().get(type) != simdjson::SUCCESS) return "";
  if (type == od::json_type::string) {
    std::string_view text;
    if (value.get_string().get(text) == simdjson::SUCCESS) return std::string(text);
    return "";
  }
  std::string_view raw = value.raw_json_token();
  while (!raw.empty() && static_cast<unsigned char>(raw.back()) <= ' ') raw.remove_suffix(1);
  return std::string(raw);
}

int64_t scalar_long(od::value& value) {
  const std::string text = scalar_text(value);
  int64_t out = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error != std::errc() || end != text.data() + text.size()) {
    throw ApiError(illegal_argument(fmt::format("For input string: \"{}\"", text)));
  }
  return out;
}

bool scalar_bool(od::value& value) { return scalar_text(value) == "true"; }

/// Parameters of an action that need no thought, by name.
bool set_parameter(BulkItem& item, std::string_view key, od::value& value) {
  if (key == "_index") item.index = scalar_text(value);
  else if (key == "_id") {
    od::json_type type;
    item.has_id = value.type().get(type) == simdjson::SUCCESS && type != od::json_type::null;
    if (item.has_id) item.id = scalar_text(value);
  } else if (key == "routing" || key == "_routing") item.routing = scalar_text(value);
  else if (key == "op_type") {
    if (scalar_text(value) == "create") item.type = WriteType::kCreate;
  } else if (key == "version" || key == "_version") item.version = scalar_long(value);
  else if (key == "version_type" || key == "_version_type") item.version_type = parse_version_type(scalar_text(value));
  else if (key == "if_seq_no") item.if_seq_no = scalar_long(value);
  else if (key == "if_primary_term") item.if_primary_term = scalar_long(value);
  else if (key == "retry_on_conflict" || key == "_retry_on_conflict") item.retry_on_conflict = static_cast<int>(scalar_long(value));
  else if (key == "pipeline") {
    item.pipeline = scalar_text(value);
    item.has_pipeline = true;
  } else if (key == "require_alias") item.require_alias = scalar_bool(value);
  else return false;
  return true;
}

std::vector<std::string> strings_of(od::value& value) {
  std::vector<std::string> out;
  od::array array;
  if (value.get_array().get(array) != simdjson::SUCCESS) {
    out.push_back(scalar_text(value));
    return out;
  }
  for (auto element : array) {
    od::value item;
    if (element.get(item) == simdjson::SUCCESS) out.push_back(scalar_text(item));
  }
  return out;
}

SourceFilter parse_source_filter(od::value& value) {
  SourceFilter filter;
  od::json_type type;
  if (value.type().get(type) != simdjson::SUCCESS) return filter;
  if (type == od::json_type::boolean) {
    filter.fetch = scalar_bool(value);
  } else if (type == od::json_type::object) {
    for (auto field : value.get_object()) {
      std::string_view key = field.unescaped_key();
      od::value inner = field.value();
      if (key == "includes" || key == "include") filter.includes = strings_of(inner);
      if (key == "excludes" || key == "exclude") filter.excludes = strings_of(inner);
    }
  } else {
    filter.includes = strings_of(value);
  }
  return filter;
}

/// Walks the lines of a bulk body; a CR before the LF is not part of a line.
class Lines {
 public:
  explicit Lines(std::string_view body) : body_(body) {}
  bool next(std::string_view& line) {
    if (at_ >= body_.size()) return false;
    const size_t end = body_.find('\n', at_);
    if (end == std::string_view::npos) {
      throw ApiError(illegal_argument("The bulk request must be terminated by a newline [\\n]"));
    }
    line = body_.substr(at_, end - at_);
    if (line.ends_with('\r')) line.remove_suffix(1);
    at_ = end + 1;
    ++number_;
    return true;
  }
  size_t number() const { return number_; }

 private:
  std::string_view body_;
  size_t at_ = 0, number_ = 0;
};

bool is_blank(std::string_view line) { return line.find_first_not_of(" \t\r") == std::string_view::npos; }

WriteType action_type(std::string_view name, size_t line) {
  if (name == "index") return WriteType::kIndex;
  if (name == "create") return WriteType::kCreate;
  if (name == "update") return WriteType::kUpdate;
  if (name == "delete") return WriteType::kDelete;
  malformed(line, "one of [create, delete, index, update]", name);
}

void parse_action_parameters(simdjson::simdjson_result<od::field>& field, size_t number, BulkItem& item) {
  std::string_view name;
  if (field.unescaped_key().get(name) != simdjson::SUCCESS) {
    throw ApiError(Error(400, "json_parse_exception", "Unexpected character in an action line"));
  }
  item.type = action_type(name, number);
  od::value parameters;
  od::object inner;
  if (field.value().get(parameters) != simdjson::SUCCESS) malformed(number, "START_OBJECT", "null");
  if (parameters.get_object().get(inner) != simdjson::SUCCESS) malformed(number, "START_OBJECT", token_name(parameters));
  for (auto member : inner) {
    std::string_view key;
    od::value value;
    if (member.unescaped_key().get(key) != simdjson::SUCCESS || member.value().get(value) != simdjson::SUCCESS) {
      throw ApiError(Error(400, "json_parse_exception", fmt::format("Malformed action/metadata line [{}]", number)));
    }
    od::json_type value_type;
    if (value.type().get(value_type) != simdjson::SUCCESS) {
      throw ApiError(Error(400, "json_parse_exception", fmt::format("Malformed action/metadata line [{}]", number)));
    }
    const std::string key_text(key);
    if (key_text == "_source" && item.type == WriteType::kUpdate) {
      item.update.source = parse_source_filter(value);
    } else if (value_type == od::json_type::object || value_type == od::json_type::array) {
      throw ApiError(illegal_argument(fmt::format(
          "Malformed action/metadata line [{}], expected a simple value for field [{}] but found [{}]", number, key_text,
          token_name(value))));
    } else if (!set_parameter(item, key_text, value)) {
      throw ApiError(illegal_argument(
          fmt::format("Action/metadata line [{}] contains an unknown parameter [{}]", number, key_text)));
    }
  }
}

/// The usual action line, {"index":{"_id":"x","_index":"y"}}, without escapes, numbers or anything odd; false: look closer.
bool parse_plain_action(std::string_view line, BulkItem& item) {
  size_t at = 0;
  const auto skip = [&](char c) {
    while (at < line.size() && line[at] == ' ') ++at;
    return at < line.size() && line[at] == c ? (++at, true) : false;
  };
  const auto text = [&](std::string_view& out) {
    if (!skip('"')) return false;
    const size_t end = line.find('"', at);
    if (end == std::string_view::npos) return false;
    out = line.substr(at, end - at);
    at = end + 1;
    return out.find('\\') == std::string_view::npos;
  };
  std::string_view name, key, value;
  if (!skip('{') || !text(name) || !skip(':') || !skip('{')) return false;
  WriteType type = WriteType::kIndex;
  if (name == "index") type = WriteType::kIndex;
  else if (name == "create") type = WriteType::kCreate;
  else if (name == "update") type = WriteType::kUpdate;
  else if (name == "delete") type = WriteType::kDelete;
  else return false;
  std::string_view id, index, routing;
  bool has_id = false;
  if (!skip('}')) {
    do {
      if (!text(key) || !skip(':') || !text(value)) return false;
      if (key == "_id") {
        id = value;
        has_id = true;
      } else if (key == "_index") index = value;
      else if (key == "routing") routing = value;
      else return false;
    } while (skip(','));
    if (!skip('}')) return false;
  }
  if (!skip('}')) return false;
  item.type = type;
  item.id = id;
  item.has_id = has_id;
  item.index = index;
  if (!routing.empty()) item.routing = routing;
  return true;
}

/// `line` is an action: {"index": {...}}. A missing last brace is forgiven, as OpenSearch's streaming parser does.
void parse_action(std::string_view line, size_t number, BulkItem& item) {
  od::document document;
  if (action_parser().iterate(padded(line)).get(document) != simdjson::SUCCESS) {
    malformed(number, "START_OBJECT or END_OBJECT", "null");
  }
  od::json_type type;
  if (document.type().get(type) != simdjson::SUCCESS || type != od::json_type::object) {
    const char first = line[line.find_first_not_of(" \t")];
    malformed(number, "START_OBJECT or END_OBJECT",
              first == '[' ? "START_ARRAY" : first == '"' ? "VALUE_STRING" : first == 'n' ? "VALUE_NULL"
                           : first == 't' || first == 'f' ? "VALUE_BOOLEAN" : "VALUE_NUMBER");
  }
  od::object outer;
  if (document.get_object().get(outer) != simdjson::SUCCESS) {
    throw ApiError(Error(400, "json_e_o_f_exception", "Unexpected end-of-input: expected close marker for Object"));
  }
  bool named = false;
  for (auto field : outer) {
    parse_action_parameters(field, number, item);
    named = true;
    break;  // whatever follows the first member is not read, as in OpenSearch
  }
  if (!named) malformed(number, "FIELD_NAME", "END_OBJECT");
}

[[noreturn]] void throw_end_of_input(size_t byte) {
  const std::string reason = fmt::format(
      "Unexpected end-of-input within/between Object entries\n at [Source: REDACTED "
      "(`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); byte offset: #{}]", byte);
  Error error(400, "unexpected_end_of_input_exception", reason);
  error.rooted_in(Error(400, "unexpected_end_of_input_exception", reason));
  error.caused_by(Error(400, "unexpected_end_of_input_exception", reason));
  throw ApiError(error);
}

std::string_view trimmed(std::string_view raw) {
  while (!raw.empty() && static_cast<unsigned char>(raw.back()) <= ' ') raw.remove_suffix(1);
  return raw;
}

}  // namespace

VersionType parse_version_type(std::string_view name) {
  if (name == "internal") return VersionType::kInternal;
  if (name == "external") return VersionType::kExternal;
  if (name == "external_gte") return VersionType::kExternalGte;
  throw ApiError(illegal_argument(fmt::format("No version type match [{}]", name)));
}

namespace {

/// What simdjson finds wrong while walking, in Jackson's place.
template <class Parse>
auto with_json_errors(Parse&& parse) {
  try {
    return parse();
  } catch (const simdjson::simdjson_error& error) {
    throw ApiError(Error(400, "json_parse_exception", error.what()));
  }
}

/// "[line:column]" of a byte of the body.
std::string place(std::string_view text, const char* at) {
  int line = 1, column = 1;
  for (const char* p = text.data(); p < at && p < text.data() + text.size(); ++p, ++column) {
    if (*p == '\n') ++line, column = 0;
  }
  return fmt::format("[{}:{}]", line, column);
}

UpdateBody read_update_body(std::string_view text) {
  thread_local od::parser parser;
  UpdateBody body;
  od::document document;
  od::object object;
  if (parser.iterate(padded(text)).get(document) != simdjson::SUCCESS) throw_end_of_input(text.size());
  if (document.get_object().get(object) != simdjson::SUCCESS) throw_end_of_input(text.size());
  for (auto field : object) {
    std::string_view raw_key;
    od::value value;
    const od::raw_json_string raw_name = field.key();
    if (field.unescaped_key().get(raw_key) != simdjson::SUCCESS || field.value().get(value) != simdjson::SUCCESS) {
      throw_end_of_input(text.size());
    }
    const std::string key(raw_key);
    od::json_type type;
    if (value.type().get(type) != simdjson::SUCCESS) throw_end_of_input(text.size());
    if (key == "doc" || key == "upsert") {
      if (type != od::json_type::object) {
        throw ApiError(Error(400, "x_content_parse_exception",
                             fmt::format("{} [UpdateRequest] {} doesn't support values of type: {}",
                                         place(text, value.raw_json_token().data()), key, token_name(value))));
      }
      od::object part;
      std::string_view raw;
      if (value.get_object().get(part) != simdjson::SUCCESS || part.raw_json().get(raw) != simdjson::SUCCESS) {
        throw_end_of_input(text.size());
      }
      (key == "doc" ? body.doc : body.upsert) = trimmed(raw);
      if (key == "doc") body.has_doc = true;
    } else if (key == "script") {
      body.has_script = true;
      if (type == od::json_type::object) {
        od::object part;
        std::string_view raw;
        if (value.get_object().get(part) != simdjson::SUCCESS || part.raw_json().get(raw) != simdjson::SUCCESS) {
          throw_end_of_input(text.size());
        }
        body.script = raw;
      } else {
        append_json_string(body.script, scalar_text(value));
      }
    } else if (key == "doc_as_upsert") body.doc_as_upsert = scalar_bool(value);
    else if (key == "scripted_upsert") body.scripted_upsert = scalar_bool(value);
    else if (key == "detect_noop") body.detect_noop = scalar_bool(value);
    else if (key == "_source") body.source = parse_source_filter(value);
    else if (key == "if_seq_no") body.if_seq_no = scalar_long(value);
    else if (key == "if_primary_term") body.if_primary_term = scalar_long(value);
    else {
      throw ApiError(Error(400, "x_content_parse_exception",
                           fmt::format("{} [UpdateRequest] unknown field [{}]{}", place(text, raw_name.raw() - 1), key,
                                       did_you_mean(key, {"script", "scripted_upsert", "upsert", "doc", "doc_as_upsert",
                                                          "detect_noop", "_source", "if_seq_no", "if_primary_term"}))));
    }
  }
  return body;
}

}  // namespace

UpdateBody parse_update_body(std::string_view text) {
  return with_json_errors([&] { return read_update_body(text); });
}

std::vector<BulkItem> parse_bulk(std::string_view body, const BulkDefaults& defaults) {
  std::vector<BulkItem> items;
  // Actions of the usual event are some 500 bytes apart; a guess saves most re-allocations.
  items.reserve(body.size() / 512 + 4);
  Lines lines(body);
  std::string_view line;
  while (lines.next(line)) {
    if (is_blank(line)) continue;
    BulkItem& item = items.emplace_back();
    item.routing = defaults.routing;
    item.pipeline = defaults.pipeline;
    item.has_pipeline = defaults.has_pipeline;
    item.require_alias = defaults.require_alias;
    if (!parse_plain_action(line, item)) {
      with_json_errors([&] {
        parse_action(line, lines.number(), item);
        return true;
      });
    }
    if (item.index.empty()) item.index = defaults.index;
    if (item.type == WriteType::kDelete) continue;
    const std::optional<SourceFilter> action_source = item.update.source;
    std::string_view source;
    if (!lines.next(source)) {
      // OpenSearch drops an action without its source line.
      items.pop_back();
      break;
    }
    if (item.type == WriteType::kUpdate) {
      item.update = parse_update_body(source);
      if (!item.update.source) item.update.source = action_source ? action_source : defaults.source;
      if (item.update.if_seq_no) item.if_seq_no = item.update.if_seq_no;
      if (item.update.if_primary_term) item.if_primary_term = item.update.if_primary_term;
    } else {
      item.source = source;
    }
  }
  return items;
}

}  // namespace tarn::server

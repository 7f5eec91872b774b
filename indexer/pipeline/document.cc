#include "indexer/pipeline/document.h"

#include <charconv>
#include <chrono>

namespace tarn {
namespace {

constexpr std::string_view kMetadata[] = {"_index",           "_id",           "_routing",
                                          "_version",         "_version_type", "_if_seq_no",
                                          "_if_primary_term", "_type"};

/// A path split once: where it begins and its parts.
struct Path {
  bool in_ingest = false;
  std::vector<std::string_view> parts;
};

Path split_path(std::string_view path) {
  if (path.empty()) throw ApiError(illegal_argument("path cannot be null nor empty"));
  Path out;
  std::string_view rest = path;
  if (rest.starts_with("_ingest.")) {
    out.in_ingest = true;
    rest.remove_prefix(8);
  } else if (rest.starts_with("_source.")) {
    rest.remove_prefix(8);
  }
  // As String.split("\\."): empty parts at the end do not count.
  for (size_t start = 0; start <= rest.size();) {
    const size_t dot = std::min(rest.find('.', start), rest.size());
    out.parts.push_back(rest.substr(start, dot - start));
    start = dot + 1;
  }
  while (!out.parts.empty() && out.parts.back().empty()) out.parts.pop_back();
  if (out.parts.empty())
    throw ApiError(illegal_argument(fmt::format("path [{}] is not valid", path)));
  return out;
}

std::optional<size_t> parse_position(std::string_view text) {
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return static_cast<size_t>(value);  // negative ones become huge and are out of bounds
}

Error out_of_bounds(std::string_view position, size_t length, std::string_view path) {
  return illegal_argument(
      fmt::format("[{}] is out of bounds for array with length [{}] as part of path [{}]", position,
                  length, path));
}

size_t position_in(const Json& list, std::string_view part, std::string_view path) {
  const auto position = parse_position(part);
  if (!position) {
    throw ApiError(std::move(
        illegal_argument(
            fmt::format("[{}] is not an integer, cannot be used as an index as part of path [{}]",
                        part, path))
            .caused_by(Error(400, "number_format_exception",
                             fmt::format("For input string: \"{}\"", part)))));
  }
  if (*position >= list.size()) throw ApiError(out_of_bounds(part, list.size(), path));
  return *position;
}

Json* member(Json& object, std::string_view name) {
  for (auto& [key, value] : object.get_ref<Json::object_t&>()) {
    if (key == name) return &value;
  }
  return nullptr;
}
const Json* member(const Json& object, std::string_view name) {
  return member(const_cast<Json&>(object), name);
}

void put(Json& object, std::string_view name, Json value) {
  if (Json* old = member(object, name)) {
    *old = std::move(value);
  } else {
    object.get_ref<Json::object_t&>().push_back({std::string(name), std::move(value)});
  }
}

/// One step down, or an error as IngestDocument.resolve words it.
const Json& resolve(const Json& context, std::string_view part, std::string_view path) {
  if (context.is_null()) {
    throw ApiError(illegal_argument(
        fmt::format("cannot resolve [{}] from null as part of path [{}]", part, path)));
  }
  if (context.is_object()) {
    if (const Json* found = member(context, part)) return *found;
    throw ApiError(
        illegal_argument(fmt::format("field [{}] not present as part of path [{}]", part, path)));
  }
  if (context.is_array()) return context[position_in(context, part, path)];
  throw ApiError(illegal_argument(
      fmt::format("cannot resolve [{}] from object of type [{}] as part of path [{}]", part,
                  java_type(context), path)));
}

void append_values(Json& list, const Json& value, bool allow_duplicates) {
  const auto add = [&](const Json& one) {
    if (allow_duplicates || std::find(list.begin(), list.end(), one) == list.end())
      list.push_back(one);
  };
  if (value.is_array()) {
    for (const Json& one : value) add(one);
  } else {
    add(value);
  }
}

template <class T>
void add_metadata(Json::object_t& fields, const char* name, std::optional<T>& value) {
  if (value) fields.push_back({name, Json(std::move(*value))});
}

std::optional<std::string> take_text(Json& value) {
  if (value.is_null()) return std::nullopt;
  if (value.is_string()) return std::move(value.get_ref<std::string&>());
  return java_text(value);
}

std::optional<int64_t> take_long(const Json& value, std::string_view name) {
  if (value.is_null()) return std::nullopt;
  if (value.is_number_integer()) return value.get<int64_t>();
  throw ApiError(Error(500, "class_cast_exception",
                       fmt::format("class {} cannot be cast to class java.lang.Number ({})",
                                   java_type(value), name)));
}

}  // namespace

WorkDocument::WorkDocument(IngestDocument document)
    : fields_(std::move(document.source)), ingest_(Json::object()) {
  if (!fields_.is_object()) fields_ = Json::object();
  auto& fields = fields_.get_ref<Json::object_t&>();
  fields.push_back({"_index", Json(std::move(document.index))});
  fields.push_back({"_id", document.id ? Json(std::move(*document.id)) : Json()});
  add_metadata(fields, "_routing", document.routing);
  add_metadata(fields, "_version", document.version);
  add_metadata(fields, "_version_type", document.version_type);
  add_metadata(fields, "_if_seq_no", document.if_seq_no);
  add_metadata(fields, "_if_primary_term", document.if_primary_term);
  if (document.timestamp_ns == 0) {
    document.timestamp_ns = std::chrono::duration_cast<std::chrono::nanoseconds>(
                                std::chrono::system_clock::now().time_since_epoch())
                                .count();
  }
  ingest_["timestamp"] = ingest_timestamp_text(document.timestamp_ns);
}

void WorkDocument::move_to(IngestDocument& document) && {
  document.id.reset();
  document.routing.reset();
  document.version.reset();
  document.version_type.reset();
  document.if_seq_no.reset();
  document.if_primary_term.reset();
  auto& fields = fields_.get_ref<Json::object_t&>();
  Json::object_t source;
  source.reserve(fields.size());
  for (auto& [key, value] : fields) {
    if (!key.starts_with('_') || !is_metadata_field(key)) {
      source.push_back({key, std::move(value)});
    } else if (key == "_index") {
      document.index = take_text(value).value_or("");
    } else if (key == "_id") {
      document.id = take_text(value);
    } else if (key == "_routing") {
      document.routing = take_text(value);
    } else if (key == "_version") {
      document.version = take_long(value, key);
    } else if (key == "_version_type") {
      document.version_type = take_text(value);
    } else if (key == "_if_seq_no") {
      document.if_seq_no = take_long(value, key);
    } else if (key == "_if_primary_term") {
      document.if_primary_term = take_long(value, key);
    }
  }
  document.source = Json(std::move(source));
}

const Json& WorkDocument::get(std::string_view path) const {
  const Path parsed = split_path(path);
  const Json* context = parsed.in_ingest ? &ingest_ : &fields_;
  for (const std::string_view part : parsed.parts) context = &resolve(*context, part, path);
  return *context;
}

const Json* WorkDocument::find(std::string_view path) const {
  const Path parsed = split_path(path);
  const Json* context = parsed.in_ingest ? &ingest_ : &fields_;
  for (const std::string_view part : parsed.parts) {
    if (context->is_object()) {
      context = member(*context, part);
      if (context == nullptr) return nullptr;
    } else if (context->is_array()) {
      const auto position = parse_position(part);
      if (!position || *position >= context->size()) return nullptr;
      context = &(*context)[*position];
    } else {
      return nullptr;
    }
  }
  return context;
}

bool WorkDocument::has(std::string_view path, bool fail_out_of_range) const {
  if (!fail_out_of_range) return find(path) != nullptr;
  const Path parsed = split_path(path);
  const Json* context = parsed.in_ingest ? &ingest_ : &fields_;
  for (const std::string_view part : parsed.parts) {
    if (context->is_object()) {
      context = member(*context, part);
      if (context == nullptr) return false;
    } else if (context->is_array()) {
      const auto position = parse_position(part);
      if (!position) return false;
      if (*position >= context->size()) throw ApiError(out_of_bounds(part, context->size(), path));
      context = &(*context)[*position];
    } else {
      return false;
    }
  }
  return true;
}

namespace {

/// Walks to the parent of the last part, making objects on the way where members are missing.
Json& make_parent(Json& root, const Path& parsed, std::string_view path) {
  Json* context = &root;
  for (size_t i = 0; i + 1 < parsed.parts.size(); ++i) {
    const std::string_view part = parsed.parts[i];
    if (context->is_object() && member(*context, part) == nullptr)
      put(*context, part, Json::object());
    context = const_cast<Json*>(&resolve(*context, part, path));
  }
  return *context;
}

[[noreturn]] void refuse_parent(const Json& parent, std::string_view leaf, std::string_view path) {
  if (parent.is_null()) {
    throw ApiError(illegal_argument(
        fmt::format("cannot set [{}] with null parent as part of path [{}]", leaf, path)));
  }
  throw ApiError(illegal_argument(
      fmt::format("cannot set [{}] with parent object of type [{}] as part of path [{}]", leaf,
                  java_type(parent), path)));
}

}  // namespace

void WorkDocument::set(std::string_view path, Json value) {
  const Path parsed = split_path(path);
  Json& parent = make_parent(parsed.in_ingest ? ingest_ : fields_, parsed, path);
  const std::string_view leaf = parsed.parts.back();
  if (parent.is_object()) {
    put(parent, leaf, std::move(value));
  } else if (parent.is_array()) {
    parent[position_in(parent, leaf, path)] = std::move(value);
  } else {
    refuse_parent(parent, leaf, path);
  }
}

void WorkDocument::append(std::string_view path, const Json& value, bool allow_duplicates) {
  const Path parsed = split_path(path);
  Json& parent = make_parent(parsed.in_ingest ? ingest_ : fields_, parsed, path);
  const std::string_view leaf = parsed.parts.back();
  Json* slot = nullptr;
  if (parent.is_object()) {
    slot = member(parent, leaf);
    if (slot == nullptr) {
      put(parent, leaf, Json::array());
      slot = member(parent, leaf);
      allow_duplicates = true;  // OpenSearch fills a new list without looking
    }
  } else if (parent.is_array()) {
    slot = &parent[position_in(parent, leaf, path)];
  } else {
    refuse_parent(parent, leaf, path);
  }
  Json list = slot->is_array() ? *slot : Json::array({*slot});
  const size_t before = list.size();
  append_values(list, value, allow_duplicates);
  if (list.size() != before || slot->is_array()) *slot = std::move(list);
}

Json WorkDocument::remove(std::string_view path) {
  const Path parsed = split_path(path);
  Json* context = parsed.in_ingest ? &ingest_ : &fields_;
  for (size_t i = 0; i + 1 < parsed.parts.size(); ++i) {
    context = const_cast<Json*>(&resolve(*context, parsed.parts[i], path));
  }
  const std::string_view leaf = parsed.parts.back();
  Json taken;
  if (context->is_object()) {
    auto& members = context->get_ref<Json::object_t&>();
    for (auto it = members.begin(); it != members.end(); ++it) {
      if (it->first != leaf) continue;
      taken = std::move(it->second);
      // ordered_map's erase cannot move constant keys, so the object is rebuilt without the member.
      Json::object_t rest;
      rest.reserve(members.size());
      for (auto other = members.begin(); other != members.end(); ++other) {
        if (other != it) rest.push_back({other->first, std::move(other->second)});
      }
      *context = Json(std::move(rest));
      return taken;
    }
    throw ApiError(
        illegal_argument(fmt::format("field [{}] not present as part of path [{}]", leaf, path)));
  }
  if (context->is_array()) {
    const size_t position = position_in(*context, leaf, path);
    taken = std::move((*context)[position]);
    context->erase(position);
    return taken;
  }
  if (context->is_null()) {
    throw ApiError(illegal_argument(
        fmt::format("cannot remove [{}] from null as part of path [{}]", leaf, path)));
  }
  throw ApiError(illegal_argument(
      fmt::format("cannot remove [{}] from object of type [{}] as part of path [{}]", leaf,
                  java_type(*context), path)));
}

bool is_metadata_field(std::string_view name) {
  return std::find(std::begin(kMetadata), std::end(kMetadata), name) != std::end(kMetadata);
}

std::string_view java_type(const Json& value) {
  switch (value.type()) {
    case Json::value_t::object:
      return "java.util.HashMap";
    case Json::value_t::array:
      return "java.util.ArrayList";
    case Json::value_t::string:
      return "java.lang.String";
    case Json::value_t::boolean:
      return "java.lang.Boolean";
    case Json::value_t::number_float:
      return "java.lang.Double";
    case Json::value_t::number_integer: {
      const auto number = value.get<int64_t>();
      return number >= INT32_MIN && number <= INT32_MAX ? "java.lang.Integer" : "java.lang.Long";
    }
    case Json::value_t::number_unsigned: {
      const auto number = value.get<uint64_t>();
      return number <= INT32_MAX   ? "java.lang.Integer"
             : number <= INT64_MAX ? "java.lang.Long"
                                   : "java.math.BigInteger";
    }
    default:
      return "null";
  }
}

std::string java_text(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (!value.is_structured()) return to_text(value);
  std::string out = value.is_array() ? "[" : "{";
  bool first = true;
  for (const auto& [key, one] : value.items()) {
    if (!first) out += ", ";
    first = false;
    if (value.is_object()) out += key + "=";
    out += java_text(one);
  }
  return out += value.is_array() ? "]" : "}";
}

std::string ingest_timestamp_text(int64_t ns) {
  using namespace std::chrono;
  const sys_time<nanoseconds> time{nanoseconds(ns)};
  const auto day = floor<days>(time);
  const year_month_day date(day);
  const hh_mm_ss clock(time - day);
  std::string out =
      fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}", static_cast<int>(date.year()),
                  static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                  clock.hours().count(), clock.minutes().count());
  const auto nanos = clock.subseconds().count();
  if (clock.seconds().count() != 0 || nanos != 0)
    out += fmt::format(":{:02}", clock.seconds().count());
  if (nanos != 0) {
    std::string digits = fmt::format(".{:09}", nanos);
    while (digits.ends_with("000")) digits.resize(digits.size() - 3);
    out += digits;
  }
  return out += 'Z';
}

const std::string* cast_to_string(std::string_view path, const Json& value) {
  if (value.is_null()) return nullptr;
  if (value.is_string()) return &value.get_ref<const std::string&>();
  throw ApiError(illegal_argument(fmt::format(
      "field [{}] of type [{}] cannot be cast to [java.lang.String]", path, java_type(value))));
}

}  // namespace tarn

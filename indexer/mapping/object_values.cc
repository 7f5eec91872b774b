#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <set>

#include "indexer/geo/triangles.h"
#include "indexer/mapping/document_parser_impl.h"
#include "indexer/mapping/query_check.h"
#include "indexer/mapping/range_encoding.h"

namespace tarn {

using mapping::mapper_parsing;

namespace {

using Address = std::array<char, 16>;

Error parse_error(std::string reason) { return Error(400, "parse_exception", std::move(reason)); }

/// The address after (`step` 1) or before (-1). Stays at the end of the address space.
Address neighbour(Address address, int step) {
  for (int i = 15; i >= 0; --i) {
    auto& byte = address[static_cast<size_t>(i)];
    const auto before = static_cast<unsigned char>(byte);
    byte = static_cast<char>(before + step);
    if (step > 0 ? before != 255 : before != 0) break;
  }
  return address;
}

std::string_view bytes_of(const Address& address) { return {address.data(), address.size()}; }

/// "10.0.0.0/8" to its first and last address.
std::pair<Address, Address> parse_cidr(const std::string& text) {
  const size_t slash = text.find('/');
  if (slash == std::string::npos) {
    throw ApiError(illegal_argument("Expected [ip/prefix] but was [" + text + "]"));
  }
  const auto address = mapping::parse_ip(std::string_view(text).substr(0, slash));
  if (!address) throw ApiError(illegal_argument("'" + text.substr(0, slash) + "' is not an IP string literal."));
  const bool v4 = text.find(':') == std::string::npos;
  int64_t prefix = mapping::node_integer(Json(text.substr(slash + 1)));
  if (prefix < 0 || prefix > (v4 ? 32 : 128)) {
    throw ApiError(illegal_argument("Illegal prefix length [" + std::to_string(prefix) + "] in [" + text + "]. Must be 0-32 for IPv4 ranges, 0-128 for IPv6 ranges"));
  }
  if (v4) prefix += 96;
  Address low = *address, high = *address;
  for (int64_t bit = prefix; bit < 128; ++bit) {
    const auto mask = static_cast<char>(0x80 >> (bit % 8));
    low[static_cast<size_t>(bit / 8)] = static_cast<char>(low[static_cast<size_t>(bit / 8)] & ~mask);
    high[static_cast<size_t>(bit / 8)] = static_cast<char>(high[static_cast<size_t>(bit / 8)] | mask);
  }
  return {low, high};
}

}  // namespace

Json DocumentParser::Impl::json_value() {
  const size_t from = cursor_.token_start();
  cursor_.skip_children();
  return parse_json(cursor_.raw(from));
}

// ---- Ranges ----

void DocumentParser::Impl::range(const FieldPlan& plan) {
  const FieldType& type = *plan.type;
  if (cursor_.token() == JsonToken::kNull) return;
  const bool is_ip = type.kind == FieldKind::kIpRange;
  if (is_ip && cursor_.token() == JsonToken::kString) {
    const auto [low, high] = parse_cidr(std::string(cursor_.text()));
    return add_text(plan, encode_ip_range(bytes_of(low), bytes_of(high)));
  }
  if (cursor_.token() != JsonToken::kStartObject) {
    throw ApiError(mapper_parsing("error parsing field [" + type.path + "], expected an object but got " + type.path.substr(type.path.rfind('.') + 1)));
  }
  const bool whole = type.kind == FieldKind::kIntegerRange || type.kind == FieldKind::kLongRange || type.kind == FieldKind::kDateRange;
  int64_t low = INT64_MIN, high = INT64_MAX;
  if (type.kind == FieldKind::kIntegerRange) low = INT32_MIN, high = INT32_MAX;
  double low_number = -std::numeric_limits<double>::infinity(), high_number = std::numeric_limits<double>::infinity();
  Address low_ip{}, high_ip;
  high_ip.fill('\xff');
  FieldPlan bound = plan;  // the type that a bound is read as
  bound.kind = type.kind == FieldKind::kIntegerRange ? FieldKind::kInteger : FieldKind::kLong;
  const auto read_number = [&] {
    if (cursor_.token() == JsonToken::kString) {
      if (!plan.coerce) throw ApiError(illegal_argument(type.kind == FieldKind::kFloatRange ? "Float value passed as String" : "Double value passed as String"));
      const auto number = mapping::parse_java_double(cursor_.text());
      if (!number) throw ApiError(mapping::number_format(cursor_.text()));
      return *number;
    }
    if (!cursor_.is_number()) {
      throw ApiError(cursor_.coercion("Current token (" + std::string(token_name(cursor_.token())) + ") not numeric, cannot use numeric value accessors"));
    }
    return mapping::json_double(cursor_.text());
  };
  while (cursor_.next() != JsonToken::kEndObject) {
    const std::string name(cursor_.text());
    const bool is_low = name == "gt" || name == "gte";
    if (!is_low && name != "lt" && name != "lte") {
      cursor_.next();
      throw ApiError(mapper_parsing("error parsing field [" + type.path + "], with unknown parameter [" + name + "]"));
    }
    const bool inclusive = name.size() == 3;
    if (cursor_.next() == JsonToken::kNull) continue;
    const int step = inclusive ? 0 : is_low ? 1 : -1;
    if (is_ip) {
      const auto address = mapping::parse_ip(value_text());
      if (!address) throw ApiError(illegal_argument("'" + std::string(cursor_.text()) + "' is not an IP string literal."));
      (is_low ? low_ip : high_ip) = step == 0 ? *address : neighbour(*address, step);
    } else if (whole) {
      int64_t number;
      if (type.kind == FieldKind::kDateRange) {
        const auto instant = type.date_format->parse(value_text());
        if (!instant) {
          const Error inner = date_parse_failure(cursor_.text(), *type.date_format);
          throw ApiError(parse_error("failed to parse date field [" + std::string(cursor_.text()) + "] with format [" +
                                     type.date_format->pattern() + "]: [" + inner.reason + "]")
                             .caused_by(inner));
        }
        number = instant->epoch_ms();
      } else {
        number = type.kind == FieldKind::kIntegerRange ? integer_value(bound, INT32_MIN, INT32_MAX, "int", "an integer") : long_value(bound);
      }
      (is_low ? low : high) = number + step;
    } else if (type.kind == FieldKind::kFloatRange) {
      const auto number = static_cast<float>(read_number());
      const float toward = is_low ? std::numeric_limits<float>::infinity() : -std::numeric_limits<float>::infinity();
      (is_low ? low_number : high_number) = step == 0 ? number : std::nextafter(number, toward);
    } else {
      const double number = read_number();
      const double toward = is_low ? std::numeric_limits<double>::infinity() : -std::numeric_limits<double>::infinity();
      (is_low ? low_number : high_number) = step == 0 ? number : std::nextafter(number, toward);
    }
  }
  const auto reversed = [](const std::string& from, const std::string& to) {
    throw ApiError(illegal_argument("min value (" + from + ") is greater than max value (" + to + ")"));
  };
  if (is_ip) {
    if (bytes_of(low_ip).compare(bytes_of(high_ip)) > 0) {
      throw ApiError(illegal_argument("min value cannot be greater than max value for InetAddressRange field"));
    }
    return add_text(plan, encode_ip_range(bytes_of(low_ip), bytes_of(high_ip)));
  }
  if (whole) {
    if (low > high) reversed(std::to_string(low), std::to_string(high));
    return add_text(plan, encode_range(low, high));
  }
  if (low_number > high_number) {
    const auto shown = [&](double number) {
      std::string out;
      if (type.kind == FieldKind::kFloatRange) {
        append_float(out, static_cast<float>(number));
      } else {
        append_double(out, number);
      }
      return out;
    };
    reversed(shown(low_number), shown(high_number));
  }
  add_text(plan, encode_range(low_number, high_number));
}

// ---- flat_object ----

void DocumentParser::Impl::flat_object(const FieldPlan& plan) {
  if (cursor_.token() == JsonToken::kNull) return;
  const std::string& path = plan.type->path;
  if (cursor_.token() != JsonToken::kStartObject) {
    const auto [line, column] = cursor_.token_line_column();
    Error error(400, "parsing_exception",
                "[" + path + "] unexpected token [" + std::string(xcontent_token_name(cursor_.token())) + "] in flat_object field value");
    error.with("line", line).with("col", column);
    throw ApiError(error);
  }
  std::string leaf = path;
  flat_members(plan, leaf, 1);
}

void DocumentParser::Impl::flat_members(const FieldPlan& plan, std::string& path, int depth) {
  if (depth > limits_->depth) {
    throw ApiError(parse_error("The depth of the field has exceeded the allowed limit of [" + std::to_string(limits_->depth) +
                               "]. This limit can be set by changing the [index.mapping.depth.limit] index level setting."));
  }
  const size_t size = path.size();
  while (cursor_.next() != JsonToken::kEndObject) {
    path += '.';
    path += cursor_.text();
    cursor_.next();
    const auto one = [&](const auto& self) -> void {
      if (cursor_.token() == JsonToken::kStartObject) {
        flat_members(plan, path, depth + 1);
      } else if (cursor_.token() == JsonToken::kStartArray) {
        while (cursor_.next() != JsonToken::kEndArray) self(self);
      } else if (cursor_.token() != JsonToken::kNull) {
        flat_value(plan, path);
      }
    };
    one(one);
    path.resize(size);
  }
}

void DocumentParser::Impl::flat_value(const FieldPlan& plan, const std::string& path) {
  const std::string_view text = cursor_.text();
  add_bytes(plan.id, path);
  for (const auto& [name, id] : plan.parts) {
    if (name == "_value") {
      add_bytes(id, text);
    } else {
      scratch_ = path;
      scratch_ += '=';
      scratch_ += text;
      if (scratch_.size() > 32766) check_immense(plan, scratch_);
      add_bytes(id, scratch_);
    }
  }
}

// ---- rank_feature(s) ----

float DocumentParser::Impl::rank_value(const FieldPlan& plan, std::string_view feature) {
  float value;
  if (cursor_.token() == JsonToken::kString) {
    const auto number = mapping::parse_java_float(cursor_.text());
    if (!number) throw ApiError(mapping::number_format(cursor_.text()));
    value = *number;
  } else if (cursor_.is_number()) {
    value = mapping::json_float(cursor_.text());
  } else {
    throw ApiError(cursor_.coercion("Current token (" + std::string(token_name(cursor_.token())) + ") not numeric, cannot use numeric value accessors"));
  }
  if (!plan.positive) value = 1 / value;
  std::string shown;
  append_float(shown, value);
  const std::string where = " for feature " + std::string(feature) + " on field " + (plan.kind == FieldKind::kRankFeature ? "_feature" : plan.type->path);
  if (!std::isfinite(value)) throw ApiError(illegal_argument("featureValue must be finite, got: " + shown + where));
  if (value < std::numeric_limits<float>::min()) {
    throw ApiError(illegal_argument("featureValue must be a positive normal float, got: " + shown + where +
                                    " which is less than the minimum positive normal float: 1.1754944E-38"));
  }
  // Lucene keeps the upper 17 bits only: the value becomes a term frequency.
  return std::bit_cast<float>(std::bit_cast<uint32_t>(value) >> 15 << 15);
}

void DocumentParser::Impl::rank_feature(const FieldPlan& plan) {
  if (cursor_.token() == JsonToken::kNull) return;
  const float value = rank_value(plan, plan.type->path);
  for (const FieldValue& before : *target_->values) {
    // Values of other documents in the same batch end with a smaller position than this document's first.
    if (before.field == plan.id && &before >= target_->values->data() + document_first_value_) {
      throw ApiError(illegal_argument("[rank_feature] fields do not support indexing multiple values for the same field [" +
                                      plan.type->path + "] in the same document"));
    }
  }
  add_number(plan, sortable_double(value));
}

/// Values of a rank_features column: the feature's name, a zero byte, and four big-endian bytes of the float (positive, so
/// their order is the float's). Features are data, hence no fields of their own.
void DocumentParser::Impl::rank_features(const FieldPlan& plan) {
  if (cursor_.token() == JsonToken::kNull) return;
  if (cursor_.token() != JsonToken::kStartObject) {
    throw ApiError(illegal_argument("[rank_features] fields must be json objects, expected a START_OBJECT but got: " +
                                    std::string(xcontent_token_name(cursor_.token()))));
  }
  while (cursor_.next() != JsonToken::kEndObject) {
    const std::string feature(cursor_.text());
    cursor_.next();
    if (cursor_.token() == JsonToken::kNull) continue;
    if (!cursor_.is_number() && cursor_.token() != JsonToken::kString) {
      throw ApiError(illegal_argument("[rank_features] fields take hashes that map a feature to a strictly positive float, but got unexpected token " +
                                      std::string(xcontent_token_name(cursor_.token()))));
    }
    const uint32_t bits = std::bit_cast<uint32_t>(rank_value(plan, feature));
    std::string bytes = feature;
    bytes += '\0';
    for (size_t i = document_first_value_; i < target_->values->size(); ++i) {
      const FieldValue& before = (*target_->values)[i];
      if (before.field == plan.id && before.bytes().starts_with(bytes)) {
        throw ApiError(illegal_argument("[rank_features] fields do not support indexing multiple values for the same rank feature [" +
                                        plan.type->path + "." + feature + "] in the same document"));
      }
    }
    for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(bits >> shift);
    add_bytes(plan.id, bytes);
  }
}

// ---- join ----

void DocumentParser::Impl::join(const FieldPlan& plan) {
  const std::string& path = plan.type->path;
  std::string name, parent;
  bool has_parent = false;
  if (cursor_.token() == JsonToken::kStartObject) {
    // As the mapper's token loop: text, and numbers for the parent; other values are passed over, and arrays looked into.
    std::string key;
    bool named = false;
    while (cursor_.next() != JsonToken::kEndObject) {
      const JsonToken token = cursor_.token();
      const bool number = token == JsonToken::kInteger || token == JsonToken::kFloat;
      if (token == JsonToken::kFieldName) {
        key = cursor_.text();
      } else if (token == JsonToken::kString || number) {
        if (key == "parent") {
          has_parent = true;
          parent = cursor_.text();
        } else if (key == "name" && !number) {
          named = true;
          name = cursor_.text();
        } else {
          throw ApiError(illegal_argument("unknown field name [" + key + "] in join field [" + path + "]"));
        }
      } else if (token == JsonToken::kStartObject) {
        throw ApiError(illegal_argument("unknown field name [" + key + "] in join field [" + path + "]"));
      }
    }
    if (!named) {
      throw ApiError(Error(400, "null_pointer_exception", "Cannot invoke \"String.equals(Object)\" because \"name\" is null"));
    }
  } else if (cursor_.token() == JsonToken::kString) {
    name = cursor_.text();
  } else {
    throw ApiError(Error(400, "illegal_state_exception", "[null] expected START_OBJECT or VALUE_STRING but was: " + std::string(xcontent_token_name(cursor_.token()))));
  }
  const Json& relations = plan.relations;
  const auto is_child_of = [&](const Json& children) {
    if (children.is_string()) return children == name;
    for (const Json& child : children) {
      if (child == name) return true;
    }
    return false;
  };
  std::string parent_name;
  bool known = relations.contains(name);
  const bool is_parent = known;
  for (auto it = relations.begin(); it != relations.end(); ++it) {
    if (is_child_of(*it)) {
      parent_name = it.key();
      known = true;
    }
  }
  if (!known) throw ApiError(illegal_argument("unknown join name [" + name + "] for field [" + path + "]"));
  const auto part = [&](const std::string& relation) {
    for (const auto& [key, id] : plan.parts) {
      if (key == relation) return id;
    }
    return kNoField;
  };
  if (!parent_name.empty()) {
    if (!has_parent) throw ApiError(illegal_argument("[parent] is missing for join field [" + path + "]"));
    if (routing_.empty()) throw ApiError(illegal_argument("[routing] is missing for join field [" + path + "]"));
    add_bytes(part(parent_name), parent);
  }
  if (is_parent) add_bytes(part(name), id_);
  for (size_t i = document_first_value_; i < target_->values->size() && !deferred_; ++i) {
    if ((*target_->values)[i].field != plan.id) continue;
    deferred_ = illegal_argument("DocValuesField \"" + path + "#" + (is_parent ? name : parent_name) +
                                 "\" appears more than once in this document (only one value is allowed per field)");
  }
  add_bytes(plan.id, name);
}

// ---- completion, percolator, geo_shape: kept whole for the queries that read them ----

/// Values of a completion column: {"input": text, "weight": n[, "contexts": {...}]}, one for each input.
namespace {

/// Refuses contexts of a completion input that the mapping does not name.
void check_context_names(const Json& mappings, const Json& given) {
  if (!given.is_object()) return;
  std::vector<std::string> names;
  for (const Json& mapping : mappings) {
    if (mapping.is_object() && mapping.contains("name") && mapping["name"].is_string()) names.push_back(mapping["name"].get<std::string>());
  }
  std::sort(names.begin(), names.end());
  for (const auto& [name, value] : given.items()) {
    if (std::find(names.begin(), names.end(), name) != names.end()) continue;
    std::string list;
    for (const std::string& known : names) list += (list.empty() ? "" : ", ") + known;
    throw ApiError(illegal_argument("Unknown context name [" + name + "], must be one of [" + list + "]"));
  }
}

}  // namespace

void DocumentParser::Impl::completion(const FieldPlan& plan) {
  const std::string& path = plan.type->path;
  if (cursor_.token() == JsonToken::kNull || (cursor_.token() == JsonToken::kString && cursor_.text().empty())) return;
  const auto [line, column] = cursor_.token_line_column();
  const auto unexpected = [&](const std::string& where, std::string_view token) {
    Error error = parsing_exception("failed to parse [" + where + "]: expected text or object, but got " + std::string(token));
    error.with("line", line).with("col", column);
    return ApiError(error);
  };
  if (cursor_.is_value() && cursor_.token() != JsonToken::kString) throw unexpected(path, xcontent_token_name(cursor_.token()));
  const auto add = [&](const std::string& input, int64_t weight, const Json& contexts) {
    if (input.empty()) throw ApiError(illegal_argument("value must have a length > 0"));
    Json value = Json::object();
    value["input"] = input;
    value["weight"] = weight;
    if (!contexts.is_null()) value["contexts"] = contexts;
    add_bytes(plan.id, to_text(value));
  };
  const bool needs_contexts = plan.contexts.is_array() && !plan.contexts.empty();
  const auto one = [&](const Json& entry) {
    if (entry.is_string()) return add(entry.get<std::string>(), 1, Json());
    if (!entry.is_object()) {
      throw unexpected("null", entry.is_null()     ? "VALUE_NULL"
                               : entry.is_array()  ? "START_ARRAY"
                               : entry.is_number() ? "VALUE_NUMBER"
                                                   : "VALUE_BOOLEAN");
    }
    int64_t weight = 1;
    Json inputs = Json::array(), contexts;
    for (auto it = entry.begin(); it != entry.end(); ++it) {
      if (it.key() == "input") {
        if (!it->is_array() && !it->is_string()) {
          throw ApiError(illegal_argument("input must be a string or array, but was [" +
                                          std::string(it->is_number() ? "VALUE_NUMBER" : it->is_object() ? "START_OBJECT" : "VALUE_NULL") + "]"));
        }
        for (const Json& input : it->is_array() ? *it : Json::array({*it})) {
          if (!input.is_string()) throw ApiError(illegal_argument("input array must consist of string values"));
          inputs.push_back(input);
        }
      } else if (it.key() == "weight") {
        if (it->is_string()) {
          try {
            weight = mapping::node_integer(*it);
          } catch (const ApiError&) {
            throw ApiError(illegal_argument("weight must be an integer, but was [" + it->get<std::string>() + "]"));
          }
        } else if (it->is_number_integer()) {
          weight = it->get<int64_t>();
        } else if (it->is_number()) {
          throw ApiError(illegal_argument("weight must be an integer, but was [" + mapping::java_text(*it) + "]"));
        } else {
          throw ApiError(illegal_argument("weight must be a number or string, but was [" + mapping::java_text(*it) + "]"));
        }
        if (weight < 0 || weight > INT32_MAX) {
          throw ApiError(illegal_argument("weight must be in the interval [0..2147483647], but was [" + std::to_string(weight) + "]"));
        }
      } else if (it.key() == "contexts") {
        if (!needs_contexts) throw ApiError(illegal_argument("contexts field is not supported for field: [" + path + "]"));
        contexts = *it;
        check_context_names(plan.contexts, contexts);
      } else {
        throw ApiError(illegal_argument("unknown field name [" + it.key() + "], must be one of [input, weight, contexts]"));
      }
    }
    for (const Json& input : inputs) add(input.get<std::string>(), weight, contexts);
  };
  const Json whole = cursor_.token() == JsonToken::kString ? Json(std::string(cursor_.text())) : json_value();
  if (whole.is_array()) {
    for (const Json& entry : whole) one(entry);
  } else {
    one(whole);
  }
}

/// The query as JSON text; whoever knows queries checks it before it comes here.
void DocumentParser::Impl::percolator(const FieldPlan& plan) {
  if (cursor_.token() != JsonToken::kStartObject) {
    const std::string_view before = cursor_.raw(0);
    const size_t line_start = before.rfind('\n') == std::string_view::npos ? 0 : before.rfind('\n') + 1;
    Error error = parsing_exception("[_na] query malformed, must start with start_object");
    error.with("line", cursor_.token_line_column().first).with("col", before.size() - line_start + 1);
    throw ApiError(error);
  }
  for (size_t i = document_first_value_; i < target_->values->size(); ++i) {
    if ((*target_->values)[i].field == plan.id) throw ApiError(illegal_argument("a document can only contain one percolator query"));
  }
  const size_t from = cursor_.token_start();
  const std::string_view before = cursor_.raw(0).substr(0, from);
  cursor_.skip_children();
  const std::string_view query = cursor_.raw(from);
  std::vector<std::string> terms;
  if (const QueryCheck* check = QueryCheckScope::current()) {
    std::string placed(before);
    for (char& c : placed) c = c == '\n' ? c : ' ';
    terms = (*check)(*mapping_, placed.append(query));
  }
  add_bytes(plan.id, query);
  if (plan.parts.empty()) return;
  const FieldId extracted = plan.parts.front().second;
  if (terms.empty()) add_bytes(extracted, kAnyDocument);
  for (const std::string& term : terms) add_bytes(extracted, term);
}

void DocumentParser::Impl::geo_shape(const FieldPlan& plan) {
  if (cursor_.token() == JsonToken::kNull) return;
  size_t count = 0;
  const auto one = [&] {
    if (cursor_.token() != JsonToken::kStartObject && cursor_.token() != JsonToken::kString) {
      throw ApiError(parse_error("shape must be an object consisting of type and coordinates"));
    }
    const size_t from = cursor_.token_start();
    cursor_.skip_children();
    const geo::ShapeOptions options{geo::Dialect::kDocument, plan.right, plan.coerce, plan.ignore_z};
    Error failure(400, "", "");
    try {
      const auto triangles = geo::triangles_of(geo::parse_shape(parse_json(cursor_.raw(from)), options));
      if (!triangles.empty()) add_bytes(plan.id, geo::encode_triangles(triangles));
    } catch (const ApiError& error) {
      failure = error.error();
    }
    if (!failure.type.empty()) {
      // The parts of OpenSearch's parsers fail with other statuses inside; the document is at fault all the same.
      failure.status = 400;
      throw ApiError(failure);
    }
    if (++count > 1 && plan.type->doc_values) {
      throw ApiError(Error(400, "illegal_argument_exception",
                           "DocValuesField \"" + plan.type->path +
                               "\" appears more than once in this document (only one value is allowed per field)"));
    }
  };
  if (cursor_.token() == JsonToken::kStartArray) {
    while (cursor_.next() != JsonToken::kEndArray) one();
  } else {
    one();
  }
}

}  // namespace tarn

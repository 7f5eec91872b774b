#include <cstdlib>

#include "indexer/base/error.h"
#include "indexer/base/json_cursor.h"
#include "indexer/base/json_location.h"

namespace tarn {
namespace {

constexpr size_t kLocatedBytesMax = 64 << 10;

/// Offsets of a value and of its name, in the order in which the text has them.
struct Position {
  size_t name_at, value_at;
};

/// Builds the tree from the cursor's tokens. Recursion is bounded by the cursor's limit of nesting.
class TreeBuilder {
 public:
  TreeBuilder(std::string_view text, bool locate) : locate_(locate) { cursor_.reset(text); }

  Json build() {
    Json root = value(cursor_.next(), cursor_.token_start());
    if (cursor_.next() != JsonToken::kEnd) {
      const auto [line, column] = cursor_.token_line_column();
      throw ApiError(parsing_exception("Unexpected token [" + std::string(xcontent_token_name(cursor_.token())) +
                                       "] found after the main object.")
                         .with("line", line)
                         .with("col", column));
    }
    return root;
  }
  /// The first value; members and elements that the text does not complete are left out.
  JsonPrefix build_prefix() {
    forgiving_ = true;
    JsonPrefix out;
    const JsonToken first = next();
    if (!failure_ && first != JsonToken::kEnd) out.value = value(first, cursor_.token_start());
    out.failure = std::move(failure_);
    return out;
  }
  const std::vector<Position>& positions() const { return positions_; }

 private:
  Json value(JsonToken token, size_t name_at) {
    if (locate_) positions_.push_back({name_at, cursor_.token_start()});
    switch (token) {
      case JsonToken::kStartObject: {
        Json object = Json::object();
        auto& members = object.get_ref<Json::object_t&>();
        while (next() == JsonToken::kFieldName) {
          const size_t member_at = cursor_.token_start(), known = positions_.size();
          std::string name(cursor_.text());
          const JsonToken token_of_value = next();
          if (failure_) break;
          // The cursor refuses duplicate names, so the linear search of an ordered map's insert is not needed.
          members.Container::emplace_back(std::move(name), value(token_of_value, member_at));
          if (!failure_) continue;
          members.Container::pop_back();
          positions_.resize(known);
          break;
        }
        return object;
      }
      case JsonToken::kStartArray: {
        Json array = Json::array();
        for (JsonToken element = next(); element != JsonToken::kEndArray && !failure_; element = next()) {
          array.push_back(value(element, cursor_.token_start()));
          if (failure_) break;
        }
        return array;
      }
      case JsonToken::kString: return Json(std::string(cursor_.text()));
      case JsonToken::kInteger: return integer();
      case JsonToken::kFloat: return Json(std::strtod(std::string(cursor_.text()).c_str(), nullptr));
      case JsonToken::kTrue: return Json(true);
      case JsonToken::kFalse: return Json(false);
      case JsonToken::kNull: return Json(nullptr);
      default:
        throw ApiError(cursor_.located("unexpected_end_of_input_exception", "unexpected_end_of_input_exception",
                                       "No content to map due to end-of-input", cursor_.position()));
    }
  }

  JsonToken next() {
    if (!forgiving_) return cursor_.next();
    try {
      return cursor_.next();
    } catch (const ApiError& error) {
      failure_ = error.error();
      return JsonToken::kEnd;
    }
  }

  /// Numbers beyond 64 bits become doubles.
  Json integer() const {
    const std::string text(cursor_.text());
    if (cursor_.fits_int64()) {
      return cursor_.integer() < 0 ? Json(cursor_.integer()) : Json(static_cast<uint64_t>(cursor_.integer()));
    }
    errno = 0;
    const uint64_t number = std::strtoull(text.c_str(), nullptr, 10);
    return text[0] == '-' || errno == ERANGE ? Json(std::strtod(text.c_str(), nullptr)) : Json(number);
  }

  JsonCursor cursor_;
  bool locate_, forgiving_ = false;
  std::optional<Error> failure_;
  std::vector<Position> positions_;
};

/// The tree's values in the order of the text, beside their positions.
void pair_up(const Json& value, const Position*& next, std::vector<JsonLocations::Entry>& out) {
  out.push_back({&value, next->name_at, next->value_at});
  ++next;
  for (const Json& child : value) {
    if (!value.is_structured()) break;  // a scalar iterates over itself
    pair_up(child, next, out);
  }
}

}  // namespace

Json parse_json(std::string_view text) { return TreeBuilder(text, false).build(); }

namespace {

/// Leaves the places of `root`'s values with the thread; the root itself moves on return, its children do not.
void remember_places(std::string_view text, const TreeBuilder& builder, const Json& root) {
  std::vector<JsonLocations::Entry> entries;
  entries.reserve(builder.positions().size());
  const Position* next = builder.positions().data();
  pair_up(root, next, entries);
  JsonLocations::of_this_thread().remember(text, std::move(entries));
}

}  // namespace

Json parse_request_json(std::string_view text) {
  JsonLocations::of_this_thread().clear();
  if (text.size() > kLocatedBytesMax) return parse_json(text);
  TreeBuilder builder(text, true);
  Json root = builder.build();
  remember_places(text, builder, root);
  return root;
}

JsonPrefix parse_request_prefix(std::string_view text) {
  JsonLocations::of_this_thread().clear();
  const bool locate = text.size() <= kLocatedBytesMax;
  TreeBuilder builder(text, locate);
  JsonPrefix out = builder.build_prefix();
  if (locate && !builder.positions().empty()) remember_places(text, builder, out.value);
  return out;
}

}  // namespace tarn

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
  const std::vector<Position>& positions() const { return positions_; }

 private:
  Json value(JsonToken token, size_t name_at) {
    if (locate_) positions_.push_back({name_at, cursor_.token_start()});
    switch (token) {
      case JsonToken::kStartObject: {
        Json object = Json::object();
        auto& members = object.get_ref<Json::object_t&>();
        while (cursor_.next() == JsonToken::kFieldName) {
          const size_t member_at = cursor_.token_start();
          std::string name(cursor_.text());
          const JsonToken next = cursor_.next();
          // The cursor refuses duplicate names, so the linear search of an ordered map's insert is not needed.
          members.Container::emplace_back(std::move(name), value(next, member_at));
        }
        return object;
      }
      case JsonToken::kStartArray: {
        Json array = Json::array();
        for (JsonToken next = cursor_.next(); next != JsonToken::kEndArray; next = cursor_.next()) {
          array.push_back(value(next, cursor_.token_start()));
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
  bool locate_;
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

Json parse_request_json(std::string_view text) {
  JsonLocations& locations = JsonLocations::of_this_thread();
  locations.clear();
  if (text.size() > kLocatedBytesMax) return parse_json(text);
  TreeBuilder builder(text, true);
  Json root = builder.build();
  std::vector<JsonLocations::Entry> entries;
  entries.reserve(builder.positions().size());
  const Position* next = builder.positions().data();
  pair_up(root, next, entries);  // the root itself moves on return, its children do not
  locations.remember(text, std::move(entries));
  return root;
}

}  // namespace tarn

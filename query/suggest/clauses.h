#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "query/search_request.h"
#include "query/suggest/spell.h"
#include "query/suggest/suggest.h"

namespace tarn::query {

/// One suggester of a request.
class Suggester {
 public:
  virtual ~Suggester() = default;
  virtual std::string_view type() const = 0;   ///< term, phrase, completion
  /// Throws illegal_argument_exception for what the target's mapping does not allow.
  virtual void check(const SearchTarget& target) const = 0;
  /// Writes the array of entries.
  virtual void write(const std::vector<SearchTarget>& targets, const SearchRequest& request, const SearchContext& context,
                     JsonWriter& out) const = 0;

  std::string name;
  std::optional<std::string> text, prefix, regex;
  std::string field, analyzer;
  int size = 5, shard_size = -1;

  /// The text to correct: text, else prefix.
  const std::string& input() const { return text ? *text : *prefix; }
  size_t shard_limit() const { return static_cast<size_t>(shard_size >= 0 ? shard_size : std::max(size, 5)); }

 protected:
  const FieldType& require_field(const SearchTarget& target) const;
  void require_text() const;
};

struct SuggestClause {
  std::vector<std::unique_ptr<Suggester>> suggesters;
};

/// size, shard_size, field and analyzer; false if `key` is none of them.
bool read_suggester_option(const std::string& key, const Json& value, Suggester& out);

std::unique_ptr<Suggester> parse_term_suggester(const Json& body);
std::unique_ptr<Suggester> parse_phrase_suggester(const Json& body);
std::unique_ptr<Suggester> parse_completion_suggester(const Json& body);

/// The field's search analyzer, or the one that is named.
const Analyzer& suggest_analyzer(const Suggester& suggester, const SearchTarget& target, const FieldType& field);
/// Offset of a byte of `text` in UTF-16 units.
int64_t unit_offset(std::string_view text, size_t byte);

}  // namespace tarn::query

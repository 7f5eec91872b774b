#pragma once

#include <optional>
#include <string>

#include "query/lucene/query_string_lexer.h"
#include "query/lucene/tree.h"

namespace tarn::query {

/// What a parsed query string is made of; null where nothing is left of a text. `field` is nothing where no field was named
/// and the request has a list of default fields.
class QueryStringFields {
 public:
  using Field = std::optional<std::string>;
  virtual ~QueryStringFields() = default;
  virtual LuceneQueryPtr words(const Field& field, const std::string& text) = 0;
  virtual LuceneQueryPtr phrase(const Field& field, const std::string& text, std::optional<int> slop) = 0;
  virtual LuceneQueryPtr prefix(const Field& field, const std::string& text) = 0;
  virtual LuceneQueryPtr wildcard(const Field& field, const std::string& pattern) = 0;
  virtual LuceneQueryPtr regexp(const Field& field, const std::string& pattern) = 0;
  /// `slop` as written, "~" and digits.
  virtual LuceneQueryPtr fuzzy(const Field& field, const std::string& text, const std::string& slop) = 0;
  /// An open end is nothing.
  virtual LuceneQueryPtr range(const Field& field, const std::optional<std::string>& low, const std::optional<std::string>& high,
                               bool include_low, bool include_high) = 0;
};

/// A ParseException or TokenMgrError of Lucene's parser. Its catcher makes the error of the request of it.
struct SyntaxFailure {
  std::string type;   ///< parse_exception, token_mgr_error
  std::string message;
};

/// Parses Lucene's classic syntax as its generated parser does. Null where nothing is left. Throws SyntaxFailure.
LuceneQueryPtr parse_query_string(const std::string& text, const QueryStringFields::Field& default_field, bool conjunction,
                                  QueryStringFields& fields);

}  // namespace tarn::query

#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "query/bind/plan.h"
#include "query/collect/top_docs.h"
#include "query/highlight/highlighter.h"

namespace tarn::query {

/// "highlight" bound to one index: which fields, and what the query looks for in them. Short-lived, one thread.
class HighlightPhase {
 public:
  /// `plan`: what was searched. Throws ApiError as OpenSearch's shard does.
  HighlightPhase(const HighlightClause& clause, const Plan& plan, Binder& binder);

  /// Writes the member "highlight" of a hit, if something is to be shown. `source`: the document (or the nested object,
  /// with `prefix` the path that its members have, "rooms."); `id` for messages.
  void write(const Json& source, std::string_view prefix, const std::string& id, JsonWriter& out) const;
  /// Name and fragments of each field that write() would show.
  std::vector<std::pair<std::string, std::vector<std::string>>> show(const Json& source, std::string_view prefix,
                                                                     const std::string& id) const;

 private:
  struct Field {
    const FieldType* type;
    std::string name;                         ///< as the answer shows it
    HighlightSettings settings;
    std::string kind;                         ///< unified, plain, fvh
    FieldTerms terms;
    std::vector<std::pair<const FieldType*, FieldTerms>> matched;  ///< of fvh
    int max_analyzer_offset = -1;
  };
  std::vector<std::string> fragments(const Field& field, const Json& source, std::string_view prefix, const std::string& id) const;
  std::vector<Field> fields_;
  std::string index_;
  int64_t max_analyzed_offset_;
};

/// The member "highlight", if there is something in it.
void write_highlights(const std::vector<std::pair<std::string, std::vector<std::string>>>& shown, JsonWriter& out);

}  // namespace tarn::query

#pragma once

#include <vector>

#include "query/fetch/doc_fields.h"
#include "query/script/script_use.h"

namespace tarn::query {

/// script_fields of a page of hits.
class ScriptFields {
 public:
  /// Throws the compile errors. The arguments outlive this.
  ScriptFields(const std::vector<ScriptField>& wanted, const std::vector<BoundTarget>& targets, const SearchContext& context);
  /// Runs the scripts on one hit; lists become several values.
  void add(const Hit& hit, std::string_view source, std::vector<HitField>& out) const;

 private:
  const std::vector<ScriptField>& wanted_;
  const std::vector<BoundTarget>& targets_;
  const SearchContext& context_;
  std::vector<BoundScript> scripts_;
};

}  // namespace tarn::query

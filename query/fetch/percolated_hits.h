#pragma once

#include <string>
#include <utility>
#include <vector>

#include "query/collect/execute.h"
#include "query/fetch/doc_fields.h"

namespace tarn::query {

class PercolatePlan;

/// What hits show of the documents that they were found with: _percolator_document_slot, and highlights of those documents by the
/// stored queries. Short-lived, one thread.
class PercolatedHits {
 public:
  PercolatedHits(const SearchRequest& request, const std::vector<BoundTarget>& targets, const SearchContext& context);

  void add_slots(const Hit& hit, std::vector<HitField>& fields) const;
  /// Name and fragments of each highlighted field.
  std::vector<std::pair<std::string, std::vector<std::string>>> highlights(const Hit& hit) const;

 private:
  const SearchRequest& request_;
  const std::vector<BoundTarget>& targets_;
  const SearchContext& context_;
  std::vector<std::vector<const PercolatePlan*>> clauses_;  // by target
};

}  // namespace tarn::query

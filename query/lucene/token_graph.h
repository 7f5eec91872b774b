#pragma once

#include <functional>

#include "query/lucene/match_builder.h"

namespace tarn::query {

/// Tokens as arcs between states, in which multi-word synonyms are side paths: Lucene's GraphTokenStreamFiniteStrings.
class TokenGraph {
 public:
  explicit TokenGraph(const std::vector<QueryToken>& tokens);

  /// States that every path passes, without the first and the last.
  std::vector<int> articulation_points() const;
  bool has_side_path(int state) const;
  /// Terms of all arcs that leave the state.
  std::vector<std::string> terms_at(int state) const;
  /// Calls visit with the tokens of each path from `start` to `end` (-1: the last state). Throws too_many_clauses beyond
  /// Lucene's limit.
  void paths(int start, int end, const std::function<void(const std::vector<QueryToken>&)>& visit) const;

 private:
  struct Arc {
    int from, to;
    QueryToken token;
  };
  std::vector<Arc> arcs_;
  int last_ = 0;
};

}  // namespace tarn::query

#include "query/lucene/token_graph.h"

#include <algorithm>

namespace tarn::query {

TokenGraph::TokenGraph(const std::vector<QueryToken>& tokens) {
  int position = -1, gap = 0, previous = 1;
  for (const QueryToken& token : tokens) {
    if (token.increment == 0) {
      if (gap > 0) position -= gap;
    } else {
      ++position;
      gap = token.increment - 1;
    }
    const int end = position + token.length + gap;
    Arc arc{position, end, token};
    arc.token.length = 1;
    if (token.increment == 0) arc.token.increment = previous;  // stacked tokens stand where the first one does
    if (token.increment > 0) previous = token.increment;
    arcs_.push_back(std::move(arc));
    position += gap;
    last_ = std::max(last_, end);
  }
}

std::vector<int> TokenGraph::articulation_points() const {
  std::vector<int> crossings(static_cast<size_t>(last_) + 2, 0);
  for (const Arc& arc : arcs_) {  // an arc passes over the states between its ends
    ++crossings[static_cast<size_t>(arc.from) + 1];
    --crossings[static_cast<size_t>(std::max(arc.to, arc.from + 1))];
  }
  std::vector<int> out;
  int open = 0;
  for (int state = 1; state < last_; ++state) {
    open += crossings[static_cast<size_t>(state)];
    if (open == 0) out.push_back(state);
  }
  return out;
}

bool TokenGraph::has_side_path(int state) const {
  int to = -1;
  for (const Arc& arc : arcs_) {
    if (arc.from != state) continue;
    if (to >= 0 && arc.to != to) return true;
    to = arc.to;
  }
  return false;
}

std::vector<std::string> TokenGraph::terms_at(int state) const {
  std::vector<std::string> out;
  for (const Arc& arc : arcs_) {
    if (arc.from == state) out.push_back(arc.token.term);
  }
  return out;
}

void TokenGraph::paths(int start, int end, const std::function<void(const std::vector<QueryToken>&)>& visit) const {
  if (end < 0) end = last_;
  size_t found = 0, steps = 0;
  std::vector<QueryToken> path;
  const std::function<void(int)> walk = [&](int state) {
    if (state == end) {
      check_clause_count(++found);
      return visit(path);
    }
    for (const Arc& arc : arcs_) {
      if (arc.from != state) continue;
      check_clause_count(++steps / 64);
      path.push_back(arc.token);
      walk(arc.to);
      path.pop_back();
    }
  };
  walk(start);
}

}  // namespace tarn::query

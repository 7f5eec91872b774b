#include "query/text/phrase_matcher.h"

#include <algorithm>

namespace tarn::query {

float exact_phrase_freq(const std::vector<std::vector<int32_t>>& positions) {
  size_t lead = 0;
  for (size_t i = 1; i < positions.size(); ++i) {
    if (positions[i].size() < positions[lead].size()) lead = i;
  }
  std::vector<size_t> at(positions.size(), 0);
  float count = 0;
  for (const int32_t place : positions[lead]) {
    bool all = true;
    for (size_t i = 0; i < positions.size() && all; ++i) {
      const auto& list = positions[i];
      while (at[i] < list.size() && list[at[i]] < place) ++at[i];
      all = at[i] < list.size() && list[at[i]] == place;
    }
    if (all) ++count;
  }
  return count;
}

namespace {

/// One term of the phrase on its way through the document; names follow Lucene's PhrasePositions.
struct Walker {
  const std::vector<int32_t>* positions;
  size_t next = 0;
  int32_t position = 0;  // of the token, minus the term's offset in the phrase
  int offset = 0;
  int ordinal = 0;
  int group = -1;        // terms that could stand on the same token
  int index_in_group = 0;

  bool advance() {
    if (next >= positions->size()) return false;
    position = (*positions)[next++];
    return true;
  }
  int32_t token() const { return position + offset; }
};

class SloppyMatcher {
 public:
  SloppyMatcher(const std::vector<std::vector<int32_t>>& positions, const std::vector<int>& offsets,
                const std::vector<int>& groups, int slop)
      : slop_(slop), walkers_(positions.size()) {
    int group_count = 0;
    for (size_t i = 0; i < positions.size(); ++i) {
      walkers_[i] = {&positions[i], 0, 0, offsets[i], static_cast<int>(i), groups[i], 0};
      group_count = std::max(group_count, groups[i] + 1);
    }
    groups_.resize(static_cast<size_t>(group_count));
    for (Walker& walker : walkers_) {
      if (walker.group < 0) continue;
      auto& group = groups_[static_cast<size_t>(walker.group)];
      walker.index_in_group = static_cast<int>(group.size());
      group.push_back(&walker);
    }
  }

  float freq() {
    for (Walker& walker : walkers_) {
      if (!walker.advance()) return 0;
    }
    if (!place_groups()) return 0;
    end_ = INT32_MIN;
    for (Walker& walker : walkers_) {
      end_ = std::max(end_, walker.position);
      queue_.push_back(&walker);
    }
    float sum = 0;
    int32_t width = 0;
    bool positioned = true;
    while (positioned && next_match(width, positioned)) sum += 1.0f / (1.0f + static_cast<float>(width));
    return sum;
  }

 private:
  static bool before(const Walker* a, const Walker* b) {
    if (a->position != b->position) return a->position < b->position;
    if (a->offset != b->offset) return a->offset < b->offset;
    return a->ordinal < b->ordinal;
  }
  Walker* pop() {
    const auto least = std::min_element(queue_.begin(), queue_.end(), before);
    Walker* out = *least;
    queue_.erase(least);
    return out;
  }
  int32_t top_position() const { return (*std::min_element(queue_.begin(), queue_.end(), before))->position; }

  bool advance(Walker& walker) {
    if (!walker.advance()) return false;
    end_ = std::max(end_, walker.position);
    return true;
  }
  int collide(const Walker& walker) const {
    for (const Walker* other : groups_[static_cast<size_t>(walker.group)]) {
      if (other != &walker && other->token() == walker.token()) return other->index_in_group;
    }
    return -1;
  }
  static Walker* lesser(Walker* a, Walker* b) {
    return a->position < b->position || (a->position == b->position && a->offset < b->offset) ? a : b;
  }
  /// No two terms of a group may begin on the same token.
  bool place_groups() {
    for (auto& group : groups_) {
      for (size_t i = 0; i < group.size();) {
        Walker* walker = group[i];
        bool again = false;
        for (int k; (k = collide(*walker)) >= 0;) {
          Walker* moved = lesser(walker, group[static_cast<size_t>(k)]);
          if (!advance(*moved)) return false;
          if (moved->index_in_group < static_cast<int>(i)) {
            i = static_cast<size_t>(moved->index_in_group);
            again = true;
            break;
          }
        }
        if (!again) ++i;
      }
    }
    return true;
  }
  bool resolve_collisions(Walker* walker) {
    if (walker->group < 0) return true;
    const auto& group = groups_[static_cast<size_t>(walker->group)];
    for (int k; (k = collide(*walker)) >= 0;) {
      walker = lesser(walker, group[static_cast<size_t>(k)]);
      if (!advance(*walker)) return false;  // the queue is searched anew each time, so nothing is to be re-queued
    }
    return true;
  }
  bool next_match(int32_t& width, bool& positioned) {
    Walker* walker = pop();
    width = end_ - walker->position;
    int32_t next = top_position();
    while (advance(*walker)) {
      if (!resolve_collisions(walker)) break;
      next = top_position();
      if (walker->position > next) {
        queue_.push_back(walker);
        if (width <= slop_) return true;
        walker = pop();
        next = top_position();
        width = end_ - walker->position;
      } else {
        width = std::min(width, end_ - walker->position);
      }
    }
    positioned = false;
    return width <= slop_;
  }

  int32_t slop_;
  int32_t end_ = 0;
  std::vector<Walker> walkers_;
  std::vector<std::vector<Walker*>> groups_;
  std::vector<Walker*> queue_;
};

}  // namespace

float sloppy_phrase_freq(const std::vector<std::vector<int32_t>>& positions, const std::vector<int>& offsets,
                         const std::vector<int>& groups, int slop) {
  return SloppyMatcher(positions, offsets, groups, slop).freq();
}

}  // namespace tarn::query

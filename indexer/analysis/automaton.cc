#include "indexer/analysis/automaton.h"

#include <unicode/uniset.h>

#include <algorithm>
#include <deque>
#include <map>

#include "indexer/analysis/text.h"
#include "indexer/base/check.h"
#include "indexer/base/error.h"

namespace tarn::analysis {

CharSet CharSet::icu(const char* pattern) {
  UErrorCode status = U_ZERO_ERROR;
  icu::UnicodeSet set(icu::UnicodeString::fromUTF8(pattern), status);
  CHECK(U_SUCCESS(status));
  CharSet out;
  for (int32_t i = 0; i < set.getRangeCount(); ++i) {
    out.ranges_.emplace_back(static_cast<char32_t>(set.getRangeStart(i)), static_cast<char32_t>(set.getRangeEnd(i)));
  }
  return out;
}

CharSet CharSet::of(std::u32string_view chars) {
  CharSet out;
  for (char32_t c : chars) out.ranges_.emplace_back(c, c);
  out.normalize();
  return out;
}

CharSet& CharSet::add(char32_t from, char32_t to) {
  ranges_.emplace_back(from, to);
  normalize();
  return *this;
}

void CharSet::normalize() {
  std::sort(ranges_.begin(), ranges_.end());
  std::vector<std::pair<char32_t, char32_t>> merged;
  for (auto& range : ranges_) {
    if (!merged.empty() && range.first <= merged.back().second + 1) {
      merged.back().second = std::max(merged.back().second, range.second);
    } else {
      merged.push_back(range);
    }
  }
  ranges_ = std::move(merged);
}

CharSet CharSet::complement() const {
  CharSet out;
  char32_t next = 0;
  for (auto [from, to] : ranges_) {
    if (from > next) out.ranges_.emplace_back(next, from - 1);
    next = to + 1;
  }
  if (next <= 0x10FFFF) out.ranges_.emplace_back(next, 0x10FFFF);
  return out;
}

bool CharSet::contains(char32_t c) const {
  auto after = std::upper_bound(ranges_.begin(), ranges_.end(), c, [](char32_t v, auto& r) { return v < r.first; });
  return after != ranges_.begin() && c <= std::prev(after)->second;
}

struct ReNode {
  enum class Kind { kSet, kSeq, kAlt, kRepeat } kind;
  CharSet set;
  std::vector<Re> parts;
  int min = 0;
  int max = 0;
};

Re re_set(CharSet set) { return std::make_shared<ReNode>(ReNode{ReNode::Kind::kSet, std::move(set), {}}); }
Re re_seq(std::vector<Re> parts) { return std::make_shared<ReNode>(ReNode{ReNode::Kind::kSeq, {}, std::move(parts)}); }
Re re_alt(std::vector<Re> choices) {
  return std::make_shared<ReNode>(ReNode{ReNode::Kind::kAlt, {}, std::move(choices)});
}
Re re_repeat(Re what, int min, int max) {
  return std::make_shared<ReNode>(ReNode{ReNode::Kind::kRepeat, {}, {std::move(what)}, min, max});
}
Re re_text(std::string_view text, bool ignore_ascii_case) {
  std::vector<Re> parts;
  for (char32_t c : to_utf32(text)) {
    CharSet set = CharSet::of(std::u32string(1, c));
    if (ignore_ascii_case && c >= 'a' && c <= 'z') set.add(c - 32, c - 32);
    if (ignore_ascii_case && c >= 'A' && c <= 'Z') set.add(c + 32, c + 32);
    parts.push_back(re_set(std::move(set)));
  }
  return re_seq(std::move(parts));
}

namespace {

// Thompson's construction. A state has either one edge labelled with a set, or up to any number of empty edges.
struct Nfa {
  struct State {
    int set = -1;
    int target = -1;
    std::vector<int> empty;
    int accepts = -1;
  };
  std::vector<State> states;
  std::vector<CharSet> sets;

  int add() {
    states.emplace_back();
    return static_cast<int>(states.size()) - 1;
  }
  int set_id(const CharSet& set) {
    for (size_t i = 0; i < sets.size(); ++i) {
      if (sets[i] == set) return static_cast<int>(i);
    }
    sets.push_back(set);
    return static_cast<int>(sets.size()) - 1;
  }
  void link(int from, int to) { states[from].empty.push_back(to); }

  // Adds `node` from state `from`; returns its end state.
  int build(const ReNode& node, int from) {
    constexpr size_t kStatesMax = 1000000;
    if (states.size() > kStatesMax) throw ApiError(illegal_argument("regular expression is too large"));
    switch (node.kind) {
      case ReNode::Kind::kSet: {
        int begin = add(), end = add();
        link(from, begin);
        states[begin].set = set_id(node.set);
        states[begin].target = end;
        return end;
      }
      case ReNode::Kind::kSeq:
        for (const Re& part : node.parts) from = build(*part, from);
        return from;
      case ReNode::Kind::kAlt: {
        int end = add();
        for (const Re& part : node.parts) {
          int begin = add();
          link(from, begin);
          link(build(*part, begin), end);
        }
        return end;
      }
      case ReNode::Kind::kRepeat: {
        for (int i = 0; i < node.min; ++i) from = build(*node.parts[0], from);
        if (node.max < 0) {
          int loop = add(), end = add();
          link(from, loop);
          link(build(*node.parts[0], loop), loop);
          link(loop, end);
          return end;
        }
        int end = add();
        for (int i = node.min; i < node.max; ++i) {
          link(from, end);
          from = build(*node.parts[0], from);
        }
        link(from, end);
        return end;
      }
    }
    return from;
  }
};

}  // namespace

// Code points that no set tells apart share a class.
void Automaton::classify(const std::vector<CharSet>& sets, std::vector<std::vector<uint16_t>>& classes_of_set) {
  struct Edge {
    char32_t at;
    int set;
    bool begins;
  };
  std::vector<Edge> edges;
  for (size_t i = 0; i < sets.size(); ++i) {
    for (auto [from, to] : sets[i].ranges()) {
      edges.push_back({from, static_cast<int>(i), true});
      edges.push_back({to + 1, static_cast<int>(i), false});
    }
  }
  std::sort(edges.begin(), edges.end(), [](const Edge& a, const Edge& b) { return a.at < b.at; });
  std::map<std::vector<bool>, uint16_t> class_ids;
  std::vector<bool> members(sets.size());
  classes_of_set.assign(sets.size(), {});
  auto class_id = [&] {
    auto [it, fresh] = class_ids.emplace(members, static_cast<uint16_t>(class_ids.size()));
    if (fresh) {
      for (size_t i = 0; i < sets.size(); ++i) {
        if (members[i]) classes_of_set[i].push_back(it->second);
      }
    }
    return it->second;
  };
  constexpr char32_t kLimit = 0x110000;
  std::vector<uint16_t> flat(kLimit);
  char32_t from = 0;
  size_t e = 0;
  while (from < kLimit) {
    for (; e < edges.size() && edges[e].at == from; ++e) members[edges[e].set] = edges[e].begins;
    char32_t to = e < edges.size() ? std::min(edges[e].at, kLimit) : kLimit;
    std::fill(flat.begin() + from, flat.begin() + to, class_id());
    from = to;
  }
  class_count_ = class_ids.size();
  std::copy_n(flat.begin(), 128, ascii_class_);
  std::map<std::vector<uint16_t>, uint16_t> page_ids;
  for (char32_t page = 0; page < kLimit; page += 256) {
    std::vector<uint16_t> classes(flat.begin() + page, flat.begin() + page + 256);
    auto [it, fresh] = page_ids.emplace(classes, static_cast<uint16_t>(page_ids.size()));
    if (fresh) pages_.insert(pages_.end(), classes.begin(), classes.end());
    page_of_.push_back(it->second);
  }
}

Automaton::Automaton(const std::vector<Re>& rules, size_t states_max) {
  Nfa nfa;
  int start = nfa.add();
  for (size_t rule = 0; rule < rules.size(); ++rule) {
    int begin = nfa.add();
    nfa.link(start, begin);
    nfa.states[nfa.build(*rules[rule], begin)].accepts = static_cast<int>(rule);
  }
  std::vector<std::vector<uint16_t>> classes_of_set;
  classify(nfa.sets, classes_of_set);

  using States = std::vector<int>;
  std::vector<int> seen(nfa.states.size(), -1);
  int round = 0;
  auto close = [&](States& states) {
    ++round;
    States todo = states;
    states.clear();
    for (int s : todo) seen[s] = round;
    while (!todo.empty()) {
      int s = todo.back();
      todo.pop_back();
      const Nfa::State& state = nfa.states[s];
      if (state.set >= 0 || state.accepts >= 0) states.push_back(s);
      for (int t : state.empty) {
        if (seen[t] == round) continue;
        seen[t] = round;
        todo.push_back(t);
      }
    }
    std::sort(states.begin(), states.end());
  };

  std::map<States, uint32_t> ids;
  std::vector<States> found;
  auto id_of = [&](States states) {
    close(states);
    auto [it, fresh] = ids.emplace(states, static_cast<uint32_t>(found.size()));
    if (fresh) {
      if (found.size() > states_max) {
        throw ApiError(400, "too_complex_to_determinize_exception", "Determinizing automaton would require more states");
      }
      int accepts = -1;
      for (int s : states) {
        int rule = nfa.states[s].accepts;
        if (rule >= 0 && (accepts < 0 || rule < accepts)) accepts = rule;
      }
      found.push_back(std::move(states));
      accept_.push_back(static_cast<int16_t>(accepts));
      next_.resize(found.size() * class_count_, kDead);
    }
    return it->second;
  };
  id_of({});
  id_of({start});
  std::vector<States> targets(class_count_);
  for (size_t i = 1; i < found.size(); ++i) {
    for (States& t : targets) t.clear();
    for (int s : found[i]) {
      const Nfa::State& state = nfa.states[s];
      if (state.set < 0) continue;
      for (uint16_t c : classes_of_set[state.set]) targets[c].push_back(state.target);
    }
    for (size_t c = 0; c < class_count_; ++c) {
      if (targets[c].empty()) continue;
      std::sort(targets[c].begin(), targets[c].end());
      targets[c].erase(std::unique(targets[c].begin(), targets[c].end()), targets[c].end());
      // Classes often lead to the same states; the map finds them again.
      uint32_t to = id_of(targets[c]);
      next_[i * class_count_ + c] = to;
    }
  }
}

bool Automaton::matches(std::string_view text) const {
  uint32_t state = kStart;
  for (const char *p = text.data(), *end = p + text.size(); p < end && state != kDead;) {
    state = next(state, class_of(next_code_point(p, end)));
  }
  return accepts(state) >= 0;
}

}  // namespace tarn::analysis

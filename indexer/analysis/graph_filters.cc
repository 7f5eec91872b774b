#include <algorithm>
#include <map>
#include <set>

#include "indexer/analysis/filters.h"

namespace tarn::analysis {

namespace {

/// FlattenGraphFilter: a graph of tokens becomes a sausage, in which paths of different length share positions, so
/// that an index can hold it. Input nodes are positions of the graph, output nodes those of the sausage.
class Flattener {
 public:
  explicit Flattener(TokenBuffer& buffer) : buffer_(buffer), in_(std::move(buffer.tokens)) {
    InputNode& first = input(0);
    first.node = 0;
    first.output = 0;
    OutputNode& out = output(0);
    out.node = 0;
    out.inputs.push_back(0);
    out.start_offset = 0;
  }

  void run() {
    int32_t last_position = -1;
    for (size_t i = 0; i < in_.size(); ++i) {
      add(i, in_[i].position - last_position);
      last_position = in_[i].position;
    }
    release();
    buffer_.end_position = (out_.empty() ? 0 : out_.back().position + 1) +
                           std::max(0, buffer_.end_position - last_position - 1);
    buffer_.tokens = std::move(out_);
  }

 private:
  struct InputNode {
    int node = -1;
    int output = -1;
    std::vector<size_t> tokens;  // that leave here
    int max_to = -1;
    int min_to = INT32_MAX;
  };
  struct OutputNode {
    int node = -1;
    std::vector<int> inputs;  // merged here
    int64_t start_offset = -1;
    int64_t end_offset = -1;
  };

  InputNode& input(int at) {
    if (inputs_.size() <= static_cast<size_t>(at)) inputs_.resize(static_cast<size_t>(at) + 1);
    return inputs_[static_cast<size_t>(at)];
  }
  OutputNode& output(int at) {
    if (outputs_.size() <= static_cast<size_t>(at)) outputs_.resize(static_cast<size_t>(at) + 1);
    return outputs_[static_cast<size_t>(at)];
  }
  int last_output() const { return static_cast<int>(outputs_.size()) - 1; }

  void add(size_t index, int increment) {
    const Token& token = in_[index];
    from_ += increment;
    int to = from_ + token.position_length;
    input(to);
    if (input(from_).node == -1) {
      cross_hole(token, increment);
    } else {
      leave_known_node(token, increment);
    }
    InputNode& source = input(from_);
    source.tokens.push_back(index);
    source.max_to = std::max(source.max_to, to);
    source.min_to = std::min(source.min_to, to);
    InputNode& target = input(to);
    if (target.node == -1) target.node = to;
    int end = source.output + 1;
    if (end > target.output) {
      if (target.output != -1) std::erase(output(target.output).inputs, to);
      output(end).inputs.push_back(to);
      target.output = end;
    }
    OutputNode& arrival = output(target.output);
    if (arrival.end_offset == -1 || token.end_offset < arrival.end_offset) arrival.end_offset = token.end_offset;
  }

  void leave_known_node(const Token& token, int increment) {
    InputNode& source = input(from_);
    if (increment > 1) {
      const InputNode& previous = input(from_ - increment);
      if (source.output - previous.output <= 1 && previous.min_to != from_) {
        // A long edge made this node, but it ends behind a hole of another path.
        int64_t end_offset = output(source.output).end_offset;
        std::erase(output(source.output).inputs, from_);
        source.output = -1;
        cross_hole(token, increment);
        output(input(from_).output).end_offset = end_offset;
      }
    }
    OutputNode& out = output(input(from_).output);
    out.start_offset = std::max<int64_t>(token.start_offset, out.start_offset);
  }

  void cross_hole(const Token& token, int increment) {
    input(from_).node = from_;
    int previous = from_ - increment;
    int at;
    if (previous < 0) {
      at = last_output() + 1;
    } else if (input(previous).min_to < from_) {
      at = input(input(previous).min_to).output + 1;
    } else {
      at = last_output();
    }
    OutputNode& out = output(at);
    input(from_).output = at;
    if (out.node == -1) {
      out.node = at;
      out.start_offset = token.start_offset;
    } else {
      out.start_offset = std::max<int64_t>(token.start_offset, out.start_offset);
    }
    out.inputs.push_back(from_);
  }

  void release() {
    uint32_t last_start = 0;
    for (int at = 0; at < last_output(); ++at) {
      const OutputNode& out = output(at);
      for (int node : out.inputs) {
        for (size_t index : input(node).tokens) {
          Token token = in_[index];
          const InputNode& target = input(input(node).node + token.position_length);
          token.position = at;
          token.position_length = target.output - at;
          auto start = static_cast<uint32_t>(std::max<int64_t>(last_start, out.start_offset));
          token.start_offset = last_start = start;
          token.end_offset = static_cast<uint32_t>(std::max<int64_t>(start, output(target.output).end_offset));
          out_.push_back(token);
        }
      }
    }
  }

  TokenBuffer& buffer_;
  std::vector<Token> in_;
  std::vector<Token> out_;
  std::vector<InputNode> inputs_;
  std::vector<OutputNode> outputs_;
  int from_ = -1;
};

class FlattenGraphFilter final : public TokenFilter {
 public:
  void apply(TokenBuffer& tokens) const override {
    if (!tokens.tokens.empty()) Flattener(tokens).run();
  }
};

/// Every path through the graph as one token, as Lucene's automaton of a token stream spells them.
class ConcatenateGraphFilter final : public TokenFilter {
 public:
  ConcatenateGraphFilter(std::string separator, bool preserve_position_increments, size_t paths_max)
      : separator_(std::move(separator)), preserve_increments_(preserve_position_increments), paths_max_(paths_max) {}

  void apply(TokenBuffer& tokens) const override {
    Graph graph;
    const int32_t last = build(tokens, graph);
    std::set<std::string> paths;
    if (!tokens.tokens.empty()) walk(graph, 0, last, {}, paths);
    std::vector<Token> out;
    for (const std::string& path : paths) {
      if (out.size() == paths_max_) break;
      Token token;
      token.term = tokens.keep(path);
      token.end_offset = tokens.end_offset;
      out.push_back(token);
    }
    tokens.end_position = out.empty() ? 0 : 1;
    tokens.tokens = std::move(out);
  }

 private:
  // The number of paths grows with the product of alternatives; far more than are asked for are not looked at.
  static constexpr size_t kWalkedMax = 100000;

  struct Edge {
    std::string text;
    int32_t to;
  };
  using Graph = std::map<int32_t, std::vector<Edge>>;

  /// Returns the last position from which tokens leave.
  int32_t build(const TokenBuffer& tokens, Graph& graph) const {
    std::set<int32_t> reached = {0};
    int32_t position = -1, last_input = -1, farthest = 0;
    for (const Token& token : tokens.tokens) {
      int32_t increment = token.position - last_input;
      last_input = token.position;
      if (!preserve_increments_ && increment > 1) increment = 1;
      if (increment > 0) {
        position += increment;
        // Empty words fill what nothing leads over.
        for (int32_t hole = position; hole > 0 && (!reached.contains(hole) || !graph.contains(hole - 1)); --hole) {
          graph[hole - 1].push_back({"", hole});
          reached.insert(hole);
        }
      }
      const int32_t end = position + token.position_length;
      reached.insert(end);
      farthest = std::max(farthest, end);
      auto& edges = graph[position];
      if (!token.term.empty()) edges.push_back({escaped(token.term), end});
    }
    int32_t trailing = preserve_increments_ ? std::max(0, tokens.end_position - last_input - 1) : 0;
    for (; trailing > 0 && position >= 0; --trailing, ++farthest) graph[farthest].push_back({"", farthest + 1}), position = farthest;
    return position;
  }

  std::string escaped(std::string_view term) const {
    std::string out;
    for (const char c : term) {
      if (separator_.size() == 1 && c == separator_[0]) out += c;
      out += c;
    }
    return out;
  }

  void walk(const Graph& graph, int32_t at, int32_t last, const std::string& so_far, std::set<std::string>& paths) const {
    if (paths.size() >= std::max(paths_max_, kWalkedMax)) return;
    if (at > last) {
      paths.insert(so_far);
      return;
    }
    const auto edges = graph.find(at);
    if (edges == graph.end()) return;
    const std::string prefix = at > 0 ? so_far + separator_ : so_far;
    for (const Edge& edge : edges->second) walk(graph, edge.to, last, prefix + edge.text, paths);
  }

  std::string separator_;
  bool preserve_increments_;
  size_t paths_max_;
};

}  // namespace

TokenFilterPtr make_flatten_graph_filter() { return std::make_shared<FlattenGraphFilter>(); }

TokenFilterPtr make_concatenate_graph_filter(std::string separator, bool preserve_position_increments,
                                             int max_graph_expansions) {
  const size_t paths_max = max_graph_expansions < 0 ? SIZE_MAX : static_cast<size_t>(max_graph_expansions);
  return std::make_shared<ConcatenateGraphFilter>(std::move(separator), preserve_position_increments, paths_max);
}

}  // namespace tarn::analysis

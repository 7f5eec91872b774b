#include "query/aggs/aggregations.h"

#include <fmt/format.h>
#include <malloc.h>

#include <algorithm>
#include <array>

#include "indexer/base/did_you_mean.h"
#include "indexer/base/error.h"
#include "indexer/base/json_location.h"
#include "query/aggs/parse.h"
#include "query/aggs/pipeline/pipeline.h"
#include "query/aggs/types.h"
#include "query/bind/plan.h"

namespace tarn::query {
namespace {

constexpr int kDepthMax = 100;

[[noreturn]] void fail(std::string reason, const Json& at) {
  const JsonLocation place = JsonLocations::of_this_thread().value(at);
  throw ApiError(parsing_exception(std::move(reason)).with("line", place.line).with("col", place.column));
}

void check_name(const std::string& name, const Json& definition) {
  if (name.empty() || name.find_first_of("[]>") != std::string::npos) {
    fail(fmt::format("Invalid aggregation name [{}]. Aggregation names can contain any character except '[', ']', and '>'", name), definition);
  }
}

/// The nodes of one "aggs" object: aggregations and the pipelines among them.
class NodeParser {
 public:
  NodeParser(const AggregationNode* parent, int depth) : parent_(parent), depth_(depth) {
    if (depth > kDepthMax) throw ApiError(illegal_argument(fmt::format("aggregations are nested deeper than [{}]", kDepthMax)));
  }

  void parse(const Json& aggs, std::vector<AggregationNode>& nodes, std::vector<PipelinePtr>& pipelines) {
    for (const auto& [name, definition] : aggs.items()) parse_one(name, definition, nodes);
    pipelines = order_pipelines(std::move(pipelines_), nodes, parent_);
  }

 private:
  void parse_one(const std::string& name, const Json& definition, std::vector<AggregationNode>& nodes) {
    check_name(name, definition);
    AggregationNode node;
    node.name = name;
    if (!definition.is_object()) {
      fail(fmt::format("Aggregation definition for [{} starts with a [{}], expected a [START_OBJECT].", name, option_token(definition)), definition);
    }
    const Json* below = nullptr;
    for (const auto& [key, value] : definition.items()) {
      if (!value.is_object()) fail(fmt::format("Expected [START_OBJECT] under [{}], but got a [{}] in [{}]", key, option_token(value), name), value);
      if (key == "meta") {
        node.meta = value;
      } else if (key == "aggs" || key == "aggregations") {
        if (below != nullptr) fail(fmt::format("Found two sub aggregation definitions under [{}]", name), value);
        below = &value;
      } else {
        if (!node.type.empty()) fail(fmt::format("Found two aggregation type definitions in [{}]: [{}] and [{}]", name, node.type, key), value);
        node.type = key;
        node.given = &value;
      }
    }
    if (node.type.empty()) fail(fmt::format("Missing definition for aggregation [{}]", name), definition);
    if (is_pipeline_type(node.type)) {
      if (below != nullptr) fail(fmt::format("Aggregation [{}] cannot define sub-aggregations", name), definition);
      pipelines_.push_back(parse_pipeline(node));
      return;
    }
    const AggregationType& type = type_of(node);
    type.check(node);
    if (below != nullptr) NodeParser(&node, depth_ + 1).parse(*below, node.children, node.pipelines);
    if (!node.children.empty() && !type.takes_children) {
      throw ApiError(Error(500, "aggregation_initialization_exception",
                           fmt::format("Aggregator [{}] of type [{}] cannot accept sub-aggregations", name, node.type)));
    }
    node.kept = node.body();
    node.given = nullptr;
    nodes.push_back(std::move(node));
  }

  static const AggregationType& type_of(const AggregationNode& node) {
    if (const AggregationType* type = find_aggregation_type(node.type)) return *type;
    const JsonLocation place = JsonLocations::of_this_thread().value(node.body());
    std::vector<std::string_view> known;
    for (const AggregationType& type : aggregation_types()) known.push_back(type.name);
    for (std::string_view name : pipeline_type_names()) known.push_back(name);
    throw ApiError(parsing_exception(fmt::format("Unknown aggregation type [{}]{}", node.type, did_you_mean(node.type, known)))
                       .with("line", place.line).with("col", place.column)
                       .caused_by(Error(400, "named_object_not_found_exception",
                                        fmt::format("[{}:{}] unknown field [{}]", place.line, place.column, node.type))));
  }

  const AggregationNode* parent_;
  int depth_;
  std::vector<PipelinePtr> pipelines_;
};

AggregatorList build_all(const std::vector<AggregationNode>& nodes, const BuildContext& context) {
  AggregatorList list;
  for (const AggregationNode& node : nodes) list.push_back(find_aggregation_type(node.type)->build(node, context));
  return list;
}

/// Whether scripts make values; each of them is for one thread.
bool mentions_script(const Json& body) {
  if (!body.is_object() && !body.is_array()) return false;
  for (const auto& [key, value] : body.items()) {
    if (key == "script" || mentions_script(value)) return true;
  }
  return false;
}

/// Whether a script below mentions _score; one that is stored may.
bool scripts_need_scores(const Json& body) {
  for (const auto& [key, value] : body.items()) {
    if (key == "script" || key == "map_script") {
      if (value.is_object() && value.contains("id")) return true;
      if (to_text(value).find("_score") != std::string::npos) return true;
    } else if ((value.is_object() || value.is_array()) && scripts_need_scores(value)) {
      return true;
    }
  }
  return false;
}

bool any_needs_scores(const std::vector<AggregationNode>& nodes) {
  return std::any_of(nodes.begin(), nodes.end(), [](const AggregationNode& node) {
    return find_aggregation_type(node.type)->needs_scores || any_needs_scores(node.children) || scripts_need_scores(node.body());
  });
}

bool any_sampler(const std::vector<AggregationNode>& nodes) {
  return std::any_of(nodes.begin(), nodes.end(), [](const AggregationNode& node) { return node.type.ends_with("sampler") || any_sampler(node.children); });
}

struct ParsedNodes {
  std::vector<AggregationNode> nodes;
  std::vector<PipelinePtr> pipelines;
  bool needs_scores = false, scripted = false;
};

constexpr size_t kMemoryMax = size_t{512} << 20;   // what the aggregations of one request may hold

class TreeRun : public Aggregations::Run {
 public:
  TreeRun(const ParsedNodes& parsed, const SearchContext& context) : parsed_(parsed), state_{.search = context} {
    list_ = build_all(parsed.nodes, BuildContext{context, state_, true, nullptr});
  }

  /// Gives the pages of a large run back to the system.
  ~TreeRun() override {
    constexpr size_t kLarge = size_t{64} << 20;
    size_t bytes = 0;
    for (const auto& aggregator : list_) bytes += aggregator->memory_bytes();
    list_.clear();
    absorbed_.clear();
    if (bytes > kLarge) malloc_trim(0);
  }

  bool needs_scores() const override { return parsed_.needs_scores; }
  void set_search(const SearchRequest& request, const std::vector<BoundTarget>& targets) override {
    state_.request = &request;
    state_.targets = &targets;
  }

  void begin(const Searcher& searcher) override {
    searcher_ = &searcher;
    for (auto& aggregator : list_) aggregator->begin(searcher);
  }

  void collect(size_t segment, const Bitset& documents, const float* scores) override {
    state_.scores = scores;
    state_.root_documents = &documents;
    for (auto& aggregator : list_) {
      aggregator->begin_segment(*searcher_, segment);
      if (!aggregator->collect_all(documents)) collect_batches(*aggregator, documents);
      aggregator->end_segment();
      check_memory(*aggregator);
    }
  }

  std::unique_ptr<Run> fork() const override {
    if (needs_scores() || parsed_.scripted || !std::all_of(list_.begin(), list_.end(), [](const auto& one) { return one->mergeable(); })) return nullptr;
    auto out = std::make_unique<TreeRun>(parsed_, state_.search);
    out->begin(*searcher_);
    return out;
  }
  void absorb(std::unique_ptr<Run> forked) override {
    constexpr uint32_t kRoot[] = {0};
    auto& other = static_cast<TreeRun&>(*forked);
    for (size_t i = 0; i < list_.size(); ++i) {
      list_[i]->absorb(*other.list_[i], kRoot);
      check_memory(*list_[i]);
    }
    absorbed_.push_back(std::move(forked));
  }

  void write(JsonWriter& out, bool typed_keys) override {
    state_.scores = nullptr;  // those of the last segment; what is replayed scores 1
    AggregationContext context{state_.search};
    state_.scores = nullptr;
    ResultList results;
    for (auto& aggregator : list_) {
      aggregator->finish(context);
      results.push_back(aggregator->build(0, context));
    }
    apply_sibling_pipelines(parsed_.pipelines, results);
    std::string text = "{";
    append_results(text, results, typed_keys);
    out.raw(text + "}");
  }

 private:
  void collect_batches(Aggregator& aggregator, const Bitset& documents) {
    std::array<LocalDocId, kBatchDocs> docs;
    static const std::vector<uint32_t> kRootBuckets(kBatchDocs, 0);
    uint32_t from = 0;
    while (const size_t count = documents.extract(from, docs.data(), docs.size())) {
      aggregator.collect({docs.data(), kRootBuckets.data(), count});
      from = docs[count - 1] + 1;
      check_time(state_.search);
      check_memory(aggregator);
    }
  }
  /// The request breaker: state grows by batches, so that a check after each comes before the next allocation of any size.
  void check_memory(const Aggregator& aggregator) const {
    const size_t bytes = aggregator.memory_bytes();
    if (bytes <= kMemoryMax) return;
    throw ApiError(Error(429, "circuit_breaking_exception",
                         fmt::format("[request] Data too large, data for [<agg [{}]>] would be [{}/{}mb], which is larger than the limit of "
                                     "[{}/{}mb]", aggregator.name(), bytes, bytes >> 20, kMemoryMax, kMemoryMax >> 20))
                       .with("bytes_wanted", bytes).with("bytes_limit", kMemoryMax).with("durability", "TRANSIENT"));
  }

  const ParsedNodes& parsed_;
  RunState state_;
  AggregatorList list_;
  const Searcher* searcher_ = nullptr;
  std::vector<std::unique_ptr<Run>> absorbed_;   // buckets may point to what these hold
};

class ParsedAggregations : public Aggregations {
 public:
  explicit ParsedAggregations(ParsedNodes parsed) : parsed_(std::move(parsed)) {}
  bool needs_scores() const override { return parsed_.needs_scores; }
  bool has_sampler() const override { return any_sampler(parsed_.nodes); }
  std::unique_ptr<Run> start(const SearchContext& context) const override { return std::make_unique<TreeRun>(parsed_, context); }

 private:
  ParsedNodes parsed_;
};

}  // namespace

const AggregationType* find_aggregation_type(std::string_view type) {
  for (const AggregationType& one : aggregation_types()) {
    if (one.name == type) return &one;
  }
  return nullptr;
}

static BuildContext below(const AggregationNode& node, const BuildContext& context) {
  BuildContext out{context.search, context.state, false, &node, context.ancestors};
  out.ancestors.push_back(&node);
  return out;
}

AggregatorList build_children(const AggregationNode& node, const BuildContext& context) {
  return build_all(node.children, below(node, context));
}

void require_positive(const AggregationNode& node, std::string_view name, int64_t value) {
  if (value <= 0) throw ApiError(illegal_argument(fmt::format("[{}] must be greater than 0. Found [{}] in [{}]", name, value, node.name)));
}

void require_not_negative(const AggregationNode& node, std::string_view name, int64_t value) {
  if (value < 0) {
    throw ApiError(illegal_argument(fmt::format("[{}] must be greater than or equal to 0. Found [{}] in [{}]", name, value, node.name)));
  }
}

void not_supported(const AggregationNode& node, std::string_view what) {
  throw ApiError(Error(501, "not_implemented_exception", fmt::format("{} of the aggregation [{}] is not implemented in Tarn yet", what, node.type)));
}

std::shared_ptr<const Aggregations> Aggregations::parse(const Json& aggs) {
  if (!aggs.is_object()) throw ApiError(parsing_exception("Unknown key for aggregations; expected an object"));
  ParsedNodes parsed;
  NodeParser(nullptr, 0).parse(aggs, parsed.nodes, parsed.pipelines);
  parsed.needs_scores = any_needs_scores(parsed.nodes);
  parsed.scripted = mentions_script(aggs);
  return std::make_shared<ParsedAggregations>(std::move(parsed));
}

}  // namespace tarn::query

#include "query/aggs/aggregations.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <numeric>

#include "indexer/base/error.h"
#include "query/aggs/parse.h"

namespace tarn::query {
namespace {

const std::map<std::string_view, AggregationType>& types() {
  static const std::map<std::string_view, AggregationType> kTypes = {
      {"min", {check_metric, build_metric, false}},
      {"max", {check_metric, build_metric, false}},
      {"sum", {check_metric, build_metric, false}},
      {"avg", {check_metric, build_metric, false}},
      {"value_count", {check_metric, build_metric, false}},
      {"stats", {check_metric, build_metric, false}},
      {"cardinality", {check_cardinality, build_cardinality, false}},
      {"terms", {check_terms, build_terms, true}},
      {"histogram", {check_histogram, build_histogram, true}},
      {"date_histogram", {check_date_histogram, build_date_histogram, true}},
      {"range", {check_range, build_range, true}},
      {"date_range", {check_range, build_range, true}},
      {"filter", {check_filter, build_filter, true}},
      {"filters", {check_filters, build_filters, true}},
  };
  return kTypes;
}

/// Aggregations of OpenSearch 3.8 that Tarn does not have yet; they are known, so they are refused with 501.
constexpr std::array kLater = {
    "adjacency_matrix", "auto_date_histogram", "avg_bucket", "bucket_script", "bucket_selector", "bucket_sort", "children",
    "composite", "cumulative_sum", "derivative", "diversified_sampler", "extended_stats", "extended_stats_bucket", "geo_bounds",
    "geo_centroid", "geo_distance", "geohash_grid", "geotile_grid", "global", "ip_range", "matrix_stats", "max_bucket",
    "median_absolute_deviation", "min_bucket", "missing", "moving_avg", "moving_fn", "multi_terms", "nested", "parent",
    "percentile_ranks", "percentiles", "percentiles_bucket", "rare_terms", "reverse_nested", "sampler", "scripted_metric",
    "serial_diff", "significant_terms", "significant_text", "stats_bucket", "sum_bucket", "top_hits", "variable_width_histogram",
    "weighted_avg"};

size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), 0);
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t above = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, diagonal + (a[i - 1] != b[j - 1])});
      diagonal = above;
    }
  }
  return row[b.size()];
}

/// " did you mean [x]?" for the closest of the known names, where one is close enough (Lucene's distance above 0.5).
std::string suggestion(std::string_view name, const std::vector<std::string_view>& known) {
  std::vector<std::pair<double, std::string_view>> close;
  for (std::string_view candidate : known) {
    const double similarity = 1.0 - static_cast<double>(edit_distance(name, candidate)) /
                                        static_cast<double>(std::max(name.size(), candidate.size()));
    if (similarity > 0.5) close.emplace_back(-similarity, candidate);
  }
  if (close.empty()) return "";
  std::sort(close.begin(), close.end());
  if (close.size() == 1) return fmt::format(" did you mean [{}]?", close[0].second);
  std::string list;
  for (const auto& [score, candidate] : close) list += (list.empty() ? "" : ", ") + std::string(candidate);
  return fmt::format(" did you mean any of [{}]?", list);
}

void check_name(const std::string& name) {
  if (name.empty() || name.find_first_of("[]>") != std::string::npos) {
    throw ApiError(parsing_exception(fmt::format("Invalid aggregation name [{}]. Aggregation names can contain any character except "
                                                 "'[', ']', and '>'", name)).with("line", 1).with("col", 1));
  }
}

std::vector<AggregationNode> parse_nodes(const Json& aggs, int depth);

AggregationNode parse_node(const std::string& name, const Json& definition, int depth) {
  check_name(name);
  AggregationNode node;
  node.name = name;
  if (!definition.is_object()) {
    throw ApiError(parsing_exception(fmt::format("Aggregation definition for [{} starts with a [{}], expected a [START_OBJECT].", name,
                                                 definition.is_array() ? "START_ARRAY" : "VALUE_STRING")).with("line", 1).with("col", 1));
  }
  for (const auto& [key, value] : definition.items()) {
    if (key == "meta") {
      node.meta = value;
    } else if (key == "aggs" || key == "aggregations") {
      if (!node.children.empty()) {
        throw ApiError(parsing_exception(fmt::format("Found two sub aggregation definitions under [{}]", name)).with("line", 1).with("col", 1));
      }
      node.children = parse_nodes(value, depth + 1);
    } else {
      if (!node.type.empty()) {
        throw ApiError(parsing_exception(fmt::format("Found two aggregation type definitions in [{}]: [{}] and [{}]", name, node.type,
                                                     key)).with("line", 1).with("col", 1));
      }
      if (!value.is_object()) {
        throw ApiError(parsing_exception(fmt::format("Expected [START_OBJECT] under [{}], but got a [{}] in [{}]", key,
                                                     value.is_array() ? "START_ARRAY" : value.is_string() ? "VALUE_STRING" : "VALUE_NUMBER",
                                                     name)).with("line", 1).with("col", 1));
      }
      node.type = key;
      node.body = value;
    }
  }
  if (node.type.empty()) {
    throw ApiError(parsing_exception(fmt::format("Missing definition for aggregation [{}]", name)).with("line", 1).with("col", 1));
  }
  const AggregationType* type = find_aggregation_type(node.type);
  if (type == nullptr) {
    if (std::find(kLater.begin(), kLater.end(), node.type) != kLater.end()) {
      throw ApiError(Error(501, "not_implemented_exception", fmt::format("the aggregation [{}] is not implemented in Tarn yet", node.type)));
    }
    std::vector<std::string_view> known(kLater.begin(), kLater.end());
    for (const auto& [known_name, unused] : types()) known.push_back(known_name);
    throw ApiError(parsing_exception(fmt::format("Unknown aggregation type [{}]{}", node.type, suggestion(node.type, known)))
                       .with("line", 1).with("col", 1)
                       .caused_by(Error(400, "named_object_not_found_exception", fmt::format("[1:1] unknown field [{}]", node.type))));
  }
  if (!node.children.empty() && !type->takes_children) {
    throw ApiError(Error(500, "aggregation_initialization_exception",
                         fmt::format("Aggregator [{}] of type [{}] cannot accept sub-aggregations", name, node.type)));
  }
  type->check(node);
  return node;
}

constexpr int kDepthMax = 100;

std::vector<AggregationNode> parse_nodes(const Json& aggs, int depth) {
  std::vector<AggregationNode> nodes;
  if (depth > kDepthMax) throw ApiError(illegal_argument(fmt::format("aggregations are nested deeper than [{}]", kDepthMax)));
  if (!aggs.is_object()) throw ApiError(parsing_exception("Unknown key for aggregations; expected an object"));
  for (const auto& [name, definition] : aggs.items()) nodes.push_back(parse_node(name, definition, depth));
  return nodes;
}

/// Adds the request's "meta" to the answer of the aggregation that it wraps.
class WithMeta : public Aggregator {
 public:
  WithMeta(AggregatorPtr inner, Json meta) : Aggregator(inner->name()), inner_(std::move(inner)), meta_(std::move(meta)) {}
  std::string type_name() const override { return inner_->type_name(); }
  void begin(const Searcher& searcher) override { inner_->begin(searcher); }
  void begin_segment(const Searcher& searcher, size_t segment) override { inner_->begin_segment(searcher, segment); }
  void collect(const DocBatch& batch) override { inner_->collect(batch); }
  void end_segment() override { inner_->end_segment(); }
  void finish(AggregationContext& context) override { inner_->finish(context); }
  void write(JsonWriter& out, uint32_t bucket, AggregationContext& context) override {
    out.key("meta").value(meta_);
    inner_->write(out, bucket, context);
  }
  double sort_value(uint32_t bucket, std::string_view property) const override { return inner_->sort_value(bucket, property); }
  const Aggregator* child(std::string_view name) const override { return inner_->child(name); }
  uint32_t child_bucket(uint32_t bucket) const override { return inner_->child_bucket(bucket); }

 private:
  AggregatorPtr inner_;
  Json meta_;
};

AggregatorList build_all(const std::vector<AggregationNode>& nodes, const BuildContext& context) {
  AggregatorList list;
  for (const AggregationNode& node : nodes) {
    AggregatorPtr aggregator = find_aggregation_type(node.type)->build(node, context);
    if (!node.meta.is_null()) aggregator = std::make_unique<WithMeta>(std::move(aggregator), node.meta);
    list.push_back(std::move(aggregator));
  }
  return list;
}

class TreeRun : public Aggregations::Run {
 public:
  TreeRun(const std::vector<AggregationNode>& nodes, const SearchContext& context) : nodes_(nodes), context_(context) {
    list_ = build_all(nodes_, BuildContext{context_, true});
  }

  void begin(const Searcher& searcher) override {
    searcher_ = &searcher;
    for (auto& aggregator : list_) aggregator->begin(searcher);
  }

  void collect(size_t segment, const Bitset& documents) override {
    for (auto& aggregator : list_) aggregator->begin_segment(*searcher_, segment);
    std::array<LocalDocId, kBatchDocs> docs;
    static const std::vector<uint32_t> kRootBuckets(kBatchDocs, 0);
    uint32_t from = 0;
    while (const size_t count = documents.extract(from, docs.data(), docs.size())) {
      const DocBatch batch{docs.data(), kRootBuckets.data(), count};
      for (auto& aggregator : list_) aggregator->collect(batch);
      from = docs[count - 1] + 1;
      if (context_.cancelled && context_.cancelled->load(std::memory_order_relaxed)) {
        throw ApiError(Error(400, "task_cancelled_exception", "the client closed the connection"));
      }
    }
    for (auto& aggregator : list_) aggregator->end_segment();
  }

  void write(JsonWriter& out, bool typed_keys) override {
    AggregationContext context{context_, typed_keys};
    for (auto& aggregator : list_) aggregator->finish(context);
    out.begin_object();
    write_children(out, list_, 0, context);
    out.end_object();
  }

 private:
  const std::vector<AggregationNode>& nodes_;
  const SearchContext& context_;
  AggregatorList list_;
  const Searcher* searcher_ = nullptr;
};

class ParsedAggregations : public Aggregations {
 public:
  explicit ParsedAggregations(std::vector<AggregationNode> nodes) : nodes_(std::move(nodes)) {}
  std::unique_ptr<Run> start(const SearchContext& context) const override { return std::make_unique<TreeRun>(nodes_, context); }

 private:
  std::vector<AggregationNode> nodes_;
};

}  // namespace

const AggregationType* find_aggregation_type(std::string_view type) {
  const auto it = types().find(type);
  return it == types().end() ? nullptr : &it->second;
}

AggregatorList build_children(const AggregationNode& node, const BuildContext& context) { return build_all(node.children, BuildContext{context.search, false}); }

void check_members(const AggregationNode& node, std::initializer_list<std::string_view> known) {
  for (const auto& [key, value] : node.body.items()) {
    if (std::find(known.begin(), known.end(), key) != known.end()) continue;
    throw ApiError(Error(400, "x_content_parse_exception",
                         fmt::format("[1:1] [{}] unknown field [{}]{}", node.type, key,
                                     suggestion(key, std::vector<std::string_view>(known)))));
  }
}

void fail_member(const AggregationNode& node, std::string_view member, Error cause) {
  throw ApiError(Error(400, "x_content_parse_exception", fmt::format("[1:1] [{}] failed to parse field [{}]", node.type, member))
                     .caused_by(std::move(cause)));
}

std::shared_ptr<const Aggregations> Aggregations::parse(const Json& aggs) {
  return std::make_shared<ParsedAggregations>(parse_nodes(aggs, 0));
}

}  // namespace tarn::query

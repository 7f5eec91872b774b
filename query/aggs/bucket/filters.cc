// filter, filters and adjacency_matrix: buckets of documents that match queries.
#include <fmt/format.h>

#include <algorithm>

#include "indexer/base/error.h"
#include "query/aggs/types.h"
#include "query/tree.h"

namespace tarn::query {
namespace {

struct NamedFilter {
  std::string name;
  std::shared_ptr<const Query> query;
};

struct FiltersOptions {
  std::vector<NamedFilter> filters;
  bool keyed = true, other = false;
  std::string other_name = "_other_", separator = "&";
};

[[noreturn]] void unknown_key(const AggregationNode& node, const std::string& key, const Json& value) {
  throw ApiError(parsing_exception(fmt::format("Unknown key for a {} in [{}]: [{}].", option_token(value), node.name, key))
                     .with("line", 1).with("col", 1));
}

void sort_by_name(std::vector<NamedFilter>& filters) {
  std::stable_sort(filters.begin(), filters.end(), [](const NamedFilter& a, const NamedFilter& b) { return a.name < b.name; });
}

FiltersOptions parse_filters(const AggregationNode& node) {
  FiltersOptions options;
  for (const auto& [key, value] : node.body().items()) {
    if (key == "filters" && value.is_object()) {
      for (const auto& [name, query] : value.items()) options.filters.push_back({name, parse_query(query)});
    } else if (key == "filters" && value.is_array()) {
      options.keyed = false;
      for (const Json& query : value) options.filters.push_back({"", parse_query(query)});
    } else if (key == "other_bucket" && value.is_boolean()) {
      options.other = options.other || value.get<bool>();
    } else if (key == "other_bucket_key" && value.is_string()) {
      options.other = true;
      options.other_name = value.get<std::string>();
    } else {
      unknown_key(node, key, value);
    }
  }
  if (options.filters.empty()) throw ApiError(illegal_argument("[filters] cannot be empty."));
  if (options.keyed) sort_by_name(options.filters);  // they answer in the order of their names
  return options;
}

/// The path of the nested documents that arrive at an aggregation; "" for roots.
std::string scope_of(const BuildContext& context) {
  for (auto it = context.ancestors.rbegin(); it != context.ancestors.rend(); ++it) {
    if ((*it)->type != "nested" && (*it)->type != "reverse_nested") continue;
    const Json& body = (*it)->body();
    return body.contains("path") && body["path"].is_string() ? body["path"].get<std::string>() : "";
  }
  return "";
}

/// What matches among documents of any kind; who asks tests only documents that are alive.
Bitset matches_of(const Query& query, const Searcher& searcher, size_t segment, const SearchContext& context, const std::string& scope) {
  Binder binder{searcher, context, {}, scope};
  return evaluate(*bind(query, binder), SegmentView(searcher, segment, context));
}

class FiltersAggregator : public Aggregator {
 public:
  FiltersAggregator(const AggregationNode& node, const BuildContext& context)
      : Aggregator(node), single_(node.type == "filter"), children_(build_children(node, context)), context_(context.search),
        scope_(scope_of(context)) {
    if (single_) options_.filters.push_back({"", parse_query(node.body())});
    else options_ = parse_filters(node);
    width_ = static_cast<uint32_t>(options_.filters.size() + (options_.other ? 1 : 0));
  }

  std::string type_name() const override { return node().type; }
  void begin(const Searcher& searcher) override { children_.begin(searcher); }
  void begin_segment(const Searcher& searcher, size_t segment) override {
    matches_.clear();
    for (const NamedFilter& filter : options_.filters) {
      matches_.push_back(matches_of(*filter.query, searcher, segment, context_, scope_));
    }
    children_.begin_segment(searcher, segment);
  }

  bool collect_all(const Bitset& documents) override {
    if (!children_.empty() || options_.other) return false;
    for (uint32_t f = 0; f < matches_.size(); ++f) {
      matches_[f] &= documents;
      counts_.add(f, matches_[f].count());
    }
    return true;
  }
  void collect(const DocBatch& batch) override {
    for (size_t i = 0; i < batch.count; ++i) {
      bool any = false;
      for (uint32_t f = 0; f < matches_.size(); ++f) {
        if (!matches_[f].test(batch.docs[i])) continue;
        any = true;
        count(batch.buckets[i] * width_ + f, batch.docs[i]);
      }
      if (!any && options_.other) count(batch.buckets[i] * width_ + width_ - 1, batch.docs[i]);
    }
  }
  void end_segment() override { children_.end_segment(); }
  bool mergeable() const override { return children_.mergeable(); }
  void absorb(Aggregator& given, std::span<const uint32_t> parents) override {
    auto& other = static_cast<FiltersAggregator&>(given);
    const auto buckets = dense_buckets(parents, width_);
    counts_.absorb(other.counts_, buckets);
    children_.absorb(other.children_, buckets);
  }
  void finish(AggregationContext& context) override { children_.finish(context); }

  ResultPtr result(uint32_t parent, AggregationContext& context) override {
    if (single_) {
      auto result = std::make_unique<SingleBucketResult>();
      result->java = "InternalFilter";
      result->doc_count = counts_[parent];
      result->children = children_.build(parent, context);
      return result;
    }
    auto result = std::make_unique<BucketsResult>();
    result->java = "InternalFilters";
    result->keyed = options_.keyed;
    for (uint32_t f = 0; f < width_; ++f) {
      context.count_bucket();
      ResultBucket bucket;
      const uint32_t number = dense_bucket(parent, width_, f);
      if (options_.keyed) bucket.key = f < options_.filters.size() ? options_.filters[f].name : options_.other_name;
      bucket.doc_count = counts_[number];
      bucket.children = children_.build(number, context);
      result->buckets.push_back(std::move(bucket));
    }
    return result;
  }

  void check_sort(std::string_view property) const override {
    if (!single_) return Aggregator::check_sort(property);
    if (!property.empty() && property != "_count" && property != "doc_count") {
      throw ApiError(illegal_argument(fmt::format("Ordering on a single-bucket aggregation can only be done on its doc_count. Either drop the key (a la \"{}\") or change "
                                                  "it to \"doc_count\" (a la \"{}.doc_count\")", name(), name())));
    }
  }
  double sort_value(uint32_t bucket, std::string_view) const override { return static_cast<double>(counts_[bucket]); }
  const Aggregator* child(std::string_view name) const override { return children_.find(name); }
  bool single_bucket() const override { return single_; }
  size_t memory_bytes() const override { return counts_.memory_bytes() + children_.memory_bytes(); }

 private:
  void count(uint32_t bucket, LocalDocId doc) {
    counts_.add(bucket);
    children_.add(doc, bucket);
  }

  bool single_;
  FiltersOptions options_;
  uint32_t width_ = 1;
  Children children_;
  const SearchContext& context_;
  std::string scope_;
  std::vector<Bitset> matches_;       // of the current segment
  BucketCounts counts_;               // parent * width + filter
};

constexpr size_t kAdjacencyMax = 100;   // index.max_adjacency_matrix_filters by default

FiltersOptions parse_adjacency(const AggregationNode& node) {
  FiltersOptions out;
  Options options(node.type);
  options.text("separator", out.separator).any("filters", kTokenObject, [&](const Json& json) {
    for (const auto& [name, query] : json.items()) out.filters.push_back({name, parse_query(query)});
  });
  options.read(node.body());
  if (out.filters.empty()) throw ApiError(Error(500, "illegal_state_exception", fmt::format("[{}] is missing : filters parameter", node.name)));
  sort_by_name(out.filters);
  return out;
}

/// A bucket for each filter and each pair of filters that some document matches.
class AdjacencyMatrix : public Aggregator {
 public:
  AdjacencyMatrix(const AggregationNode& node, const BuildContext& context)
      : Aggregator(node), options_(parse_adjacency(node)), children_(build_children(node, context)), context_(context.search),
        scope_(scope_of(context)) {
    const auto n = static_cast<uint32_t>(options_.filters.size());
    width_ = n * (n + 1) / 2;
  }

  std::string type_name() const override { return "adjacency_matrix"; }
  void begin(const Searcher& searcher) override {
    if (options_.filters.size() > kAdjacencyMax) {
      throw ApiError(illegal_argument(fmt::format("Number of filters is too large, must be less than or equal to: [{}] but was [{}]. You can increase this limit by scaling "
                                                  "up your java heap or number of CPUs", kAdjacencyMax, options_.filters.size())));
    }
    children_.begin(searcher);
  }
  void begin_segment(const Searcher& searcher, size_t segment) override {
    matches_.clear();
    for (const NamedFilter& filter : options_.filters) matches_.push_back(matches_of(*filter.query, searcher, segment, context_, scope_));
    children_.begin_segment(searcher, segment);
  }
  void collect(const DocBatch& batch) override {
    std::vector<uint32_t> hit;
    for (size_t i = 0; i < batch.count; ++i) {
      hit.clear();
      for (uint32_t f = 0; f < matches_.size(); ++f) {
        if (matches_[f].test(batch.docs[i])) hit.push_back(f);
      }
      for (size_t a = 0; a < hit.size(); ++a) {
        for (size_t b = a; b < hit.size(); ++b) {
          const uint32_t bucket = batch.buckets[i] * width_ + cell(hit[a], hit[b]);
          counts_.add(bucket);
          children_.add(batch.docs[i], bucket);
        }
      }
    }
  }
  void end_segment() override { children_.end_segment(); }
  bool mergeable() const override { return children_.mergeable(); }
  void absorb(Aggregator& given, std::span<const uint32_t> parents) override {
    auto& other = static_cast<AdjacencyMatrix&>(given);
    const auto buckets = dense_buckets(parents, width_);
    counts_.absorb(other.counts_, buckets);
    children_.absorb(other.children_, buckets);
  }
  void finish(AggregationContext& context) override { children_.finish(context); }

  ResultPtr result(uint32_t parent, AggregationContext& context) override {
    auto result = std::make_unique<BucketsResult>();
    result->java = "InternalAdjacencyMatrix";
    std::vector<std::pair<std::string, uint32_t>> cells;
    const auto n = static_cast<uint32_t>(options_.filters.size());
    for (uint32_t a = 0; a < n; ++a) {
      cells.emplace_back(options_.filters[a].name, cell(a, a));
      for (uint32_t b = a + 1; b < n; ++b) cells.emplace_back(options_.filters[a].name + options_.separator + options_.filters[b].name, cell(a, b));
    }
    std::sort(cells.begin(), cells.end());
    for (const auto& [key, index] : cells) {
      const uint32_t number = dense_bucket(parent, width_, index);
      if (counts_[number] == 0) continue;
      context.count_bucket();
      ResultBucket bucket;
      bucket.key = key;
      bucket.head = "\"key\":";
      append_json_string(bucket.head, key);
      bucket.doc_count = counts_[number];
      bucket.children = children_.build(number, context);
      result->buckets.push_back(std::move(bucket));
    }
    return result;
  }
  size_t memory_bytes() const override { return counts_.memory_bytes() + children_.memory_bytes(); }

 private:
  /// Index of the pair in the upper triangle.
  uint32_t cell(uint32_t a, uint32_t b) const {
    const auto n = static_cast<uint32_t>(options_.filters.size());
    return a * n - a * (a + 1) / 2 + b;
  }
  FiltersOptions options_;
  Children children_;
  const SearchContext& context_;
  std::string scope_;
  uint32_t width_ = 0;
  std::vector<Bitset> matches_;
  BucketCounts counts_;
};

}  // namespace

AggregatorPtr build_filter(const AggregationNode& node, const BuildContext& context) { return std::make_unique<FiltersAggregator>(node, context); }
AggregatorPtr build_filters(const AggregationNode& node, const BuildContext& context) { return std::make_unique<FiltersAggregator>(node, context); }
AggregatorPtr build_adjacency_matrix(const AggregationNode& node, const BuildContext& context) { return std::make_unique<AdjacencyMatrix>(node, context); }
void check_filter(const AggregationNode& node) { parse_query(node.body()); }
void check_filters(const AggregationNode& node) { parse_filters(node); }
void check_adjacency_matrix(const AggregationNode& node) { parse_adjacency(node); }

}  // namespace tarn::query

// variable_width_histogram: clusters of near values. Each index clusters as it reads: a buffer of values first, cut into equally many
// each, then every value joins the nearest cluster or begins one of its own. At the end the nearest neighbours are joined.
// Follows: OpenSearch VariableWidthHistogramAggregator and InternalVariableWidthHistogram.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "indexer/base/error.h"
#include "query/aggs/bucket/replay.h"
#include "query/aggs/bucket/single_bucket.h"
#include "query/aggs/types.h"
#include "query/aggs/value_source.h"
#include "query/collect/execute.h"

namespace tarn::query {
namespace {

constexpr int64_t kBufferMax = 50000;

struct WidthOptions {
  SourceOptions source;
  int64_t buckets = 10, shard_size = -1, buffer = -1;

  explicit WidthOptions(const AggregationNode& node) {
    const auto above = [&](const char* option, int64_t least, int64_t& out) {
      return [&node, option, least, &out](int64_t value) {
        if (value <= least) throw ApiError(illegal_argument(fmt::format("{} must be greater than [{}] for [{}]", option, least, node.name)));
        out = value;
      };
    };
    Options options(node.type);
    source.declare(options, node);
    options.integer("buckets", above("buckets", 0, buckets)).integer("shard_size", above("shard_size", 1, shard_size))
        .integer("initial_buffer", above("initial_buffer", 0, buffer));
    options.read(node.body());
    SourceOptions::require_field(node);
    if (shard_size < 0) shard_size = buckets * 50;
    if (buffer < 0) buffer = std::min(10 * shard_size, kBufferMax);
  }
  int64_t first_clusters() const { return shard_size * 3 / 4; }
};

/// A cluster while an index is read. `id` tells its documents.
struct Cluster {
  double centroid, min, max;
  uint64_t size;
  uint32_t id;

  void add(double value) {
    centroid = (centroid * static_cast<double>(size) + value) / static_cast<double>(size + 1);
    min = std::min(min, value);
    max = std::max(max, value);
    ++size;
  }
};

/// The clusters of one index.
class Clustering {
 public:
  Clustering(const WidthOptions& options, uint32_t first_id) : options_(options), next_id_(first_id) {}

  /// The id under which the value's document is kept. While values are buffered each has its own; see moved().
  uint32_t add(double value) {
    if (!clustered_) {
      buffer_.push_back(value);
      const uint32_t id = next_id_++;
      if (buffer_.size() >= static_cast<size_t>(options_.buffer)) cluster();
      return id;
    }
    const size_t nearest = nearest_to(value);
    if (std::fabs(clusters_[nearest].centroid - value) > 2 * average_distance_ && clusters_.size() < static_cast<size_t>(options_.shard_size)) {
      const auto at = clusters_.begin() + static_cast<ptrdiff_t>(nearest + (value > clusters_[nearest].centroid));
      const uint32_t id = next_id_++;
      clusters_.insert(at, {value, value, value, 1, id});
      measure();
      return id;
    }
    clusters_[nearest].add(value);
    if (nearest == 0 || nearest + 1 == clusters_.size()) measure();
    return clusters_[nearest].id;
  }
  void finish() {
    if (!clustered_ && !buffer_.empty()) cluster();
  }
  const std::vector<Cluster>& clusters() const { return clusters_; }
  uint32_t next_id() const { return next_id_; }
  /// Ids of buffered values and the ids of the clusters that took them.
  const std::vector<std::pair<uint32_t, uint32_t>>& moved() const { return moved_; }
  size_t memory_bytes() const { return buffer_.capacity() * 8 + clusters_.capacity() * sizeof(Cluster) + moved_.capacity() * 8; }

 private:
  /// Sorted values go into clusters of equally many.
  void cluster() {
    clustered_ = true;
    const auto first_id = static_cast<uint32_t>(next_id_ - buffer_.size());
    std::vector<uint32_t> order(buffer_.size());
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(), [this](uint32_t a, uint32_t b) { return buffer_[a] < buffer_[b]; });
    const auto wanted = static_cast<size_t>(std::max<int64_t>(1, options_.first_clusters()));
    const size_t each = (buffer_.size() + wanted - 1) / wanted;
    for (size_t i = 0; i < order.size(); ++i) {
      const double value = buffer_[order[i]];
      if (i % each == 0) clusters_.push_back({value, value, value, 1, next_id_++});
      else clusters_.back().add(value);
      moved_.emplace_back(first_id + order[i], clusters_.back().id);
    }
    std::vector<double>().swap(buffer_);
    if (order.size() > 1) measure();
  }
  void measure() { average_distance_ = (clusters_.back().centroid - clusters_.front().centroid) / static_cast<double>(clusters_.size() - 1); }

  size_t nearest_to(double value) const {
    const auto above = std::lower_bound(clusters_.begin(), clusters_.end(), value, [](const Cluster& c, double v) { return c.centroid < v; });
    if (above == clusters_.begin()) return 0;
    const auto below = above - 1;
    if (above == clusters_.end()) return clusters_.size() - 1;
    if (above->centroid == value) return static_cast<size_t>(above - clusters_.begin());
    // Which of two that are equally far depends on which one the binary search looks at first.
    const double low = std::fabs(below->centroid - value), high = std::fabs(above->centroid - value);
    const auto low_index = static_cast<size_t>(below - clusters_.begin());
    return low == high ? (looks_at_low_first(low_index, value) ? low_index + 1 : low_index) : low < high ? low_index : low_index + 1;
  }
  /// Walks the binary search down to the neighbours low, low + 1.
  bool looks_at_low_first(size_t low, double) const {
    size_t from = 0, to = clusters_.size() - 1;
    while (from < to) {
      const size_t middle = (from + to) / 2;
      if (middle == low) return true;
      if (middle == low + 1) return false;
      if (middle < low) from = middle + 1;
      else to = middle - 1;
    }
    return true;
  }

  const WidthOptions& options_;
  uint32_t next_id_;
  bool clustered_ = false;
  std::vector<double> buffer_;
  std::vector<Cluster> clusters_;   // by centroid
  std::vector<std::pair<uint32_t, uint32_t>> moved_;
  double average_distance_ = 0;
};

/// A bucket of the answer while neighbours are joined.
struct WidthBucket {
  double centroid, min, max;
  uint64_t docs;
  std::vector<uint32_t> ids;
};

/// What several buckets are together.
WidthBucket joined(std::vector<WidthBucket>::const_iterator begin, std::vector<WidthBucket>::const_iterator end) {
  if (end - begin == 1) return *begin;
  WidthBucket out{0, INFINITY, -INFINITY, 0, {}};
  double sum = 0;
  for (auto it = end; it-- != begin;) {
    out.docs += it->docs;
    out.min = std::min(out.min, it->min);
    out.max = std::max(out.max, it->max);
    sum += static_cast<double>(it->docs) * it->centroid;
    out.ids.insert(out.ids.end(), it->ids.begin(), it->ids.end());
  }
  out.centroid = sum / static_cast<double>(out.docs);
  return out;
}

/// Adjacent buckets that go together: [begin, end) and what they measure, the plan that is carried out at the end.
struct Span {
  size_t begin, end;
  double centroid, min;
  uint64_t docs;
  void take(const Span& next) {
    end = next.end;
    const auto mine = static_cast<double>(docs), other = static_cast<double>(next.docs);
    if (docs + next.docs > 0) centroid = (centroid * mine + next.centroid * other) / (mine + other);
    docs += next.docs;
    min = std::min(min, next.min);
  }
};

std::vector<Span> spans_of(const std::vector<WidthBucket>& buckets) {
  std::vector<Span> out;
  for (size_t i = 0; i < buckets.size(); ++i) out.push_back({i, i + 1, buckets[i].centroid, buckets[i].min, buckets[i].docs});
  return out;
}

void carry_out(const std::vector<Span>& plan, std::vector<WidthBucket>& buckets) {
  std::vector<WidthBucket> out;
  for (const Span& span : plan) {
    out.push_back(joined(buckets.begin() + static_cast<ptrdiff_t>(span.begin), buckets.begin() + static_cast<ptrdiff_t>(span.end)));
  }
  buckets = std::move(out);
}

void join_nearest(std::vector<WidthBucket>& buckets, size_t most, const SearchContext& context) {
  std::vector<Span> plan = spans_of(buckets);
  while (plan.size() > most) {
    if (plan.size() % 64 == 0) check_time(context);
    size_t closest = 0;
    double least = INFINITY;
    for (size_t i = 0; i + 1 < plan.size(); ++i) {
      const double distance = std::fabs(plan[i].centroid - plan[i + 1].centroid);
      if (distance < least) least = distance, closest = i;
    }
    plan[closest].take(plan[closest + 1]);
    plan.erase(plan.begin() + static_cast<ptrdiff_t>(closest) + 1);
  }
  carry_out(plan, buckets);
}

/// Buckets with one minimum become one; where two overlap they meet halfway.
void part_bounds(std::vector<WidthBucket>& buckets) {
  std::vector<Span> plan;
  for (const Span& span : spans_of(buckets)) {
    if (!plan.empty() && plan.back().min == span.min) plan.back().take(span);
    else plan.push_back(span);
  }
  carry_out(plan, buckets);
  for (size_t i = 1; i < buckets.size(); ++i) {
    if (buckets[i].min >= buckets[i - 1].max) continue;
    buckets[i].min = (buckets[i - 1].max + buckets[i].min) / 2;
    buckets[i - 1].max = buckets[i].min;
  }
}

class VariableWidthHistogram : public Aggregator {
 public:
  VariableWidthHistogram(const AggregationNode& node, const BuildContext& context)
      : Aggregator(node), options_(node), source_(node.type, options_.source, &context.state), children_(build_children(node, context)), context_(context.search), replay_(context.state) {
    for (const AggregationNode* ancestor : context.ancestors) nested_in_many_ |= makes_many_buckets(*ancestor);
  }

  std::string type_name() const override { return node().type; }
  void begin(const Searcher& searcher) override {
    check();
    source_.bind(searcher, context_);
    const FieldType* field = source_.field();
    if (field != nullptr && (field->is_date() || field->kind == FieldKind::kBoolean)) source_.refuse();
    source_.require_numeric();
    replay_.begin(searcher);
    if (!indices_.empty()) indices_.back().finish();
    indices_.emplace_back(options_, indices_.empty() ? 0 : indices_.back().next_id());
  }
  void begin_segment(const Searcher& searcher, size_t segment) override {
    source_.begin_segment(searcher, segment);
    replay_.begin_segment(segment);
  }
  void collect(const DocBatch& batch) override {
    Clustering& clustering = indices_.back();
    source_.for_each_number(batch.docs, batch.count, [&](size_t i, int64_t encoded) {
      entries_.push_back(replay_.entry(batch.docs[i], clustering.add(source_.number(encoded))));
    });
  }
  void finish(AggregationContext& context) override {
    reduce();
    std::vector<uint32_t> bucket_of(indices_.empty() ? 0 : indices_.back().next_id(), kNoBucket);
    for (uint32_t b = 0; b < buckets_.size(); ++b) {
      for (uint32_t id : buckets_[b].ids) bucket_of[id] = b;
    }
    for (const Clustering& clustering : indices_) {
      for (const auto& [id, cluster] : clustering.moved()) bucket_of[id] = bucket_of[cluster];
    }
    for (Replay::Entry& entry : entries_) entry.bucket = bucket_of[entry.bucket];
    replay_.run(entries_, children_);
    std::vector<Replay::Entry>().swap(entries_);
    children_.finish(context);
  }

  ResultPtr result(uint32_t parent, AggregationContext& context) override {
    auto result = std::make_unique<BucketsResult>();
    result->java = "InternalVariableWidthHistogram";
    if (parent == kNoBucket) return result;
    const ValueFormat& format = source_.format();
    for (uint32_t b = 0; b < buckets_.size(); ++b) {
      context.count_bucket();
      const WidthBucket& mine = buckets_[b];
      ResultBucket bucket;
      bucket.number = mine.centroid;
      bucket.key = format.has_text() ? format.text(mine.centroid) : double_text(mine.centroid);
      bucket.head = members_text([&](JsonWriter& out) {
        for (const auto& [name, value] : {std::pair<std::string, double>{"min", mine.min}, {"key", mine.centroid}, {"max", mine.max}}) {
          out.key(name).number(value);
          if (format.has_text()) out.key(name + "_as_string").string(format.text(value));
        }
      });
      bucket.doc_count = mine.docs;
      bucket.children = children_.build(b, context);
      result->buckets.push_back(std::move(bucket));
    }
    return result;
  }
  size_t memory_bytes() const override {
    return entries_.capacity() * sizeof(Replay::Entry) + (indices_.empty() ? 0 : indices_.back().memory_bytes()) + children_.memory_bytes();
  }

 private:
  static bool makes_many_buckets(const AggregationNode& node) {
    static constexpr std::string_view kSingle[] = {"filter", "global", "missing", "nested", "reverse_nested", "sampler", "diversified_sampler", "children", "parent"};
    return std::find(std::begin(kSingle), std::end(kSingle), node.type) == std::end(kSingle);
  }
  void check() const {
    if (options_.buffer < options_.buckets) {
      throw ApiError(illegal_argument(fmt::format("initial_buffer must be at least buckets but was [{}<{}] for [{}]", options_.buffer, options_.buckets, name())));
    }
    if (options_.first_clusters() < options_.buckets) {
      throw ApiError(illegal_argument(fmt::format("3/4 of shard_size must be at least buckets but was [{}<{}] for [{}]", options_.first_clusters(), options_.buckets, name())));
    }
    if (nested_in_many_) {
      throw ApiError(illegal_argument("[variable_width_histogram] cannot be nested inside an aggregation that collects more than a single bucket."));
    }
  }
  /// Clusters of all indices in order of their centroids; equal ones are one.
  void reduce() {
    for (Clustering& clustering : indices_) {
      clustering.finish();
      for (const Cluster& c : clustering.clusters()) buckets_.push_back({c.centroid, c.min, c.max, c.size, {c.id}});
    }
    std::stable_sort(buckets_.begin(), buckets_.end(), [](const WidthBucket& a, const WidthBucket& b) { return a.centroid < b.centroid; });
    std::vector<Span> plan;
    for (const Span& span : spans_of(buckets_)) {
      if (!plan.empty() && buckets_[plan.back().begin].centroid == span.centroid) plan.back().end = span.end;
      else plan.push_back(span);
    }
    carry_out(plan, buckets_);
    join_nearest(buckets_, static_cast<size_t>(options_.buckets), context_);
    part_bounds(buckets_);
  }

  WidthOptions options_;
  ValueSource source_;
  Children children_;
  const SearchContext& context_;
  bool nested_in_many_ = false;
  Replay replay_;
  std::vector<Replay::Entry> entries_;   // bucket: the id of a value or cluster
  std::vector<Clustering> indices_;
  std::vector<WidthBucket> buckets_;
};

}  // namespace

AggregatorPtr build_variable_width_histogram(const AggregationNode& node, const BuildContext& context) {
  return std::make_unique<VariableWidthHistogram>(node, context);
}
void check_variable_width_histogram(const AggregationNode& node) { WidthOptions{node}; }

}  // namespace tarn::query

// terms and rare_terms: ordinals count into arrays a segment, numbers into one flat map; a bucket has one number in the whole run.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "indexer/base/error.h"
#include "query/aggs/bucket/bucket_order.h"
#include "query/aggs/bucket/count_options.h"
#include "query/aggs/bucket/term_buckets.h"
#include "query/aggs/types.h"

namespace tarn::query {
namespace {

struct TermsOptions {
  SourceOptions source;
  CountOptions count;
  uint64_t max_doc_count = 1;
  bool rare = false, show_error = false;
  std::string execution_hint;
  BucketOrder order = BucketOrder::by_count();
  IncludeExclude filter;

  explicit TermsOptions(const AggregationNode& node) : rare(node.type == "rare_terms") {
    Options options(node.type);
    source.declare(options, node, SourceOptions::kAll);
    filter.declare(options);
    rare ? declare_rare(options) : declare_terms(options, node);
    options.read(node.body());
    filter.check();
    SourceOptions::require_field(node, !rare);
  }

 private:
  void declare_terms(Options& options, const AggregationNode& node) {
    count.declare(options, node);
    declare_collect_mode(options);
    options.flag("show_term_doc_count_error", show_error).text("execution_hint", execution_hint);
    order.declare(options);
  }
  void declare_rare(Options& options) {
    options
        .whole("max_doc_count",
               [&](int64_t value) {
                 if (value <= 0) throw ApiError(illegal_argument(fmt::format("[max_doc_count] must be greater than 0. Found [{}] in [rare_terms]", value)));
                 if (value > 100) throw ApiError(illegal_argument("[max_doc_count] must be smaller than 100"));
                 max_doc_count = static_cast<uint64_t>(value);
               })
        .number("precision", [](double value) {
          if (value < 0.00001) throw ApiError(illegal_argument("[precision] must be greater than 0.00001"));
        });
  }
};

class TermsAggregator : public Aggregator {
 public:
  TermsAggregator(const AggregationNode& node, const BuildContext& context)
      : Aggregator(node), options_(node), source_(node.type, options_.source, &context.state), children_(build_children(node, context)),
        context_(context.search), is_root_(context.is_root), buckets_(source_, options_.filter) {}

  std::string type_name() const override {
    const std::string suffix = options_.rare ? "rareterms" : "terms";
    if (!saw_field_) return options_.rare ? "umrareterms" : "umterms";
    if (buckets_.text()) return options_.rare ? "srareterms" : "sterms";
    switch (source_.format().kind) {
      case ValueFormat::Kind::kNumber: return (source_.field() == nullptr && source_.kind() == ValueSource::Kind::kUnmapped ? "l" : "d") + suffix;
      case ValueFormat::Kind::kUnsigned: return "ul" + suffix;
      default: return "l" + suffix;
    }
  }

  void begin(const Searcher& searcher) override {
    source_.bind(searcher, context_);
    if (source_.kind() == ValueSource::Kind::kGeo) source_.refuse();
    if (!options_.execution_hint.empty() && source_.kind() != ValueSource::Kind::kUnmapped && options_.execution_hint != "map" &&
        options_.execution_hint != "global_ordinals") {
      throw ApiError(illegal_argument(fmt::format("Unknown `execution_hint`: [{}], expected any of [map, global_ordinals]", options_.execution_hint)));
    }
    if (source_.kind() != ValueSource::Kind::kUnmapped || source_.has_missing()) {
      saw_field_ = true;
      buckets_.bind(searcher, context_, source_.kind() == ValueSource::Kind::kKeyword ||
                    (source_.kind() == ValueSource::Kind::kUnmapped && source_.missing().is_string()));
      if (source_.format().kind == ValueFormat::Kind::kIp && options_.filter.has_pattern()) refuse_ip_pattern(name());
      if (!buckets_.text() && options_.filter.has_pattern()) {
        throw ApiError(Error(500, "aggregation_execution_exception",
                             fmt::format("Aggregation [{}] cannot support regular expression style include/exclude settings as they can only be applied to "
                                         "string fields. Use an array of numeric values for include/exclude clauses used to filter numeric fields", name())));
      }
    }
    if (!options_.rare) options_.order.check(children_);
    children_.begin(searcher);
  }

  void begin_segment(const Searcher& searcher, size_t segment) override {
    source_.begin_segment(searcher, segment);
    children_.begin_segment(searcher, segment);
    buckets_.begin_segment(searcher.segments()[segment]);
    if (options_.count.min_doc_count == 0) buckets_.note_all_terms();
  }

  bool collect_all(const Bitset& documents) override {
    // At the root and with nothing below, terms are only counted; they become buckets at the segment's end.
    if (!is_root_ || !buckets_.text() || !children_.empty() || source_.has_missing() || source_.keywords() == nullptr) return false;
    std::vector<uint32_t> counts(source_.keywords()->ordinal_count(), 0);
    source_.keywords()->count_in(documents, counts.data());
    for (Ordinal ordinal = 0; ordinal < counts.size(); ++ordinal) {
      if (counts[ordinal] == 0) continue;
      const uint32_t bucket = buckets_.of_ordinal(0, ordinal);
      if (bucket != TermBuckets::kRefused) buckets_.count(bucket, counts[ordinal]);
    }
    return true;
  }

  void collect(const DocBatch& batch) override {
    buckets_.for_each(batch, [&](uint32_t bucket, size_t i) {
      buckets_.count(bucket);
      children_.add(batch.docs[i], bucket);
    });
  }
  void end_segment() override { children_.end_segment(); }
  bool mergeable() const override { return children_.mergeable(); }
  void absorb(Aggregator& given, std::span<const uint32_t> parents) override {
    auto& other = static_cast<TermsAggregator&>(given);
    children_.absorb(other.children_, buckets_.absorb(other.buckets_, parents));
  }

  void finish(AggregationContext& context) override {
    if (options_.count.min_doc_count == 0) buckets_.add_all_terms();
    children_.finish(context);
    by_parent_ = buckets_.by_parent();
  }

  ResultPtr result(uint32_t parent, AggregationContext& context) override {
    auto result = std::make_unique<BucketsResult>();
    result->java = "InternalTerms";
    std::vector<uint32_t> list = parent < by_parent_.size() ? by_parent_[parent] : std::vector<uint32_t>();
    if (options_.rare) select_rare(list);
    else result->before = select(list, context);
    result->buckets.reserve(list.size());
    for (uint32_t bucket : list) {
      context.count_bucket();
      ResultBucket out;
      out.key = buckets_.key_text(bucket);
      out.number = buckets_.key_number(bucket);
      out.head = buckets_.head(bucket);
      out.doc_count = buckets_[bucket].count;
      if (options_.show_error) out.tail = "\"doc_count_error_upper_bound\":0";
      out.children = children_.build(bucket, context);
      result->buckets.push_back(std::move(out));
    }
    return result;
  }
  size_t memory_bytes() const override { return buckets_.memory_bytes() + children_.memory_bytes(); }

 private:
  /// Sorts the buckets of one parent and keeps the first `size`; returns the members before "buckets".
  std::string select(std::vector<uint32_t>& list, const AggregationContext& context) const {
    std::erase_if(list, [&](uint32_t bucket) { return buckets_[bucket].count < options_.count.min_doc_count; });
    uint64_t others = 0;
    for (uint32_t bucket : list) others += buckets_[bucket].count;
    const size_t kept = std::min(options_.count.size, list.size());
    context.check_room(kept);
    std::partial_sort(list.begin(), list.begin() + static_cast<ptrdiff_t>(kept), list.end(), [&](uint32_t a, uint32_t b) {
      return options_.order.compare(children_, a, buckets_[a].count, b, buckets_[b].count,
                                    [this](uint32_t x, uint32_t y) { return buckets_.compare_keys(x, y); }) < 0;
    });
    list.resize(kept);
    for (uint32_t bucket : list) others -= buckets_[bucket].count;
    return fmt::format("\"doc_count_error_upper_bound\":0,\"sum_other_doc_count\":{}", others);
  }
  void select_rare(std::vector<uint32_t>& list) const {
    std::erase_if(list, [&](uint32_t bucket) { return buckets_[bucket].count > options_.max_doc_count; });
    std::sort(list.begin(), list.end(), [&](uint32_t a, uint32_t b) {
      if (buckets_[a].count != buckets_[b].count) return buckets_[a].count < buckets_[b].count;
      return buckets_.compare_keys(a, b) < 0;
    });
  }

  TermsOptions options_;
  ValueSource source_;
  Children children_;
  const SearchContext& context_;
  bool is_root_, saw_field_ = false;
  TermBuckets buckets_;
  std::vector<std::vector<uint32_t>> by_parent_;
};

}  // namespace

AggregatorPtr build_terms(const AggregationNode& node, const BuildContext& context) {
  return std::make_unique<TermsAggregator>(node, context);
}
void check_terms(const AggregationNode& node) { TermsOptions{node}; }

}  // namespace tarn::query

// filter and filters: buckets of documents that match queries.
#include <fmt/format.h>

#include <algorithm>

#include "indexer/base/error.h"
#include "query/aggs/parse.h"

namespace tarn::query {
namespace {

struct NamedFilter {
  std::string name;
  std::shared_ptr<const Query> query;
};

struct FiltersOptions {
  std::vector<NamedFilter> filters;
  bool keyed = true;
  bool other = false;
  std::string other_name = "_other_";
};

FiltersOptions parse_filters(const AggregationNode& node) {
  FiltersOptions options;
  for (const auto& [key, value] : node.body.items()) {
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
      const char* token = value.is_boolean() ? "VALUE_BOOLEAN" : value.is_string() ? "VALUE_STRING" : value.is_number() ? "VALUE_NUMBER"
                          : value.is_array() ? "START_ARRAY" : "START_OBJECT";
      throw ApiError(parsing_exception(fmt::format("Unknown key for a {} in [{}]: [{}].", token, node.name, key)).with("line", 1).with("col", 1));
    }
  }
  if (options.filters.empty()) throw ApiError(illegal_argument("[filters] cannot be empty."));
  // Named filters answer in the order of their names.
  if (options.keyed) {
    std::stable_sort(options.filters.begin(), options.filters.end(),
                     [](const NamedFilter& a, const NamedFilter& b) { return a.name < b.name; });
  }
  return options;
}

class FiltersAggregator : public Aggregator {
 public:
  FiltersAggregator(const AggregationNode& node, const BuildContext& context)
      : Aggregator(node.name), single_(node.type == "filter"), children_(build_children(node, context)), context_(context.search) {
    if (single_) options_.filters.push_back({"", parse_query(node.body)});
    else options_ = parse_filters(node);
    width_ = static_cast<uint32_t>(options_.filters.size() + (options_.other ? 1 : 0));
  }

  std::string type_name() const override { return single_ ? "filter" : "filters"; }
  void begin(const Searcher& searcher) override { children_.begin(searcher); }
  void begin_segment(const Searcher& searcher, size_t segment) override {
    matches_.clear();
    for (const NamedFilter& filter : options_.filters) {
      matches_.push_back(matching_documents(*filter.query, searcher, segment, context_));
    }
    children_.begin_segment(searcher, segment);
  }

  void collect(const DocBatch& batch) override {
    uint32_t top = 0;
    for (size_t i = 0; i < batch.count; ++i) top = std::max(top, batch.buckets[i]);
    if (counts_.size() < (size_t{top} + 1) * width_) counts_.resize((size_t{top} + 1) * width_);
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
  void finish(AggregationContext& context) override { children_.finish(context); }

  void write(JsonWriter& out, uint32_t parent, AggregationContext& context) override {
    if (single_) {
      write_bucket(out, parent, context);
      return;
    }
    out.key("buckets");
    options_.keyed ? out.begin_object() : out.begin_array();
    for (uint32_t f = 0; f < width_; ++f) {
      context.count_bucket();
      if (options_.keyed) out.key(f < options_.filters.size() ? options_.filters[f].name : options_.other_name);
      out.begin_object();
      const uint64_t bucket = uint64_t{parent} * width_ + f;
      write_bucket(out, bucket < UINT32_MAX ? static_cast<uint32_t>(bucket) : UINT32_MAX, context);
      out.end_object();
    }
    options_.keyed ? out.end_object() : out.end_array();
  }

  double sort_value(uint32_t bucket, std::string_view property) const override {
    if (!single_ || (!property.empty() && property != "_count" && property != "doc_count")) return Aggregator::sort_value(bucket, property);
    return bucket < counts_.size() ? static_cast<double>(counts_[bucket]) : 0;
  }
  const Aggregator* child(std::string_view name) const override { return single_ ? children_.find(name) : nullptr; }

 private:
  void count(uint32_t bucket, LocalDocId doc) {
    ++counts_[bucket];
    children_.add(doc, bucket);
  }
  void write_bucket(JsonWriter& out, uint32_t bucket, AggregationContext& context) {
    out.key("doc_count").unsigned_number(bucket < counts_.size() ? counts_[bucket] : 0);
    children_.write(out, bucket, context);
  }

  bool single_;
  FiltersOptions options_;
  uint32_t width_ = 1;
  Children children_;
  const SearchContext& context_;
  std::vector<Bitset> matches_;       // of the current segment
  std::vector<uint64_t> counts_;      // parent * width + filter
};

}  // namespace

AggregatorPtr build_filter(const AggregationNode& node, const BuildContext& context) {
  return std::make_unique<FiltersAggregator>(node, context);
}
AggregatorPtr build_filters(const AggregationNode& node, const BuildContext& context) {
  return std::make_unique<FiltersAggregator>(node, context);
}
void check_filter(const AggregationNode& node) { parse_query(node.body); }
void check_filters(const AggregationNode& node) { parse_filters(node); }

}  // namespace tarn::query

// multi_terms: buckets of the combinations of several fields' values.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "indexer/base/error.h"
#include "query/aggs/bucket/bucket_order.h"
#include "query/aggs/bucket/count_options.h"
#include "query/aggs/types.h"
#include "query/aggs/value_source.h"
#include "query/bind/plan.h"

namespace tarn::query {
namespace {

struct MultiTermsOptions {
  std::vector<SourceOptions> terms;
  CountOptions count;
  bool show_error = false;
  BucketOrder order = BucketOrder::by_count();

  explicit MultiTermsOptions(const AggregationNode& node) {
    Options options(node.type);
    options
        .any("terms", kTokenArray,
             [&](const Json& json) {
               for (const Json& one : json) read_term(node, one);
               if (terms.size() < 2) {
                 throw ApiError(illegal_argument(fmt::format("multi term aggregation must has at least 2 terms. Found [{}] in [{}]{}", terms.size(), node.name,
                                                             terms.size() == 1 ? " Use terms aggregation for single term aggregation" : "")));
               }
             })
        .flag("show_term_doc_count_error", show_error);
    count.declare(options, node);
    declare_collect_mode(options);
    order.declare(options);
    options.read(node.body());
    if (terms.empty()) throw ApiError(illegal_argument("[terms] must be specified"));
  }

 private:
  void read_term(const AggregationNode& node, const Json& json) {
    if (!json.is_object()) throw ApiError(content_error("[field_config] Expected START_OBJECT but was: VALUE_STRING"));
    SourceOptions source;
    Options options("field_config");
    source.declare(options, node, SourceOptions::kAll | SourceOptions::kTimeZone);
    options.read(json);
    if (!json.contains("field") && !json.contains("script")) {
      throw ApiError(illegal_argument("[field] and [script] cannot both be null.  Please specify one or the other."));
    }
    terms.push_back(std::move(source));
  }
};

struct Part {
  bool is_text = false;
  int64_t number = 0;
  std::string text;
  auto operator<=>(const Part&) const = default;
};
using Key = std::vector<Part>;

class MultiTerms : public Aggregator {
 public:
  MultiTerms(const AggregationNode& node, const BuildContext& context)
      : Aggregator(node), options_(node), children_(build_children(node, context)), context_(context.search) {
    for (const SourceOptions& term : options_.terms) sources_.emplace_back(node.type, term, &context.state);
  }

  std::string type_name() const override { return "multi_terms"; }
  void begin(const Searcher& searcher) override {
    for (ValueSource& source : sources_) {
      source.bind(searcher, context_);
      if (source.kind() == ValueSource::Kind::kGeo) source.refuse();
    }
    options_.order.check(children_);
    children_.begin(searcher);
  }
  void begin_segment(const Searcher& searcher, size_t segment) override {
    for (ValueSource& source : sources_) source.begin_segment(searcher, segment);
    children_.begin_segment(searcher, segment);
    if (options_.count.min_doc_count == 0) note_all_keys(searcher.segments()[segment]);
  }
  void collect(const DocBatch& batch) override {
    parents_ = std::max(parents_, top_bucket(batch) + 1);
    parts_.assign(sources_.size(), std::vector<std::vector<Part>>(batch.count));
    for (size_t s = 0; s < sources_.size(); ++s) gather(s, batch);
    Key key(sources_.size());
    for (size_t i = 0; i < batch.count; ++i) combine(batch, i, 0, key);
  }
  void end_segment() override { children_.end_segment(); }
  void finish(AggregationContext& context) override {
    children_.finish(context);
    for (uint32_t parent = 0; parent < parents_; ++parent) {
      for (const Key& key : all_keys_) insert(parent, key);
    }
    for (uint32_t b = 0; b < buckets_.size(); ++b) state_of(by_parent_, buckets_[b].parent).push_back(b);
  }

  ResultPtr result(uint32_t parent, AggregationContext& context) override {
    auto result = std::make_unique<BucketsResult>();
    result->java = "InternalMultiTerms";
    std::vector<uint32_t> list = parent < by_parent_.size() ? by_parent_[parent] : std::vector<uint32_t>();
    std::erase_if(list, [&](uint32_t b) { return buckets_[b].count < options_.count.min_doc_count; });
    uint64_t others = 0;
    for (uint32_t b : list) others += buckets_[b].count;
    const size_t kept = std::min(options_.count.size, list.size());
    std::partial_sort(list.begin(), list.begin() + static_cast<ptrdiff_t>(kept), list.end(), [&](uint32_t a, uint32_t b) {
      return options_.order.compare(children_, a, buckets_[a].count, b, buckets_[b].count, [this](uint32_t x, uint32_t y) { return compare(x, y); }) < 0;
    });
    list.resize(kept);
    for (uint32_t b : list) {
      others -= buckets_[b].count;
      context.count_bucket();
      result->buckets.push_back(make_bucket(b, context));
    }
    result->before = fmt::format("\"doc_count_error_upper_bound\":0,\"sum_other_doc_count\":{}", others);
    return result;
  }
  size_t memory_bytes() const override { return (buckets_.size() + all_keys_.size()) * (64 + sources_.size() * 96) + children_.memory_bytes(); }

 private:
  struct Bucket {
    uint32_t parent;
    const Key* key;
    uint64_t count;
  };

  void gather(size_t s, const DocBatch& batch) {
    ValueSource& source = sources_[s];
    auto& out = parts_[s];
    const bool text_missing = source.has_missing() && source.kind() == ValueSource::Kind::kUnmapped && source.missing().is_string();
    if (source.kind() == ValueSource::Kind::kKeyword || text_missing) {
      source.for_each_ordinal(batch.docs, batch.count, [&](size_t i, Ordinal ordinal) {
        out[i].push_back({true, 0, source.term(ordinal)});
      });
      return;
    }
    source.for_each_number(batch.docs, batch.count, [&](size_t i, int64_t encoded) {
      if (out[i].empty() || out[i].back().number != encoded) out[i].push_back({false, encoded, ""});
    });
  }
  void combine(const DocBatch& batch, size_t i, size_t s, Key& key) {
    if (s < sources_.size()) {
      for (const Part& part : parts_[s][i]) {
        key[s] = part;
        combine(batch, i, s + 1, key);
      }
      return;
    }
    const uint32_t bucket = insert(batch.buckets[i], key);
    ++buckets_[bucket].count;
    children_.add(batch.docs[i], bucket);
  }
  uint32_t insert(uint32_t parent, const Key& key) {
    const auto [it, fresh] = numbers_.try_emplace({parent, key}, static_cast<uint32_t>(buckets_.size()));
    if (fresh) buckets_.push_back({parent, &it->first.second, 0});
    return it->second;
  }
  /// The keys of all documents, which min_doc_count 0 shows whether the query matches them or not.
  void note_all_keys(const SegmentReader& reader) {
    std::array<LocalDocId, kBatchDocs> docs;
    const std::vector<uint32_t> buckets(kBatchDocs, 0);
    for (LocalDocId begin = 0; begin < reader.doc_count(); begin += kBatchDocs) {
      const size_t count = std::min<size_t>(kBatchDocs, reader.doc_count() - begin);
      for (size_t i = 0; i < count; ++i) docs[i] = begin + static_cast<LocalDocId>(i);
      parts_.assign(sources_.size(), std::vector<std::vector<Part>>(count));
      for (size_t s = 0; s < sources_.size(); ++s) gather(s, {docs.data(), buckets.data(), count});
      Key key(sources_.size());
      for (size_t i = 0; i < count; ++i) note(i, 0, key);
      check_time(context_);
    }
  }
  void note(size_t i, size_t s, Key& key) {
    if (s == sources_.size()) {
      all_keys_.insert(key);
      return;
    }
    for (const Part& part : parts_[s][i]) {
      key[s] = part;
      note(i, s + 1, key);
    }
  }
  int compare(uint32_t a, uint32_t b) const {
    const auto order = *buckets_[a].key <=> *buckets_[b].key;
    return order < 0 ? -1 : order > 0;
  }

  /// One part of the key, as JSON and as plain text.
  std::pair<std::string, std::string> shown(size_t s, const Part& part) const {
    const ValueSource& source = sources_[s];
    std::string json;
    if (part.is_text) {
      append_json_string(json, source.shown_term(part.text));
      return {json, source.shown_term(part.text)};
    }
    const ValueFormat& format = source.format();
    const double number = source.number(part.number);
    if (format.kind == ValueFormat::Kind::kBoolean) json = number == 0 ? "false" : "true";
    else if (format.kind == ValueFormat::Kind::kUnsigned) json = std::to_string(static_cast<uint64_t>(part.number) ^ (1ull << 63));
    else if (format.has_text()) {
      append_json_string(json, format.text(number));
      return {json, format.text(number)};
    } else if (format.kind == ValueFormat::Kind::kLong) json = std::to_string(part.number);
    else json = double_text(number);
    return {json, json};
  }
  ResultBucket make_bucket(uint32_t b, AggregationContext& context) {
    ResultBucket out;
    std::string list;
    for (size_t s = 0; s < sources_.size(); ++s) {
      const auto [json, text] = shown(s, (*buckets_[b].key)[s]);
      list += (s == 0 ? "" : ",") + json;
      out.key += (s == 0 ? "" : "|") + text;
    }
    out.head = "\"key\":[" + list + "],\"key_as_string\":";
    append_json_string(out.head, out.key);
    out.doc_count = buckets_[b].count;
    if (options_.show_error) out.tail = "\"doc_count_error_upper_bound\":0";
    out.children = children_.build(b, context);
    return out;
  }

  MultiTermsOptions options_;
  std::vector<ValueSource> sources_;
  Children children_;
  const SearchContext& context_;
  std::map<std::pair<uint32_t, Key>, uint32_t> numbers_;
  std::vector<Bucket> buckets_;
  std::set<Key> all_keys_;
  uint32_t parents_ = 1;
  std::vector<std::vector<uint32_t>> by_parent_;
  std::vector<std::vector<std::vector<Part>>> parts_;
};

}  // namespace

AggregatorPtr build_multi_terms(const AggregationNode& node, const BuildContext& context) { return std::make_unique<MultiTerms>(node, context); }
void check_multi_terms(const AggregationNode& node) { MultiTermsOptions{node}; }

}  // namespace tarn::query

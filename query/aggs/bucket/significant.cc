// significant_terms: terms that are more frequent among the documents than in the background.
#include "query/aggs/bucket/significant.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <unordered_map>

#include "indexer/base/error.h"
#include "query/aggs/bucket/term_buckets.h"
#include "query/aggs/types.h"

namespace tarn::query {
namespace {

/// Lucene's PriorityQueue over scores, step by step, because its shape decides which of equal scores stay and in which order.
class ScoreQueue {
 public:
  explicit ScoreQueue(size_t capacity) : capacity_(capacity), heap_(1) {}
  void insert(double score, size_t item) {
    if (heap_.size() - 1 < capacity_) {
      heap_.push_back({score, item});
      up(heap_.size() - 1);
    } else if (capacity_ > 0 && !(score < heap_[1].score)) {
      heap_[1] = {score, item};
      down();
    }
  }
  /// The items, best first.
  std::vector<size_t> take() {
    std::vector<size_t> out(heap_.size() - 1);
    for (size_t i = out.size(); i-- > 0;) {
      out[i] = heap_[1].item;
      heap_[1] = heap_.back();
      heap_.pop_back();
      if (heap_.size() > 1) down();
    }
    return out;
  }

 private:
  struct Entry {
    double score = 0;
    size_t item = 0;
  };
  void up(size_t i) {
    const Entry node = heap_[i];
    for (size_t j = i / 2; j > 0 && node.score < heap_[j].score; j /= 2) {
      heap_[i] = heap_[j];
      i = j;
    }
    heap_[i] = node;
  }
  void down() {
    const Entry node = heap_[1];
    size_t i = 1;
    while (true) {
      size_t j = i * 2;
      if (j + 1 < heap_.size() && heap_[j + 1].score < heap_[j].score) ++j;
      if (j >= heap_.size() || !(heap_[j].score < node.score)) break;
      heap_[i] = heap_[j];
      i = j;
    }
    heap_[i] = node;
  }
  size_t capacity_;
  std::vector<Entry> heap_;   // from 1
};

/// The slot of a key in a Java HashMap of `table` slots.
size_t java_slot(const std::string& key, size_t table) {
  uint32_t hash = 0;
  for (unsigned char c : key) hash = hash * 31 + c;
  return (hash ^ hash >> 16) & (table - 1);
}

}  // namespace

SignificantOptions::SignificantOptions(const AggregationNode& node) {
  const bool text = node.type == "significant_text";
  Options options(node.type);
  source.declare(options, node, text ? 0u : SourceOptions::kFormat | SourceOptions::kMissing);
  filter.declare(options);
  heuristic.declare(options);
  count.declare(options, node);
  options
      .any("background_filter", kTokenObject, [&](const Json& json) { background = parse_query(json); })
      .any("execution_hint", kTokenString, [](const Json&) {});
  if (text) {
    options.flag("filter_duplicate_text", filter_duplicates).any("source_fields", kTokenArray | kTokenString, [&](const Json& json) {
      if (json.is_string()) source_fields.push_back(json.get<std::string>());
      else for (const Json& one : json) source_fields.push_back(scalar_option_text(one));
    });
  }
  options.read(node.body());
  filter.check();
  SourceOptions::require_field(node, false);
  if (count.shard_size == 0) count.shard_size = 2 * static_cast<size_t>(static_cast<double>(count.size) * 1.5 + 10);
  count.shard_size = std::max(count.shard_size, count.size);
}

void Significant::keep_best(std::vector<Scored>& list, const std::function<std::string(uint32_t)>& key_of,
                            const std::function<uint64_t(uint32_t)>& count_of) const {
  ScoreQueue shard(options_.count.shard_size);
  for (size_t i = 0; i < list.size(); ++i) shard.insert(list[i].score, i);
  std::vector<std::pair<size_t, size_t>> order;   // slot in the coordinator's map, item
  const std::vector<size_t> best = shard.take();
  size_t table = 16;
  while (static_cast<double>(best.size()) > static_cast<double>(table) * 0.75) table *= 2;
  for (size_t item : best) order.emplace_back(java_slot(key_of(list[item].bucket), table), item);
  std::stable_sort(order.begin(), order.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  ScoreQueue reduced(std::min(options_.count.size, order.size()));
  for (const auto& [slot, item] : order) {
    if (list[item].score > 0 && count_of(list[item].bucket) >= options_.count.min_doc_count) reduced.insert(list[item].score, item);
  }
  std::vector<Scored> out;
  for (size_t item : reduced.take()) out.push_back(list[item]);
  list = std::move(out);
}

namespace {

class SignificantTerms : public Significant {
 public:
  SignificantTerms(const AggregationNode& node, const BuildContext& context)
      : Significant(node, context), source_(node.type, options_.source, &context.state), buckets_(source_, options_.filter),
        by_ordinal_(context.is_root && node.children.empty() && options_.filter.empty()) {}

  std::string type_name() const override { return !saw_field_ ? "umsigterms" : buckets_.text() ? "sigsterms" : "siglterms"; }
  void begin(const Searcher& searcher) override {
    source_.bind(searcher, context_);
    if (source_.kind() == ValueSource::Kind::kGeo) source_.refuse();
    if (source_.kind() == ValueSource::Kind::kNumeric && source_.field() != nullptr && source_.field()->is_floating()) {
      throw ApiError(Error(500, "unsupported_operation_exception", "No support for examining floating point numerics"));
    }
    if (source_.kind() != ValueSource::Kind::kUnmapped) {
      saw_field_ = true;
      buckets_.bind(searcher, context_, source_.kind() == ValueSource::Kind::kKeyword);
      if (source_.format().kind == ValueFormat::Kind::kIp && options_.filter.has_pattern()) refuse_ip_pattern(name());
    }
    Significant::begin(searcher);
  }
  void begin_segment(const Searcher& searcher, size_t segment) override {
    source_.begin_segment(searcher, segment);
    buckets_.begin_segment(searcher.segments()[segment]);
    Significant::begin_segment(searcher, segment);
  }
  void collect(const DocBatch& batch) override {
    count_subset(batch);
    buckets_.for_each(batch, [&](uint32_t bucket, size_t i) {
      buckets_.count(bucket);
      children_.add(batch.docs[i], bucket);
    });
  }
  void finish(AggregationContext& context) override {
    children_.finish(context);
    by_parent_ = buckets_.by_parent();
  }
  ResultPtr result(uint32_t parent, AggregationContext& context) override {
    auto result = start_result(parent);
    std::vector<Scored> list;
    const auto none = std::vector<uint32_t>();
    for (uint32_t bucket : parent < by_parent_.size() ? by_parent_[parent] : none) {
      if (buckets_[bucket].count < options_.count.shard_min_doc_count) continue;
      const uint64_t background = background_of(bucket);
      list.push_back({bucket, score(parent, buckets_[bucket].count, background), background});
    }
    if (buckets_.text() && by_ordinal_) {
      std::sort(list.begin(), list.end(), [this](const Scored& a, const Scored& b) { return buckets_.compare_keys(a.bucket, b.bucket) < 0; });
    }
    keep_best(list, [this](uint32_t b) { return buckets_.key_text(b); }, [this](uint32_t b) { return buckets_[b].count; });
    for (const Scored& scored : list) {
      context.count_bucket();
      ResultBucket out;
      out.key = buckets_.key_text(scored.bucket);
      out.number = buckets_.key_number(scored.bucket);
      out.head = buckets_.head(scored.bucket);
      out.doc_count = buckets_[scored.bucket].count;
      out.tail = tail(scored);
      out.children = children_.build(scored.bucket, context);
      result->buckets.push_back(std::move(out));
    }
    return result;
  }
  size_t memory_bytes() const override { return buckets_.memory_bytes() + children_.memory_bytes(); }

 private:
  uint64_t background_of(uint32_t bucket) {
    const TermBuckets::Bucket& mine = buckets_[bucket];
    const std::string key = buckets_.text() ? std::string(mine.term) : std::to_string(mine.number);
    const auto [it, fresh] = background_freqs_.try_emplace(key, 0);
    if (!fresh) return it->second;
    for (size_t s = 0; s < searchers_.size(); ++s) {
      const auto& segments = searchers_[s]->segments();
      const FieldType* field = searchers_[s]->mapping().find(source_.field_name());
      if (field == nullptr) continue;
      if (field->inverted) {
        if (options_.background) not_supported(node(), "[background_filter] over fielddata");
        it->second += searchers_[s]->doc_freq(field->path, key);
        continue;
      }
      for (size_t g = 0; g < segments.size(); ++g) {
        Bitset documents(segments[g].doc_count());
        if (buckets_.text()) {
          const KeywordColumn* column = segments[g].keywords(field->path);
          const auto ordinal = column != nullptr ? column->find(mine.term) : std::nullopt;
          if (!ordinal) continue;
          if (!options_.background) {
            it->second += column->doc_freq(*ordinal);
            continue;
          }
          column->or_docs_into(*ordinal, *ordinal + 1, documents);
        } else if (const NumericColumn* column = segments[g].numbers(field->path)) {
          column->or_range_into(mine.number, mine.number, documents);
        }
        if (options_.background) documents &= backgrounds_[s][g];
        it->second += documents.count();
      }
    }
    return it->second;
  }

  ValueSource source_;
  TermBuckets buckets_;
  bool by_ordinal_;   ///< OpenSearch looks at terms in order of the dictionary, else as they were met
  bool saw_field_ = false;
  std::vector<std::vector<uint32_t>> by_parent_;
  std::unordered_map<std::string, uint64_t> background_freqs_;
};

}  // namespace

AggregatorPtr build_significant(const AggregationNode& node, const BuildContext& context) {
  if (node.type == "significant_text") return make_significant_text(node, context);
  return std::make_unique<SignificantTerms>(node, context);
}
void check_significant(const AggregationNode& node) { SignificantOptions{node}; }

}  // namespace tarn::query

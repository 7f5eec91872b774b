// significant_terms and significant_text: terms that are more frequent among the documents than in the background.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <unordered_map>

#include "indexer/base/error.h"
#include "query/aggs/bucket/heuristic.h"
#include "query/aggs/bucket/term_buckets.h"
#include "query/aggs/types.h"
#include "query/collect/execute.h"

namespace tarn::query {
namespace {

struct SignificantOptions {
  SourceOptions source;
  IncludeExclude filter;
  Heuristic heuristic;
  std::shared_ptr<const Query> background;
  size_t size = 10;
  size_t shard_size = 0;   ///< 0: as OpenSearch guesses
  uint64_t min_doc_count = 3, shard_min_doc_count = 0;

  explicit SignificantOptions(const AggregationNode& node) {
    const bool text = node.type == "significant_text";
    Options options(node.type);
    source.declare(options, node, text ? 0u : SourceOptions::kFormat | SourceOptions::kMissing);
    filter.declare(options);
    heuristic.declare(options);
    options
        .integer("size",
                 [&](int64_t value) {
                   require_positive(node, "size", value);
                   size = static_cast<size_t>(value);
                 })
        .integer("shard_size",
                 [&](int64_t value) {
                   require_positive(node, "shardSize", value);
                   shard_size = static_cast<size_t>(value);
                 })
        .whole("min_doc_count",
               [&](int64_t value) {
                 require_not_negative(node, "minDocCount", value);
                 min_doc_count = static_cast<uint64_t>(value);
               })
        .whole("shard_min_doc_count",
               [&](int64_t value) {
                 require_not_negative(node, "shardMinDocCount", value);
                 shard_min_doc_count = static_cast<uint64_t>(value);
               })
        .any("background_filter", kTokenObject, [&](const Json& json) { background = parse_query(json); })
        .any("execution_hint", kTokenString, [](const Json&) {})
        .any("script_heuristic", kTokenObject, [&](const Json&) { not_supported(node, "[script_heuristic]"); });
    if (text) {
      options
          .flag("filter_duplicate_text", [&](bool on) { if (on) not_supported(node, "[filter_duplicate_text]"); })
          .any("source_fields", kTokenArray | kTokenString, [&](const Json&) { not_supported(node, "[source_fields]"); });
    }
    options.read(node.body());
    filter.check();
    SourceOptions::require_field(node, false);
    if (shard_size == 0) shard_size = 2 * static_cast<size_t>(static_cast<double>(size) * 1.5 + 10);
    shard_size = std::max(shard_size, size);
  }
};

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

/// What both have: sizes of subset and background, scores, the choice of the best.
class Significant : public Aggregator {
 public:
  Significant(const AggregationNode& node, const BuildContext& context)
      : Aggregator(node), options_(node), children_(build_children(node, context)), context_(context.search) {}

  void begin(const Searcher& searcher) override {
    searchers_.push_back(&searcher);
    std::vector<Bitset>& filters = backgrounds_.emplace_back();
    if (options_.background) {
      for (size_t s = 0; s < searcher.segments().size(); ++s) {
        filters.push_back(matching_documents(*options_.background, searcher, s, context_));
        superset_size_ += filters.back().count();
      }
    } else {
      superset_size_ += searcher.live_doc_count();
    }
    children_.begin(searcher);
  }
  void begin_segment(const Searcher& searcher, size_t segment) override { children_.begin_segment(searcher, segment); }
  void end_segment() override { children_.end_segment(); }

 protected:
  void count_subset(const DocBatch& batch) {
    for (size_t i = 0; i < batch.count; ++i) subset_sizes_.add(batch.buckets[i]);
  }
  struct Scored {
    uint32_t bucket;
    double score;
    uint64_t background;
  };
  double score(uint32_t parent, uint64_t subset, uint64_t background) const {
    return options_.heuristic.score({static_cast<double>(subset), static_cast<double>(subset_sizes_[parent]), static_cast<double>(background), static_cast<double>(superset_size_)});
  }
  /// The best terms of a shard, whatever their count, and of these the best that are frequent enough: as OpenSearch reduces,
  /// the order of its maps included. `list` stands in order of the shard's terms.
  template <class KeyOf, class CountOf>
  void keep_best(std::vector<Scored>& list, KeyOf&& key_of, CountOf&& count_of) const {
    ScoreQueue shard(options_.shard_size);
    for (size_t i = 0; i < list.size(); ++i) shard.insert(list[i].score, i);
    std::vector<std::pair<size_t, size_t>> order;   // slot in the coordinator's map, item
    const std::vector<size_t> best = shard.take();
    size_t table = 16;
    while (static_cast<double>(best.size()) > static_cast<double>(table) * 0.75) table *= 2;
    for (size_t item : best) order.emplace_back(java_slot(key_of(list[item].bucket), table), item);
    std::stable_sort(order.begin(), order.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    ScoreQueue reduced(std::min(options_.size, order.size()));
    for (const auto& [slot, item] : order) {
      if (list[item].score > 0 && count_of(list[item].bucket) >= options_.min_doc_count) reduced.insert(list[item].score, item);
    }
    std::vector<Scored> out;
    for (size_t item : reduced.take()) out.push_back(list[item]);
    list = std::move(out);
  }
  std::unique_ptr<BucketsResult> start_result(uint32_t parent) const {
    auto result = std::make_unique<BucketsResult>();
    result->java = "InternalSignificantTerms";
    result->before = fmt::format("\"doc_count\":{},\"bg_count\":{}", subset_sizes_[parent], superset_size_);
    return result;
  }
  static std::string tail(const Scored& scored) {
    return members_text([&](JsonWriter& out) { out.key("score").number(scored.score).key("bg_count").unsigned_number(scored.background); });
  }

  SignificantOptions options_;
  Children children_;
  const SearchContext& context_;
  BucketCounts subset_sizes_;
  uint64_t superset_size_ = 0;
  std::vector<const Searcher*> searchers_;
  std::vector<std::vector<Bitset>> backgrounds_;   // by searcher and segment, where there is a background_filter
};

class SignificantTerms : public Significant {
 public:
  SignificantTerms(const AggregationNode& node, const BuildContext& context)
      : Significant(node, context), source_(node.type, options_.source), buckets_(source_, options_.filter) {}

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
      if (buckets_[bucket].count < options_.shard_min_doc_count) continue;
      const uint64_t background = background_of(bucket);
      list.push_back({bucket, score(parent, buckets_[bucket].count, background), background});
    }
    if (buckets_.text()) {
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
  bool saw_field_ = false;
  std::vector<std::vector<uint32_t>> by_parent_;
  std::unordered_map<std::string, uint64_t> background_freqs_;
};

/// The terms of a text field come from its token column: what was indexed, document by document.
class SignificantText : public Significant {
 public:
  using Significant::Significant;
  std::string type_name() const override { return texts_.empty() ? "umsigterms" : "sigsterms"; }
  void begin(const Searcher& searcher) override {
    const FieldType* field = searcher.mapping().find(options_.source.field);
    if (field != nullptr && !field->inverted) {
      throw ApiError(illegal_argument(fmt::format("Field [{}] has no analyzer, but SignificantText requires an analyzed field", options_.source.field)));
    }
    if (field != nullptr && !field->positions) not_supported(node(), "a field without positions");
    path_ = field != nullptr ? field->path : "";
    Significant::begin(searcher);
  }
  void begin_segment(const Searcher& searcher, size_t segment) override {
    text_ = path_.empty() ? nullptr : searcher.segments()[segment].text(path_);
    numbers_.clear();
    Significant::begin_segment(searcher, segment);
  }
  void collect(const DocBatch& batch) override {
    count_subset(batch);
    if (text_ == nullptr) return;
    for (size_t i = 0; i < batch.count; ++i) {
      tokens_.clear();
      text_->tokens(batch.docs[i], tokens_);
      terms_.clear();
      for (const ColumnToken& token : tokens_) terms_.push_back(token.term);
      std::sort(terms_.begin(), terms_.end());
      terms_.erase(std::unique(terms_.begin(), terms_.end()), terms_.end());
      for (uint32_t term : terms_) {
        const uint32_t number = number_of(term);
        if (number == kNoBucket) continue;
        bool fresh = false;
        const uint32_t bucket = map_.insert(batch.buckets[i], number, fresh);
        if (fresh) buckets_.push_back({batch.buckets[i], number, 0});
        ++buckets_[bucket].count;
        children_.add(batch.docs[i], bucket);
      }
    }
  }
  void finish(AggregationContext& context) override {
    children_.finish(context);
    for (uint32_t b = 0; b < buckets_.size(); ++b) state_of(by_parent_, buckets_[b].parent).push_back(b);
  }
  ResultPtr result(uint32_t parent, AggregationContext& context) override {
    auto result = start_result(parent);
    std::vector<Scored> list;
    const auto none = std::vector<uint32_t>();
    for (uint32_t bucket : parent < by_parent_.size() ? by_parent_[parent] : none) {
      if (buckets_[bucket].count < options_.shard_min_doc_count) continue;
      const uint64_t background = background_of(*texts_[buckets_[bucket].term]);
      list.push_back({bucket, score(parent, buckets_[bucket].count, background), background});
    }
    keep_best(list, [this](uint32_t b) { return *texts_[buckets_[b].term]; }, [this](uint32_t b) { return buckets_[b].count; });
    for (const Scored& scored : list) {
      context.count_bucket();
      ResultBucket out;
      out.key = *texts_[buckets_[scored.bucket].term];
      out.head = "\"key\":";
      append_json_string(out.head, out.key);
      out.doc_count = buckets_[scored.bucket].count;
      out.tail = tail(scored);
      out.children = children_.build(scored.bucket, context);
      result->buckets.push_back(std::move(out));
    }
    return result;
  }
  size_t memory_bytes() const override { return map_.memory_bytes() + buckets_.capacity() * sizeof(Bucket) + texts_.size() * 96 + children_.memory_bytes(); }

 private:
  struct Bucket {
    uint32_t parent, term;
    uint64_t count;
  };
  uint32_t number_of(uint32_t ordinal) {
    const auto [it, fresh] = numbers_.try_emplace(ordinal, kNoBucket);
    if (!fresh) return it->second;
    const std::string text = text_->token_term(ordinal);
    if (!options_.filter.empty() && !options_.filter.accepts_term(text, text)) return kNoBucket;
    const auto [known, is_new] = all_terms_.try_emplace(text, static_cast<uint32_t>(texts_.size()));
    if (is_new) texts_.push_back(&known->first);
    return it->second = known->second;
  }
  uint64_t background_of(const std::string& term) const {
    uint64_t count = 0;
    for (size_t s = 0; s < searchers_.size(); ++s) {
      if (!options_.background) {
        count += searchers_[s]->doc_freq(path_, term);
        continue;
      }
      const auto& segments = searchers_[s]->segments();
      for (size_t g = 0; g < segments.size(); ++g) {
        const TextIndex* text = segments[g].text(path_);
        const auto postings = text != nullptr ? text->postings(term) : nullptr;
        if (!postings) continue;
        for (LocalDocId doc : postings->docs) count += backgrounds_[s][g].test(doc);
      }
    }
    return count;
  }

  std::string path_;
  const TextIndex* text_ = nullptr;
  std::vector<ColumnToken> tokens_;
  std::vector<uint32_t> terms_;
  std::unordered_map<uint32_t, uint32_t> numbers_;         // of the segment's token ordinals
  std::unordered_map<std::string, uint32_t> all_terms_;
  std::vector<const std::string*> texts_;
  BucketMap map_;
  std::vector<Bucket> buckets_;
  std::vector<std::vector<uint32_t>> by_parent_;
};

}  // namespace

AggregatorPtr build_significant(const AggregationNode& node, const BuildContext& context) {
  if (node.type == "significant_text") return std::make_unique<SignificantText>(node, context);
  return std::make_unique<SignificantTerms>(node, context);
}
void check_significant(const AggregationNode& node) { SignificantOptions{node}; }

}  // namespace tarn::query

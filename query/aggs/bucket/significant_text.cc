// significant_text: the same over the words of a text field, as its documents are read again.
#include <algorithm>
#include <unordered_map>

#include "indexer/base/error.h"
#include "query/aggs/bucket/duplicate_text.h"
#include "query/aggs/bucket/significant.h"
#include "query/aggs/flat_map.h"
#include "query/fetch/source_fields.h"

namespace tarn::query {
namespace {

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
    if (field != nullptr && !field->positions && options_.source_fields.empty()) not_supported(node(), "a field without positions");
    path_ = field != nullptr ? field->path : "";
    analyzer_ = field != nullptr ? field->index_analyzer : nullptr;
    from_source_ = !options_.source_fields.empty() && field != nullptr;
    Significant::begin(searcher);
  }
  void begin_segment(const Searcher& searcher, size_t segment) override {
    segment_ = segment;
    text_ = path_.empty() ? nullptr : searcher.segments()[segment].text(path_);
    numbers_.clear();
    Significant::begin_segment(searcher, segment);
  }
  void collect(const DocBatch& batch) override {
    count_subset(batch);
    if (text_ == nullptr && !from_source_) return;
    for (size_t i = 0; i < batch.count; ++i) {
      from_source_ ? read_source(batch.docs[i]) : read_tokens(batch.docs[i]);
      if (options_.filter_duplicates) drop_duplicates(batch.buckets[i]);
      ++stamp_;
      for (const auto& stream : streams_) {
        for (uint32_t number : stream) {
          if (number == kNoBucket || stamps_[number] == stamp_) continue;  // a document counts once for a term
          stamps_[number] = stamp_;
          if (!wanted_[number]) continue;
          bool fresh = false;
          const uint32_t bucket = map_.insert(batch.buckets[i], number, fresh);
          if (fresh) buckets_.push_back({batch.buckets[i], number, 0});
          ++buckets_[bucket].count;
          children_.add(batch.docs[i], bucket);
        }
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
      if (buckets_[bucket].count < options_.count.shard_min_doc_count) continue;
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
  size_t memory_bytes() const override { return map_.memory_bytes() + buckets_.capacity() * sizeof(Bucket) + texts_.size() * 112 + spotter_bytes_ + children_.memory_bytes(); }

 private:
  struct Bucket {
    uint32_t parent, term;
    uint64_t count;
  };
  void read_tokens(LocalDocId doc) {
    streams_.assign(1, {});
    tokens_.clear();
    text_->tokens(doc, tokens_);
    for (const ColumnToken& token : tokens_) {
      const auto [it, fresh] = numbers_.try_emplace(token.term, kNoBucket);
      if (fresh) it->second = number_of(text_->token_term(token.term));
      streams_[0].push_back(it->second);
    }
  }
  /// Analyzes what the source has in source_fields.
  void read_source(LocalDocId doc) {
    streams_.clear();
    const Bitset* roots = searchers_.back()->segments()[segment_].segment().roots();
    const DocRef root{static_cast<uint32_t>(segment_), roots == nullptr ? doc : static_cast<LocalDocId>(roots->next(doc))};
    const std::string source = searchers_.back()->fetch(root).source;
    if (source.empty() || analyzer_ == nullptr) return;
    const Json parsed = parse_json(source);
    for (const std::string& path : options_.source_fields) {
      std::vector<const Json*> values;
      collect_source_values(parsed, path, values);
      for (const Json* value : values) {
        if (value->is_null() || value->is_structured()) continue;
        TokenBuffer buffer;
        const std::string text = scalar_option_text(*value);
        analyzer_->analyze(text, buffer);
        std::vector<uint32_t>& stream = streams_.emplace_back();
        for (const Token& token : buffer.tokens) stream.push_back(number_of(std::string(token.term)));
      }
    }
  }
  void drop_duplicates(uint32_t bucket) {
    DuplicateSpotter& spotter = state_of(spotters_, bucket);
    spotter_bytes_ -= spotter.memory_bytes();
    for (auto& stream : streams_) {
      std::vector<uint8_t> bytes;
      for (uint32_t number : stream) bytes.push_back(bytes_[number]);
      const std::vector<bool> duplicate = spotter.duplicates(bytes);
      for (size_t t = 0; t < stream.size(); ++t) {
        if (duplicate[t]) stream[t] = kNoBucket;
      }
    }
    spotter.end_document();
    spotter_bytes_ += spotter.memory_bytes();
  }
  uint32_t number_of(const std::string& text) {
    const auto [known, fresh] = all_terms_.try_emplace(text, static_cast<uint32_t>(texts_.size()));
    if (fresh) {
      texts_.push_back(&known->first);
      stamps_.push_back(0);
      bytes_.push_back(DuplicateSpotter::byte_of(text));
      wanted_.push_back(options_.filter.empty() || options_.filter.accepts_term(text, text));
    }
    return known->second;
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
  std::vector<std::vector<uint32_t>> streams_;             // of the document: numbers of its tokens, by value
  std::unordered_map<uint32_t, uint32_t> numbers_;         // of the segment's token ordinals
  std::unordered_map<std::string, uint32_t> all_terms_;
  // By number.
  std::vector<const std::string*> texts_;
  std::vector<uint64_t> stamps_;
  std::vector<uint8_t> bytes_;
  std::vector<bool> wanted_;
  uint64_t stamp_ = 0;
  std::vector<DuplicateSpotter> spotters_;                 // by bucket of the parent
  size_t spotter_bytes_ = 0;
  const Analyzer* analyzer_ = nullptr;
  bool from_source_ = false;
  size_t segment_ = 0;
  BucketMap map_;
  std::vector<Bucket> buckets_;
  std::vector<std::vector<uint32_t>> by_parent_;
};

}  // namespace

AggregatorPtr make_significant_text(const AggregationNode& node, const BuildContext& context) { return std::make_unique<SignificantText>(node, context); }

}  // namespace tarn::query

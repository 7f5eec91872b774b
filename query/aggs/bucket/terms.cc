// terms: ordinals count into arrays a segment, numbers into one flat map; a bucket has one number in the whole run.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <deque>
#include <set>
#include <unordered_map>

#include "indexer/base/error.h"
#include "query/aggs/bucket/bucket_order.h"
#include "query/bind/values.h"
#include "query/aggs/flat_map.h"
#include "query/aggs/parse.h"
#include "query/aggs/value_source.h"

namespace tarn::query {
namespace {

struct TermsOptions {
  size_t size = 10;
  uint64_t min_doc_count = 1;
  bool show_error = false;
  BucketOrder order;
  std::optional<std::set<std::string>> include, exclude;
};

std::set<std::string> exact_values(const AggregationNode& node, std::string_view member, const Json& json) {
  std::set<std::string> out;
  if (!json.is_array()) {
    throw ApiError(Error(501, "not_implemented_exception",
                         fmt::format("[{}] of the aggregation [{}] with a pattern or a partition is not implemented in Tarn yet; "
                                     "give an array of exact values", member, node.type)));
  }
  for (const Json& value : json) out.insert(value.is_string() ? value.get<std::string>() : to_text(value));
  return out;
}

TermsOptions parse_options(const AggregationNode& node) {
  TermsOptions options;
  const Json& body = node.body;
  if (body.contains("size")) {
    const int64_t size = body["size"].is_string() ? std::stoll(body["size"].get<std::string>()) : body["size"].get<int64_t>();
    if (size <= 0) {
      fail_member(node, "size", illegal_argument(fmt::format("[size] must be greater than 0. Found [{}] in [{}]", size, node.name)));
    }
    options.size = static_cast<size_t>(size);
  }
  if (body.contains("shard_size") && body["shard_size"].is_number() && body["shard_size"].get<int64_t>() <= 0) {
    fail_member(node, "shard_size", illegal_argument(fmt::format("[shardSize] must be greater than  0. Found [{}] in [{}]",
                                                                 to_text(body["shard_size"]), node.name)));
  }
  if (body.contains("min_doc_count")) {
    const int64_t count = body["min_doc_count"].get<int64_t>();
    if (count < 0) {
      fail_member(node, "min_doc_count",
                  illegal_argument(fmt::format("[minDocCount] must be greater than or equal to 0. Found [{}] in [{}]", count, node.name)));
    }
    options.min_doc_count = static_cast<uint64_t>(count);
  }
  if (body.contains("show_term_doc_count_error")) options.show_error = body["show_term_doc_count_error"].get<bool>();
  options.order = BucketOrder::parse(node, body.contains("order") ? body["order"] : Json(),
                                     {{BucketOrder::Key::Kind::kCount, false, {}, ""}});
  if (body.contains("include")) options.include = exact_values(node, "include", body["include"]);
  if (body.contains("exclude")) options.exclude = exact_values(node, "exclude", body["exclude"]);
  return options;
}

class TermsAggregator : public Aggregator {
 public:
  TermsAggregator(const AggregationNode& node, const BuildContext& context)
      : Aggregator(node.name), options_(parse_options(node)), source_(node.type, node.body, true),
        children_(build_children(node, context)), context_(context.search), is_root_(context.is_root) {}

  std::string type_name() const override {
    if (!saw_field_) return "umterms";
    if (keyword_) return "sterms";
    return source_.format().kind == ValueFormat::Kind::kNumber ? "dterms"
           : source_.format().kind == ValueFormat::Kind::kUnsigned ? "ulterms" : "lterms";
  }

  void begin(const Searcher& searcher) override {
    source_.bind(searcher, context_);
    if (source_.kind() == ValueSource::Kind::kGeo) source_.refuse();
    if (source_.kind() != ValueSource::Kind::kUnmapped || source_.has_missing()) {
      saw_field_ = true;
      keyword_ = source_.kind() == ValueSource::Kind::kKeyword ||
                 (source_.kind() == ValueSource::Kind::kUnmapped && source_.missing().is_string());
    }
    children_.begin(searcher);
  }

  void begin_segment(const Searcher& searcher, size_t segment) override {
    source_.begin_segment(searcher, segment);
    children_.begin_segment(searcher, segment);
    // At the root and with nothing below, terms are only counted; they become buckets at the segment's end.
    counts_only_ = keyword_ && is_root_ && children_.empty() && !source_.has_missing() && source_.keywords() != nullptr;
    ordinal_counts_.clear();
    root_slots_.clear();
    slots_ = BucketMap();
    slot_buckets_.clear();
    if (source_.keywords() == nullptr) return;
    if (counts_only_) ordinal_counts_.assign(source_.keywords()->ordinal_count(), 0);
    root_slots_.assign(source_.keywords()->ordinal_count(), kUnseen);
    if (options_.min_doc_count == 0) {
      // Terms that no matching document has are buckets too, in every parent bucket; see finish().
      for (Ordinal o = 0; o < source_.keywords()->ordinal_count(); ++o) all_terms_.insert(std::string(source_.keywords()->term(o)));
    }
  }

  void collect(const DocBatch& batch) override {
    for (size_t i = 0; i < batch.count; ++i) parents_ = std::max(parents_, batch.buckets[i] + 1);
    if (counts_only_) {
      source_.for_each_ordinal(batch.docs, batch.count, [&](size_t, Ordinal ordinal) { ++ordinal_counts_[ordinal]; });
      return;
    }
    if (keyword_) {
      source_.for_each_ordinal(batch.docs, batch.count, [&](size_t i, Ordinal ordinal) {
        const uint32_t bucket = bucket_of_ordinal(batch.buckets[i], ordinal);
        if (bucket != kRefused) count(bucket, batch.docs[i]);
      });
      return;
    }
    int64_t previous = 0;
    size_t previous_doc = SIZE_MAX;
    source_.for_each_number(batch.docs, batch.count, [&](size_t i, int64_t encoded) {
      if (i == previous_doc && encoded == previous) return;  // a document counts once for a value
      previous = encoded;
      previous_doc = i;
      const uint32_t bucket = bucket_of_number(batch.buckets[i], encoded);
      if (bucket != kRefused) count(bucket, batch.docs[i]);
    });
  }

  void end_segment() override {
    for (Ordinal ordinal = 0; ordinal < ordinal_counts_.size(); ++ordinal) {
      if (ordinal_counts_[ordinal] == 0) continue;
      const uint32_t bucket = bucket_of_ordinal(0, ordinal);
      if (bucket != kRefused) buckets_[bucket].count += ordinal_counts_[ordinal];
    }
    ordinal_counts_.clear();
    children_.end_segment();
  }

  void finish(AggregationContext& context) override {
    by_parent_.assign(std::max<uint32_t>(parents_, 1), {});
    if (options_.min_doc_count == 0) add_empty_terms();
    for (uint32_t bucket = 0; bucket < buckets_.size(); ++bucket) by_parent_[buckets_[bucket].parent].push_back(bucket);
    children_.finish(context);
    for (auto& list : by_parent_) cut(list);
  }

  void write(JsonWriter& out, uint32_t parent, AggregationContext& context) override {
    static const Selection kNothing;
    const Selection& selection = parent < selections_.size() ? selections_[parent] : kNothing;
    out.key("doc_count_error_upper_bound").number(0);
    out.key("sum_other_doc_count").unsigned_number(selection.other);
    out.key("buckets").begin_array();
    for (uint32_t bucket : selection.buckets) {
      context.count_bucket();
      out.begin_object();
      write_key(out, buckets_[bucket]);
      out.key("doc_count").unsigned_number(buckets_[bucket].count);
      if (options_.show_error) out.key("doc_count_error_upper_bound").number(0);
      children_.write(out, bucket, context);
      out.end_object();
    }
    out.end_array();
  }

 private:
  static constexpr uint32_t kUnseen = UINT32_MAX, kRefused = UINT32_MAX - 1;
  struct Bucket {
    uint32_t parent;
    int64_t number;          // encoded value of numeric terms
    const std::string* term; // of keyword terms, owned by terms_
    uint64_t count;
  };
  struct Selection {
    std::vector<uint32_t> buckets;
    uint64_t other = 0;
  };

  void count(uint32_t bucket, LocalDocId doc) {
    ++buckets_[bucket].count;
    children_.add(doc, bucket);
  }

  /// Ordinals are translated once a segment (and parent bucket) to the bucket's number in the run.
  uint32_t bucket_of_ordinal(uint32_t parent, Ordinal ordinal) {
    if (ordinal == kNoOrdinal) return bucket_of_term(parent, missing_term());
    if (parent == 0) {
      uint32_t& slot = root_slots_[ordinal];
      if (slot == kUnseen) slot = bucket_of_term(0, term_text(ordinal));
      return slot;
    }
    bool fresh = false;
    const uint32_t slot = slots_.insert(parent, ordinal, fresh);
    if (fresh) slot_buckets_.push_back(bucket_of_term(parent, term_text(ordinal)));
    return slot_buckets_[slot];
  }

  std::string term_text(Ordinal ordinal) const { return std::string(source_.keywords()->term(ordinal)); }
  std::string missing_term() const {
    const Json& missing = source_.missing();
    return missing.is_string() ? missing.get<std::string>() : to_text(missing);
  }
  std::string shown(const std::string& term) const {
    return source_.format().kind == ValueFormat::Kind::kIp ? ip_text(term) : term;
  }

  bool wanted(const std::string& text) const {
    if (options_.include && !options_.include->contains(text)) return false;
    return !options_.exclude || !options_.exclude->contains(text);
  }

  uint32_t bucket_of_term(uint32_t parent, const std::string& term) {
    auto [it, fresh] = terms_.try_emplace(term, static_cast<uint32_t>(terms_.size()));
    if (fresh) allowed_.push_back(wanted(shown(term)));
    if (!allowed_[it->second]) return kRefused;
    bool new_bucket = false;
    const uint32_t bucket = keys_.insert(parent, it->second, new_bucket);
    if (new_bucket) buckets_.push_back({parent, 0, &it->first, 0});
    return bucket;
  }

  uint32_t bucket_of_number(uint32_t parent, int64_t encoded) {
    if ((options_.include || options_.exclude) && !number_wanted(encoded)) return kRefused;
    bool fresh = false;
    const uint32_t bucket = keys_.insert(parent, encoded, fresh);
    if (fresh) buckets_.push_back({parent, encoded, nullptr, 0});
    return bucket;
  }
  bool number_wanted(int64_t encoded) {
    const auto [it, fresh] = number_allowed_.try_emplace(encoded, false);
    if (fresh) {
      const double value = source_.number(encoded);
      const auto matches = [&](const std::set<std::string>& set) {
        return std::any_of(set.begin(), set.end(), [&](const std::string& text) {
          if (text == "true") return value == 1;
          if (text == "false") return value == 0;
          char* end = nullptr;
          const double number = std::strtod(text.c_str(), &end);
          return *end == 0 && number == value;
        });
      };
      it->second = (!options_.include || matches(*options_.include)) && !(options_.exclude && matches(*options_.exclude));
    }
    return it->second;
  }

  void add_empty_terms() {
    for (const std::string& term : all_terms_) {
      for (uint32_t parent = 0; parent < by_parent_.size(); ++parent) bucket_of_term(parent, term);
    }
  }

  int compare_keys(uint32_t a, uint32_t b) const {
    if (keyword_) return buckets_[a].term->compare(*buckets_[b].term);
    return buckets_[a].number < buckets_[b].number ? -1 : buckets_[a].number > buckets_[b].number;
  }

  /// Sorts the buckets of one parent and keeps the first `size`.
  void cut(std::vector<uint32_t>& list) {
    Selection& selection = selections_.emplace_back();
    std::erase_if(list, [&](uint32_t bucket) { return buckets_[bucket].count < options_.min_doc_count; });
    uint64_t total = 0;
    for (uint32_t bucket : list) total += buckets_[bucket].count;
    const size_t kept = std::min(options_.size, list.size());
    std::partial_sort(list.begin(), list.begin() + static_cast<ptrdiff_t>(kept), list.end(), [&](uint32_t a, uint32_t b) {
      return options_.order.compare(children_, a, buckets_[a].count, b, buckets_[b].count,
                                    [this](uint32_t x, uint32_t y) { return compare_keys(x, y); }) < 0;
    });
    list.resize(kept);
    for (uint32_t bucket : list) total -= buckets_[bucket].count;
    selection.buckets = std::move(list);
    selection.other = total;
  }

  void write_key(JsonWriter& out, const Bucket& bucket) const {
    out.key("key");
    if (keyword_) {
      out.string(shown(*bucket.term));
      return;
    }
    const ValueFormat& format = source_.format();
    const double value = source_.number(bucket.number);
    switch (format.kind) {
      case ValueFormat::Kind::kNumber: out.number(value); break;
      case ValueFormat::Kind::kUnsigned: out.unsigned_number(static_cast<uint64_t>(bucket.number) ^ (1ull << 63)); break;
      case ValueFormat::Kind::kDate: out.number(static_cast<int64_t>(value)); break;
      default: out.number(bucket.number);
    }
    if (format.has_text()) out.key("key_as_string").string(format.text(value));
  }

  TermsOptions options_;
  ValueSource source_;
  Children children_;
  const SearchContext& context_;
  bool is_root_;
  bool keyword_ = false, saw_field_ = false, counts_only_ = false;
  std::vector<uint32_t> ordinal_counts_;                  // of the current segment, if counts_only_
  uint32_t parents_ = 0;
  std::vector<Bucket> buckets_;
  BucketMap keys_;                                        // (parent, term number or encoded value) -> bucket
  std::unordered_map<std::string, uint32_t> terms_;       // node-based: keys keep their address
  std::vector<bool> allowed_;                             // by term number: include and exclude
  std::unordered_map<int64_t, bool> number_allowed_;
  std::set<std::string> all_terms_;                       // min_doc_count 0 only
  // The current segment's translation of ordinals.
  std::vector<uint32_t> root_slots_;
  BucketMap slots_;
  std::vector<uint32_t> slot_buckets_;
  std::vector<std::vector<uint32_t>> by_parent_;
  std::vector<Selection> selections_;
};

}  // namespace

AggregatorPtr build_terms(const AggregationNode& node, const BuildContext& context) {
  return std::make_unique<TermsAggregator>(node, context);
}

void check_terms(const AggregationNode& node) {
  check_members(node, {"field", "missing", "script", "format", "value_type", "size", "shard_size", "min_doc_count",
                       "shard_min_doc_count", "show_term_doc_count_error", "order", "collect_mode", "execution_hint", "include",
                       "exclude"});
  ValueSource(node.type, node.body, true);
  parse_options(node);
}

}  // namespace tarn::query

// global, missing, nested and reverse_nested: one bucket for each of the parent's.
#include "query/aggs/bucket/single_bucket.h"

#include <fmt/format.h>

#include <algorithm>

#include "indexer/base/error.h"
#include "query/aggs/types.h"
#include "query/aggs/value_source.h"
#include "query/bind/compound.h"
#include "query/collect/execute.h"

namespace tarn::query {

ResultPtr SingleBucketAggregator::result(uint32_t bucket, AggregationContext& context) {
  auto result = std::make_unique<SingleBucketResult>();
  result->doc_count = counts_[bucket];
  result->children = children_.build(bucket, context);
  return result;
}

void SingleBucketAggregator::check_sort(std::string_view property) const {
  if (property.empty() || property == "doc_count" || property == "_count") return;
  throw ApiError(illegal_argument(fmt::format("Ordering on a single-bucket aggregation can only be done on its doc_count. Either drop the key (a la \"{}\") or change it to "
                                              "\"doc_count\" (a la \"{}.doc_count\")", name(), name())));
}

namespace {

/// Every live document of the targets, whatever the query.
class GlobalAggregator : public SingleBucketAggregator {
 public:
  GlobalAggregator(const AggregationNode& node, const BuildContext& context) : SingleBucketAggregator(node, context), parent_(context.parent) {}
  bool mergeable() const override { return children_.mergeable(); }
  void begin(const Searcher& searcher) override {
    if (parent_ != nullptr) {
      throw ApiError(Error(500, "aggregation_execution_exception",
                           fmt::format("Aggregation [{}] cannot have a global sub-aggregation [{}]. Global aggregations can only be defined as top level aggregations",
                                       parent_->name, name())));
    }
    SingleBucketAggregator::begin(searcher);
  }
  void begin_segment(const Searcher& searcher, size_t segment) override {
    SingleBucketAggregator::begin_segment(searcher, segment);
    view_.emplace(searcher, segment, context_);
  }
  bool collect_all(const Bitset&) override {
    const auto visible = visible_documents(*view_);
    const Bitset all = visible ? *visible : Bitset(view_->doc_count(), true);
    if (children_.empty()) counts_.add(0, all.count());
    else all.for_each([&](uint32_t doc) { add(doc, 0); });
    return true;
  }
  void collect(const DocBatch&) override {}

 private:
  const AggregationNode* parent_;
  std::optional<SegmentView> view_;
};

/// Documents without a value of a field.
class MissingAggregator : public SingleBucketAggregator {
 public:
  static SourceOptions parse(const AggregationNode& node) {
    SourceOptions source;
    Options options(node.type);
    source.declare(options, node, SourceOptions::kMissing | SourceOptions::kScript);
    options.read(node.body());
    SourceOptions::require_field(node);
    return source;
  }
  MissingAggregator(const AggregationNode& node, const BuildContext& context)
      : SingleBucketAggregator(node, context), source_(node.type, parse(node), &context.state) {}
  bool mergeable() const override { return children_.mergeable(); }
  void begin(const Searcher& searcher) override {
    source_.bind(searcher, context_);
    SingleBucketAggregator::begin(searcher);
  }
  void begin_segment(const Searcher& searcher, size_t segment) override {
    source_.begin_segment(searcher, segment);
    SingleBucketAggregator::begin_segment(searcher, segment);
  }
  void collect(const DocBatch& batch) override {
    if (source_.has_missing()) return;
    if (source_.scripted()) return collect_scripted(batch);
    for (size_t i = 0; i < batch.count; ++i) {
      const LocalDocId doc = batch.docs[i];
      const bool has = source_.numbers() != nullptr ? source_.numbers()->has(doc) : source_.keywords() != nullptr && source_.keywords()->has(doc);
      if (!has) add(doc, batch.buckets[i]);
    }
  }

 private:
  /// Documents for which the script makes nothing.
  void collect_scripted(const DocBatch& batch) {
    std::vector<bool> has(batch.count, false);
    if (source_.kind() == ValueSource::Kind::kKeyword) source_.for_each_ordinal(batch.docs, batch.count, [&](size_t i, Ordinal) { has[i] = true; });
    else source_.for_each_number(batch.docs, batch.count, [&](size_t i, int64_t) { has[i] = true; });
    for (size_t i = 0; i < batch.count; ++i) {
      if (!has[i]) add(batch.docs[i], batch.buckets[i]);
    }
  }
  ValueSource source_;
};

/// The path of the documents that arrive at a node: that of the nested aggregations around it.
std::string nested_scope(const std::vector<const AggregationNode*>& ancestors) {
  for (auto it = ancestors.rbegin(); it != ancestors.rend(); ++it) {
    if ((*it)->type != "nested" && (*it)->type != "reverse_nested") continue;
    const Json& body = (*it)->body();
    return body.contains("path") && body["path"].is_string() ? body["path"].get<std::string>() : "";
  }
  return "";
}

std::string parse_path(const AggregationNode& node) {
  std::string path;
  for (const auto& [key, value] : node.body().items()) {
    if (key != "path" || !value.is_string()) {
      throw ApiError(parsing_exception(value.is_string() ? fmt::format("Unknown key for a VALUE_STRING in [{}]: [{}].", node.name, key)
                                                         : fmt::format("Unexpected token {} in [{}].", option_token(value), node.name))
                         .with("line", 1).with("col", 1));
    }
    path = value.get<std::string>();
  }
  return path;
}

/// From documents to the nested objects below them.
class NestedAggregator : public SingleBucketAggregator {
 public:
  NestedAggregator(const AggregationNode& node, const BuildContext& context)
      : SingleBucketAggregator(node, context), path_(parse_path(node)), scope_(nested_scope(context.ancestors)) {}

  bool mergeable() const override { return children_.mergeable(); }
  void begin(const Searcher& searcher) override {
    const FieldType* field = searcher.mapping().find(path_);
    if (field != nullptr && field->kind != FieldKind::kNested && field->kind != FieldKind::kObject) field = nullptr;
    if (field != nullptr && field->kind != FieldKind::kNested) {
      throw ApiError(Error(500, "aggregation_execution_exception", fmt::format("[nested] nested path [{}] is not nested", path_)));
    }
    mapped_ = field != nullptr;
    SingleBucketAggregator::begin(searcher);
  }
  void begin_segment(const Searcher& searcher, size_t segment) override {
    SingleBucketAggregator::begin_segment(searcher, segment);
    const SegmentView view(searcher, segment, context_);
    parents_ = documents_of_path(view, scope_);
    children_docs_ = mapped_ ? documents_of_path(view, path_) : Bitset();
  }
  void collect(const DocBatch& batch) override {
    if (children_docs_.size() == 0) return;
    for (size_t i = 0; i < batch.count; ++i) {
      const LocalDocId parent = batch.docs[i];
      // Children stand before their parent, after the parent before.
      const uint32_t before = parent == 0 ? UINT32_MAX : parents_.previous(parent - 1);
      for (uint32_t child = children_docs_.next(before == UINT32_MAX ? 0 : before + 1); child < parent; child = children_docs_.next(child + 1)) {
        add(child, batch.buckets[i]);
      }
    }
  }

 private:
  std::string path_, scope_;
  bool mapped_ = false;
  Bitset parents_, children_docs_;
};

/// From nested objects back to the documents around them, each once a bucket.
class ReverseNestedAggregator : public SingleBucketAggregator {
 public:
  ReverseNestedAggregator(const AggregationNode& node, const BuildContext& context)
      : SingleBucketAggregator(node, context), path_(parse_path(node)),
        inside_(std::any_of(context.ancestors.begin(), context.ancestors.end(), [](const AggregationNode* a) { return a->type == "nested"; })) {}

  bool mergeable() const override { return children_.mergeable(); }
  void begin(const Searcher& searcher) override {
    if (!inside_) throw ApiError(illegal_argument(fmt::format("Reverse nested aggregation [{}] can only be used inside a [nested] aggregation", name())));
    const FieldType* field = path_.empty() ? nullptr : searcher.mapping().find(path_);
    if (field != nullptr && field->kind != FieldKind::kNested && field->kind != FieldKind::kObject) field = nullptr;
    if (field != nullptr && field->kind != FieldKind::kNested) {
      throw ApiError(Error(500, "aggregation_execution_exception", fmt::format("[reverse_nested] nested path [{}] is not nested", path_)));
    }
    mapped_ = path_.empty() || field != nullptr;
    SingleBucketAggregator::begin(searcher);
  }
  void begin_segment(const Searcher& searcher, size_t segment) override {
    SingleBucketAggregator::begin_segment(searcher, segment);
    parents_ = documents_of_path(SegmentView(searcher, segment, context_), path_);
    last_.clear();
  }
  void collect(const DocBatch& batch) override {
    if (!mapped_) return;
    for (size_t i = 0; i < batch.count; ++i) {
      const uint32_t parent = parents_.next(batch.docs[i]);
      if (parent >= parents_.size()) continue;
      const uint32_t bucket = batch.buckets[i];
      if (bucket >= last_.size()) last_.resize(std::max<size_t>(size_t{bucket} + 1, last_.size() * 2), UINT32_MAX);
      if (last_[bucket] == parent) continue;
      last_[bucket] = parent;
      add(parent, bucket);
    }
  }

 private:
  std::string path_;
  bool inside_, mapped_ = true;
  Bitset parents_;
  std::vector<uint32_t> last_;   // by bucket, the parent counted last
};

}  // namespace

AggregatorPtr build_global(const AggregationNode& node, const BuildContext& context) { return std::make_unique<GlobalAggregator>(node, context); }
AggregatorPtr build_missing(const AggregationNode& node, const BuildContext& context) { return std::make_unique<MissingAggregator>(node, context); }
AggregatorPtr build_nested(const AggregationNode& node, const BuildContext& context) { return std::make_unique<NestedAggregator>(node, context); }
AggregatorPtr build_reverse_nested(const AggregationNode& node, const BuildContext& context) {
  return std::make_unique<ReverseNestedAggregator>(node, context);
}
void check_global(const AggregationNode& node) {
  if (node.body().empty()) return;
  throw ApiError(parsing_exception(fmt::format("Expected [FIELD_NAME] under a [START_OBJECT], but got a [{}] in [{}]", option_token(node.body().begin().value()), node.name))
                     .with("line", 1).with("col", 1));
}
void check_missing(const AggregationNode& node) { MissingAggregator::parse(node); }
void check_nested(const AggregationNode& node) {
  if (parse_path(node).empty()) {
    throw ApiError(parsing_exception(fmt::format("Missing [path] field for nested aggregation [{}]", node.name)).with("line", 1).with("col", 1));
  }
}
void check_reverse_nested(const AggregationNode& node) { parse_path(node); }

}  // namespace tarn::query

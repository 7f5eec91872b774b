// composite: every combination of the values of several sources, page by page in order. Keeps the best `size` combinations only.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "indexer/base/error.h"
#include "query/aggs/bucket/geo_grid.h"
#include "query/aggs/bucket/rounding.h"
#include "query/aggs/types.h"
#include "query/aggs/value_source.h"

namespace tarn::query {
namespace {

/// "terms" -> "TermsAggregatorFactory", as OpenSearch names a parent.
std::string factory_name(const std::string& type) {
  std::string out;
  bool upper = true;
  for (char c : type) {
    if (c == '_') upper = true;
    else out += upper ? static_cast<char>(std::toupper(static_cast<unsigned char>(c))) : c, upper = false;
  }
  return out + "AggregatorFactory";
}

enum class SourceKind { kTerms, kHistogram, kDateHistogram, kGeotile };

struct CompositeSource {
  std::string name;
  SourceKind kind = SourceKind::kTerms;
  SourceOptions source;
  bool missing_bucket = false, descending = false;
  std::string missing_order = "default";
  double interval = 0;
  std::shared_ptr<const Rounding> rounding;
  std::shared_ptr<const TimeZone> zone;
  int precision = 7;
};

struct CompositeOptions {
  std::vector<CompositeSource> sources;
  int64_t size = 10;
  Json after;
  bool given = false;

  explicit CompositeOptions(const AggregationNode& node) {
    Options options(node.type);
    options
        .any("sources", kTokenArray, [&](const Json& json) { read_sources(node, json); })
        .integer("size",
                 [&](int64_t value) {
                   if (value <= 0) {
                     throw ApiError(illegal_argument(fmt::format("[size] must be greater than 0. Found [{}] in [{}]", value, node.name)));
                   }
                   size = value;
                 })
        .any("after", kTokenObject, [&](const Json& json) {
          for (const auto& [key, value] : json.items()) {
            if (value.is_object() || value.is_array()) throw ApiError(illegal_argument(fmt::format("unsupported [after] value for [{}]", key)));
          }
          after = json;
        });
    options.read(node.body());
    if (!given) throw ApiError(illegal_argument("Required [sources]"));
  }

 private:
  void read_sources(const AggregationNode& node, const Json& json) {
    given = true;
    for (const Json& one : json) {
      if (!one.is_object()) throw ApiError(parsing_exception("expected an object").with("line", 1).with("col", 1));
      for (const auto& [name, definition] : one.items()) {
        if (!definition.is_object() || definition.size() != 1) throw ApiError(parsing_exception("expected one source type").with("line", 1).with("col", 1));
        sources.push_back(read_source(node, name, definition.begin().key(), definition.begin().value()));
      }
    }
    const auto fail = [](std::string reason) {
      throw ApiError(Error(400, "x_content_parse_exception", "Failed to build [composite] after last required field arrived").caused_by(illegal_argument(std::move(reason))));
    };
    if (sources.empty()) fail("Composite [sources] cannot be null or empty");
    std::set<std::string> names;
    std::vector<std::string> twice;
    for (const CompositeSource& source : sources) {
      if (!names.insert(source.name).second) twice.push_back(source.name);
    }
    if (!twice.empty()) fail(fmt::format("Composite source names must be unique, found duplicates: [{}]", fmt::join(twice, ",")));
  }

  static CompositeSource read_source(const AggregationNode& node, const std::string& name, const std::string& type, const Json& body) {
    static const std::map<std::string_view, SourceKind> kKinds = {{"terms", SourceKind::kTerms}, {"histogram", SourceKind::kHistogram},
                                                                  {"date_histogram", SourceKind::kDateHistogram}, {"geotile_grid", SourceKind::kGeotile}};
    const auto kind = kKinds.find(type);
    if (kind == kKinds.end()) throw ApiError(parsing_exception(fmt::format("invalid source type: {}", type)).with("line", 1).with("col", 1));
    CompositeSource out;
    out.name = name;
    out.kind = kind->second;
    if (out.kind == SourceKind::kTerms) out.source.wants = SourceOptions::Wants::kTexts;
    if (out.kind == SourceKind::kDateHistogram) out.source.wants = SourceOptions::Wants::kDates;
    std::string calendar, fixed;
    int64_t offset_ms = 0;
    Options options(type);
    out.source.declare(options, node, SourceOptions::kScript | (out.kind == SourceKind::kDateHistogram ? SourceOptions::kFormat | SourceOptions::kTimeZone : 0u));
    if (out.kind == SourceKind::kGeotile) {
      options.any("precision", kAnyNumber, [&](const Json& json) { out.precision = geotile_precision(json); });
      options.ignored({"bounds"}, kTokenObject);
    }
    if (out.kind == SourceKind::kHistogram) {
      options.number("interval", [&](double value) {
        if (!(value > 0)) throw ApiError(illegal_argument("[interval] must be greater than 0 for [histogram] source"));
        out.interval = value;
      });
    }
    if (out.kind == SourceKind::kDateHistogram) {
      options.text("calendar_interval", calendar).text("fixed_interval", fixed)
          .any("interval", kTokenString | kTokenNumber, [&](const Json& json) {
            const std::string text = json.is_number() ? scalar_option_text(json) + "ms" : json.get<std::string>();
            (Rounding::calendar(text, nullptr, 0) ? calendar : fixed) = text;
          })
          .any("offset", kTokenString | kTokenNumber, [&](const Json& json) {
            std::string text = scalar_option_text(json);
            const bool negative = text.starts_with('-');
            if (negative || text.starts_with('+')) text.erase(0, 1);
            offset_ms = json.is_number() ? read_long_option(json) : parse_interval_ms(text) * (negative ? -1 : 1);
          });
    }
    options.flag("missing_bucket", out.missing_bucket)
        .any("missing_order", kTokenString, [&](const Json& json) {
          out.missing_order = json.get<std::string>();
          if (out.missing_order != "first" && out.missing_order != "last" && out.missing_order != "default") {
            throw ApiError(illegal_argument(fmt::format("Unknown missing order [{}]", out.missing_order)));
          }
        })
        .any("order", kTokenString, [&](const Json& json) {
          std::string text = json.get<std::string>();
          for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
          if (text != "asc" && text != "desc") throw ApiError(illegal_argument(fmt::format("No enum constant org.opensearch.search.sort.SortOrder.{}", json.get<std::string>())));
          out.descending = text == "desc";
        });
    options.read(body);
    if (!body.contains("field") && !body.contains("script")) throw ApiError(illegal_argument("Required one of fields [field, script], but none were specified. "));
    if (out.kind == SourceKind::kHistogram && out.interval == 0) throw ApiError(illegal_argument("Required [interval]"));
    if (out.kind == SourceKind::kDateHistogram) {
      if (!out.source.time_zone.empty()) out.zone = TimeZone::create(out.source.time_zone);
      if (!calendar.empty()) out.rounding = Rounding::calendar(calendar, out.zone, offset_ms);
      const int64_t width = fixed.empty() ? -1 : parse_interval_ms(fixed);
      if (!out.rounding && width > 0) out.rounding = Rounding::fixed(width, out.zone, offset_ms);
      if (!out.rounding) {
        throw ApiError(illegal_argument(calendar.empty() && fixed.empty() ? "Invalid interval specified, must be non-null and non-empty"
                                                                          : fmt::format("The supplied interval [{}] could not be parsed as a calendar interval.", calendar + fixed)));
      }
    }
    return out;
  }
};

/// One value of a source: nothing, a number (encoded so that order is that of integers) or a text.
struct Part {
  enum class Kind : uint8_t { kMissing, kNumber, kText } kind = Kind::kMissing;
  int64_t number = 0;
  std::string text;
  bool operator==(const Part&) const = default;
};
using Key = std::vector<Part>;

class Composite : public Aggregator {
 public:
  Composite(const AggregationNode& node, const BuildContext& context)
      : Aggregator(node), options_(node), children_(build_children(node, context)), context_(context.search), parent_(context.parent),
        buckets_(Less{this}) {
    for (const CompositeSource& source : options_.sources) sources_.emplace_back("composite", source.source, &context.state);
  }

  std::string type_name() const override { return "composite"; }

  void begin(const Searcher& searcher) override {
    if (parent_ != nullptr && parent_->type != "nested" && parent_->type != "reverse_nested" && parent_->type != "filter") {
      throw ApiError(illegal_argument(fmt::format("[composite] aggregation cannot be used with a parent aggregation of type: [{}]", factory_name(parent_->type))));
    }
    if (options_.size > static_cast<int64_t>(context_.max_buckets)) {
      throw ApiError(Error(400, "too_many_buckets_exception", fmt::format("Trying to create too many buckets. Must be less than or equal to: [{}] but was [{}]. This limit can be set by "
                                                                          "changing the [search.max_buckets] cluster level setting.", context_.max_buckets, options_.size))
                         .with("max_buckets", context_.max_buckets));
    }
    for (size_t s = 0; s < sources_.size(); ++s) {
      sources_[s].bind(searcher, context_);
      const CompositeSource& source = options_.sources[s];
      if (source.kind == SourceKind::kGeotile) sources_[s].require_geo();
      else if (source.kind != SourceKind::kTerms) sources_[s].require_numeric();
      else if (sources_[s].kind() == ValueSource::Kind::kGeo) sources_[s].refuse();
    }
    if (!options_.after.is_null() && !after_) read_after();
    children_.begin(searcher);
  }
  void begin_segment(const Searcher& searcher, size_t segment) override {
    for (ValueSource& source : sources_) source.begin_segment(searcher, segment);
    children_.begin_segment(searcher, segment);
  }

  void collect(const DocBatch& batch) override {
    values_.assign(sources_.size(), std::vector<std::vector<Part>>(batch.count));
    for (size_t s = 0; s < sources_.size(); ++s) gather(s, batch);
    Key key(sources_.size());
    for (size_t i = 0; i < batch.count; ++i) combine(batch.docs[i], i, 0, key);
  }
  void end_segment() override { children_.end_segment(); }
  void finish(AggregationContext& context) override { children_.finish(context); }

  ResultPtr result(uint32_t, AggregationContext& context) override {
    auto result = std::make_unique<BucketsResult>();
    result->java = "InternalComposite";
    const Key* last = nullptr;
    for (const auto& [key, bucket] : buckets_) {
      context.count_bucket();
      last = &key;
      ResultBucket out;
      out.key = key_json(key);
      out.head = "\"key\":" + out.key;
      out.doc_count = bucket.count;
      out.children = children_.build(bucket.number, context);
      result->buckets.push_back(std::move(out));
    }
    if (last != nullptr) result->before = "\"after_key\":" + key_json(*last);
    return result;
  }
  size_t memory_bytes() const override { return buckets_.size() * 256 + counts_ * 16 + children_.memory_bytes(); }

 private:
  struct Bucket {
    uint32_t number;
    uint64_t count = 0;
  };
  struct Less {
    const Composite* owner;
    bool operator()(const Key& a, const Key& b) const { return owner->compare(a, b) < 0; }
  };

  int compare(const Key& a, const Key& b) const {
    for (size_t s = 0; s < a.size(); ++s) {
      if (const int order = compare_parts(options_.sources[s], a[s], b[s]); order != 0) return order;
    }
    return 0;
  }
  static int compare_parts(const CompositeSource& source, const Part& a, const Part& b) {
    const bool no_a = a.kind == Part::Kind::kMissing, no_b = b.kind == Part::Kind::kMissing;
    if (no_a || no_b) {
      if (no_a && no_b) return 0;
      // By default a missing value is the smallest.
      const bool first = source.missing_order == "first" || (source.missing_order == "default" && !source.descending);
      return no_a == first ? -1 : 1;
    }
    const int order = a.kind == Part::Kind::kText ? a.text.compare(b.text) : a.number < b.number ? -1 : a.number > b.number;
    return source.descending ? -order : order;
  }

  /// The distinct values of source s for each document of the batch.
  void gather(size_t s, const DocBatch& batch) {
    const CompositeSource& source = options_.sources[s];
    ValueSource& values = sources_[s];
    auto& out = values_[s];
    if (values.kind() == ValueSource::Kind::kKeyword) {
      values.for_each_ordinal(batch.docs, batch.count, [&](size_t i, Ordinal ordinal) {
        Part part;
        part.kind = Part::Kind::kText;
        part.text = values.term(ordinal);
        out[i].push_back(std::move(part));
      });
    } else {
      values.for_each_number(batch.docs, batch.count, [&](size_t i, int64_t encoded) {
        Part part;
        part.kind = Part::Kind::kNumber;
        part.number = key_number(source, values, encoded);
        if (out[i].empty() || !(out[i].back() == part)) out[i].push_back(std::move(part));
      });
    }
    if (!source.missing_bucket) return;
    for (auto& list : out) {
      if (list.empty()) list.emplace_back();
    }
  }
  static int64_t key_number(const CompositeSource& source, const ValueSource& values, int64_t encoded) {
    switch (source.kind) {
      case SourceKind::kHistogram: return sortable_double(std::floor(values.number(encoded) / source.interval) * source.interval);
      case SourceKind::kDateHistogram: return source.rounding->round(static_cast<int64_t>(values.number(encoded)));
      case SourceKind::kGeotile: return geotile_of(geo_latitude(encoded), geo_longitude(encoded), source.precision);
      default: return encoded;
    }
  }

  void combine(LocalDocId doc, size_t i, size_t s, Key& key) {
    if (s == sources_.size()) return add(doc, key);
    for (const Part& part : values_[s][i]) {
      key[s] = part;
      combine(doc, i, s + 1, key);
    }
  }
  void add(LocalDocId doc, const Key& key) {
    if (after_ && compare(key, *after_) <= 0) return;
    auto it = buckets_.find(key);
    if (it == buckets_.end()) {
      if (buckets_.size() >= static_cast<size_t>(options_.size)) {
        const auto last = std::prev(buckets_.end());
        if (compare(key, last->first) >= 0) return;
        // The children keep what they have collected for the bucket that falls out; nobody asks for it.
        buckets_.erase(last);
      }
      it = buckets_.emplace(key, Bucket{counts_++}).first;
    }
    ++it->second.count;
    children_.add(doc, it->second.number);
  }

  void read_after() {
    Key key;
    for (size_t s = 0; s < sources_.size(); ++s) {
      const CompositeSource& source = options_.sources[s];
      if (!options_.after.contains(source.name)) throw ApiError(illegal_argument(fmt::format("Missing value for [after.{}]", source.name)));
      key.push_back(read_part(source, sources_[s], options_.after[source.name]));
    }
    if (options_.after.size() != sources_.size()) {
      throw ApiError(illegal_argument(fmt::format("[after] has {} value(s) but [sources] has {}", options_.after.size(), sources_.size())));
    }
    after_ = std::move(key);
  }
  Part read_part(const CompositeSource& source, const ValueSource& values, const Json& json) const {
    Part part;
    if (json.is_null()) {
      if (!source.missing_bucket) throw ApiError(illegal_argument("cannot set null to a source that disallows [missing_bucket]"));
      return part;
    }
    part.kind = Part::Kind::kNumber;
    const auto date = [&] {
      const auto& given = values.format().date ? values.format().date : DateFormat::default_format();
      if (json.is_number()) return read_long_option(json);
      return parse_date_math(scalar_option_text(json), *given, context_.now_ms, false, source.zone.get()).epoch_ms();
    };
    switch (source.kind) {
      case SourceKind::kHistogram: part.number = sortable_double(read_double_option(json)); return part;
      case SourceKind::kDateHistogram: part.number = source.source.format.empty() && json.is_string() ? date() : date(); return part;
      case SourceKind::kGeotile: part.number = parse_geotile(scalar_option_text(json)); return part;
      default: break;
    }
    if (values.kind() == ValueSource::Kind::kKeyword || (values.kind() == ValueSource::Kind::kUnmapped && json.is_string())) {
      part.kind = Part::Kind::kText;
      part.text = values.term_of(scalar_option_text(json));
      return part;
    }
    part.number = values.encode_value(json, context_);
    return part;
  }

  std::string key_json(const Key& key) const {
    std::string out = "{";
    for (size_t s = 0; s < key.size(); ++s) {
      if (s > 0) out += ',';
      append_json_string(out, options_.sources[s].name);
      out += ':' + part_json(options_.sources[s], sources_[s], key[s]);
    }
    return out + "}";
  }
  static std::string part_json(const CompositeSource& source, const ValueSource& values, const Part& part) {
    std::string out;
    if (part.kind == Part::Kind::kMissing) return "null";
    if (part.kind == Part::Kind::kText) {
      append_json_string(out, values.shown_term(part.text));
      return out;
    }
    ValueFormat format = values.format();
    switch (source.kind) {
      case SourceKind::kHistogram: return double_text(from_sortable_double(part.number));
      case SourceKind::kGeotile: append_json_string(out, geotile_text(part.number)); return out;
      case SourceKind::kDateHistogram:
        if (source.source.format.empty()) return std::to_string(part.number);
        format.zone = source.zone;
        append_json_string(out, format.text(static_cast<double>(part.number)));
        return out;
      default: break;
    }
    const double number = values.number(part.number);
    switch (format.kind) {
      case ValueFormat::Kind::kNumber: return double_text(number);
      case ValueFormat::Kind::kUnsigned: return std::to_string(static_cast<uint64_t>(part.number) ^ (1ull << 63));
      case ValueFormat::Kind::kBoolean: return number == 0 ? "false" : "true";
      case ValueFormat::Kind::kDate: return std::to_string(static_cast<int64_t>(number));
      default: return std::to_string(part.number);
    }
  }

  CompositeOptions options_;
  std::vector<ValueSource> sources_;
  Children children_;
  const SearchContext& context_;
  const AggregationNode* parent_;
  std::map<Key, Bucket, Less> buckets_;
  uint32_t counts_ = 0;
  std::optional<Key> after_;
  std::vector<std::vector<std::vector<Part>>> values_;   // by source and document of the batch
};

}  // namespace

AggregatorPtr build_composite(const AggregationNode& node, const BuildContext& context) { return std::make_unique<Composite>(node, context); }
void check_composite(const AggregationNode& node) { CompositeOptions{node}; }

}  // namespace tarn::query

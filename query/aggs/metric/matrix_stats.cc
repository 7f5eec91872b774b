// matrix_stats: moments of several fields and how they vary together, in one pass.
// Follows: OpenSearch RunningStats and MatrixStatsResults (Pebay's update formulas).
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "indexer/base/error.h"
#include "query/aggs/metric/stats_result.h"
#include "query/aggs/types.h"
#include "query/aggs/value_source.h"

namespace tarn::query {
namespace {

constexpr size_t kFieldsMax = 100;

struct MatrixOptions {
  std::vector<std::string> fields;
  std::map<std::string, double> missing;
  std::string mode = "avg";

  explicit MatrixOptions(const AggregationNode& node) {
    bool given = false;
    Options options(node.type);
    options
        .any("fields", kTokenArray | kTokenString,
             [&](const Json& json) {
               given = true;
               if (json.is_string()) return fields.push_back(json.get<std::string>());
               for (const Json& one : json) {
                 if (!one.is_string()) throw ApiError(illegal_argument("expected field names"));
                 fields.push_back(one.get<std::string>());
               }
             })
        .any("missing", kTokenObject,
             [&](const Json& json) {
               for (const auto& [field, value] : json.items()) {
                 if (!value.is_number() && !value.is_string()) throw ApiError(illegal_argument("expected a number"));
                 missing[field] = read_double_option(value);
               }
             })
        .any("mode", kTokenString,
             [&](const Json& json) {
               mode = json.get<std::string>();
               for (char& c : mode) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
               if (mode != "avg" && mode != "min" && mode != "max" && mode != "sum" && mode != "median") {
                 throw ApiError(illegal_argument(fmt::format("Unknown [multi_value_mode] [{}]", mode)));
               }
             })
        .ignored({"format", "value_type"}, kTokenString);
    options.read(node.body());
    if (!given) throw ApiError(illegal_argument(fmt::format("[fields] must not be null: [{}]", node.name)));
    if (fields.size() > kFieldsMax) throw ApiError(illegal_argument(fmt::format("more than [{}] fields", kFieldsMax)));
    std::sort(fields.begin(), fields.end());
    fields.erase(std::unique(fields.begin(), fields.end()), fields.end());
    // The answer lists them as a Java HashMap would.
    size_t table = 16;
    while (static_cast<double>(fields.size()) > static_cast<double>(table) * 0.75) table *= 2;
    std::stable_sort(fields.begin(), fields.end(), [&](const std::string& a, const std::string& b) { return slot_of(a, table) < slot_of(b, table); });
  }

 private:
  static size_t slot_of(const std::string& text, size_t table) {
    uint32_t hash = 0;
    for (unsigned char c : text) hash = hash * 31 + c;
    return (hash ^ hash >> 16) & (table - 1);
  }
};

struct Moments {
  uint64_t count = 0;
  std::vector<double> mean, m2, m3, m4;
  std::vector<double> products;   // of fields i < j, at i * fields + j

  void add(const std::vector<double>& values) {
    const size_t n = values.size();
    if (mean.empty()) {
      mean.assign(n, 0);
      m2 = m3 = m4 = mean;
      products.assign(n * n, 0);
    }
    ++count;
    const auto c = static_cast<double>(count);
    std::vector<double> deltas(n);
    for (size_t i = 0; i < n; ++i) {
      const double delta = values[i] - mean[i];
      deltas[i] = delta;
      const double dn = delta / c, dn2 = dn * dn, term = delta * dn * (c - 1);
      mean[i] += dn;
      m4[i] += term * dn2 * (c * c - 3 * c + 3) + 6 * dn2 * m2[i] - 4 * dn * m3[i];
      m3[i] += term * dn * (c - 2) - 3 * dn * m2[i];
      m2[i] += term;
    }
    for (size_t i = 0; i < n; ++i) {
      for (size_t j = i + 1; j < n; ++j) products[i * n + j] += (c - 1) / c * deltas[i] * deltas[j];
    }
  }
};

class MatrixStats : public Aggregator {
 public:
  MatrixStats(const AggregationNode& node, const BuildContext& context) : Aggregator(node), options_(node), context_(context.search) {
    for (const std::string& field : options_.fields) {
      SourceOptions source;
      source.field = field;
      sources_.emplace_back(node.type, std::move(source), &context.state);
    }
  }

  std::string type_name() const override { return "matrix_stats"; }
  void begin(const Searcher& searcher) override {
    for (ValueSource& source : sources_) {
      source.bind(searcher, context_);
      mapped_ |= source.kind() != ValueSource::Kind::kUnmapped;
      if (source.kind() != ValueSource::Kind::kNumeric && source.kind() != ValueSource::Kind::kUnmapped) {
        throw ApiError(Error(500, "aggregation_execution_exception", fmt::format("ValuesSource of field [{}] is not supported for aggregation {}", source.field_name(), name())));
      }
    }
  }
  void begin_segment(const Searcher& searcher, size_t segment) override {
    for (ValueSource& source : sources_) source.begin_segment(searcher, segment);
  }
  void collect(const DocBatch& batch) override {
    state_of(states_, top_bucket(batch));
    columns_.resize(sources_.size());
    for (size_t f = 0; f < sources_.size(); ++f) gather(f, batch);
    std::vector<double> row(sources_.size());
    for (size_t i = 0; i < batch.count; ++i) {
      bool whole = true;
      for (size_t f = 0; f < sources_.size(); ++f) whole &= !std::isnan(row[f] = columns_[f][i]);
      if (whole) states_[batch.buckets[i]].add(row);
    }
  }

  ResultPtr result(uint32_t bucket, AggregationContext&) override {
    auto result = std::make_unique<MetricResult>();
    result->numeric = false;
    result->single = false;
    result->java = "InternalMatrixStats";
    static const Moments kNone;
    const Moments& moments = bucket < states_.size() ? states_[bucket] : kNone;
    result->members = members_text([&](JsonWriter& out) {
      out.key("doc_count").unsigned_number(moments.count);
      if (moments.count > 0) write_fields(out, moments);
    });
    return result;
  }
  size_t memory_bytes() const override { return states_.size() * (sizeof(Moments) + sources_.size() * (32 + 8 * sources_.size())); }

 private:
  /// The number of each document for field f, several reduced to one; NaN where there is none.
  void gather(size_t f, const DocBatch& batch) {
    std::vector<double>& out = columns_[f];
    const auto missing = options_.missing.find(options_.fields[f]);
    out.assign(batch.count, NAN);
    std::vector<std::vector<double>> many;
    counts_.assign(batch.count, 0);
    const bool median = options_.mode == "median";
    if (median) many.resize(batch.count);
    sources_[f].for_each_number(batch.docs, batch.count, [&](size_t i, int64_t encoded) {
      const double value = sources_[f].number(encoded);
      ++counts_[i];
      if (median) many[i].push_back(value);
      else if (counts_[i] == 1) out[i] = value;
      else if (options_.mode == "min") out[i] = std::min(out[i], value);
      else if (options_.mode == "max") out[i] = std::max(out[i], value);
      else out[i] += value;
    });
    for (size_t i = 0; i < batch.count; ++i) {
      if (counts_[i] == 0) {
        if (missing != options_.missing.end()) out[i] = missing->second;
      } else if (median) {
        std::sort(many[i].begin(), many[i].end());
        const size_t n = many[i].size();
        out[i] = n % 2 == 1 ? many[i][n / 2] : (many[i][n / 2 - 1] + many[i][n / 2]) / 2;
      } else if (options_.mode == "avg") {
        out[i] /= counts_[i];
      }
    }
  }

  void write_fields(JsonWriter& out, const Moments& m) const {
    const size_t n = sources_.size();
    const auto c = static_cast<double>(m.count);
    const auto variance = [&](size_t i) { return m.count < 2 ? NAN : m.m2[i] / (c - 1); };
    const auto number = [&](double value) { std::isnan(value) ? out.string("NaN") : out.number(value); };
    const auto covariance = [&](size_t i, size_t j) {
      return i == j ? variance(i) : m.count < 2 ? NAN : m.products[std::min(i, j) * n + std::max(i, j)] / (c - 1);
    };
    out.key("fields").begin_array();
    for (size_t i = 0; i < n; ++i) {
      out.begin_object().key("name").string(options_.fields[i]).key("count").unsigned_number(m.count);
      out.key("mean").number(m.mean[i]);
      out.key("variance"), number(variance(i));
      out.key("skewness"), number(std::sqrt(c) * m.m3[i] / std::pow(m.m2[i], 1.5));
      out.key("kurtosis"), number(c * m.m4[i] / (m.m2[i] * m.m2[i]));
      out.key("covariance").begin_object();
      for (size_t j = 0; j < n; ++j) out.key(options_.fields[j]), number(covariance(i, j));
      out.end_object().key("correlation").begin_object();
      for (size_t j = 0; j < n; ++j) {
        out.key(options_.fields[j]);
        number(i == j ? 1.0 : covariance(i, j) / (std::sqrt(variance(i)) * std::sqrt(variance(j))));
      }
      out.end_object().end_object();
    }
    out.end_array();
  }

  MatrixOptions options_;
  const SearchContext& context_;
  std::vector<ValueSource> sources_;
  bool mapped_ = false;
  std::vector<Moments> states_;
  std::vector<std::vector<double>> columns_;
  std::vector<uint32_t> counts_;
};

}  // namespace

AggregatorPtr build_matrix_stats(const AggregationNode& node, const BuildContext& context) { return std::make_unique<MatrixStats>(node, context); }
void check_matrix_stats(const AggregationNode& node) { MatrixOptions{node}; }

}  // namespace tarn::query

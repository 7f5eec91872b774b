// bucket_sort: orders and cuts the buckets around it.
#include <fmt/format.h>

#include <algorithm>

#include "indexer/base/error.h"
#include "query/aggs/pipeline/pipeline.h"

namespace tarn::query {
namespace {

class BucketSort : public Pipeline {
 public:
  explicit BucketSort(const AggregationNode& node) : Pipeline(node) {
    Options options("bucket_sort");
    options.any("sort", kStructure, [&](const Json& json) { read_sorts(json); })
        .integer("from", [&](int64_t value) {
          if (value < 0) throw ApiError(illegal_argument(fmt::format("[from] must be a non-negative integer: [{}]", value)));
          from_ = static_cast<size_t>(value);
        })
        .integer("size", [&](int64_t value) {
          if (value <= 0) throw ApiError(illegal_argument(fmt::format("[size] must be a positive integer: [{}]", value)));
          size_ = static_cast<size_t>(value);
        })
        .any("gap_policy", kTokenString, [&](const Json& json) {
          const std::string text = json.get<std::string>();
          if (text == "insert_zeros") gap_policy_ = GapPolicy::kInsertZeros;
          else if (text != "skip") {
            throw ApiError(parsing_exception(fmt::format("Invalid gap policy: [{}], accepted values: [insert_zeros, skip]", text))
                               .with("line", 1).with("col", 1));
          }
        });
    try {
      options.read(node.body());
    } catch (const ApiError& error) {
      throw ApiError(content_error("failed to build [bucket_sort] after last required field arrived").caused_by(error.error()));
    }
    for (const Sort& sort : sorts_) paths_.push_back(BucketsPath::parse(sort.path));
    for (const BucketsPath& path : paths_) steps_.push_back(path.steps());
  }

  bool is_sibling() const override { return false; }
  ResultPtr compute(const ResultList&) const override { return nullptr; }
  void validate(const std::vector<AggregationNode>&, const AggregationNode* parent, std::vector<std::string>& errors) const override {
    if (parent == nullptr) errors.push_back(fmt::format("bucket_sort aggregation [{}] must be declared inside of another aggregation", name()));
    if (sorts_.empty() && !size_ && from_ == 0) {
      errors.push_back(fmt::format("[{}] is configured to perform nothing. Please set either of [sort, size, from] to use bucket_sort", name()));
    }
  }

  void rewrite(BucketsResult& owner, const SearchContext&) const override {
    std::vector<ResultBucket>& buckets = owner.buckets;
    if (!sorts_.empty()) {
      std::vector<std::pair<std::vector<double>, size_t>> order;
      for (size_t i = 0; i < buckets.size(); ++i) {
        std::vector<double> values;
        bool some = false;
        for (size_t s = 0; s < sorts_.size(); ++s) {
          const bool text_key = sorts_[s].path == "_key";
          values.push_back(text_key ? 0 : bucket_value(owner, buckets[i], steps_[s], gap_policy_).value_or(NAN));
          some |= text_key || !std::isnan(values.back());
        }
        if (some) order.emplace_back(std::move(values), i);  // buckets without any value to sort by are left out
      }
      std::stable_sort(order.begin(), order.end(), [&](const auto& a, const auto& b) { return compare(buckets, a, b) < 0; });
      std::vector<ResultBucket> sorted;
      for (const auto& [values, i] : order) sorted.push_back(std::move(buckets[i]));
      buckets = std::move(sorted);
    }
    if (from_ >= buckets.size()) {
      buckets.clear();
      return;
    }
    buckets.erase(buckets.begin(), buckets.begin() + static_cast<ptrdiff_t>(from_));
    if (size_ && buckets.size() > *size_) buckets.erase(buckets.begin() + static_cast<ptrdiff_t>(*size_), buckets.end());
  }

 private:
  struct Sort {
    std::string path;
    bool ascending = true;
  };

  void read_sorts(const Json& json) {
    if (json.is_object()) return read_sort(json);
    for (const Json& one : json) read_sort(one);
  }
  void read_sort(const Json& json) {
    if (json.is_string()) {
      sorts_.push_back({json.get<std::string>(), true});
      return;
    }
    if (!json.is_object()) throw ApiError(illegal_argument("malformed sort format, within the sort array, an object, or an actual string are allowed"));
    for (const auto& [path, given] : json.items()) {
      Sort sort{path, true};
      const auto direction = [&](const Json& value) {
        std::string text = scalar_option_text(value);
        for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
        if (text != "asc" && text != "desc") {
          for (char& c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
          throw ApiError(illegal_argument(fmt::format("No enum constant org.opensearch.search.sort.SortOrder.{}", text)));
        }
        sort.ascending = text == "asc";
      };
      if (!given.is_object()) {
        direction(given);
      } else {
        for (const auto& [key, value] : given.items()) {
          if (key == "order") direction(value);
          else throw ApiError(content_error(fmt::format("[field_sort] unknown field [{}]", key)));
        }
      }
      sorts_.push_back(sort);
    }
  }

  using Row = std::pair<std::vector<double>, size_t>;
  int compare(const std::vector<ResultBucket>& buckets, const Row& a, const Row& b) const {
    for (size_t s = 0; s < sorts_.size(); ++s) {
      int order = 0;
      if (sorts_[s].path == "_key") {
        const ResultBucket &x = buckets[a.second], &y = buckets[b.second];
        if (!std::isnan(x.number) && !std::isnan(y.number)) order = x.number < y.number ? -1 : x.number > y.number;
        else order = x.key.compare(y.key);
      } else {
        const double x = a.first[s], y = b.first[s];
        if (std::isnan(x) || std::isnan(y)) {
          if (std::isnan(x) != std::isnan(y)) return std::isnan(x) ? 1 : -1;
          continue;
        }
        order = x < y ? -1 : x > y;
      }
      if (order != 0) return sorts_[s].ascending ? order : -order;
    }
    return 0;
  }

  std::vector<Sort> sorts_;
  std::vector<std::vector<std::string>> steps_;
  size_t from_ = 0;
  std::optional<size_t> size_;
  GapPolicy gap_policy_ = GapPolicy::kSkip;
};

}  // namespace

PipelinePtr make_bucket_sort(const AggregationNode& node) { return std::make_shared<BucketSort>(node); }

}  // namespace tarn::query

// moving_avg and moving_fn: a window of earlier buckets slides over a histogram.
#include <fmt/format.h>

#include <cmath>

#include "indexer/base/error.h"
#include "indexer/script/moving_functions.h"
#include "query/aggs/pipeline/pipeline.h"
#include "query/aggs/pipeline/script_step.h"

namespace tarn::query {
namespace {

class MovingFn : public ParentPipeline {
 public:
  explicit MovingFn(const AggregationNode& node) : ParentPipeline(node) {
    Options options("moving_fn");
    std::string path;
    bool has_window = false, has_script = false;
    options
        .any("buckets_path", kTokenString | kStructure,
             [&](const Json& json) { path = json.is_array() && !json.empty() ? scalar_option_text(json[0]) : scalar_option_text(json); })
        .any("script", kTokenString | kTokenObject,
             [&](const Json& json) {
               has_script = true;
               script_ = script::parse_script(json);
             })
        .integer("window",
                 [&](int64_t value) {
                   if (value <= 0) throw ApiError(illegal_argument("[window] must be a positive, non-zero integer."));
                   window_ = value;
                   has_window = true;
                 })
        .integer("shift", shift_)
        .text("format", format_)
        .any("gap_policy", kTokenString, [&](const Json& json) {
          const std::string text = json.get<std::string>();
          if (text == "insert_zeros") gap_policy_ = GapPolicy::kInsertZeros;
          else if (text != "skip") {
            throw ApiError(parsing_exception(fmt::format("Invalid gap policy: [{}], accepted values: [insert_zeros, skip]", text))
                               .with("line", 1).with("col", 1));
          }
        });
    options.read(node.body());
    std::string missing;
    for (const auto& [name, given] : {std::pair{"buckets_path", !path.empty()}, {"script", has_script}, {"window", has_window}}) {
      if (!given) missing += fmt::format("{}{}", missing.empty() ? "" : ", ", name);
    }
    if (!missing.empty()) throw ApiError(illegal_argument(fmt::format("Required [{}]", missing)));
    paths_.push_back(BucketsPath::parse(path));
    steps_ = paths_[0].steps();
  }

  void rewrite(BucketsResult& owner, const SearchContext& search) const override {
    ScriptStep script(script_, script::Context::kMovingFunction, search);
    std::vector<double> values;
    std::vector<std::optional<double>> given;
    for (const ResultBucket& bucket : owner.buckets) {
      given.push_back(bucket_value(owner, bucket, steps_, gap_policy_));
      if (given.back() && !std::isnan(*given.back())) values.push_back(*given.back());
    }
    const auto clamp = [&](int64_t index) { return static_cast<size_t>(std::clamp<int64_t>(index, 0, static_cast<int64_t>(values.size()))); };
    int64_t index = 0;
    for (size_t i = 0; i < owner.buckets.size(); ++i) {
      if (!given[i] || std::isnan(*given[i])) continue;
      const size_t from = clamp(index - window_ + shift_), to = clamp(index + shift_);
      add(owner.buckets[i], simple_value(script.of_window(std::span(values).subspan(from, to - from)), format_), "simple_value");
      ++index;
    }
  }

 private:
  script::ScriptSpec script_;
  std::vector<std::string> steps_;
  int64_t window_ = 0, shift_ = 0;
  std::string format_;
  GapPolicy gap_policy_ = GapPolicy::kSkip;
};

class MovingAverage : public ParentPipeline {
 public:
  explicit MovingAverage(const AggregationNode& node) : ParentPipeline(node) {
    const PipelineBody body = PipelineBody::read(node, [&](const std::string& key, const Json& value) { return member(key, value); });
    for (const auto& [name, path] : body.paths) paths_.push_back(BucketsPath::parse(path));
    steps_ = paths_[0].steps();
    gap_policy_ = body.gap_policy;
    format_ = body.format;
    read_settings(node);
    if (minimize_.value_or(model_ == "holt_winters")) not_supported(node, "[minimize]");
  }

  void validate(const std::vector<AggregationNode>& siblings, const AggregationNode* parent, std::vector<std::string>& errors) const override {
    if (model_ == "holt_winters" && window_ < 2 * period_) {
      errors.push_back(fmt::format("Depth of window must be at least twice as long as the period when using Holt-Winters.  Value was [{}], but "
                                   "must be at least [{}]", window_, 2 * period_));
    }
    ParentPipeline::validate(siblings, parent, errors);
  }

  void rewrite(BucketsResult& owner, const SearchContext&) const override {
    std::vector<double> window;
    size_t last_valid = 0, position = 0;
    for (ResultBucket& bucket : owner.buckets) {
      const auto value = bucket_value(owner, bucket, steps_, gap_policy_);
      if (value && !std::isnan(*value)) {
        if (has_value(window.size())) {
          const auto next = forecast(window, 1);
          if (!next.empty()) add(bucket, simple_value(next[0], format_), "simple_value");
        }
        window.push_back(*value);
        if (window.size() > static_cast<size_t>(window_)) window.erase(window.begin());
        last_valid = position;
      }
      ++position;
    }
    if (owner.buckets.empty() || predict_ == 0) return;
    predict(owner, forecast(window, static_cast<size_t>(predict_)), last_valid);
  }

 private:
  bool member(const std::string& key, const Json& value) {
    const auto positive = [&](int64_t& out) {
      const int64_t number = read_int_option(value);
      if (number <= 0) {
        throw ApiError(parsing_exception(fmt::format("[{}] value must be a positive, non-zero integer.  Value supplied was [{}] in [{}].", key,
                                                     key == "window" ? "null" : std::to_string(number), name()))
                           .with("line", 1).with("col", 1));
      }
      out = number;
      return true;
    };
    if (key == "window" && value.is_number()) return positive(window_);
    if (key == "predict" && value.is_number()) {
      positive(predict_);
      if (predict_ > 100000) throw ApiError(illegal_argument("[predict] is too large"));
      return true;
    }
    if (key == "model" && value.is_string()) {
      model_ = value.get<std::string>();
      static constexpr std::string_view kModels[] = {"simple", "linear", "ewma", "holt", "holt_winters"};
      if (std::find(std::begin(kModels), std::end(kModels), model_) == std::end(kModels)) {
        throw ApiError(parsing_exception(fmt::format("no [moving_avg_model] registered for [{}]", model_)).with("line", 1).with("col", 1));
      }
      return true;
    }
    if (key == "minimize" && value.is_boolean()) {
      minimize_ = value.get<bool>();
      return true;
    }
    return key == "settings" && value.is_object();
  }

  void read_settings(const AggregationNode& node) {
    if (!node.body().contains("settings")) return;
    const auto fail = [](std::string reason) { throw ApiError(Error(400, "parsing_exception", std::move(reason)).with("line", 1).with("col", 1)); };
    for (const auto& [key, value] : node.body()["settings"].items()) {
      const bool smooth = model_ != "simple" && model_ != "linear", trend = model_ == "holt" || model_ == "holt_winters",
                 seasonal = model_ == "holt_winters";
      const auto unit = [&](double& out) {
        if (!value.is_number()) fail(fmt::format("Parameter [{}] must be a double, type `{}` provided instead", key, option_token(value)));
        out = value.get<double>();
        if (!(out >= 0 && out <= 1)) fail(fmt::format("Parameter [{}] must be between 0-1 inclusive.  Provided value was [{}]", key, double_text(out)));
      };
      if (smooth && key == "alpha") unit(alpha_);
      else if (trend && key == "beta") unit(beta_);
      else if (seasonal && key == "gamma") unit(gamma_);
      else if (seasonal && key == "period") {
        if (!value.is_number()) fail("Parameter [period] must be an integer");
        period_ = read_int_option(value);
        if (period_ < 1) fail(fmt::format("Parameter [period] must be greater than 0.  Provided value was [{}]", period_));
      } else if (seasonal && key == "type") {
        const std::string text = scalar_option_text(value);
        if (text != "add" && text != "additive" && text != "mult" && text != "multiplicative") fail(fmt::format("Unknown seasonality type [{}]", text));
        multiplicative_ = text.starts_with("mult");
      } else if (seasonal && key == "pad" && value.is_boolean()) {
        pad_ = value.get<bool>();
      } else {
        fail(fmt::format("Unknown settings key [{}]", key));
      }
    }
  }

  bool has_value(size_t available) const {
    if (model_ == "holt_winters") return available >= static_cast<size_t>(period_) * 2;
    return available > 0;
  }

  std::vector<double> forecast(const std::vector<double>& window, size_t count) const {
    if (window.empty()) return std::vector<double>(count, NAN);
    if (model_ == "simple") return std::vector<double>(count, script::moving::unweighted_average(window));
    if (model_ == "linear") return std::vector<double>(count, script::moving::linear_weighted_average(window));
    if (model_ == "ewma") return std::vector<double>(count, script::moving::ewma(window, alpha_));
    if (model_ == "holt") {
      return script::moving::holt(window, alpha_, beta_, count);
    }
    return script::moving::holt_winters(window, alpha_, beta_, gamma_, static_cast<size_t>(period_), multiplicative_ && pad_ ? 1e-10 : 0, multiplicative_, count);
  }

  void predict(BucketsResult& owner, const std::vector<double>& values, size_t last_valid) const {
    for (size_t i = 0; i < values.size(); ++i) {
      const size_t at = last_valid + i + 1;
      if (at >= owner.buckets.size()) {
        if (!owner.next_bucket) return;
        owner.buckets.push_back(owner.next_bucket(owner.buckets.back()));
      }
      add(owner.buckets[at], simple_value(values[i], format_), "simple_value");
    }
  }

  std::vector<std::string> steps_;
  GapPolicy gap_policy_ = GapPolicy::kSkip;
  std::string format_, model_ = "simple";
  int64_t window_ = 5, predict_ = 0, period_ = 1;
  double alpha_ = 0.3, beta_ = 0.1, gamma_ = 0.3;
  bool multiplicative_ = false, pad_ = true;
  std::optional<bool> minimize_;
};

}  // namespace

PipelinePtr make_moving(const AggregationNode& node) {
  if (node.type == "moving_fn") return std::make_shared<MovingFn>(node);
  return std::make_shared<MovingAverage>(node);
}

}  // namespace tarn::query

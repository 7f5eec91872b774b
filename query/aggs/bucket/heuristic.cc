#include "query/aggs/bucket/heuristic.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace tarn::query {
namespace {

/// The contingency table of term and class.
struct Table {
  double n00, n01, n10, n11, n0_, n1_, n_0, n_1, n;

  Table(const Frequencies& f, bool superset) {
    n01 = f.subset_size - f.subset_freq;
    n11 = f.subset_freq;
    n_1 = f.subset_size;
    if (superset) {
      n00 = f.superset_size - f.superset_freq - (f.subset_size - f.subset_freq);
      n10 = f.superset_freq - f.subset_freq;
      n0_ = f.superset_size - f.superset_freq;
      n1_ = f.superset_freq;
      n_0 = f.superset_size - f.subset_size;
      n = f.superset_size;
    } else {
      n00 = f.superset_size - f.superset_freq;
      n10 = f.superset_freq;
      n0_ = f.superset_size - f.superset_freq + f.subset_size - f.subset_freq;
      n1_ = f.superset_freq + f.subset_freq;
      n_0 = f.superset_size;
      n = f.superset_size + f.subset_size;
    }
  }
  /// The term is rarer in the class than outside.
  bool negative() const { return n11 / n_1 < n10 / n_0; }
};

double information(double nxy, double nx_, double n_y, double n) {
  const double numerator = std::fabs(n * nxy), denominator = std::fabs(nx_ * n_y), factor = std::fabs(nxy / n);
  if (numerator < 1e-7 && factor < 1e-7) return 0;
  return factor * std::log(numerator / denominator);
}

}  // namespace

void Heuristic::declare(Options& options) {
  const auto plain = [this](Kind kind) {
    return [this, kind](const Json& json) {
      kind_ = kind;
      Options("").read(json);
    };
  };
  const auto with_flags = [this](Kind kind, std::string name, bool negatives) {
    return [this, kind, name, negatives](const Json& json) {
      kind_ = kind;
      Options inner(name);
      if (negatives) inner.flag("include_negatives", include_negatives_);
      inner.flag("background_is_superset", background_is_superset_);
      inner.read(json);
    };
  };
  options.any("jlh", kTokenObject, plain(Kind::kJlh))
      .any("percentage", kTokenObject, plain(Kind::kPercentage))
      .any("mutual_information", kTokenObject, with_flags(Kind::kMutualInformation, "mutual_information", true))
      .any("chi_square", kTokenObject, with_flags(Kind::kChiSquare, "chi_square", true))
      .any("gnd", kTokenObject, with_flags(Kind::kGnd, "gnd", false))
      .any("script_heuristic", kTokenObject, [this](const Json& json) {
        kind_ = Kind::kScript;
        Options inner("script_heuristic");
        inner.any("script", kTokenString | kTokenObject, [this](const Json& spec) { script_ = script::parse_script(spec); });
        inner.read(json);
        if (!script_) throw ApiError(illegal_argument("Required [script]"));
      });
}

void Heuristic::bind(const SearchContext& search) {
  if (!script_ || run_) return;
  run_ = std::make_shared<script::Run>(script::compile(*script_, script::Context::kHeuristic, search.scripts), script_->params);
}

double Heuristic::score(const Frequencies& f) const {
  switch (kind_) {
    case Kind::kJlh: {
      if (f.subset_freq == 0 || f.subset_size == 0 || f.superset_size == 0) return 0;
      // A background that is no superset may lack the term: one document keeps the score finite.
      const double subset = f.subset_freq / f.subset_size, superset = std::max(f.superset_freq, 1.0) / f.superset_size;
      return subset <= superset ? 0 : (subset - superset) * (subset / superset);
    }
    case Kind::kScript: {
      // Java's accessors count as int in arithmetic.
      const auto number = [](double count) { return script::Value::integer(static_cast<int64_t>(count)); };
      run_->set_param("_subset_freq", number(f.subset_freq));
      run_->set_param("_subset_size", number(f.subset_size));
      run_->set_param("_superset_freq", number(f.superset_freq));
      run_->set_param("_superset_size", number(f.superset_size));
      return run_->execute_double();
    }
    case Kind::kPercentage: return f.superset_freq == 0 ? 0 : f.subset_freq / f.superset_freq;
    case Kind::kGnd: {
      const Table t(f, background_is_superset_);
      if (t.n11 == 0) return 0;
      if (t.n1_ == t.n_1 && t.n1_ == t.n11) return 1;
      const double x = std::log(t.n1_), y = std::log(t.n_1);
      return std::exp(-(std::max(x, y) - std::log(t.n11)) / (std::log(t.n) - std::min(x, y)));
    }
    case Kind::kChiSquare: {
      const Table t(f, background_is_superset_);
      if (!include_negatives_ && t.negative()) return -std::numeric_limits<double>::infinity();
      return t.n * std::pow(t.n11 * t.n00 - t.n01 * t.n10, 2.0) / (t.n_1 * t.n1_ * t.n0_ * t.n_0);
    }
    default: {
      const Table t(f, background_is_superset_);
      const double score = (information(t.n00, t.n0_, t.n_0, t.n) + information(t.n01, t.n0_, t.n_1, t.n) +
                            information(t.n10, t.n1_, t.n_0, t.n) + information(t.n11, t.n1_, t.n_1, t.n)) / std::log(2.0);
      if (std::isnan(score)) return -static_cast<double>(std::numeric_limits<float>::max());
      if (!include_negatives_ && t.negative()) return -std::numeric_limits<double>::max();
      return score;
    }
  }
}

}  // namespace tarn::query

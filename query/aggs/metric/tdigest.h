#pragma once

#include <cstdint>
#include <limits>
#include <vector>

namespace tarn::query {

/// Ted Dunning's merging t-digest with the scale function K_2, step by step as t-digest 3.3's MergingDigest (which OpenSearch
/// uses) computes it, so that quantiles agree digit by digit. One thread.
class TDigest {
 public:
  explicit TDigest(double compression);
  void add(double value, double weight = 1);
  /// The digest that a coordinating node makes of one shard's: what answers are read from.
  TDigest reduced();
  /// NaN without values. `q` in [0, 1].
  double quantile(double q);
  double cdf(double value);
  bool empty() const { return total_ + unmerged_ == 0; }
  struct Centroid {
    double mean, weight;
  };
  const std::vector<Centroid>& centroids();
  double compression() const { return public_compression_; }
  size_t memory_bytes() const { return (centroids_.capacity() + incoming_.capacity()) * sizeof(Centroid); }

 private:
  void merge_new(bool force, double compression);
  void sort_incoming();
  void merge(double weight, bool backwards, double compression);

  double public_compression_, compression_;
  size_t buffer_size_;
  std::vector<Centroid> centroids_, incoming_;
  bool plain_ = true;   // all that came in has the weight 1
  double total_ = 0, unmerged_ = 0;
  double min_ = std::numeric_limits<double>::infinity(), max_ = -std::numeric_limits<double>::infinity();
  uint32_t merges_ = 0;
};

}  // namespace tarn::query

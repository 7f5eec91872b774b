#include "query/aggs/metric/tdigest.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <utility>

namespace tarn::query {
namespace {

/// The largest share of all weight that a centroid at quantile q may have (K_2), times the normalizer.
double share_max(double q, double normalizer) { return q * (1 - q) / normalizer; }

double weighted_average(double x1, double w1, double x2, double w2) {
  if (x1 > x2) {
    std::swap(x1, x2);
    std::swap(w1, w2);
  }
  const double x = (x1 * w1 + x2 * w2) / (w1 + w2);
  return std::max(x1, std::min(x, x2));
}

/// Ascending, by radix: a byte of the sortable bits a pass, from the lowest; bytes that all values share cost nothing.
void sort_values(std::vector<uint64_t>& keys, std::vector<uint64_t>& scratch) {
  uint32_t counts[8][256] = {};
  for (const uint64_t key : keys) {
    for (size_t byte = 0; byte < 8; ++byte) ++counts[byte][key >> (8 * byte) & 255];
  }
  scratch.resize(keys.size());
  for (size_t byte = 0; byte < 8; ++byte) {
    const auto digit = [byte](uint64_t key) { return key >> (8 * byte) & 255; };
    if (counts[byte][digit(keys[0])] == keys.size()) continue;
    uint32_t begin = 0;
    for (uint32_t& count : counts[byte]) begin += std::exchange(count, begin);
    for (const uint64_t key : keys) scratch[counts[byte][digit(key)]++] = key;
    keys.swap(scratch);
  }
}

uint64_t sortable_bits(double value) {
  const auto bits = std::bit_cast<uint64_t>(value);
  return bits >> 63 ? ~bits : bits | 1ull << 63;
}
double from_sortable_bits(uint64_t bits) { return std::bit_cast<double>(bits >> 63 ? bits & ~(1ull << 63) : ~bits); }

}  // namespace

TDigest::TDigest(double compression) {
  compression = std::max(compression, 10.0);
  const double fudge = compression < 30 ? 30 : 10;  // the weight limit needs a bit of extra room
  auto size = static_cast<size_t>(2 * compression + fudge);
  buffer_size_ = 5 * size;
  const auto scale = std::max<double>(1, static_cast<double>(buffer_size_ / size) - 1);
  public_compression_ = compression;
  compression_ = std::sqrt(scale) * compression;
  if (static_cast<double>(size) < compression_ + fudge) size = static_cast<size_t>(std::ceil(compression_ + fudge));
  buffer_size_ = std::max(buffer_size_, 2 * size);
}

void TDigest::add(double value, double weight) {
  if (incoming_.size() + centroids_.size() + 1 >= buffer_size_) merge_new(false, compression_);
  incoming_.push_back({value, weight});
  plain_ = plain_ && weight == 1;
  unmerged_ += weight;
  min_ = std::min(min_, value);
  max_ = std::max(max_, value);
}

void TDigest::merge_new(bool force, double compression) {
  if (total_ == 0 && unmerged_ == 0) return;
  if (!force && unmerged_ == 0) return;
  sort_incoming();
  merge(unmerged_, merges_ % 2 == 1, compression);
  unmerged_ = 0;
  ++merges_;
}

/// By mean, equal ones as they came. Single values that are equal cannot be told apart, so that any sort will do for them.
void TDigest::sort_incoming() {
  if (!plain_) {
    std::stable_sort(incoming_.begin(), incoming_.end(), [](const Centroid& a, const Centroid& b) { return a.mean < b.mean; });
    plain_ = true;
    return;
  }
  if (incoming_.empty()) return;
  static thread_local std::vector<uint64_t> keys, scratch;
  keys.clear();
  for (const Centroid& one : incoming_) keys.push_back(sortable_bits(one.mean));
  sort_values(keys, scratch);
  for (size_t i = 0; i < keys.size(); ++i) incoming_[i].mean = from_sortable_bits(keys[i]);
}

/// Takes what came in, sorted, into the centroids; of equal means it goes first.
void TDigest::merge(double weight, bool backwards, double compression) {
  std::vector<Centroid> incoming(incoming_.size() + centroids_.size());
  std::merge(incoming_.begin(), incoming_.end(), centroids_.begin(), centroids_.end(), incoming.begin(),
             [](const Centroid& a, const Centroid& b) { return a.mean < b.mean; });
  incoming_.clear();
  if (backwards) std::reverse(incoming.begin(), incoming.end());
  total_ += weight;
  centroids_.clear();
  centroids_.push_back(incoming[0]);
  double so_far = 0;
  const double normalizer = compression / (4 * std::log(total_ / compression) + 24);
  for (size_t i = 1; i < incoming.size(); ++i) {
    Centroid& last = centroids_.back();
    const double proposed = last.weight + incoming[i].weight;
    const double q0 = so_far / total_, q2 = (so_far + proposed) / total_;
    // The first and the last centroid never merge.
    const bool fits = i != 1 && i + 1 != incoming.size() &&
                      proposed <= total_ * std::min(share_max(q0, normalizer), share_max(q2, normalizer));
    if (fits) {
      last.weight += incoming[i].weight;
      last.mean += (incoming[i].mean - last.mean) * incoming[i].weight / last.weight;
    } else {
      so_far += last.weight;
      centroids_.push_back(incoming[i]);
    }
  }
  if (backwards) std::reverse(centroids_.begin(), centroids_.end());
  min_ = std::min(min_, centroids_.front().mean);
  max_ = std::max(max_, centroids_.back().mean);
}

const std::vector<TDigest::Centroid>& TDigest::centroids() {
  merge_new(true, public_compression_);
  return centroids_;
}

TDigest TDigest::reduced() {
  TDigest out(public_compression_);
  const std::vector<Centroid>& mine = centroids();
  if (mine.empty()) return out;
  double weight = 0;
  for (const Centroid& centroid : mine) weight += centroid.weight;
  out.incoming_ = mine;
  out.merge(weight, false, out.compression_);
  out.min_ = std::min(out.min_, min_);
  out.max_ = std::max(out.max_, max_);
  return out;
}

double TDigest::quantile(double q) {
  merge_new(false, compression_);
  if (centroids_.empty()) return NAN;
  const size_t n = centroids_.size();
  if (n == 1) return centroids_[0].mean;
  const double index = q * total_;
  if (index < 1) return min_;
  const Centroid &first = centroids_[0], &last = centroids_[n - 1];
  if (first.weight > 1 && index < first.weight / 2) return min_ + (index - 1) / (first.weight / 2 - 1) * (first.mean - min_);
  if (index > total_ - 1) return max_;
  if (last.weight > 1 && total_ - index <= last.weight / 2) {
    return max_ - (total_ - index - 1) / (last.weight / 2 - 1) * (max_ - last.mean);
  }
  double so_far = first.weight / 2;
  for (size_t i = 0; i + 1 < n; ++i) {
    const Centroid &a = centroids_[i], &b = centroids_[i + 1];
    const double dw = (a.weight + b.weight) / 2;
    if (so_far + dw > index) {
      // Single values lie exactly at their centroid; only what is between them is interpolated.
      double left = 0, right = 0;
      if (a.weight == 1) {
        if (index - so_far < 0.5) return a.mean;
        left = 0.5;
      }
      if (b.weight == 1) {
        if (so_far + dw - index <= 0.5) return b.mean;
        right = 0.5;
      }
      return weighted_average(a.mean, so_far + dw - index - right, b.mean, index - so_far - left);
    }
    so_far += dw;
  }
  const double z1 = index - total_ - last.weight / 2;
  return weighted_average(last.mean, z1, max_, last.weight / 2 - z1);
}

double TDigest::cdf(double x) {
  merge_new(false, compression_);
  const size_t n = centroids_.size();
  if (n == 0) return NAN;
  if (x < min_) return 0;
  if (x > max_) return 1;
  if (n == 1) return x - min_ <= max_ - min_ ? 0.5 : (x - min_) / (max_ - min_);
  const Centroid &first = centroids_[0], &last = centroids_[n - 1];
  if (x < first.mean) {
    if (first.mean - min_ <= 0) return 0;
    if (x == min_) return 0.5 / total_;
    return (1 + (x - min_) / (first.mean - min_) * (first.weight / 2 - 1)) / total_;
  }
  if (x > last.mean) {
    if (max_ - last.mean <= 0) return 1;
    if (x == max_) return 1 - 0.5 / total_;
    return 1 - (1 + (max_ - x) / (max_ - last.mean) * (last.weight / 2 - 1)) / total_;
  }
  double so_far = 0;
  for (size_t i = 0; i + 1 < n; ++i) {
    const Centroid &a = centroids_[i], &b = centroids_[i + 1];
    if (a.mean == x) {
      double dw = 0;
      for (; i < n && centroids_[i].mean == x; ++i) dw += centroids_[i].weight;
      return (so_far + dw / 2) / total_;
    }
    if (a.mean <= x && x < b.mean) {
      if (a.weight == 1 && b.weight == 1) return (so_far + 1) / total_;
      const double left = a.weight == 1 ? 0.5 : 0, right = a.weight != 1 && b.weight == 1 ? 0.5 : 0;
      const double dw = (a.weight + b.weight) / 2 - left - right;
      return (so_far + a.weight / 2 + left + dw * (x - a.mean) / (b.mean - a.mean)) / total_;
    }
    so_far += a.weight;
  }
  return 1 - 0.5 / total_;
}

}  // namespace tarn::query

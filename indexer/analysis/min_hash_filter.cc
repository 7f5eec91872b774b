// MinHashFilter of Lucene: a text becomes the smallest hashes of its tokens, by hash function and bucket.
#include <set>

#include "indexer/analysis/filters.h"
#include "indexer/base/error.h"
#include "indexer/base/murmur3.h"

namespace tarn::analysis {

namespace {

struct Hash {
  uint64_t low = 0, high = 0;
  bool operator<(const Hash& other) const { return high != other.high ? high < other.high : low < other.low; }
};

Hash murmur3(std::string_view bytes) {
  const Hash128 hash = murmur3_128(bytes);
  return {hash.first, hash.second};
}

Hash hash_of_term(std::string_view term) {
  const std::u16string units = to_utf16(term);
  std::string bytes;
  for (const char16_t unit : units) {
    bytes += static_cast<char>(unit & 0xFF);
    bytes += static_cast<char>(unit >> 8);
  }
  return murmur3(bytes);
}

Hash hash_of_number(uint32_t i) {
  const char bytes[4] = {static_cast<char>(i >> 24), static_cast<char>(i >> 16), static_cast<char>(i >> 8), static_cast<char>(i)};
  return murmur3({bytes, 4});
}

class MinHashFilter final : public TokenFilter {
 public:
  explicit MinHashFilter(const MinHashSettings& settings) : s_(settings) {
    const auto buckets = static_cast<uint64_t>(s_.bucket_count);
    bucket_size_ = (uint64_t{1} << 32) / buckets + ((uint64_t{1} << 32) % buckets != 0 ? 1 : 0);
    for (int i = 0; i < s_.hash_count; ++i) functions_.push_back(hash_of_number(static_cast<uint32_t>(i)));
  }

  void apply(TokenBuffer& tokens) const override {
    if (tokens.tokens.empty()) return;
    const uint32_t end_offset = tokens.tokens.back().end_offset;
    const int32_t trailing = tokens.end_position - tokens.tokens.back().position - 1;
    std::vector<Hash> hashes;
    for (const Token& token : tokens.tokens) hashes.push_back(hash_of_term(token.term));
    std::vector<Token> out;
    for (int i = 0; i < s_.hash_count; ++i) {
      for (const auto& [bucket, smallest] : smallest_by_bucket(hashes, functions_[static_cast<size_t>(i)])) {
        for (const Hash& hash : smallest) {
          Token token;
          token.term = tokens.keep(term_of(hash, i));
          token.end_offset = end_offset;
          token.type = "MIN_HASH";
          out.push_back(token);
        }
      }
    }
    tokens.tokens = std::move(out);
    tokens.end_position = 1 + std::max(0, trailing);
  }

 private:
  using Buckets = std::map<uint64_t, std::set<Hash>>;

  Buckets smallest_by_bucket(const std::vector<Hash>& hashes, const Hash& function) const {
    Buckets buckets;
    for (const Hash& hash : hashes) {
      const Hash rehashed{hash.low * 37 + function.low, hash.high * 37 + function.high};
      std::set<Hash>& smallest = buckets[(rehashed.high >> 32) / bucket_size_];
      if (smallest.size() >= static_cast<size_t>(s_.hash_set_size)) {
        if (!(rehashed < *smallest.rbegin())) continue;
        smallest.erase(std::prev(smallest.end()));
      }
      smallest.insert(rehashed);
    }
    if (s_.with_rotation && s_.hash_set_size == 1) rotate(buckets);
    return buckets;
  }

  /// Empty buckets take the smallest hash of the next one that has any, around the end.
  void rotate(Buckets& buckets) const {
    const Buckets filled = buckets;
    for (uint64_t at = 0; at < static_cast<uint64_t>(s_.bucket_count); ++at) {
      auto next = filled.lower_bound(at);
      if (next == filled.end()) next = filled.begin();
      if (next->first != at) buckets[at] = {*next->second.begin()};
    }
  }

  // The hash's 16-bit words as characters, behind the function's number where there are several.
  std::string term_of(const Hash& hash, int function) const {
    std::u16string units;
    auto add = [&units](uint64_t value, int from) {
      for (int shift = from; shift >= 0; shift -= 16) units += static_cast<char16_t>(value >> shift);
    };
    if (s_.hash_count > 1) add(static_cast<uint32_t>(function), 16);
    add(hash.high, 48);
    add(hash.low, 48);
    if (s_.hash_count > 1) units.resize(units.size() - 2);
    return to_utf8(units);
  }

  MinHashSettings s_;
  uint64_t bucket_size_;
  std::vector<Hash> functions_;
};

}  // namespace

TokenFilterPtr make_min_hash_filter(const MinHashSettings& settings) {
  const std::pair<int, const char*> counts[] = {
      {settings.hash_count, "hashCount"}, {settings.bucket_count, "bucketCount"}, {settings.hash_set_size, "hashSetSize"}};
  for (const auto& [count, name] : counts) {
    if (count <= 0) throw ApiError(illegal_argument(std::string(name) + " must be greater than zero"));
  }
  // Lucene takes memory for each bucket of each function; what it could not allocate is refused here.
  if (int64_t{settings.hash_count} * settings.bucket_count > (1 << 24)) {
    throw ApiError(illegal_argument("[hash_count] times [bucket_count] must not exceed 16777216"));
  }
  return std::make_shared<MinHashFilter>(settings);
}

}  // namespace tarn::analysis

#pragma once

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "query/collect/top_docs.h"

namespace tarn::query {

/// Field collapsing: the best document of each value of a field. Documents without a value are one group.
class TopGroups {
 public:
  /// `field`: a keyword or number; throws as OpenSearch does for others.
  static void check_field(const Mapping& mapping, const std::string& field);

  TopGroups(std::string field, size_t capacity) : field_(std::move(field)), capacity_(capacity) {}
  void begin_segment(const std::vector<BoundSort>& sort, uint32_t target, const SegmentView& segment);
  void add(const LocalDocId* docs, const float* scores, size_t count);
  void add_all(const Bitset& documents);
  void end_segment();
  /// The best groups in order.
  std::vector<Hit> take_sorted();

 private:
  struct Slot {
    LocalDocId doc;
    float score;
    std::vector<int64_t> keys;
  };
  std::string field_;
  size_t capacity_;
  const std::vector<BoundSort>* sort_ = nullptr;
  std::vector<BoundSort> last_sort_;
  uint32_t target_ = 0, segment_ = 0, doc_count_ = 0;
  std::vector<std::unique_ptr<KeyReader>> readers_;
  const KeywordColumn* keywords_ = nullptr;
  const NumericColumn* numbers_ = nullptr;
  std::unordered_map<int64_t, Slot> slots_;      // of the segment, by ordinal or number
  std::unique_ptr<Slot> without_value_;
  std::unordered_map<std::string, Hit> groups_;  // of all finished segments
};

}  // namespace tarn::query

#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "query/bind/plan.h"

namespace tarn::query {

/// Positions of chosen terms in the documents of one segment, read from the token columns: what spans and intervals are
/// evaluated on. Terms are announced first; then documents are loaded in any order. One thread.
class DocPositions {
 public:
  explicit DocPositions(const SegmentView& segment) : segment_(segment) {}

  /// A slot that holds the positions of `term` in each loaded document; the same term gives the same slot.
  size_t announce(const std::string& path, const std::string& term);
  /// length() of this field will be asked.
  void announce_length(const std::string& path) { field(path).wants_length = true; }
  void load(LocalDocId doc);
  /// Ascending; of the document loaded last.
  const std::vector<int32_t>& positions(size_t slot) const { return slots_[slot]; }
  /// The tokens of the field in the document loaded last, as Lucene's norm counts them.
  uint32_t length(const std::string& path) const;
  /// Documents that contain the term of a slot.
  void or_documents(size_t slot, Bitset& out) const;
  std::shared_ptr<const PostingList> postings(size_t slot) const;

 private:
  struct Field {
    std::string path;
    const TextIndex* text = nullptr;
    std::map<std::string, size_t, std::less<>> terms;
    std::vector<std::pair<uint32_t, size_t>> ordinals;  // sorted by ordinal
    std::vector<ColumnToken> tokens;
    bool wants_length = false;
  };
  Field& field(const std::string& path);
  const SegmentView& segment_;
  std::vector<std::unique_ptr<Field>> fields_;
  std::vector<std::vector<int32_t>> slots_;
  std::vector<std::pair<Field*, std::string>> slot_terms_;
};

}  // namespace tarn::query

#pragma once

#include <compare>
#include <cstdint>
#include <functional>

namespace tarn {

/// An integer that is not interchangeable with others of the same width.
template <class Tag, class Integer>
struct Id {
  using Value = Integer;
  Integer value{};
  constexpr Id() = default;
  constexpr explicit Id(Integer v) : value(v) {}
  constexpr auto operator<=>(const Id&) const = default;
  constexpr Id next() const { return Id(static_cast<Integer>(value + 1)); }
};

using RowId = Id<struct RowTag, uint64_t>;         ///< position of a document in its index's store; never reused
using SeqNo = Id<struct SeqNoTag, int64_t>;        ///< number of a write within its index, from 0
using Version = int64_t;                           ///< OpenSearch's _version of one document
using LocalDocId = uint32_t;                       ///< 0..doc_count-1 inside one segment; hot loops want the plain integer
using Ordinal = uint32_t;                          ///< position in a sorted dictionary

constexpr SeqNo kNoSeqNo{-2};                      ///< UNASSIGNED_SEQ_NO of OpenSearch
constexpr LocalDocId kNoDoc = UINT32_MAX;


}  // namespace tarn

template <class Tag, class Integer>
struct std::hash<tarn::Id<Tag, Integer>> {
  size_t operator()(const tarn::Id<Tag, Integer>& id) const noexcept { return std::hash<Integer>()(id.value); }
};

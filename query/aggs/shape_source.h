#pragma once

#include <optional>
#include <string>
#include <vector>

#include "indexer/geo/relation.h"
#include "indexer/searcher.h"
#include "query/query.h"

namespace tarn::query {

/// The shapes of a geo_shape field, one segment after another.
class ShapeSource {
 public:
  /// Whether the field is a geo_shape; throws 400 if it has no doc values.
  bool bind(const Searcher& searcher, const std::string& field);
  void begin_segment(const Searcher& searcher, size_t segment);
  bool bound() const { return !path_.empty(); }

  /// Calls visit(i, ordinal, value) for the shapes of docs[i]; `value` as encode_triangles() makes it.
  template <class Visit>
  void for_each(const LocalDocId* docs, size_t count, Visit&& visit) {
    if (column_ == nullptr) return;
    for (size_t i = 0; i < count; ++i) {
      ordinals_.clear();
      column_->ordinals(docs[i], ordinals_);
      for (const Ordinal ordinal : ordinals_) visit(i, ordinal, column_->term(ordinal));
    }
  }

 private:
  std::string path_;
  const KeywordColumn* column_ = nullptr;
  std::vector<Ordinal> ordinals_;
};

/// The cells of a grid that shapes reach into, packed as geohash_of() and geotile_of() do. Borders belong to one cell only.
class ShapeCells {
 public:
  /// `bounds` in degrees: only cells that meet them; west may be above east.
  ShapeCells(bool tiles, int precision, std::optional<geo::Box> bounds, const SearchContext& context)
      : tiles_(tiles), precision_(precision), bounds_(bounds), context_(context) {}
  /// Throws 400 where the shapes so far take more cells than a search may hold.
  std::vector<int64_t> of(std::string_view shape);

 private:
  void descend(const std::vector<geo::Triangle>& triangles, int level, uint64_t x, uint64_t y, uint64_t hash, std::vector<int64_t>& out);
  bool wanted(const geo::Box& box) const;

  bool tiles_;
  int precision_;
  std::optional<geo::Box> bounds_;
  const SearchContext& context_;
  uint64_t cells_ = 0, steps_ = 0;
};

}  // namespace tarn::query

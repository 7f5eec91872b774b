#pragma once

#include <memory>

#include "indexer/segment/segment.h"
#include "indexer/mapping/field_type.h"

namespace tarn::query {

/// The terms of a text field with "fielddata": true as a column of the segment, put together from its tokens, less those that
/// its fielddata_frequency_filter leaves out. Takes a pass over the segment; lives for one search. Null if the segment has
/// none. Throws 429 circuit_breaking_exception where it would be too large, 501 for fields without positions.
std::unique_ptr<KeywordColumn> make_fielddata_column(const SegmentReader& segment, const FieldType& field);

}  // namespace tarn::query

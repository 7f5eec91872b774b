#pragma once

#include <memory>

#include "query/bind/plan.h"

namespace tarn::query {

/// A scorer of the documents of a set, all with the same score. Null if the set is empty.
std::unique_ptr<Scorer> make_bits_scorer(std::shared_ptr<const Bitset> bits, float score);

/// The words of [begin, begin + kWindowDocs), zeros past the end.
void copy_window(const Bitset& bits, LocalDocId begin, uint64_t* out);

}  // namespace tarn::query

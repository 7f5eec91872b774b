#include "indexer/segment/numeric_column.h"

#include <bit>
#include <cmath>
#include <numeric>

namespace tarn::segment {
namespace {

constexpr uint32_t kMagic = 0x314d554e;  // "NUM1"
constexpr double kExactMax = 4503599627370496.0;  // 2^52: products below it that are whole numbers are exact
constexpr double kPowers[] = {1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9};
constexpr uint8_t kExponentMax = 9;

struct Header {
  uint32_t magic;
  uint8_t transform;
  uint8_t exponent;
  uint8_t doubles;
  uint8_t reserved;
  int64_t base;
  uint64_t step;
};

int64_t sortable(double value) {
  const int64_t bits = std::bit_cast<int64_t>(value);
  return bits ^ ((bits >> 63) & INT64_MAX);
}

double from_sortable(int64_t bits) { return std::bit_cast<double>(bits ^ ((bits >> 63) & INT64_MAX)); }

double decimal_value(double n, double power, bool as_float) {
  const double value = n / power;
  return as_float ? static_cast<double>(static_cast<float>(value)) : value;
}

/// Whether every value is n / 10^exponent for one small exponent; then `out` holds the n.
bool find_decimals(const int64_t* values, size_t count, bool as_float, uint8_t& exponent, std::vector<int64_t>& out) {
  exponent = 0;
  double largest = 0;
  for (size_t i = 0; i < count; ++i) {
    const double value = from_sortable(values[i]);
    largest = std::max(largest, std::fabs(value));
    while (true) {
      const double n = std::nearbyint(value * kPowers[exponent]);
      // Bits are compared, so that -0.0 and NaN are told apart.
      if (std::fabs(n) < kExactMax &&
          std::bit_cast<uint64_t>(decimal_value(n + 0.0, kPowers[exponent], as_float)) == std::bit_cast<uint64_t>(value)) {
        break;
      }
      if (++exponent > kExponentMax) return false;
    }
  }
  if (!(largest * kPowers[exponent] < kExactMax)) return false;
  out.resize(count);
  for (size_t i = 0; i < count; ++i) {
    const double value = from_sortable(values[i]);
    const double n = std::nearbyint(value * kPowers[exponent]) + 0.0;
    // A value that fitted a smaller exponent may, rounded to a float, miss at a larger one.
    if (std::bit_cast<uint64_t>(decimal_value(n, kPowers[exponent], as_float)) != std::bit_cast<uint64_t>(value)) return false;
    out[i] = static_cast<int64_t>(n);
  }
  return true;
}

uint64_t span_of(const int64_t* values, size_t count, int64_t& low) {
  low = values[0];
  int64_t high = values[0];
  for (size_t i = 0; i < count; ++i) {
    low = std::min(low, values[i]);
    high = std::max(high, values[i]);
  }
  return static_cast<uint64_t>(high) - static_cast<uint64_t>(low);
}

uint64_t common_step(const int64_t* values, size_t count, int64_t low) {
  uint64_t step = 0;
  for (size_t i = 0; i < count && step != 1; ++i) {
    const uint64_t distance = static_cast<uint64_t>(values[i]) - static_cast<uint64_t>(low);
    if (distance == 0) continue;
    if (step == 0) {
      step = distance;
    } else if (distance % step != 0) {
      step = std::gcd(step, distance);
    }
  }
  return step == 0 ? 1 : step;
}

/// Chooses the codec; `integers` receives the decimals where it uses them.
NumericCodec choose_codec(const int64_t* values, size_t count, bool doubles, std::vector<int64_t>& integers) {
  NumericCodec codec;
  if (count == 0) return codec;
  int64_t low;
  uint64_t span = span_of(values, count, low);
  uint64_t step = common_step(values, count, low);
  if (doubles) {
    for (const bool as_float : {false, true}) {
      uint8_t exponent;
      std::vector<int64_t> found;
      if (!find_decimals(values, count, as_float, exponent, found)) continue;
      int64_t decimal_low;
      const uint64_t decimal_span = span_of(found.data(), count, decimal_low);
      const uint64_t decimal_step = common_step(found.data(), count, decimal_low);
      if (decimal_span / decimal_step >= span / step) continue;
      codec.transform = as_float ? NumericCodec::kDecimalFloat : NumericCodec::kDecimal;
      codec.exponent = exponent;
      codec.power = kPowers[exponent];
      low = decimal_low;
      step = decimal_step;
      integers = std::move(found);
      break;
    }
  }
  codec.base = low;
  codec.step = step;
  return codec;
}

void put_header(BlobWriter& out, const NumericCodec& codec, bool doubles) {
  out.put(Header{kMagic, codec.transform, codec.exponent, static_cast<uint8_t>(doubles), 0, codec.base, codec.step});
}

void sort_values_of_documents(const LocalDocId* docs, int64_t* values, size_t count) {
  for (size_t i = 1; i < count; ++i) {
    if (docs[i] != docs[i - 1]) continue;
    size_t end = i + 1;
    while (end < count && docs[end] == docs[i]) ++end;
    std::sort(values + i - 1, values + end);
    i = end;
  }
}

}  // namespace

int64_t NumericCodec::decimal(int64_t n) const {
  return sortable(decimal_value(static_cast<double>(n), power, transform == kDecimalFloat));
}

bool NumericCodec::raw_range(int64_t low, int64_t high, uint64_t max_raw, uint64_t& low_raw, uint64_t& high_raw) const {
  if (low > high || high < value(0) || low > value(max_raw)) return false;
  if (transform == kInteger) {
    low_raw = 0;
    if (low > base) {
      const uint64_t distance = static_cast<uint64_t>(low) - static_cast<uint64_t>(base);
      low_raw = distance / step + (distance % step != 0);
    }
    high_raw = std::min(max_raw, (static_cast<uint64_t>(high) - static_cast<uint64_t>(base)) / step);
    return low_raw <= high_raw;
  }
  // Decimals: search, because rounding makes a closed form delicate. Bounds: value(low_raw - 1) < low, value(high_raw + 1) > high.
  uint64_t from = 0, to = max_raw;
  while (from < to) {
    const uint64_t middle = from + (to - from) / 2;
    if (value(middle) < low) from = middle + 1; else to = middle;
  }
  low_raw = from;
  from = 0, to = max_raw;
  while (from < to) {
    const uint64_t middle = to - (to - from) / 2;
    if (value(middle) > high) to = middle - 1; else from = middle;
  }
  high_raw = from;
  return low_raw <= high_raw;
}

bool NumericCodec::raw_of(int64_t wanted, uint64_t& raw) const {
  int64_t n = wanted;
  if (transform != kInteger) {
    const double scaled = std::nearbyint(from_sortable(wanted) * power);
    if (!(std::fabs(scaled) < kExactMax)) return false;
    n = static_cast<int64_t>(scaled);
  }
  if (n < base) return false;
  const uint64_t distance = static_cast<uint64_t>(n) - static_cast<uint64_t>(base);
  if (distance % step != 0) return false;
  raw = distance / step;
  return value(raw) == wanted;
}

PackedNumericColumn::PackedNumericColumn(Blob blob) : blob_(std::move(blob)) {
  BlobReader reader(blob_);
  const auto header = reader.get<Header>();
  if (header.magic != kMagic || header.transform > NumericCodec::kDecimalFloat || header.exponent > kExponentMax ||
      header.step == 0) {
    reader.fail("bad numeric column");
  }
  codec_ = {header.base, header.step, header.transform, header.exponent, kPowers[header.exponent]};
  doubles_ = header.doubles != 0;
  column_ = PackedColumn(reader);
}

NumericColumn::BlockRange PackedNumericColumn::block(uint32_t b) const {
  const PackedColumn::Block& block = column_.block(b);
  if (block.present == 0) return {INT64_MAX, INT64_MIN, 0};
  return {codec_.value(block.min), codec_.value(block.max), block.present};
}

int64_t PackedNumericColumn::first(LocalDocId doc, int64_t missing) const {
  uint64_t raw;
  return column_.first(doc, raw) ? codec_.value(raw) : missing;
}

void PackedNumericColumn::values(LocalDocId doc, std::vector<int64_t>& out) const {
  column_.visit_values(doc, [&](uint64_t raw) { out.push_back(codec_.value(raw)); });
}

void PackedNumericColumn::gather(const LocalDocId* docs, size_t count, int64_t missing, int64_t* out) const {
  const NumericCodec codec = codec_;  // a copy in registers: `out` may alias nothing of it
  if (codec.transform != NumericCodec::kInteger) {
    column_.gather(docs, count, missing, out, [codec](uint64_t raw) { return codec.decimal(codec.integer(raw)); });
  } else if (codec.step == 1) {
    column_.gather(docs, count, missing, out,
                   [base = codec.base](uint64_t raw) { return static_cast<int64_t>(base + raw); });
  } else {
    column_.gather(docs, count, missing, out, [codec](uint64_t raw) { return codec.integer(raw); });
  }
}

void PackedNumericColumn::gather_all(const LocalDocId* docs, size_t count, MultiValues<int64_t>& out) const {
  column_.gather_all(docs, count, out, [this](uint64_t raw) { return codec_.value(raw); });
}

void PackedNumericColumn::or_range_into(int64_t low, int64_t high, Bitset& out) const {
  uint64_t low_raw, high_raw;
  if (value_count() == 0 || !codec_.raw_range(low, high, column_.max(), low_raw, high_raw)) return;
  column_.or_range_into(low_raw, high_raw, out);
}

void PackedNumericColumn::or_terms_into(const std::vector<int64_t>& sorted_values, Bitset& out) const {
  std::vector<uint64_t> raws;
  for (const int64_t value : sorted_values) {
    uint64_t low_raw, high_raw;
    if (value_count() == 0 || !codec_.raw_range(value, value, column_.max(), low_raw, high_raw)) continue;
    for (uint64_t raw = low_raw; raw <= high_raw; ++raw) raws.push_back(raw);  // several only for floats
  }
  if (!raws.empty()) column_.or_terms_into(raws, out);
}

void PackedNumericColumn::decode(uint32_t block, std::vector<LocalDocId>& docs, std::vector<int64_t>& values) const {
  std::vector<uint16_t> local;
  std::vector<uint64_t> raws;
  column_.decode_block(block, local, raws);
  for (const uint16_t doc : local) docs.push_back(block * kBlockDocs + doc);
  for (const uint64_t raw : raws) values.push_back(codec_.value(raw));
}

Blob encode_numbers(uint32_t doc_count, const LocalDocId* docs, int64_t* values, size_t count, bool doubles) {
  if (docs != nullptr) {
    bool dense = count == doc_count;
    for (size_t i = 0; dense && i < count; ++i) dense = docs[i] == i;
    if (dense) docs = nullptr;
  }
  if (docs != nullptr) sort_values_of_documents(docs, values, count);
  std::vector<int64_t> decimals;
  const NumericCodec codec = choose_codec(values, count, doubles, decimals);
  const int64_t* integers = decimals.empty() ? values : decimals.data();
  std::vector<uint64_t> raws(count);
  for (size_t i = 0; i < count; ++i) raws[i] = static_cast<uint64_t>(integers[i]) - static_cast<uint64_t>(codec.base);
  if (codec.step != 1) {
    for (uint64_t& raw : raws) raw /= codec.step;
  }
  BlobWriter out;
  put_header(out, codec, doubles);
  write_packed_column(out, doc_count, docs, raws.data(), count);
  return out.finish();
}

namespace {

/// Block `b` of `column` with the patched documents [first, last) replaced.
struct PatchedBlock {
  std::vector<uint16_t> docs;
  std::vector<uint64_t> raws;
};

void patch_block(const PackedNumericColumn& column, uint32_t b, const std::vector<LocalDocId>& docs, size_t first,
                 size_t last, const std::vector<uint32_t>& offsets, const std::vector<uint64_t>& raws,
                 PatchedBlock& out) {
  std::vector<uint16_t> old_docs;
  std::vector<uint64_t> old_raws;
  column.column().decode_block(b, old_docs, old_raws);
  out.docs.clear();
  out.raws.clear();
  size_t i = 0;
  const auto keep_until = [&](uint32_t doc) {
    for (; i < old_docs.size() && old_docs[i] < doc; ++i) {
      out.docs.push_back(old_docs[i]);
      out.raws.push_back(old_raws[i]);
    }
  };
  for (size_t p = first; p < last; ++p) {
    const uint16_t doc = static_cast<uint16_t>(docs[p] % PackedColumn::kBlockDocs);
    keep_until(doc);
    while (i < old_docs.size() && old_docs[i] == doc) ++i;
    for (uint32_t v = offsets[p]; v < offsets[p + 1]; ++v) {
      out.docs.push_back(doc);
      out.raws.push_back(raws[v]);
    }
  }
  keep_until(PackedColumn::kBlockDocs);
}

/// In the column's own codec, copying untouched blocks.
Blob patch_in_codec(const PackedNumericColumn& column, const std::vector<LocalDocId>& docs,
                    const std::vector<uint32_t>& offsets, const std::vector<uint64_t>& raws) {
  BlobWriter out;
  out.reserve_capacity(column.blob().size + raws.size() * 8);
  put_header(out, column.codec(), column.doubles());
  PackedColumnWriter writer(out, column.doc_count());
  PatchedBlock block;
  size_t first = 0;
  for (uint32_t b = 0; b < column.column().block_count(); ++b) {
    size_t last = first;
    while (last < docs.size() && docs[last] / PackedColumn::kBlockDocs == b) ++last;
    if (first == last) {
      writer.copy_block(column.column(), b);
    } else {
      patch_block(column, b, docs, first, last, offsets, raws, block);
      writer.add_block(block.docs.data(), block.raws.data(), block.raws.size());
    }
    first = last;
  }
  writer.finish();
  return out.finish();
}

/// With a codec chosen anew, for values that the old one cannot express.
Blob patch_and_encode(const PackedNumericColumn* column, uint32_t doc_count, bool doubles,
                      const std::vector<LocalDocId>& docs, const std::vector<uint32_t>& offsets,
                      const std::vector<int64_t>& values) {
  std::vector<LocalDocId> old_docs, all_docs;
  std::vector<int64_t> old_values, all_values;
  const uint32_t blocks = column == nullptr ? 0 : column->column().block_count();
  for (uint32_t b = 0; b < blocks; ++b) column->decode(b, old_docs, old_values);
  size_t i = 0;
  const auto keep_until = [&](uint64_t doc) {
    for (; i < old_docs.size() && old_docs[i] < doc; ++i) {
      all_docs.push_back(old_docs[i]);
      all_values.push_back(old_values[i]);
    }
  };
  for (size_t p = 0; p < docs.size(); ++p) {
    keep_until(docs[p]);
    while (i < old_docs.size() && old_docs[i] == docs[p]) ++i;
    for (uint32_t v = offsets[p]; v < offsets[p + 1]; ++v) {
      all_docs.push_back(docs[p]);
      all_values.push_back(values[v]);
    }
  }
  keep_until(UINT64_MAX);
  return encode_numbers(doc_count, all_docs.data(), all_values.data(), all_values.size(), doubles);
}

}  // namespace

std::shared_ptr<const PackedNumericColumn> patch_numbers(const PackedNumericColumn* column, uint32_t doc_count, bool doubles,
                                                         const std::vector<LocalDocId>& docs,
                                                         const std::vector<uint32_t>& offsets,
                                                         std::vector<int64_t> values) {
  for (size_t p = 0; p < docs.size(); ++p) std::sort(values.begin() + offsets[p], values.begin() + offsets[p + 1]);
  bool fits = column != nullptr;
  std::vector<uint64_t> raws(values.size());
  for (size_t i = 0; fits && i < values.size(); ++i) fits = column->codec().raw_of(values[i], raws[i]);
  auto patched = std::make_shared<const PackedNumericColumn>(
      fits ? patch_in_codec(*column, docs, offsets, raws)
           : patch_and_encode(column, doc_count, doubles, docs, offsets, values));
  return patched->value_count() == 0 ? nullptr : patched;
}

}  // namespace tarn::segment

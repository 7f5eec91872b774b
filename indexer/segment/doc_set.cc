#include "indexer/segment/doc_set.h"

#include <algorithm>
#include <bit>

namespace tarn::segment {
namespace {

constexpr uint32_t kContainerDocs = 65536;

enum class Kind : uint16_t { kArray = 0, kBitmap = 1, kRuns = 2 };

struct Container {    // as it lies on disk
  uint16_t key;       // documents from key * 65,536
  Kind kind;
  uint32_t count;     // members, or runs, or words
  uint32_t offset;    // from the set's begin, multiple of 8
};
struct Run {
  uint16_t first;
  uint16_t last;
};
struct Header {
  uint32_t containers;
  uint32_t members;
};

struct Plan {
  Container container;
  size_t begin, end;   // of the documents
  size_t bytes() const {
    const size_t unit = container.kind == Kind::kArray ? 2 : container.kind == Kind::kBitmap ? 8 : sizeof(Run);
    return (container.count * unit + 7) & ~size_t{7};
  }
};

size_t header_bytes(size_t containers) { return (sizeof(Header) + containers * sizeof(Container) + 7) & ~size_t{7}; }

std::vector<Plan> plan(const LocalDocId* docs, size_t count, uint32_t doc_count) {
  std::vector<Plan> plans;
  for (size_t begin = 0; begin < count;) {
    const uint32_t key = docs[begin] / kContainerDocs;
    size_t end = begin + 1;
    uint32_t runs = 1;
    for (; end < count && docs[end] / kContainerDocs == key; ++end) runs += docs[end] != docs[end - 1] + 1;
    const uint32_t members = static_cast<uint32_t>(end - begin);
    const uint32_t words = (std::min(kContainerDocs, doc_count - key * kContainerDocs) + 63) / 64;
    Container container{static_cast<uint16_t>(key), Kind::kArray, members, 0};
    size_t best = members * 2ull;
    if (words * 8ull < best) {
      container.kind = Kind::kBitmap;
      container.count = words;
      best = words * 8ull;
    }
    if (runs * sizeof(Run) < best) {
      container.kind = Kind::kRuns;
      container.count = runs;
    }
    plans.push_back({container, begin, end});
    begin = end;
  }
  size_t offset = header_bytes(plans.size());
  for (Plan& p : plans) {
    p.container.offset = static_cast<uint32_t>(offset);
    offset += p.bytes();
  }
  return plans;
}

void write_members(const Plan& plan, const LocalDocId* docs, char* out) {
  const uint32_t base = plan.container.key * kContainerDocs;
  if (plan.container.kind == Kind::kArray) {
    auto* array = reinterpret_cast<uint16_t*>(out);
    for (size_t i = plan.begin; i < plan.end; ++i) *array++ = static_cast<uint16_t>(docs[i] - base);
  } else if (plan.container.kind == Kind::kBitmap) {
    auto* words = reinterpret_cast<uint64_t*>(out);
    for (size_t i = plan.begin; i < plan.end; ++i) words[(docs[i] - base) / 64] |= 1ull << ((docs[i] - base) % 64);
  } else {
    auto* run = reinterpret_cast<Run*>(out);
    for (size_t i = plan.begin; i < plan.end;) {
      const size_t first = i++;
      while (i < plan.end && docs[i] == docs[i - 1] + 1) ++i;
      *run++ = {static_cast<uint16_t>(docs[first] - base), static_cast<uint16_t>(docs[i - 1] - base)};
    }
  }
}

}  // namespace

size_t doc_set_bytes(const LocalDocId* docs, size_t count, uint32_t doc_count) {
  const std::vector<Plan> plans = plan(docs, count, doc_count);
  size_t bytes = header_bytes(plans.size());
  for (const Plan& p : plans) bytes += p.bytes();
  return bytes;
}

void write_doc_set(BlobWriter& out, const LocalDocId* docs, size_t count, uint32_t doc_count) {
  const std::vector<Plan> plans = plan(docs, count, doc_count);
  out.align();
  out.put(Header{static_cast<uint32_t>(plans.size()), static_cast<uint32_t>(count)});
  for (const Plan& p : plans) out.put(p.container);
  out.align();
  for (const Plan& p : plans) write_members(p, docs, out.reserve(p.bytes()));
}

void write_doc_set(BlobWriter& out, const Bitset& docs) {
  std::vector<LocalDocId> members(docs.count());
  docs.extract(0, members.data(), members.size());
  write_doc_set(out, members.data(), members.size(), docs.size());
}

DocSet::DocSet(BlobReader& reader, uint32_t doc_count) {
  reader.align();
  const size_t begin = reader.position();
  const auto header = reader.get<Header>();
  const auto* containers = reinterpret_cast<const Container*>(reader.take(0));
  if (header.containers > (doc_count + kContainerDocs - 1ull) / kContainerDocs) reader.fail("bad doc set");
  reader.take(header.containers * sizeof(Container));
  reader.align();
  size_t end = reader.position();
  for (uint32_t c = 0; c < header.containers; ++c) {
    const Plan p{containers[c], 0, 0};
    const uint64_t base = containers[c].key * static_cast<uint64_t>(kContainerDocs);
    if (p.container.kind > Kind::kRuns || base >= doc_count || begin + p.container.offset != end) reader.fail("bad doc set");
    if (p.container.kind == Kind::kBitmap && base / 64 + p.container.count > (doc_count + 63ull) / 64) {
      reader.fail("bad doc set");
    }
    reader.take(p.bytes());
    end = reader.position();
  }
  count_ = header.members;
  reader.seek(begin);
  data_ = reader.take(end - begin);
}

void DocSet::or_at(const char* data, Bitset& out) {
  const auto* header = reinterpret_cast<const Header*>(data);
  const auto* containers = reinterpret_cast<const Container*>(data + sizeof(Header));
  for (uint32_t c = 0; c < header->containers; ++c) {
    const Container& container = containers[c];
    const uint32_t base = container.key * kContainerDocs;
    const char* members = data + container.offset;
    uint64_t* words = out.words() + base / 64;
    switch (container.kind) {
      case Kind::kArray: {
        const auto* array = reinterpret_cast<const uint16_t*>(members);
        for (uint32_t i = 0; i < container.count; ++i) words[array[i] / 64] |= 1ull << (array[i] % 64);
        break;
      }
      case Kind::kBitmap: {
        const auto* bitmap = reinterpret_cast<const uint64_t*>(members);
        for (uint32_t w = 0; w < container.count; ++w) words[w] |= bitmap[w];
        break;
      }
      case Kind::kRuns: {
        const auto* runs = reinterpret_cast<const Run*>(members);
        for (uint32_t r = 0; r < container.count; ++r) out.set_range(base + runs[r].first, base + runs[r].last + 1u);
        break;
      }
    }
  }
}

namespace {

__attribute__((target_clones("popcnt", "default"), optimize("O3"))) uint32_t count_both(const uint64_t* a, const uint64_t* b, uint32_t n) {
  uint64_t total = 0;
  for (uint32_t w = 0; w < n; ++w) total += static_cast<uint64_t>(__builtin_popcountll(a[w] & b[w]));
  return static_cast<uint32_t>(total);
}

uint32_t count_range(const Bitset& documents, uint32_t begin, uint32_t end) {
  uint32_t total = 0;
  const uint64_t* words = documents.words();
  for (uint32_t w = begin / 64; w * 64 < end; ++w) {
    uint64_t word = words[w];
    if (w == begin / 64) word &= ~0ull << (begin % 64);
    if (end - w * 64 < 64) word &= (1ull << (end - w * 64)) - 1;
    total += static_cast<uint32_t>(std::popcount(word));
  }
  return total;
}

}  // namespace

uint32_t DocSet::count_at(const char* data, const Bitset& documents) {
  const auto* header = reinterpret_cast<const Header*>(data);
  const auto* containers = reinterpret_cast<const Container*>(data + sizeof(Header));
  uint32_t total = 0;
  for (uint32_t c = 0; c < header->containers; ++c) {
    const Container& container = containers[c];
    const uint32_t base = container.key * kContainerDocs;
    const char* members = data + container.offset;
    const uint64_t* words = documents.words() + base / 64;
    switch (container.kind) {
      case Kind::kArray: {
        const auto* array = reinterpret_cast<const uint16_t*>(members);
        for (uint32_t i = 0; i < container.count; ++i) total += static_cast<uint32_t>(words[array[i] / 64] >> (array[i] % 64) & 1);
        break;
      }
      case Kind::kBitmap:
        total += count_both(reinterpret_cast<const uint64_t*>(members), words, container.count);
        break;
      case Kind::kRuns: {
        const auto* runs = reinterpret_cast<const Run*>(members);
        for (uint32_t r = 0; r < container.count; ++r) total += count_range(documents, base + runs[r].first, base + runs[r].last + 1u);
        break;
      }
    }
  }
  return total;
}

}  // namespace tarn::segment

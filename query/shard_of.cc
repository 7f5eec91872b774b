#include <cstdlib>
#include <cstring>

#include "indexer/base/murmur3.h"
#include "query/routing.h"
#include "query/search.h"

namespace tarn::query {

namespace {

/// Java's chars, little endian, which is what OpenSearch hashes.
std::string utf16_bytes(std::string_view text) {
  std::string out;
  const auto put = [&](uint32_t unit) {
    out += static_cast<char>(unit);
    out += static_cast<char>(unit >> 8);
  };
  for (size_t i = 0; i < text.size();) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const int extra = byte < 0x80 ? 0 : byte < 0xE0 ? 1 : byte < 0xF0 ? 2 : 3;
    uint32_t point = extra == 0 ? byte : byte & (0x3F >> extra);
    for (int j = 1; j <= extra && i + static_cast<size_t>(j) < text.size(); ++j) {
      point = point << 6 | (static_cast<unsigned char>(text[i + static_cast<size_t>(j)]) & 0x3F);
    }
    i += static_cast<size_t>(extra) + 1;
    if (point >= 0x10000) {
      put(0xD800 + ((point - 0x10000) >> 10));
      put(0xDC00 + ((point - 0x10000) & 0x3FF));
    } else {
      put(point);
    }
  }
  return out;
}

/// MetadataCreateIndexService.calculateNumRoutingShards: room for splitting, up to 1,024 shards.
int routing_shards(int shards) {
  int log2 = 0;
  while ((1 << log2) < shards) ++log2;
  const int splits = std::max(1, 10 - log2);
  return shards << splits;
}

int shard_among(std::string_view routing, int number_of_shards, int routing_total) {
  const std::string bytes = utf16_bytes(routing);
  const auto hash = static_cast<int32_t>(murmur3_32(bytes));
  const int factor = routing_total / number_of_shards;
  int slot = hash % routing_total;
  if (slot < 0) slot += routing_total;
  return slot / factor;
}

}  // namespace

int shard_of(std::string_view routing, int number_of_shards) {
  return shard_among(routing, number_of_shards, routing_shards(number_of_shards));
}

int shard_of(std::string_view routing, const IndexSettings& settings) {
  const auto it = settings.flat.find("index.number_of_routing_shards");
  if (it == settings.flat.end()) return shard_of(routing, settings.number_of_shards);
  const std::string text = it->is_string() ? it->get<std::string>() : it->dump();
  const int total = std::atoi(text.c_str());
  // A number that the shards do not divide is refused when the index is made.
  if (total < settings.number_of_shards) return shard_of(routing, settings.number_of_shards);
  return shard_among(routing, settings.number_of_shards, total);
}

}  // namespace tarn::query

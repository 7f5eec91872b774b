#include "query/bind/slice.h"

#include <algorithm>

#include "indexer/base/base64.h"
#include "indexer/base/murmur3.h"
#include "query/bind/compound.h"
#include "query/routing.h"

namespace tarn::query {

namespace {

/// Documents chosen by what is stored of them: deleted ones have nothing stored, and do not match.
class StoredPlan : public ConstantPlan {
 public:
  StoredPlan() : ConstantPlan(1) {}
  uint64_t cost(const SegmentView& segment) const override { return segment.doc_count(); }
  void or_into(const SegmentView& segment, Bitset& out) const override {
    Bitset all = documents_of_path(segment, "");
    restrict_to(segment, all);
    out |= all;
  }
  void restrict_to(const SegmentView& segment, Bitset& documents) const override {
    constexpr size_t kBatch = 512;
    LocalDocId docs[kBatch];
    for (uint32_t from = 0; from < documents.size();) {
      const size_t n = documents.extract(from, docs, kBatch);
      if (n == 0) return;
      check_time(segment.context);
      std::vector<DocRef> live;
      for (size_t i = 0; i < n; ++i) {
        if (segment.reader.is_live(docs[i])) {
          live.push_back({static_cast<uint32_t>(segment.index), docs[i]});
        } else {
          documents.reset(docs[i]);
        }
      }
      const auto stored = segment.searcher.fetch_all(live);
      for (size_t i = 0; i < live.size(); ++i) {
        if (!takes(stored[i], segment.searcher.settings())) documents.reset(live[i].doc);
      }
      from = docs[n - 1] + 1;
    }
  }

 private:
  virtual bool takes(const StoredDocument& document, const IndexSettings& settings) const = 0;
};

/// Documents whose routing (or _id, where there is none) hashes to one of the shards.
class RoutingPlan final : public StoredPlan {
 public:
  explicit RoutingPlan(std::vector<int> shards) : shards_(std::move(shards)) {}

 private:
  bool takes(const StoredDocument& document, const IndexSettings& settings) const override {
    const int shard = shard_of(document.routing.empty() ? document.id : document.routing, settings);
    return std::find(shards_.begin(), shards_.end(), shard) != shards_.end();
  }

  std::vector<int> shards_;
};

/// OpenSearch's Uid.encodeId: ids of digits and of URL-safe base64 are packed.
std::string encoded_id(const std::string& id) {
  if (std::all_of(id.begin(), id.end(), [](char c) { return c >= '0' && c <= '9'; })) {
    std::string out(1, '\xFE');
    for (size_t i = 0; i < id.size(); i += 2) {
      const int high = id[i] - '0', low = i + 1 < id.size() ? id[i + 1] - '0' : 0x0F;
      out += static_cast<char>(high << 4 | low);
    }
    return out;
  }
  // Base64 without padding whose unused bits are zero.
  const size_t rest = id.size() % 4;
  bool base64 = rest != 1 && std::all_of(id.begin(), id.end(), [](char c) { return base64_digit(c, Base64::kUrlSafe) >= 0; });
  if (base64 && rest == 2) base64 = (base64_digit(id.back(), Base64::kUrlSafe) & 15) == 0;
  if (base64 && rest == 3) base64 = (base64_digit(id.back(), Base64::kUrlSafe) & 3) == 0;
  if (!base64) return "\xFF" + id;
  std::string bytes = decode_base64(id, Base64::kUrlSafe);
  // A first byte of 0xFE or 0xFF would read as another encoding.
  if (!bytes.empty() && static_cast<unsigned char>(bytes[0]) >= 0xFD) return "\xFD" + bytes;
  return bytes;
}

bool in_slice(int64_t hash, int id, int max) {
  const int64_t rest = hash % max;
  return (rest < 0 ? rest + max : rest) == id;
}

/// Documents whose _id hashes to the slice.
class IdSlicePlan final : public StoredPlan {
 public:
  IdSlicePlan(int id, int max) : id_(id), max_(max) {}

 private:
  bool takes(const StoredDocument& document, const IndexSettings&) const override {
    constexpr uint32_t kSeed = 7919;
    return in_slice(static_cast<int32_t>(murmur3_32(encoded_id(document.id), kSeed)), id_, max_);
  }

  int id_, max_;
};

/// Documents whose first number hashes to the slice; those without one hash as zero.
class NumberSlicePlan final : public ConstantPlan {
 public:
  NumberSlicePlan(std::string path, int id, int max) : ConstantPlan(1), path_(std::move(path)), id_(id), max_(max) {}
  uint64_t cost(const SegmentView& segment) const override { return segment.doc_count(); }
  void or_into(const SegmentView& segment, Bitset& out) const override {
    const NumericColumn* numbers = segment.reader.numbers(path_);
    for (uint32_t doc = 0; doc < segment.doc_count(); ++doc) {
      const int64_t hash = numbers != nullptr && numbers->has(doc) ? mix_bits(numbers->first(doc, 0)) : 0;
      if (in_slice(hash, id_, max_)) out.set(doc);
    }
  }

 private:
  std::string path_;
  int id_, max_;
};

PlanPtr hash_plan(const SliceClause& slice, const SearchTarget& target, int id, int max) {
  if (max == 1) return match_all_plan(1);
  if (slice.field == "_id") return std::make_shared<IdSlicePlan>(id, max);
  const FieldType* field = target.searcher->mapping().find(slice.field);
  if (field == nullptr) throw ApiError(illegal_argument("field " + slice.field + " not found"));
  if (!field->doc_values || field->column == ColumnKind::kNone || field->column == ColumnKind::kKeyword ||
      field->column == ColumnKind::kIp || field->column == ColumnKind::kBytes) {
    throw ApiError(illegal_argument("cannot load numeric doc values on " + slice.field));
  }
  return std::make_shared<NumberSlicePlan>(field->path, id, max);
}

int64_t slices_max(const IndexSettings& settings) {
  const auto it = settings.flat.find("index.max_slices_per_scroll");
  if (it == settings.flat.end()) return 1024;
  const std::string text = it->is_string() ? it->get<std::string>() : it->dump();
  return std::strtoll(text.c_str(), nullptr, 10);
}

}  // namespace

PlanPtr routing_plan(std::vector<int> shards) {
  return std::make_shared<RoutingPlan>(std::move(shards));
}

PlanPtr slice_plan(const SearchRequest& request, const SearchTarget& target) {
  if (!request.scroll && !request.has_pit) {
    throw ApiError(500, "search_exception", "`slice` cannot be used outside of a scroll context or PIT context");
  }
  const SliceClause& slice = *request.slice;
  const int64_t limit = slices_max(target.searcher->settings());
  if (slice.max > limit) {
    throw ApiError(illegal_argument("The number of slices [" + std::to_string(slice.max) + "] is too large. It must be less than [" +
                                    std::to_string(limit) + "]. This limit can be set by changing the [index.max_slices_per_scroll] "
                                    "index level setting."));
  }
  const int all = target.searcher->settings().number_of_shards;
  std::vector<int> shards = target.routing_shards;
  std::sort(shards.begin(), shards.end());
  shards.erase(std::unique(shards.begin(), shards.end()), shards.end());
  if (shards.empty()) {
    for (int shard = 0; shard < all; ++shard) shards.push_back(shard);
  }
  const int count = static_cast<int>(shards.size());
  if (count == 1) return hash_plan(slice, target, slice.id, slice.max);
  if (slice.max < count) {  // whole shards, one after the other
    std::vector<int> chosen;
    for (int i = slice.id; i < count; i += slice.max) chosen.push_back(shards[static_cast<size_t>(i)]);
    return routing_plan(std::move(chosen));
  }
  // A part of one shard.
  const int at = slice.id % count;
  int parts = slice.max / count;
  if (slice.max % count > at) ++parts;
  const int part = slice.id / count;
  PlanPtr shard = routing_plan({shards[static_cast<size_t>(at)]});
  if (parts == 1) return shard;
  return bool_plan({}, {std::move(shard), hash_plan(slice, target, part, parts)}, {}, {}, 0);
}

}  // namespace tarn::query

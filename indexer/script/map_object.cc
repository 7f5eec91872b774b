#include <algorithm>

#include "indexer/script/value.h"

namespace tarn::script {

void MapObject::trace(Marker& marker) {
  for (const Entry& entry : entries_) {
    if (!entry.live) continue;
    marker.mark(entry.key);
    marker.mark(entry.value);
  }
}

namespace {

constexpr size_t kNowhere = SIZE_MAX;
constexpr size_t kIndexedFrom = 12;

Value lazy_value(Heap& heap, const Json& json) {
  if (json.is_object()) return lazy_map(heap, json);
  if (!json.is_array()) return from_json(heap, json);
  auto* list = heap.make<ListObject>();
  heap.charge(json.size() * sizeof(Value));
  list->items.reserve(json.size());
  for (const Json& item : json) list->items.push_back(lazy_value(heap, item));
  return Value::object(list);
}

}  // namespace

Value lazy_map(Heap& heap, const Json& json) {
  auto* map = heap.make<MapObject>(ClassId::kLinkedHashMap);
  map->fill_from(heap, json);
  return Value::object(map);
}

size_t MapObject::locate(const Value& key, int32_t hash) const {
  if (!index_.empty()) {
    const auto [begin, end] = index_.equal_range(hash);
    for (auto it = begin; it != end; ++it) {
      if (entries_[it->second].live && java_equals(entries_[it->second].key, key)) return it->second;
    }
    return kNowhere;
  }
  for (size_t i = 0; i < entries_.size(); ++i) {
    if (entries_[i].live && entries_[i].hash == hash && java_equals(entries_[i].key, key)) return i;
  }
  return kNowhere;
}

const Value* MapObject::find(const Value& key) const {
  const int32_t hash = java_hash(key);
  const size_t at = locate(key, hash);
  if (at != kNowhere) return &entries_[at].value;
  if (json_ == nullptr || !is_text(key)) return nullptr;
  const auto member = json_->find(*as_text(key));
  if (member == json_->end()) return nullptr;
  auto& self = const_cast<MapObject&>(*this);
  self.insert(make_text(*heap_, member.key()), hash, lazy_value(*heap_, *member));
  return &entries_.back().value;
}

void MapObject::take_all() {
  const Json& json = *std::exchange(json_, nullptr);
  const std::vector<Entry> seen = std::exchange(entries_, {});
  index_.clear();
  used_ = 0;
  heap_->charge(json.size() * sizeof(Entry));
  entries_.reserve(json.size());
  for (const auto& [name, member] : json.items()) {
    const auto it = std::find_if(seen.begin(), seen.end(), [&, &name = name](const Entry& e) { return *as_text(e.key) == name; });
    if (it != seen.end()) {
      insert(it->key, it->hash, it->value);
      continue;
    }
    const Value key = make_text(*heap_, name);
    insert(key, java_hash(key), lazy_value(*heap_, member));
  }
}

Value MapObject::put(const Value& key, const Value& value) {
  if (fixed) throw_java(ClassId::kUnsupportedOperationException);
  fill();
  const int32_t hash = java_hash(key);
  const size_t at = locate(key, hash);
  if (at != kNowhere) return std::exchange(entries_[at].value, value);
  return insert(key, hash, value);
}

Value MapObject::insert(const Value& key, int32_t hash, const Value& value) {
  entries_.push_back({key, value, hash, true});
  ++used_;
  while (used_ > table_ * 3 / 4) table_ *= 2;
  if (!index_.empty()) {
    index_.emplace(hash, static_cast<uint32_t>(entries_.size() - 1));
  } else if (entries_.size() > kIndexedFrom) {
    for (size_t i = 0; i < entries_.size(); ++i) {
      if (entries_[i].live) index_.emplace(entries_[i].hash, static_cast<uint32_t>(i));
    }
  }
  return {};
}

Value MapObject::remove(const Value& key) {
  if (fixed) throw_java(ClassId::kUnsupportedOperationException);
  fill();
  const size_t at = locate(key, java_hash(key));
  if (at == kNowhere) return {};
  Entry& entry = entries_[at];
  const Value before = entry.value;
  entry.live = false;
  --used_;
  if (index_.empty()) {
    entries_.erase(entries_.begin() + static_cast<ptrdiff_t>(at));
  } else if (used_ * 2 < entries_.size()) {
    std::erase_if(entries_, [](const Entry& e) { return !e.live; });
    index_.clear();
    for (size_t i = 0; entries_.size() > kIndexedFrom && i < entries_.size(); ++i) index_.emplace(entries_[i].hash, static_cast<uint32_t>(i));
  }
  return before;
}

void MapObject::clear() {
  if (fixed) throw_java(ClassId::kUnsupportedOperationException);
  json_ = nullptr;
  entries_.clear();
  index_.clear();
  used_ = 0;
}

std::vector<uint32_t> MapObject::order() const {
  fill();
  std::vector<uint32_t> out;
  out.reserve(used_);
  for (size_t i = 0; i < entries_.size(); ++i) {
    if (entries_[i].live) out.push_back(static_cast<uint32_t>(i));
  }
  if (cls == ClassId::kTreeMap) {
    std::sort(out.begin(), out.end(), [this](uint32_t a, uint32_t b) { return java_compare(entries_[a].key, entries_[b].key) < 0; });
  } else if (cls == ClassId::kHashMap || cls == ClassId::kMap) {
    const auto bucket = [this](uint32_t i) {
      const auto h = static_cast<uint32_t>(entries_[i].hash);
      return (h ^ (h >> 16)) & (table_ - 1);
    };
    std::stable_sort(out.begin(), out.end(), [&](uint32_t a, uint32_t b) { return bucket(a) < bucket(b); });
  }
  return out;
}

}  // namespace tarn::script

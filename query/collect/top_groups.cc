#include "query/collect/top_groups.h"

#include <algorithm>

#include "query/bind/field_queries.h"

namespace tarn::query {

namespace {

int compare_keys(const std::vector<BoundSort>& sort, const Hit& a, const Hit& b) {
  for (size_t i = 0; i < sort.size(); ++i) {
    if (const int order = compare(sort[i], a.sort[i], b.sort[i]); order != 0) return order;
  }
  if (a.target != b.target) return a.target < b.target ? -1 : 1;
  return a.ref < b.ref ? -1 : a.ref == b.ref ? 0 : 1;
}

}  // namespace

void TopGroups::check_field(const Mapping& mapping, const std::string& name) {
  const FieldType* field = mapping.find(name);
  if (field == nullptr) throw ApiError(illegal_argument("no mapping found for `" + name + "` in order to collapse on"));
  if (!is_keyword_like(*field) && !field->is_numeric() && !field->is_date()) {
    throw ApiError(illegal_argument("unknown type for collapse field `" + name + "`, only keywords and numbers are accepted"));
  }
  if (!field->doc_values) {
    throw ApiError(illegal_argument("cannot collapse on field `" + name + "` without `doc_values`"));
  }
}

void TopGroups::begin_segment(const std::vector<BoundSort>& sort, uint32_t target, const SegmentView& segment) {
  sort_ = &sort;
  target_ = target;
  segment_ = static_cast<uint32_t>(segment.index);
  doc_count_ = segment.doc_count();
  readers_.clear();
  for (const BoundSort& key : sort) readers_.push_back(make_key_reader(key, segment));
  const FieldType* field = segment.searcher.mapping().find(field_);
  const std::string& path = field != nullptr ? field->path : field_;
  keywords_ = segment.reader.keywords(path);
  numbers_ = segment.reader.numbers(path);
  slots_.clear();
  without_value_.reset();
}

void TopGroups::add(const LocalDocId* docs, const float* scores, size_t count) {
  std::vector<int64_t> keys(count * readers_.size());
  for (size_t r = 0; r < readers_.size(); ++r) readers_[r]->read(docs, scores, count, &keys[r * count]);
  std::vector<int64_t> values;
  std::vector<Ordinal> ordinals;
  for (size_t i = 0; i < count; ++i) {
    values.clear();
    ordinals.clear();
    if (keywords_ != nullptr) keywords_->ordinals(docs[i], ordinals);
    if (numbers_ != nullptr) numbers_->values(docs[i], values);
    values.insert(values.end(), ordinals.begin(), ordinals.end());
    if (values.size() > 1) {
      throw ApiError(500, "illegal_state_exception",
                     "failed to collapse " + std::to_string(docs[i]) + ", the collapse field must be single valued");
    }
    Slot* slot = nullptr;
    bool fresh = false;
    if (values.empty()) {
      fresh = !without_value_;
      if (fresh) without_value_ = std::make_unique<Slot>();
      slot = without_value_.get();
    } else {
      const auto [it, inserted] = slots_.try_emplace(values[0]);
      slot = &it->second;
      fresh = inserted;
    }
    bool better = fresh;
    for (size_t r = 0; r < readers_.size() && !fresh; ++r) {
      if (keys[r * count + i] == slot->keys[r]) continue;
      better = keys[r * count + i] < slot->keys[r];
      break;
    }
    if (!better) continue;
    slot->doc = docs[i];
    slot->score = scores == nullptr ? 0.0f : scores[i];
    slot->keys.resize(readers_.size());
    for (size_t r = 0; r < readers_.size(); ++r) slot->keys[r] = keys[r * count + i];
  }
}

void TopGroups::add_all(const Bitset& documents) {
  LocalDocId docs[1024];
  for (uint32_t from = 0; from < documents.size();) {
    const size_t n = documents.extract(from, docs, std::size(docs));
    if (n == 0) return;
    add(docs, nullptr, n);
    from = docs[n - 1] + 1;
  }
}

void TopGroups::end_segment() {
  const auto merge = [&](const std::string& group, const Slot& slot) {
    Hit hit{target_, {segment_, slot.doc}, slot.score, {}};
    for (size_t r = 0; r < readers_.size(); ++r) hit.sort.push_back(readers_[r]->value(slot.keys[r], slot.doc));
    const auto [it, inserted] = groups_.try_emplace(group, hit);
    if (!inserted && compare_keys(*sort_, hit, it->second) < 0) it->second = std::move(hit);
  };
  for (const auto& [value, slot] : slots_) {
    merge(keywords_ != nullptr ? "k" + std::string(keywords_->term(static_cast<Ordinal>(value))) : "n" + std::to_string(value), slot);
  }
  if (without_value_) merge("", *without_value_);
  last_sort_ = *sort_;
  readers_.clear();
}

std::vector<Hit> TopGroups::take_sorted() {
  std::vector<Hit> out;
  for (auto& [group, hit] : groups_) out.push_back(std::move(hit));
  std::sort(out.begin(), out.end(), [this](const Hit& a, const Hit& b) { return compare_keys(last_sort_, a, b) < 0; });
  if (out.size() > capacity_) out.resize(capacity_);
  groups_.clear();
  return out;
}

}  // namespace tarn::query

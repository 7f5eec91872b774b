#include "query/aggs/bucket/term_buckets.h"

#include <fmt/format.h>

#include <algorithm>

namespace tarn::query {

void TermBuckets::begin_segment() {
  root_slots_.clear();
  if (slots_.size() > 0) slots_ = BucketMap();
  slot_buckets_.clear();
  if (source_.keywords() != nullptr) root_slots_.assign(source_.keywords()->ordinal_count(), kUnseen);
}

uint32_t TermBuckets::of_ordinal(uint32_t parent, Ordinal ordinal) {
  if (ordinal == kNoOrdinal) return of_term(parent, source_.missing_term());
  if (parent == 0) {
    uint32_t& slot = root_slots_[ordinal];
    if (slot == kUnseen) slot = of_term(0, std::string(source_.keywords()->term(ordinal)));
    return slot;
  }
  bool fresh = false;
  const uint32_t slot = slots_.insert(parent, ordinal, fresh);
  if (fresh) slot_buckets_.push_back(of_term(parent, std::string(source_.keywords()->term(ordinal))));
  return slot_buckets_[slot];
}

uint32_t TermBuckets::of_term(uint32_t parent, const std::string& term) {
  auto [it, fresh] = terms_.try_emplace(term, static_cast<uint32_t>(terms_.size()));
  if (fresh) {
    term_bytes_ += term.size() > 15 ? term.size() : 0;
    allowed_.push_back(filter_.empty() || filter_.accepts_term(term, source_.shown_term(term)));
  }
  if (!allowed_[it->second]) return kRefused;
  bool new_bucket = false;
  const uint32_t bucket = keys_.insert(parent, it->second, new_bucket);
  if (new_bucket) buckets_.push_back({parent, 0, &it->first, 0});
  return bucket;
}

uint32_t TermBuckets::of_number(uint32_t parent, int64_t encoded) {
  if (!filter_.empty() && !number_wanted(encoded)) return kRefused;
  bool fresh = false;
  const uint32_t bucket = keys_.insert(parent, encoded, fresh);
  if (fresh) buckets_.push_back({parent, encoded, nullptr, 0});
  return bucket;
}

bool TermBuckets::number_wanted(int64_t encoded) {
  const auto [it, fresh] = number_allowed_.try_emplace(encoded, false);
  if (fresh) {
    const auto date = [this](const std::string& text) -> std::optional<double> {
      if (source_.format().kind != ValueFormat::Kind::kDate) return std::nullopt;
      const auto parsed = source_.format().date->parse(text, source_.format().zone.get());
      return parsed ? std::optional<double>(static_cast<double>(parsed->epoch_ms())) : std::nullopt;
    };
    it->second = filter_.accepts_number(encoded, source_.number(encoded), date);
  }
  return it->second;
}

void TermBuckets::note_all_terms() {
  if (text_ && source_.keywords() != nullptr) {
    for (Ordinal o = 0; o < source_.keywords()->ordinal_count(); ++o) all_terms_.emplace_back(source_.keywords()->term(o));
    std::sort(all_terms_.begin(), all_terms_.end());
    all_terms_.erase(std::unique(all_terms_.begin(), all_terms_.end()), all_terms_.end());
  } else if (!text_ && source_.numbers() != nullptr) {
    for (LocalDocId doc = 0; doc < source_.numbers()->doc_count(); ++doc) source_.numbers()->values(doc, all_numbers_);
    std::sort(all_numbers_.begin(), all_numbers_.end());
    all_numbers_.erase(std::unique(all_numbers_.begin(), all_numbers_.end()), all_numbers_.end());
  }
}

void TermBuckets::add_all_terms() {
  for (uint32_t parent = 0; parent < parents(); ++parent) {
    for (const std::string& term : all_terms_) of_term(parent, term);
    for (int64_t number : all_numbers_) of_number(parent, number);
  }
}

std::vector<std::vector<uint32_t>> TermBuckets::by_parent() const {
  std::vector<std::vector<uint32_t>> out(parents());
  for (uint32_t bucket = 0; bucket < buckets_.size(); ++bucket) out[buckets_[bucket].parent].push_back(bucket);
  return out;
}

int TermBuckets::compare_keys(uint32_t a, uint32_t b) const {
  if (text_) return buckets_[a].term->compare(*buckets_[b].term);
  return buckets_[a].number < buckets_[b].number ? -1 : buckets_[a].number > buckets_[b].number;
}

double TermBuckets::key_number(uint32_t bucket) const { return text_ ? NAN : source_.number(buckets_[bucket].number); }

std::string TermBuckets::key_text(uint32_t bucket) const {
  const Bucket& mine = buckets_[bucket];
  if (text_) return source_.shown_term(*mine.term);
  const ValueFormat& format = source_.format();
  if (format.kind == ValueFormat::Kind::kUnsigned) return std::to_string(static_cast<uint64_t>(mine.number) ^ (1ull << 63));
  if (format.has_text()) return format.text(source_.number(mine.number));
  return format.kind == ValueFormat::Kind::kLong ? std::to_string(mine.number) : double_text(source_.number(mine.number));
}

std::string TermBuckets::head(uint32_t bucket) const {
  const Bucket& mine = buckets_[bucket];
  std::string out = "\"key\":";
  if (text_) {
    append_json_string(out, source_.shown_term(*mine.term));
    return out;
  }
  const ValueFormat& format = source_.format();
  const double value = source_.number(mine.number);
  switch (format.kind) {
    case ValueFormat::Kind::kNumber: append_double(out, value); break;
    case ValueFormat::Kind::kUnsigned: out += std::to_string(static_cast<uint64_t>(mine.number) ^ (1ull << 63)); break;
    case ValueFormat::Kind::kDate: out += std::to_string(static_cast<int64_t>(value)); break;
    default: out += source_.field() == nullptr ? std::to_string(static_cast<int64_t>(value)) : std::to_string(mine.number);
  }
  if (format.kind == ValueFormat::Kind::kUnsigned) {
    out += ",\"key_as_string\":";
    append_json_string(out, key_text(bucket));
  } else if (format.has_text()) {
    out += ",\"key_as_string\":";
    append_json_string(out, format.text(value));
  }
  return out;
}

}  // namespace tarn::query

#include "query/aggs/bucket/term_buckets.h"

#include <fmt/format.h>

#include <algorithm>

namespace tarn::query {

namespace {

template <class T>
void merge_sorted(std::vector<T>& into, const std::vector<T>& from) {
  into.insert(into.end(), from.begin(), from.end());
  std::sort(into.begin(), into.end());
  into.erase(std::unique(into.begin(), into.end()), into.end());
}

}  // namespace

void TermBuckets::bind(const Searcher& searcher, const SearchContext& context, bool text) {
  text_ = text;
  if (!text_) return;
  const auto before = numbers_;
  numbers_ = numbers_of_source(source_, searcher, context);
  if (before && before != numbers_) renumber();
}

void TermBuckets::begin_segment(const SegmentReader& reader) {
  number_of_ = nullptr;
  if (!text_) return;
  if (source_.keywords() != nullptr) number_of_ = numbers_->of(reader, *source_.keywords());
  if (source_.has_missing()) missing_number_ = numbers_->of_term(source_.missing_term());
  root_slots_.resize(numbers_->count(), kUnseen);
}

void TermBuckets::renumber() {
  keys_ = BucketMap();
  key_buckets_.clear();
  allowed_.clear();
  for (Bucket& bucket : buckets_) bucket.number = numbers_->of_term(bucket.term);
  root_slots_.assign(numbers_->count(), kUnseen);
  for (uint32_t b = 0; b < size(); ++b) {
    const Bucket& bucket = buckets_[b];
    bool fresh = false;
    if (bucket.parent == 0) {
      root_slots_[static_cast<size_t>(bucket.number)] = b;
    } else {
      keys_.insert(bucket.parent, bucket.number, fresh);
      key_buckets_.push_back(b);
    }
  }
}

std::string_view TermBuckets::keep(std::string_view term) {
  own_bytes_ += sizeof(std::string) + (term.size() > 15 ? term.size() : 0);
  return own_terms_.emplace_back(term);
}

bool TermBuckets::term_wanted(uint32_t number, std::string_view term) {
  if (filter_.empty()) return true;
  if (number >= allowed_.size()) allowed_.resize(std::max<size_t>(number + 1, numbers_->count()), kUnknown);
  if (allowed_[number] == kUnknown) allowed_[number] = filter_.accepts_term(std::string(term), source_.shown_term(term)) ? kYes : kNo;
  return allowed_[number] == kYes;
}

uint32_t TermBuckets::of_numbered_term(uint32_t parent, uint32_t number, std::string_view term) {
  // Below the root, the array of slots is the map.
  if (parent == 0 && number >= root_slots_.size()) root_slots_.resize(std::max<size_t>(number + 1, numbers_->count()), kUnseen);
  if (parent == 0 && root_slots_[number] != kUnseen) return root_slots_[number];
  if (!term_wanted(number, term)) {
    if (parent == 0) root_slots_[number] = kRefused;
    return kRefused;
  }
  const uint32_t next = size();
  if (parent == 0) {
    root_slots_[number] = next;
  } else {
    bool fresh = false;
    const uint32_t key = keys_.insert(parent, number, fresh);
    if (!fresh) return key_buckets_[key];
    key_buckets_.push_back(next);
  }
  // Segments hold their terms as long as the search lasts; other columns are gone with their segment.
  buckets_.push_back({parent, number, source_.column_is_stored() ? term : keep(term), 0});
  return next;
}

std::vector<uint32_t> TermBuckets::absorb(const TermBuckets& other, std::span<const uint32_t> parents) {
  parents_ = std::max(parents_, parents.empty() ? 0 : *std::max_element(parents.begin(), parents.end()) + 1);
  std::vector<uint32_t> out;
  out.reserve(other.buckets_.size());
  for (const Bucket& theirs : other.buckets_) {
    const uint32_t parent = parents[theirs.parent];
    if (!text_) out.push_back(of_number(parent, theirs.number));
    else if (numbers_ == other.numbers_) out.push_back(of_numbered_term(parent, static_cast<uint32_t>(theirs.number), theirs.term));
    else out.push_back(of_term(parent, theirs.term));
    count(out.back(), theirs.count);
  }
  merge_sorted(all_terms_, other.all_terms_);
  merge_sorted(all_numbers_, other.all_numbers_);
  return out;
}

uint32_t TermBuckets::of_number(uint32_t parent, int64_t encoded) {
  if (!filter_.empty() && !number_wanted(encoded)) return kRefused;
  bool fresh = false;
  const uint32_t bucket = keys_.insert(parent, encoded, fresh);
  if (fresh) buckets_.push_back({parent, encoded, {}, 0});
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
    std::vector<std::string> terms;
    for (Ordinal o = 0; o < source_.keywords()->ordinal_count(); ++o) terms.emplace_back(source_.keywords()->term(o));
    merge_sorted(all_terms_, terms);
  } else if (!text_ && source_.numbers() != nullptr) {
    std::vector<int64_t> numbers;
    for (LocalDocId doc = 0; doc < source_.numbers()->doc_count(); ++doc) source_.numbers()->values(doc, numbers);
    merge_sorted(all_numbers_, numbers);
  }
}

void TermBuckets::add_all_terms() {
  for (uint32_t parent = 0; parent < parents(); ++parent) {
    for (const std::string& term : all_terms_) of_term(parent, keep(term));
    for (int64_t number : all_numbers_) of_number(parent, number);
  }
}

std::vector<std::vector<uint32_t>> TermBuckets::by_parent() const {
  std::vector<std::vector<uint32_t>> out(parents());
  for (uint32_t bucket = 0; bucket < buckets_.size(); ++bucket) out[buckets_[bucket].parent].push_back(bucket);
  return out;
}

int TermBuckets::compare_keys(uint32_t a, uint32_t b) const {
  if (text_) return buckets_[a].term.compare(buckets_[b].term);
  return buckets_[a].number < buckets_[b].number ? -1 : buckets_[a].number > buckets_[b].number;
}

double TermBuckets::key_number(uint32_t bucket) const { return text_ ? NAN : source_.number(buckets_[bucket].number); }

std::string TermBuckets::key_text(uint32_t bucket) const {
  const Bucket& mine = buckets_[bucket];
  if (text_) return source_.shown_term(mine.term);
  const ValueFormat& format = source_.format();
  if (format.kind == ValueFormat::Kind::kUnsigned) return std::to_string(static_cast<uint64_t>(mine.number) ^ (1ull << 63));
  if (format.has_text()) return format.text(source_.number(mine.number));
  return format.kind == ValueFormat::Kind::kLong ? std::to_string(mine.number) : double_text(source_.number(mine.number));
}

std::string TermBuckets::head(uint32_t bucket) const {
  const Bucket& mine = buckets_[bucket];
  std::string out = "\"key\":";
  if (text_) {
    append_json_string(out, source_.shown_term(mine.term));
    return out;
  }
  const ValueFormat& format = source_.format();
  const double value = source_.number(mine.number);
  switch (source_.scripted() && source_.field() != nullptr ? ValueFormat::Kind::kNumber : format.kind) {
    case ValueFormat::Kind::kNumber: append_double(out, value); break;
    case ValueFormat::Kind::kUnsigned: out += std::to_string(static_cast<uint64_t>(mine.number) ^ (1ull << 63)); break;
    case ValueFormat::Kind::kDate: out += std::to_string(static_cast<int64_t>(value)); break;
    default: out += source_.field() == nullptr && !source_.scripted() ? std::to_string(static_cast<int64_t>(value)) : std::to_string(mine.number);
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

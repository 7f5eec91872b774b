#include <algorithm>

#include "indexer/mapping/mapping.h"
#include "query/filter/column_filters.h"

namespace tarn::query {

namespace {

std::string listed(const std::vector<std::string>& terms) {
  std::string out = "(";
  for (const std::string& term : terms) out += (out.size() > 1 ? " " : "") + term;
  return out + ")";
}

std::string bounds_text(const std::string& path, const std::optional<KeywordBound>& low, const std::optional<KeywordBound>& high) {
  return path + ":" + (low && !low->inclusive ? "{" : "[") + (low ? low->term : "*") + " TO " + (high ? high->term : "*") +
         (high && !high->inclusive ? "}" : "]");
}

bool within(const std::optional<KeywordBound>& low, const std::optional<KeywordBound>& high, std::string_view term) {
  if (low && (term < low->term || (!low->inclusive && term == low->term))) return false;
  return !high || term < high->term || (high->inclusive && term == high->term);
}

/// Documents with one of the terms, of a keyword or of a text.
class TermsPlan : public ConstantPlan {
 public:
  TermsPlan(std::string path, std::vector<std::string> terms, float score)
      : ConstantPlan(score), path_(std::move(path)), terms_(std::move(terms)) {}

  std::string describe() const override {
    if (terms_.size() == 1) return "ConstantScore(" + path_ + ":" + terms_[0] + ")";
    return path_ + ":" + listed(terms_);
  }
  void visit_terms(TermVisitor& visitor) const override {
    for (const std::string& term : terms_) visitor.term(path_, term, score_);
  }
  bool may_match_nested(const Mapping& mapping) const override { return in_nested(mapping, path_); }

 protected:
  const std::string path_;
  const std::vector<std::string> terms_;
};

class KeywordTermsPlan final : public TermsPlan {
 public:
  using TermsPlan::TermsPlan;

  uint64_t cost(const SegmentView& segment) const override {
    uint64_t sum = 0;
    const KeywordColumn* column = segment.reader.keywords(path_);
    if (column == nullptr) return 0;
    if (terms_.size() > 64) return column->present_count();
    for (const std::string& term : terms_) {
      if (const auto ordinal = column->find(term)) sum += column->doc_freq(*ordinal);
    }
    return sum;
  }
  void or_into(const SegmentView& segment, Bitset& out) const override {
    const KeywordColumn* column = segment.reader.keywords(path_);
    if (column == nullptr) return;
    for (const std::string& term : terms_) {
      if (const auto ordinal = column->find(term)) column->or_docs_into(*ordinal, *ordinal + 1, out);
    }
  }
  std::string_view cache_path() const override { return path_; }
  std::string cache_key() const override {
    if (terms_.size() < 8 || terms_.size() > 1000) return {};  // few bitmaps are or-ed as fast as one is copied
    std::string key = "terms\0" + path_;
    for (const std::string& term : terms_) key.append(1, '\0').append(term);
    return key;
  }
};

class KeywordRangePlan final : public ConstantPlan {
 public:
  KeywordRangePlan(std::string path, std::optional<KeywordBound> low, std::optional<KeywordBound> high, float score)
      : ConstantPlan(score), path_(std::move(path)), low_(std::move(low)), high_(std::move(high)) {}

  uint64_t cost(const SegmentView& segment) const override {
    const KeywordColumn* column = segment.reader.keywords(path_);
    if (column == nullptr || column->ordinal_count() == 0) return 0;
    const auto [begin, end] = ordinals(*column);
    return begin >= end ? 0 : uint64_t{column->present_count()} * (end - begin) / column->ordinal_count() + 1;
  }
  void or_into(const SegmentView& segment, Bitset& out) const override {
    const KeywordColumn* column = segment.reader.keywords(path_);
    if (column == nullptr) return;
    const auto [begin, end] = ordinals(*column);
    if (begin < end) column->or_docs_into(begin, end, out);
  }
  std::string_view cache_path() const override { return path_; }
  std::string cache_key() const override {
    std::string key = "krange\0" + path_;
    for (const auto* bound : {&low_, &high_}) {
      key += '\0';
      if (*bound) key += (*bound)->term + ((*bound)->inclusive ? "=" : "!");
    }
    return key;
  }

  std::string describe() const override { return "ConstantScore(" + bounds_text(path_, low_, high_) + ")"; }
  void visit_terms(TermVisitor& visitor) const override {
    visitor.pattern(path_, bounds_text("", low_, high_).substr(1),
                    [low = low_, high = high_](std::string_view term) { return within(low, high, term); }, score_);
  }
 private:
  std::pair<Ordinal, Ordinal> ordinals(const KeywordColumn& column) const {
    const auto after = [&](const std::string& term) {
      const auto found = column.find(term);
      return found ? *found + 1 : column.lower_bound(term);
    };
    const Ordinal begin = !low_ ? 0 : low_->inclusive ? column.lower_bound(low_->term) : after(low_->term);
    const Ordinal end = !high_            ? column.ordinal_count()
                        : high_->inclusive ? after(high_->term)
                                           : column.lower_bound(high_->term);
    return {begin, end};
  }
  std::string path_;
  std::optional<KeywordBound> low_, high_;
};

void or_list_into(const PostingList& list, Bitset& out) {
  for (const LocalDocId doc : list.docs) out.set(doc);
}

class ExpandedTermsPlan final : public ConstantPlan {
 public:
  ExpandedTermsPlan(std::string path, bool text, std::string prefix, TermPredicate accepts, std::string key, float score)
      : ConstantPlan(score), path_(std::move(path)), text_(text), prefix_(std::move(prefix)),
        accepts_(std::move(accepts)), key_(std::move(key)) {}

  uint64_t cost(const SegmentView& segment) const override {
    const KeywordColumn* column = text_ ? nullptr : segment.reader.keywords(path_);
    return column ? column->present_count() : segment.doc_count();
  }
  void or_into(const SegmentView& segment, Bitset& out) const override {
    if (text_) {
      or_text(segment, out);
    } else {
      or_column(segment, out);
    }
  }
  std::string_view cache_path() const override { return path_; }
  std::string cache_key() const override {
    return key_.empty() ? key_ : "expand\0" + path_ + '\0' + prefix_ + '\0' + key_;
  }

  std::string describe() const override {
    // The key holds the pattern behind its kind.
    const size_t mark = key_.find('\1');
    return path_ + ":" + (key_ == "p" ? prefix_ + "*" : mark == std::string::npos ? prefix_ + "*" : key_.substr(mark + 1));
  }
  void visit_terms(TermVisitor& visitor) const override {
    visitor.pattern(path_, describe().substr(path_.size() + 1),
                    [prefix = prefix_, accepts = accepts_](std::string_view term) {
                      return term.starts_with(prefix) && (!accepts || accepts(term));
                    },
                    score_);
  }
 private:
  void or_column(const SegmentView& segment, Bitset& out) const {
    const KeywordColumn* column = segment.reader.keywords(path_);
    if (column == nullptr) return;
    const Ordinal count = column->ordinal_count();
    Ordinal run = kNoOrdinal;  // adjacent ordinals are or-ed in one call
    Ordinal ordinal = column->lower_bound(prefix_);
    for (; ordinal < count; ++ordinal) {
      const std::string_view term = column->term(ordinal);
      if (!term.starts_with(prefix_)) break;
      const bool member = !accepts_ || accepts_(term);
      if (member && run == kNoOrdinal) run = ordinal;
      if (!member && run != kNoOrdinal) {
        column->or_docs_into(run, ordinal, out);
        run = kNoOrdinal;
      }
    }
    if (run != kNoOrdinal) column->or_docs_into(run, ordinal, out);
  }
  void or_text(const SegmentView& segment, Bitset& out) const {
    const TextIndex* text = segment.reader.text(path_);
    if (text == nullptr) return;
    const auto cursor = text->terms(prefix_);
    while (cursor->next()) {
      const std::string_view term = cursor->term();
      if (!term.starts_with(prefix_)) break;
      if (accepts_ && !accepts_(term)) continue;
      if (const auto list = text->postings(term)) or_list_into(*list, out);
    }
  }

  std::string path_;
  bool text_;
  std::string prefix_;
  TermPredicate accepts_;
  std::string key_;
};

class TextTermsPlan final : public TermsPlan {
 public:
  using TermsPlan::TermsPlan;
  uint64_t cost(const SegmentView& segment) const override {
    const TextIndex* text = segment.reader.text(path_);
    uint64_t sum = 0;
    if (text == nullptr) return 0;
    for (const std::string& term : terms_) sum += text->doc_freq(term);
    return sum;
  }
  void or_into(const SegmentView& segment, Bitset& out) const override {
    const TextIndex* text = segment.reader.text(path_);
    if (text == nullptr) return;
    for (const std::string& term : terms_) {
      if (const auto list = text->postings(term)) or_list_into(*list, out);
    }
  }
};

class TextRangePlan final : public ConstantPlan {
 public:
  TextRangePlan(std::string path, std::optional<KeywordBound> low, std::optional<KeywordBound> high, float score)
      : ConstantPlan(score), path_(std::move(path)), low_(std::move(low)), high_(std::move(high)) {}
  uint64_t cost(const SegmentView& segment) const override { return segment.doc_count(); }
  void or_into(const SegmentView& segment, Bitset& out) const override {
    const TextIndex* text = segment.reader.text(path_);
    if (text == nullptr) return;
    const auto cursor = text->terms(low_ ? std::string_view(low_->term) : std::string_view());
    while (cursor->next()) {
      const std::string_view term = cursor->term();
      if (low_ && !low_->inclusive && term == low_->term) continue;
      if (high_ && (term > high_->term || (!high_->inclusive && term == high_->term))) break;
      if (const auto list = text->postings(term)) or_list_into(*list, out);
    }
  }

  std::string describe() const override { return "ConstantScore(" + bounds_text(path_, low_, high_) + ")"; }
  void visit_terms(TermVisitor& visitor) const override {
    visitor.pattern(path_, bounds_text("", low_, high_).substr(1),
                    [low = low_, high = high_](std::string_view term) { return within(low, high, term); }, score_);
  }
 private:
  std::string path_;
  std::optional<KeywordBound> low_, high_;
};

class PresencePlan final : public ConstantPlan {
 public:
  PresencePlan(std::vector<PresenceField> fields, float score) : ConstantPlan(score), fields_(std::move(fields)) {}
  uint64_t cost(const SegmentView& segment) const override {
    uint64_t sum = 0;
    for (const PresenceField& field : fields_) {
      if (const auto* numbers = field.numeric ? segment.reader.numbers(field.path) : nullptr) {
        sum += numbers->present_count();
      }
      if (const auto* keywords = field.keyword ? segment.reader.keywords(field.path) : nullptr) {
        sum += keywords->present_count();
      }
      if (field.text || field.by_name) sum += segment.doc_count();
    }
    return sum;
  }
  void or_into(const SegmentView& segment, Bitset& out) const override {
    for (const PresenceField& field : fields_) {
      if (const auto* numbers = field.numeric ? segment.reader.numbers(field.path) : nullptr) {
        numbers->or_presence_into(out);
      }
      if (const auto* keywords = field.keyword ? segment.reader.keywords(field.path) : nullptr) {
        keywords->or_presence_into(out);
      }
      if (const auto* text = field.text ? segment.reader.text(field.path) : nullptr) text->or_presence_into(out);
      if (const auto* names = field.by_name ? segment.reader.keywords("_field_names") : nullptr) {
        if (const auto ordinal = names->find(field.path)) names->or_docs_into(*ordinal, *ordinal + 1, out);
      }
    }
  }

  std::string describe() const override {
    std::string out;
    for (const PresenceField& field : fields_) out += (out.empty() ? "" : " ") + ("FieldExistsQuery [field=" + field.path + "]");
    return "ConstantScore(" + out + ")";
  }
 private:
  std::vector<PresenceField> fields_;
};

}  // namespace

PlanPtr keyword_terms_plan(std::string path, std::vector<std::string> terms, float score) {
  if (terms.empty()) return match_none_plan();
  std::sort(terms.begin(), terms.end());
  terms.erase(std::unique(terms.begin(), terms.end()), terms.end());
  return std::make_shared<KeywordTermsPlan>(std::move(path), std::move(terms), score);
}

PlanPtr keyword_range_plan(std::string path, std::optional<KeywordBound> low, std::optional<KeywordBound> high, float score) {
  return std::make_shared<KeywordRangePlan>(std::move(path), std::move(low), std::move(high), score);
}

PlanPtr expanded_terms_plan(std::string path, bool text, std::string prefix, TermPredicate accepts, std::string key,
                            float score) {
  return std::make_shared<ExpandedTermsPlan>(std::move(path), text, std::move(prefix), std::move(accepts),
                                             std::move(key), score);
}

PlanPtr text_terms_plan(std::string path, std::vector<std::string> terms, float score) {
  if (terms.empty()) return match_none_plan();
  return std::make_shared<TextTermsPlan>(std::move(path), std::move(terms), score);
}

PlanPtr text_range_plan(std::string path, std::optional<KeywordBound> low, std::optional<KeywordBound> high, float score) {
  return std::make_shared<TextRangePlan>(std::move(path), std::move(low), std::move(high), score);
}

PlanPtr presence_plan(std::vector<PresenceField> fields, float score) {
  if (fields.empty()) return match_none_plan();
  return std::make_shared<PresencePlan>(std::move(fields), score);
}

}  // namespace tarn::query

#include "query/text/source_phrase.h"

#include <algorithm>

#include "query/bind/compound.h"
#include "query/bind/values.h"
#include "query/collect/execute.h"
#include "query/fetch/source_fields.h"
#include "query/text/phrase_matcher.h"
#include "query/text/term_plan.h"

namespace tarn::query {
namespace {

class SourcePhrasePlan final : public ConstantPlan {
 public:
  SourcePhrasePlan(PlanPtr candidates, const FieldType& field, std::vector<PhrasePosition> phrase, int slop, float score)
      : ConstantPlan(score), candidates_(std::move(candidates)), field_(field), phrase_(std::move(phrase)), slop_(slop) {
    source_path_ = field.is_multi_field ? field.path.substr(0, field.path.rfind('.')) : field.path;
    for (const PhrasePosition& place : phrase_) offsets_.push_back(place.position);
    groups_.assign(phrase_.size(), -1);
    for (size_t i = 0; i < phrase_.size(); ++i) {
      for (size_t k = i + 1; k < phrase_.size(); ++k) {
        if (phrase_[i].terms == phrase_[k].terms) groups_[i] = groups_[k] = groups_[i] >= 0 ? groups_[i] : static_cast<int>(i);
      }
    }
  }
  uint64_t cost(const SegmentView& segment) const override { return candidates_->cost(segment); }
  void or_into(const SegmentView& segment, Bitset& out) const override {
    Bitset found = evaluate(*candidates_, segment);
    keep_matches(segment, found);
    out |= found;
  }
  void restrict_to(const SegmentView& segment, Bitset& documents) const override {
    candidates_->restrict_to(segment, documents);
    keep_matches(segment, documents);
  }
  void visit_terms(TermVisitor& visitor) const override {
    std::vector<std::pair<std::vector<std::string>, int>> places;
    for (const PhrasePosition& place : phrase_) places.emplace_back(place.terms, place.position);
    visitor.phrase(field_.path, places, slop_, score_);
  }

 private:
  void keep_matches(const SegmentView& segment, Bitset& documents) const {
    if (const auto visible = visible_documents(segment)) documents &= *visible;
    Bitset kept(segment.doc_count());
    documents.for_each([&](uint32_t doc) {
      check_time(segment.context);
      const Json source = parse_json(segment.searcher.fetch(DocRef{static_cast<uint32_t>(segment.index), doc}).source);
      if (matches(source)) kept.set(doc);
    });
    documents = std::move(kept);
  }

  bool matches(const Json& source) const {
    std::vector<const Json*> values;
    collect_source_values(source, source_path_, values);
    std::vector<std::vector<int32_t>> positions(phrase_.size());
    int32_t base = 0;
    for (const Json* value : values) {
      if (value->is_null() || value->is_structured()) continue;
      TokenBuffer tokens;
      const std::string text = scalar_text(*value);  // the tokens look into it
      field_.index_analyzer->analyze(text, tokens);
      int32_t last = 0;
      for (const Token& token : tokens.tokens) {
        last = static_cast<int32_t>(token.position);
        for (size_t i = 0; i < phrase_.size(); ++i) {
          const auto& terms = phrase_[i].terms;
          if (std::find(terms.begin(), terms.end(), token.term) == terms.end()) continue;
          const int32_t shifted = base + last - phrase_[i].position;
          if (positions[i].empty() || positions[i].back() != shifted) positions[i].push_back(shifted);
        }
      }
      base += last + field_.position_increment_gap + 1;
    }
    if (std::any_of(positions.begin(), positions.end(), [](const auto& list) { return list.empty(); })) return false;
    return (slop_ == 0 ? exact_phrase_freq(positions) : sloppy_phrase_freq(positions, offsets_, groups_, slop_)) > 0;
  }

  PlanPtr candidates_;
  const FieldType& field_;
  std::vector<PhrasePosition> phrase_;
  int slop_;
  std::string source_path_;
  std::vector<int> offsets_, groups_;
};

}  // namespace

PlanPtr source_phrase_plan(Binder& binder, const FieldType& field, std::vector<PhrasePosition> phrase, int slop, float score) {
  if (!field.nested_path.empty()) {
    throw ApiError(501, "not_implemented_exception", "phrases on fields of type [match_only_text] in nested objects are not supported yet");
  }
  std::vector<PlanPtr> filter;
  for (const PhrasePosition& place : phrase) filter.push_back(text_term_plan(binder, field, place.terms, 1));
  PlanPtr candidates = bool_plan({}, std::move(filter), {}, {}, 0);
  if (candidates->matches_none()) return candidates;
  return std::make_shared<SourcePhrasePlan>(std::move(candidates), field, std::move(phrase), slop, score);
}

}  // namespace tarn::query

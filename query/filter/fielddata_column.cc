#include "query/filter/fielddata_column.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <unordered_map>
#include <vector>

#include "indexer/base/error.h"
#include "query/filter/list_column.h"

namespace tarn::query {

namespace {

/// fielddata_frequency_filter: bounds above 1 are counts, others shares of the documents with the field.
struct FielddataFilter {
  double min = 0, max = 2147483647.0;
  uint64_t min_segment_size = 0;
};

FielddataFilter filter_of(const FieldType& field) {
  FielddataFilter out;
  const auto found = field.parameters.find("fielddata_frequency_filter");
  if (found == field.parameters.end() || !found->is_object()) return out;
  const auto number = [&](const char* key, double otherwise) {
    const auto at = found->find(key);
    return at != found->end() && at->is_number() ? at->get<double>() : otherwise;
  };
  out.min = number("min", out.min);
  out.max = number("max", out.max);
  out.min_segment_size = static_cast<uint64_t>(std::max(0.0, number("min_segment_size", 0)));
  return out;
}

/// Terms that are in too few or too many documents of the segment go.
void apply(const FielddataFilter& filter, ListColumn& column) {
  const uint32_t present = column.present_count();
  if (present < filter.min_segment_size) return;
  const auto count_of = [&](double share) { return share > 1 ? share : std::floor(present * share); };
  const double low = count_of(filter.min), high = count_of(filter.max);
  if (low > 1 || high < present) column.keep_terms(low, high);
}

}  // namespace

std::unique_ptr<KeywordColumn> make_fielddata_column(const SegmentReader& segment, const FieldType& field) {
  if (!field.positions) {
    throw ApiError(Error(501, "not_implemented_exception", "fielddata of a text field without positions is not implemented in Tarn yet"));
  }
  const TextIndex* text = segment.text(field.path);
  if (text == nullptr) return nullptr;
  auto out = std::make_unique<ListColumn>();
  std::vector<ColumnToken> tokens;
  std::unordered_map<uint32_t, Ordinal> numbers;   // of the token dictionary -> in order of sight
  std::vector<uint32_t> seen;
  std::vector<Ordinal> terms;
  for (LocalDocId doc = 0; doc < segment.doc_count(); ++doc) {
    tokens.clear();
    terms.clear();
    text->tokens(doc, tokens);
    for (const ColumnToken& token : tokens) {
      const auto [it, fresh] = numbers.try_emplace(token.term, static_cast<Ordinal>(seen.size()));
      if (fresh) seen.push_back(token.term);
      terms.push_back(it->second);
    }
    out->add_document(terms);
  }
  std::vector<std::string> texts;
  for (const uint32_t term : seen) texts.push_back(text->token_term(term));
  out->finish(std::move(texts));
  apply(filter_of(field), *out);
  return out;
}

}  // namespace tarn::query

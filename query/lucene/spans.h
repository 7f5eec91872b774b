#pragma once

#include <set>

#include "query/lucene/tree.h"
#include "query/text/doc_positions.h"

namespace tarn::query {

/// One match of a span query in a document. `width` is what Lucene's Spans.width() says of it.
struct Span {
  int32_t start, end, width;
};

/// Finds the spans of one query in documents that a DocPositions has loaded. Follows Lucene's Spans classes, in their order.
class SpanMatcher {
 public:
  virtual ~SpanMatcher() = default;
  virtual void match(std::vector<Span>& out) = 0;
  /// Documents that may have a span.
  virtual Bitset candidates(uint32_t doc_count) const = 0;
};

/// A query about places in a text (SpanQuery). Only text fields have them.
class LuceneSpan : public LuceneQuery, public std::enable_shared_from_this<LuceneSpan> {
 public:
  PlanPtr plan(Binder& binder, float boost) const override;
  std::string type() const override;
  /// The field whose statistics and lengths score; "" for a gap.
  virtual const std::string& field() const = 0;
  virtual std::unique_ptr<SpanMatcher> matcher(DocPositions& positions) const = 0;
  /// (field, term) of all terms that count for the score.
  virtual void scored_terms(std::set<std::pair<std::string, std::string>>& out) const = 0;
  /// span_field_masking scores by the query inside.
  virtual const LuceneSpan& scored() const { return *this; }
};
using LuceneSpanPtr = std::shared_ptr<const LuceneSpan>;

LuceneSpanPtr span_term(std::string field, std::string term);
/// The text of what was expanded stays in `text`: SpanMultiTermQueryWrapper(f:a*).
LuceneSpanPtr span_terms(std::string field, std::vector<std::string> terms, std::string text);
LuceneSpanPtr span_gap(std::string field, int width);
LuceneSpanPtr span_or(std::vector<LuceneSpanPtr> clauses);
LuceneSpanPtr span_near(std::vector<LuceneSpanPtr> clauses, int slop, bool in_order);
/// The same clauses with another slop; null for other queries than span_near.
LuceneSpanPtr span_with_slop(const LuceneSpan& query, int slop);
LuceneSpanPtr span_not(LuceneSpanPtr include, LuceneSpanPtr exclude, int pre, int post);
LuceneSpanPtr span_first(LuceneSpanPtr match, int end);
LuceneSpanPtr span_containing(LuceneSpanPtr big, LuceneSpanPtr little);
LuceneSpanPtr span_within(LuceneSpanPtr big, LuceneSpanPtr little);
LuceneSpanPtr span_masking(LuceneSpanPtr query, std::string field);

}  // namespace tarn::query

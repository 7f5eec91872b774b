#include "query/collect/rescore.h"

#include <algorithm>

#include "indexer/base/ascii.h"
#include "query/dsl/clause.h"

namespace tarn::query {

namespace {

RescoreClause::Mode read_mode(const Json& value) {
  using Mode = RescoreClause::Mode;
  std::string text = lower_ascii(read_text(value));
  if (text == "total") return Mode::kTotal;
  if (text == "multiply") return Mode::kMultiply;
  if (text == "avg") return Mode::kAvg;
  if (text == "max") return Mode::kMax;
  if (text == "min") return Mode::kMin;
  throw ApiError(illegal_argument("illegal score_mode [" + read_text(value) + "]"));
}

RescoreClause parse_one(const Json& value) {
  RescoreClause out;
  if (!value.is_object()) throw ApiError(illegal_argument("malformed rescore format, expected an object"));
  for (const auto& [key, member] : value.items()) {
    if (key == "window_size") {
      out.window_size = read_int(member);
    } else if (key == "query") {
      for (const auto& [name, part] : member.items()) {
        if (name == "rescore_query") {
          out.query = parse_query(part);
        } else if (name == "query_weight") {
          out.query_weight = read_float(part);
        } else if (name == "rescore_query_weight") {
          out.rescore_query_weight = read_float(part);
        } else if (name == "score_mode") {
          out.mode = read_mode(part);
        } else {
          throw ApiError(unknown_member("query", name, part, {"rescore_query", "query_weight", "rescore_query_weight", "score_mode"}));
        }
      }
    } else {
      fail_parse("rescore doesn't support [" + key + "]");
    }
  }
  if (!out.query) fail_parse("missing rescore type");
  return out;
}

}  // namespace

std::vector<RescoreClause> parse_rescore(const Json& value) {
  std::vector<RescoreClause> out;
  if (value.is_array()) {
    for (const Json& item : value) out.push_back(parse_one(item));
  } else {
    out.push_back(parse_one(value));
  }
  return out;
}

float rescored(const RescoreClause& clause, float first, float second) {
  using Mode = RescoreClause::Mode;
  const float a = first * clause.query_weight, b = second * clause.rescore_query_weight;
  switch (clause.mode) {
    case Mode::kTotal: return a + b;
    case Mode::kMultiply: return a * b;
    case Mode::kAvg: return (a + b) / 2;
    case Mode::kMax: return std::max(a, b);
    case Mode::kMin: return std::min(a, b);
  }
  return a;
}

void rescore(const RescoreClause& clause, const Plan& plan, const Searcher& searcher, const SearchContext& context,
             std::vector<Hit>& hits) {
  const size_t window = std::min(hits.size(), static_cast<size_t>(std::max<int64_t>(0, clause.window_size)));
  std::vector<size_t> order(window);
  for (size_t i = 0; i < window; ++i) order[i] = i;
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) { return hits[a].ref < hits[b].ref; });
  std::unique_ptr<Scorer> scorer;
  Window scores;
  uint32_t segment = UINT32_MAX;
  LocalDocId begin = kNoDoc;
  for (const size_t i : order) {
    Hit& hit = hits[i];
    if (hit.ref.segment != segment) {
      segment = hit.ref.segment;
      begin = kNoDoc;
      scorer = plan.scorer(SegmentView(searcher, segment, context));
    }
    bool matched = false;
    if (scorer) {
      const LocalDocId wanted = hit.ref.doc / kWindowDocs * kWindowDocs;
      if (begin != wanted) scorer->score(begin = wanted, scores);
      const uint32_t offset = hit.ref.doc - begin;
      matched = (scores.bits[offset >> 6] >> (offset & 63) & 1) != 0;
      if (matched) hit.score = rescored(clause, hit.score, scores.scores[offset]);
    }
    if (!matched) hit.score *= clause.query_weight;
  }
  for (size_t i = window; i < hits.size(); ++i) hits[i].score *= clause.query_weight;
  std::stable_sort(hits.begin(), hits.end(), [](const Hit& a, const Hit& b) {
    return a.score != b.score ? a.score > b.score : a.ref < b.ref;
  });
}

}  // namespace tarn::query

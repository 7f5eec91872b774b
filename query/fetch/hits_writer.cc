#include "query/fetch/hits_writer.h"

#include <algorithm>

#include "query/dsl/clause.h"
#include "query/fetch/collapse_hits.h"
#include "query/fetch/doc_fields.h"
#include "query/fetch/explain_hit.h"
#include "query/fetch/highlight_phase.h"
#include "query/fetch/inner_hits.h"
#include "query/fetch/percolated_hits.h"
#include "query/fetch/source_fields.h"
#include "query/script/script_fields.h"

namespace tarn::query {

namespace {

/// The clauses' names that each hit of one segment satisfies.
class NamedMatches {
 public:
  NamedMatches(const SearchRequest& request, const std::vector<BoundTarget>& targets, const std::vector<Hit>& hits,
               const SearchContext& context)
      : with_scores_(request.include_named_queries_score), names_(hits.size()) {
    std::vector<size_t> order(hits.size());
    for (size_t i = 0; i < order.size(); ++i) order[i] = i;
    std::sort(order.begin(), order.end(), [&](size_t a, size_t b) {
      return std::tie(hits[a].target, hits[a].ref) < std::tie(hits[b].target, hits[b].ref);
    });
    for (size_t begin = 0; begin < order.size();) {
      const Hit& first = hits[order[begin]];
      size_t end = begin;
      while (end < order.size() && hits[order[end]].target == first.target &&
             hits[order[end]].ref.segment == first.ref.segment) {
        ++end;
      }
      const BoundTarget& target = targets[first.target];
      if (!target.named.empty()) {
        match_segment(target, SegmentView(target.searcher(), first.ref.segment, context), hits, order, begin, end);
      }
      begin = end;
    }
  }

  void write(size_t hit, JsonWriter& out) const {
    const auto& names = names_[hit];
    if (names.empty()) return;
    out.key("matched_queries");
    if (with_scores_) {
      out.begin_object();
      for (const auto& [name, score] : names) out.key(name).number(score);
      out.end_object();
    } else {
      out.begin_array();
      for (const auto& [name, score] : names) out.string(name);
      out.end_array();
    }
  }

 private:
  void match_segment(const BoundTarget& target, const SegmentView& segment, const std::vector<Hit>& hits,
                     const std::vector<size_t>& order, size_t begin, size_t end) {
    Bitset page(segment.doc_count());
    for (size_t i = begin; i < end; ++i) page.set(hits[order[i]].ref.doc);
    for (const NamedPlan& named : target.named) {
      Bitset matches = page;
      named.plan->restrict_to(segment, matches);
      const auto scorer = with_scores_ ? named.plan->scorer(segment) : nullptr;
      Window window;
      uint32_t window_begin = kNoDoc;
      for (size_t i = begin; i < end; ++i) {
        const LocalDocId doc = hits[order[i]].ref.doc;
        if (!matches.test(doc)) continue;
        float score = 0;
        if (scorer) {
          if (doc / kWindowDocs * kWindowDocs != window_begin) {
            window_begin = doc / kWindowDocs * kWindowDocs;
            scorer->score(window_begin, window);
          }
          score = window.scores[doc - window_begin];
        }
        names_[order[i]].emplace_back(named.name, score);
      }
    }
  }
  bool with_scores_;
  std::vector<std::vector<std::pair<std::string, float>>> names_;
};

/// Rows of a page, read once for each target.
std::vector<StoredDocument> fetch_page(const std::vector<BoundTarget>& targets, const std::vector<Hit>& hits) {
  std::vector<StoredDocument> out(hits.size());
  for (uint32_t t = 0; t < targets.size(); ++t) {
    std::vector<DocRef> refs;
    std::vector<size_t> places;
    for (size_t i = 0; i < hits.size(); ++i) {
      if (hits[i].target != t) continue;
      refs.push_back(hits[i].ref);
      places.push_back(i);
    }
    if (refs.empty()) continue;
    auto stored = targets[t].searcher().fetch_all(refs);
    for (size_t i = 0; i < stored.size(); ++i) out[places[i]] = std::move(stored[i]);
  }
  return out;
}

bool wants_ids(const SearchRequest& request) {
  return !request.stored_fields || std::find(request.stored_fields->begin(), request.stored_fields->end(), "_none_") ==
                                       request.stored_fields->end();
}

bool wants_source(const SearchRequest& request) {
  if (!request.source.enabled) return false;
  if (!request.script_fields.empty() && !request.stored_fields && !request.source.given) return false;
  if (!request.stored_fields || request.source.given) return true;
  return std::find(request.stored_fields->begin(), request.stored_fields->end(), "_source") != request.stored_fields->end();
}

void write_ignored(const SegmentReader& reader, LocalDocId doc, JsonWriter& out) {
  const KeywordColumn* ignored = reader.keywords("_ignored");
  if (ignored == nullptr || !ignored->has(doc)) return;
  std::vector<Ordinal> ordinals;
  ignored->ordinals(doc, ordinals);
  out.key("_ignored").begin_array();
  for (const Ordinal ordinal : ordinals) out.string(ignored->term(ordinal));
  out.end_array();
}

/// Highlighting of each target, made when its first hit is shown.
class Highlighters {
 public:
  Highlighters(const SearchRequest& request, const std::vector<BoundTarget>& targets, const SearchContext& context)
      : request_(request), targets_(targets), context_(context), phases_(request.highlight ? targets.size() : 0) {}

  void write(const Hit& hit, const StoredDocument& stored, const PercolatedHits& percolated, JsonWriter& out) {
    if (!request_.highlight) return;
    auto shown = percolated.highlights(hit);
    for (auto& own : of_source(hit, stored)) shown.push_back(std::move(own));
    write_highlights(shown, out);
  }

 private:
  std::vector<std::pair<std::string, std::vector<std::string>>> of_source(const Hit& hit, const StoredDocument& stored) {
    if (stored.source.empty()) return {};
    auto& phase = phases_[hit.target];
    if (!phase) {
      // The query alone: filters of an alias are not the request's.
      Binder binder{targets_[hit.target].searcher(), context_, {}, {}};
      const PlanPtr plan = request_.query ? bind(*request_.query, binder) : match_all_plan(1);
      phase = std::make_unique<HighlightPhase>(*request_.highlight, *plan, binder);
    }
    return phase->show(parse_json(stored.source), "", stored.id);
  }

  const SearchRequest& request_;
  const std::vector<BoundTarget>& targets_;
  const SearchContext& context_;
  std::vector<std::unique_ptr<HighlightPhase>> phases_;
};

}  // namespace

void check_fetch(const SearchRequest& request, const BoundTarget& target) {
  const IndexSettings& settings = target.searcher().settings();
  if (request.from + request.size > settings.max_result_window) {
    throw ApiError(illegal_argument(
        "Result window is too large, from + size must be less than or equal to: [" + std::to_string(settings.max_result_window) +
        "] but was [" + std::to_string(request.from + request.size) +
        "]. See the scroll api for a more efficient way to request large data sets. This limit can be set by changing the "
        "[index.max_result_window] index level setting."));
  }
  if (static_cast<int64_t>(request.docvalue_fields.size()) > settings.max_docvalue_fields_search) {
    throw ApiError(illegal_argument(
        "Trying to retrieve too many docvalue_fields. Must be less than or equal to: [" +
        std::to_string(settings.max_docvalue_fields_search) + "] but was [" + std::to_string(request.docvalue_fields.size()) +
        "]. This limit can be set by changing the [index.max_docvalue_fields_search] index level setting."));
  }
  if (static_cast<int64_t>(request.script_fields.size()) > settings.max_script_fields) {
    throw ApiError(illegal_argument("Trying to retrieve too many script_fields. Must be less than or equal to: [" + std::to_string(settings.max_script_fields) +
                                    "] but was [" + std::to_string(request.script_fields.size()) +
                                    "]. This limit can be set by changing the [index.max_script_fields] index level setting."));
  }
  if (request.track_total_hits < kTrackNoHits) {
    throw ApiError(illegal_argument("totalHitsThreshold must be >= 0, got " + std::to_string(request.track_total_hits)));
  }
  check_source_fields(request.fields, target.searcher().mapping());
}

void write_hits(const SearchRequest& request, const std::vector<BoundTarget>& targets, const std::vector<Hit>& hits,
                const SearchContext& context, JsonWriter& out) {
  const NamedMatches named(request, targets, hits, context);
  const auto stored = fetch_page(targets, hits);
  Highlighters highlighters(request, targets, context);
  const PercolatedHits percolated(request, targets, context);
  const bool ids = wants_ids(request), source = wants_source(request);
  const bool scores = request.sort.empty() || request.track_scores ||
                      std::any_of(request.sort.begin(), request.sort.end(), [](const SortClause& clause) {
                        return clause.field == "_score" && clause.origins.empty();
                      });
  ScriptFields scripted(request.script_fields, targets, context);
  out.begin_array();
  for (size_t i = 0; i < hits.size(); ++i) {
    const Hit& hit = hits[i];
    const BoundTarget& target = targets[hit.target];
    const Searcher& searcher = target.searcher();
    out.begin_object();
    if (request.explain) {
      out.key("_shard").string("[" + searcher.index_name() + "][0]").key("_node").string("tarn");
    }
    out.key("_index").string(searcher.index_name());
    if (ids) out.key("_id").string(stored[i].id);
    if (request.version) out.key("_version").number(searcher.version(hit.ref));
    if (request.seq_no_primary_term) {
      out.key("_seq_no").number(searcher.seq_no(hit.ref).value);
      out.key("_primary_term").number(1);
    }
    out.key("_score");
    scores ? out.number(hit.score) : out.null();
    if (ids && !stored[i].routing.empty()) out.key("_routing").string(stored[i].routing);
    write_ignored(searcher.segments()[hit.ref.segment], hit.ref.doc, out);
    if (source && !stored[i].source.empty()) {
      out.key("_source");
      if (request.source.filters()) {
        out.raw(filter_source(stored[i].source, request.source.includes, request.source.excludes));
      } else {
        out.raw(stored[i].source);
      }
    }
    std::vector<HitField> fields;
    add_docvalue_fields(request.docvalue_fields, target, hit.ref, stored[i], fields);
    if (!request.collapse_field.empty()) {
      add_docvalue_fields({{request.collapse_field, ""}}, target, hit.ref, stored[i], fields);
    }
    if ((!request.fields.empty() || request.stored_fields) && !stored[i].source.empty()) {
      const Json parsed = parse_json(stored[i].source);
      if (request.stored_fields) add_stored_fields(*request.stored_fields, searcher.mapping(), parsed, fields);
      add_source_fields(request.fields, searcher.mapping(), parsed, fields);
    }
    if (!request.script_fields.empty()) scripted.add(hit, stored[i].source, fields);
    percolated.add_slots(hit, fields);
    if (!fields.empty()) {
      out.key("fields").begin_object();
      for (const HitField& field : fields) out.key(field.name).raw(field.values);
      out.end_object();
    }
    highlighters.write(hit, stored[i], percolated, out);
    if (!target.sort.empty()) {
      out.key("sort").begin_array();
      for (size_t k = 0; k < hit.sort.size(); ++k) write_sort_value(target.sort[k], hit.sort[k], out);
      out.end_array();
    }
    named.write(i, out);
    if (request.explain) {
      out.key("_explanation");
      explain_hit(request, target, context, hit.ref, hit.score).write(out);
    }
    if (!request.collapse_inner_hits.empty()) {
      write_collapse_inner_hits(request, targets, context, hit, out);
    } else {
      write_inner_hits(target.inner_hits, searcher, context, hit.ref, stored[i], request.total_hits_as_int, out);
    }
    out.end_object();
  }
  out.end_array();
}

}  // namespace tarn::query

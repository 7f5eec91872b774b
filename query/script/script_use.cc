#include "query/script/script_use.h"

#include "indexer/script/java_map.h"

#include "query/collect/execute.h"

namespace tarn::query {

BoundScript bind_script(const script::ScriptSpec& spec, script::Context context, const SearchContext& search) {
  return {script::compile(spec, context, search.scripts), spec.params};
}

SegmentScript::SegmentScript(const BoundScript& bound, const SegmentView& segment)
    : documents_(segment.searcher.mapping()), run_(bound.script, bound.params) {
  documents_.begin_segment(segment.reader);
  documents_.doc_base = segment.searcher.doc_base(segment.index);
  documents_.index_name = segment.searcher.index_name();
  run_.set_documents(&documents_);
  run_.set_score(0);
}

std::shared_ptr<const Bitset> scope_documents(const SegmentView& segment, bool nested) {
  return nested ? segment.reader.shared_live() : visible_documents(segment);
}

void or_scored(const Plan& plan, const SegmentView& segment, Bitset& out) {
  const auto scorer = plan.scorer(segment);
  if (!scorer) return;
  Window window;
  for (LocalDocId doc = scorer->advance(0); doc != kNoDoc && doc < segment.doc_count();) {
    const LocalDocId begin = doc / kWindowDocs * kWindowDocs;
    scorer->score(begin, window);
    for (size_t w = 0; w < window.bits.size() && begin / 64 + w < out.word_count(); ++w) out.words()[begin / 64 + w] |= window.bits[w];
    doc = begin + kWindowDocs >= segment.doc_count() ? kNoDoc : scorer->advance(begin + kWindowDocs);
  }
}

std::string script_text(const script::ScriptSpec& spec) {
  std::string params;
  script::append_java_text(params, spec.params);
  const std::string& code = spec.id.empty() ? spec.source : spec.id;
  return std::string("Script{type=") + (spec.id.empty() ? "inline, lang='" + spec.lang + "'" : "stored") + ", idOrCode='" + code +
         (spec.id.empty() ? "', options={}" : "'") + ", params=" + params + "}";
}

}  // namespace tarn::query

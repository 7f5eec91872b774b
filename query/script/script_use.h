#pragma once

#include <memory>

#include "indexer/script/documents.h"
#include "indexer/script/script.h"
#include "query/tree.h"

namespace tarn::query {

/// A script of a request, compiled for one index.
struct BoundScript {
  std::shared_ptr<const script::Script> script;
  Json params;
};
BoundScript bind_script(const script::ScriptSpec& spec, script::Context context, const SearchContext& search);

/// A script over the documents of one segment. One thread; columns are looked up once.
class SegmentScript {
 public:
  SegmentScript(const BoundScript& bound, const SegmentView& segment);
  script::Run& at(LocalDocId doc) {
    documents_.set_document(doc);
    return run_;
  }
  script::Run& run() { return run_; }

 private:
  script::Documents documents_;
  script::Run run_;
};

/// Live documents that clauses of a scope ("" the roots, else children of a nested object) may see; null: all.
std::shared_ptr<const Bitset> scope_documents(const SegmentView& segment, bool nested);
/// Adds the matches that a scorer finds, for plans that must score to know.
void or_scored(const Plan& plan, const SegmentView& segment, Bitset& out);

/// Script.toString(): Script{type=inline, lang='painless', idOrCode='1', options={}, params={}}
std::string script_text(const script::ScriptSpec& spec);

}  // namespace tarn::query

#include "server/api/by_query_source.h"

#include <fmt/format.h>

namespace tarn::server {
namespace {

class LocalSource final : public DocumentSource {
 public:
  LocalSource(const ByQueryRequest& request, const query::SearchRequest& search, const std::vector<query::SearchTarget>& targets,
              const query::SearchContext& context)
      : request_(request), filter_(search.source), batch_(static_cast<size_t>(std::max<int64_t>(1, search.size))),
        scan_(search, targets, context) {}

  uint64_t total() const override { return scan_.total(); }
  bool timed_out() const override { return scan_.timed_out(); }

  std::vector<SourceDocument> next() override {
    const auto found = scan_.next(batch_);
    std::vector<SourceDocument> out(found.size());
    // Documents of one index are fetched together; they mostly stand side by side.
    for (size_t begin = 0; begin < found.size();) {
      size_t end = begin;
      while (end < found.size() && found[end].target == found[begin].target) ++end;
      fetch(found, begin, end, out);
      begin = end;
    }
    return out;
  }

 private:
  void fetch(const std::vector<query::Scan::Found>& found, size_t begin, size_t end, std::vector<SourceDocument>& out) {
    const Searcher& searcher = *scan_.targets()[found[begin].target].searcher;
    std::vector<DocRef> refs;
    refs.reserve(end - begin);
    for (size_t i = begin; i < end; ++i) refs.push_back(found[i].ref);
    std::vector<StoredDocument> stored = searcher.fetch_all(refs);
    const bool wants_source = request_.kind != ByQueryRequest::Kind::kDelete;
    const bool wants_version = request_.version_type != VersionType::kInternal;
    for (size_t i = begin; i < end; ++i) {
      StoredDocument& document = stored[i - begin];
      SourceDocument& to = out[i];
      to.index = searcher.index_name();
      if (wants_source) {
        if (!searcher.mapping().source_enabled() || !filter_.enabled) {
          throw ApiError(illegal_argument(fmt::format("[{}][{}] didn't store _source", searcher.index_name(), document.id)));
        }
        to.source = filter_.filters() ? query::filter_source(document.source, filter_.includes, filter_.excludes) : std::move(document.source);
      }
      to.id = std::move(document.id);
      to.routing = std::move(document.routing);
      to.seq_no = searcher.seq_no(found[i].ref).value;
      if (wants_version) to.version = searcher.version(found[i].ref);
    }
  }

  const ByQueryRequest& request_;
  const query::SourceFilter filter_;
  const size_t batch_;
  query::Scan scan_;
};

}  // namespace

std::unique_ptr<DocumentSource> open_local_source(const ByQueryRequest& request, const SearchScope& scope,
                                                  const query::SearchContext& context,
                                                  const std::optional<query::SliceClause>& slice) {
  if (!slice) return std::make_unique<LocalSource>(request, *request.search, scope.targets, context);
  query::SearchRequest search = *request.search;
  search.slice = slice;
  return std::make_unique<LocalSource>(request, search, scope.targets, context);
}

}  // namespace tarn::server

#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "query/scan.h"
#include "server/api/by_query_request.h"

namespace tarn::server {

/// A document that a by-query operation found.
struct SourceDocument {
  std::string_view index;              ///< lives as long as the source
  std::string id, routing, source;
  int64_t version = -1;                ///< -1 where nobody asked for it
  int64_t seq_no = -1, primary_term = 1;
};

/// What a by-query operation reads, batch by batch, from a consistent state. For one thread.
class DocumentSource {
 public:
  virtual ~DocumentSource() = default;
  /// Matches in all.
  virtual uint64_t total() const = 0;
  virtual bool timed_out() const { return false; }
  /// The next batch; empty at the end.
  virtual std::vector<SourceDocument> next() = 0;
};

/// From indices here: a frozen view of them. `slice`: of how many, which one; nothing: all.
std::unique_ptr<DocumentSource> open_local_source(const ByQueryRequest& request, const SearchScope& scope,
                                                  const query::SearchContext& context,
                                                  const std::optional<query::SliceClause>& slice);
/// From another server: a scroll over HTTP. Throws 400 where the allow-list forbids it, and what the other server says.
std::unique_ptr<DocumentSource> open_remote_source(const ByQueryRequest& request);
/// Throws 400 illegal_argument_exception "[host:port] not allowlisted in reindex.remote.allowlist".
void check_allowlist(const RemoteSource& remote, const std::vector<std::string>& allowlist);

}  // namespace tarn::server

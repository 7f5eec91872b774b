#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "indexer/index.h"
#include "query/search.h"
#include "query/search_session.h"
#include "server/api/search_groups.h"

namespace tarn::server {

/// A frozen view of some indices that outlives one request: a scroll or a point in time.
struct OpenContext {
  enum class Kind { kScroll, kPit } kind = Kind::kScroll;
  uint64_t number = 0;
  std::string id;                                   ///< what the client has
  std::vector<query::SearchTarget> targets;
  std::vector<std::shared_ptr<Index>> indices;
  int64_t created_ms = 0, keep_alive_ms = 0;
  // Scroll only. `turn` makes pages come one after the other.
  std::mutex turn;
  std::shared_ptr<const query::SearchRequest> request;
  query::ScrollPosition position;
};

/// All open scrolls and points in time of the node. Bounded in number; what is not used for its keep_alive is closed by a
/// thread of its own, so that an idle node lets go of old segments. Thread-safe.
class SearchContexts {
 public:
  struct Limits {
    int scrolls = 500, pits = 300;                  ///< search.max_open_scroll_context, search.max_open_pit_context
  };
  SearchContexts();
  ~SearchContexts();

  /// Throws 429 too_many_scroll_contexts_exception or rejected_execution_exception at the limit.
  void add(const std::shared_ptr<OpenContext>& context, const Limits& limits);
  /// Null if it is gone. Using it begins its keep_alive anew; `keep_alive_ms` -1 leaves that as it is.
  std::shared_ptr<OpenContext> find(OpenContext::Kind kind, uint64_t number, int64_t keep_alive_ms);
  bool remove(OpenContext::Kind kind, uint64_t number);
  std::vector<std::shared_ptr<OpenContext>> remove_all(OpenContext::Kind kind);
  std::vector<std::shared_ptr<OpenContext>> list(OpenContext::Kind kind) const;
  size_t count(OpenContext::Kind kind) const;
  /// Drops contexts of an index that is deleted; scrolls over it are gone, as in OpenSearch.
  void clear();

  /// Statistics of groups of searches, which live as long.
  SearchGroups& groups() { return groups_; }

  /// The id for the client: URL-safe base64 of kind, node and number.
  static std::string make_id(OpenContext::Kind kind, uint64_t number);
  /// Throws illegal_argument_exception "Cannot parse scroll id" or "invalid id: [x]".
  static uint64_t parse_id(OpenContext::Kind kind, const std::string& id);

 private:
  using Clock = std::chrono::steady_clock;
  struct Entry {
    std::shared_ptr<OpenContext> context;
    Clock::time_point expires;
  };
  std::vector<std::shared_ptr<OpenContext>> take_expired();
  void reap();

  SearchGroups groups_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::map<uint64_t, Entry> entries_;               // guarded by mutex_
  uint64_t next_ = 1;                               // guarded by mutex_
  bool stop_ = false;                               // guarded by mutex_
  std::thread reaper_;
};

}  // namespace tarn::server

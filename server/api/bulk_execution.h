#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/api/bulk_request.h"
#include "server/api/write_support.h"
#include "server/services.h"

namespace tarn::server {

/// One bulk request on its way: items, the operations made of them, and what became of each. Names are resolved, indices
/// created, pipelines run, and all that is left goes to the engine as one write. Used by _bulk and by what works by query.
class BulkExecution {
 public:
  /// Sources that `items` view must outlive the execution.
  BulkExecution(Services& services, std::vector<BulkItem> items, RefreshPolicy refresh)
      : services_(services), items_(std::move(items)), refresh_(refresh), fates_(items_.size()) {}

  /// Items of indices that cannot have so many active copies fail.
  void set_active_shards(ActiveShards wanted) { active_shards_ = std::move(wanted); }
  /// Throws 400 action_request_validation_exception where an item ends the whole request; other failures stay with their item.
  void run(const std::string& idempotency_key = "");
  /// The answer of _bulk.
  void write(JsonWriter& out, int64_t took_ms) const;

  // After run(), of item i.
  size_t size() const { return items_.size(); }
  const BulkItem& item(size_t i) const { return items_[i]; }
  const Error* failure(size_t i) const { return failure(fates_[i]); }
  bool dropped(size_t i) const { return fates_[i].dropped; }
  /// REQUIRES: neither failed nor dropped.
  const WriteOutcome& outcome(size_t i) const { return outcomes_[fates_[i].op]; }
  /// The index where it was written, or that it named.
  const std::string& index_name(size_t i) const {
    return fates_[i].op == kNoOp ? items_[i].index : ops_[fates_[i].op].index->name();
  }

 private:
  static constexpr uint32_t kNoOp = UINT32_MAX;
  struct Fate {
    uint32_t op = kNoOp;                   // into ops_ and outcomes_
    std::optional<Error> error;            // failed before the engine saw it
    bool dropped = false;
  };
  struct Target {
    std::shared_ptr<Index> index;
    std::optional<Error> error;
    std::string routing;                   // of the alias
  };

  const Error* failure(const Fate& fate) const;
  void validate() const;
  Target& target_of(const std::string& name, const BulkItem& item);
  void prepare(size_t i);
  bool ingest(BulkItem& item, Target*& target, std::string_view& source);
  void write_item(JsonWriter& out, size_t i) const;

  Services& services_;
  std::vector<BulkItem> items_;
  RefreshPolicy refresh_;
  ActiveShards active_shards_;
  std::vector<Fate> fates_;
  std::vector<WriteOp> ops_;
  std::vector<WriteOutcome> outcomes_;
  std::map<std::string, Target> targets_;
  std::deque<std::string> sources_;        // documents that pipelines made; ops_ view them
  std::deque<std::string> last_names_;
  const std::string* last_name_ = nullptr;
  Target* last_target_ = nullptr;
  std::string last_manner_;
  bool ingested_ = false;
  int64_t ingest_took_ms_ = 0, ingest_took_us_ = 0;
};

}  // namespace tarn::server

#pragma once

#include <map>
#include <shared_mutex>
#include <thread>

#include "indexer/commit.h"
#include "indexer/engine_shared.h"
#include "indexer/index_impl.h"

namespace tarn {

class EngineImpl final : public Engine {
 public:
  explicit EngineImpl(Options options);
  ~EngineImpl() override;

  Store& store() override { return *shared_.store; }
  std::shared_ptr<Index> create_index(const std::string& name, std::shared_ptr<const IndexSettings> settings,
                                      const Json& mappings) override;
  void delete_index(const std::string& name) override;
  std::shared_ptr<Index> find(std::string_view name) const override { return find_impl(name); }
  std::vector<std::shared_ptr<Index>> indices() const override;
  std::vector<WriteOutcome> write(const WriteRequest& request) override;
  CheckReport check(const std::string& index) override { return existing(index)->check(); }
  void rebuild(const std::string& index) override { existing(index)->rebuild(); }
  MemoryUse memory_use() const override;
  void run_in_background(std::function<void()> task) override { shared_.guests.run(std::move(task)); }
  void set_stored_query_check(StoredQueryCheck check) { shared_.stored_query_check = std::move(check); }

 private:
  using Indices = std::map<std::string, std::shared_ptr<IndexImpl>, std::less<>>;
  void open_indices();
  void remove_stray_directories() const;
  std::shared_ptr<IndexImpl> find_impl(std::string_view name) const;
  std::shared_ptr<IndexImpl> existing(const std::string& name) const;
  Indices snapshot() const;
  void wait_for_backlog();
  std::vector<WriteOutcome> write_rounds(const WriteRequest& request);
  void keep_time();

  const std::shared_ptr<EngineShared> owner_;  // indices and searchers that outlive the engine keep it too
  EngineShared& shared_;
  Committer committer_;
  const std::filesystem::path indices_directory_;

  mutable std::shared_mutex indices_mutex_;
  Indices indices_;                 // guarded by indices_mutex_
  std::mutex create_mutex_;         // one creation or deletion at a time

  std::mutex timer_mutex_;
  std::condition_variable timer_wake_;
  std::thread timer_;
};

}  // namespace tarn

#include "indexer/commit_queue.h"

#include "indexer/write_request.h"

namespace tarn {
namespace {
// A group larger than this would make its first members wait for the last ones' work.
constexpr size_t kGroupOperationsMax = 20000;
}  // namespace

void CommitQueue::run(PreparedRequest& request) {
  Item item;
  item.request = &request;
  submit(item);
}

void CommitQueue::run_exclusive(const std::function<void()>& task) {
  Item item;
  item.task = &task;
  submit(item);
}

void CommitQueue::submit(Item& item) {
  std::unique_lock lock(mutex_);
  waiting_.push_back(&item);
  while (!item.done) {
    if (led_) {
      item.wake.wait(lock);
      continue;
    }
    led_ = true;
    std::vector<Item*> group;
    size_t operations = 0;
    while (!waiting_.empty() && (group.empty() || operations < kGroupOperationsMax)) {
      Item* next = waiting_.front();
      waiting_.pop_front();
      operations += next->request != nullptr ? next->request->order.size() : 0;
      group.push_back(next);
    }
    lock.unlock();
    lead(group);
    lock.lock();
    led_ = false;
    for (Item* member : group) {
      member->done = true;
      if (member != &item) member->wake.notify_one();
    }
    if (!waiting_.empty()) waiting_.front()->wake.notify_one();  // the next leader
  }
  lock.unlock();
  if (item.failure) std::rethrow_exception(item.failure);
}

void CommitQueue::lead(const std::vector<Item*>& group) {
  std::vector<PreparedRequest*> requests;
  for (Item* item : group) {
    if (item->request != nullptr) requests.push_back(item->request);
  }
  if (!requests.empty()) {
    std::exception_ptr failure;
    try {
      commit_(requests);
    } catch (...) {
      failure = std::current_exception();
    }
    for (Item* item : group) {
      if (item->request != nullptr) item->failure = failure ? failure : item->request->failure;
    }
  }
  for (Item* item : group) {
    if (item->task == nullptr) continue;
    try {
      (*item->task)();
    } catch (...) {
      item->failure = std::current_exception();
    }
  }
}

}  // namespace tarn

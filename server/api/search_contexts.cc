#include "indexer/base/base64.h"
#include "server/api/search_contexts.h"

#include <fmt/format.h>

namespace tarn::server {
namespace {

constexpr std::chrono::seconds kReapInterval(10);

std::string_view prefix_of(OpenContext::Kind kind) { return kind == OpenContext::Kind::kScroll ? "tarn-scroll-" : "tarn-pit-"; }

[[noreturn]] void refuse(OpenContext::Kind kind, const std::string& id, Error cause) {
  const std::string reason = kind == OpenContext::Kind::kScroll ? "Cannot parse scroll id" : "invalid id: [" + id + "]";
  throw ApiError(illegal_argument(reason).caused_by(std::move(cause)));
}

}  // namespace

SearchContexts::SearchContexts() : reaper_([this] { reap(); }) {}

SearchContexts::~SearchContexts() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  wake_.notify_all();
  reaper_.join();
}

std::string SearchContexts::make_id(OpenContext::Kind kind, uint64_t number) {
  return encode_base64(fmt::format("{}{:012}", prefix_of(kind), number), Base64::kUrlSafe);
}

uint64_t SearchContexts::parse_id(OpenContext::Kind kind, const std::string& id) {
  std::string bytes;
  try {
    bytes = decode_base64(id, Base64::kUrlSafe);
  } catch (const ApiError& error) {
    refuse(kind, id, error.error());
  }
  const std::string_view prefix = prefix_of(kind);
  uint64_t number = 0;
  bool good = bytes.size() == prefix.size() + 12 && bytes.starts_with(prefix);
  for (size_t i = prefix.size(); good && i < bytes.size(); ++i) {
    good = bytes[i] >= '0' && bytes[i] <= '9';
    number = number * 10 + static_cast<uint64_t>(bytes[i] - '0');
  }
  if (!good) refuse(kind, id, Error(400, "e_o_f_exception", "not an id of this node"));
  return number;
}

void SearchContexts::add(const std::shared_ptr<OpenContext>& context, const Limits& limits) {
  const bool scroll = context->kind == OpenContext::Kind::kScroll;
  const auto limit = static_cast<size_t>(scroll ? limits.scrolls : limits.pits);
  const auto expired = take_expired();  // destroyed without the lock
  const std::lock_guard lock(mutex_);
  size_t open = 0;
  for (const auto& [number, entry] : entries_) open += entry.context->kind == context->kind;
  if (open >= limit) {
    throw ApiError(429, "rejected_execution_exception",
                   fmt::format("Trying to create too many {}. Must be less than or equal to: [{}]. This limit can be set by changing "
                               "the [{}] setting.",
                               scroll ? "scroll contexts" : "Point In Time contexts", limit,
                               scroll ? "search.max_open_scroll_context" : "search.max_open_pit_context"));
  }
  context->number = next_++;
  context->id = make_id(context->kind, context->number);
  entries_[context->number] = {context, Clock::now() + std::chrono::milliseconds(context->keep_alive_ms)};
}

std::shared_ptr<OpenContext> SearchContexts::find(OpenContext::Kind kind, uint64_t number, int64_t keep_alive_ms) {
  const std::lock_guard lock(mutex_);
  const auto it = entries_.find(number);
  if (it == entries_.end() || it->second.context->kind != kind || it->second.expires < Clock::now()) return nullptr;
  OpenContext& context = *it->second.context;
  if (keep_alive_ms >= 0) context.keep_alive_ms = keep_alive_ms;
  const auto expires = Clock::now() + std::chrono::milliseconds(context.keep_alive_ms);
  if (kind == OpenContext::Kind::kScroll || expires > it->second.expires) it->second.expires = expires;
  return it->second.context;
}

bool SearchContexts::remove(OpenContext::Kind kind, uint64_t number) {
  std::shared_ptr<OpenContext> gone;  // destroyed without the lock
  const std::lock_guard lock(mutex_);
  const auto it = entries_.find(number);
  if (it == entries_.end() || it->second.context->kind != kind) return false;
  gone = std::move(it->second.context);
  entries_.erase(it);
  return true;
}

std::vector<std::shared_ptr<OpenContext>> SearchContexts::remove_all(OpenContext::Kind kind) {
  std::vector<std::shared_ptr<OpenContext>> out;
  const std::lock_guard lock(mutex_);
  std::erase_if(entries_, [&](const auto& item) {
    if (item.second.context->kind != kind) return false;
    out.push_back(item.second.context);
    return true;
  });
  return out;
}

std::vector<std::shared_ptr<OpenContext>> SearchContexts::list(OpenContext::Kind kind) const {
  std::vector<std::shared_ptr<OpenContext>> out;
  const std::lock_guard lock(mutex_);
  for (const auto& [number, entry] : entries_) {
    if (entry.context->kind == kind && entry.expires >= Clock::now()) out.push_back(entry.context);
  }
  return out;
}

size_t SearchContexts::count(OpenContext::Kind kind) const { return list(kind).size(); }

void SearchContexts::clear() {
  std::map<uint64_t, Entry> gone;
  const std::lock_guard lock(mutex_);
  gone.swap(entries_);
}

std::vector<std::shared_ptr<OpenContext>> SearchContexts::take_expired() {
  std::vector<std::shared_ptr<OpenContext>> out;
  const std::lock_guard lock(mutex_);
  const auto now = Clock::now();
  std::erase_if(entries_, [&](const auto& item) {
    if (item.second.expires >= now) return false;
    out.push_back(item.second.context);
    return true;
  });
  return out;
}

void SearchContexts::reap() {
  std::unique_lock lock(mutex_);
  while (!stop_) {
    wake_.wait_for(lock, kReapInterval);
    if (stop_) return;
    lock.unlock();
    take_expired();
    lock.lock();
  }
}

}  // namespace tarn::server

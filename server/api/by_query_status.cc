#include "server/api/by_query_status.h"

#include <algorithm>
#include <cmath>

#include "server/render/table.h"

namespace tarn::server {
namespace {

constexpr int64_t kThrottleNsMax = 3'600'000'000'000;  // an hour, as OpenSearch's MAX_THROTTLE_WAIT_TIME

int64_t to_ns(std::chrono::steady_clock::duration time) {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(time).count();
}

}  // namespace

void add_figures(Json& out, const ByQueryFigures& f, const ByQueryShape& shape) {
  if (f.slice_id >= 0) out["slice_id"] = f.slice_id;
  out["total"] = f.total;
  if (shape.updated) out["updated"] = f.updated;
  if (shape.created) out["created"] = f.created;
  out["deleted"] = f.deleted;
  out["batches"] = f.batches;
  out["version_conflicts"] = f.version_conflicts;
  out["noops"] = f.noops;
  out["retries"] = Json{{"bulk", f.bulk_retries}, {"search", f.search_retries}};
  if (shape.human) out["throttled"] = duration_text(f.throttled_ns);
  out["throttled_millis"] = f.throttled_ns / 1'000'000;
  out["requests_per_second"] = std::isinf(f.requests_per_second) ? -1.0 : static_cast<double>(f.requests_per_second);
  if (!f.cancelled.empty()) out["canceled"] = f.cancelled;
  if (shape.human) out["throttled_until"] = duration_text(f.throttled_until_ns);
  out["throttled_until_millis"] = f.throttled_until_ns / 1'000'000;
}

ByQueryFigures sum_of(const std::vector<ByQueryFigures>& slices) {
  ByQueryFigures out;
  out.requests_per_second = 0;
  out.throttled_until_ns = INT64_MAX;
  for (const ByQueryFigures& slice : slices) {
    out.total += slice.total;
    out.updated += slice.updated;
    out.created += slice.created;
    out.deleted += slice.deleted;
    out.batches += slice.batches;
    out.version_conflicts += slice.version_conflicts;
    out.noops += slice.noops;
    out.bulk_retries += slice.bulk_retries;
    out.search_retries += slice.search_retries;
    out.throttled_ns += slice.throttled_ns;
    out.throttled_until_ns = std::min(out.throttled_until_ns, slice.throttled_until_ns);
    out.requests_per_second += slice.requests_per_second;
    if (out.cancelled.empty()) out.cancelled = slice.cancelled;
  }
  if (slices.empty()) out.throttled_until_ns = 0;
  return out;
}

ByQueryProgress::ByQueryProgress(int slice_id, float requests_per_second) {
  figures_.slice_id = slice_id;
  figures_.requests_per_second = requests_per_second;
}

ByQueryFigures ByQueryProgress::figures() const {
  const std::lock_guard lock(mutex_);
  ByQueryFigures out = figures_;
  if (waiting_) out.throttled_until_ns = std::max<int64_t>(0, to_ns(until_ - Clock::now()));
  return out;
}

void ByQueryProgress::rethrottle(float requests_per_second) {
  const std::lock_guard lock(mutex_);
  const float before = figures_.requests_per_second;
  figures_.requests_per_second = requests_per_second;
  if (!waiting_ || requests_per_second <= before) return;
  const auto now = Clock::now();
  if (until_ > now) {
    const double share = std::isinf(requests_per_second) ? 0 : static_cast<double>(before) / requests_per_second;
    const auto left = std::chrono::nanoseconds(static_cast<int64_t>(static_cast<double>(to_ns(until_ - now)) * share));
    until_ = now + left;
  }
  wake_.notify_all();
}

void ByQueryProgress::cancel(const std::string& reason) {
  const std::lock_guard lock(mutex_);
  if (!figures_.cancelled.empty()) return;
  figures_.cancelled = reason;
  figures_.requests_per_second = std::numeric_limits<float>::infinity();
  wake_.notify_all();
}

bool ByQueryProgress::cancelled() const {
  const std::lock_guard lock(mutex_);
  return !figures_.cancelled.empty();
}

void ByQueryProgress::throttle(Clock::time_point begin, size_t batch) {
  std::unique_lock lock(mutex_);
  if (batch == 0 || std::isinf(figures_.requests_per_second) || !figures_.cancelled.empty()) return;
  const double seconds = static_cast<double>(batch) / static_cast<double>(figures_.requests_per_second);
  const auto now = Clock::now();
  const int64_t whole = seconds > 3600 ? kThrottleNsMax : static_cast<int64_t>(seconds * 1e9);
  const int64_t wait = std::min(kThrottleNsMax, whole - to_ns(now - begin));
  if (wait <= 0) return;
  until_ = now + std::chrono::nanoseconds(wait);
  waiting_ = true;
  while (figures_.cancelled.empty() && Clock::now() < until_) wake_.wait_until(lock, until_);
  waiting_ = false;
  if (figures_.cancelled.empty()) figures_.throttled_ns += to_ns(until_ - now);  // a wait that was cut short does not count
}

}  // namespace tarn::server

#pragma once

#include <string_view>

#include "server/rest.h"

namespace tarn::server {

/// Which worker pool a request belongs to, so that slow searches do not hold up writes, and neither holds up a look at
/// the cluster's state.
/// kWaiting is for requests that take long and mostly wait: by query (throttled), tasks that are waited for.
enum class WorkClass { kSearch, kWrite, kGet, kManagement, kWaiting };
constexpr int kWorkClassCount = 5;
std::string_view work_class_name(WorkClass work_class);  ///< "search", "write", "get", "management", "waiting"
WorkClass classify(Method method, std::string_view raw_path);
/// The same for a request off the wire, of which only method and uri are set: the index of its pool in HttpOptions::pools.
size_t pool_of(const RestRequest& request);

/// From a request as it came off the wire to the answer that goes out: decodes the URI, checks the content type, finds
/// the handler, turns every exception into OpenSearch's error body, refuses parameters that nobody read, and renders
/// pretty, filter_path and format. Never throws. Thread-safe as long as the router no longer changes.
class Dispatch {
 public:
  explicit Dispatch(const Router& router) : router_(router) {}

  /// REQUIRES: method, uri, headers (lower-case names) and body are set; everything else is filled in here.
  RestResponse operator()(RestRequest& request) const;

 private:
  struct Rendering;
  RestResponse answer(RestRequest& request, Rendering& rendering) const;

  const Router& router_;
};

}  // namespace tarn::server

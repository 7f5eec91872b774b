#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "indexer/base/json.h"
#include "server/cli/http_client.h"
#include "server/cli/json_members.h"

namespace tarn::cli {

/// All hits of a query, page by page, by whichever way the server has: a scroll, a point in time,
/// or search_after over _seq_no or _id of the live index.
class HitPages {
 public:
  /// Fetches the first page. Throws CliError kUnreachable if no way works, with the server's last
  /// reason.
  HitPages(HttpClient& client, std::string index, Json query, int page_size);
  ~HitPages();
  HitPages(const HitPages&) = delete;
  HitPages& operator=(const HitPages&) = delete;

  /// Moves to the next page (the first, when called first); false: there are no more hits.
  bool next();
  /// The hits of this page as JSON texts, valid until next().
  const std::vector<std::string_view>& hits() const { return hits_; }
  uint64_t total() const { return total_; }

 private:
  enum class Way { scroll, point_in_time, seq_no, id };
  bool begin(Way way);
  bool fetch(const std::string& method, const std::string& target, const Json& body);
  void read_page();
  Json search_body() const;

  HttpClient& client_;
  const std::string index_;
  const Json query_;
  const int page_size_;
  Way way_ = Way::scroll;
  bool fresh_ = true;  // the page that the constructor fetched has not been handed out
  std::string page_;   // the answer that hits_ points into
  std::vector<std::string_view> hits_;
  std::string handle_;     // scroll id or point in time
  std::string last_sort_;  // sort values of the last hit, as JSON
  std::string reason_;     // why the last way failed
  uint64_t total_ = 0;
};

}  // namespace tarn::cli

#include "server/cli/hit_pages.h"

#include <charconv>

#include "indexer/base/error.h"
#include "server/cli/cli_error.h"

namespace tarn::cli {
namespace {

constexpr const char* kKeepAlive = "5m";

std::string text_member(std::string_view object, std::string_view key) {
  std::vector<JsonMember> members;
  if (!scan_members(object, members)) return "";
  const std::string_view value = find_member(members, key);
  return value.starts_with('"') ? unescape_json(value.substr(1, value.size() - 2)) : "";
}

}  // namespace

HitPages::HitPages(HttpClient& client, std::string index, Json query, int page_size)
    : client_(client), index_(std::move(index)), query_(std::move(query)), page_size_(page_size) {
  for (const Way way : {Way::scroll, Way::point_in_time, Way::seq_no, Way::id}) {
    if (begin(way)) return;
  }
  throw CliError(kUnreachable, "cannot read " + index_ + ": " + reason_);
}

HitPages::~HitPages() {
  if (handle_.empty()) return;
  try {
    if (way_ == Way::scroll)
      client_.request("DELETE", "/_search/scroll",
                      to_text(Json{{"scroll_id", Json::array({handle_})}}));
    if (way_ == Way::point_in_time)
      client_.request("DELETE", "/_search/point_in_time",
                      to_text(Json{{"pit_id", Json::array({handle_})}}));
  } catch (const ConnectionError&) {  // it ends by itself after a while
  }
}

bool HitPages::begin(Way way) {
  way_ = way;
  handle_.clear();
  last_sort_.clear();
  if (way == Way::point_in_time) {
    try {
      const HttpResponse response = client_.request(
          "POST", "/" + url_encode(index_) + "/_search/point_in_time?keep_alive=" + kKeepAlive);
      handle_ = response.ok() ? text_member(response.body, "pit_id") : "";
    } catch (const ConnectionError& error) {
      throw CliError(kUnreachable, error.what());
    }
    if (handle_.empty()) return false;
  }
  const std::string target = way == Way::scroll
                                 ? "/" + url_encode(index_) + "/_search?scroll=" + kKeepAlive
                             : way == Way::point_in_time ? std::string("/_search")
                                                         : "/" + url_encode(index_) + "/_search";
  if (!fetch("POST", target, search_body())) return false;
  if (way == Way::scroll) {
    handle_ = text_member(page_, "_scroll_id");
    if (handle_.empty()) return false;
  }
  return true;
}

Json HitPages::search_body() const {
  Json body{{"size", page_size_}, {"query", query_}};
  switch (way_) {
    case Way::scroll:
      body["sort"] = Json::array({"_doc"});
      break;
    case Way::point_in_time:
      body["pit"] = Json{{"id", handle_}, {"keep_alive", kKeepAlive}};
      body["sort"] = Json::array({Json{{"_shard_doc", "asc"}}});
      break;
    case Way::seq_no:
      body["sort"] = Json::array({Json{{"_seq_no", "asc"}}});
      break;
    case Way::id:
      body["sort"] = Json::array({Json{{"_id", "asc"}}});
      break;
  }
  if (way_ != Way::scroll && !last_sort_.empty()) body["search_after"] = parse_json(last_sort_);
  if (last_sort_.empty()) body["track_total_hits"] = true;
  return body;
}

bool HitPages::fetch(const std::string& method, const std::string& target, const Json& body) {
  try {
    HttpResponse response = client_.request(method, target, to_text(body));
    if (!response.ok()) {
      reason_ = text_member(response.body, "error");
      std::vector<JsonMember> members;
      if (scan_members(response.body, members))
        reason_ = text_member(find_member(members, "error"), "reason");
      if (reason_.empty()) reason_ = "HTTP " + std::to_string(response.status);
      return false;
    }
    page_ = std::move(response.body);
  } catch (const ConnectionError& error) {
    throw CliError(kUnreachable, error.what());
  }
  read_page();
  return true;
}

void HitPages::read_page() {
  hits_.clear();
  std::vector<JsonMember> answer;
  std::vector<JsonMember> outer;
  std::vector<JsonMember> list;
  if (!scan_members(page_, answer) || !scan_members(find_member(answer, "hits"), outer) ||
      !scan_members(find_member(outer, "hits"), list)) {
    throw CliError(kUnreachable, "the server's answer cannot be understood");
  }
  std::vector<JsonMember> total;
  if (scan_members(find_member(outer, "total"), total)) {
    const std::string_view value = find_member(total, "value");
    if (total_ == 0) std::from_chars(value.data(), value.data() + value.size(), total_);
  }
  for (const JsonMember& hit : list) hits_.push_back(hit.value);
  if (hits_.empty()) return;
  std::vector<JsonMember> last;
  if (scan_members(hits_.back(), last)) last_sort_ = find_member(last, "sort");
}

bool HitPages::next() {
  if (fresh_) {
    fresh_ = false;
    return !hits_.empty();
  }
  if (hits_.empty()) return false;
  bool fetched = false;
  if (way_ == Way::scroll) {
    fetched =
        fetch("POST", "/_search/scroll", Json{{"scroll", kKeepAlive}, {"scroll_id", handle_}});
    if (fetched) {
      if (std::string id = text_member(page_, "_scroll_id"); !id.empty()) handle_ = std::move(id);
    }
  } else {
    fetched = fetch("POST",
                    way_ == Way::point_in_time ? std::string("/_search")
                                               : "/" + url_encode(index_) + "/_search",
                    search_body());
  }
  if (!fetched) throw CliError(kUnreachable, "the export broke off: " + reason_);
  return !hits_.empty();
}

}  // namespace tarn::cli

// Documents of another server, by a scroll over HTTP.
#include <fmt/format.h>
#include <simdjson.h>

#include <set>

#include "indexer/index_names.h"
#include "server/api/by_query_source.h"
#include "server/cli/cli_error.h"
#include "server/cli/http_client.h"

namespace tarn::server {
namespace {

cli::Url url_of(const RemoteSource& remote) {
  if (remote.scheme != "http") {
    throw ApiError(501, "not_implemented_exception", "reindex from a remote cluster over [" + remote.scheme + "] is not implemented in Tarn yet; put a proxy before it");
  }
  std::string text = "http://";
  if (!remote.username.empty()) text += cli::url_encode(remote.username) + ":" + cli::url_encode(remote.password) + "@";
  return cli::Url::parse(text + remote.host + ":" + std::to_string(remote.port) + remote.prefix);
}

class RemoteScroll final : public DocumentSource {
 public:
  explicit RemoteScroll(const ByQueryRequest& request)
      : request_(request), client_(url_of(*request.remote), std::chrono::seconds(std::max<int64_t>(1, request.remote->socket_timeout_ms / 1000))) {
    std::string indices;
    for (const std::string& name : request.indices) indices += (indices.empty() ? "" : ",") + cli::url_encode(name);
    Json body = request.remote->search.is_object() ? request.remote->search : Json::object();
    body.erase("size");
    body["query"] = request.remote->query;
    if (!body.contains("sort")) body["sort"] = Json::array({"_doc"});
    std::string target = "/" + indices + "/_search?scroll=" + scroll() + "&size=" + std::to_string(request.search->size) +
                         "&track_total_hits=true";
    if (request.version_type != VersionType::kInternal) target += "&version=true";
    read(call("POST", target, to_text(body)));
    have_page_ = true;
  }
  ~RemoteScroll() override {
    if (scroll_id_.empty()) return;
    try {
      client_.request("DELETE", "/_search/scroll", to_text(Json{{"scroll_id", Json::array({scroll_id_})}}), request_.remote->headers);
    } catch (const std::exception&) {
      // Its keep-alive ends it.
    }
  }

  uint64_t total() const override { return total_; }
  bool timed_out() const override { return timed_out_; }

  std::vector<SourceDocument> next() override {
    if (!have_page_) read(call("POST", "/_search/scroll", to_text(Json{{"scroll", scroll()}, {"scroll_id", scroll_id_}})));
    have_page_ = false;
    return std::move(page_);
  }

 private:
  std::string scroll() const {
    const std::string& asked = request_.search->scroll_keep_alive;
    return asked.empty() ? "5m" : asked;
  }

  std::string call(const char* method, const std::string& target, const std::string& body) {
    cli::HttpResponse response;
    try {
      response = client_.request(method, target, body, request_.remote->headers);
    } catch (const cli::ConnectionError& error) {
      const std::string what = error.what();
      if (!what.starts_with("cannot connect")) throw ApiError(500, "i_o_exception", what);
      const RemoteSource& remote = *request_.remote;
      throw ApiError(500, "http_host_connect_exception",
                     fmt::format("Connect to {}://{}:{} [/{}] failed: {}", remote.scheme, remote.host, remote.port, remote.host,
                                 what.substr(what.rfind(": ") + 2)));
    }
    if (!response.ok()) {
      throw ApiError(response.status < 400 ? 500 : response.status, "status_exception", "body=" + response.body.substr(0, 10'000));
    }
    return std::move(response.body);
  }

  [[noreturn]] static void malformed(const char* what) {
    throw ApiError(500, "parse_exception", fmt::format("the remote cluster's answer could not be read: {}", what));
  }

  void read(const std::string& text) {
    const simdjson::padded_string padded(text);
    simdjson::ondemand::parser parser;
    try {
      simdjson::ondemand::document document = parser.iterate(padded);
      for (auto member : document.get_object()) {
        const std::string_view key = member.unescaped_key();
        if (key == "_scroll_id") scroll_id_ = std::string(std::string_view(member.value().get_string()));
        else if (key == "timed_out") timed_out_ = member.value().get_bool();
        else if (key == "hits") read_hits(member.value().get_object());
      }
    } catch (const simdjson::simdjson_error& error) {
      malformed(error.what());
    }
    if (scroll_id_.empty()) malformed("it has no _scroll_id");
  }

  void read_hits(simdjson::ondemand::object hits) {
    for (auto member : hits) {
      const std::string_view key = member.unescaped_key();
      if (key == "total") {
        simdjson::ondemand::value total = member.value();
        total_ = total.type() == simdjson::ondemand::json_type::object ? uint64_t(total.get_object()["value"].get_uint64())
                                                                       : uint64_t(total.get_uint64());
      } else if (key == "hits") {
        for (auto hit : member.value().get_array()) page_.push_back(read_hit(hit.get_object()));
      }
    }
  }

  SourceDocument read_hit(simdjson::ondemand::object hit) {
    SourceDocument out;
    bool has_source = false;
    for (auto member : hit) {
      const std::string_view key = member.unescaped_key();
      if (key == "_index") out.index = *names_.emplace(std::string_view(member.value().get_string())).first;
      else if (key == "_id") out.id = std::string_view(member.value().get_string());
      else if (key == "_routing") out.routing = std::string_view(member.value().get_string());
      else if (key == "_version") out.version = member.value().get_int64();
      else if (key == "_source") {
        simdjson::ondemand::object source = member.value().get_object();
        out.source = std::string_view(source.raw_json());
        has_source = true;
      }
    }
    if (!has_source) throw ApiError(illegal_argument(fmt::format("[{}][{}] didn't store _source", out.index, out.id)));
    return out;
  }

  const ByQueryRequest& request_;
  cli::HttpClient client_;
  std::string scroll_id_;
  uint64_t total_ = 0;
  bool timed_out_ = false, have_page_ = false;
  std::vector<SourceDocument> page_;
  std::set<std::string, std::less<>> names_;
};

}  // namespace

std::unique_ptr<DocumentSource> open_remote_source(const ByQueryRequest& request) {
  try {
    return std::make_unique<RemoteScroll>(request);
  } catch (const cli::CliError& error) {
    throw ApiError(illegal_argument(error.what()));
  }
}

void check_allowlist(const RemoteSource& remote, const std::vector<std::string>& allowlist) {
  const std::string address = fmt::format("{}:{}", remote.host, remote.port);
  for (const std::string& pattern : allowlist) {
    if (matches_pattern(pattern, address)) return;
  }
  throw ApiError(illegal_argument(fmt::format("[{}] not allowlisted in reindex.remote.allowlist", address)));
}

}  // namespace tarn::server

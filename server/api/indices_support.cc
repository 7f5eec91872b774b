#include "server/api/indices_support.h"

#include <charconv>
#include <ctime>

#include <fmt/format.h>

#include "server/version.h"

namespace tarn::server {

void read_timeouts(const RestRequest& request) {
  request.get_time_ms("master_timeout", 30000);
  request.get_time_ms("cluster_manager_timeout", 30000);
  request.get_time_ms("timeout", 30000);
}

RestResponse acknowledged() { return RestResponse::json(Json{{"acknowledged", true}}); }

int shard_count(const Index& index) { return index.settings()->number_of_shards; }

int shard_copies(const Index& index) {
  const auto settings = index.settings();
  return settings->number_of_shards * (1 + settings->number_of_replicas);
}

Json shards_header(const std::vector<ResolvedIndex>& indices) {
  int total = 0, successful = 0;
  for (const auto& resolved : indices) {
    total += shard_copies(*resolved.index);
    successful += shard_count(*resolved.index);
  }
  return Json{{"total", total}, {"successful", successful}, {"failed", 0}};
}

bool active_shards_met(const RestRequest& request, const Index& index) {
  const auto settings = index.settings();
  std::string wanted = request.get("wait_for_active_shards");
  if (wanted.empty()) {
    const auto found = settings->flat.find("index.write.wait_for_active_shards");
    wanted = found != settings->flat.end() && found->is_string() ? found->get<std::string>() : "1";
  }
  const int copies = 1 + settings->number_of_replicas;
  if (wanted == "all") return copies == 1;
  int count = 0;
  const auto [end, code] = std::from_chars(wanted.data(), wanted.data() + wanted.size(), count);
  if (code != std::errc{} || end != wanted.data() + wanted.size())
    throw ApiError(illegal_argument(fmt::format("cannot parse ActiveShardCount[{}]", wanted))
                       .caused_by(Error(400, "number_format_exception", fmt::format("For input string: \"{}\"", wanted))));
  if (count < 0) throw ApiError(illegal_argument("shard count cannot be a negative value"));
  if (count > copies)
    throw ApiError(illegal_argument(fmt::format(
        "invalid wait_for_active_shards[{}]: cannot be greater than number of shard copies [{}]", count, copies)));
  return count <= 1;
}

IndicesOptions options_open() { return {}; }

IndicesOptions options_metadata() {
  IndicesOptions options;
  options.forbid_closed = false;
  return options;
}

IndicesOptions options_change() {
  IndicesOptions options;
  options.allow_no_indices = false;
  options.expand_closed = true;
  options.forbid_closed = false;
  return options;
}

IndicesOptions options_all() {
  IndicesOptions options;
  options.expand_closed = options.expand_hidden = true;
  options.forbid_closed = false;
  return options;
}

std::vector<ResolvedIndex> resolve_indices(Services& services, const RestRequest& request, IndicesOptions defaults) {
  const bool forbid_closed = defaults.forbid_closed;
  IndicesOptions options = parse_indices_options(request, defaults);
  options.forbid_closed = forbid_closed;   // with ignore_unavailable, closed ones are left out, not passed on
  return services.catalog.resolve(request.get("index"), options);
}

Json readable_settings(const Index& index, bool human) {
  Json flat = shown_settings(index);
  if (!human) return flat;
  flat["index.creation_date_string"] = iso_time(index.creation_date_ms());
  flat["index.version.created_string"] = kOpenSearchVersion;
  return flat;
}

std::string iso_time(int64_t epoch_ms) {
  const std::time_t seconds = static_cast<std::time_t>(epoch_ms / 1000);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday,
                     parts.tm_hour, parts.tm_min, parts.tm_sec, epoch_ms % 1000);
}

void not_implemented(std::string_view what) {
  throw ApiError(501, "not_implemented_exception", fmt::format("{} is not implemented in Tarn yet", what));
}

}  // namespace tarn::server

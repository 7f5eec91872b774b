#include "server/api/stats_sections.h"

namespace tarn::server {

IndexStats& operator+=(IndexStats& sum, const IndexStats& one) {
  sum.docs += one.docs;
  sum.deleted_docs += one.deleted_docs;
  sum.store_bytes += one.store_bytes;
  sum.segment_count += one.segment_count;
  sum.segments_on_disk += one.segments_on_disk;
  sum.memory_bytes += one.memory_bytes;
  sum.index_total += one.index_total;
  sum.index_time_ms += one.index_time_ms;
  sum.index_failed += one.index_failed;
  sum.index_current += one.index_current;
  sum.delete_total += one.delete_total;
  sum.delete_time_ms += one.delete_time_ms;
  sum.noop_update_total += one.noop_update_total;
  sum.in_place_update_total += one.in_place_update_total;
  sum.get_total += one.get_total;
  sum.get_exists_total += one.get_exists_total;
  sum.get_missing_total += one.get_missing_total;
  sum.get_time_ms += one.get_time_ms;
  sum.refresh_total += one.refresh_total;
  sum.refresh_time_ms += one.refresh_time_ms;
  sum.flush_total += one.flush_total;
  sum.flush_time_ms += one.flush_time_ms;
  sum.merge_total += one.merge_total;
  sum.merge_time_ms += one.merge_time_ms;
  sum.merge_docs += one.merge_docs;
  sum.merge_current += one.merge_current;
  sum.query_total += one.query_total;
  sum.query_time_ms += one.query_time_ms;
  sum.fetch_total += one.fetch_total;
  sum.fetch_time_ms += one.fetch_time_ms;
  sum.oplog_operations += one.oplog_operations;
  if (one.max_seq_no > sum.max_seq_no) sum.max_seq_no = one.max_seq_no;
  return sum;
}

const std::set<std::string, std::less<>>& stats_metrics() {
  static const std::set<std::string, std::less<>> names = {
      "_all", "completion", "docs",  "fielddata", "flush",    "get",   "indexing", "merge", "query_cache",
      "recovery", "refresh", "request_cache", "search", "segments", "store", "translog", "warmer"};
  return names;
}

Json stats_sections(const IndexStats& s, const std::set<std::string, std::less<>>& metrics) {
  const bool all = metrics.empty() || metrics.contains("_all");
  const auto wants = [&](std::string_view name) { return all || metrics.contains(name); };
  Json out = Json::object();
  if (wants("docs")) out["docs"] = Json{{"count", s.docs}, {"deleted", s.deleted_docs}};
  if (wants("store")) out["store"] = Json{{"size_in_bytes", s.store_bytes}, {"reserved_in_bytes", 0}};
  if (wants("indexing"))
    out["indexing"] = Json{{"index_total", s.index_total}, {"index_time_in_millis", s.index_time_ms}, {"index_current", s.index_current},
                           {"index_failed", s.index_failed}, {"delete_total", s.delete_total}, {"delete_time_in_millis", s.delete_time_ms},
                           {"delete_current", 0}, {"noop_update_total", s.noop_update_total}, {"is_throttled", false},
                           {"throttle_time_in_millis", 0}, {"in_place_update_total", s.in_place_update_total}};
  if (wants("get"))
    out["get"] = Json{{"total", s.get_total}, {"time_in_millis", s.get_time_ms}, {"exists_total", s.get_exists_total},
                      {"exists_time_in_millis", 0}, {"missing_total", s.get_missing_total}, {"missing_time_in_millis", 0}, {"current", 0}};
  if (wants("search"))
    out["search"] = Json{{"open_contexts", 0}, {"query_total", s.query_total}, {"query_time_in_millis", s.query_time_ms},
                         {"query_current", 0}, {"fetch_total", s.fetch_total}, {"fetch_time_in_millis", s.fetch_time_ms},
                         {"fetch_current", 0}};
  if (wants("merge"))
    out["merges"] = Json{{"current", s.merge_current}, {"current_docs", 0}, {"current_size_in_bytes", 0}, {"total", s.merge_total},
                         {"total_time_in_millis", s.merge_time_ms}, {"total_docs", s.merge_docs}, {"total_size_in_bytes", 0},
                         {"total_stopped_time_in_millis", 0}, {"total_throttled_time_in_millis", 0}};
  if (wants("refresh"))
    out["refresh"] = Json{{"total", s.refresh_total}, {"total_time_in_millis", s.refresh_time_ms}, {"external_total", s.refresh_total},
                          {"external_total_time_in_millis", s.refresh_time_ms}, {"listeners", 0}};
  if (wants("flush"))
    out["flush"] = Json{{"total", s.flush_total}, {"periodic", 0}, {"total_time_in_millis", s.flush_time_ms}};
  if (wants("warmer")) out["warmer"] = Json{{"current", 0}, {"total", 0}, {"total_time_in_millis", 0}};
  if (wants("query_cache"))
    out["query_cache"] = Json{{"memory_size_in_bytes", 0}, {"total_count", 0}, {"hit_count", 0}, {"miss_count", 0},
                              {"cache_size", 0}, {"cache_count", 0}, {"evictions", 0}};
  if (wants("fielddata")) out["fielddata"] = Json{{"memory_size_in_bytes", 0}, {"evictions", 0}};
  if (wants("completion")) out["completion"] = Json{{"size_in_bytes", 0}};
  if (wants("segments"))
    out["segments"] = Json{{"count", s.segment_count}, {"memory_in_bytes", s.memory_bytes}, {"terms_memory_in_bytes", 0},
                           {"stored_fields_memory_in_bytes", 0}, {"term_vectors_memory_in_bytes", 0}, {"norms_memory_in_bytes", 0},
                           {"points_memory_in_bytes", 0}, {"doc_values_memory_in_bytes", 0}, {"index_writer_memory_in_bytes", 0},
                           {"version_map_memory_in_bytes", 0}, {"fixed_bit_set_memory_in_bytes", 0},
                           {"max_unsafe_auto_id_timestamp", -1}, {"file_sizes", Json::object()}};
  if (wants("translog"))
    out["translog"] = Json{{"operations", s.oplog_operations}, {"size_in_bytes", 0}, {"uncommitted_operations", s.oplog_operations},
                           {"uncommitted_size_in_bytes", 0}, {"earliest_last_modified_age", 0}};
  if (wants("request_cache"))
    out["request_cache"] = Json{{"memory_size_in_bytes", 0}, {"evictions", 0}, {"hit_count", 0}, {"miss_count", 0}};
  if (wants("recovery"))
    out["recovery"] = Json{{"current_as_source", 0}, {"current_as_target", 0}, {"throttle_time_in_millis", 0}};
  return out;
}

}  // namespace tarn::server

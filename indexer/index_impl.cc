#include "indexer/index_impl.h"

#include <malloc.h>

#include "indexer/analysis/analysis_mode.h"
#include "indexer/searcher.h"
#include "indexer/store/keys.h"

namespace tarn {

int64_t steady_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now().time_since_epoch()).count();
}

namespace {

ApiError closed_error(const IndexImpl& index) {
  return ApiError(Error(400, "index_closed_exception", "closed")
                      .with("index", index.name())
                      .with("index_uuid", index.uuid()));
}

bool filters_source(const Mapping& mapping) {
  // {"x":1} loses its member to any includes, {} to none; "_source" itself stands in the JSON form only if it was given.
  return mapping.to_json().contains("_source");
}

}  // namespace

IndexImpl::IndexImpl(std::shared_ptr<EngineShared> shared, IndexIdentity identity, std::shared_ptr<const IndexSettings> settings,
                     std::shared_ptr<const Mapping> mapping, bool closed)
    : owner_(std::move(shared)),
      shared_(*owner_),
      identity_(std::move(identity)),
      directory_guard_(std::make_shared<DirectoryGuard>(identity_.directory)),
      mapping_(std::move(mapping)),
      settings_(std::move(settings)),
      closed_(closed),
      last_search_ms_(steady_ms()),
      last_write_ms_(steady_ms()) {
  source_is_plain_ = mapping_->source_enabled() && !filters_source(*mapping_);
}

IndexImpl::~IndexImpl() {
  shared_.pending_bytes -= pending_bytes_;
  shared_.young_bytes -= young_bytes_;
  searcher_ = nullptr;
}

std::shared_ptr<const Mapping> IndexImpl::mapping() const {
  std::lock_guard lock(mapping_mutex_);
  return mapping_;
}

std::shared_ptr<const IndexSettings> IndexImpl::settings() const {
  std::lock_guard lock(mapping_mutex_);
  return settings_;
}

std::shared_ptr<const Mapping> IndexImpl::create_mapping(const Json& mappings, const IndexSettings& settings) {
  const Json nested = IndexSettings::nest(settings.flat);
  const Json* analysis = nullptr;
  if (const auto index = nested.find("index"); index != nested.end() && index->is_object()) {
    if (const auto found = index->find("analysis"); found != index->end()) analysis = &*found;
  }
  static const Json no_analysis = Json::object();
  static constexpr const char* kLimits[] = {"index.max_ngram_diff", "index.max_shingle_diff", "index.analyze.max_token_count"};
  const bool limits = std::any_of(std::begin(kLimits), std::end(kLimits), [&](const char* key) { return settings.flat.contains(key); });
  auto registry = analysis != nullptr || limits ? AnalysisRegistry::create(analysis != nullptr ? *analysis : no_analysis, settings.flat)
                                                : AnalysisRegistry::built_in();
  return Mapping::create(mappings, std::move(registry), settings.mapping_limits);
}

std::string IndexImpl::record() const {
  std::lock_guard lock(mapping_mutex_);
  return Json{{"key", identity_.key},
              {"uuid", identity_.uuid},
              {"creation_date", identity_.creation_date_ms},
              {"closed", closed_.load()},
              {"settings", settings_->flat},
              {"mappings", mapping_->to_json()}}
      .dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::shared_ptr<IndexImpl> IndexImpl::from_record(std::shared_ptr<EngineShared> shared, const std::filesystem::path& indices,
                                                  const std::string& name, const std::string& record) {
  const Json json = Json::parse(record);
  IndexIdentity identity;
  identity.key = json.at("key").get<IndexKey>();
  identity.name = name;
  identity.uuid = json.at("uuid").get<std::string>();
  identity.creation_date_ms = json.at("creation_date").get<int64_t>();
  identity.directory = indices / identity.uuid;
  auto settings = IndexSettings::create(json.at("settings"));
  std::shared_ptr<const Mapping> mapping;
  try {
    mapping = create_mapping(json.at("mappings"), *settings);
  } catch (const ApiError& error) {
    const MissingFilesAllowed allowed;
    mapping = create_mapping(json.at("mappings"), *settings);
    shared->log(fmt::format("index {}: {}; files that its analyzers name cannot be read, and are empty until it is opened with them",
                                    name, error.error().reason));
  }
  return std::make_shared<IndexImpl>(std::move(shared), std::move(identity), std::move(settings), std::move(mapping),
                                     json.at("closed").get<bool>());
}

// Between two commits, so that a commit that carries an older record cannot come after.
void IndexImpl::save_record() {
  shared_.commits.run_exclusive([&] {
    unsaved_ = false;
    try {
      shared_.store->write_meta({{"index", identity_.name, record()}});
    } catch (...) {
      unsaved_ = true;
      throw;
    }
  });
}

std::optional<std::string> IndexImpl::take_unsaved_record() {
  if (!unsaved_.exchange(false)) return std::nullopt;
  return record();
}

void IndexImpl::put_mapping(const Json& update) {
  {
    std::lock_guard lock(mapping_mutex_);
    mapping_ = mapping_->merge(update, settings_->mapping_limits);
    source_is_plain_ = mapping_->source_enabled() && !filters_source(*mapping_);
  }
  save_record();
}

std::shared_ptr<const Mapping> IndexImpl::merge_dynamic(const Json& update) {
  std::lock_guard lock(mapping_mutex_);
  mapping_ = mapping_->merge(update, settings_->mapping_limits);
  unsaved_ = true;
  return mapping_;
}

void IndexImpl::put_settings(std::shared_ptr<const IndexSettings> settings) {
  const auto analysis_of = [](const IndexSettings& s) {
    Json out = Json::object();
    for (const auto& [key, value] : s.flat.items()) {
      if (key.starts_with("index.analysis.")) out[key] = value;
    }
    return out;
  };
  if (analysis_of(*settings) != analysis_of(*this->settings())) {
    if (!closed_) {
      throw ApiError(illegal_argument(
          fmt::format("Can't update non dynamic settings [[index.analysis]] for open indices [[{}/{}]]", name(), uuid())));
    }
    // Field ids change with a new mapping; nothing parsed under the old one may remain.
    flush();
    auto mapping = create_mapping(this->mapping()->to_json(), *settings);
    std::lock_guard lock(mapping_mutex_);
    mapping_ = std::move(mapping);
    settings_ = std::move(settings);
  } else {
    std::lock_guard lock(mapping_mutex_);
    settings_ = std::move(settings);
  }
  save_record();
}

void IndexImpl::set_closed(bool closed) {
  if (closed == closed_) return;
  if (closed) flush();
  closed_ = closed;
  save_record();
  refreshed_.notify_all();
}

std::optional<std::string> IndexImpl::visible_source(std::string source) const {
  if (source_is_plain_) return source;
  const auto current = mapping();
  if (!current->source_enabled()) return std::nullopt;
  return current->filter_source(source);
}

std::optional<GetResult> IndexImpl::get(std::string_view id) const {
  if (closed_) throw closed_error(*this);
  const auto begin = Clock::now();
  ++counters.get_total;
  std::optional<GetResult> result;
  while (true) {
    const uint64_t writes = shared_.store->writes();
    const auto entry = shared_.store->find_id(key(), id, nullptr);
    if (!entry || entry->deleted) break;
    auto document = shared_.store->read_row(key(), entry->row, nullptr);
    // The document may change between the reads; what is returned belongs together.
    if (shared_.store->writes() != writes) {
      const auto again = shared_.store->find_id(key(), id, nullptr);
      if (!again || again->seq_no != entry->seq_no) continue;
    }
    if (!document) throw ApiError(500, "store_exception", fmt::format("row {} of [{}] is missing", entry->row.value, name()));
    result.emplace();
    result->source = visible_source(std::move(document->source)).value_or("");
    result->routing = std::move(document->routing);
    result->version = entry->version;
    result->seq_no = entry->seq_no;
    break;
  }
  ++(result ? counters.get_exists : counters.get_missing);
  counters.get_us += static_cast<uint64_t>(
      std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - begin).count());
  return result;
}

std::shared_ptr<const Searcher> IndexImpl::acquire_searcher() {
  if (closed_) throw closed_error(*this);
  const bool was_idle = search_idle(Clock::now());
  last_search_ms_ = steady_ms();
  const auto current_settings = settings();
  if (was_idle && !current_settings->refresh_interval_explicit && unpublished()) refresh();
  const auto current_mapping = mapping();
  {
    std::lock_guard lock(searcher_mutex_);
    if (&searcher_->mapping() == current_mapping.get() && &searcher_->settings() == current_settings.get()) {
      return searcher_;
    }
  }
  renew_searcher();
  std::lock_guard lock(searcher_mutex_);
  return searcher_;
}

void IndexImpl::count_search(uint64_t query_us, uint64_t fetch_us) {
  ++counters.query_total;
  counters.query_us += query_us;
  if (fetch_us > 0) ++counters.fetch_total;
  counters.fetch_us += fetch_us;
}

IndexStats IndexImpl::stats() const {
  IndexStats out;
  {
    std::lock_guard lock(searcher_mutex_);
    out.docs = searcher_->live_doc_count();
    out.deleted_docs = searcher_->deleted_doc_count();
  }
  for (const SegmentState& state : segments()) {
    ++out.segment_count;
    out.segments_on_disk += !state.young();
    out.store_bytes += state.segment->disk_bytes();
    out.memory_bytes += state.memory_bytes();
  }
  out.store_bytes += shared_.store->disk_bytes(key());
  out.memory_bytes += pending_bytes_;
  out.index_total = counters.index_total;
  out.index_time_ms = counters.index_us / 1000;
  out.index_failed = counters.index_failed;
  out.index_current = counters.index_current;
  out.delete_total = counters.delete_total;
  out.delete_time_ms = counters.delete_us / 1000;
  out.noop_update_total = counters.noop_total;
  out.in_place_update_total = counters.patch_total;
  out.get_total = counters.get_total;
  out.get_exists_total = counters.get_exists;
  out.get_missing_total = counters.get_missing;
  out.get_time_ms = counters.get_us / 1000;
  out.refresh_total = counters.refresh_total;
  out.refresh_time_ms = counters.refresh_us / 1000;
  out.flush_total = counters.flush_total;
  out.flush_time_ms = counters.flush_us / 1000;
  out.merge_total = counters.merge_total;
  out.merge_time_ms = counters.merge_us / 1000;
  out.merge_docs = counters.merge_docs;
  out.merge_current = counters.merge_current;
  out.query_total = counters.query_total;
  out.query_time_ms = counters.query_us / 1000;
  out.fetch_total = counters.fetch_total;
  out.fetch_time_ms = counters.fetch_us / 1000;
  out.max_seq_no = acked_;
  out.oplog_operations = static_cast<uint64_t>(acked_ - persisted_seq_);
  return out;
}

size_t IndexImpl::flushed_memory_bytes() const {
  size_t bytes = 0;
  for (const SegmentState& state : segments()) bytes += state.young() ? 0 : state.memory_bytes();
  return bytes;
}

void IndexImpl::mark_deleted() {
  deleted_ = true;
  stopped_ = true;
  refreshed_.notify_all();
  std::lock_guard lock(state_mutex_);
  for (const SegmentState& state : segments_) {
    if (state.guard) state.guard->obsolete = true;
  }
  directory_guard_->obsolete = true;  // goes with the index and its last searcher
}

// ---- dictionary of row blocks

namespace {
// Enough for zstd's trainer to find what documents share; training takes some 5 ms.
constexpr size_t kSampleBytes = 1 << 20;
constexpr size_t kSampleBytesOfOne = 4096;
}  // namespace

void IndexImpl::offer_sample(std::string_view source) {
  if (!wants_samples_.load(std::memory_order_relaxed)) return;
  std::lock_guard lock(samples_mutex_);
  if (sample_bytes_ >= kSampleBytes) return;
  samples_.emplace_back(source.substr(0, kSampleBytesOfOne));
  sample_bytes_ += samples_.back().size();
}

void IndexImpl::train_dictionary_if_due() {
  if (!wants_samples_.load(std::memory_order_relaxed)) return;
  std::vector<std::string> samples;
  {
    std::lock_guard lock(samples_mutex_);
    if (shared_.store->dictionary(key())) {
      wants_samples_ = false;
      samples_.clear();
      return;
    }
    if (sample_bytes_ < kSampleBytes) return;
    wants_samples_ = false;
    samples = std::move(samples_);
    samples_.clear();
  }
  guarded("train a dictionary", [&] { shared_.store->train_dictionary(key(), samples); });
}

void IndexImpl::guarded(std::string_view what, const std::function<void()>& work) const {
  try {
    work();
  } catch (const std::exception& error) {
    shared_.log(fmt::format("index [{}]: cannot {}: {}", name(), what, error.what()));
  }
}

}  // namespace tarn

#include "server/api/by_query_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <future>
#include <set>
#include <thread>

#include "indexer/index_names.h"
#include "indexer/script/by_query.h"
#include "server/api/bulk_execution.h"
#include "server/api/by_query_source.h"
#include "server/script_registry.h"

namespace tarn::server {
namespace {

using Clock = std::chrono::steady_clock;
using Kind = ByQueryRequest::Kind;

constexpr int kAutoSlicesMax = 20;
constexpr int kSliceThreadsMax = 16;
constexpr size_t kFailuresMax = 10'000;      // that an answer lists; a batch is not larger

/// What _tasks looks at while the operation runs, and what remains of it afterwards.
struct SharedProgress {
  std::vector<std::shared_ptr<ByQueryProgress>> parts;  // one a slice; one where nothing is sliced
  bool sliced = false;

  Json status() const {
    Json out = Json::object();
    if (!sliced) {
      add_figures(out, parts[0]->figures(), {});
      return out;
    }
    std::vector<ByQueryFigures> all;
    Json slices = Json::array();
    for (const auto& part : parts) {
      all.push_back(part->figures());
      Json one = Json::object();
      add_figures(one, all.back(), {});
      slices.push_back(std::move(one));
    }
    add_figures(out, sum_of(all), {});
    out["slices"] = std::move(slices);
    return out;
  }
  void rethrottle(float rate) const {
    for (const auto& part : parts) part->rethrottle(rate / static_cast<float>(parts.size()));
  }
  void cancel(const std::string& reason) const {
    for (const auto& part : parts) part->cancel(reason);
  }
};

/// Works through one slice.
class Worker {
 public:
  Worker(Services& services, const ByQueryRequest& request, ByQueryProgress& progress, int64_t max_docs)
      : services_(services), request_(request), progress_(progress), max_docs_(max_docs) {}

  std::vector<Json> failures;
  int status = 200;
  bool timed_out = false;
  std::set<std::string> written;             // indices
  std::function<void()> after_batch;

  void run(DocumentSource& source) {
    if (request_.script) {
      script_ = std::make_unique<script::ByQueryScript>(script::compile(*request_.script, script::Context::kUpdate, &services_.scripts),
                                                        request_.script->params, request_.kind == Kind::kUpdate);
    }
    const auto total = static_cast<int64_t>(source.total());
    progress_.update([&](ByQueryFigures& f) { f.total = max_docs_ < 0 ? total : std::min(total, max_docs_); });
    timed_out = source.timed_out();
    if (timed_out) return;
    auto begin = Clock::now();
    size_t size = 0;
    std::future<Batch> ahead;
    for (;;) {
      Batch batch = ahead.valid() ? ahead.get() : read(source);
      progress_.throttle(begin, size);
      if (batch.documents.empty() || progress_.cancelled()) return;
      begin = Clock::now();
      progress_.update([](ByQueryFigures& f) { ++f.batches; });
      if (batch.failure) std::rethrow_exception(batch.failure);
      // Where nothing of the next batch depends on what becomes of this one, it is read while this one is written.
      if (max_docs_ < 0 && std::isinf(progress_.figures().requests_per_second)) {
        ahead = std::async(std::launch::async, [this, &source] { return make_batch(source); });
      }
      size = write(batch);
      if (after_batch) after_batch();
      if (!failures.empty() || progress_.cancelled()) return;
      if (max_docs_ >= 0 && progress_.figures().processed() >= max_docs_) return;
    }
  }

 private:
  /// Documents as they were found, and what is to be done with them.
  struct Batch {
    std::vector<SourceDocument> documents;   // the items view them
    std::vector<BulkItem> items;
    int64_t noops = 0;
    std::exception_ptr failure;              // of the script; told once the batch counts as begun
  };

  /// The next batch, cut to what max_docs leaves.
  Batch read(DocumentSource& source) {
    const int64_t left = max_docs_ < 0 ? -1 : std::max<int64_t>(0, max_docs_ - progress_.figures().processed());
    return make_batch(source, left);
  }

  Batch make_batch(DocumentSource& source, int64_t left = -1) {
    Batch out;
    out.documents = source.next();
    if (left >= 0 && left < static_cast<int64_t>(out.documents.size())) out.documents.resize(static_cast<size_t>(left));
    out.items.reserve(out.documents.size());
    try {
      for (SourceDocument& document : out.documents) {
        BulkItem item = make_item(document);
        if (!script_ || apply_script(document, item)) out.items.push_back(std::move(item));
        else ++out.noops;
      }
    } catch (...) {
      out.failure = std::current_exception();
    }
    return out;
  }

  /// The number of operations that were sent to the engine.
  size_t write(Batch& batch) {
    if (batch.noops > 0) progress_.update([&](ByQueryFigures& f) { f.noops += batch.noops; });
    if (batch.items.empty()) return 0;
    BulkExecution bulk(services_, std::move(batch.items), RefreshPolicy::kNone);
    bulk.set_active_shards(request_.active_shards);
    bulk.run();
    count(bulk);
    return bulk.size();
  }

  BulkItem make_item(const SourceDocument& document) const {
    BulkItem item;
    item.id = document.id;
    item.has_id = true;
    item.source = document.source;
    item.routing = document.routing;
    if (request_.pipeline) {
      item.pipeline = *request_.pipeline;
      item.has_pipeline = true;
    }
    if (request_.kind != Kind::kReindex) {
      item.type = request_.kind == Kind::kDelete ? WriteType::kDelete : WriteType::kIndex;
      item.index = document.index;
      item.if_seq_no = document.seq_no;
      item.if_primary_term = document.primary_term;
      return item;
    }
    item.type = request_.create_only ? WriteType::kCreate : WriteType::kIndex;
    item.index = request_.destination;
    item.require_alias = request_.require_alias;
    item.version_type = request_.version_type;
    if (request_.version_type != VersionType::kInternal) item.version = document.version;
    if (request_.routing && *request_.routing != "keep") {
      item.routing = *request_.routing == "discard" ? std::string() : request_.routing->substr(1);
    }
    return item;
  }

  /// False: nothing is to be done with the document.
  bool apply_script(SourceDocument& document, BulkItem& item) {
    script::ByQueryScript::Input input;
    input.index = document.index;
    input.id = document.id;
    input.source = document.source;
    input.routing = document.routing;
    input.version = document.version;
    script::ByQueryScript::Output output = script_->run(input);
    if (output.action == script::ByQueryScript::Action::kNoop) return false;
    if (output.index) item.index = **output.index;
    if (output.id) {
      item.has_id = output.id->has_value();
      item.id = output.id->value_or("");
    }
    if (output.version) {
      item.version = *output.version;
      if (!item.version) item.version_type = VersionType::kInternal;
    }
    if (output.routing) item.routing = output.routing->value_or("");
    if (output.action == script::ByQueryScript::Action::kDelete) {
      // The condition on seq_no stays, other than in OpenSearch: what changed since must not be lost.
      item.type = WriteType::kDelete;
      item.version_type = VersionType::kInternal;
      item.version.reset();
      item.has_pipeline = false;
      return true;
    }
    document.source = std::move(output.source);
    item.source = document.source;
    return true;
  }

  void count(const BulkExecution& bulk) {
    ByQueryFigures sum;
    for (size_t i = 0; i < bulk.size(); ++i) {
      if (const Error* error = bulk.failure(i)) {
        if (error->status == 409) ++sum.version_conflicts;
        if (error->status != 409 || request_.abort_on_conflict) add_failure(bulk, i, *error);
        continue;
      }
      if (!bulk.dropped(i)) written.insert(bulk.index_name(i));
      if (bulk.item(i).type == WriteType::kDelete) ++sum.deleted;
      else if (!bulk.dropped(i) && bulk.outcome(i).result == WriteResult::kCreated) ++sum.created;
      else ++sum.updated;
    }
    progress_.update([&](ByQueryFigures& f) {
      f.version_conflicts += sum.version_conflicts;
      f.deleted += sum.deleted;
      f.created += sum.created;
      f.updated += sum.updated;
    });
  }

  void add_failure(const BulkExecution& bulk, size_t i, const Error& error) {
    status = std::max(status, error.status);
    if (failures.size() >= kFailuresMax) return;
    const BulkItem& item = bulk.item(i);
    failures.push_back(Json{{"index", bulk.index_name(i)}, {"id", item.has_id ? Json(item.id) : Json()},
                            {"cause", error.to_json()}, {"status", error.status}});
  }

  Services& services_;
  const ByQueryRequest& request_;
  ByQueryProgress& progress_;
  const int64_t max_docs_;
  std::unique_ptr<script::ByQueryScript> script_;
};

/// What ReindexValidator checks before anything is read.
void check_reindex(Services& services, const ByQueryRequest& request) {
  if (request.remote) check_allowlist(*request.remote, services.reindex_allowlist);
  const Catalog& catalog = services.catalog;
  if (request.require_alias && !catalog.is_alias(request.destination)) {
    throw ApiError(index_not_found(request.destination, fmt::format("[require_alias] request flag is [true] and [{}] is not an alias",
                                                                    request.destination)));
  }
  if (request.remote) return;
  const auto sources = catalog.resolve(request.scope.indices, request.scope.options);
  std::string target = resolve_date_math(request.destination, now_ms());
  if (catalog.is_alias(target)) target = services.catalog.resolve_write(target, false, false, nullptr)->name();
  for (const ResolvedIndex& source : sources) {
    if (source.index->name() != target) continue;
    Validation complaint;
    complaint.add(fmt::format("reindex cannot write into an index its reading from [{}]", request.destination));
    complaint.throw_if_any();
  }
}

}  // namespace

class ByQueryOperation::Impl {
 public:
  Impl(Services& services, std::shared_ptr<const ByQueryRequest> request, std::shared_ptr<Task> task)
      : services_(services), request_(std::move(request)), task_(std::move(task)), progress_(std::make_shared<SharedProgress>()) {
    const int slice_id = request_->search && request_->search->slice ? request_->search->slice->id : -1;
    progress_->parts = {std::make_shared<ByQueryProgress>(slice_id, request_->requests_per_second)};
    watch();
  }

  Answer run() {
    const auto begin = Clock::now();
    if (request_->kind == Kind::kReindex) check_reindex(services_, *request_);
    SearchScope scope;
    if (!request_->remote) scope = open_search_scope(services_, request_->scope);
    const int slices = request_->slices == 0 ? auto_slices(scope) : request_->slices;
    slices == 1 ? run_whole(scope) : run_slices(scope, slices);
    if (request_->refresh && !task_->cancelled()) {
      for (const std::string& name : written_) {
        if (const auto index = services_.engine.find(name)) index->refresh();
      }
    }
    const int64_t took_ms = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - begin).count();
    return answer(took_ms);
  }

 private:
  /// Ties the task to the progress as it is now: the slices are known once the scope is.
  void watch() {
    task_->set_status([shared = progress_] { return shared->status(); });
    task_->set_speed_control([shared = progress_](float rate) { shared->rethrottle(rate); });
    task_->on_cancel([shared = progress_, task = std::weak_ptr<Task>(task_)] {
      if (const auto alive = task.lock()) shared->cancel(alive->cancel_reason());
    });
  }

  query::SearchContext search_context() const {
    query::SearchContext context = make_search_context(services_, RestRequest());
    context.cancelled = task_->flag();
    return context;
  }

  static int auto_slices(const SearchScope& scope) {
    int least = kAutoSlicesMax;
    for (const auto& index : scope.indices) least = std::min(least, index->settings()->number_of_shards);
    return scope.indices.empty() ? 1 : std::max(1, least);
  }

  void run_whole(const SearchScope& scope) {
    Worker worker(services_, *request_, *progress_->parts[0], request_->max_docs);
    worker.after_batch = [this] { services_.tasks->note_progress(*task_); };
    try {
      const auto source = request_->remote ? open_remote_source(*request_) : open_local_source(*request_, scope, search_context(), std::nullopt);
      worker.run(*source);
    } catch (const ApiError&) {
      if (!task_->cancelled()) throw;  // a search that was given up because of the cancellation
    }
    take(worker);
  }

  void run_slices(const SearchScope& scope, int slices) {
    check_slices(scope, slices);
    auto shared = std::make_shared<SharedProgress>();
    shared->sliced = true;
    const float rate = request_->requests_per_second / static_cast<float>(slices);
    for (int i = 0; i < slices; ++i) shared->parts.push_back(std::make_shared<ByQueryProgress>(i, rate));
    progress_ = shared;
    watch();
    std::vector<std::shared_ptr<Task>> children;
    for (int i = 0; i < slices; ++i) children.push_back(start_child(i));
    const int64_t max_docs = request_->max_docs < 0 ? -1 : request_->max_docs / slices;
    std::vector<std::unique_ptr<Worker>> workers;
    for (int i = 0; i < slices; ++i) workers.push_back(std::make_unique<Worker>(services_, *request_, *shared->parts[static_cast<size_t>(i)], max_docs));
    std::vector<std::exception_ptr> errors(static_cast<size_t>(slices));
    std::atomic<int> next{0};
    const auto work = [&] {
      for (int i = next++; i < slices; i = next++) {
        try {
          run_slice(scope, i, slices, *workers[static_cast<size_t>(i)]);
        } catch (...) {
          errors[static_cast<size_t>(i)] = std::current_exception();
        }
        children[static_cast<size_t>(i)].reset();
      }
    };
    std::vector<std::thread> threads;
    for (int i = 1; i < std::min(slices, kSliceThreadsMax); ++i) threads.emplace_back(work);
    work();
    for (std::thread& thread : threads) thread.join();
    for (const auto& error : errors) {
      if (error && !task_->cancelled()) std::rethrow_exception(error);
    }
    for (const auto& worker : workers) take(*worker);
  }

  std::shared_ptr<Task> start_child(int slice) {
    Task::Facts facts = task_->facts;
    facts.parent = task_->number;
    auto child = services_.tasks->start(std::move(facts));
    const auto part = progress_->parts[static_cast<size_t>(slice)];
    child->set_status([part] {
      Json out = Json::object();
      add_figures(out, part->figures(), {});
      return out;
    });
    child->set_speed_control([part](float rate) { part->rethrottle(rate); });
    child->on_cancel([part, task = std::weak_ptr<Task>(child)] {
      if (const auto alive = task.lock()) part->cancel(alive->cancel_reason());
    });
    return child;
  }

  void run_slice(const SearchScope& scope, int slice, int slices, Worker& worker) {
    worker.after_batch = [this] { services_.tasks->note_progress(*task_); };
    query::SliceClause clause;
    clause.id = slice;
    clause.max = slices;
    worker.run(*open_local_source(*request_, scope, search_context(), clause));
  }

  /// What a slice of so many would be refused for, told once and not as a failed search.
  static void check_slices(const SearchScope& scope, int slices) {
    for (const auto& index : scope.indices) {
      const auto settings = index->settings();
      const auto it = settings->flat.find("index.max_slices_per_scroll");
      const std::string text = it == settings->flat.end() ? "1024" : it->is_string() ? it->get<std::string>() : it->dump();
      if (slices <= std::strtoll(text.c_str(), nullptr, 10)) continue;
      throw ApiError(illegal_argument(
          fmt::format("The number of slices [{}] is too large. It must be less than [{}]. This limit can be set by changing the "
                      "[index.max_slices_per_scroll] index level setting.", slices, text)));
    }
  }

  void take(Worker& worker) {
    status_ = std::max(status_, worker.status);
    timed_out_ = timed_out_ || worker.timed_out;
    for (Json& failure : worker.failures) failures_.push_back(std::move(failure));
    written_.merge(worker.written);
  }

  Answer answer(int64_t took_ms) const {
    Answer out;
    out.status = timed_out_ ? 408 : status_;
    ByQueryShape shape;
    shape.updated = request_->kind != Kind::kDelete;
    shape.created = request_->kind == Kind::kReindex;
    out.body = body(took_ms, shape);
    out.human_body = body(took_ms, {true, true, true});
    return out;
  }

  Json body(int64_t took_ms, const ByQueryShape& shape) const {
    Json out{{"took", took_ms}, {"timed_out", timed_out_}};
    std::vector<ByQueryFigures> all;
    for (const auto& part : progress_->parts) all.push_back(part->figures());
    add_figures(out, progress_->sliced ? sum_of(all) : all[0], shape);
    if (progress_->sliced) {
      Json& slices = out["slices"] = Json::array();
      for (const ByQueryFigures& figures : all) {
        Json one = Json::object();
        add_figures(one, figures, shape);
        slices.push_back(std::move(one));
      }
    }
    out["failures"] = failures_;
    return out;
  }

  Services& services_;
  const std::shared_ptr<const ByQueryRequest> request_;
  const std::shared_ptr<Task> task_;
  std::shared_ptr<SharedProgress> progress_;
  std::vector<Json> failures_;
  int status_ = 200;
  bool timed_out_ = false;
  std::set<std::string> written_;
};

ByQueryOperation::ByQueryOperation(Services& services, std::shared_ptr<const ByQueryRequest> request, std::shared_ptr<Task> task)
    : impl_(std::make_unique<Impl>(services, std::move(request), std::move(task))) {}
ByQueryOperation::~ByQueryOperation() = default;

ByQueryOperation::Answer ByQueryOperation::run() { return impl_->run(); }

}  // namespace tarn::server

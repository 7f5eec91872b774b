#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <vector>

#include "server/cli/bulk_batch.h"
#include "server/cli/concurrency_limit.h"
#include "server/cli/http_client.h"

namespace tarn::cli {

struct SendOptions {
  std::string target;              ///< path and query of the bulk endpoint
  std::string idempotency_prefix;  ///< sends Idempotency-Key headers that begin so; empty: none
  bool conflicts_are_ours =
      false;  ///< a 409 means that an earlier try of the same request created the document
  double give_up_seconds = 120;  ///< how long to try again without any answer that is of use
};

/// Sends batches over one connection until every document has its result: waits and tries again
/// where the server is overloaded or away, and halves a batch that it refuses as a whole, so that
/// one bad document costs only itself.
class BulkSender {
 public:
  BulkSender(const Url& url, const SendOptions& options, ConcurrencyLimit& limit,
             const std::atomic<bool>& stop)
      : client_(url), options_(options), limit_(limit), stop_(stop) {}

  /// One result for each item, in order. Throws CliError kUnreachable if the server stays away or
  /// forbids it.
  std::vector<BulkResult> send(const BulkBatch& batch);

 private:
  void send_items(const BulkBatch& batch, const std::vector<size_t>& which,
                  std::vector<BulkResult>& results, int attempt);
  void send_halves(const BulkBatch& batch, const std::vector<size_t>& which,
                   std::vector<BulkResult>& results, int attempt);
  void send_without_broken(const BulkBatch& batch, const std::vector<size_t>& which,
                           std::vector<BulkResult>& results, int attempt);
  HttpResponse post(const BulkBatch& batch, const std::string& body, int attempt, size_t documents);
  void wait(double seconds) const;

  HttpClient client_;
  const SendOptions& options_;
  ConcurrencyLimit& limit_;
  const std::atomic<bool>& stop_;
};

}  // namespace tarn::cli

#include "server/cli/bulk_sender.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <thread>

#include "indexer/base/error.h"
#include "indexer/base/json.h"
#include "server/cli/cli_error.h"

namespace tarn::cli {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// FNV-1a: the same body gets the same key in every run.
uint64_t fingerprint(std::string_view text) {
  uint64_t hash = 0xcbf29ce484222325u;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
  return hash;
}

/// The reason of an error answer, on one line.
std::string reason_of(const HttpResponse& response) {
  try {
    const Json body = parse_json(response.body);
    if (body.contains("error") && body["error"].is_object() && body["error"].contains("reason")) {
      return body["error"].value("type", "") + ": " + to_text(body["error"]["reason"]);
    }
    if (body.contains("error")) return to_text(body["error"]);
  } catch (const ApiError&) {  // not JSON: the text will do
  }
  std::string text = response.body.substr(0, 200);
  std::replace(text.begin(), text.end(), '\n', ' ');
  return "HTTP " + std::to_string(response.status) + " " + text;
}

double retry_after(const HttpResponse& response, int attempt) {
  const std::string_view header = response.header("retry-after");
  double seconds = 0;
  if (std::from_chars(header.data(), header.data() + header.size(), seconds).ec == std::errc() &&
      !header.empty()) {
    return std::clamp(seconds, 0.05, 60.0);
  }
  return std::min(10.0, 0.1 * (1 << std::min(attempt, 7)));
}

/// OpenSearch with an ingest pipeline answers for one broken document as if all of the request were
/// broken.
bool blames_the_batch(const BulkResult& answer) {
  return answer.kind == BulkResult::Kind::refused &&
         answer.reason.starts_with("parse_exception: Failed to parse content to map");
}

}  // namespace

void BulkSender::wait(double seconds) const {
  const auto start = Clock::now();
  while (seconds_since(start) < seconds) {
    if (stop_) throw CliError(kUnreachable, "stopped");
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
}

std::vector<BulkResult> BulkSender::send(const BulkBatch& batch) {
  std::vector<BulkResult> results(batch.items.size());
  std::vector<size_t> all(batch.items.size());
  for (size_t i = 0; i < all.size(); ++i) all[i] = i;
  send_items(batch, all, results, 0);
  return results;
}

HttpResponse BulkSender::post(const BulkBatch& batch, const std::string& body, int attempt,
                              size_t documents) {
  HttpClient::Headers headers{{"Content-Type", "application/x-ndjson"}};
  if (!options_.idempotency_prefix.empty()) {
    std::string key = options_.idempotency_prefix + "-" + std::to_string(batch.number);
    if (body.size() != batch.body.size()) key += "-" + std::to_string(fingerprint(body));
    if (attempt > 0) key += "-" + std::to_string(attempt);
    headers.emplace_back("Idempotency-Key", std::move(key));
  }
  const auto first = Clock::now();
  for (int tries = 0;; ++tries) {
    const auto start = Clock::now();
    std::string trouble;
    double pause = std::min(5.0, 0.1 * (1 << std::min(tries, 6)));
    limit_.acquire();
    bool overloaded = false;
    try {
      HttpResponse response = client_.request("POST", options_.target, body, headers);
      const bool away = response.status == 502 || response.status == 503 ||
                        response.status == 504 || response.status == 500;
      if (response.status != 429 && !away) {
        limit_.release(seconds_since(start), documents);
        return response;
      }
      overloaded = response.status == 429;
      pause = retry_after(response, tries);
      trouble = reason_of(response);
    } catch (const ConnectionError& error) {
      trouble = error.what();
    }
    if (overloaded) limit_.overloaded();
    limit_.release(0, 0);
    // An overloaded server is alive: it may take longer than one that does not answer.
    if (seconds_since(first) > options_.give_up_seconds * (overloaded ? 10 : 1))
      throw CliError(kUnreachable, trouble);
    wait(pause);
  }
}

void BulkSender::send_halves(const BulkBatch& batch, const std::vector<size_t>& which,
                             std::vector<BulkResult>& results, int attempt) {
  const auto middle = which.begin() + static_cast<std::ptrdiff_t>(which.size() / 2);
  send_items(batch, std::vector<size_t>(which.begin(), middle), results, attempt);
  send_items(batch, std::vector<size_t>(middle, which.end()), results, attempt);
}

void BulkSender::send_without_broken(const BulkBatch& batch, const std::vector<size_t>& which,
                                     std::vector<BulkResult>& results, int attempt) {
  std::vector<size_t> whole;
  for (const size_t i : which) {
    const std::string_view lines = batch.text(batch.items[i]);
    if (is_json(lines.substr(lines.find('\n') + 1))) {
      whole.push_back(i);
    } else {
      results[i].kind = BulkResult::Kind::refused;
      results[i].status = 400;
      results[i].reason = "not valid JSON";
    }
  }
  if (whole.size() == which.size()) {
    send_halves(batch, which, results, attempt);
  } else if (!whole.empty()) {
    send_items(batch, whole, results, attempt);
  }
}

void BulkSender::send_items(const BulkBatch& batch, const std::vector<size_t>& which,
                            std::vector<BulkResult>& results, int attempt) {
  std::string part;
  const bool whole = which.size() == batch.items.size();
  if (!whole) {
    for (const size_t i : which) part += batch.text(batch.items[i]);
  }
  const std::string& body = whole ? batch.body : part;
  const HttpResponse response = post(batch, body, attempt, which.size());
  if (!response.ok()) {
    const bool fatal = response.status != 400 && response.status != 413;
    if (fatal) throw CliError(kUnreachable, "the server refuses: " + reason_of(response));
    if (which.size() == 1) {
      results[which[0]].kind = BulkResult::Kind::refused;
      results[which[0]].status = response.status;
      results[which[0]].reason = reason_of(response);
      return;
    }
    send_halves(batch, which, results, attempt);
    return;
  }
  std::vector<BulkResult> answers;
  if (!parse_bulk_response(response.body, which.size(), answers)) {
    throw CliError(kUnreachable, "the server's answer to _bulk cannot be understood: " +
                                     response.body.substr(0, 200));
  }
  if (which.size() > 1 && std::all_of(answers.begin(), answers.end(), blames_the_batch)) {
    send_without_broken(batch, which, results, attempt);
    return;
  }
  std::vector<size_t> again;
  for (size_t i = 0; i < which.size(); ++i) {
    BulkResult& answer = answers[i];
    if (answer.status == 409 && options_.conflicts_are_ours)
      answer.kind = BulkResult::Kind::created;
    if (answer.kind == BulkResult::Kind::retry) again.push_back(which[i]);
    results[which[i]] = std::move(answer);
  }
  if (again.empty()) return;
  limit_.overloaded();
  if (attempt >= 50) {  // minutes of refusals: these documents are reported as refused
    for (const size_t i : again) results[i].kind = BulkResult::Kind::refused;
    return;
  }
  wait(retry_after(response, attempt));
  send_items(batch, again, results, attempt + 1);
}

}  // namespace tarn::cli

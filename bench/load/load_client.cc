// tarn-load: a client that is not the bottleneck. It splits and frames bytes without parsing them, keeps connections
// open, and measures each request. Prints one JSON object. bench/run drives it.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <mutex>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "server/cli/http_client.h"

namespace {

using Clock = std::chrono::steady_clock;
using tarn::cli::HttpClient;
using tarn::cli::Url;

struct Arguments {
  std::string command, url = "http://127.0.0.1:9200", index, file, field, id_field, workload;
  int connections = 1;
  size_t batch_bytes = 4 << 20, batch_docs = 1000, count = 1000;
  uint64_t seed = 1;
  double rate = 0;        // requests a second over all connections; 0: as fast as answers come
  double seconds = 0;     // 0: until `count` are done
};

[[noreturn]] void die(const std::string& message) {
  std::fprintf(stderr, "tarn-load: %s\n", message.c_str());
  std::exit(2);
}

Arguments parse(int argc, char** argv) {
  Arguments a;
  if (argc < 2) die("usage: tarn-load bulk|update|query --url URL --index NAME [--file F] [--id-field F] [--field F] [--workload W] "
                    "[--connections N] [--batch-mb N] [--batch-docs N] [--count N] [--seed N] [--rate R] [--seconds S]");
  a.command = argv[1];
  for (int i = 2; i + 1 < argc; i += 2) {
    const std::string name = argv[i], value = argv[i + 1];
    if (name == "--url") a.url = value;
    else if (name == "--index") a.index = value;
    else if (name == "--file") a.file = value;
    else if (name == "--field") a.field = value;
    else if (name == "--id-field") a.id_field = value;
    else if (name == "--workload") a.workload = value;
    else if (name == "--connections") a.connections = std::stoi(value);
    else if (name == "--batch-mb") a.batch_bytes = static_cast<size_t>(std::stod(value) * (1 << 20));
    else if (name == "--batch-docs") a.batch_docs = std::stoul(value);
    else if (name == "--count") a.count = std::stoul(value);
    else if (name == "--seed") a.seed = std::stoull(value);
    else if (name == "--rate") a.rate = std::stod(value);
    else if (name == "--seconds") a.seconds = std::stod(value);
    else die("unknown option " + name);
  }
  return a;
}

double seconds_since(Clock::time_point begin) { return std::chrono::duration<double>(Clock::now() - begin).count(); }

/// Latencies of all connections, in milliseconds.
class Latencies {
 public:
  void add(double ms) {
    const std::lock_guard lock(mutex_);
    values_.push_back(ms);
  }
  std::string json() {
    if (values_.empty()) return "\"n\":0";
    std::sort(values_.begin(), values_.end());
    const auto at = [&](double q) { return values_[std::min(values_.size() - 1, static_cast<size_t>(q * static_cast<double>(values_.size())))]; };
    double sum = 0;
    for (double v : values_) sum += v;
    char out[256];
    std::snprintf(out, sizeof out, "\"n\":%zu,\"mean_ms\":%.4f,\"p50_ms\":%.4f,\"p90_ms\":%.4f,\"p99_ms\":%.4f,\"max_ms\":%.4f", values_.size(),
                  sum / static_cast<double>(values_.size()), at(0.5), at(0.9), at(0.99), values_.back());
    return out;
  }

 private:
  std::mutex mutex_;
  std::vector<double> values_;
};

/// The string value of a top-level looking `"field":"..."` in a line; enough for ids of generated data.
std::string value_of(const std::string& line, const std::string& needle) {
  const size_t at = line.find(needle);
  if (at == std::string::npos) return "";
  const size_t begin = at + needle.size();
  return line.substr(begin, line.find('"', begin) - begin);
}

const std::vector<std::pair<std::string, std::string>> kNdjson = {{"content-type", "application/x-ndjson"}};

/// Lines of the file as bulk bodies, handed to the connections one at a time.
int bulk(const Arguments& a) {
  std::ifstream in(a.file, std::ios::binary);
  if (!in) die("cannot read " + a.file);
  const std::string needle = "\"" + a.id_field + "\":\"";
  std::mutex mutex;
  size_t docs = 0;
  std::atomic<size_t> failed_requests{0}, failed_items{0};
  Latencies latencies;
  const auto begin = Clock::now();
  const auto next_body = [&](std::string& body) {
    const std::lock_guard lock(mutex);
    body.clear();
    std::string line;
    size_t in_batch = 0;
    while (body.size() < a.batch_bytes && std::getline(in, line)) {
      if (line.empty()) continue;
      if (a.id_field.empty()) body += "{\"index\":{}}\n";
      else (body += "{\"index\":{\"_id\":\"").append(value_of(line, needle)) += "\"}}\n";
      (body += line) += '\n';
      ++in_batch;
    }
    docs += in_batch;
    return in_batch > 0;
  };
  std::vector<std::thread> threads;
  for (int c = 0; c < a.connections; ++c) {
    threads.emplace_back([&] {
      HttpClient client(Url::parse(a.url));
      std::string body;
      body.reserve(a.batch_bytes + (1 << 20));
      while (next_body(body)) {
        while (true) {
          const auto sent = Clock::now();
          const auto response = client.request("POST", "/" + a.index + "/_bulk", body, kNdjson);
          if (response.status == 429) {
            std::this_thread::sleep_for(std::chrono::milliseconds(200));
            continue;
          }
          latencies.add(seconds_since(sent) * 1000);
          if (!response.ok()) {
            ++failed_requests;
            std::fprintf(stderr, "%d %s\n", response.status, response.body.substr(0, 300).c_str());
          } else if (response.body.find("\"errors\":true") != std::string::npos) {
            ++failed_items;
            std::fprintf(stderr, "item errors: %s\n", response.body.substr(response.body.find("\"error\""), 300).c_str());
          }
          break;
        }
      }
    });
  }
  for (auto& thread : threads) thread.join();
  const double acknowledged_s = seconds_since(begin);
  HttpClient client(Url::parse(a.url));
  client.request("POST", "/" + a.index + "/_refresh");
  const double searchable_s = seconds_since(begin);
  std::printf("{\"docs\":%zu,\"acknowledged_s\":%.3f,\"searchable_s\":%.3f,\"docs_per_s\":%.0f,\"failed_requests\":%zu,\"failed_items\":%zu,%s}\n",
              docs, acknowledged_s, searchable_s, static_cast<double>(docs) / searchable_s, failed_requests.load(), failed_items.load(),
              latencies.json().c_str());
  return failed_requests || failed_items ? 1 : 0;
}

std::vector<std::string> read_ids(const Arguments& a) {
  std::ifstream in(a.file, std::ios::binary);
  if (!in) die("cannot read " + a.file);
  const std::string needle = "\"" + a.id_field + "\":\"";
  std::vector<std::string> ids;
  for (std::string line; std::getline(in, line);) ids.push_back(value_of(line, needle));
  return ids;
}

/// Holds a rate over all connections, if one was asked for.
class Pace {
 public:
  explicit Pace(double rate) : rate_(rate), begin_(Clock::now()) {}
  void wait() {
    if (rate_ <= 0) return;
    const auto due = begin_ + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(static_cast<double>(next_++) / rate_));
    std::this_thread::sleep_until(due);
  }

 private:
  double rate_;
  Clock::time_point begin_;
  std::atomic<size_t> next_{0};
};

int update(const Arguments& a) {
  const std::vector<std::string> ids = read_ids(a);
  std::atomic<size_t> sent{0}, failures{0};
  Latencies latencies;
  Pace pace(a.rate);
  const auto begin = Clock::now();
  std::vector<std::thread> threads;
  for (int c = 0; c < a.connections; ++c) {
    threads.emplace_back([&, c] {
      HttpClient client(Url::parse(a.url));
      std::mt19937_64 random(a.seed * 1000 + static_cast<uint64_t>(c));
      std::string body;
      while (true) {
        if (a.seconds > 0 ? seconds_since(begin) >= a.seconds : sent.fetch_add(a.batch_docs) >= a.count) break;
        if (a.seconds > 0) sent.fetch_add(a.batch_docs);
        pace.wait();
        body.clear();
        for (size_t i = 0; i < a.batch_docs; ++i) {
          body += "{\"update\":{\"_id\":\"" + ids[random() % ids.size()] + "\"}}\n{\"doc\":{\"" + a.field + "\":" + std::to_string(20 + random() % 900) + "}}\n";
        }
        const auto at = Clock::now();
        const auto response = client.request("POST", "/" + a.index + "/_bulk", body, kNdjson);
        latencies.add(seconds_since(at) * 1000);
        if (!response.ok() || response.body.find("\"errors\":true") != std::string::npos) {
          ++failures;
          const size_t error = response.body.find("\"error\"");
          std::fprintf(stderr, "update %d: %s\n", response.status, response.body.substr(error == std::string::npos ? 0 : error, 300).c_str());
        }
      }
    });
  }
  for (auto& thread : threads) thread.join();
  const double elapsed = seconds_since(begin);
  const size_t updates = a.seconds > 0 ? sent.load() : a.count;
  HttpClient client(Url::parse(a.url));
  client.request("POST", "/" + a.index + "/_refresh");
  std::printf("{\"updates\":%zu,\"seconds\":%.3f,\"updates_per_s\":%.0f,\"searchable_s\":%.3f,\"failures\":%zu,%s}\n", updates, elapsed,
              static_cast<double>(updates) / elapsed, seconds_since(begin), failures.load(), latencies.json().c_str());
  return failures ? 1 : 0;
}

/// Bodies of searches with parameters that hardly ever repeat.
class Workload {
 public:
  Workload(const Arguments& a, uint64_t seed, const std::vector<std::vector<std::string>>& texts)
      : kind_(a.workload), texts_(texts), random_(seed) {}

  std::string next() {
    if (kind_ == "filter_sort") return filter_sort("");
    if (kind_ == "filter_text_sort") return filter_sort(R"({"match":{"description":")" + words(2, " ", false) + R"("}},)");
    if (kind_ == "facets") return facets();
    if (kind_ == "page") return page();
    if (kind_ == "text2") return match(words(2, " ", false), "or");
    if (kind_ == "text5") return match(words(5, " ", false), "or");
    if (kind_ == "text3and") return match(words(3, " ", true), "and");
    if (kind_ == "text3") return match(words(3, " ", false), "or");
    if (kind_ == "text2and") return match(words(2, " ", true), "and");
    if (kind_ == "fuzzy") {
      return R"({"query":{"match":{"description":{"query":")" + misspelt() + R"(","fuzziness":"AUTO"}}},"_source":false})";
    }
    if (kind_ == "prefix") return R"({"query":{"prefix":{"description":")" + beginning() + R"("}},"_source":false})";
    if (kind_ == "text_filtered") {
      return "{\"query\":" + conditions(R"({"match":{"description":")" + words(2, " ", false) + R"("}},)") + R"(,"_source":false})";
    }
    if (kind_ == "phrase") return R"({"query":{"match_phrase":{"description":")" + phrase() + R"("}},"_source":false})";
    if (kind_ == "newest") {
      return R"({"query":{"bool":{"filter":[{"term":{"tenant":")" + tenant() + R"("}},{"term":{"success":)" + (chance(0.5) ? "true" : "false") +
             R"(}}]}},"sort":[{"created_at":"desc"}],"size":50})";
    }
    if (kind_ == "tenant_users") {
      return R"({"size":0,"query":{"range":{"duration_ms":{"gte":)" + number(0, 400) + R"(,"lte":)" + number(20000, 90000) +
             R"(}}},"aggs":{"t":{"terms":{"field":"tenant","size":20},"aggs":{"u":{"cardinality":{"field":"user"}}}}}})";
    }
    if (kind_ == "hourly") {
      return R"({"size":0,"query":{"range":{"duration_ms":{"gte":)" + number(0, 400) + R"(,"lte":)" + number(20000, 90000) +
             R"(}}},"aggs":{"h":{"date_histogram":{"field":"created_datetime","fixed_interval":"1h"},"aggs":{"a":{"avg":{"field":"duration_ms"}}}}}})";
    }
    if (kind_ == "top_users") {
      return R"({"size":0,"query":{"range":{"duration_ms":{"gte":)" + number(0, 400) + R"(,"lte":)" + number(20000, 90000) +
             R"(}}},"aggs":{"u":{"terms":{"field":"user","size":100}}}})";
    }
    if (kind_ == "percentiles") {
      return R"({"size":0,"query":{"range":{"duration_ms":{"gte":)" + number(0, 400) + R"(,"lte":)" + number(20000, 90000) +
             R"(}}},"aggs":{"n":{"terms":{"field":"event_name","size":100},"aggs":{"p":{"percentiles":{"field":"duration_ms"}}}}}})";
    }
    die("unknown workload " + kind_);
  }

 private:
  bool chance(double p) { return std::uniform_real_distribution<double>(0, 1)(random_) < p; }
  std::string number(int low, int high) { return std::to_string(std::uniform_int_distribution<int>(low, high)(random_)); }
  template <size_t N>
  const char* pick(const char* const (&list)[N]) { return list[random_() % N]; }
  std::string tenant() { return texts_[random_() % texts_.size()][0]; }

  std::string conditions(const std::string& extra) {
    static const char* const kCities[] = {"Edinburgh", "Antwerp", "Jersey City", "Newark", "Brisbane", "Vancouver", "Dublin"};
    static const char* const kRooms[] = {"Entire home/apt", "Private room", "Entire home/apt"};
    static const char* const kAmenities[] = {"Wifi", "Kitchen", "Washer", "Dryer", "Heating", "Hair dryer", "Iron", "Essentials", "Shampoo", "Hangers"};
    const int low = 20 + static_cast<int>(random_() % 100);
    return "{\"bool\":{" + (extra.empty() ? "" : "\"must\":[" + extra.substr(0, extra.size() - 1) + "],") +
           R"("filter":[{"term":{"city":")" + pick(kCities) + R"("}},{"term":{"room_type":")" + pick(kRooms) + R"("}},{"range":{"price_amount":{"gte":)" +
           std::to_string(low) + R"(,"lte":)" + std::to_string(low + 30 + static_cast<int>(random_() % 200)) + R"(}}},{"range":{"accommodates":{"gte":)" +
           number(1, 4) + R"(}}},{"term":{"amenities":")" + pick(kAmenities) + R"("}},{"range":{"availability_365":{"gte":)" + number(0, 200) + "}}}]}}";
  }
  std::string filter_sort(const std::string& text) {
    return "{\"query\":" + conditions(text) + R"(,"sort":[{"price_amount":"asc"}],"size":20,"_source":["name","price_amount","city"]})";
  }
  std::string facets() {
    return R"({"size":0,"query":{"bool":{"filter":[{"range":{"price_amount":{"gte":)" + number(10, 80) + R"(,"lte":)" + number(200, 900) +
           R"(}}},{"range":{"accommodates":{"gte":)" + number(1, 3) +
           R"(}}}]}},"aggs":{"n":{"terms":{"field":"neighbourhood_cleansed","size":20}},"r":{"terms":{"field":"room_type"}},"a":{"terms":{"field":"amenities","size":30}},)"
           R"("h":{"histogram":{"field":"price_amount","interval":50}},"p":{"avg":{"field":"price_amount"}}}})";
  }
  /// A search page of listings: words, six parameters, a circle on the map, facets and twenty results.
  std::string page() {
    struct Centre { const char* city; double lat, lon; };
    static const Centre kCentres[] = {{"Edinburgh", 55.95, -3.19}, {"Antwerp", 51.22, 4.40}, {"Jersey City", 40.72, -74.05}, {"Newark", 40.73, -74.17},
                                      {"Brisbane", -27.47, 153.02}, {"Vancouver", 49.27, -123.12}, {"Dublin", 53.35, -6.26}};
    const Centre& centre = kCentres[random_() % std::size(kCentres)];
    std::string query = conditions(R"({"simple_query_string":{"query":")" + words(2, " ", false) + R"(","fields":["name^2","description"]}},)");
    const size_t city = query.find(R"("city":")") + 8;
    query.replace(city, query.find('"', city) - city, centre.city);
    const size_t filter = query.find(R"("filter":[)") + 10;
    query.insert(filter, R"({"geo_distance":{"distance":")" + number(2, 15) + R"(km","location":{"lat":)" + std::to_string(centre.lat) + R"(,"lon":)" +
                             std::to_string(centre.lon) + "}}},");
    return "{\"query\":" + query + R"(,"size":20,"_source":["name","price_amount","city"],"aggs":{"n":{"terms":{"field":"neighbourhood_cleansed","size":20}},)"
           R"("r":{"terms":{"field":"room_type"}},"a":{"terms":{"field":"amenities","size":30}},"h":{"histogram":{"field":"price_amount","interval":50}}}})";
  }
  static std::string match(const std::string& text, const char* op) {
    return R"({"query":{"match":{"description":{"query":")" + text + R"(","operator":")" + op + R"("}}},"_source":false})";
  }
  const std::vector<std::string>& document() { return texts_[random_() % texts_.size()]; }
  /// Words of one document (so that AND finds something) or of several.
  std::string words(size_t count, const char* separator, bool same_document) {
    std::string out;
    const std::vector<std::string>* doc = &document();
    for (size_t i = 0; i < count; ++i) {
      if (!same_document) doc = &document();
      if (!out.empty()) out += separator;
      out += (*doc)[random_() % doc->size()];
    }
    return out;
  }
  std::string long_word() {
    while (true) {
      const auto& doc = document();
      const std::string& word = doc[random_() % doc.size()];
      if (word.size() >= 5) return word;
    }
  }
  std::string misspelt() {
    std::string word = long_word();
    word[1 + random_() % (word.size() - 1)] = static_cast<char>('a' + random_() % 26);
    return word;
  }
  /// Indexed words are in lower case, and the query is not analyzed.
  std::string beginning() {
    std::string word = long_word().substr(0, 3);
    for (char& c : word) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return word;
  }
  std::string phrase() {
    const auto& doc = document();
    const size_t at = random_() % (doc.size() - 1);
    return doc[at] + " " + doc[at + 1];
  }

  std::string kind_;
  const std::vector<std::vector<std::string>>& texts_;
  std::mt19937_64 random_;
};

/// Words of the descriptions, for text queries; of events, the tenant.
std::vector<std::vector<std::string>> read_texts(const std::string& file, const std::string& workload) {
  std::vector<std::vector<std::string>> out;
  std::ifstream in(file, std::ios::binary);
  if (workload == "newest") {
    for (std::string line; std::getline(in, line) && out.size() < 20000;) out.push_back({value_of(line, "\"tenant\":\"")});
    return out;
  }
  for (std::string line; std::getline(in, line) && out.size() < 20000;) {
    const size_t at = line.find("\"description\":\"");
    if (at == std::string::npos) continue;
    std::vector<std::string> words;
    std::string word;
    for (size_t i = at + 15; i < line.size() && line[i] != '"'; ++i) {
      const char c = line[i];
      if (c == '\\') {
        ++i;
        word.clear();
        continue;
      }
      if (std::isalpha(static_cast<unsigned char>(c))) {
        word += c;
        continue;
      }
      if (word.size() > 2 && word != "br" && c == ' ') words.push_back(word);
      word.clear();
    }
    if (words.size() > 8) out.push_back(std::move(words));
  }
  return out;
}

int query(const Arguments& a) {
  const auto texts = a.file.empty() ? std::vector<std::vector<std::string>>{} : read_texts(a.file, a.workload);
  std::atomic<size_t> done{0}, failures{0};
  Latencies latencies;
  Pace pace(a.rate);
  const auto begin = Clock::now();
  std::vector<std::thread> threads;
  for (int c = 0; c < a.connections; ++c) {
    threads.emplace_back([&, c] {
      HttpClient client(Url::parse(a.url));
      Workload workload(a, a.seed * 977 + static_cast<uint64_t>(c), texts);
      while (a.seconds > 0 ? seconds_since(begin) < a.seconds : done.fetch_add(1) < a.count) {
        const std::string body = workload.next();
        pace.wait();
        const auto at = Clock::now();
        const auto response = client.request("POST", "/" + a.index + "/_search", body);
        latencies.add(seconds_since(at) * 1000);
        if (!response.ok()) {
          if (failures++ == 0) std::fprintf(stderr, "%s -> %d %s\n", body.c_str(), response.status, response.body.substr(0, 400).c_str());
        }
      }
    });
  }
  for (auto& thread : threads) thread.join();
  const double elapsed = seconds_since(begin);
  std::printf("{\"seconds\":%.3f,\"failures\":%zu,%s}\n", elapsed, failures.load(), latencies.json().c_str());
  return failures ? 1 : 0;
}

/// The bodies that query would send over one connection, a line each: for engines that are no servers.
int print_bodies(const Arguments& a) {
  const auto texts = a.file.empty() ? std::vector<std::vector<std::string>>{} : read_texts(a.file, a.workload);
  Workload workload(a, a.seed * 977, texts);
  for (size_t i = 0; i < a.count; ++i) std::printf("%s\n", workload.next().c_str());
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const Arguments arguments = parse(argc, argv);
  try {
    if (arguments.command == "bulk") return bulk(arguments);
    if (arguments.command == "update") return update(arguments);
    if (arguments.command == "query") return query(arguments);
    if (arguments.command == "bodies") return print_bodies(arguments);
  } catch (const std::exception& error) {
    die(error.what());
  }
  die("unknown command " + arguments.command);
}

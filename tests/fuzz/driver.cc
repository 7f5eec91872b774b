// Runs a fuzz target without libFuzzer: corpus files, then mutations of them by seed. With clang, build the target with
// -fsanitize=fuzzer and leave this file out.
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "indexer/base/json.h"
#include "tests/fuzz/target.h"

using tarn::Json;

namespace {

/// One random change: flip, insert, remove, duplicate a part, splice with another seed, or a token of the grammar.
std::string mutate(std::string input, const std::vector<std::string>& seeds, std::mt19937_64& random) {
  static const char* const kTokens[] = {"{", "}", "[", "]", "\"", ":", ",", "null", "true", "-1", "1e999", "18446744073709551616",
                                        "\\u0000", "\\ud800", "\xff", "\xf0\x9f\x98\x80", "\n", "\r\n", "{}", "[]", "\"\"", "0x", "NaN", "/*", "%", "\t"};
  const size_t changes = 1 + random() % 6;
  for (size_t i = 0; i < changes; ++i) {
    const size_t at = input.empty() ? 0 : random() % input.size();
    switch (random() % 7) {
      case 0: if (!input.empty()) input[at] = static_cast<char>(random()); break;
      case 1: input.insert(at, 1, static_cast<char>(random())); break;
      case 2: if (!input.empty()) input.erase(at, 1 + random() % 8); break;
      case 3: input.insert(at, input.substr(input.empty() ? 0 : random() % input.size(), 1 + random() % 64)); break;
      case 4: {
        const std::string& other = seeds[random() % seeds.size()];
        input = input.substr(0, at) + (other.empty() ? "" : other.substr(random() % other.size()));
        break;
      }
      case 5: input.insert(at, kTokens[random() % (sizeof kTokens / sizeof *kTokens)]); break;
      default: {
        // Deep nesting of whatever bracket stands here.
        const char bracket = random() % 2 ? '[' : '{';
        input.insert(at, std::string(random() % 2000, bracket));
      }
    }
    if (input.size() > 1 << 16) input.resize(1 << 16);
  }
  return input;
}

/// All values of a tree, the root too.
void collect(Json& value, std::vector<Json*>& out) {
  out.push_back(&value);
  if (!value.is_structured()) return;
  for (Json& child : value) collect(child, out);
}

/// One or two values of a JSON text become others: of another type, or from somewhere else in the seeds. Bytes that change at
/// random hardly ever stay JSON; this keeps it, and finds what trusts the type of a member.
std::string mutate_tree(const std::string& input, const std::vector<std::string>& seeds, std::mt19937_64& random) {
  static const char* const kValues[] = {"null", "true", "false", "0", "-1", "1", "0.5", "1e308", "-1e308", "9223372036854775807",
                                        "18446744073709551615", "2147483648", "\"\"", "\"x\"", "\"-1\"", "\"*\"", "[]", "{}", "[null]",
                                        "[[]]", "{\"\":{}}", "{\"a\":1}", "[1,\"a\"]", "\"now\"", "\"NaN\"", "\"t\"", "\"n\"", "\"k\""};
  Json tree = Json::parse(input);
  for (size_t changes = 1 + random() % 2; changes > 0; --changes) {
    std::vector<Json*> places;
    collect(tree, places);
    Json& place = *places[random() % places.size()];
    switch (random() % 4) {
      case 0:
      case 1: place = Json::parse(kValues[random() % (sizeof kValues / sizeof *kValues)]); break;
      case 2: {
        Json other = Json::parse(seeds[random() % seeds.size()]);
        std::vector<Json*> others;
        collect(other, others);
        const Json taken = *others[random() % others.size()];
        place = taken;
        break;
      }
      default:
        if (place.is_structured() && !place.empty()) place.erase(std::next(place.begin(), static_cast<int>(random() % place.size())));
    }
  }
  return tree.dump(-1, ' ', false, Json::error_handler_t::replace);
}

/// The input that runs: printed when the target dies, so that it can become a test.
const std::string* current_input = nullptr;

void print_input_and_die(int signal) {
  if (current_input != nullptr) {
    std::fprintf(stderr, "died on this input (%zu bytes):\n%.4000s\n", current_input->size(), current_input->c_str());
  }
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

/// What to run: a number of inputs (the same every time, whatever the machine), or as many as fit into some seconds.
struct Budget {
  uint64_t runs = 50000;
  double seconds = 0;   ///< 0: the number of runs decides
  uint64_t seed = 1;
};

bool parse_arguments(int argc, char** argv, Budget& budget) {
  for (int i = 1; i < argc; ++i) {
    const std::string name = argv[i];
    if (i + 1 == argc) return false;
    const char* value = argv[++i];
    if (name == "--runs") budget.runs = std::strtoull(value, nullptr, 10);
    else if (name == "--seconds") budget.seconds = std::atof(value);
    else if (name == "--seed") budget.seed = std::strcmp(value, "random") == 0 ? std::random_device{}() : std::strtoull(value, nullptr, 10);
    else return false;
  }
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  for (int signal : {SIGABRT, SIGSEGV, SIGFPE, SIGBUS}) std::signal(signal, print_input_and_die);
  Budget budget;
  if (!parse_arguments(argc, argv, budget)) {
    std::fprintf(stderr, "usage: %s [--runs N | --seconds S] [--seed N|random]\n", argv[0]);
    return 2;
  }
  std::printf("seed %llu\n", static_cast<unsigned long long>(budget.seed));
  std::fflush(stdout);
  std::mt19937_64 random(budget.seed);
  const std::vector<std::string> seeds = fuzz_seeds();
  const auto run = [](const std::string& input) {
    // An exact allocation, so that a sanitizer sees reads behind the end.
    std::vector<uint8_t> bytes(input.begin(), input.end());
    LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
  };
  for (const std::string& input : seeds) run(input);
  const auto begin = std::chrono::steady_clock::now();
  const auto done = [&](uint64_t runs) {
    if (budget.seconds == 0) return runs >= budget.runs;
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count() >= budget.seconds;
  };
  const bool all_json = std::all_of(seeds.begin(), seeds.end(), [](const std::string& seed) { return Json::accept(seed); });
  uint64_t runs = 0;
  for (; !done(runs); ++runs) {
    const std::string& seed = seeds[random() % seeds.size()];
    const std::string input = all_json && random() % 4 != 0 ? mutate_tree(seed, seeds, random) : mutate(seed, seeds, random);
    current_input = &input;
    run(input);
  }
  std::printf("%llu inputs\n", static_cast<unsigned long long>(runs));
  return 0;
}

// tarn generate events|listings
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "server/cli/byte_source.h"
#include "server/cli/command_line.h"
#include "server/cli/commands.h"
#include "server/cli/event_generator.h"
#include "server/cli/listing_generator.h"

namespace tarn::cli {
namespace {

/// Where lines go: a file or standard output, in large writes.
class LineSink {
 public:
  explicit LineSink(const std::string& path) : path_(path) {
    buffer_.resize(kBytes);
    if (path == "-") {
      file_ = STDOUT_FILENO;
      return;
    }
    file_ = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (file_ < 0)
      throw CliError(kUnreachable, "cannot write " + path + ": " + std::strerror(errno));
  }
  ~LineSink() {
    if (file_ > STDERR_FILENO) ::close(file_);
  }
  LineSink(const LineSink&) = delete;
  LineSink& operator=(const LineSink&) = delete;

  /// Room for `bytes` more, which the caller fills; then advance().
  char* room(size_t bytes) {
    if (used_ + bytes > buffer_.size()) flush();
    return buffer_.data() + used_;
  }
  void advance(const char* end) { used_ = static_cast<size_t>(end - buffer_.data()); }
  void add(std::string_view text) {
    if (text.size() > buffer_.size()) {
      flush();
      write_all(text.data(), text.size());
      return;
    }
    std::memcpy(room(text.size()), text.data(), text.size());
    used_ += text.size();
  }
  void flush() {
    write_all(buffer_.data(), used_);
    used_ = 0;
  }

 private:
  static constexpr size_t kBytes = 1 << 20;
  void write_all(const char* from, size_t count) {
    while (count > 0) {
      const ssize_t written = ::write(file_, from, count);
      if (written < 0 && errno == EINTR) continue;
      if (written < 0)
        throw CliError(kUnreachable, "cannot write " + path_ + ": " + std::strerror(errno));
      from += written;
      count -= static_cast<size_t>(written);
    }
  }
  std::string path_;
  int file_ = -1;
  std::string buffer_;
  size_t used_ = 0;
};

struct Options {
  std::string out = "-";
  uint64_t count = 1000;
  uint64_t seed = 42;
  double duplicates = 0;
  double malformed = 0;
  std::string from;
  uint64_t times = 1;
};

void generate_events(const Options& options) {
  LineSink sink(options.out);
  const EventGenerator generator({options.seed, options.duplicates, options.malformed});
  for (uint64_t i = 0; i < options.count; ++i)
    sink.advance(generator.write(i, sink.room(EventGenerator::kLineBytesMax)));
  sink.flush();
}

void generate_listings(const Options& options) {
  LineSink sink(options.out);
  const ListingGenerator generator(options.seed);
  std::string line;
  for (uint64_t i = 0; i < options.count; ++i) {
    line.clear();
    generator.write(i, line);
    sink.add(line);
  }
  sink.flush();
}

/// A file of listings, `times` times over. The file is read again for each round, so that memory
/// stays small.
void repeat_listings(const Options& options) {
  LineSink sink(options.out);
  std::string out;
  for (uint64_t round = 0; round < options.times; ++round) {
    const auto source = open_source(options.from);
    std::string buffer;
    bool more = true;
    while (more) {
      more = source->read(buffer);
      size_t at = 0;
      while (true) {
        size_t end = buffer.find('\n', at);
        if (end == std::string::npos) {
          if (more || at == buffer.size()) break;
          end = buffer.size();
        }
        const std::string_view line(buffer.data() + at, end - at);
        at = std::min(end + 1, buffer.size());
        out.clear();
        if (line.find_first_not_of(" \t\r") == std::string_view::npos) continue;
        if (!jitter_listing(line, round, options.seed, out)) {
          throw CliError(kUnreachable, options.from + " has a line that is no JSON object: " +
                                           std::string(line.substr(0, 80)));
        }
        sink.add(out);
      }
      buffer.erase(0, at);
    }
  }
  sink.flush();
}

}  // namespace

int run_generate(int argc, char** argv) {
  CLI::App app(
      "Writes invented documents, one JSON object a line: the same seed gives the same bytes.\n"
      "  tarn generate events --count 1000000 --out events.ndjson\n"
      "  tarn generate events --count 10000 --duplicates 0.05 --malformed 0.01 | tarn import "
      "--index events -\n"
      "  tarn generate listings --from listings.ndjson.zst --times 8 --out listings8.ndjson",
      "tarn generate");
  app.require_subcommand(1);
  Options options;
  auto* events =
      app.add_subcommand("events", "Events of a SaaS with a shop: 100 types, about 480 bytes each");
  events->add_option("--count", options.count, "How many lines")->capture_default_str();
  events->add_option("--seed", options.seed, "Another seed, other events")->capture_default_str();
  events
      ->add_option("--duplicates", options.duplicates,
                   "Share of lines that repeat an earlier one (0 to 1)")
      ->check(CLI::Range(0.0, 1.0));
  events
      ->add_option("--malformed", options.malformed,
                   "Share of lines that cannot be parsed or enriched (0 to 1)")
      ->check(CLI::Range(0.0, 1.0));
  events->add_option("--out", options.out, "File to write, or - for standard output")
      ->capture_default_str();
  auto* listings = app.add_subcommand(
      "listings", "Rental listings with text, amenities, price and place: about 2 kB each");
  auto* count =
      listings->add_option("--count", options.count, "How many lines")->capture_default_str();
  listings->add_option("--seed", options.seed, "Another seed, other listings")
      ->capture_default_str();
  auto* from = listings->add_option(
      "--from", options.from,
      "Repeat this file of real listings (.ndjson, .gz, .zst) instead of inventing some");
  listings
      ->add_option(
          "--times", options.times,
          "With --from: how many times; from the second on with new ids, prices and places")
      ->needs(from)
      ->capture_default_str();
  from->excludes(count);
  listings->add_option("--out", options.out, "File to write, or - for standard output")
      ->capture_default_str();
  return run_command(app, argc, argv, [&] {
    if (events->parsed()) {
      if (options.duplicates + options.malformed > 1)
        throw CliError(kUsage, "--duplicates and --malformed together exceed 1");
      generate_events(options);
    } else if (!options.from.empty()) {
      repeat_listings(options);
    } else {
      generate_listings(options);
    }
    return static_cast<int>(kDone);
  });
}

}  // namespace tarn::cli

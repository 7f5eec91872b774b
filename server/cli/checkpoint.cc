#include "server/cli/checkpoint.h"

#include <unistd.h>

#include <cinttypes>
#include <fstream>

#include "indexer/base/error.h"
#include "indexer/base/id_generator.h"
#include "server/cli/cli_error.h"

namespace tarn::cli {

Checkpoint::~Checkpoint() {
  if (file_ != nullptr) std::fclose(file_);
}

bool Checkpoint::begin() {
  run_ = generate_uuid();
  file_ = std::fopen(path_.c_str(), "w");
  if (file_ == nullptr) return false;
  Json head = description_;
  head["run"] = run_;
  std::fprintf(file_, "%s\n", to_text(head).c_str());
  std::fflush(file_);
  return true;
}

bool Checkpoint::resume() {
  std::ifstream in(path_);
  std::string line;
  if (!in || !std::getline(in, line) || in.eof()) return false;
  Json head;
  try {
    head = parse_json(line);
    run_ = head.at("run").get<std::string>();
    head.erase("run");
  } catch (const std::exception&) {
    throw CliError(kUsage, path_ + " is no checkpoint of tarn import");
  }
  if (head != description_) {
    throw CliError(kUsage, path_ +
                               " belongs to another import (other files, changed files, another "
                               "target or other options): " +
                               to_text(head));
  }
  int64_t good = in.tellg();
  while (std::getline(in, line) && !in.eof()) {
    uint64_t batch = 0;
    ImportCounts counts;
    int64_t ids = 0;
    int64_t rejects = 0;
    if (std::sscanf(line.c_str(),
                    "done %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNd64
                    " %" SCNd64 " .",
                    &batch, &counts.created, &counts.updated, &counts.noop, &counts.refused, &ids,
                    &rejects) != 7 ||
        !line.ends_with(" .")) {
      break;
    }
    done_.insert(batch);
    counts_ = counts;
    ids_size_ = ids;
    rejects_size_ = rejects;
    good = in.tellg();
  }
  in.close();
  file_ = std::fopen(path_.c_str(), "r+");
  if (file_ == nullptr) throw CliError(kUnreachable, "cannot write " + path_);
  if (ftruncate(fileno(file_), good) != 0)
    throw CliError(kUnreachable, "cannot write " + path_);  // a line that was cut
  std::fseek(file_, 0, SEEK_END);
  return true;
}

void Checkpoint::record(uint64_t batch, const ImportCounts& totals, int64_t ids_size,
                        int64_t rejects_size) {
  done_.insert(batch);
  if (file_ == nullptr) return;
  std::fprintf(file_,
               "done %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRId64
               " %" PRId64 " .\n",
               batch, totals.created, totals.updated, totals.noop, totals.refused, ids_size,
               rejects_size);
  std::fflush(file_);
}

void Checkpoint::remove() {
  if (file_ != nullptr) std::fclose(file_);
  file_ = nullptr;
  std::remove(path_.c_str());
}

}  // namespace tarn::cli

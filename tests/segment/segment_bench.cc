// Builds, flushes, merges and scans synthetic events and (if given a file of one JSON object a line) real listings; prints
// the time and bytes of each step. Usage: segment_bench [events] [listings.ndjson]
#include <time.h>

#include <cstdio>
#include <fstream>

#include "indexer/base/json.h"
#include "segment_fixture.h"

namespace tarn {
namespace {

namespace fs = std::filesystem;

/// CPU time of this thread, since the machine may be shared.
class Timer {
 public:
  double seconds() const { return now() - start_; }

 private:
  static double now() {
    timespec time;
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
  }
  double start_ = now();
};

void report(const char* what, double seconds, double units, const char* unit) {
  std::printf("%-44s %9.2f ms  %9.2f ns a %s\n", what, seconds * 1e3, seconds * 1e9 / units, unit);
}

template <class Work>
double best_of(int times, Work&& work) {
  double best = 1e9;
  for (int i = 0; i < times; ++i) {
    Timer timer;
    work();
    best = std::min(best, timer.seconds());
  }
  return best;
}

struct EventFields {
  explicit EventFields(FakeMapping& mapping) {
    for (int i = 0; i < 13; ++i) keywords.push_back(mapping.add("k" + std::to_string(i), ColumnKind::kKeyword));
    for (int i = 0; i < 12; ++i) numbers.push_back(mapping.add("n" + std::to_string(i), i == 3 ? ColumnKind::kDouble : ColumnKind::kInt64));
  }
  std::vector<FieldId> keywords, numbers;
};

std::shared_ptr<ParsedBatch> events(const EventFields& fields, uint64_t first_row, size_t count) {
  auto batch = std::make_shared<ParsedBatch>();
  std::mt19937_64 random(first_row);
  char text[64];
  for (size_t i = 0; i < count; ++i) {
    const uint64_t row = first_row + i;
    ParsedDocument document;
    document.first_value = static_cast<uint32_t>(batch->values.size());
    for (size_t f = 0; f < fields.keywords.size(); ++f) {
      int n = 0;
      const uint64_t r = random();
      if (f == 0) n = std::snprintf(text, 64, "%08lx-%04lx-%04lx-%012lx", r & 0xffffffff, r >> 48, r >> 36 & 0xffff, r >> 8 & 0xffffffffffff);
      else if (f == 1) n = std::snprintf(text, 64, "user-%07lu", r % 100000);
      else if (f == 2) n = std::snprintf(text, 64, "sess-%010lu", (row / 8) * 977 % 1000003);
      else if (f == 3) n = std::snprintf(text, 64, "/products/category-%lu/item-%lu", r % 37, r % 5003);
      else if (f == 4) n = std::snprintf(text, 64, "10.%lu.%lu.%lu", r % 4, r >> 8 & 63, r >> 16 & 255);
      else n = std::snprintf(text, 64, "value-%zu-%lu", f, r % (f * f));
      FieldValue value;
      value.field = fields.keywords[f];
      const std::string_view kept = batch->arena.copy({text, static_cast<size_t>(n)});
      value.data = kept.data();
      value.size = static_cast<uint32_t>(n);
      batch->values.push_back(value);
    }
    for (size_t f = 0; f < fields.numbers.size(); ++f) {
      FieldValue value;
      value.field = fields.numbers[f];
      value.size = 0;
      const uint64_t r = random();
      if (f == 0) value.number = 1'700'000'000'000 + static_cast<int64_t>(row * 37 + r % 1000);
      else if (f == 1) value.number = (1'700'000'000 + static_cast<int64_t>(row / 20)) * 1000;
      else if (f == 3) value.number = std::bit_cast<int64_t>(static_cast<double>(r % 1000000) / 100);
      else if (f == 4) value.number = static_cast<int64_t>(r % 100000000);
      else value.number = static_cast<int64_t>(r % (1ull << f));
      batch->values.push_back(value);
    }
    document.value_count = static_cast<uint32_t>(batch->values.size()) - document.first_value;
    ParsedRoot root;
    root.first_document = static_cast<uint32_t>(batch->documents.size());
    root.document_count = 1;
    root.row = RowId(row);
    root.seq_no = SeqNo(static_cast<int64_t>(row));
    root.version = 1;
    batch->documents.push_back(document);
    batch->roots.push_back(root);
  }
  return batch;
}

void scan(const SegmentReader& reader, const FakeMapping& mapping, const EventFields& fields) {
  const uint32_t count = reader.doc_count();
  std::vector<LocalDocId> all(count), half, few;
  std::mt19937_64 random(1);
  for (uint32_t i = 0; i < count; ++i) {
    all[i] = i;
    if (random() % 2) half.push_back(i);
    if (random() % 50 == 0) few.push_back(i);
  }
  std::vector<int64_t> out(count);
  std::vector<Ordinal> ordinals(count);
  const auto path = [&](FieldId id) { return mapping.field(id).path; };
  for (const size_t f : {0u, 1u, 3u, 4u}) {
    const NumericColumn& column = *reader.numbers(path(fields.numbers[f]));
    const std::string name = path(fields.numbers[f]);
    report((name + " gather all").c_str(), best_of(5, [&] {
             for (size_t i = 0; i < all.size(); i += 1024) column.gather(all.data() + i, std::min<size_t>(1024, all.size() - i), 0, out.data());
           }), count, "value");
    report((name + " gather half").c_str(), best_of(5, [&] { column.gather(half.data(), half.size(), 0, out.data()); }), static_cast<double>(half.size()), "value");
    report((name + " gather 1 in 50").c_str(), best_of(5, [&] { column.gather(few.data(), few.size(), 0, out.data()); }), static_cast<double>(few.size()), "value");
    const int64_t low = column.first(count / 3, 0), high = low + (column.max() - low) / 3;
    report((name + " range").c_str(), best_of(5, [&] {
             Bitset bits(count);
             column.or_range_into(low, high, bits);
           }), count, "doc");
  }
  for (const size_t f : {0u, 1u, 5u, 12u}) {
    const KeywordColumn& column = *reader.keywords(path(fields.keywords[f]));
    const std::string name = path(fields.keywords[f]);
    report((name + " gather all").c_str(), best_of(5, [&] {
             for (size_t i = 0; i < all.size(); i += 1024) column.gather(all.data() + i, std::min<size_t>(1024, all.size() - i), ordinals.data());
           }), count, "value");
    const Ordinal o = column.ordinal_count() / 2;
    report((name + " one term").c_str(), best_of(5, [&] {
             Bitset bits(count);
             column.or_docs_into(o, o + 1, bits);
           }), 1, "query");
    report((name + " find").c_str(), best_of(5, [&] {
             for (int i = 0; i < 1000; ++i) (void)column.find(column.term(static_cast<Ordinal>(i * 7919ull % column.ordinal_count())));
           }), 1000, "look-up");
  }
}

void print_sizes(const SegmentReader& reader) {
  for (const std::string& path : reader.segment().field_paths()) {
    size_t bytes = 0;
    if (const NumericColumn* column = reader.numbers(path)) bytes += column->memory_bytes();
    if (const KeywordColumn* column = reader.keywords(path)) bytes += column->memory_bytes();
    if (const TextIndex* index = reader.text(path)) bytes += index->memory_bytes();
    std::printf("  %-30s %8.2f bytes a document\n", path.c_str(), static_cast<double>(bytes) / reader.doc_count());
  }
}

void bench_events(size_t total, const fs::path& directory) {
  FakeMapping mapping;
  const EventFields fields(mapping);
  PostingCache cache(64 << 20);
  constexpr size_t kSegment = 50'000;
  std::vector<SegmentReader> young;
  double build = 0;
  for (size_t row = 0; row < total; row += kSegment) {
    std::vector<std::shared_ptr<const ParsedBatch>> batches;
    for (size_t i = 0; i < kSegment; i += 1000) batches.push_back(events(fields, row + i, 1000));
    Timer timer;
    young.emplace_back(build_segment("y" + std::to_string(row), mapping, batches), nullptr, nullptr);
    build += timer.seconds();
  }
  report("build young segments of 50,000 events", build, static_cast<double>(total), "event");
  print_sizes(young[0]);
  Timer merge;
  const auto merged = merge_segments("m", mapping, young);
  report("merge in memory", merge.seconds(), static_cast<double>(total), "event");
  std::printf("memory %.1f bytes an event\n", static_cast<double>(merged->memory_bytes()) / static_cast<double>(total));
  print_sizes({merged, nullptr, nullptr});
  Timer write;
  const auto flushed = write_segment(*merged, directory, cache);
  report("write", write.seconds(), static_cast<double>(total), "event");
  std::printf("disk %.1f bytes an event\n", static_cast<double>(flushed->disk_bytes()) / static_cast<double>(total));
  scan({flushed, nullptr, nullptr}, mapping, fields);

  std::vector<DocumentPatch> patches;
  std::mt19937_64 random(3);
  const uint32_t step = static_cast<uint32_t>(total / 2000);
  for (LocalDocId doc = 0; doc < total; doc += 1 + random() % (2 * step)) {
    DocumentPatch patch;
    patch.doc = doc;
    patch.touched = {fields.numbers[4]};
    FieldValue value;
    value.field = fields.numbers[4];
    value.number = static_cast<int64_t>(random() % 100000000);
    patch.values.push_back(value);
    value.field = kSeqNoField;
    value.number = static_cast<int64_t>(total + doc);
    patch.values.push_back(value);
    patches.push_back(patch);
  }
  Timer patch;
  const auto patched = apply_patches({flushed, nullptr, nullptr}, mapping, patches);
  report("patch 2,000 documents, two numeric columns", patch.seconds(), static_cast<double>(total), "doc");
}

void collect_texts(const Json& value, std::vector<std::string>& out) {
  if (value.is_string() && value.get_ref<const std::string&>().size() > 20) out.push_back(value.get<std::string>());
  if (value.is_structured()) {
    for (const Json& member : value) collect_texts(member, out);
  }
}

void bench_listings(const std::string& file, const fs::path& directory) {
  FakeMapping mapping;
  const FieldId title = mapping.add_text("title");
  const FieldId body = mapping.add_text("body");
  PostingCache cache(256 << 20);
  std::ifstream in(file);
  std::string line;
  std::vector<std::shared_ptr<ParsedBatch>> batches;
  size_t bytes = 0, text_bytes = 0;
  uint64_t row = 0;
  while (std::getline(in, line)) {
    if (row % 5000 == 0) batches.push_back(std::make_shared<ParsedBatch>());
    ParsedBatch& batch = *batches.back();
    bytes += line.size();
    std::vector<std::string> texts;
    collect_texts(Json::parse(line), texts);
    ParsedDocument document;
    document.first_value = static_cast<uint32_t>(batch.values.size());
    for (size_t i = 0; i < texts.size(); ++i) {
      FieldValue value;
      value.field = i == 0 ? title : body;
      text_bytes += texts[i].size();
      const std::string_view kept = batch.arena.copy(texts[i]);
      value.data = kept.data();
      value.size = static_cast<uint32_t>(kept.size());
      batch.values.push_back(value);
    }
    document.value_count = static_cast<uint32_t>(texts.size());
    ParsedRoot root;
    root.first_document = static_cast<uint32_t>(batch.documents.size());
    root.document_count = 1;
    root.row = RowId(row++);
    batch.documents.push_back(document);
    batch.roots.push_back(root);
  }
  std::vector<SegmentReader> young;
  uint64_t tokens = 0, postings = 0;
  Timer build;
  for (size_t b = 0; b < batches.size(); ++b) {
    young.emplace_back(build_segment("t" + std::to_string(b), mapping, {batches[b]}), nullptr, nullptr);
  }
  const double build_seconds = build.seconds();
  size_t memory = 0;
  for (const SegmentReader& reader : young) {
    memory += reader.segment().memory_bytes();
    for (const char* path : {"title", "body"}) {
      tokens += reader.text(path)->statistics().sum_total_term_freq;
      postings += reader.text(path)->statistics().sum_doc_freq;
    }
  }
  std::printf("%lu listings, %zu MB raw, %zu MB text, %.1f tokens and %.1f postings a listing\n", row, bytes >> 20, text_bytes >> 20,
              static_cast<double>(tokens) / static_cast<double>(row), static_cast<double>(postings) / static_cast<double>(row));
  report("build young", build_seconds, static_cast<double>(tokens), "token");
  std::printf("young memory %.1f MB, %.2f bytes a posting\n", static_cast<double>(memory) / 1e6, static_cast<double>(memory) / static_cast<double>(postings));
  Timer merge;
  const auto merged = merge_segments("tm", mapping, young);
  report("merge in memory", merge.seconds(), static_cast<double>(postings), "posting");
  report("decode young lists", best_of(3, [&] {
           auto cursor = merged->text("body")->terms("");
           while (cursor->next()) {
             if (cursor->doc_freq() > 1000) (void)merged->text("body")->postings(cursor->term());
           }
         }), [&] {
           double sum = 0;
           auto cursor = merged->text("body")->terms("");
           while (cursor->next()) sum += cursor->doc_freq() > 1000 ? cursor->doc_freq() : 0;
           return sum;
         }(), "posting");
  for (const char* path : {"title", "body"}) {
    size_t terms = 0, rare = 0;
    auto cursor = merged->text(path)->terms("");
    while (cursor->next()) ++terms, rare += cursor->doc_freq() == 1;
    std::printf("%s: %zu terms, %zu of one document\n", path, terms, rare);
  }
  Timer write;
  const auto flushed = write_segment(*merged, directory, cache);
  report("write through Xapian", write.seconds(), static_cast<double>(postings), "posting");
  std::printf("disk %.2f bytes a posting: Xapian %.2f\n", static_cast<double>(flushed->disk_bytes()) / static_cast<double>(postings),
              static_cast<double>(fs::file_size(directory / "tm" / "text.glass")) / static_cast<double>(postings));
  PostingCache none(0);
  const auto cold = open_segment(directory, "tm", none, false);
  double sum = 0;
  Timer read;
  auto cursor = cold->text("body")->terms("");
  while (cursor->next()) {
    if (cursor->doc_freq() <= 1000) continue;
    sum += cold->text("body")->postings(cursor->term())->doc_freq();
  }
  report("decode flushed lists", read.seconds(), sum, "posting");
  std::vector<ColumnToken> column;
  Timer token_timer;
  for (LocalDocId doc = 0; doc < cold->doc_count(); ++doc) cold->text("body")->tokens(doc, column);
  report("token column", token_timer.seconds(), static_cast<double>(column.size()), "token");
  std::vector<SegmentReader> halves;
  for (size_t i = 0; i < 2; ++i) {
    const auto begin = young.begin() + static_cast<long>(i * young.size() / 2);
    const auto end = young.begin() + static_cast<long>((i + 1) * young.size() / 2);
    halves.emplace_back(merge_to_disk("half" + std::to_string(i), mapping, {begin, end}, directory, cache), nullptr, nullptr);
  }
  Timer join;
  merge_to_disk("joined", mapping, halves, directory, cache);
  report("merge two on disk, joined", join.seconds(), static_cast<double>(postings), "posting");
  auto live = std::make_shared<Bitset>(halves[0].doc_count(), true);
  live->reset(0);
  halves[0] = SegmentReader(halves[0].shared_segment(), live, nullptr);
  Timer rewrite;
  merge_to_disk("rewritten", mapping, halves, directory, cache);
  report("merge two on disk, rewritten", rewrite.seconds(), static_cast<double>(postings), "posting");
}

}  // namespace
}  // namespace tarn

int main(int argc, char** argv) {
  const auto directory = std::filesystem::temp_directory_path() / "tarn_segment_bench";
  std::filesystem::create_directories(directory);
  tarn::bench_events(argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 200'000, directory);
  if (argc > 2) tarn::bench_listings(argv[2], directory);
  std::filesystem::remove_all(directory);
}

#include <algorithm>
#include <functional>
#include <queue>
#include <set>

#include "indexer/segment/doc_set.h"
#include "indexer/segment/segment_file.h"

namespace tarn::segment {
namespace {

/// One reader's place in the merged segment.
struct Input {
  const SegmentReader* reader;
  const PackedSegment* segment;
  LocalDocId base = 0;                 // of its first document, where all are kept
  std::vector<LocalDocId> moved;       // new number of each document, kNoDoc for dropped ones; empty if all are kept
  LocalDocId map(LocalDocId doc) const { return moved.empty() ? base + doc : moved[doc]; }
};

struct Plan {
  std::vector<Input> inputs;
  SegmentMeta meta;
  Blob rows, roots;
  bool drops = false;
};

Plan make_plan(const std::vector<SegmentReader>& readers) {
  Plan plan;
  LocalDocId next = 0;
  std::vector<int64_t> rows;
  std::vector<LocalDocId> roots;
  for (const SegmentReader& reader : readers) {
    Input input{&reader, &packed(reader.segment()), next, {}};
    const uint32_t count = reader.doc_count();
    const bool drops = reader.live() != nullptr && reader.live_count() != count;
    if (drops) input.moved.assign(count, kNoDoc);
    for (LocalDocId doc = 0; doc < count; ++doc) {
      if (drops && !reader.live()->test(doc)) continue;
      if (drops) input.moved[doc] = next;
      if (input.segment->roots() == nullptr || input.segment->roots()->test(doc)) roots.push_back(next);
      rows.push_back(static_cast<int64_t>(input.segment->row(doc).value));
      ++next;
    }
    plan.drops = plan.drops || drops;
    plan.meta.max_seq_no = std::max(plan.meta.max_seq_no, input.segment->max_seq_no().value);
    if (const NumericColumn* patched = reader.numbers("_seq_no")) {
      if (patched->value_count() != 0) plan.meta.max_seq_no = std::max(plan.meta.max_seq_no, patched->max());
    }
    plan.inputs.push_back(std::move(input));
  }
  plan.meta.doc_count = next;
  if (next == 0) return plan;
  plan.meta.root_count = static_cast<uint32_t>(roots.size());
  plan.meta.first_row = static_cast<uint64_t>(rows.front());
  plan.meta.last_row = static_cast<uint64_t>(rows.back());
  if (roots.size() != next) {
    BlobWriter out;
    write_doc_set(out, roots.data(), roots.size(), next);
    plan.roots = out.finish();
  }
  if (roots.size() != next || plan.meta.last_row - plan.meta.first_row + 1 != next) {
    plan.rows = encode_numbers(next, nullptr, rows.data(), rows.size(), false);
  }
  return plan;
}

std::vector<std::string> all_paths(const Plan& plan) {
  std::set<std::string> paths;
  for (const Input& input : plan.inputs) {
    for (std::string& path : input.segment->field_paths()) paths.insert(std::move(path));
    if (const auto& patches = input.reader->shared_patches()) {
      for (const auto& [path, column] : patches->numbers) paths.insert(path);
      for (const auto& [path, column] : patches->keywords) paths.insert(path);
    }
  }
  return {paths.begin(), paths.end()};
}

Blob merge_numbers(const Plan& plan, const std::string& path) {
  std::vector<LocalDocId> docs, block_docs;
  std::vector<int64_t> values, block_values;
  // Grown by doubling, these would take twice their size for a moment.
  uint64_t total = 0;
  for (const Input& input : plan.inputs) {
    if (const NumericColumn* column = input.reader->numbers(path)) total += column->value_count();
  }
  docs.reserve(total);
  values.reserve(total);
  bool doubles = false;
  for (const Input& input : plan.inputs) {
    const auto* column = static_cast<const PackedNumericColumn*>(input.reader->numbers(path));
    if (column == nullptr) continue;
    doubles = doubles || column->doubles();
    for (uint32_t b = 0; b < column->column().block_count(); ++b) {
      block_docs.clear();
      block_values.clear();
      column->decode(b, block_docs, block_values);
      for (size_t i = 0; i < block_docs.size(); ++i) {
        const LocalDocId doc = input.map(block_docs[i]);
        if (doc == kNoDoc) continue;
        docs.push_back(doc);
        values.push_back(block_values[i]);
      }
    }
  }
  if (docs.empty()) return {};
  return encode_numbers(plan.meta.doc_count, docs.data(), values.data(), values.size(), doubles);
}

/// A merge reads every byte once: what it has read does not stay in memory.
void release_fields(const Plan& plan, const std::string& path) {
  for (const Input& input : plan.inputs) input.segment->release_pages(path);
}

struct KeywordInput {
  const PackedKeywordColumn* column;
  std::vector<uint8_t> used;          // of each ordinal; empty if all are
  std::vector<Ordinal> merged;        // new ordinal of each
  Ordinal next = 0;
  void skip_unused() {
    while (!used.empty() && next < used.size() && !used[next]) ++next;
  }
  bool done() const { return next >= column->ordinal_count(); }
};

Blob merge_keywords(const Plan& plan, const std::string& path) {
  std::vector<LocalDocId> docs;
  std::vector<Ordinal> ordinals;
  std::vector<size_t> ends;           // of each input's values
  std::vector<KeywordInput> columns;
  uint64_t total = 0;
  size_t terms_max = 0;
  for (const Input& input : plan.inputs) {
    const KeywordColumn* column = input.reader->keywords(path);
    if (column == nullptr) continue;
    total += column->value_count();
    terms_max += column->ordinal_count();
  }
  docs.reserve(total);
  ordinals.reserve(total);
  for (const Input& input : plan.inputs) {
    const auto* column = static_cast<const PackedKeywordColumn*>(input.reader->keywords(path));
    if (column == nullptr) continue;
    KeywordInput keyword{column, {}, std::vector<Ordinal>(column->ordinal_count(), kNoOrdinal)};
    if (!input.moved.empty()) keyword.used.assign(column->ordinal_count(), 0);
    std::vector<LocalDocId> block_docs;
    std::vector<Ordinal> block_ordinals;
    for (uint32_t b = 0; b < column->column().block_count(); ++b) {
      block_docs.clear();
      block_ordinals.clear();
      column->decode(b, block_docs, block_ordinals);
      for (size_t i = 0; i < block_docs.size(); ++i) {
        const LocalDocId doc = input.map(block_docs[i]);
        if (doc == kNoDoc) continue;
        docs.push_back(doc);
        ordinals.push_back(block_ordinals[i]);
        if (!keyword.used.empty()) keyword.used[block_ordinals[i]] = 1;
      }
    }
    keyword.skip_unused();
    columns.push_back(std::move(keyword));
    ends.push_back(docs.size());
  }
  if (docs.empty()) return {};

  // K-way merge of the dictionaries.
  using Head = std::pair<std::string_view, size_t>;
  std::priority_queue<Head, std::vector<Head>, std::greater<>> heads;
  const auto push = [&](size_t c) {
    if (!columns[c].done()) heads.emplace(columns[c].column->term(columns[c].next), c);
  };
  for (size_t c = 0; c < columns.size(); ++c) push(c);
  std::vector<std::string_view> terms;
  terms.reserve(terms_max);
  while (!heads.empty()) {
    const auto [term, c] = heads.top();
    heads.pop();
    if (terms.empty() || terms.back() != term) terms.push_back(term);
    columns[c].merged[columns[c].next++] = static_cast<Ordinal>(terms.size() - 1);
    columns[c].skip_unused();
    push(c);
  }
  size_t i = 0;
  for (size_t c = 0; c < columns.size(); ++c) {
    for (; i < ends[c]; ++i) ordinals[i] = columns[c].merged[ordinals[i]];
  }
  return encode_keywords(plan.meta.doc_count, docs, ordinals, terms);
}

struct TextInput {
  const Input* input;
  const PackedTextIndex* index;
  TextDictionary::Walk walk;
  std::vector<uint32_t> merged;   // new rank of each rank; kNoOrdinal where all its documents were dropped
};

std::vector<TextInput> text_inputs(const Plan& plan, const std::string& path) {
  std::vector<TextInput> texts;
  for (const Input& input : plan.inputs) {
    const PackedTextIndex* index = input.segment->packed_text(path);
    if (index == nullptr) continue;
    texts.push_back({&input, index, TextDictionary::Walk(index->dictionary(), 0),
                     std::vector<uint32_t>(index->dictionary().term_count(), kNoOrdinal)});
  }
  return texts;
}

/// Calls visit(members, term) for each term in order, with the inputs that have it.
template <class Visit>
void walk_terms(std::vector<TextInput>& texts, Visit&& visit) {
  const auto above = [&](size_t a, size_t b) {
    const int order = texts[a].walk.term().compare(texts[b].walk.term());
    return order != 0 ? order > 0 : a > b;
  };
  std::priority_queue<size_t, std::vector<size_t>, decltype(above)> heads(above);
  for (size_t t = 0; t < texts.size(); ++t) {
    if (!texts[t].walk.done()) heads.push(t);
  }
  std::vector<size_t> members;
  while (!heads.empty()) {
    members.assign(1, heads.top());
    heads.pop();
    while (!heads.empty() && texts[heads.top()].walk.term() == texts[members[0]].walk.term()) {
      members.push_back(heads.top());
      heads.pop();
    }
    visit(members, texts[members[0]].walk.term());
    for (const size_t t : members) {
      texts[t].walk.next();
      if (!texts[t].walk.done()) heads.push(t);
    }
  }
}

Blob merge_tokens(const Plan& plan, const std::string& path, std::vector<TextInput>& texts,
                  TextDictionaryWriter& dictionary) {
  const std::vector<uint32_t>& by_rank = dictionary.ordinals();
  TokenColumnWriter out(plan.meta.doc_count);
  std::vector<ColumnToken> tokens;
  for (const TextInput& text : texts) {
    const TextDictionary& old = text.index->dictionary();
    std::vector<uint32_t> ordinals(old.term_count(), 0);   // new of each old ordinal
    for (uint32_t rank = 0; rank < old.term_count(); ++rank) {
      if (text.merged[rank] != kNoOrdinal) ordinals[old.ordinal_of(rank)] = by_rank[text.merged[rank]];
    }
    for (LocalDocId doc = 0; doc < old.doc_count(); ++doc) {
      const LocalDocId moved = text.input->map(doc);
      if (moved == kNoDoc) continue;
      tokens.clear();
      text.index->token_column()->tokens(doc, tokens);
      if (tokens.empty()) continue;
      out.begin_document(moved);
      for (const ColumnToken& token : tokens) out.add(ordinals[token.term], token.position);
    }
    text.input->segment->release_pages(path);
  }
  return out.finish();
}

struct MergedPosting {
  LocalDocId doc;
  uint16_t freq;
  uint8_t norm;
};
using PostingsOut = std::function<void(const std::string& term, const std::vector<MergedPosting>& postings)>;

TextOptions merged_options(const std::vector<TextInput>& texts) {
  TextOptions options = texts[0].index->dictionary().options();
  for (const TextInput& text : texts) {
    const TextOptions& other = text.index->dictionary().options();
    options.norms = options.norms || other.norms;
    options.freqs = options.freqs || other.freqs;
    options.positions = options.positions && other.positions && text.index->token_column() != nullptr;
  }
  return options;
}

Bitset merged_presence(const Plan& plan, const std::vector<TextInput>& texts) {
  Bitset presence(plan.meta.doc_count);
  for (const TextInput& text : texts) {
    Bitset old(text.index->dictionary().doc_count());
    text.index->or_presence_into(old);
    old.for_each([&](uint32_t doc) {
      if (text.input->map(doc) != kNoDoc) presence.set(text.input->map(doc));
    });
  }
  return presence;
}

/// Dictionary and token column; the postings go to `postings_out` term by term.
TextBlobs merge_text(const Plan& plan, const std::string& path, const PostingsOut& postings_out) {
  std::vector<TextInput> texts = text_inputs(plan, path);
  TextBlobs blobs;
  if (texts.empty()) return blobs;
  const TextOptions options = merged_options(texts);
  TextDictionaryWriter dictionary(options, plan.meta.doc_count);
  std::vector<MergedPosting> postings;
  walk_terms(texts, [&](const std::vector<size_t>& members, const std::string& term) {
    uint64_t total = 0;
    postings.clear();
    for (const size_t t : members) {
      TextInput& text = texts[t];
      const TextDictionary& old = text.index->dictionary();
      const uint32_t rank = text.walk.rank();
      const size_t before = postings.size();
      uint64_t kept_total = 0;
      text.index->read(rank, 0, old.doc_count(), [&](LocalDocId doc, uint16_t freq, uint8_t norm) {
        const LocalDocId moved = text.input->map(doc);
        if (moved == kNoDoc) return;
        kept_total += freq;
        postings.push_back({moved, freq, norm});
      });
      if (text.input->moved.empty()) {
        kept_total = old.total_term_freq(rank);   // exact where frequencies are saturated
        if (postings.size() - before != old.doc_freq(rank)) {
          throw_corrupt(old.blob().origin, "a posting list does not fit its dictionary");
        }
      }
      if (postings.size() != before) text.merged[rank] = dictionary.term_count();
      total += kept_total;
    }
    if (postings.empty()) return;
    dictionary.add(term, static_cast<uint32_t>(postings.size()), total);
    postings_out(term, postings);
  });
  if (dictionary.term_count() == 0) return blobs;
  if (options.positions) blobs.tokens = merge_tokens(plan, path, texts, dictionary);
  blobs.dictionary = dictionary.finish(merged_presence(plan, texts));
  return blobs;
}

TextBlobs merge_young_text(const Plan& plan, const std::string& path) {
  YoungPostingsWriter lists;
  std::vector<uint8_t> norms;
  TextBlobs blobs = merge_text(plan, path, [&](const std::string&, const std::vector<MergedPosting>& postings) {
    lists.begin_term();
    for (const MergedPosting& posting : postings) {
      lists.add(posting.doc, posting.freq);
      if (posting.norm == 0) continue;
      if (norms.empty()) norms.resize(plan.meta.doc_count, 0);
      norms[posting.doc] = posting.norm;
    }
  });
  if (blobs.dictionary.data != nullptr) blobs.postings = lists.finish(norms);
  return blobs;
}

/// Text of all fields to disk, in the order of their prefixes.
FieldPrefixes merge_text_to_disk(const Plan& plan, const std::vector<std::string>& paths, SegmentDirectoryWriter& directory) {
  std::vector<std::string> text_paths;
  for (const std::string& path : paths) {
    if (!text_inputs(plan, path).empty()) text_paths.push_back(path);
  }
  const FieldPrefixes prefixes = assign_prefixes(text_paths);
  if (text_paths.empty()) return prefixes;
  GlassWriter glass(directory.xapian_file(), plan.meta.doc_count);
  std::vector<GlassWriter::Posting> list;
  for (const auto& [path, prefix] : by_prefix(prefixes)) {
    PostingSink sink(glass, prefix);
    const TextBlobs blobs = merge_text(plan, path, [&](const std::string& term, const std::vector<MergedPosting>& postings) {
      list.clear();
      for (const MergedPosting& posting : postings) list.push_back({posting.doc, pack_wdf(posting.freq, posting.norm)});
      sink.add(term, list);
    });
    sink.finish();
    if (blobs.dictionary.data == nullptr) continue;
    directory.add(PartKind::kDictionary, path, blobs.dictionary);
    if (blobs.tokens.data != nullptr) directory.add(PartKind::kTokens, path, blobs.tokens);
    release_fields(plan, path);
  }
  glass.finish();
  return prefixes;
}

}  // namespace
}  // namespace tarn::segment

namespace tarn {

std::shared_ptr<const Segment> merge_segments(std::string name, const Mapping&, const std::vector<SegmentReader>& readers) {
  const segment::Plan plan = segment::make_plan(readers);
  if (plan.meta.doc_count == 0) return nullptr;
  segment::SegmentBlobs out;
  out.meta = plan.meta;
  out.rows = plan.rows;
  out.roots = plan.roots;
  for (const std::string& path : segment::all_paths(plan)) {
    segment::FieldBlobs field;
    field.numbers = segment::merge_numbers(plan, path);
    field.keywords = segment::merge_keywords(plan, path);
    field.text = segment::merge_young_text(plan, path);
    if (field.numbers.data || field.keywords.data || field.text.dictionary.data) out.fields.emplace(path, std::move(field));
  }
  return std::make_shared<segment::PackedSegment>(std::move(name), std::move(out));
}

std::shared_ptr<const Segment> merge_to_disk(std::string name, const Mapping&, const std::vector<SegmentReader>& readers,
                                             const std::filesystem::path& directory, PostingCache& cache) {
  using segment::PartKind;
  const segment::Plan plan = segment::make_plan(readers);
  if (plan.meta.doc_count == 0) return nullptr;
  segment::SegmentDirectoryWriter writer(directory, name);
  if (plan.rows.data != nullptr) writer.add(PartKind::kRows, "", plan.rows);
  if (plan.roots.data != nullptr) writer.add(PartKind::kRoots, "", plan.roots);
  const std::vector<std::string> paths = segment::all_paths(plan);
  for (const std::string& path : paths) {
    if (const segment::Blob blob = segment::merge_numbers(plan, path); blob.data) writer.add(PartKind::kNumbers, path, blob);
    if (const segment::Blob blob = segment::merge_keywords(plan, path); blob.data) writer.add(PartKind::kKeywords, path, blob);
    segment::release_fields(plan, path);
  }
  const segment::FieldPrefixes prefixes = segment::merge_text_to_disk(plan, paths, writer);
  writer.commit(plan.meta, prefixes);
  return segment::open_written(directory, name, cache);
}

}  // namespace tarn

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

Blob merge_tokens(const Plan& plan, std::vector<TextInput>& texts, TextDictionaryWriter& dictionary) {
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
  }
  return out.finish();
}

/// Dictionary and token column; postings too if asked for.
TextBlobs merge_text(const Plan& plan, const std::string& path, bool with_postings) {
  std::vector<TextInput> texts = text_inputs(plan, path);
  TextBlobs blobs;
  if (texts.empty()) return blobs;
  TextOptions options = texts[0].index->dictionary().options();
  for (const TextInput& text : texts) {
    const TextOptions& other = text.index->dictionary().options();
    options.norms = options.norms || other.norms;
    options.freqs = options.freqs || other.freqs;
    options.positions = options.positions && other.positions && text.index->token_column() != nullptr;
  }
  Bitset presence(plan.meta.doc_count);
  for (const TextInput& text : texts) {
    Bitset old(text.index->dictionary().doc_count());
    text.index->or_presence_into(old);
    old.for_each([&](uint32_t doc) {
      if (text.input->map(doc) != kNoDoc) presence.set(text.input->map(doc));
    });
  }
  TextDictionaryWriter dictionary(options, plan.meta.doc_count);
  YoungPostingsWriter lists;
  std::vector<uint8_t> norms(with_postings && options.norms ? plan.meta.doc_count : 0, 0);
  struct Posting {
    LocalDocId doc;
    uint16_t freq;
  };
  std::vector<Posting> postings;
  walk_terms(texts, [&](const std::vector<size_t>& members, const std::string& term) {
    uint64_t doc_freq = 0, total = 0;
    postings.clear();
    for (const size_t t : members) {
      TextInput& text = texts[t];
      const TextDictionary& old = text.index->dictionary();
      const uint32_t rank = text.walk.rank();
      const bool drops = !text.input->moved.empty();
      uint64_t kept = 0, kept_total = 0;
      if (with_postings || drops) {
        text.index->read(rank, 0, old.doc_count(), [&](LocalDocId doc, uint16_t freq, uint8_t norm) {
          const LocalDocId moved = text.input->map(doc);
          if (moved == kNoDoc) return;
          ++kept;
          kept_total += freq;
          if (!with_postings) return;
          postings.push_back({moved, freq});
          if (options.norms) norms[moved] = norm;
        });
      }
      if (!drops) {
        kept = old.doc_freq(rank);
        kept_total = old.total_term_freq(rank);
      }
      if (kept != 0) text.merged[rank] = dictionary.term_count();
      doc_freq += kept;
      total += kept_total;
    }
    if (doc_freq == 0) return;
    dictionary.add(term, static_cast<uint32_t>(doc_freq), total);
    if (!with_postings) return;
    lists.begin_term();
    for (const Posting& posting : postings) lists.add(posting.doc, posting.freq);
  });
  if (dictionary.term_count() == 0) return blobs;
  if (with_postings) blobs.postings = lists.finish(norms);
  if (options.positions) blobs.tokens = merge_tokens(plan, texts, dictionary);
  blobs.dictionary = dictionary.finish(presence);
  return blobs;
}

/// Whether compact() can join the databases: every document is kept, and fields have the same prefixes everywhere.
bool can_join(const Plan& plan, const FieldPrefixes& prefixes) {
  if (plan.drops) return false;
  for (const Input& input : plan.inputs) {
    if (!input.segment->on_disk()) continue;
    if (input.segment->xapian() == nullptr) continue;
    for (const auto& [path, prefix] : input.segment->xapian()->prefixes) {
      const auto found = prefixes.find(path);
      if (found == prefixes.end() || found->second != prefix) return false;
    }
  }
  return true;
}

std::vector<XapianWriter::Source> text_sources(const PackedSegment& segment, const FieldPrefixes& prefixes) {
  std::vector<XapianWriter::Source> sources;
  for (const auto& [path, prefix] : prefixes) {
    if (const PackedTextIndex* index = segment.packed_text(path)) sources.push_back({prefix, index});
  }
  return sources;
}

/// Joins the databases of the inputs; young ones and those without text get one first.
void join_text(const Plan& plan, const FieldPrefixes& prefixes, const SegmentDirectoryWriter& directory) {
  std::vector<std::filesystem::path> files, temporary;
  for (const Input& input : plan.inputs) {
    if (input.segment->xapian() != nullptr) {
      files.push_back(input.segment->xapian()->file());
      continue;
    }
    const std::string number = std::to_string(files.size());
    XapianWriter xapian(directory.scratch("pieces" + number));
    xapian.add(text_sources(*input.segment, prefixes), input.segment->doc_count(), [](LocalDocId doc) { return doc; });
    temporary.push_back(directory.scratch("joined" + number));
    files.push_back(temporary.back());
    xapian.finish(files.back(), input.segment->doc_count());
  }
  join_databases(files, directory.xapian_file());
  for (const auto& file : temporary) std::filesystem::remove(file);
}

void rewrite_text(const Plan& plan, const FieldPrefixes& prefixes, const SegmentDirectoryWriter& directory) {
  XapianWriter xapian(directory.scratch("pieces"));
  for (const Input& input : plan.inputs) {
    xapian.add(text_sources(*input.segment, prefixes), input.segment->doc_count(),
               [&input](LocalDocId doc) { return input.map(doc); });
  }
  xapian.finish(directory.xapian_file(), plan.meta.doc_count);
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
    field.text = segment::merge_text(plan, path, true);
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
  std::vector<std::string> text_paths;
  for (const std::string& path : segment::all_paths(plan)) {
    if (const segment::Blob blob = segment::merge_numbers(plan, path); blob.data) writer.add(PartKind::kNumbers, path, blob);
    if (const segment::Blob blob = segment::merge_keywords(plan, path); blob.data) writer.add(PartKind::kKeywords, path, blob);
    const segment::TextBlobs text = segment::merge_text(plan, path, false);
    if (text.dictionary.data == nullptr) continue;
    text_paths.push_back(path);
    writer.add(PartKind::kDictionary, path, text.dictionary);
    if (text.tokens.data != nullptr) writer.add(PartKind::kTokens, path, text.tokens);
  }
  const segment::FieldPrefixes prefixes = segment::assign_prefixes(text_paths);
  if (!text_paths.empty()) {
    if (segment::can_join(plan, prefixes)) {
      segment::join_text(plan, prefixes, writer);
    } else {
      segment::rewrite_text(plan, prefixes, writer);
    }
  }
  writer.commit(plan.meta, prefixes);
  return open_segment(directory, name, cache, false);
}

}  // namespace tarn

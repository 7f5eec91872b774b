#include "segment_fixture.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>

namespace tarn {
namespace {

int64_t sortable(double value) {
  const int64_t bits = std::bit_cast<int64_t>(value);
  return bits ^ ((bits >> 63) & INT64_MAX);
}

struct ModelToken {
  std::string term;
  int32_t position;
  bool operator<(const ModelToken& other) const = default;
};

struct ModelText {
  std::vector<ModelToken> tokens;
  std::map<std::string, uint32_t> freqs;
  uint32_t length = 0;
};

ModelText analyze(const FieldType& type, const std::vector<std::string>& values) {
  ModelText out;
  TokenBuffer buffer;
  int32_t base = 0;
  for (const std::string& value : values) {
    type.index_analyzer->analyze(value, buffer);
    int32_t last = -1;
    for (const Token& token : buffer.tokens) {
      out.tokens.push_back({std::string(token.term), base + token.position});
      ++out.freqs[std::string(token.term)];
      if (token.position != last) ++out.length;
      last = token.position;
    }
    base += buffer.end_position + type.position_increment_gap;
  }
  if (!type.freqs) {
    out.length = static_cast<uint32_t>(out.freqs.size());
    for (auto& [term, freq] : out.freqs) freq = 1;
  }
  return out;
}

std::vector<LocalDocId> members(const Bitset& bits) {
  std::vector<LocalDocId> out;
  bits.for_each([&](uint32_t i) { out.push_back(i); });
  return out;
}

std::vector<LocalDocId> some_documents(uint32_t count, uint64_t seed, int kind) {
  std::mt19937_64 random(seed);
  std::vector<LocalDocId> docs;
  const uint32_t begin = kind == 1 ? static_cast<uint32_t>(random() % count) : 0;
  for (LocalDocId doc = begin; doc < count; ++doc) {
    if (kind <= 1 || random() % (kind == 2 ? 2 : 37) == 0) docs.push_back(doc);
  }
  return docs;
}

void expect_numbers(const NumericColumn* column, const std::vector<ModelDocument>& documents, const std::string& path) {
  SCOPED_TRACE(path);
  const uint32_t count = static_cast<uint32_t>(documents.size());
  std::vector<std::vector<int64_t>> model(count);
  uint32_t present = 0;
  uint64_t values = 0;
  std::vector<int64_t> all;
  for (uint32_t d = 0; d < count; ++d) {
    if (const auto found = documents[d].numbers.find(path); found != documents[d].numbers.end()) model[d] = found->second;
    std::sort(model[d].begin(), model[d].end());
    present += !model[d].empty();
    values += model[d].size();
    all.insert(all.end(), model[d].begin(), model[d].end());
  }
  if (present == 0) {
    EXPECT_TRUE(column == nullptr);
    return;
  }
  ASSERT_TRUE(column != nullptr);
  EXPECT_EQ(column->doc_count(), count);
  EXPECT_EQ(column->present_count(), present);
  EXPECT_EQ(column->value_count(), values);
  std::sort(all.begin(), all.end());
  EXPECT_EQ(column->min(), all.front());
  EXPECT_EQ(column->max(), all.back());
  Bitset presence(count);
  column->or_presence_into(presence);
  EXPECT_EQ(presence.count(), present);
  std::vector<int64_t> got;
  for (uint32_t d = 0; d < count; ++d) {
    got.clear();
    column->values(d, got);
    ASSERT_EQ(got, model[d]) << "document " << d;
    ASSERT_EQ(column->first(d, -77), model[d].empty() ? -77 : model[d][0]);
    ASSERT_EQ(column->has(d), !model[d].empty());
    ASSERT_EQ(presence.test(d), !model[d].empty());
  }
  for (int kind = 0; kind < 4; ++kind) {
    const std::vector<LocalDocId> docs = some_documents(count, count + kind, kind);
    std::vector<int64_t> out(docs.size());
    column->gather(docs.data(), docs.size(), -77, out.data());
    MultiValues<int64_t> multi;
    column->gather_all(docs.data(), docs.size(), multi);
    ASSERT_EQ(multi.offsets.size(), docs.size() + 1);
    for (size_t i = 0; i < docs.size(); ++i) {
      const auto& want = model[docs[i]];
      ASSERT_EQ(out[i], want.empty() ? -77 : want[0]) << "document " << docs[i];
      ASSERT_TRUE(std::equal(want.begin(), want.end(), multi.values.begin() + multi.offsets[i],
                             multi.values.begin() + multi.offsets[i + 1]));
    }
  }
  std::mt19937_64 random(count);
  for (int round = 0; round < 12; ++round) {
    int64_t low = all[random() % all.size()], high = all[random() % all.size()];
    if (low > high) std::swap(low, high);
    if (round == 0) low = INT64_MIN;
    if (round == 1) high = INT64_MAX;
    if (round == 2 && low < INT64_MAX) ++low;
    if (round == 3 && high > INT64_MIN) --high;
    if (round == 4) high = low;
    if (round == 5) low = INT64_MIN, high = INT64_MAX;
    Bitset out(count);
    column->or_range_into(low, high, out);
    for (uint32_t d = 0; d < count; ++d) {
      const bool want = std::any_of(model[d].begin(), model[d].end(), [&](int64_t v) { return v >= low && v <= high; });
      ASSERT_EQ(out.test(d), want) << "range " << low << ".." << high << " document " << d;
    }
  }
  for (const size_t wanted : {size_t{1}, size_t{2}, size_t{9}, size_t{400}}) {
    std::set<int64_t> terms;
    for (size_t i = 0; i < wanted; ++i) terms.insert(random() % 3 == 0 ? static_cast<int64_t>(random()) : all[random() % all.size()]);
    Bitset out(count);
    column->or_terms_into({terms.begin(), terms.end()}, out);
    for (uint32_t d = 0; d < count; ++d) {
      const bool want = std::any_of(model[d].begin(), model[d].end(), [&](int64_t v) { return terms.contains(v); });
      ASSERT_EQ(out.test(d), want) << "terms, document " << d;
    }
  }
  for (uint32_t b = 0; b * NumericColumn::kBlockDocs < count; ++b) {
    const NumericColumn::BlockRange range = column->block(b);
    int64_t low = INT64_MAX, high = INT64_MIN;
    uint32_t in_block = 0;
    for (uint32_t d = b * NumericColumn::kBlockDocs; d < std::min(count, (b + 1) * NumericColumn::kBlockDocs); ++d) {
      in_block += !model[d].empty();
      for (const int64_t v : model[d]) low = std::min(low, v), high = std::max(high, v);
    }
    EXPECT_EQ(range.present, in_block);
    if (in_block == 0) {
      EXPECT_GT(range.min, range.max);
    } else {
      EXPECT_EQ(range.min, low);
      EXPECT_EQ(range.max, high);
    }
  }
}

void expect_keywords(const KeywordColumn* column, const std::vector<ModelDocument>& documents, const std::string& path) {
  SCOPED_TRACE(path);
  const uint32_t count = static_cast<uint32_t>(documents.size());
  std::map<std::string, std::vector<LocalDocId>> inverted;
  std::vector<std::set<std::string>> model(count);
  uint64_t values = 0;
  uint32_t present = 0;
  for (uint32_t d = 0; d < count; ++d) {
    if (const auto found = documents[d].keywords.find(path); found != documents[d].keywords.end()) {
      model[d] = {found->second.begin(), found->second.end()};
    }
    for (const std::string& term : model[d]) inverted[term].push_back(d);
    values += model[d].size();
    present += !model[d].empty();
  }
  if (present == 0) {
    EXPECT_TRUE(column == nullptr);
    return;
  }
  ASSERT_TRUE(column != nullptr);
  EXPECT_EQ(column->present_count(), present);
  EXPECT_EQ(column->value_count(), values);
  ASSERT_EQ(column->ordinal_count(), inverted.size());
  Ordinal o = 0;
  for (const auto& [term, docs] : inverted) {
    ASSERT_EQ(column->term(o), term);
    ASSERT_EQ(column->find(term), std::optional<Ordinal>(o));
    ASSERT_EQ(column->lower_bound(term), o);
    ASSERT_EQ(column->lower_bound(term + '\0'), o + 1);
    ASSERT_EQ(column->doc_freq(o), docs.size());
    Bitset out(count);
    column->or_docs_into(o, o + 1, out);
    ASSERT_EQ(members(out), docs) << term;
    ++o;
  }
  EXPECT_FALSE(column->find("no such term").has_value());
  std::mt19937_64 random(count);
  for (int round = 0; round < 8; ++round) {
    Ordinal begin = random() % (o + 1), end = random() % (o + 1);
    if (begin > end) std::swap(begin, end);
    Bitset out(count), want(count);
    column->or_docs_into(begin, end, out);
    Ordinal i = 0;
    for (const auto& [term, docs] : inverted) {
      if (i >= begin && i < end) {
        for (const LocalDocId doc : docs) want.set(doc);
      }
      ++i;
    }
    ASSERT_EQ(members(out), members(want)) << begin << ".." << end;
  }
  std::vector<LocalDocId> docs = some_documents(count, count, 2);
  std::vector<Ordinal> firsts(docs.size());
  column->gather(docs.data(), docs.size(), firsts.data());
  MultiValues<Ordinal> multi;
  column->gather_all(docs.data(), docs.size(), multi);
  for (size_t i = 0; i < docs.size(); ++i) {
    const auto& want = model[docs[i]];
    ASSERT_EQ(firsts[i], column->first(docs[i]));
    if (want.empty()) {
      ASSERT_EQ(firsts[i], kNoOrdinal);
    } else {
      ASSERT_EQ(column->term(firsts[i]), *want.begin());
    }
    std::vector<Ordinal> ordinals;
    column->ordinals(docs[i], ordinals);
    std::set<std::string> terms;
    for (const Ordinal ordinal : ordinals) terms.emplace(column->term(ordinal));
    ASSERT_EQ(terms, want);
    ASSERT_EQ(ordinals.size(), want.size());
    ASSERT_TRUE(std::equal(ordinals.begin(), ordinals.end(), multi.values.begin() + multi.offsets[i],
                           multi.values.begin() + multi.offsets[i + 1]));
  }
}

void expect_text(const TextIndex* index, const FieldType& type, const std::vector<ModelDocument>& documents) {
  SCOPED_TRACE(type.path);
  const uint32_t count = static_cast<uint32_t>(documents.size());
  std::vector<ModelText> model(count);
  std::map<std::string, std::vector<LocalDocId>> inverted;
  FieldStatistics statistics;
  for (uint32_t d = 0; d < count; ++d) {
    const auto found = documents[d].texts.find(type.path);
    if (found == documents[d].texts.end()) continue;
    model[d] = analyze(type, found->second);
    statistics.doc_count += !model[d].tokens.empty();
    for (const auto& [term, freq] : model[d].freqs) {
      inverted[term].push_back(d);
      statistics.sum_total_term_freq += freq;
      ++statistics.sum_doc_freq;
    }
  }
  if (inverted.empty()) {
    EXPECT_TRUE(index == nullptr);
    return;
  }
  ASSERT_TRUE(index != nullptr);
  EXPECT_EQ(index->statistics().doc_count, statistics.doc_count);
  EXPECT_EQ(index->statistics().sum_total_term_freq, statistics.sum_total_term_freq);
  EXPECT_EQ(index->statistics().sum_doc_freq, statistics.sum_doc_freq);
  Bitset presence(count);
  index->or_presence_into(presence);
  for (uint32_t d = 0; d < count; ++d) ASSERT_EQ(presence.test(d), !model[d].tokens.empty());

  auto cursor = index->terms("");
  for (const auto& [term, docs] : inverted) {
    ASSERT_TRUE(cursor->next());
    ASSERT_EQ(cursor->term(), term);
    ASSERT_EQ(cursor->doc_freq(), docs.size());
    ASSERT_EQ(index->doc_freq(term), docs.size());
    const auto list = index->postings(term);
    ASSERT_TRUE(list != nullptr);
    ASSERT_EQ(list->docs, docs) << term;
    uint64_t total = 0;
    for (size_t i = 0; i < docs.size(); ++i) {
      const ModelText& text = model[docs[i]];
      ASSERT_EQ(list->freqs[i], text.freqs.at(term));
      ASSERT_EQ(list->norms[i], type.norms ? encode_norm(text.length) : 0);
      total += list->freqs[i];
      const PostingList::Bound& bound = list->bounds[i / PostingList::kBlock];
      ASSERT_GE(bound.last_doc, docs[i]);
      ASSERT_GE(bound.max_freq, list->freqs[i]);
      for (uint32_t f = 0; f < std::min<uint32_t>(list->freqs[i], PostingList::kFreqClasses); ++f) {
        ASSERT_LE(bound.min_norms[f], list->norms[i]);
      }
    }
    ASSERT_EQ(list->total_term_freq, total);
    ASSERT_EQ(index->total_term_freq(term), total);
    ASSERT_EQ(list->bounds.size(), (docs.size() + PostingList::kBlock - 1) / PostingList::kBlock);
  }
  EXPECT_FALSE(cursor->next());
  EXPECT_TRUE(index->postings("no such term") == nullptr);
  EXPECT_EQ(index->doc_freq("no such term"), 0u);
  const std::string middle = std::next(inverted.begin(), static_cast<long>(inverted.size() / 2))->first;
  cursor = index->terms(middle);
  ASSERT_TRUE(cursor->next());
  EXPECT_EQ(cursor->term(), middle);

  std::vector<ColumnToken> tokens;
  for (uint32_t d = 0; d < count; ++d) {
    tokens.clear();
    index->tokens(d, tokens);
    if (!type.positions) {
      ASSERT_TRUE(tokens.empty());
      continue;
    }
    ASSERT_EQ(tokens.size(), model[d].tokens.size()) << "document " << d;
    for (size_t i = 0; i < tokens.size(); ++i) {
      ASSERT_EQ(index->token_term(tokens[i].term), model[d].tokens[i].term);
      ASSERT_EQ(tokens[i].position, model[d].tokens[i].position);
      ASSERT_EQ(index->token_ordinal(model[d].tokens[i].term), std::optional<uint32_t>(tokens[i].term));
    }
  }
}

}  // namespace

void SpaceAnalyzer::analyze(std::string_view text, TokenBuffer& out) const {
  out.clear();
  out.text = text;
  int32_t position = 0;
  size_t i = 0;
  while (i < text.size()) {
    const size_t end = std::min(text.find(' ', i), text.size());
    std::string_view word = text.substr(i, end - i);
    i = end + 1;
    if (word.empty()) continue;
    if (word != "the") {
      while (true) {
        const size_t bar = word.find('|');
        Token token;
        token.term = out.keep(word.substr(0, bar));
        token.position = position;
        out.tokens.push_back(token);
        if (bar == std::string_view::npos) break;
        word.remove_prefix(bar + 1);
      }
    }
    ++position;
  }
  out.end_position = position;
}

FakeMapping::FakeMapping() {
  add("_seq_no", ColumnKind::kInt64);
  add("_version", ColumnKind::kInt64);
  add("_routing", ColumnKind::kKeyword);
  add("_ignored", ColumnKind::kKeyword);
  add("_nested_path", ColumnKind::kKeyword);
  add("_field_names", ColumnKind::kKeyword);
}

FieldId FakeMapping::add(std::string path, ColumnKind column) {
  FieldType type;
  type.id = static_cast<FieldId>(fields_.size());
  type.path = std::move(path);
  type.column = column;
  fields_.push_back(std::move(type));
  return fields_.back().id;
}

FieldId FakeMapping::add_text(std::string path) {
  const FieldId id = add(std::move(path), ColumnKind::kNone);
  fields_[id].inverted = true;
  fields_[id].index_analyzer = &analyzer_;
  return id;
}

const FieldType* FakeMapping::find(std::string_view path) const {
  for (const FieldType& field : fields_) {
    if (field.path == path) return &field;
  }
  return nullptr;
}

void declare_fields(FakeMapping& mapping) {
  for (const std::string& path : RandomDocuments::number_paths()) {
    const bool doubles = path.starts_with("double");
    mapping.add(path, doubles ? ColumnKind::kDouble : ColumnKind::kInt64);
  }
  for (const std::string& path : RandomDocuments::keyword_paths()) mapping.add(path, ColumnKind::kKeyword);
  for (const std::string& path : RandomDocuments::text_paths()) {
    FieldType& type = mapping.mutable_field(mapping.add_text(path));
    if (path == "text.no_norms") type.norms = false;
    if (path == "text.no_positions") type.positions = false;
    if (path == "text.no_freqs") type.positions = type.freqs = false;
    if (path == "text.gap") type.position_increment_gap = 7;
  }
}

const std::vector<std::string>& RandomDocuments::number_paths() {
  static const std::vector<std::string> paths{"long.dense",   "long.wide",    "long.rare",    "long.half",    "long.multi",
                                              "long.multi_half", "date",      "constant",     "double.price", "double.random",
                                              "double.float", "double.special", "double.integer"};
  return paths;
}

const std::vector<std::string>& RandomDocuments::keyword_paths() {
  static const std::vector<std::string> paths{"key.id", "key.few", "key.some", "key.many", "key.rare", "key.constant", "key.empty"};
  return paths;
}

const std::vector<std::string>& RandomDocuments::text_paths() {
  static const std::vector<std::string> paths{"text.body", "text.title", "text.no_norms", "text.no_positions", "text.no_freqs",
                                              "text.gap"};
  return paths;
}

RandomDocuments::RandomDocuments(FakeMapping&, uint64_t seed) : random_(seed) {}

std::vector<int64_t> RandomDocuments::numbers(const std::string& path) {
  const auto repeat = [&](size_t n, auto make) {
    std::vector<int64_t> out;
    for (size_t i = 0; i < n; ++i) out.push_back(make());
    return out;
  };
  if (path == "long.dense") return {static_cast<int64_t>(pick(1000)) - 500};
  if (path == "long.wide") return {static_cast<int64_t>(random_())};
  if (path == "long.rare") return repeat(pick(300) == 0, [&] { return static_cast<int64_t>(pick(1u << 30)); });
  if (path == "long.half") return repeat(pick(2), [&] { return static_cast<int64_t>(pick(1ull << 40)); });
  if (path == "long.multi") return repeat(1 + pick(4), [&] { return static_cast<int64_t>(pick(50)); });
  if (path == "long.multi_half") return repeat(pick(3), [&] { return static_cast<int64_t>(pick(1u << 20)) * 7; });
  if (path == "date") return {1'700'000'000'000 + static_cast<int64_t>(row_ * 1000 + pick(60) * 1000)};
  if (path == "constant") return {42};
  if (path == "double.price") return {sortable(static_cast<double>(pick(1'000'000)) / 100)};
  if (path == "double.random") return repeat(pick(2), [&] { return sortable(std::bit_cast<double>(random_())); });
  if (path == "double.float") return {sortable(static_cast<float>(static_cast<double>(pick(10'000)) / 10 - 300))};
  if (path == "double.integer") return {sortable(static_cast<double>(pick(1u << 20)) - 5)};
  static constexpr double special[] = {0.0, -0.0, 1e300, -1e-300, INFINITY, -INFINITY, NAN, 0.1, 123456789.125};
  return {sortable(special[pick(std::size(special))])};
}

std::vector<std::string> RandomDocuments::keywords(const std::string& path) {
  if (path == "key.id") return {"id-" + std::to_string(random_())};
  if (path == "key.few") return {"colour" + std::to_string(pick(4))};
  if (path == "key.constant") return {"always"};
  if (path == "key.many") return {std::to_string(pick(2000))};
  if (path == "key.rare") return pick(200) == 0 ? std::vector<std::string>{"r" + std::to_string(pick(9))} : std::vector<std::string>{};
  if (path == "key.empty") return pick(3) ? std::vector<std::string>{""} : std::vector<std::string>{std::string(1, '\0') + "x"};
  std::vector<std::string> out;
  for (uint64_t i = pick(5); i > 0; --i) out.push_back("tag/" + std::string(pick(3), 'x') + std::to_string(pick(60)));
  return out;
}

std::string RandomDocuments::text() {
  std::string out;
  for (uint64_t i = pick(30); i > 0; --i) {
    const uint64_t kind = pick(40);
    if (kind == 0) {
      out += "the";
    } else if (kind == 1) {
      out += "quick|fast|swift";
    } else if (kind == 2) {
      out += std::string(190 + pick(120), static_cast<char>('a' + pick(3))) + std::to_string(pick(3));  // beyond Xapian's limit
    } else {
      const double skew = std::pow(static_cast<double>(pick(1000)) / 1000.0, 3);
      out += "w" + std::to_string(static_cast<int>(skew * 800));
    }
    out += ' ';
  }
  return out;
}

void RandomDocuments::fill(ModelDocument& document) {
  for (const std::string& path : number_paths()) {
    if (auto values = numbers(path); !values.empty()) document.numbers[path] = std::move(values);
  }
  for (const std::string& path : keyword_paths()) {
    if (auto values = keywords(path); !values.empty()) document.keywords[path] = std::move(values);
  }
  for (const std::string& path : text_paths()) {
    for (uint64_t i = path == "text.body" ? 1 : pick(3); i > 0; --i) document.texts[path].push_back(text());
  }
}

std::vector<ModelDocument> RandomDocuments::next_block() {
  std::vector<ModelDocument> block;
  const uint64_t children = pick(10) == 0 ? pick(4) : 0;
  for (uint64_t i = 0; i < children; ++i) {
    ModelDocument child;
    child.root = false;
    child.row = row_;
    child.keywords["_nested_path"] = {"children"};
    child.numbers["long.dense"] = {static_cast<int64_t>(pick(10))};
    if (pick(2)) child.texts["text.title"] = {text()};
    block.push_back(std::move(child));
  }
  ModelDocument root;
  root.row = row_;
  fill(root);
  root.numbers["_seq_no"] = {static_cast<int64_t>(row_ * 2)};
  root.numbers["_version"] = {static_cast<int64_t>(1 + pick(3))};
  block.push_back(std::move(root));
  row_ += pick(50) == 0 ? 3 : 1;
  return block;
}

void append(const FakeMapping& mapping, const std::vector<ModelDocument>& block, ParsedBatch& batch, bool dead) {
  ParsedRoot root;
  root.first_document = static_cast<uint32_t>(batch.documents.size());
  root.document_count = static_cast<uint32_t>(block.size());
  root.row = RowId(block.back().row);
  root.seq_no = SeqNo(block.back().numbers.at("_seq_no")[0]);
  root.version = block.back().numbers.at("_version")[0];
  root.dead = dead;
  for (const ModelDocument& document : block) {
    ParsedDocument parsed;
    parsed.first_value = static_cast<uint32_t>(batch.values.size());
    parsed.nested = document.root ? ParsedDocument::kRoot : 0;
    const auto bytes = [&](FieldId id, const std::string& text) {
      FieldValue value;
      value.field = id;
      const std::string_view kept = batch.arena.copy(text);
      value.size = static_cast<uint32_t>(kept.size());
      value.data = kept.data();
      batch.values.push_back(value);
    };
    for (const auto& [path, values] : document.texts) {
      for (const std::string& text : values) bytes(mapping.find(path)->id, text);
    }
    for (const auto& [path, values] : document.keywords) {
      for (const std::string& text : values) bytes(mapping.find(path)->id, text);
    }
    for (const auto& [path, values] : document.numbers) {
      if (path == "_seq_no" || path == "_version") continue;
      for (const int64_t number : values) {
        FieldValue value;
        value.field = mapping.find(path)->id;
        value.size = 0;
        value.number = number;
        batch.values.push_back(value);
      }
    }
    parsed.value_count = static_cast<uint32_t>(batch.values.size()) - parsed.first_value;
    batch.documents.push_back(parsed);
  }
  batch.roots.push_back(root);
}

void expect_equal(const SegmentReader& reader, const FakeMapping& mapping, const std::vector<ModelDocument>& documents) {
  const Segment& segment = reader.segment();
  ASSERT_EQ(segment.doc_count(), documents.size());
  uint32_t roots = 0;
  for (LocalDocId doc = 0; doc < documents.size(); ++doc) {
    ASSERT_EQ(segment.row(doc).value, documents[doc].row) << doc;
    roots += documents[doc].root;
    if (documents[doc].root) {
      ASSERT_EQ(segment.find_row(segment.row(doc)), doc);
    }
    ASSERT_EQ(segment.roots() == nullptr || segment.roots()->test(doc), documents[doc].root);
    ASSERT_EQ(reader.is_live(doc), documents[doc].live);
  }
  EXPECT_EQ(segment.root_count(), roots);
  EXPECT_EQ(segment.first_row().value, documents.front().row);
  EXPECT_EQ(segment.last_row().value, documents.back().row);
  EXPECT_EQ(segment.find_row(RowId(documents.back().row + 1)), kNoDoc);
  for (FieldId id = 0; id < mapping.field_count(); ++id) {
    const FieldType& type = mapping.field(id);
    if (type.inverted) {
      expect_text(reader.text(type.path), type, documents);
    } else if (type.column == ColumnKind::kKeyword) {
      expect_keywords(reader.keywords(type.path), documents, type.path);
    } else {
      expect_numbers(reader.numbers(type.path), documents, type.path);
    }
    if (::testing::Test::HasFatalFailure()) return;
  }
}

}  // namespace tarn

#include "query/suggest/spell.h"

#include <algorithm>
#include <cmath>

#include "indexer/analysis/text.h"
#include "indexer/base/ascii.h"
#include "query/dsl/clause.h"
#include "query/text/expansion.h"

namespace tarn::query {

namespace {

constexpr size_t kTermsMax = 10000000;  // looked at; the walk stops at deadlines, too

/// Edits between two words (a swap of neighbours counts as one where `swaps`); more than `limit` is limit + 1.
int edit_distance(std::u32string_view a, std::u32string_view b, bool swaps, int limit) {
  const auto apart = a.size() > b.size() ? a.size() - b.size() : b.size() - a.size();
  if (apart > static_cast<size_t>(limit)) return limit + 1;
  std::vector<int> before(b.size() + 1), previous(b.size() + 1), row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) previous[j] = static_cast<int>(j);
  for (size_t i = 1; i <= a.size(); ++i) {
    row[0] = static_cast<int>(i);
    int least = row[0];
    for (size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({row[j - 1] + 1, previous[j] + 1, previous[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)});
      if (swaps && i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) row[j] = std::min(row[j], before[j - 2] + 1);
      least = std::min(least, row[j]);
    }
    if (least > limit) return limit + 1;
    std::swap(before, previous);
    std::swap(previous, row);
  }
  return std::min(previous[b.size()], limit + 1);
}

int levenshtein(std::u32string_view a, std::u32string_view b) { return edit_distance(a, b, false, static_cast<int>(a.size() + b.size())); }

/// LuceneLevenshteinDistance: neighbours may change places.
float damerau(std::u32string_view a, std::u32string_view b) {
  if (a.empty() || b.empty()) return a.size() == b.size() ? 1 : 0;
  const int edits = edit_distance(a, b, true, static_cast<int>(a.size() + b.size()));
  return 1.0f - static_cast<float>(edits) / static_cast<float>(std::min(a.size(), b.size()));
}

float jaro_winkler(std::u32string_view s1, std::u32string_view s2) {
  const auto longer = s1.size() > s2.size() ? s1 : s2, shorter = s1.size() > s2.size() ? s2 : s1;
  const int range = std::max(static_cast<int>(longer.size()) / 2 - 1, 0);
  std::vector<int> indexes(shorter.size(), -1);
  std::vector<bool> flags(longer.size(), false);
  int matches = 0;
  for (int i = 0; i < static_cast<int>(shorter.size()); ++i) {
    const int to = std::min(i + range + 1, static_cast<int>(longer.size()));
    for (int k = std::max(i - range, 0); k < to; ++k) {
      if (flags[static_cast<size_t>(k)] || shorter[static_cast<size_t>(i)] != longer[static_cast<size_t>(k)]) continue;
      indexes[static_cast<size_t>(i)] = k;
      flags[static_cast<size_t>(k)] = true;
      ++matches;
      break;
    }
  }
  if (matches == 0) return 0;
  std::u32string first, second;
  for (size_t i = 0; i < shorter.size(); ++i) {
    if (indexes[i] >= 0) first += shorter[i];
  }
  for (size_t i = 0; i < longer.size(); ++i) {
    if (flags[i]) second += longer[i];
  }
  int transpositions = 0;
  for (size_t i = 0; i < first.size(); ++i) transpositions += first[i] != second[i];
  int prefix = 0;
  for (size_t i = 0; i < shorter.size() && s1[i] == s2[i]; ++i) ++prefix;
  const auto m = static_cast<float>(matches);
  const float jaro = (m / static_cast<float>(s1.size()) + m / static_cast<float>(s2.size()) +
                      (m - static_cast<float>(transpositions / 2)) / m) / 3;
  constexpr float kThreshold = 0.7f;
  if (jaro < kThreshold) return jaro;
  return jaro + std::min(0.1f, 1.0f / static_cast<float>(longer.size())) * static_cast<float>(prefix) * (1 - jaro);
}

/// Lucene's NGramDistance of size 2.
float ngram(std::u32string_view source, std::u32string_view target) {
  constexpr size_t n = 2;
  const size_t sl = source.size(), tl = target.size();
  if (sl == 0 || tl == 0) return sl == tl ? 1 : 0;
  if (sl < n || tl < n) {
    size_t same = 0;
    for (size_t i = 0; i < std::min(sl, tl); ++i) same += source[i] == target[i];
    return static_cast<float>(same) / static_cast<float>(std::max(sl, tl));
  }
  std::u32string padded(n - 1, 0);
  padded += source;
  std::vector<float> previous(sl + 1), row(sl + 1);
  for (size_t i = 0; i <= sl; ++i) previous[i] = static_cast<float>(i);
  for (size_t j = 1; j <= tl; ++j) {
    std::u32string gram;
    if (j < n) {
      gram.assign(n - j, 0);
      gram += target.substr(0, j);
    } else {
      gram = target.substr(j - n, n);
    }
    row[0] = static_cast<float>(j);
    for (size_t i = 1; i <= sl; ++i) {
      int cost = 0;
      int size = n;
      for (size_t k = 0; k < n; ++k) {
        if (padded[i - 1 + k] != gram[k]) ++cost;
        else if (padded[i - 1 + k] == 0) --size;  // padding does not count
      }
      const float share = static_cast<float>(cost) / static_cast<float>(size);
      row[i] = std::min(std::min(row[i - 1] + 1, previous[i] + 1), previous[i - 1] + share);
    }
    std::swap(previous, row);
  }
  return 1.0f - previous[sl] / static_cast<float>(std::max(tl, sl));
}

struct Candidate {
  std::string term;
  float boost, score;
  uint64_t freq;
};

/// Terms within `edits`, the `limit` best by closeness.
std::vector<Candidate> within_edits(Binder& binder, const FieldType& field, const std::string& word, size_t limit, uint64_t least_freq,
                                    int edits, const SpellOptions& options) {
  const std::u32string wanted = analysis::to_utf32(word);
  const auto fixed = static_cast<size_t>(std::max(options.prefix_length, edits - 1));
  const std::string prefix = analysis::to_utf8(std::u32string_view(wanted).substr(0, fixed));
  const auto closeness = [&](std::string_view term) -> std::optional<float> {
    const std::u32string other = analysis::to_utf32(term);
    const int distance = edit_distance(wanted, other, true, edits);
    if (distance > edits) return std::nullopt;
    return 1.0f - static_cast<float>(distance) / static_cast<float>(std::min(wanted.size(), other.size()));
  };
  std::vector<Candidate> kept;
  const auto weaker = [](const Candidate& a, const Candidate& b) { return a.boost != b.boost ? a.boost < b.boost : a.term > b.term; };
  for (ExpandedTerm& term : expand_terms(binder, field, prefix, closeness, kTermsMax)) {
    if (kept.size() >= limit && term.boost <= std::min_element(kept.begin(), kept.end(), weaker)->boost) continue;
    if (term.term == word || term.doc_freq <= least_freq) continue;
    const float score = options.distance == StringDistance::kInternal
                            ? term.boost
                            : string_similarity(options.distance, wanted, analysis::to_utf32(term.term));
    if (score < options.accuracy) continue;
    kept.push_back({std::move(term.term), term.boost, score, term.doc_freq});
    if (kept.size() > limit) kept.erase(std::min_element(kept.begin(), kept.end(), weaker));
  }
  return kept;
}

}  // namespace

StringDistance parse_string_distance(const std::string& name) {
  if (name == "internal") return StringDistance::kInternal;
  if (name == "damerau_levenshtein") return StringDistance::kDamerauLevenshtein;
  if (name == "levenshtein") return StringDistance::kLevenshtein;
  if (name == "jaro_winkler") return StringDistance::kJaroWinkler;
  if (name == "ngram") return StringDistance::kNgram;
  throw ApiError(illegal_argument("Illegal distance option " + name));
}

float string_similarity(StringDistance distance, std::u32string_view a, std::u32string_view b) {
  switch (distance) {
    case StringDistance::kInternal:
    case StringDistance::kDamerauLevenshtein: return damerau(a, b);
    case StringDistance::kLevenshtein:
      return a.empty() || b.empty() ? (a.size() == b.size() ? 1.0f : 0.0f)
                                    : 1.0f - static_cast<float>(levenshtein(a, b)) / static_cast<float>(std::max(a.size(), b.size()));
    case StringDistance::kJaroWinkler: return jaro_winkler(a, b);
    case StringDistance::kNgram: return ngram(a, b);
  }
  return 0;
}

SuggestMode parse_suggest_mode(const std::string& name) {
  if (name == "missing") return SuggestMode::kMissing;
  if (name == "popular") return SuggestMode::kPopular;
  if (name == "always") return SuggestMode::kAlways;
  std::string upper = name;
  for (char& c : upper) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  throw ApiError(illegal_argument("No enum constant org.opensearch.search.suggest.term.TermSuggestionBuilder.SuggestMode." + upper));
}

bool read_spell_option(const std::string& key, const Json& value, SpellOptions& out) {
  if (key == "suggest_mode") {
    out.mode = parse_suggest_mode(lower_ascii(read_text(value)));
  } else if (key == "accuracy") {
    out.accuracy = read_float(value);
    if (out.accuracy < 0 || out.accuracy > 1) throw ApiError(illegal_argument("accuracy must be between 0.0 and 1.0"));
  } else if (key == "sort") {
    const std::string sort = lower_ascii(read_text(value));
    if (sort != "score" && sort != "frequency") {
      std::string upper = sort;
      for (char& c : upper) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
      throw ApiError(illegal_argument("No enum constant org.opensearch.search.suggest.SortBy." + upper));
    }
    out.by_frequency = sort == "frequency";
  } else if (key == "string_distance") {
    out.distance = parse_string_distance(lower_ascii(read_text(value)));
  } else if (key == "max_edits") {
    out.max_edits = read_int(value);
    if (out.max_edits < 1 || out.max_edits > 2) throw ApiError(illegal_argument("maxEdits must be between 1 and 2"));
  } else if (key == "max_inspections") {
    out.max_inspections = read_int(value);
    if (out.max_inspections < 0) throw ApiError(illegal_argument("maxInspections must be positive"));
  } else if (key == "max_term_freq") {
    out.max_term_freq = read_float(value);
    if (out.max_term_freq < 0) throw ApiError(illegal_argument("maxTermFreq must be positive"));
    if (out.max_term_freq > 1 && out.max_term_freq != std::floor(out.max_term_freq)) {
      throw ApiError(illegal_argument("if maxTermFreq is greater than 1, it must not be a fraction"));
    }
  } else if (key == "prefix_length" || key == "prefix_len") {
    out.prefix_length = read_int(value);
    if (out.prefix_length < 0) throw ApiError(illegal_argument("prefixLength must be positive"));
  } else if (key == "min_word_length") {
    out.min_word_length = read_int(value);
    if (out.min_word_length < 1) throw ApiError(illegal_argument("minWordLength must be greater or equal to 1"));
  } else if (key == "min_doc_freq") {
    out.min_doc_freq = read_float(value);
    if (out.min_doc_freq < 0) throw ApiError(illegal_argument("minDocFreq must be positive"));
    if (out.min_doc_freq > 1 && out.min_doc_freq != std::floor(out.min_doc_freq)) {
      throw ApiError(illegal_argument("if minDocFreq is greater than 1, it must not be a fraction"));
    }
  } else {
    return false;
  }
  return true;
}

bool comes_before(const SpelledWord& a, const SpelledWord& b, bool by_frequency) {
  if (by_frequency && a.freq != b.freq) return a.freq > b.freq;
  if (a.score != b.score) return a.score > b.score;
  if (a.freq != b.freq) return a.freq > b.freq;
  return a.text < b.text;
}

std::vector<SpelledWord> similar_words(Binder& binder, const FieldType& field, const std::string& word, size_t count,
                                       const SpellOptions& options) {
  if (static_cast<int>(analysis::code_point_count(word)) < options.min_word_length) return {};
  uint64_t freq = binder.searcher.doc_freq(field.path, word);
  if (options.mode == SuggestMode::kMissing && freq > 0) return {};
  const auto documents = static_cast<float>(binder.searcher.doc_count());
  if (options.max_term_freq >= 1.0f ? static_cast<float>(freq) > options.max_term_freq
                                    : static_cast<float>(freq) > std::ceil(options.max_term_freq * documents)) {
    return {};
  }
  if (options.mode != SuggestMode::kPopular) freq = 0;
  if (options.min_doc_freq >= 1.0f) {
    freq = std::max(freq, static_cast<uint64_t>(options.min_doc_freq));
  } else if (options.min_doc_freq > 0) {
    freq = std::max(freq, static_cast<uint64_t>(std::max(0.0f, std::floor(options.min_doc_freq * documents) - 1)));
  }
  const size_t inspections = count * static_cast<size_t>(options.max_inspections);
  auto found = within_edits(binder, field, word, inspections, freq, 1, options);
  if (options.max_edits > 1 && found.size() < inspections) {
    for (Candidate& more : within_edits(binder, field, word, inspections, freq, options.max_edits, options)) {
      const bool known = std::any_of(found.begin(), found.end(), [&](const Candidate& c) { return c.term == more.term; });
      if (!known) found.push_back(std::move(more));
    }
  }
  std::vector<SpelledWord> out;
  for (Candidate& one : found) out.push_back({std::move(one.term), one.score, one.freq});
  std::sort(out.begin(), out.end(), [&](const SpelledWord& a, const SpelledWord& b) { return comes_before(a, b, options.by_frequency); });
  if (out.size() > count) out.resize(count);
  return out;
}

}  // namespace tarn::query

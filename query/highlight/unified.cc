// The unified highlighter: the best passages of a text, as Lucene's FieldHighlighter and OpenSearch's boundary scanners
// choose them.
#include <algorithm>
#include <cmath>
#include <map>
#include <memory>

#include "indexer/analysis/text.h"
#include "query/highlight/boundaries.h"
#include "query/highlight/highlighter.h"

namespace tarn::query {

namespace {

/// Passages of one value. Offsets must be asked for in ascending order.
class PassageBreaks {
 public:
  virtual ~PassageBreaks() = default;
  virtual int preceding(int offset) = 0;
  virtual int following(int offset) = 0;
};

/// The whole value is one passage.
class WholeValue final : public PassageBreaks {
 public:
  explicit WholeValue(int length) : length_(length) {}
  int preceding(int) override { return 0; }
  int following(int) override { return length_; }

 private:
  int length_;
};

class SimpleBreaks final : public PassageBreaks {
 public:
  explicit SimpleBreaks(Boundaries boundaries) : boundaries_(std::move(boundaries)) {}
  int preceding(int offset) override { return std::max(0, boundaries_.preceding(offset)); }
  int following(int offset) override { return boundaries_.following(offset); }

 private:
  Boundaries boundaries_;
};

/// Sentences, joined up to a length, or cut at words where they are longer (BoundedBreakIteratorScanner).
class BoundedSentences final : public PassageBreaks {
 public:
  BoundedSentences(std::u16string_view text, int length_max)
      : sentences_(sentence_boundaries(text)), words_(word_boundaries(text)), length_max_(length_max) {}

  int preceding(int offset) override {
    if (offset > window_start_ && offset < window_end_) {
      inner_start_ = inner_end_;
      inner_end_ = window_end_;
    } else {
      window_start_ = inner_start_ = std::max(0, sentences_.preceding(offset));
      window_end_ = inner_end_ = sentences_.following(offset - 1);
      while (inner_end_ - inner_start_ < length_max_) {
        const int end = sentences_.following(inner_end_);
        if (end == Boundaries::kDone || end - inner_start_ > length_max_) break;
        window_end_ = inner_end_ = end;
      }
    }
    if (inner_end_ - inner_start_ > length_max_) {
      if (offset - length_max_ > inner_start_) inner_start_ = std::max(inner_start_, words_.preceding(offset - length_max_));
      const int remaining = std::max(0, length_max_ - (offset - inner_start_));
      if (offset + remaining < window_end_) inner_end_ = std::min(window_end_, words_.following(offset + remaining));
    }
    return inner_start_;
  }
  int following(int) override { return inner_end_; }

 private:
  Boundaries sentences_, words_;
  int length_max_;
  int window_start_ = -1, window_end_ = -1, inner_start_ = -1, inner_end_ = 0;
};

std::unique_ptr<PassageBreaks> breaks_of(std::u16string_view value, const HighlightSettings& settings) {
  if (settings.number_of_fragments == 0) return std::make_unique<WholeValue>(static_cast<int>(value.size()));
  if (settings.scanner == BoundaryScanner::kWord) return std::make_unique<SimpleBreaks>(word_boundaries(value));
  if (settings.fragment_size > 0) return std::make_unique<BoundedSentences>(value, settings.fragment_size);
  return std::make_unique<SimpleBreaks>(sentence_boundaries(value));
}

struct Match {
  int start, end;        // of the joined text
  std::string term;      // what tells terms apart
  int freq;
};

struct Passage {
  int start = -1, end = -1;
  float score = 0;
  std::vector<Match> matches;
};

constexpr float kK1 = 1.2f, kB = 0.75f, kPivot = 87;

/// Lucene's PassageScorer.
float score_passage(const Passage& passage, int content_length) {
  std::vector<std::pair<const std::string*, std::pair<int, int>>> terms;  // freq in the passage, in the text
  for (const Match& match : passage.matches) {
    auto it = std::find_if(terms.begin(), terms.end(), [&](const auto& t) { return *t.first == match.term; });
    if (it == terms.end()) it = terms.insert(terms.end(), {&match.term, {0, match.freq}});
    ++it->second.first;
  }
  float score = 0;
  for (const auto& [term, freqs] : terms) {
    const float norm = kK1 * ((1 - kB) + kB * (static_cast<float>(passage.end - passage.start) / kPivot));
    const float tf = static_cast<float>(freqs.first) / (static_cast<float>(freqs.first) + norm);
    const float documents = 1 + static_cast<float>(content_length) / kPivot;
    const auto weight = (kK1 + 1) * static_cast<float>(std::log(1 + (static_cast<double>(documents) + 0.5) / (freqs.second + 0.5)));
    score += tf * weight;
  }
  return score * (1 + 1 / static_cast<float>(std::log(kPivot + static_cast<float>(passage.start))));
}

std::vector<Match> find_matches(const FieldText& text, const FieldTerms& query, bool true_freqs) {
  std::vector<TextToken> all;
  std::vector<int> bases;
  int base = 0;
  for (size_t v = 0; v < text.values.size(); ++v) {
    for (const TextToken& token : text.tokens[v]) {
      all.push_back(token);
      bases.push_back(base);
    }
    base += static_cast<int>(text.values[v].size()) + 1;
  }
  const std::vector<bool> members = phrase_members(query, all);
  std::vector<Match> out;
  std::map<std::string, int> counts;
  for (size_t i = 0; i < all.size(); ++i) {
    const bool term = query.find_term(all[i].term) != nullptr;
    const auto* pattern = term || members[i] ? nullptr : query.find_pattern(all[i].term);
    if (!term && !members[i] && pattern == nullptr) continue;
    out.push_back({bases[i] + all[i].start, bases[i] + all[i].end, pattern != nullptr ? "*" + pattern->text : all[i].term, INT32_MAX});
    ++counts[out.back().term];
  }
  if (true_freqs || !query.phrases.empty()) {
    for (Match& match : out) match.freq = counts[match.term];
  }
  std::stable_sort(out.begin(), out.end(), [](const Match& a, const Match& b) { return std::tie(a.start, a.end) < std::tie(b.start, b.end); });
  return out;
}

/// Keeps the best passages, of equal ones the later.
class BestPassages {
 public:
  explicit BestPassages(size_t limit) : limit_(limit) {}
  void offer(Passage passage, int content_length) {
    if (passage.start < 0) return;
    passage.score = score_passage(passage, content_length);
    const auto worst = std::min_element(kept_.begin(), kept_.end(), worse);
    if (kept_.size() == limit_ && passage.score < worst->score) return;
    kept_.push_back(std::move(passage));
    if (kept_.size() > limit_) kept_.erase(std::min_element(kept_.begin(), kept_.end(), worse));
  }
  std::vector<Passage> take() {
    std::sort(kept_.begin(), kept_.end(), [](const Passage& a, const Passage& b) { return a.start < b.start; });
    return std::move(kept_);
  }

 private:
  static bool worse(const Passage& a, const Passage& b) {
    return a.score != b.score ? a.score < b.score : a.start < b.start;
  }
  size_t limit_;
  std::vector<Passage> kept_;
};

std::vector<Passage> choose_passages(const FieldText& text, const std::vector<Match>& matches, const HighlightSettings& settings) {
  int content_length = -1;
  for (const auto& value : text.values) content_length += static_cast<int>(value.size()) + 1;
  const size_t limit = settings.number_of_fragments <= 0 ? SIZE_MAX : static_cast<size_t>(settings.number_of_fragments);
  BestPassages best(limit);
  Passage passage;
  size_t value = 0;
  int begin = 0, last_end = 0;  // of the value
  std::unique_ptr<PassageBreaks> breaks;
  for (const Match& match : matches) {
    if (match.start >= passage.end || passage.start < 0) {
      best.offer(std::move(passage), content_length);
      passage = Passage();
      while (match.start >= begin + static_cast<int>(text.values[value].size()) && value + 1 < text.values.size()) {
        begin += static_cast<int>(text.values[value++].size()) + 1;
        breaks.reset();
      }
      if (!breaks) breaks = breaks_of(text.values[value], settings);
      const int local = match.start - begin;
      passage.start = std::max(begin + breaks->preceding(local + 1), last_end);
      int end = breaks->following(local);
      if (end == Boundaries::kDone) end = static_cast<int>(text.values[value].size());
      passage.end = last_end = std::max(last_end, begin + end);
    }
    passage.matches.push_back(match);
  }
  best.offer(std::move(passage), content_length);
  return best.take();
}

std::string trimmed(const std::string& text) { return std::string(trim(text)); }

std::string format_passage(std::u16string_view content, const Passage& passage, const HighlightSettings& settings) {
  std::string out;
  int at = passage.start;
  const auto cut = [&](int from, int to) {
    const auto end = std::min(static_cast<size_t>(std::max(to, from)), content.size());
    return content.substr(static_cast<size_t>(from), end - static_cast<size_t>(from));
  };
  for (const Match& match : passage.matches) {
    if (match.start > at) out += encode_text(cut(at, match.start), settings.html);
    if (match.end > at) {
      out += settings.pre_tags[0];
      out += encode_text(cut(std::max(at, match.start), match.end), settings.html);
      out += settings.post_tags[0];
      at = match.end;
    }
  }
  out += encode_text(cut(at, std::max(at, passage.end)), settings.html);
  return trimmed(out);
}

/// The beginning of a text in which nothing was found.
std::vector<std::string> without_match(const FieldText& text, const HighlightSettings& settings) {
  if (settings.no_match_size <= 0) return {};
  for (const auto& value : text.values) {
    if (value.empty()) continue;
    int end = static_cast<int>(value.size());
    if (settings.no_match_size < end) {
      const int found = word_boundaries(value).following(settings.no_match_size);
      if (found != Boundaries::kDone) end = found;
    }
    std::u16string_view shown = std::u16string_view(value).substr(0, static_cast<size_t>(end));
    if (settings.number_of_fragments == 0) {
      const int sentence = sentence_boundaries(shown).following(0);
      if (sentence != Boundaries::kDone) shown = shown.substr(0, static_cast<size_t>(sentence));
    }
    return {trimmed(encode_text(shown, settings.html))};
  }
  return {};
}

}  // namespace

std::vector<std::string> highlight_unified(const std::vector<MatchedText>& matched, const HighlightSettings& settings) {
  const FieldText& text = *matched[0].text;
  std::vector<Match> matches;
  for (const MatchedText& one : matched) {
    auto found = find_matches(*one.text, *one.query, settings.true_freqs);
    matches.insert(matches.end(), std::make_move_iterator(found.begin()), std::make_move_iterator(found.end()));
  }
  if (matched.size() > 1) {
    std::stable_sort(matches.begin(), matches.end(), [](const Match& a, const Match& b) { return std::tie(a.start, a.end) < std::tie(b.start, b.end); });
  }
  if (matches.empty()) return without_match(text, settings);
  auto passages = choose_passages(text, matches, settings);
  if (settings.score_ordered) {
    std::stable_sort(passages.begin(), passages.end(), [](const Passage& a, const Passage& b) { return a.score > b.score; });
  }
  std::u16string content;
  for (size_t v = 0; v < text.values.size(); ++v) {
    if (v > 0) content += u'\u2029';
    content += text.values[v];
  }
  std::vector<std::string> out;
  for (const Passage& passage : passages) out.push_back(format_passage(content, passage, settings));
  return out;
}

}  // namespace tarn::query

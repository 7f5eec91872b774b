// The fast vector highlighter: phrases as found in term vectors, fragments of a fixed size around them, cut at boundary
// characters. Follows Lucene's FieldTermStack, FieldPhraseList, SimpleFragListBuilder and BaseFragmentsBuilder; the term
// vectors are made anew by analysis.
#include <algorithm>

#include "indexer/analysis/text.h"
#include "query/dsl/clause.h"
#include "query/highlight/boundaries.h"
#include "query/highlight/highlighter.h"

namespace tarn::query {

namespace {

struct Offsets {
  int start, end;
};

/// One term or phrase found: the pieces of text to mark.
struct Found {
  std::vector<Offsets> pieces;
  int number = 0;       // which term or phrase of the query, for tags that differ
  float boost = 1;
  int start() const { return pieces.front().start; }
  int end() const { return pieces.back().end; }
};

struct Fragment {
  int start, end;
  std::vector<Found> found;
  float boost = 0;
};

constexpr int kMargin = 6, kLeastFragment = 18;

/// The tokens of the text that the query knows, in order, with offsets in the joined text.
std::vector<TextToken> known_tokens(const FieldText& text, const FieldTerms& query) {
  std::vector<TextToken> out;
  int base = 0;
  for (size_t v = 0; v < text.values.size(); ++v) {
    for (const TextToken& token : text.tokens[v]) {
      const bool in_phrase = std::any_of(query.phrases.begin(), query.phrases.end(), [&](const FieldTerms::Phrase& phrase) {
        return std::any_of(phrase.places.begin(), phrase.places.end(), [&](const auto& place) {
          return std::find(place.first.begin(), place.first.end(), token.term) != place.first.end();
        });
      });
      if (!in_phrase && query.find_term(token.term) == nullptr && query.find_pattern(token.term) == nullptr) continue;
      out.push_back({token.term, token.position, base + token.start, base + token.end});
    }
    base += static_cast<int>(text.values[v].size()) + 1;
  }
  std::stable_sort(out.begin(), out.end(), [](const TextToken& a, const TextToken& b) { return a.position < b.position; });
  return out;
}

/// Indices of the tokens that make up `phrase` beginning with token `at`; empty if it does not stand there.
std::vector<size_t> phrase_at(const FieldTerms::Phrase& phrase, const std::vector<TextToken>& tokens, size_t at) {
  std::vector<size_t> members;
  const auto holds = [&](size_t place, size_t token) {
    const auto& terms = phrase.places[place].first;
    return std::find(terms.begin(), terms.end(), tokens[token].term) != terms.end();
  };
  if (!holds(0, at)) return {};
  members.push_back(at);
  for (size_t place = 1; place < phrase.places.size(); ++place) {
    const int gap = phrase.places[place].second - phrase.places[place - 1].second;
    bool found = false;
    for (size_t t = members.back() + 1; t < tokens.size() && !found; ++t) {
      const int distance = tokens[t].position - tokens[members.back()].position;
      if (distance > gap + phrase.slop) break;
      if (distance < 1 || !holds(place, t) || std::abs(distance - gap) > phrase.slop) continue;
      members.push_back(t);
      found = true;
    }
    if (!found) return {};
  }
  return members;
}

Found make_found(const std::vector<TextToken>& tokens, const std::vector<size_t>& members, int number, float boost) {
  Found out;
  out.number = number;
  out.boost = boost;
  for (size_t i = 0; i < members.size(); ++i) {
    const TextToken& token = tokens[members[i]];
    const bool joins = i > 0 && token.position == tokens[members[i - 1]].position + 1;
    if (joins) out.pieces.back().end = token.end;
    else out.pieces.push_back({token.start, token.end});
  }
  return out;
}

/// Longest first: a phrase hides the terms that it is made of.
std::vector<Found> find_phrases(const FieldText& text, const FieldTerms& query, int limit) {
  const std::vector<TextToken> tokens = known_tokens(text, query);
  std::vector<Found> out;
  int last_end = -1;
  for (size_t at = 0; at < tokens.size() && static_cast<int>(out.size()) < limit;) {
    std::vector<size_t> best;
    int number = 0;
    float boost = 1;
    for (size_t p = 0; p < query.phrases.size(); ++p) {
      auto members = phrase_at(query.phrases[p], tokens, at);
      if (members.size() <= best.size()) continue;
      best = std::move(members);
      number = static_cast<int>(query.terms.size() + p);
      boost = query.phrases[p].boost;
    }
    if (best.empty()) {
      const auto* term = query.find_term(tokens[at].term);
      const auto* pattern = term == nullptr ? query.find_pattern(tokens[at].term) : nullptr;
      if (term == nullptr && pattern == nullptr) {
        ++at;
        continue;
      }
      best = {at};
      number = term != nullptr ? static_cast<int>(term - query.terms.data()) : 0;
      boost = term != nullptr ? term->boost : pattern->boost;
    }
    Found found = make_found(tokens, best, number, boost);
    at = best.back() + 1;
    if (found.start() < last_end) continue;  // overlaps the one before
    last_end = found.end();
    out.push_back(std::move(found));
  }
  return out;
}

/// The finds of several fields over the same text; what overlaps becomes one.
std::vector<Found> merge_found(std::vector<Found> all) {
  std::stable_sort(all.begin(), all.end(), [](const Found& a, const Found& b) {
    return a.start() != b.start() ? a.start() < b.start() : a.end() < b.end();
  });
  std::vector<Found> out;
  for (Found& found : all) {
    if (out.empty() || found.start() >= out.back().end()) {
      out.push_back(std::move(found));
      continue;
    }
    Found& last = out.back();
    last.boost += found.boost;
    for (const Offsets& piece : found.pieces) {
      if (piece.start < last.pieces.back().end) last.pieces.back().end = std::max(last.pieces.back().end, piece.end);
      else last.pieces.push_back(piece);
    }
  }
  return out;
}

std::vector<Fragment> fragments_of(const std::vector<Found>& found, int size, int margin) {
  std::vector<Fragment> out;
  const auto accept = [&](const Found& one, int length) { return one.pieces.size() <= 1 || length <= size; };
  int begin = 0;
  for (size_t at = 0; at < found.size();) {
    if (found[at].start() < begin) {
      ++at;
      continue;
    }
    Fragment fragment{0, 0, {}, 0};
    const int first = found[at].start();
    int last = found[at].end();
    const int span_start = std::max(first - margin, begin);
    const int span_end = std::max(last, span_start + size);
    if (accept(found[at], last - first)) fragment.found.push_back(found[at]);
    for (++at; at < found.size() && found[at].end() <= span_end; ++at) {
      last = found[at].end();
      if (accept(found[at], last - first)) fragment.found.push_back(found[at]);
    }
    if (fragment.found.empty()) continue;
    const int length = last - first;
    fragment.start = std::max(begin, first - std::max(0, (size - length) / 2));
    fragment.end = begin = fragment.start + std::max(length, size);
    for (const Found& one : fragment.found) fragment.boost += one.boost;
    out.push_back(std::move(fragment));
  }
  return out;
}

/// Each fragment is kept within one value.
std::vector<Fragment> within_values(const std::vector<Fragment>& fragments, const FieldText& text) {
  std::vector<Fragment> out;
  int end = 0;
  for (const auto& value : text.values) {
    if (value.empty()) {
      ++end;
      continue;
    }
    const int begin = end;
    end += static_cast<int>(value.size()) + 1;
    for (const Fragment& fragment : fragments) {
      if (fragment.start >= end || fragment.end < begin) continue;
      Fragment part{begin, end, {}, 0};
      if (fragment.start > begin && fragment.start < end) part.start = fragment.start;
      if (fragment.end > begin && fragment.end < end) part.end = fragment.end;
      for (const Found& found : fragment.found) {
        Found kept = found;
        std::erase_if(kept.pieces, [&](const Offsets& piece) { return piece.start < begin || piece.end > end; });
        if (kept.pieces.empty()) continue;
        part.boost += kept.boost;
        part.found.push_back(std::move(kept));
      }
      if (!part.found.empty()) out.push_back(std::move(part));
    }
  }
  return out;
}

/// Where a fragment really begins and ends.
class Edges {
 public:
  Edges(std::u16string_view text, const HighlightSettings& settings)
      : text_(text), settings_(settings), chars_(analysis::to_utf16(settings.boundary_chars)) {}

  int start(int from) const {
    const int length = static_cast<int>(text_.size());
    if (from > length || from < 1) return from;
    if (settings_.scanner == BoundaryScanner::kWord || settings_.scanner == BoundaryScanner::kSentence) {
      const auto head = text_.substr(0, static_cast<size_t>(from));
      return std::max(0, breaks(head).preceding(static_cast<int>(head.size())));
    }
    int at = from;
    for (int left = settings_.boundary_max_scan; at > 0 && left > 0; --left, --at) {
      if (is_boundary(text_[static_cast<size_t>(at - 1)])) return at;
    }
    return at == 0 ? 0 : from;
  }
  int end(int from) const {
    const int length = static_cast<int>(text_.size());
    if (from > length || from < 0) return from;
    if (settings_.scanner == BoundaryScanner::kWord || settings_.scanner == BoundaryScanner::kSentence) {
      const auto tail = text_.substr(static_cast<size_t>(from));
      const int next = breaks(tail).following(0);
      return next == Boundaries::kDone ? length : from + next;
    }
    int at = from;
    for (int left = settings_.boundary_max_scan; at < length && left > 0; --left, ++at) {
      if (is_boundary(text_[static_cast<size_t>(at)])) return at;
    }
    return from;
  }

 private:
  bool is_boundary(char16_t c) const { return chars_.find(c) != chars_.npos; }
  Boundaries breaks(std::u16string_view text) const {
    return settings_.scanner == BoundaryScanner::kWord ? word_boundaries(text) : sentence_boundaries(text);
  }
  std::u16string_view text_;
  const HighlightSettings& settings_;
  std::u16string chars_;
};

class FragmentWriter {
 public:
  FragmentWriter(const FieldText& text, const HighlightSettings& settings) : text_(text), settings_(settings) {}

  std::string write(const Fragment& fragment) {
    // Values are joined only as far as the fragment reaches: boundaries are looked for in that much text.
    while (static_cast<int>(buffer_.size()) < fragment.end && next_ < text_.values.size()) {
      buffer_ += text_.values[next_++];
      buffer_ += u' ';
    }
    const int length = static_cast<int>(buffer_.size()) - 1;
    const Edges edges(buffer_, settings_);
    const int end = length < fragment.end ? length : edges.end(fragment.end);
    const int start = edges.start(fragment.start);
    std::string out;
    int at = start;
    for (const Found& found : fragment.found) {
      for (const Offsets& piece : found.pieces) {
        out += part(at, piece.start) + tag(settings_.pre_tags, found.number) + part(piece.start, piece.end) +
               tag(settings_.post_tags, found.number);
        at = piece.end;
      }
    }
    return out + part(at, end);
  }

 private:
  std::string part(int from, int to) const {
    if (to <= from) return {};
    return encode_text(std::u16string_view(buffer_).substr(static_cast<size_t>(from), static_cast<size_t>(to - from)), settings_.html);
  }
  static const std::string& tag(const std::vector<std::string>& tags, int number) {
    return tags[static_cast<size_t>(number) % tags.size()];
  }
  const FieldText& text_;
  const HighlightSettings& settings_;
  std::u16string buffer_;
  size_t next_ = 0;
};

std::vector<std::string> without_match(const FieldText& text, const HighlightSettings& settings) {
  if (settings.no_match_size <= 0 || text.values.empty()) return {};
  Fragment all{0, settings.no_match_size, {}, 0};
  return {FragmentWriter(text, settings).write(all)};
}

}  // namespace

std::vector<std::string> highlight_vectors(const std::vector<MatchedText>& matched, const HighlightSettings& settings) {
  const FieldText& text = *matched[0].text;
  std::vector<Found> found;
  for (const MatchedText& one : matched) {
    auto some = find_phrases(*one.text, *one.query, settings.phrase_limit);
    found.insert(found.end(), std::make_move_iterator(some.begin()), std::make_move_iterator(some.end()));
  }
  if (matched.size() > 1) found = merge_found(std::move(found));
  if (found.empty()) return without_match(text, settings);
  std::vector<Fragment> fragments;
  if (settings.number_of_fragments == 0) {
    fragments.push_back({0, INT32_MAX, std::move(found), 1});
  } else {
    const int margin = settings.fragment_offset < 0 ? kMargin : settings.fragment_offset;
    const int least = settings.fragment_offset < 0 ? kLeastFragment : std::max(1, margin * 3);
    if (settings.fragment_size < least) {
      throw ApiError(illegal_argument("fragCharSize(" + std::to_string(settings.fragment_size) +
                                      ") is too small. It must be " + std::to_string(least) + " or higher."));
    }
    fragments = fragments_of(found, settings.fragment_size, margin);
  }
  if (text.values.size() > 1) fragments = within_values(fragments, text);
  if (settings.score_ordered) {
    std::stable_sort(fragments.begin(), fragments.end(), [](const Fragment& a, const Fragment& b) { return a.boost > b.boost; });
  }
  const size_t limit = settings.number_of_fragments == 0 ? SIZE_MAX : static_cast<size_t>(std::max(1, settings.number_of_fragments));
  std::vector<std::string> out;
  for (size_t i = 0; i < fragments.size() && i < limit; ++i) {
    // One buffer would do for fragments in order; by score they come in any.
    out.push_back(FragmentWriter(text, settings).write(fragments[i]));
  }
  return out;
}

}  // namespace tarn::query

// The plain highlighter: Lucene's Highlighter with QueryScorer, value by value.
#include <algorithm>
#include <set>

#include "query/highlight/highlighter.h"

namespace tarn::query {

namespace {

struct Fragment {
  std::string text;
  float score = 0;
  size_t number = 0;
};

/// Tokens that overlap are marked as one.
struct Group {
  int start = 0, end = 0;              // of all tokens
  int match_start = 0, match_end = 0;  // of those that score
  float score = 0;
  int count = 0;
};

class ValueHighlighter {
 public:
  ValueHighlighter(const std::u16string& text, const std::vector<TextToken>& tokens, const FieldTerms& query,
                   const HighlightSettings& settings)
      : text_(text), tokens_(tokens), query_(query), settings_(settings), members_(phrase_members(query, tokens)) {}

  std::vector<Fragment> run() {
    fragments_.emplace_back();
    for (size_t i = 0; i < tokens_.size(); ++i) {
      const TextToken& token = tokens_[i];
      if (group_.count > 0 && token.start >= group_.end) {
        flush_group();
        if (is_new_fragment(i)) {
          finish_fragment();
          fragments_.push_back({"", 0, fragments_.size()});
          found_.clear();
        }
      }
      add_token(i, token);
    }
    if (group_.count > 0) flush_group();
    finish_fragment();
    if (last_end_ < static_cast<int>(text_.size())) {
      fragments_.back().text += encode_text(std::u16string_view(text_).substr(static_cast<size_t>(last_end_)), settings_.html);
    }
    return std::move(fragments_);
  }

 private:
  /// QueryScorer.getTokenScore: a term counts once a fragment.
  float score_of(size_t i) {
    const TextToken& token = tokens_[i];
    float boost = 0;
    if (const auto* term = query_.find_term(token.term)) {
      boost = 1;
      static_cast<void>(term);
    } else if (members_[i] || query_.find_pattern(token.term) != nullptr) {
      boost = 1;
    }
    if (boost > 0 && found_.insert(token.term).second) total_ += boost;
    return boost;
  }
  void add_token(size_t i, const TextToken& token) {
    const float score = score_of(i);
    if (group_.count == 0) {
      group_ = {token.start, token.end, token.start, token.end, score, 1};
      return;
    }
    group_.start = std::min(group_.start, token.start);
    group_.end = std::max(group_.end, token.end);
    if (score > 0) {
      if (group_.score == 0) {
        group_.match_start = token.start;
        group_.match_end = token.end;
      } else {
        group_.match_start = std::min(group_.match_start, token.start);
        group_.match_end = std::max(group_.match_end, token.end);
      }
      group_.score += score;
    }
    ++group_.count;
  }
  std::string part(int from, int to) const {
    const auto end = std::min(static_cast<size_t>(to), text_.size());
    return encode_text(std::u16string_view(text_).substr(static_cast<size_t>(from), end - static_cast<size_t>(from)), settings_.html);
  }
  void flush_group() {
    const int start = group_.score > 0 ? group_.match_start : group_.start;
    const int end = group_.score > 0 ? group_.match_end : group_.end;
    std::string& out = fragments_.back().text;
    if (start > last_end_) out += part(last_end_, start);
    if (group_.score > 0) {
      out += settings_.pre_tags[0] + part(start, end) + settings_.post_tags[0];
    } else {
      out += part(start, end);
    }
    last_end_ = std::max(end, last_end_);
    group_ = Group();
  }
  void finish_fragment() {
    fragments_.back().score = total_ - scored_before_;
    total_ = scored_before_ = 0;
  }
  bool is_new_fragment(size_t i) {
    if (settings_.number_of_fragments == 0) return false;
    const TextToken& token = tokens_[i];
    if (!settings_.simple_fragmenter) {
      // Phrases are not torn apart.
      if (members_[i] && i > 0 && members_[i - 1] && tokens_[i - 1].position + 1 == token.position) return false;
    }
    const int size = settings_.fragment_size;
    bool fresh = int64_t{token.end} >= int64_t{size} * count_;
    if (!settings_.simple_fragmenter) {
      fresh = fresh && static_cast<int>(text_.size()) - token.end >= static_cast<int>(static_cast<unsigned>(size) >> 1);
    }
    if (fresh) ++count_;
    return fresh;
  }

  const std::u16string& text_;
  const std::vector<TextToken>& tokens_;
  const FieldTerms& query_;
  const HighlightSettings& settings_;
  const std::vector<bool> members_;
  std::vector<Fragment> fragments_;
  std::set<std::string> found_;
  Group group_;
  int last_end_ = 0;
  int count_ = 1;
  float total_ = 0, scored_before_ = 0;
};

/// The first words of a text in which nothing was found: up to the last token that ends within `size`.
size_t end_of_excerpt(const FieldText& text, int size) {
  const auto& value = text.values[0];
  if (static_cast<int>(value.size()) <= size) return value.size();
  int end = -1;
  for (const TextToken& token : text.tokens[0]) {
    if (token.end > size) break;
    end = token.end;
  }
  return end < 0 ? 0 : static_cast<size_t>(end);
}

}  // namespace

std::vector<std::string> highlight_plain(const FieldText& text, const FieldTerms& query, const HighlightSettings& settings) {
  const size_t limit = settings.number_of_fragments == 0 ? 1 : static_cast<size_t>(std::max(1, settings.number_of_fragments));
  std::vector<Fragment> best;
  for (size_t v = 0; v < text.values.size(); ++v) {
    auto fragments = ValueHighlighter(text.values[v], text.tokens[v], query, settings).run();
    std::erase_if(fragments, [](const Fragment& fragment) { return fragment.score <= 0; });
    std::stable_sort(fragments.begin(), fragments.end(), [](const Fragment& a, const Fragment& b) { return a.score > b.score; });
    if (fragments.size() > limit) fragments.resize(limit);
    best.insert(best.end(), std::make_move_iterator(fragments.begin()), std::make_move_iterator(fragments.end()));
  }
  if (settings.score_ordered) {
    std::stable_sort(best.begin(), best.end(), [](const Fragment& a, const Fragment& b) { return a.score > b.score; });
  }
  // With whole values asked for, each value that matches is shown.
  if (!(settings.number_of_fragments == 0 && text.values.size() > 1) && best.size() > limit) best.resize(limit);
  std::vector<std::string> out;
  for (Fragment& fragment : best) out.push_back(std::move(fragment.text));
  if (!out.empty() || settings.no_match_size <= 0 || text.values.empty()) return out;
  const size_t end = end_of_excerpt(text, settings.no_match_size);
  if (end > 0) out.push_back(encode_text(std::u16string_view(text.values[0]).substr(0, end), settings.html));
  return out;
}

}  // namespace tarn::query

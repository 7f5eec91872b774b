// The term suggester: for each word of a text, words of the index that resemble it.
#include <algorithm>

#include "query/dsl/clause.h"
#include "query/suggest/clauses.h"

namespace tarn::query {

namespace {

struct Entry {
  std::string text;
  int64_t offset, length;
  std::vector<SpelledWord> options;
};

class TermSuggester final : public Suggester {
 public:
  SpellOptions options;

  std::string_view type() const override { return "term"; }
  void check(const SearchTarget& target) const override {
    require_text();
    require_field(target);
  }
  void write(const std::vector<SearchTarget>& targets, const SearchRequest&, const SearchContext& context,
             JsonWriter& out) const override {
    std::vector<Entry> entries;
    for (const SearchTarget& target : targets) merge(entries_of(target, context), entries);
    out.begin_array();
    for (Entry& entry : entries) {
      std::sort(entry.options.begin(), entry.options.end(),
                [&](const SpelledWord& a, const SpelledWord& b) { return comes_before(a, b, options.by_frequency); });
      if (entry.options.size() > static_cast<size_t>(size)) entry.options.resize(static_cast<size_t>(size));
      out.begin_object().key("text").string(entry.text).key("offset").number(entry.offset).key("length").number(entry.length);
      out.key("options").begin_array();
      for (const SpelledWord& word : entry.options) {
        out.begin_object().key("text").string(word.text).key("score").number(word.score);
        out.key("freq").unsigned_number(word.freq).end_object();
      }
      out.end_array().end_object();
    }
    out.end_array();
  }

 private:
  std::vector<Entry> entries_of(const SearchTarget& target, const SearchContext& context) const {
    const FieldType& field_type = require_field(target);
    Binder binder{*target.searcher, context, {}, {}};
    TokenBuffer tokens;
    suggest_analyzer(*this, target, field_type).analyze(input(), tokens);
    std::vector<Entry> out;
    for (const Token& token : tokens.tokens) {
      check_time(context);
      const int64_t begin = unit_offset(input(), token.start_offset);
      Entry entry{std::string(token.term), begin, unit_offset(input(), token.end_offset) - begin, {}};
      entry.options = similar_words(binder, field_type, entry.text, shard_limit(), options);
      out.push_back(std::move(entry));
    }
    return out;
  }
  /// Options of several indices: frequencies of equal words add up.
  static void merge(std::vector<Entry> fresh, std::vector<Entry>& all) {
    if (all.empty()) {
      all = std::move(fresh);
      return;
    }
    for (size_t i = 0; i < all.size() && i < fresh.size(); ++i) {
      for (SpelledWord& word : fresh[i].options) {
        const auto known = std::find_if(all[i].options.begin(), all[i].options.end(), [&](const SpelledWord& w) { return w.text == word.text; });
        if (known == all[i].options.end()) all[i].options.push_back(std::move(word));
        else known->freq += word.freq;
      }
    }
  }
};

}  // namespace

std::unique_ptr<Suggester> parse_term_suggester(const Json& body) {
  auto out = std::make_unique<TermSuggester>();
  for (const auto& [key, value] : body.items()) {
    if (value.is_object() || value.is_array()) {
      throw ApiError(parsing_exception("suggester[term] parsing failed on field [" + key + "]: a scalar is expected"));
    }
    if (!read_suggester_option(key, value, *out) && !read_spell_option(key, value, out->options)) {
      throw ApiError(parsing_exception("suggester[term] doesn't support field [" + key + "]"));
    }
  }
  return out;
}

}  // namespace tarn::query

// The phrase suggester: whole corrected texts, scored by a language model of word pairs and triples in the index. Follows
// OpenSearch's NoisyChannelSpellChecker, CandidateScorer and WordScorers.
#include <algorithm>
#include <cmath>

#include "indexer/script/template_script.h"
#include "query/collect/execute.h"
#include "query/dsl/clause.h"
#include "query/suggest/clauses.h"
#include "query/suggest/phrase_model.h"

namespace tarn::query {

namespace {

struct Generator {
  std::string field;
  SpellOptions options;
  int size = 5;
  std::string pre_filter, post_filter;
};

struct Collate {
  std::optional<script::ScriptSpec> query;   ///< the template; none: everything is kept
  Json params = Json::object();
  bool prune = false;
};

struct Option {
  std::string text, highlighted;
  float score;
  bool collate_match;
};

void replace_all(std::string& text, const std::string& from, const std::string& to) {
  for (size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) text.replace(at, from.size(), to);
}

class PhraseSuggester final : public Suggester {
 public:
  float max_errors = 0.5f, confidence = 1;
  double likelihood = 0.95;
  std::string separator = " ";
  int gram_size = 0;           ///< 0: what the shingle filter of the analyzer says, if the index configures one
  bool force_unigrams = true;
  int token_limit = 10;
  Smoothing smoothing;
  std::vector<Generator> generators;
  bool highlights = false;
  std::string pre_tag, post_tag;
  std::optional<Collate> collate;

  std::string_view type() const override { return "phrase"; }
  void check(const SearchTarget& target) const override {
    require_text();
    require_field(target);
    for (const Generator& generator : generators) {
      if (target.searcher->mapping().find(generator.field) == nullptr) {
        throw ApiError(illegal_argument("No mapping found for field [" + generator.field + "]"));
      }
    }
  }
  void write(const std::vector<SearchTarget>& targets, const SearchRequest&, const SearchContext& context,
             JsonWriter& out) const override {
    std::vector<Option> options;
    for (const SearchTarget& target : targets) {
      for (Option& option : options_of(target, context)) {
        const auto known = std::find_if(options.begin(), options.end(), [&](const Option& o) { return o.text == option.text; });
        if (known == options.end()) options.push_back(std::move(option));
        else known->score = std::max(known->score, option.score);
      }
    }
    std::stable_sort(options.begin(), options.end(), [](const Option& a, const Option& b) { return a.score > b.score; });
    if (options.size() > static_cast<size_t>(size)) options.resize(static_cast<size_t>(size));
    out.begin_array().begin_object().key("text").string(input()).key("offset").number(0);
    out.key("length").number(unit_offset(input(), input().size())).key("options").begin_array();
    for (const Option& option : options) {
      out.begin_object().key("text").string(option.text);
      if (highlights) out.key("highlighted").string(option.highlighted);
      out.key("score").number(option.score);
      if (collate && collate->prune) out.key("collate_match").boolean(option.collate_match);
      out.end_object();
    }
    out.end_array().end_object().end_array();
  }

 private:
  /// The longest shingle that a filter of the index's own makes in the field's analyzer; 1 without one. OpenSearch does
  /// not look into its ready-made filter "shingle".
  static int shingle_size(const IndexSettings& settings, const std::string& analyzer) {
    const auto value = [&](const std::string& key) {
      const auto it = settings.flat.find(key);
      return it == settings.flat.end() ? Json() : *it;
    };
    const Json filters = value("index.analysis.analyzer." + analyzer + ".filter");
    for (const Json& filter : filters.is_array() ? filters : Json::array({filters})) {
      if (!filter.is_string()) continue;
      const std::string prefix = "index.analysis.filter." + filter.get<std::string>() + ".";
      if (value(prefix + "type") != "shingle") continue;
      const Json size = value(prefix + "max_shingle_size");
      return size.is_null() ? 2 : std::max(1, std::atoi(size.is_string() ? size.get<std::string>().c_str() : size.dump().c_str()));
    }
    return 1;
  }

  Candidate candidate(const Searcher& searcher, const std::string& path, std::string term, double distance, bool user_input) const {
    Candidate out;
    out.doc_freq = searcher.doc_freq(path, term);
    out.total_freq = searcher.total_term_freq(path, term);
    out.term = std::move(term);
    out.distance = distance;
    out.user_input = user_input;
    const auto words = static_cast<double>(searcher.statistics(path).sum_total_term_freq);
    out.score = distance * ((static_cast<double>(out.total_freq) + 1) / (words + 1));
    return out;
  }

  std::vector<std::string> filtered(const SearchTarget& target, const std::string& name, const std::string& term) const {
    if (name.empty()) return {term};
    const Analyzer* analyzer = target.searcher->mapping().analysis().find_analyzer(name);
    if (analyzer == nullptr) throw ApiError(illegal_argument("Analyzer [" + name + "] doesn't exists"));
    TokenBuffer tokens;
    analyzer->analyze(term, tokens);
    std::vector<std::string> out;
    for (const Token& token : tokens.tokens) out.emplace_back(token.term);
    return out;
  }

  void draw(const Generator& generator, const SearchTarget& target, Binder& binder, CandidateSet& set) const {
    const FieldType* field_type = target.searcher->mapping().find(generator.field);
    if (field_type == nullptr || !field_type->inverted) return;
    const Searcher& searcher = *target.searcher;
    SpellOptions options = generator.options;
    const auto pre = filtered(target, generator.pre_filter, set.original.term);
    const std::string& term = pre.empty() ? set.original.term : pre[0];
    if (options.mode != SuggestMode::kAlways && set.original.doc_freq > 0) {
      // A word that is there gives way only to much more frequent ones.
      const auto freq = static_cast<double>(set.original.doc_freq);
      const double plateau = options.min_doc_freq >= 1 ? options.min_doc_freq : searcher.doc_count() * options.min_doc_freq;
      const double threshold = std::floor(freq * (std::log10(freq - plateau) / std::log10(5.0)) + 1 + 0.5);
      options.min_doc_freq = static_cast<float>(std::max(0.0, threshold));
    }
    for (const SpelledWord& word : similar_words(binder, *field_type, term, static_cast<size_t>(generator.size), options)) {
      for (std::string& text : filtered(target, generator.post_filter, word.text)) {
        Candidate one = candidate(searcher, field_type->path, std::move(text), word.score, false);
        const bool known = one.term == set.original.term || std::any_of(set.candidates.begin(), set.candidates.end(), [&](const Candidate& c) {
                             return c.term == one.term;
                           });
        if (!known) set.candidates.push_back(std::move(one));
      }
    }
  }

  std::vector<Option> options_of(const SearchTarget& target, const SearchContext& context) const {
    const FieldType& field_type = require_field(target);
    const Searcher& searcher = *target.searcher;
    std::vector<Generator> used = generators;
    if (used.empty()) used.push_back({field, {}, 5, "", ""});
    if (!field_type.inverted) return {};
    const Analyzer& analyzer = suggest_analyzer(*this, target, field_type);
    const int grams = gram_size > 0 ? gram_size
                                    : shingle_size(searcher.settings(), this->analyzer.empty() ? field_type.search_analyzer_name : this->analyzer);
    const FieldType* first_field = target.searcher->mapping().find(used[0].field);
    const std::string& dictionary = first_field != nullptr ? first_field->path : field_type.path;
    Binder binder{searcher, context, {}, {}};
    TokenBuffer tokens;
    analyzer.analyze(input(), tokens);
    std::vector<CandidateSet> sets;
    for (const Token& token : tokens.tokens) {
      if (force_unigrams && std::string_view(token.type) == "shingle") continue;
      sets.push_back({candidate(searcher, dictionary, std::string(token.term), 1.0, true), {}});
    }
    if (sets.empty() || static_cast<int>(sets.size()) >= token_limit) return {};
    for (CandidateSet& set : sets) {
      check_time(context);
      for (const Generator& generator : used) draw(generator, target, binder, set);
      if (set.candidates.size() > shard_limit()) {
        std::stable_sort(set.candidates.begin(), set.candidates.end(), [](const Candidate& a, const Candidate& b) { return a.score > b.score; });
        set.candidates.resize(shard_limit());
      }
    }
    const WordScorer scorer(searcher, field_type.path, smoothing, likelihood, separator);
    double cutoff = 4.9e-324;
    if (confidence > 0) {
      std::vector<Candidate> path;
      for (const CandidateSet& set : sets) path.push_back(set.original);
      double sum = 0;
      for (size_t i = 0; i < path.size(); ++i) sum += scorer.score(path, i, grams);
      cutoff = std::exp(sum) * static_cast<double>(confidence);
    }
    std::vector<Option> out;
    for (const Correction& correction : best_corrections(scorer, sets, shard_limit(), grams, cutoff, max_errors, context)) {
      add_option(correction, target, context, out);
    }
    return out;
  }

  void add_option(const Correction& correction, const SearchTarget& target, const SearchContext& context, std::vector<Option>& out) const {
    Option option{"", "", static_cast<float>(correction.score), true};
    bool open = false;
    for (size_t i = 0; i < correction.words.size(); ++i) {
      const Candidate& word = correction.words[i];
      if (i > 0) option.text += ' ';
      option.text += word.term;
      // Neighbours that were changed share their tags.
      const bool changed = !word.user_input;
      if (!changed && open) option.highlighted += post_tag, open = false;
      if (i > 0) option.highlighted += ' ';
      if (changed && !open) option.highlighted += pre_tag, open = true;
      option.highlighted += word.term;
    }
    if (open) option.highlighted += post_tag;
    if (collate) option.collate_match = matches_query(option.text, target, context);
    if (!collate || collate->prune || option.collate_match) out.push_back(std::move(option));
  }

  /// Whether the collate query finds something for the suggestion.
  bool matches_query(const std::string& suggestion, const SearchTarget& target, const SearchContext& context) const {
    if (!collate->query) return true;
    script::ScriptSpec spec = *collate->query;
    spec.params = collate->params;
    spec.params["suggestion"] = suggestion;
    const std::string text = script::render_template(spec, context.scripts);
    const size_t start = text.find_first_not_of(" \t\r\n");
    if (start == text.npos || text[start] != '{') throw ApiError(400, "x_content_parse_exception", "Failed to derive xcontent");
    const auto request = parse_search_request(Json{{"query", parse_json(text)}, {"size", 0}, {"terminate_after", 1}}, {});
    std::vector<BoundTarget> bound;
    bound.push_back(bind_target(*request, target, context));
    return run_query_phase(*request, bound, context, nullptr).total > 0;
  }
};

Smoothing read_smoothing(const Json& value) {
  Smoothing out;
  if (!value.is_object() || value.size() != 1) throw ApiError(400, "parse_exception", "suggester[phrase] smoothing needs one model");
  const std::string& model = value.begin().key();
  const Json& body = value.begin().value();
  if (!body.is_object()) throw ApiError(400, "parse_exception", "expected an object for smoothing model [" + model + "]");
  for (const auto& [key, member] : body.items()) {
    if (model == "stupid_backoff" && key == "discount") out.discount = static_cast<double>(read_float(member));
    else if (model == "laplace" && key == "alpha") out.alpha = member.is_number() ? member.get<double>() : static_cast<double>(read_float(member));
    else if (model == "linear" && key == "trigram_lambda") out.trigram = member.is_number() ? member.get<double>() : 0;
    else if (model == "linear" && key == "bigram_lambda") out.bigram = member.is_number() ? member.get<double>() : 0;
    else if (model == "linear" && key == "unigram_lambda") out.unigram = member.is_number() ? member.get<double>() : 0;
    else throw ApiError(illegal_argument("suggester[phrase][smoothing] doesn't support field [" + key + "]"));
  }
  if (model == "stupid_backoff") {
    if (body.contains("discount") && body["discount"].is_number()) out.discount = body["discount"].get<double>();
    out.kind = Smoothing::Kind::kStupidBackoff;
  } else if (model == "laplace") {
    out.kind = Smoothing::Kind::kLaplace;
  } else if (model == "linear") {
    out.kind = Smoothing::Kind::kLinear;
    if (std::fabs(out.trigram + out.bigram + out.unigram - 1.0) > 0.001) throw ApiError(illegal_argument("linear smoothing lambdas must sum to 1"));
  } else {
    throw ApiError(400, "named_object_not_found_exception", "unknown field [" + model + "]");
  }
  return out;
}

Generator read_generator(const Json& value) {
  Generator out;
  if (!value.is_object()) throw ApiError(parsing_exception("direct generator must be an object"));
  for (const auto& [key, member] : value.items()) {
    if (key == "field") out.field = read_text(member);
    else if (key == "size") out.size = read_int(member);
    else if (key == "pre_filter") out.pre_filter = read_text(member);
    else if (key == "post_filter") out.post_filter = read_text(member);
    else if (!read_spell_option(key, member, out.options)) {
      throw ApiError(400, "x_content_parse_exception", "[direct_generator] unknown field [" + key + "]");
    }
  }
  if (out.field.empty()) throw ApiError(illegal_argument("Required [field]"));
  if (out.size < 1) throw ApiError(illegal_argument("size must be positive"));
  return out;
}

Collate read_collate(const Json& value) {
  Collate out;
  for (const auto& [key, member] : value.items()) {
    if (key == "query") {
      if (!member.is_object() && !member.is_string()) {
        throw ApiError(400, "x_content_parse_exception",
                       value_location(member) + "[script] Expected START_OBJECT but was: " + std::string(token_name(member)));
      }
      out.query = script::parse_script(member, "mustache");
    } else if (key == "params") {
      if (member.is_object()) out.params = member;
    } else if (key == "prune") {
      out.prune = read_bool(member);
    } else {
      fail_parse("suggester[phrase][collate] doesn't support field [" + key + "]", member);
    }
  }
  return out;
}

void read_highlight(const Json& value, PhraseSuggester& out) {
  out.highlights = true;
  for (const auto& [key, member] : value.items()) {
    if (key == "pre_tag") out.pre_tag = read_text(member);
    else if (key == "post_tag") out.post_tag = read_text(member);
    else throw ApiError(illegal_argument("suggester[phrase][highlight] doesn't support field [" + key + "]"));
  }
  if (!value.contains("pre_tag") || !value.contains("post_tag")) {
    throw ApiError(illegal_argument("Pre and post tag must both be null or both not be null."));
  }
}

void read_scalar(const std::string& key, const Json& value, PhraseSuggester& out) {
  if (read_suggester_option(key, value, out)) return;
  if (key == "max_errors") {
    out.max_errors = read_float(value);
    if (out.max_errors <= 0) throw ApiError(illegal_argument("max_error must be > 0.0"));
  } else if (key == "confidence") {
    out.confidence = read_float(value);
    if (out.confidence < 0) throw ApiError(illegal_argument("confidence must be >= 0.0"));
  } else if (key == "real_word_error_likelihood") {
    out.likelihood = static_cast<double>(read_float(value));
    if (out.likelihood <= 0) throw ApiError(illegal_argument("real_word_error_likelihood must be > 0.0"));
  } else if (key == "separator") {
    out.separator = read_text(value);
  } else if (key == "gram_size") {
    out.gram_size = read_int(value);
    if (out.gram_size < 1) throw ApiError(illegal_argument("gramSize must be >= 1"));
  } else if (key == "force_unigrams") {
    out.force_unigrams = read_bool(value);
  } else if (key == "token_limit") {
    out.token_limit = read_int(value);
    if (out.token_limit <= 0) throw ApiError(illegal_argument("token_limit must be >= 1"));
  } else {
    throw ApiError(parsing_exception("suggester[phrase] doesn't support field [" + key + "]"));
  }
}

}  // namespace

std::unique_ptr<Suggester> parse_phrase_suggester(const Json& body) {
  auto out = std::make_unique<PhraseSuggester>();
  for (const auto& [key, value] : body.items()) {
    if (value.is_array()) {
      if (key != "direct_generator") throw ApiError(parsing_exception("suggester[phrase]  doesn't support array field [" + key + "]"));
      for (const Json& item : value) out->generators.push_back(read_generator(item));
    } else if (!value.is_object()) {
      read_scalar(key, value, *out);
    } else if (key == "smoothing") {
      out->smoothing = read_smoothing(value);
    } else if (key == "highlight") {
      read_highlight(value, *out);
    } else if (key == "collate") {
      out->collate = read_collate(value);
    } else {
      throw ApiError(parsing_exception("suggester[phrase]  doesn't support array field [" + key + "]"));
    }
  }
  return out;
}

}  // namespace tarn::query


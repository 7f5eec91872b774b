// The completion suggester: inputs that begin with the given text, heaviest first. The inputs with their weights and
// contexts are a column (one JSON text each); its dictionary is walked and analyzed.
#include <algorithm>
#include <map>
#include <set>

#include "indexer/analysis/lucene_regexp.h"
#include "indexer/analysis/text.h"
#include "query/collect/execute.h"
#include "query/dsl/clause.h"
#include "query/fetch/source_fields.h"
#include "query/suggest/clauses.h"
#include "query/suggest/completion_context.h"
#include "query/text/expansion.h"

namespace tarn::query {

namespace {

constexpr char kSeparator = '\x1F';

struct Option {
  std::string text, key;     ///< as indexed; as analyzed, behind the context
  float score;
  uint32_t target;
  DocRef ref;
  std::map<std::string, std::set<std::string>> contexts;
};

bool parameter_flag(const FieldType& field, const char* name) {
  const auto it = field.parameters.find(name);
  if (it == field.parameters.end()) return true;
  return it->is_boolean() ? it->get<bool>() : *it != "false";
}

/// The form in which inputs and prefixes are compared: tokens with separators between.
std::string analyzed(const Analyzer& analyzer, std::string_view text, bool separators, bool increments) {
  TokenBuffer tokens;
  analyzer.analyze(text, tokens);
  std::string out;
  int position = -1;
  for (const Token& token : tokens.tokens) {
    if (token.position == position) continue;  // of synonyms, the first
    if (position >= 0 && separators) out += kSeparator;
    for (int hole = position + 1; position >= 0 && increments && hole < token.position; ++hole) out += kSeparator;
    out += token.term;
    position = token.position;
  }
  return out;
}

/// Fewest edits between `query` and some beginning of `key`.
int prefix_edits(std::u32string_view query, std::u32string_view key, bool transpositions) {
  const size_t n = query.size(), m = std::min(key.size(), query.size() + 4);
  std::vector<std::vector<int>> d(n + 1, std::vector<int>(m + 1));
  for (size_t i = 0; i <= n; ++i) d[i][0] = static_cast<int>(i);
  for (size_t j = 0; j <= m; ++j) d[0][j] = static_cast<int>(j);
  for (size_t i = 1; i <= n; ++i) {
    for (size_t j = 1; j <= m; ++j) {
      d[i][j] = std::min({d[i - 1][j] + 1, d[i][j - 1] + 1, d[i - 1][j - 1] + (query[i - 1] == key[j - 1] ? 0 : 1)});
      if (transpositions && i > 1 && j > 1 && query[i - 1] == key[j - 2] && query[i - 2] == key[j - 1]) {
        d[i][j] = std::min(d[i][j], d[i - 2][j - 2] + 1);
      }
    }
  }
  return *std::min_element(d[n].begin(), d[n].end());
}

struct FuzzyCompletion {
  Fuzziness fuzziness;
  bool transpositions = true, unicode_aware = false;
  int min_length = 3, prefix_length = 1;
};

/// Which analyzed keys match, and with what boost (0: none).
class KeyMatcher {
 public:
  KeyMatcher(std::string prefix, const std::optional<FuzzyCompletion>& fuzzy, const std::optional<std::string>& regex)
      : prefix_(std::move(prefix)), fuzzy_(fuzzy) {
    if (regex) {
      automaton_ = std::make_unique<analysis::Automaton>(std::vector<analysis::Re>{analysis::re_seq(
          {analysis::parse_lucene_regexp(*regex), analysis::re_star(analysis::re_set(analysis::CharSet::all()))})});
    }
    if (!fuzzy_) return;
    wide_ = widen(prefix_);
    edits_ = fuzzy_->fuzziness.edits_for(wide_.size());
    if (static_cast<int>(wide_.size()) < fuzzy_->min_length) edits_ = 0;
  }

  std::optional<float> match(const std::string& key) const {
    if (automaton_) return automaton_->matches(key) ? std::optional<float>(0) : std::nullopt;
    if (!fuzzy_) return key.starts_with(prefix_) ? std::optional<float>(0) : std::nullopt;
    const std::u32string other = widen(key);
    size_t common = 0;
    while (common < wide_.size() && common < other.size() && wide_[common] == other[common]) ++common;
    if (common == wide_.size()) return static_cast<float>(common);
    if (edits_ == 0 || common < static_cast<size_t>(std::max(0, fuzzy_->prefix_length))) return std::nullopt;
    if (prefix_edits(wide_, other, fuzzy_->transpositions) > edits_) return std::nullopt;
    return static_cast<float>(common);
  }
  bool finds_nothing() const { return !automaton_ && prefix_.empty(); }

 private:
  /// Code points, or bytes where Lucene compares bytes.
  std::u32string widen(const std::string& text) const {
    if (fuzzy_->unicode_aware) return analysis::to_utf32(text);
    std::u32string out;
    for (const char c : text) out += static_cast<unsigned char>(c);
    return out;
  }
  std::string prefix_;
  const std::optional<FuzzyCompletion>& fuzzy_;
  std::unique_ptr<analysis::Automaton> automaton_;
  std::u32string wide_;
  int edits_ = 0;
};

class CompletionSuggester final : public Suggester {
 public:
  bool skip_duplicates = false;
  std::optional<FuzzyCompletion> fuzzy;
  Json contexts;

  std::string_view type() const override { return "completion"; }
  void check(const SearchTarget& target) const override {
    const FieldType& type = require_field(target);
    if (type.kind != FieldKind::kCompletion) throw ApiError(illegal_argument("Field [" + field + "] is not a completion suggest field"));
    if (!text && !prefix && !regex) throw ApiError(illegal_argument("The required text option is missing"));
    const auto mappings = context_mappings(type);
    if (!mappings.empty()) {
      parse_context_query(contexts.is_null() ? Json::object() : contexts, mappings);
    } else if (!contexts.is_null()) {
      throw ApiError(illegal_argument("suggester [completion] doesn't expect any context"));
    }
  }
  void write(const std::vector<SearchTarget>& targets, const SearchRequest& request, const SearchContext& context,
             JsonWriter& out) const override {
    std::vector<Option> options;
    for (uint32_t t = 0; t < targets.size(); ++t) collect(targets[t], t, context, options);
    std::stable_sort(options.begin(), options.end(), [](const Option& a, const Option& b) {
      if (a.score != b.score) return a.score > b.score;
      return a.key != b.key ? a.key < b.key : std::tie(a.target, a.ref) < std::tie(b.target, b.ref);
    });
    if (skip_duplicates) {
      std::set<std::string> seen;
      std::erase_if(options, [&](const Option& option) { return !seen.insert(option.text).second; });
    }
    if (options.size() > static_cast<size_t>(size)) options.resize(static_cast<size_t>(size));
    const std::string& given = regex ? *regex : input();
    out.begin_array().begin_object().key("text").string(given).key("offset").number(0);
    out.key("length").number(unit_offset(given, given.size())).key("options").begin_array();
    for (const Option& option : options) write_option(option, targets, request, out);
    out.end_array().end_object().end_array();
  }

 private:
  static void write_option(const Option& option, const std::vector<SearchTarget>& targets, const SearchRequest& request, JsonWriter& out) {
    const Searcher& searcher = *targets[option.target].searcher;
    const StoredDocument stored = searcher.fetch(option.ref);
    out.begin_object().key("text").string(option.text).key("_index").string(searcher.index_name()).key("_id").string(stored.id);
    out.key("_score").number(option.score);
    if (!stored.routing.empty()) out.key("_routing").string(stored.routing);
    if (request.source.enabled && !stored.source.empty()) {
      out.key("_source");
      out.raw(request.source.filters() ? filter_source(stored.source, request.source.includes, request.source.excludes) : stored.source);
    }
    if (!option.contexts.empty()) {
      out.key("contexts").begin_object();
      for (const auto& [name, values] : option.contexts) {
        out.key(name).begin_array();
        for (const std::string& value : values) out.string(value);
        out.end_array();
      }
      out.end_object();
    }
    out.end_object();
  }

  /// Context values of one input: what it names itself, or what the document has at the mapping's path.
  static std::vector<std::string> values_of(const ContextMapping& mapping, const Json& entry, const Searcher& searcher, DocRef ref) {
    if (entry.contains("contexts") && entry["contexts"].is_object() && entry["contexts"].contains(mapping.name)) {
      return context_values(mapping, entry["contexts"][mapping.name]);
    }
    if (mapping.path.empty()) return {};
    const StoredDocument stored = searcher.fetch(ref);
    if (stored.source.empty()) return {};
    const Json source = parse_json(stored.source);
    std::vector<const Json*> found;
    collect_source_values(source, mapping.path, found);
    std::vector<std::string> out;
    for (const Json* value : found) {
      const auto some = context_values(mapping, *value);
      out.insert(out.end(), some.begin(), some.end());
    }
    return out;
  }

  void collect(const SearchTarget& target, uint32_t t, const SearchContext& context, std::vector<Option>& all) const {
    const FieldType& type = require_field(target);
    const Searcher& searcher = *target.searcher;
    const bool separators = parameter_flag(type, "preserve_separators");
    const bool increments = parameter_flag(type, "preserve_position_increments");
    const auto max_input = type.parameters.find("max_input_length");
    const size_t input_units = max_input != type.parameters.end() && max_input->is_number_integer() ? max_input->get<size_t>() : 50;
    const Analyzer& index_analyzer = type.index_analyzer != nullptr ? *type.index_analyzer : *searcher.mapping().analysis().find_analyzer("simple");
    const Analyzer& search_analyzer = analyzer.empty() && type.search_analyzer == nullptr ? index_analyzer : suggest_analyzer(*this, target, type);
    const KeyMatcher matcher(regex ? std::string() : analyzed(search_analyzer, input(), separators, increments), fuzzy, regex);
    if (matcher.finds_nothing()) return;
    const auto mappings = context_mappings(type);
    const auto wanted = mappings.empty() ? std::vector<ContextQuery>() : parse_context_query(contexts, mappings);
    std::map<DocRef, Option> best;
    for (uint32_t s = 0; s < searcher.segments().size(); ++s) {
      const SegmentView segment(searcher, s, context);
      const KeywordColumn* column = segment.reader.keywords(type.path);
      if (column == nullptr) continue;
      for (Ordinal ordinal = 0; ordinal < column->ordinal_count(); ++ordinal) {
        if (ordinal % 1024 == 1023) check_time(context);
        const Json entry = parse_json(column->term(ordinal));
        const std::string& input_text = entry["input"].get_ref<const std::string&>();
        const std::string key =
            analyzed(index_analyzer, std::string_view(input_text).substr(0, analysis::bytes_of_units(input_text, input_units)), separators, increments);
        const auto boost = matcher.match(key);
        if (!boost) continue;
        Bitset documents(segment.doc_count());
        column->or_docs_into(ordinal, ordinal + 1, documents);
        if (const auto visible = visible_documents(segment)) documents &= *visible;
        for (uint32_t doc = documents.next(0); doc < documents.size(); doc = documents.next(doc + 1)) {
          offer(entry, input_text, key, *boost, searcher, t, {s, doc}, wanted, best);
          if (doc + 1 >= documents.size()) break;
        }
      }
    }
    for (auto& [ref, option] : best) all.push_back(std::move(option));
  }

  static void offer(const Json& entry, const std::string& text, const std::string& key, float boost, const Searcher& searcher, uint32_t t,
                    DocRef ref, const std::vector<ContextQuery>& wanted, std::map<DocRef, Option>& best) {
    const auto weight = entry["weight"].get<float>();
    Option option{text, key, boost == 0 ? weight : weight == 0 ? boost : weight * boost, t, ref, {}};
    if (!wanted.empty()) {
      float context_boost = 0;
      for (const ContextQuery& query : wanted) {
        for (const std::string& value : values_of(query.mapping, entry, searcher, ref)) {
          for (const ContextWish& wish : query.wishes) {
            if (wish.prefix ? !value.starts_with(wish.value) : value != wish.value) continue;
            option.contexts[query.mapping.name].insert(value);
            if (wish.boost <= context_boost) continue;
            context_boost = wish.boost;
            option.key = value + kSeparator + key;
          }
        }
      }
      if (option.contexts.empty()) return;
      option.score = weight * (boost == 0 ? context_boost : boost * context_boost);
    }
    const auto [it, inserted] = best.try_emplace(ref, option);
    if (inserted) return;
    auto merged = it->second.contexts;
    for (const auto& [name, values] : option.contexts) merged[name].insert(values.begin(), values.end());
    if (option.score > it->second.score || (option.score == it->second.score && option.key < it->second.key)) it->second = std::move(option);
    it->second.contexts = std::move(merged);
  }
};

FuzzyCompletion read_fuzzy(const Json& value) {
  FuzzyCompletion out;
  if (value.is_boolean()) return out;
  for (const auto& [key, member] : value.items()) {
    if (key == "fuzziness") out.fuzziness = parse_fuzziness(member);
    else if (key == "transpositions") out.transpositions = read_bool(member);
    else if (key == "min_length") out.min_length = read_int(member);
    else if (key == "prefix_length") out.prefix_length = read_int(member);
    else if (key == "unicode_aware") out.unicode_aware = read_bool(member);
    else if (key == "max_determinized_states") read_int(member);
    else throw ApiError(400, "x_content_parse_exception", "[fuzzy] unknown field [" + key + "]");
  }
  if (out.min_length < 0) throw ApiError(illegal_argument("fuzzyMinLength must not be negative"));
  if (out.prefix_length < 0) throw ApiError(illegal_argument("fuzzyPrefixLength must not be negative"));
  return out;
}

}  // namespace

std::unique_ptr<Suggester> parse_completion_suggester(const Json& body) {
  auto out = std::make_unique<CompletionSuggester>();
  for (const auto& [key, value] : body.items()) {
    if (read_suggester_option(key, value, *out)) continue;
    if (key == "skip_duplicates") out->skip_duplicates = read_bool(value);
    else if (key == "fuzzy") {
      if (!value.is_boolean() || value.get<bool>()) out->fuzzy = read_fuzzy(value);
    } else if (key == "contexts" || key == "context") out->contexts = value;
    else if (key == "regex") {
      if (!value.is_object()) throw ApiError(400, "x_content_parse_exception", "[completion] regex doesn't support values of this type");
    } else throw ApiError(400, "x_content_parse_exception", "[completion] unknown field [" + key + "]");
  }
  return out;
}

}  // namespace tarn::query

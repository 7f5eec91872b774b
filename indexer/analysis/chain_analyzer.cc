#include "indexer/analysis/chain_analyzer.h"

#include "indexer/analysis/analysis_mode.h"
#include "indexer/analysis/normalize.h"

#include "indexer/analysis/text.h"

namespace tarn::analysis {

namespace {

// Byte offsets of the filtered text to byte offsets of the text as given, through units of UTF-16 on both sides.
void correct_offsets(std::string_view given, std::string_view filtered, const FilteredText& layers, TokenBuffer& out) {
  UnitToByte given_bytes(given);
  Utf16Offsets filtered_units(filtered);
  auto correct = [&](uint32_t offset) {
    int32_t unit = layers.correct(static_cast<int32_t>(filtered_units.at(offset)));
    return given_bytes[static_cast<size_t>(std::max(unit, 0))];
  };
  size_t given_size = given.size();
  for (Token& token : out.tokens) {
    token.start_offset = std::min<uint32_t>(correct(token.start_offset), static_cast<uint32_t>(given_size));
    token.end_offset = std::min<uint32_t>(correct(token.end_offset), static_cast<uint32_t>(given_size));
  }
  out.end_offset = std::min<uint32_t>(correct(static_cast<uint32_t>(filtered.size())), static_cast<uint32_t>(given_size));
}

// A text with bytes that are no UTF-8: tokens are made of its repaired copy, offsets point into the given bytes.
void tokenize_repaired(const Tokenizer& tokenizer, std::string_view text, TokenBuffer& out) {
  std::string repaired;
  std::vector<uint32_t> given_at;  // by byte of the copy
  const char* begin = text.data();
  for (const char *p = begin, *end = p + text.size(); p < end;) {
    auto at = static_cast<uint32_t>(p - begin);
    append_code_point(repaired, next_code_point(p, end));
    given_at.resize(repaired.size(), at);
  }
  given_at.push_back(static_cast<uint32_t>(text.size()));
  tokenizer.tokenize(out.keep(repaired), out);
  for (Token& token : out.tokens) {
    token.start_offset = given_at[token.start_offset];
    token.end_offset = given_at[token.end_offset];
  }
}

}  // namespace

void run_chain(const Chain& chain, size_t filter_count, std::string_view text, TokenBuffer& out) {
  out.clear();
  out.text = text;
  out.end_offset = static_cast<uint32_t>(text.size());
  if (!chain.char_filters.empty()) {
    FilteredText layers(to_utf16(text));
    for (const NamedCharFilter& part : chain.char_filters) part.filter->apply(layers);
    std::string_view filtered = out.keep(to_utf8(layers.text));
    chain.tokenizer->tokenize(filtered, out);
    correct_offsets(text, filtered, layers, out);
  } else if (is_valid_utf8(text)) {
    chain.tokenizer->tokenize(text, out);
  } else {
    tokenize_repaired(*chain.tokenizer, text, out);
  }
  for (size_t i = 0; i < filter_count; ++i) chain.filters[i].filter->apply(out);
}

std::string filtered_text(const Chain& chain, size_t count, std::string_view text) {
  FilteredText layers(to_utf16(text));
  for (size_t i = 0; i < count; ++i) chain.char_filters[i].filter->apply(layers);
  return to_utf8(layers.text);
}

ChainAnalyzer::ChainAnalyzer(std::string name, Chain chain, bool is_custom, int position_increment_gap)
    : name_(std::move(name)), chain_(std::make_shared<const Chain>(std::move(chain))), is_custom_(is_custom), gap_(position_increment_gap) {
  reloads_ = std::any_of(chain_->filters.begin(), chain_->filters.end(), [](const NamedTokenFilter& part) { return part.search_only; });
}

std::shared_ptr<const Chain> ChainAnalyzer::chain() const {
  if (!reloads_) return chain_;
  std::lock_guard lock(mutex_);
  return chain_;
}

void ChainAnalyzer::reload(std::shared_ptr<const Chain> chain) const {
  std::lock_guard lock(mutex_);
  chain_ = std::move(chain);
}

std::vector<std::string> ChainAnalyzer::search_only_filters() const {
  std::vector<std::string> names;
  for (const NamedTokenFilter& part : chain()->filters) {
    if (part.search_only) names.push_back(part.name);
  }
  return names;
}

void ChainAnalyzer::analyze(std::string_view text, TokenBuffer& out) const {
  // Documents are analyzed by many threads, which need not count references to what never changes.
  if (!reloads_) return run_chain(*chain_, chain_->filters.size(), text, out);
  const std::shared_ptr<const Chain> now = chain();
  run_chain(*now, now->filters.size(), text, out);
}

std::string ChainAnalyzer::normalize(std::string_view text) const {
  std::string term(text);
  const std::shared_ptr<const Chain> now = chain();
  size_t char_filters = 0;
  for (const NamedCharFilter& part : now->char_filters) char_filters += part.normalizes ? 1 : 0;
  if (char_filters > 0) {
    FilteredText filtered(to_utf16(term));
    for (const NamedCharFilter& part : now->char_filters) {
      if (part.normalizes) part.filter->apply(filtered);
    }
    term = to_utf8(filtered.text);
  }
  TokenBuffer buffer;
  buffer.text = term;
  Token token;
  token.term = term;
  token.end_offset = buffer.end_offset = static_cast<uint32_t>(term.size());
  buffer.tokens.push_back(token);
  for (const NamedTokenFilter& part : now->filters) {
    if (part.normalizes) (part.single != nullptr ? part.single : part.filter)->apply(buffer);
  }
  return buffer.tokens.empty() ? term : std::string(buffer.tokens[0].term);
}

}  // namespace tarn::analysis

namespace tarn {

std::string normalize_term(const Analyzer& analyzer, std::string_view text) {
  const auto* chain = dynamic_cast<const analysis::ChainAnalyzer*>(&analyzer);
  return chain != nullptr ? chain->normalize(text) : std::string(text);
}

std::optional<std::string> refusal_in_mode(const Analyzer& analyzer, const std::string& name, const std::string& mode) {
  const auto* chain = dynamic_cast<const analysis::ChainAnalyzer*>(&analyzer);
  if (chain == nullptr) return std::nullopt;
  std::string filters;
  for (const std::string& filter : chain->search_only_filters()) filters += (filters.empty() ? "" : ", ") + filter;
  if (filters.empty()) return std::nullopt;
  return "analyzer [" + name + "] contains filters [" + filters + "] that are not allowed to run in " + mode + " mode.";
}

}  // namespace tarn

namespace tarn::analysis {

std::string ChainNormalizer::normalize(std::string_view text) const {
  thread_local TokenBuffer buffer;
  run_chain(chain_, chain_.filters.size(), text, buffer);
  return buffer.tokens.empty() ? std::string() : std::string(buffer.tokens[0].term);
}

}  // namespace tarn::analysis

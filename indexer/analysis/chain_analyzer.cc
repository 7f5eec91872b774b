#include "indexer/analysis/chain_analyzer.h"

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

std::string ChainAnalyzer::normalize(std::string_view text) const {
  std::string term(text);
  size_t char_filters = 0;
  for (const NamedCharFilter& part : chain_.char_filters) char_filters += part.normalizes ? 1 : 0;
  if (char_filters > 0) {
    FilteredText filtered(to_utf16(term));
    for (const NamedCharFilter& part : chain_.char_filters) {
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
  for (const NamedTokenFilter& part : chain_.filters) {
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

}  // namespace tarn

namespace tarn::analysis {

std::string ChainNormalizer::normalize(std::string_view text) const {
  thread_local TokenBuffer buffer;
  run_chain(chain_, chain_.filters.size(), text, buffer);
  return buffer.tokens.empty() ? std::string() : std::string(buffer.tokens[0].term);
}

}  // namespace tarn::analysis

#pragma once

#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "indexer/base/json.h"

namespace tarn {

/// One token of an analyzed text, as Lucene's attributes describe it.
struct Token {
  std::string_view term;         ///< UTF-8; views the analyzed text or the TokenBuffer's arena
  int32_t position = 0;          ///< absolute, from 0; equal positions overlap (synonyms), gaps are removed stop words
  int32_t position_length = 1;   ///< positions that the token spans (graphs); 1 otherwise
  uint32_t start_offset = 0;     ///< bytes into the text as given (before char filters), inclusive
  uint32_t end_offset = 0;       ///< exclusive
  const char* type = "word";     ///< "<ALPHANUM>", "<NUM>", "word", "SYNONYM" ...; static storage
  bool keyword = false;          ///< protected from stemming
  uint32_t extra = 0;            ///< 1 + index into TokenBuffer::extras; 0: frequency 1, no payload
};

/// What few tokens have: a term frequency of their own and a payload.
struct TokenExtra {
  int32_t term_frequency = 1;
  std::string payload;
};

/// Memory that is given out front to back and freed all at once; what was given stays where it is.
class TermArena {
 public:
  char* allocate(size_t bytes) {
    if (bytes > static_cast<size_t>(end_ - next_)) grow(bytes);
    char* given = next_;
    next_ += bytes;
    return given;
  }
  /// Gives back the last `bytes` of the newest allocation.
  void give_back(size_t bytes) { next_ -= bytes; }
  void clear();

 private:
  void grow(size_t bytes);

  struct Chunk {
    std::unique_ptr<char[]> data;
    size_t size;
  };
  std::vector<Chunk> chunks_;
  char* next_ = nullptr;
  char* end_ = nullptr;
};

/// The tokens of one text, in order of position. Reused from text to text to save allocations; one thread.
class TokenBuffer {
 public:
  void clear() {
    tokens.clear();
    extras.clear();
    arena_.clear();
    end_position = 0;
    end_offset = 0;
    text = {};
  }
  /// Copies `term` into memory that lives until clear(); for terms that are not a part of the text.
  std::string_view keep(std::string_view term) {
    char* copy = arena_.allocate(term.size());
    if (!term.empty()) std::memcpy(copy, term.data(), term.size());
    return {copy, term.size()};
  }
  /// Uninitialised memory of the same life, for filters that write terms in place.
  TermArena& arena() { return arena_; }

  const TokenExtra* extra_of(const Token& token) const { return token.extra ? &extras[token.extra - 1] : nullptr; }

  std::vector<Token> tokens;
  std::vector<TokenExtra> extras;
  std::string_view text;     ///< the text as given, which the tokens' offsets refer to
  uint32_t end_offset = 0;   ///< where the text ends, as the last token's end_offset would say it (bytes)
  int32_t end_position = 0;  ///< position after the last token and trailing removed ones; the next value of a field
                             ///< starts at end_position + position_increment_gap

 private:
  TermArena arena_;
};

/// Text to tokens: char filters, one tokenizer, token filters. Immutable; any thread may call.
class Analyzer {
 public:
  virtual ~Analyzer() = default;
  /// Clears `out` and fills it with the tokens of `text` (UTF-8; invalid bytes count as U+FFFD).
  /// `text` must outlive the use of `out`. Throws ApiError 400 where a filter refuses the text (a graph misused, say).
  virtual void analyze(std::string_view text, TokenBuffer& out) const = 0;
  /// Positions between two values of one field; Lucene's default is 100.
  virtual int position_increment_gap() const { return 100; }
};

/// A keyword's normalizer: char filters and filters that keep one token.
class Normalizer {
 public:
  virtual ~Normalizer() = default;
  virtual std::string normalize(std::string_view text) const = 0;
};

/// The analyzers of one index: the built-in ones and those of its settings (index.analysis.*). Immutable, thread-safe;
/// pointers live as long as the registry.
class AnalysisRegistry {
 public:
  /// `analysis` is the object {"analyzer":{..},"tokenizer":{..},"filter":{..},"char_filter":{..},"normalizer":{..}}
  /// (numbers and booleans may be JSON strings, as index settings keep them); `index_settings` the flat index settings
  /// for limits such as index.max_ngram_diff and index.max_shingle_diff ("index." prefixed keys, string values).
  /// Throws ApiError 400 with OpenSearch's reason for unknown types, missing parts and bad settings.
  static std::shared_ptr<const AnalysisRegistry> create(const Json& analysis, const Json& index_settings);
  /// Only the built-in ones; shared by all indices without settings of their own.
  static std::shared_ptr<const AnalysisRegistry> built_in();

  virtual ~AnalysisRegistry() = default;
  /// Null if there is no such analyzer. "default" is the index's default analyzer (standard unless set).
  virtual const Analyzer* find_analyzer(std::string_view name) const = 0;
  virtual const Normalizer* find_normalizer(std::string_view name) const = 0;
  /// The answer of the _analyze API for `request` ({"text":..,"analyzer":..|"tokenizer":..,"filter":[..],"char_filter":
  /// [..],"normalizer":..,"explain":..,"attributes":..}); "field" was resolved to an analyzer by the caller, which passes
  /// it as `field_analyzer` (else null). Offsets in UTF-16 units. Throws ApiError as OpenSearch words it.
  virtual Json analyze_api(const Json& request, const Analyzer* field_analyzer) const = 0;
  /// The same, told whether the request names an index (POST /index/_analyze): normalizers and gaps between texts need
  /// one, and errors are worded otherwise. Without it, built_in() answers as without an index.
  virtual Json analyze_api(const Json& request, const Analyzer* field_analyzer, bool of_index) const = 0;
};

/// Turns byte offsets of a text into UTF-16 offsets, which OpenSearch's answers use. `offsets` must be ascending a call.
class Utf16Offsets {
 public:
  explicit Utf16Offsets(std::string_view text) : text_(text) {}
  uint32_t at(uint32_t byte_offset);

 private:
  std::string_view text_;
  uint32_t byte_ = 0;
  uint32_t utf16_ = 0;
};

}  // namespace tarn

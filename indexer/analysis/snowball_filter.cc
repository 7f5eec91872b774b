#include <libstemmer.h>

#include <cstring>
#include <map>

#include "indexer/analysis/porter_stemmer.h"
#include "indexer/analysis/stemmers.h"
#include "indexer/analysis/text.h"
#include "indexer/base/check.h"

namespace tarn::analysis {

namespace {

struct StemmerCloser {
  void operator()(sb_stemmer* stemmer) const { sb_stemmer_delete(stemmer); }
};

/// Stems seen lately, in a table without chains: a new word takes the place of the old one. 512 kB.
class StemCache {
 public:
  struct Entry {
    uint8_t word_size = 0;
    uint8_t stem_size = 0;
    char word[31];
    char stem[31];
  };
  static constexpr size_t kWordMax = 31;

  Entry& slot(std::string_view word) { return entries_[hash(word) & (kSlots - 1)]; }
  static bool holds(const Entry& entry, std::string_view word) {
    return entry.word_size == word.size() && std::memcmp(entry.word, word.data(), word.size()) == 0;
  }

 private:
  static constexpr size_t kSlots = 8192;

  static uint64_t hash(std::string_view word) {
    uint64_t h = word.size() * 0x9E3779B97F4A7C15ULL;
    const char* p = word.data();
    size_t left = word.size();
    for (; left >= 8; left -= 8, p += 8) {
      uint64_t part;
      std::memcpy(&part, p, 8);
      h = (h ^ part) * 0xD6E8FEB86659FD93ULL;
      h ^= h >> 32;
    }
    if (left > 0) {
      uint64_t part = 0;
      std::memcpy(&part, p, left);
      h = (h ^ part) * 0xD6E8FEB86659FD93ULL;
      h ^= h >> 32;
    }
    return h;
  }

  std::vector<Entry> entries_ = std::vector<Entry>(kSlots);
};

/// One algorithm's state; libstemmer's is not for two threads.
struct ThreadStemmer {
  std::unique_ptr<sb_stemmer, StemmerCloser> stemmer;  // null: Porter's, which is our own
  std::string_view algorithm;
  bool updated = false;  // the algorithm has changed since libstemmer's version
  std::string scratch;
  StemCache cache;

  /// The result lives until the next call.
  std::string_view stem(std::string_view word) {
    if (stemmer) return libstemmer_stem(word);
    if (is_ascii(word)) {
      scratch = word;
      porter_stem(scratch);
    } else {
      std::u32string chars = to_utf32(word);
      porter_stem(chars);
      scratch = to_utf8(chars);
    }
    return scratch;
  }

 private:
  std::string_view libstemmer_stem(std::string_view word) {
    const std::string prepared = updated ? prepare_word(algorithm, word) : std::string();
    const std::string_view given = updated ? prepared : word;
    const sb_symbol* result = sb_stemmer_stem(stemmer.get(), reinterpret_cast<const sb_symbol*>(given.data()),
                                              static_cast<int>(given.size()));
    if (result == nullptr) return word;
    scratch.assign(reinterpret_cast<const char*>(result), static_cast<size_t>(sb_stemmer_length(stemmer.get())));
    if (updated) update_stem(algorithm, word, scratch);
    return scratch;
  }
};

ThreadStemmer& thread_stemmer(const char* algorithm) {
  static thread_local std::map<std::string_view, ThreadStemmer> stemmers;
  auto [it, fresh] = stemmers.try_emplace(algorithm);
  if (fresh && it->first != "porter") {
    // "porter" alone is Lucene's own PorterStemFilter.
    it->second.stemmer.reset(sb_stemmer_new(it->first == "snowball_porter" ? "porter" : algorithm, "UTF_8"));
    it->second.algorithm = it->first;
    it->second.updated = it->first == "english" || it->first == "german" || it->first == "italian" || it->first == "swedish";
    CHECK(it->second.stemmer != nullptr);
  }
  return it->second;
}

class SnowballFilter final : public TokenFilter {
 public:
  explicit SnowballFilter(const char* algorithm) : algorithm_(algorithm) {}

  void apply(TokenBuffer& tokens) const override {
    ThreadStemmer& mine = thread_stemmer(algorithm_);
    for (Token& token : tokens.tokens) {
      if (token.keyword) continue;
      std::string_view word = token.term;
      if (word.size() > StemCache::kWordMax) {
        use(mine.stem(word), token, tokens);
        continue;
      }
      StemCache::Entry& entry = mine.cache.slot(word);
      if (!StemCache::holds(entry, word)) {
        std::string_view result = mine.stem(word);
        if (result.size() > sizeof(entry.stem)) {
          use(result, token, tokens);
          continue;
        }
        entry.word_size = static_cast<uint8_t>(word.size());
        entry.stem_size = static_cast<uint8_t>(result.size());
        std::memcpy(entry.word, word.data(), word.size());
        std::memcpy(entry.stem, result.data(), result.size());
      }
      use({entry.stem, entry.stem_size}, token, tokens);
    }
  }

 private:
  // A stem that begins its word needs no copy.
  static void use(std::string_view stem, Token& token, TokenBuffer& tokens) {
    if (token.term.starts_with(stem)) {
      token.term = token.term.substr(0, stem.size());
    } else {
      token.term = tokens.keep(stem);
    }
  }

  const char* algorithm_;
};

class CodePointStemFilter final : public TermFilter {
 public:
  explicit CodePointStemFilter(CodePointStemmer stem) : stem_(stem) {}

 protected:
  bool respects_keywords() const override { return true; }
  bool change(std::string_view term, std::string& out) const override {
    std::u32string chars = to_utf32(term);
    stem_(chars);
    out = to_utf8(chars);
    return out != term;
  }

 private:
  CodePointStemmer stem_;
};

}  // namespace

TokenFilterPtr make_snowball_filter(const char* algorithm) { return std::make_shared<SnowballFilter>(algorithm); }

TokenFilterPtr make_code_point_stemmer(CodePointStemmer stem) { return std::make_shared<CodePointStemFilter>(stem); }

}  // namespace tarn::analysis
